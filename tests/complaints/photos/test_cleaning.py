"""Photo cleaning: upright, small and without metadata, or refused with a sentence."""

from __future__ import annotations

import io
import itertools
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from shared.complaints.photos import cleaning, decoder_process
from shared.platform.errors import FileRejected, Unavailable
from tests.complaints import pictures
from tests.complaints.pictures import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    corners,
    telling,
    written,
    zipped,
)

Cleaning = Callable[[bytes], bytes]
KINDS = ("JPEG", "PNG", "WEBP")


@pytest.fixture
def clean(tmp_path: Path) -> Cleaning:
    def cleaned(content: bytes) -> bytes:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return cleaning.clean(path)

    return cleaned


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def is_near(one: object, other: tuple[int, ...], by: int = 12) -> bool:
    assert isinstance(one, tuple)
    return all(abs(x - y) <= by for x, y in zip(one, other, strict=True))


def colours(picture: Image.Image) -> list[object]:
    """Of the four corners, line by line."""
    width, height = picture.size
    places = itertools.product((height // 4, height * 3 // 4), (width // 4, width * 3 // 4))
    return [picture.getpixel((x, y)) for y, x in places]


def is_rejected(clean: Cleaning, content: bytes, code: str) -> FileRejected:
    with pytest.raises(FileRejected) as caught:
        clean(content)
    assert caught.value.code == code
    assert len(caught.value.detail) > 20
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", [None, pictures.srgb()])
def test_nothing_about_place_time_or_owner_comes_out(
    clean: Cleaning, kind: str, profile: bytes | None
) -> None:
    content = telling(kind, profile=profile)
    before = opened(content)
    assert before.getexif().get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "S"
    assert pictures.MAKER.encode() in content
    cleaned = clean(content)
    after = opened(cleaned)
    assert after.format == "JPEG"
    assert dict(after.getexif()) == {}
    assert dict(after.getexif().get_ifd(ExifTags.IFD.GPSInfo)) == {}
    assert set(after.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for word in pictures.WORDS:
        assert word not in cleaned
    seconds = pictures.LATITUDE[2].to_bytes(4, "big")
    assert seconds in content
    assert seconds not in cleaned
    assert segments(cleaned) == [0xE0, 0xDB, 0xDB, 0xC0, 0xC4, 0xC4, 0xC4, 0xC4, 0xDA]


def segments(content: bytes) -> list[int]:
    """The markers of a JPEG up to its first scan; and nothing stands behind its end."""
    assert content.endswith(b"\xff\xd9")
    found, place = [], 2
    while True:
        assert content[place] == 0xFF
        found.append(content[place + 1])
        if found[-1] == 0xDA:
            return found
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_comes_out_as_it_was_seen(clean: Cleaning, kind: str, orientation: int) -> None:
    stored = corners()
    turned = {
        1: [RED, GREEN, BLUE, WHITE],
        2: [GREEN, RED, WHITE, BLUE],
        3: [WHITE, BLUE, GREEN, RED],
        4: [BLUE, WHITE, RED, GREEN],
        5: [RED, BLUE, GREEN, WHITE],
        6: [BLUE, RED, WHITE, GREEN],
        7: [WHITE, GREEN, BLUE, RED],
        8: [GREEN, WHITE, RED, BLUE],
    }[orientation]
    after = opened(clean(telling(kind, orientation)))
    assert after.size == (stored.size if orientation < 5 else stored.size[::-1])
    assert all(is_near(one, other) for one, other in zip(colours(after), turned, strict=True))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(clean: Cleaning, orientation: int) -> None:
    assert opened(clean(telling("JPEG", orientation))).size == (400, 300)


def test_damaged_metadata_spoils_no_photo(clean: Cleaning) -> None:
    content = written(corners(), "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff\x01")
    assert opened(clean(content)).size == (400, 300)
    broken = written(corners(), "JPEG", icc_profile=b"not a profile")
    assert opened(clean(broken)).size == (400, 300)


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((4032, 3024), (1600, 1200)),
        ((3024, 4032), (1200, 1600)),
        ((1600, 1600), (1600, 1600)),
        ((1601, 100), (1600, 100)),
        ((640, 480), (640, 480)),
        ((1, 1), (1, 1)),
        ((9000, 2), (1600, 1)),
        ((1, 9000), (1, 1600)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_no_side_is_longer_than_needed_to_read_it(
    clean: Cleaning, size: tuple[int, int], wanted: tuple[int, int], kind: str
) -> None:
    content = written(Image.new("RGB", size, GREEN), kind)
    after = opened(clean(content))
    assert after.size == wanted
    assert is_near(after.getpixel((0, 0)), GREEN)


def test_print_colours_become_screen_colours(clean: Cleaning) -> None:
    after = opened(clean(written(corners(mode="CMYK"), "JPEG", quality=95)))
    assert after.mode == "RGB"
    wanted = [RED, GREEN, BLUE, WHITE]
    assert all(is_near(one, other) for one, other in zip(colours(after), wanted, strict=True))


def test_sixteen_bits_of_grey_keep_their_shades(clean: Cleaning) -> None:
    grey = Image.new("I;16", (30, 10))
    for x, y in itertools.product(range(30), range(10)):
        grey.putpixel((x, y), [0, 32768, 65535][x // 10])
    after = opened(clean(written(grey, "PNG")))
    shades = [after.getpixel((x, 5)) for x in (5, 15, 25)]
    assert all(map(is_near, shades, [(0,) * 3, (128,) * 3, (255,) * 3]))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_palette_with_a_hole_shows_white_through_it(clean: Cleaning, bits: int) -> None:
    picture = Image.new("P", (40, 40), 0)
    picture.putpalette([*RED, *BLUE])
    picture.paste(1, (20, 0, 40, 40))
    after = opened(clean(written(picture, "PNG", transparency=0, bits=bits)))
    assert is_near(after.getpixel((5, 5)), WHITE)
    assert is_near(after.getpixel((35, 35)), BLUE)


@pytest.mark.parametrize(
    ("mode", "clear", "seen"),
    [
        ("RGBA", (*RED, 0), (*BLUE, 255)),
        ("LA", (9, 0), (100, 255)),
    ],
)
@pytest.mark.parametrize("size", [(40, 40), (3200, 3200)])
def test_what_is_hidden_by_transparency_is_gone(
    clean: Cleaning,
    mode: str,
    clear: tuple[int, ...],
    seen: tuple[int, ...],
    size: tuple[int, int],
) -> None:
    picture = Image.new(mode, size, clear)
    picture.paste(seen, (size[0] // 2, 0, *size))
    after = opened(clean(written(picture, "PNG")))
    assert is_near(after.getpixel((2, 2)), WHITE)
    wanted = seen[:3] if mode == "RGBA" else (seen[0],) * 3
    assert is_near(after.getpixel((after.width - 3, 3)), wanted)


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_other_kinds_of_pixels_are_taken(clean: Cleaning, mode: str) -> None:
    after = opened(clean(written(Image.new(mode, (40, 40), "white"), "PNG")))
    assert is_near(after.getpixel((2, 2)), WHITE)
    grey = opened(clean(written(Image.new("L", (40, 40), 77), "PNG", transparency=77)))
    assert is_near(grey.getpixel((2, 2)), WHITE)


def test_only_the_first_picture_of_a_film_is_kept(clean: Cleaning) -> None:
    first, second = Image.new("RGB", (50, 40), RED), Image.new("RGB", (50, 40), BLUE)
    for kind in ("WEBP", "PNG"):
        film = written(first, kind, save_all=True, append_images=[second], lossless=True)
        assert getattr(opened(film), "n_frames", 1) == 2
        after = opened(clean(film))
        assert after.format == "JPEG"
        assert is_near(after.getpixel((20, 20)), RED)
    pair = written(first, "MPO", save_all=True, append_images=[second])
    assert opened(pair).format == "MPO"
    cleaned = clean(pair)
    assert opened(cleaned).format == "JPEG"
    assert cleaned.count(b"\xff\xd8\xff") == 1


def test_colours_mean_what_their_profile_says(clean: Cleaning) -> None:
    """A profile in which red and blue change places: without it, the photo has wrong colours."""
    profile = swapped_profile()
    source = Image.new("RGB", (40, 40), (200, 30, 60))
    wanted = ImageCms.profileToProfile(
        source,
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
    )
    assert wanted is not None
    after = opened(clean(written(source, "PNG", icc_profile=profile)))
    assert "icc_profile" not in after.info
    seen = wanted.getpixel((2, 2))
    assert isinstance(seen, tuple)
    assert not is_near(seen, (200, 30, 60))
    assert is_near(after.getpixel((2, 2)), seen)


def swapped_profile() -> bytes:
    """sRGB with the tags of red and blue exchanged."""
    profile = bytearray(pictures.srgb())
    for place in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        name = bytes(profile[place : place + 4])
        profile[place : place + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile)


def png_claiming(width: int, height: int) -> bytes:
    """A small file whose header says that it is large."""
    content = bytearray(written(Image.new("1", (8, 8)), "PNG"))
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


def jpeg_claiming(width: int, height: int, *, progressive: bool = False) -> bytes:
    content = bytearray(written(Image.new("RGB", (8, 8)), "JPEG", progressive=progressive))
    frame = content.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    content[frame + 5 : frame + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(content)


def webp_claiming(width: int, height: int, kind: str) -> bytes:
    small = Image.new("RGBA" if kind == "VP8X" else "RGB", (8, 8))
    options = {"exif": b"Exif\x00\x00"} if kind == "VP8X" else {}
    content = bytearray(written(small, "WEBP", lossless=kind == "VP8L", **options))
    assert content[12:16] == kind.encode().ljust(4)
    if kind == "VP8X":
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        content[24:30] = size
    elif kind == "VP8L":
        bits = int.from_bytes(content[21:25], "little") >> 28 << 28
        content[21:25] = (bits | (height - 1) << 14 | (width - 1)).to_bytes(4, "little")
    else:
        content[26:30] = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        written(Image.new("1", (30_000, 30_000)), "PNG"),
        png_claiming(30_000, 30_000),
        png_claiming(2**31 - 1, 2**31 - 1),
        jpeg_claiming(65_000, 65_000),
        jpeg_claiming(9_000, 9_000, progressive=True),
        webp_claiming(16_383, 16_383, "VP8"),
        webp_claiming(16_383, 16_383, "VP8L"),
        webp_claiming(2**24, 2**24, "VP8X"),
    ],
)
def test_a_bomb_is_refused_by_what_its_header_says(clean: Cleaning, content: bytes) -> None:
    is_rejected(clean, content, "PHOTO_DIMENSIONS")


def test_a_jpeg_in_several_scans_is_bounded_like_a_progressive_one(clean: Cleaning) -> None:
    """Its first scan claims one layer of three, so that a decoder keeps all until the end."""
    content = bytearray(jpeg_claiming(9_000, 9_000))
    scan = content.index(b"\xff\xda")
    content[scan : scan + 14] = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    is_rejected(clean, bytes(content), "PHOTO_DIMENSIONS")


def test_a_telephone_with_two_hundred_megapixels_is_welcome(clean: Cleaning) -> None:
    content = written(Image.new("RGB", (16_320, 12_240), BLUE), "JPEG", quality=50)
    assert len(content) < cleaning.MAX_BYTES
    after = opened(clean(content))
    assert after.size == (1600, 1200)
    assert is_near(after.getpixel((800, 600)), BLUE)


LARGEST = [
    ("jpeg", (3_199, 3_199), "RGB", {}),
    ("jpeg", (5_900, 5_700), "RGB", {"progressive": True, "subsampling": 0}),
    ("png", (4_900, 3_260), "RGBA", {}),
    ("png", (4_900, 3_260), "P", {"transparency": 0}),
    ("png", (4_900, 3_260), "RGB", {"transparency": (0, 0, 0)}),
    ("webp", (4_300, 3_020), "RGBA", {"lossless": True}),
]


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is another elsewhere")
@pytest.mark.parametrize(("kind", "size", "mode", "options"), LARGEST)
def test_the_largest_photo_that_is_taken_needs_less_than_250_mib(
    kind: str, size: tuple[int, int], mode: str, options: dict[str, object], tmp_path: Path
) -> None:
    content = written(Image.new(mode, size), kind, **options)
    (tmp_path / "photo").write_bytes(content)
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURING, str(tmp_path / "photo"), kind],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 0 < int(measured.stdout) < 250 * 1024


_MEASURING = """
import resource, sys
from pathlib import Path
from shared.complaints.photos import cleaning
cleaning.clean(Path(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
assert "PIL" not in sys.modules
"""


def test_a_decoder_that_asks_for_too_much_is_stopped(
    clean: Cleaning, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = written(Image.new("RGBA", (4_000, 4_000)), "PNG")
    assert clean(content)
    monkeypatch.setattr(cleaning, "MEMORY_BYTES", 160 * 1024 * 1024)
    is_rejected(clean, content, "PHOTO_DIMENSIONS")


def test_a_process_that_never_ends_is_ended(
    clean: Cleaning, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("while True: pass\n")
    monkeypatch.setattr(cleaning, "_PROCESS", endless)
    monkeypatch.setattr(cleaning, "CLOCK_SECONDS", 1)
    is_rejected(clean, telling(), "PHOTO_COMPLEX")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no processor time")
def test_a_process_that_burns_its_seconds_is_ended(
    clean: Cleaning, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    burning = tmp_path / "burning.py"
    burning.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(decoder_process.__file__).parent)!r})\n"
        "import decoder_process\n"
        "decoder_process._limit(*map(int, sys.argv[3:5]))\n"
        "while True: pass\n"
    )
    monkeypatch.setattr(cleaning, "_PROCESS", burning)
    monkeypatch.setattr(cleaning, "CPU_SECONDS", 1)
    monkeypatch.setattr(cleaning, "CLOCK_SECONDS", 300)
    is_rejected(clean, telling(), "PHOTO_COMPLEX")


def test_a_jpeg_in_more_scans_than_any_program_makes_is_not_decoded(clean: Cleaning) -> None:
    """345 KB of them would burn ten seconds: each scan goes over the whole picture once more."""
    bomb = pictures.repeated_scan(3_000)
    assert len(bomb) < 400_000
    is_rejected(clean, bomb, "PHOTO_COMPLEX")
    is_rejected(clean, pictures.repeated_scan(12), "PHOTO_COMPLEX")
    assert clean(pictures.repeated_scan(11)), "20 scans are taken"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (written(corners(), "JPEG"), 1),
        (written(corners(), "JPEG", progressive=True), 10),
        (written(corners(mode="L"), "JPEG", progressive=True), 6),
        (written(corners(), "JPEG", progressive=True)[:-2], 10),
        (b"\xff\xd8" + b"\xff\xda\x00\x02\xff\x00\xff\xd3\xff" * 9, 9),
        (b"\xff\xd8\xff\xe1\x00\x06\xff\xda\xff\xda\xff\xff\xda\x00\x02", 1),
        (b"\xff\xd8\xff\xda\x00\x02\xff\xd9\xff\xda\x00\x02", 1),
        (b"\xff\xd8" + b"\xff" * 4_000_000, 0),
        (b"\xff\xd8\xff\xda", 1),
        (b"", 0),
    ],
    ids=[
        *("usual", "progressive", "grey", "without an end", "restarts", "in metadata"),
        *("a second picture", "filled up", "cut off", "empty"),
    ],
)
def test_scans_are_counted_by_their_markers(content: bytes, wanted: int) -> None:
    assert decoder_process.scans(content) == wanted


def test_of_one_address_some_wait_and_others_have_places_left() -> None:
    with ExitStack() as waiting:
        for _ in range(cleaning.MOST_OF_ONE_ADDRESS):
            waiting.enter_context(cleaning.queue("192.0.2.1"))
        with pytest.raises(Unavailable) as caught, cleaning.queue("192.0.2.1"):
            pytest.fail("a third place")
        assert caught.value.code == "PHOTOS_BUSY"
        waiting.enter_context(cleaning.queue("2001:db8::1"))
        waiting.enter_context(cleaning.queue("2001:db8::2"))  # the same subscriber
        with pytest.raises(Unavailable), cleaning.queue(None):
            pytest.fail("more places than there are")
    assert cleaning.MOST_OF_ONE_ADDRESS * 2 == cleaning.MOST_WAITING
    with cleaning.queue("192.0.2.1"), cleaning.queue(None), cleaning.queue(None):
        assert len(cleaning._WAITING) == 1
    assert len(cleaning._WAITING) == 0, "no address is remembered"


def test_no_key_of_ours_is_in_the_process_that_decodes(
    clean: Cleaning, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NUTERA_REGISTRY_KEY", "RAHASIA")
    spy = tmp_path / "spy.py"
    spy.write_text(
        "import os, sys\n"
        "found = any('RAHASIA' in value for value in os.environ.values())\n"
        "sys.stdout.buffer.write(b'\\xff\\xd8\\xff' + (b'found' if found else b'nothing'))\n"
    )
    monkeypatch.setattr(cleaning, "_PROCESS", spy)
    assert clean(telling()).endswith(b"nothing")


def test_the_size_of_a_file_is_limited(clean: Cleaning) -> None:
    content = telling()
    is_rejected(clean, content + bytes(cleaning.MAX_BYTES), "PHOTO_TOO_LARGE")
    assert clean(content + bytes(cleaning.MAX_BYTES - len(content)))


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_photo_is_none(clean: Cleaning, kind: str) -> None:
    noise = Image.effect_noise((200, 200), 60)
    content = written(noise, kind)
    for part in (20, 60, len(content) // 2, len(content) - 30):
        is_rejected(clean, content[:part], "PHOTO_BROKEN")


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100)
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def as_gif() -> bytes:
    return written(corners(mode="P"), "GIF") + b"/*" + HTML


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"\x00" * 64, PDF, SVG, HTML, as_gif(), written(corners(), "BMP"),
     written(corners(), "TIFF"), b"RIFF\x24\x00\x00\x00WAVEfmt ", b"PK\x03\x04" + bytes(60)],
)  # fmt: skip
def test_what_is_no_photo_is_refused_whatever_it_is_called(clean: Cleaning, content: bytes) -> None:
    is_rejected(clean, content, "PHOTO_TYPE")


def test_who_sends_heic_is_told_what_to_do(clean: Cleaning) -> None:
    assert "Paling Kompatibel" in is_rejected(clean, HEIC, "PHOTO_TYPE").detail
    film = HEIC.replace(b"heic", b"isom")
    for other in (PDF, film):
        assert "iPhone" not in is_rejected(clean, other, "PHOTO_TYPE").detail


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "other", [zipped(), PDF, HTML, SVG, b"<?php evil ?>", b"<SCRIPT>x</SCRIPT>"]
)
def test_what_is_something_else_too_is_refused(clean: Cleaning, kind: str, other: bytes) -> None:
    detail = is_rejected(clean, telling(kind) + other, "PHOTO_POLYGLOT").detail
    assert "tangkapan layar" in detail


FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(64) + b"SEFT"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tail", [FILM, telling(), b"RAHASIA" * 100])
def test_what_hangs_on_a_photo_does_not_survive(clean: Cleaning, kind: str, tail: bytes) -> None:
    content = telling(kind)
    assert clean(content + tail) == clean(content)


def test_two_photos_are_cleaned_one_after_the_other(tmp_path: Path) -> None:
    """Each may need as much memory as a small function has: the second waits, and gets its turn."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(telling("JPEG"))
    second.write_bytes(telling("WEBP"))
    cleaned: dict[Path, bytes] = {}
    threads = [
        threading.Thread(target=lambda path=path: cleaned.update({path: cleaning.clean(path)}))
        for path in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened(cleaned[first]).size == opened(cleaned[second]).size == (400, 300)


SEEDS = [telling(kind) for kind in KINDS] + [
    written(corners((60, 40)), "JPEG", progressive=True),
    written(corners((60, 40), "CMYK"), "JPEG"),
    written(corners((60, 40), "P"), "PNG", transparency=1),
    written(corners((60, 40), "RGBA"), "WEBP", save_all=True, append_images=[corners((60, 40))]),
    written(corners((60, 40)), "MPO", save_all=True, append_images=[corners((60, 40))]),
]


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """A real file with bytes changed, cut out, doubled or put in."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        # headers are at the front: half of the damage goes there
        last = draw(st.sampled_from([min(200, len(content)), len(content)]))
        place = draw(st.integers(0, max(0, last - 1)))
        length = draw(st.integers(0, 12))
        what = draw(st.sampled_from(["change", "cut", "double", "insert"]))
        if what == "change":
            new = draw(st.binary(min_size=length, max_size=length))
            content[place : place + length] = new
        elif what == "cut":
            del content[place : place + length]
        elif what == "double":
            content[place:place] = content[place : place + length]
        else:
            content[place:place] = draw(st.binary(max_size=12))
    return bytes(content)


ANY_BYTES = st.one_of(mutants(), st.binary(max_size=200))
ONE_FIXTURE = [HealthCheck.function_scoped_fixture]
_DECODING = """
import sys
from shared.complaints.photos import decoder_process
longest, memory, seconds = map(int, sys.argv[1:])
decoder_process._limit(memory, seconds)
while line := sys.stdin.buffer.readline():
    kind, size = line.split()
    content = sys.stdin.buffer.read(int(size))
    try:
        cleaned = decoder_process.clean(kind.decode(), content, longest)
    except Exception:
        cleaned = b""
    sys.stdout.buffer.write(b"%d\\n" % len(cleaned) + cleaned)
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def one_decoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The decoder in one process for all photos of a test; it starts again where it crashed."""
    limits = map(str, (cleaning.LONGEST_SIDE, cleaning.MEMORY_BYTES, 600))
    command = [sys.executable, "-c", _DECODING, *limits]
    running: list[subprocess.Popen[bytes]] = []

    def cleaned(kind: str, content: bytes) -> bytes:
        if not running or running[-1].poll() is not None:
            running.append(
                subprocess.Popen(
                    command,
                    env={**os.environ, "PYTHONPATH": "."},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
        process = running[-1]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{kind} {len(content)}\n".encode() + content)
        process.stdin.flush()
        photo = process.stdout.read(int(process.stdout.readline() or 0))
        if not photo:
            raise cleaning._rejected("PHOTO_BROKEN")
        return photo

    monkeypatch.setattr(cleaning, "_cleaned", cleaned)
    yield
    for process in running:
        process.communicate()


@pytest.mark.parametrize("kind", KINDS)
def test_one_decoder_for_all_does_what_one_for_each_does(
    request: pytest.FixtureRequest, clean: Cleaning, kind: str
) -> None:
    alone = clean(telling(kind))
    request.getfixturevalue("one_decoder")
    assert clean(telling(kind)) == alone
    is_rejected(clean, telling(kind)[:60], "PHOTO_BROKEN")
    assert clean(telling(kind)) == alone


@settings(max_examples=80, deadline=None, suppress_health_check=ONE_FIXTURE)
@given(ANY_BYTES)
@pytest.mark.usefixtures("one_decoder")
def test_any_bytes_give_a_photo_or_a_refusal(clean: Cleaning, content: bytes) -> None:
    is_a_photo_or_refused(clean, content)


@settings(max_examples=8, deadline=None, suppress_health_check=ONE_FIXTURE)
@given(ANY_BYTES)
def test_any_bytes_do_the_same_to_a_process_of_their_own(clean: Cleaning, content: bytes) -> None:
    is_a_photo_or_refused(clean, content)


def is_a_photo_or_refused(clean: Cleaning, content: bytes) -> None:
    try:
        cleaned = clean(content)
    except FileRejected:
        return
    after = opened(cleaned)
    assert after.format == "JPEG"
    assert max(after.size) <= cleaning.LONGEST_SIDE
    assert segments(cleaned)[0] == 0xE0
    assert 0xE1 not in segments(cleaned)


def test_the_limits_of_the_decoder_are_those_of_its_description() -> None:
    described = decoder_process.__doc__ or ""
    for kind, megapixels in decoder_process.MEGAPIXELS.items():
        assert f"{kind.upper()} " in described.upper()
        assert f" {megapixels} megapixels" in described
    assert decoder_process.LARGE == cleaning._LARGE
