"""Safe unpacking of zipped workbooks: sizes are counted, never taken from the directory.

The directory of a zip file is written by whoever made it, so every part is inflated here, in small
pieces that are thrown away, until the limit is reached.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from shared.recipients.reading.sheets.file_rejection import rejected

UNPACKED_BYTES = 400 << 20
UNPACKED_FLOOR = 64 << 20
RATIO = 150
"""Beyond the floor, no honest workbook is so much smaller when packed."""
PARTS = 2_000

_PIECE = 1 << 18
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1
_BOMB = (
    "Isi berkas ini jauh lebih besar daripada ukurannya, jadi tidak dibuka. "
    "Salin datanya ke lembar baru, lalu simpan sebagai .xlsx."
)
LOCKED = "Berkas ini dikunci dengan kata sandi. Hapus kata sandinya di Excel, lalu simpan ulang."


def is_locked(path: Path) -> bool:
    """Whether an old-style container holds an encrypted workbook: Excel names the part so."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return content.find("EncryptedPackage".encode("utf-16-le")) >= 0


def check(path: Path) -> None:
    """Raise FileRejected unless the zip file can be unpacked within the limits."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS:
                raise rejected("FILE_TOO_LARGE", _BOMB)
            size = path.stat().st_size
            limit = min(UNPACKED_BYTES, max(UNPACKED_FLOOR, size * RATIO))
            if sum(part.file_size for part in parts) > limit:
                raise rejected("FILE_TOO_LARGE", _BOMB)
            left = limit
            for part in parts:
                if part.flag_bits & _ENCRYPTED:
                    raise rejected("FILE_UNREADABLE", LOCKED)
                if not part.is_dir():
                    left -= _unpacked_size(file, part, left)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, NotImplementedError):
        raise rejected("FILE_UNREADABLE") from None


def _unpacked_size(file: BinaryIO, part: zipfile.ZipInfo, limit: int) -> int:
    """Return a part's size in bytes; raises FileRejected past the limit, or if not as claimed."""
    file.seek(part.header_offset)
    header = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if header[0] != b"PK\x03\x04":
        raise rejected("FILE_UNREADABLE")
    file.seek(header[9] + header[10], 1)
    if part.compress_type == zipfile.ZIP_STORED:
        size = part.compress_size
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        size = _inflated_size(file, part.compress_size, limit)
    else:
        raise rejected("FILE_UNREADABLE")
    if size > limit:
        raise rejected("FILE_TOO_LARGE", _BOMB)
    if size != part.file_size:
        raise rejected("FILE_UNREADABLE")
    return size


def _inflated_size(file: BinaryIO, packed: int, limit: int) -> int:
    inflate = zlib.decompressobj(-15)
    size = 0
    while packed > 0 and not inflate.eof:
        piece = file.read(min(packed, _PIECE))
        if not piece:
            raise rejected("FILE_UNREADABLE")
        packed -= len(piece)
        while piece and not inflate.eof:
            size += len(inflate.decompress(piece, _PIECE))
            if size > limit:
                return size
            piece = inflate.unconsumed_tail
    return size + len(inflate.flush())
