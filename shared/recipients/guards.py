"""When a batch must not go on without a verifier's written reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.platform.kelurahan import Limits

REMOVED_TOO_MANY: Final = "REMOVED_TOO_MANY"
ERRORS_TOO_MANY: Final = "ERRORS_TOO_MANY"
NOTHING_VALID: Final = "NOTHING_VALID"

SENTENCES: Final[Mapping[str, str]] = {
    REMOVED_TOO_MANY: "Terlalu banyak warga akan hilang dari daftar. Pastikan berkasnya lengkap.",
    ERRORS_TOO_MANY: "Terlalu banyak baris yang salah. Perbaiki berkasnya, lalu unggah lagi.",
    NOTHING_VALID: "Tidak ada satu pun baris yang dapat dipakai. Periksa berkasnya.",
}


def guard(
    limits: Limits, *, published: int, removed: int, rows: int, error_rows: int, people: int
) -> tuple[str, ...]:
    """The codes of the guards that a batch runs into; a share exactly at its limit passes."""
    codes = []
    if removed > limits.removed_share * published:
        codes.append(REMOVED_TOO_MANY)
    if error_rows > limits.error_share * rows:
        codes.append(ERRORS_TOO_MANY)
    if people == 0:
        codes.append(NOTHING_VALID)
    return tuple(codes)
