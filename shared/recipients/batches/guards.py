"""Guards: the limits beyond which a batch needs a verifier's written reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.kelurahan.configuration import Limits

REMOVED_TOO_MANY: Final = "REMOVED_TOO_MANY"
ERRORS_TOO_MANY: Final = "ERRORS_TOO_MANY"
NOTHING_VALID: Final = "NOTHING_VALID"
OLDER_THAN_PUBLISHED: Final = "OLDER_THAN_PUBLISHED"
OTHER_SHEETS_UNREAD: Final = "OTHER_SHEETS_UNREAD"

SENTENCES: Final[Mapping[str, str]] = {
    REMOVED_TOO_MANY: "Terlalu banyak warga akan hilang dari daftar. Pastikan berkasnya lengkap.",
    ERRORS_TOO_MANY: "Terlalu banyak baris yang salah. Perbaiki berkasnya, lalu unggah lagi.",
    NOTHING_VALID: "Tidak ada satu pun baris yang dapat dipakai. Periksa berkasnya.",
    OTHER_SHEETS_UNREAD: (
        "Berkas ini punya lembar lain yang juga memuat daftar dan tidak dibaca. Gabungkan semua "
        "lembar menjadi satu, lalu unggah lagi."
    ),
    OLDER_THAN_PUBLISHED: "Tanggal datanya lebih lama dari daftar yang terbit. Periksa tanggalnya.",
}


def guard(
    limits: Limits,
    *,
    published: int,
    removed: int,
    rows: int,
    error_rows: int,
    people: int,
    as_of: str,
    published_as_of: str,
    other_sheets: int = 0,
) -> tuple[str, ...]:
    """Return the codes of the guards that block a batch; a share exactly at its limit passes.

    `as_of` and `published_as_of` are ISO days, the latter "" before the first publication;
    `other_sheets` counts those of the file that hold a list too and weren't read.
    """
    codes = []
    if removed > limits.removed_share * published:
        codes.append(REMOVED_TOO_MANY)
    if error_rows > limits.error_share * rows:
        codes.append(ERRORS_TOO_MANY)
    if people == 0:
        codes.append(NOTHING_VALID)
    if as_of < published_as_of:
        codes.append(OLDER_THAN_PUBLISHED)
    if other_sheets:
        codes.append(OTHER_SHEETS_UNREAD)
    return tuple(codes)
