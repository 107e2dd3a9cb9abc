"""A photo that somebody sent, made anew: upright, small, and without a word of metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MAX_PHOTOS: Final = 3
MAX_BYTES: Final = 5 * 1024 * 1024
LONGEST_SIDE: Final = 1600
MEDIA_TYPE: Final = "image/jpeg"


def clean(path: Path) -> bytes:
    """The photo as a new JPEG; FileRejected with a code and a sentence."""
    raise NotImplementedError
