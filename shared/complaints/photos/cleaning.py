"""Photo cleaning: re-encoding to a small, upright JPEG without metadata.

Where and when it was taken, and with whose telephone, is nobody's business. Whatever else was in
the file stays out, as nothing of it but the pixels is written again.

HEIC is refused: the libraries that read it, as they are shipped for Python, are under the LGPL.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Final

from shared.platform.errors import FileRejected, Unavailable
from shared.platform.limits.client_networks import networks

MAX_PHOTOS: Final = 3
MAX_BYTES: Final = 5 * 1024 * 1024
LONGEST_SIDE: Final = 1600
MEDIA_TYPE: Final = "image/jpeg"

MEMORY_BYTES: Final = 400 * 1024 * 1024  # of addresses; what is used of them stays below 250 MiB
CPU_SECONDS: Final = 3
CLOCK_SECONDS: Final = 30
"""More than the processor needs: a busy PC shares it out. Windows knows this limit alone."""

_PROCESS: Final = Path(__file__).with_name("decoder_process.py")
_HEIC_BRANDS: Final = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
)
_LARGE, _COMPLEX = 20, 21  # as the process ends where there are too many pixels, or scans
_TIME_IS_UP: Final = (-9, -24)  # the system ended it with SIGKILL or SIGXCPU
_TURN: Final = Lock()  # one at a time: each may need as much memory as a small function has
_TURN_SECONDS: Final = 30
MOST_WAITING: Final = 4  # half of the threads of an office PC: the others go on answering
MOST_OF_ONE_ADDRESS: Final = 2  # neighbours share one; and nobody has all places alone
_QUEUE: Final = BoundedSemaphore(MOST_WAITING)
_WAITING: Final = Counter[bytes]()  # by the keyed hash of an address, while they wait
_WAITING_LOCK: Final = Lock()
_ADDRESS_KEY: Final = secrets.token_bytes(32)
_POLYGLOT: Final = re.compile(
    rb"%PDF-\d|<(?:!doctype|html|head|body|script|svg|\?php)[\s>]", re.IGNORECASE
)
"""What a browser or a reader may take a picture for. Nothing of it would survive the cleaning; what
phones hang on their pictures (a short film, a second picture) is let through, and cut off."""
_TEXTS: Final = {
    "PHOTO_TYPE": "Kirim foto dalam bentuk JPEG, PNG, atau WebP.",
    "PHOTO_HEIC": (
        "Foto HEIC dari iPhone belum dapat dibaca. Buka Pengaturan, Kamera, Format, lalu pilih "
        "Paling Kompatibel, dan ambil foto lagi. Atau kirim tangkapan layar dari foto itu."
    ),
    "PHOTO_TOO_LARGE": (
        f"Ukuran satu foto paling besar {MAX_BYTES // 1024**2} MB. "
        "Perkecil foto itu, atau kirim tangkapan layarnya."
    ),
    "PHOTO_BROKEN": "Foto ini rusak atau tidak lengkap. Ambil foto lagi, lalu kirim.",
    "PHOTO_POLYGLOT": (
        "Berkas ini bukan hanya foto: ada berkas lain di dalamnya. "
        "Kirim tangkapan layar dari foto itu."
    ),
    "PHOTO_DIMENSIONS": (
        "Foto ini terlalu lebar atau terlalu tinggi untuk diolah. "
        "Kirim tangkapan layar dari foto itu."
    ),
    "PHOTO_COMPLEX": ("Foto ini terlalu rumit untuk diolah. Kirim tangkapan layar dari foto itu."),
}


def clean(path: Path) -> bytes:
    """Return the photo as a new JPEG of at most 1600 px on its longer side.

    Raises FileRejected with PHOTO_TYPE (not JPEG, PNG or WebP, whatever its name says),
    PHOTO_POLYGLOT (an archive, a document or a page too), PHOTO_TOO_LARGE, PHOTO_DIMENSIONS (more
    pixels than may be decoded), PHOTO_COMPLEX (it takes too long) or PHOTO_BROKEN, and
    Unavailable where too many others wait.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _rejected("PHOTO_TOO_LARGE")
    kind = _kind(content)
    if _POLYGLOT.search(content) or zipfile.is_zipfile(io.BytesIO(content)):
        raise _rejected("PHOTO_POLYGLOT")
    if not _TURN.acquire(timeout=_TURN_SECONDS):
        raise Unavailable(code="PHOTOS_BUSY")
    try:
        return _cleaned(kind, content)
    finally:
        _TURN.release()


@contextmanager
def queue(origin: str | None = None) -> Iterator[None]:
    """Take a place in the queue of photos to clean; raises Unavailable where there is none.

    Photos take seconds, and whoever waits for them holds a thread that the lookup needs too.
    `origin`: the sender's address, which may have some of the places; None for staff.
    """
    with _place_of(origin):
        if not _QUEUE.acquire(blocking=False):
            raise Unavailable(code="PHOTOS_BUSY")
        try:
            yield
        finally:
            _QUEUE.release()


@contextmanager
def _place_of(origin: str | None) -> Iterator[None]:
    if origin is None:
        yield
        return
    widest, _ = networks(origin)[-1]
    mark = hashlib.blake2b(widest.encode("utf-8", "surrogatepass"), key=_ADDRESS_KEY)
    address = mark.digest()
    with _WAITING_LOCK:
        if _WAITING[address] >= MOST_OF_ONE_ADDRESS:
            raise Unavailable(code="PHOTOS_BUSY")
        _WAITING[address] += 1
    try:
        yield
    finally:
        with _WAITING_LOCK:
            _WAITING[address] -= 1
            if not _WAITING[address]:
                del _WAITING[address]


def _kind(content: bytes) -> str:
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content[:4] == b"RIFF" and content[8:15] == b"WEBPVP8":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise _rejected("PHOTO_TYPE", "PHOTO_HEIC")
    raise _rejected("PHOTO_TYPE")


def _cleaned(kind: str, content: bytes) -> bytes:
    limits = map(str, (LONGEST_SIDE, MEMORY_BYTES, CPU_SECONDS))
    try:
        # no key of ours reaches the process: it gets the way to its packages, and nothing else
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-P", str(_PROCESS), kind, *limits],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": ":".join(entry for entry in sys.path if entry)},
            timeout=CLOCK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _rejected("PHOTO_COMPLEX") from None
    if done.returncode == _LARGE:
        raise _rejected("PHOTO_DIMENSIONS")
    if done.returncode in (_COMPLEX, *_TIME_IS_UP):
        raise _rejected("PHOTO_COMPLEX")
    if done.returncode != 0 or not done.stdout.startswith(b"\xff\xd8\xff"):
        raise _rejected("PHOTO_BROKEN")
    return done.stdout


def _rejected(code: str, text: str | None = None) -> FileRejected:
    return FileRejected(_TEXTS[text or code], code=code)
