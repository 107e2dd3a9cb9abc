"""The sandboxed process that decodes a photo: a hostile file can bring down only this process.

Decoders of pictures are large programs in C, and have been broken into with a picture before. Here
they run in a child with limits of its own, which holds no keys. It imports nothing of ours.

    decoder_process.py jpeg|png|webp LONGEST_SIDE MEMORY_BYTES CPU_SECONDS < photo > cleaned.jpg

ends with 0, with LARGE where the photo has more pixels than may be decoded, with COMPLEX where it
is a JPEG in more scans than any program makes (each goes over the whole picture once more), and in
any other way where it is broken. How many pixels those are is told by the header, before anything
is decoded:

    JPEG   216 megapixels: it is decoded at an eighth, a quarter or half of its size. One in several
           scans (progressive) is kept whole meanwhile, 2 bytes a sample: 200 MiB at most, which
           are 69 megapixels of a usual photo, 34 of one without chroma subsampling
    PNG    16 megapixels, at up to 12 bytes each
    WebP   13 megapixels, at up to 16 bytes each

so that it stays below 250 MiB. (A phone's 12 megapixels are 4032 x 3024.)
"""

from __future__ import annotations

import io
import re
import sys
from typing import Any

from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

LARGE, COMPLEX = 20, 21
SCANS = 20
"""A usual progressive JPEG has 10, the most thrifty ones half as many again."""
MEGAPIXELS = {"jpeg": 216, "png": 16, "webp": 13}
COEFFICIENT_BYTES = 200 * 1024 * 1024
QUALITY = 80

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""The next marker of a JPEG, as its decoder looks for it: behind stuffed zeros and restarts."""
_SCAN, _END, _WITHOUT_LENGTH = 0xDA, 0xD9, (0x01, 0xD8)


class TooLargeError(Exception):
    """It has more pixels than may be decoded."""


class TooComplexError(Exception):
    """It has more scans than may be decoded."""


def main() -> None:
    """Clean the photo on standard input, and write it to standard output."""
    kind, longest, memory, seconds = sys.argv[1], *map(int, sys.argv[2:5])
    _limit(memory, seconds)
    try:
        cleaned = clean(kind, sys.stdin.buffer.read(), longest)
    except (TooLargeError, MemoryError):
        sys.exit(LARGE)
    except TooComplexError:
        sys.exit(COMPLEX)
    sys.stdout.buffer.write(cleaned)


def clean(kind: str, content: bytes, longest: int) -> bytes:
    """Return the first picture in the file, re-encoded. Any exception means it is broken."""
    photo = _opened(kind, content)
    size = _fitted(photo.size, longest)
    photo.draft(None, size)  # a JPEG is decoded at a part of its size, where that is enough
    photo.load()
    orientation, profile = _orientation(photo), photo.info.get("icc_profile")
    shown = _flat(_shrunk(_without_palette(photo), size))
    shown = _in_srgb(shown, profile)
    if orientation in _UPRIGHT:
        shown = shown.transpose(_UPRIGHT[orientation])
    shown.info.clear()  # else comments and XMP would be written again
    written = io.BytesIO()
    shown.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


def _opened(kind: str, content: bytes) -> Any:
    """Open with the format's own class: `Image.open` would also take formats inside a JPEG."""
    stream = io.BytesIO(content)
    photo: Any
    if kind == "webp":
        # two canvases are made as soon as it is opened
        _refuse_pixels(kind, _webp_size(content))
        photo = WebPImagePlugin.WebPImageFile(stream)
    elif kind == "png":
        photo = PngImagePlugin.PngImageFile(stream)
    else:
        if scans(content) > SCANS:
            raise TooComplexError
        photo = JpegImagePlugin.JpegImageFile(stream)
        _refuse_coefficients(photo, content[: stream.tell()])
    _refuse_pixels(kind, photo.size)
    return photo


def scans(content: bytes) -> int:
    """Return how many scans the first picture of a JPEG has, up to one more than are allowed."""
    found = at = 0
    while found <= SCANS and (marker := _MARKER.search(content, at)):
        kind, at = marker[1][0], marker.end()
        if kind == _END:
            break
        found += kind == _SCAN
        if kind not in _WITHOUT_LENGTH:
            at += int.from_bytes(content[at : at + 2], "big")
    return found


def _refuse_pixels(kind: str, size: tuple[int, int]) -> None:
    if size[0] * size[1] > MEGAPIXELS[kind] * 1_000_000:
        raise TooLargeError


def _refuse_coefficients(photo: Any, head: bytes) -> None:
    """Refuse a progressive photo too large for memory, which holds it until its last scan."""
    layers = len(photo.layer)
    scan = b"\xff\xda" + (6 + 2 * layers).to_bytes(2, "big") + bytes([layers])
    is_whole = head[-(8 + 2 * layers) :].startswith(scan)  # the first scan holds every layer
    if is_whole and "progressive" not in photo.info:
        return
    most = max(across * down for _, across, down, _ in photo.layer)
    samples = sum(across * down for _, across, down, _ in photo.layer) / most
    if photo.size[0] * photo.size[1] * samples * 2 > COEFFICIENT_BYTES:
        raise TooLargeError


def _webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height as RFC 9649 has them, for the three kinds of first chunk."""
    chunk, body = content[12:16], content[20:30]
    if len(body) < 10:
        raise ValueError
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
    return width & 0x3FFF, height & 0x3FFF


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    part = min(1.0, longest / max(size))
    return max(1, round(size[0] * part)), max(1, round(size[1] * part))


def _orientation(photo: Any) -> object:
    try:
        return photo.getexif().get(_ORIENTATION)
    except Exception:  # a photo whose metadata is damaged can still be seen
        return None


def _without_palette(photo: Any) -> Any:
    """Return it in a mode that can be scaled, with transparency as a layer of its own."""
    if photo.mode.startswith("I"):  # 16 bits of grey
        return photo.point(lambda value: value / 256).convert("L")
    if photo.has_transparency_data:
        return photo if photo.mode in ("LA", "RGBA") else photo.convert("RGBA")
    return photo if photo.mode in ("L", "RGB", "CMYK") else photo.convert("RGB")


def _shrunk(photo: Any, size: tuple[int, int]) -> Any:
    if photo.size == size:
        return photo
    return photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _flat(photo: Any) -> Any:
    """Return it on white, where it is transparent."""
    if photo.mode not in ("LA", "RGBA"):
        return photo
    ground = Image.new("RGB", photo.size, "white")
    ground.paste(photo.convert("RGB"), mask=photo.getchannel("A"))
    return ground


def _in_srgb(photo: Any, profile: bytes | None) -> Any:
    """Convert from its colour profile to sRGB, as screens show colours without a profile."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            wanted = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(photo, source, wanted, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):  # damaged, or of another mode
            pass
    return photo.convert("RGB")


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none; the parent's clock still ends a run that hangs
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
