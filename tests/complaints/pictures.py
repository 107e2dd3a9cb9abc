"""Pictures as telephones make them, with all that they say about their owner."""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

from PIL import ExifTags, Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

MAKER: Final = "TELEPON-CONTOH"
OWNER: Final = "PEMILIK-CONTOH"
XMP: Final = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">TEMPAT-CONTOH</x:xmpmeta>'
LATITUDE: Final = (6, 54, 1234567)
WORDS: Final = (b"TELEPON", b"PEMILIK", b"TEMPAT-CONTOH", b"CATATAN", b"GPS", b"Exif", b"http")

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 180, 20), (20, 20, 220), (255, 255, 255)


def corners(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Image.Image:
    """Red above on the left, green above on the right, blue below on the left, white."""
    picture = Image.new("RGB", size, WHITE)
    half = size[0] // 2, size[1] // 2
    picture.paste(RED, (0, 0, *half))
    picture.paste(GREEN, (half[0], 0, size[0], half[1]))
    picture.paste(BLUE, (0, half[1], half[0], size[1]))
    return picture if mode == "RGB" else picture.convert(mode)


def exif(orientation: int = 1) -> Image.Exif:
    """Maker, owner, time and place."""
    made = Image.Exif()
    made[ExifTags.Base.Make] = MAKER
    made[ExifTags.Base.Artist] = OWNER
    made[ExifTags.Base.Orientation] = orientation
    made[ExifTags.Base.DateTime] = "2026:11:20 10:00:00"
    place = made.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "S"
    degrees, minutes, seconds = LATITUDE
    place[ExifTags.GPS.GPSLatitude] = (
        IFDRational(degrees),
        IFDRational(minutes),
        IFDRational(seconds, 100_000),
    )
    return made


def srgb() -> bytes:
    """A profile, as editors put it in."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def written(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The file that Pillow makes of it."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def telling(kind: str = "JPEG", orientation: int = 1, *, profile: bytes | None = None) -> bytes:
    """A file that holds everything that may not leave it again."""
    options: dict[str, Any] = {"exif": exif(orientation), "icc_profile": profile}
    if kind == "JPEG":
        options |= {"comment": b"CATATAN", "xmp": XMP, "quality": 95, "subsampling": 0}
    elif kind == "WEBP":
        options |= {"xmp": XMP, "lossless": True}
    else:
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_text("Comment", "CATATAN")
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = text
    return written(corners(), kind, **options)


def zipped() -> bytes:
    """A small archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("RAHASIA.txt", "RAHASIA")
    return stream.getvalue()


def repeated_scan(times: int, size: tuple[int, int] = (4_000, 3_000)) -> bytes:
    """A progressive JPEG whose last scan is there so many times: each goes over all its pixels."""
    whole = written(Image.new("RGB", size, BLUE), "JPEG", progressive=True)
    scan = whole[whole.rindex(b"\xff\xc4", 0, whole.rindex(b"\xff\xda")) : -2]
    return whole[: -2 - len(scan)] + scan * times + whole[-2:]
