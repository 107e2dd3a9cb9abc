"""The refusal of a whole file, with its code and one sentence that says what to do."""

from __future__ import annotations

from shared.platform.errors import FileRejected
from shared.recipients.model.problems import CODES


def rejected(code: str, sentence: str | None = None) -> FileRejected:
    """Return the error for a file problem; `sentence` where more can be said than in general."""
    return FileRejected(sentence or CODES[code][1], code=code)
