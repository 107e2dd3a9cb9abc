"""Canonical status of an entitlement: five words of our own for what lists write.

Anything that isn't known is "", never the list's own text: that can hold what nobody may see.
"""

from __future__ import annotations

import re
from typing import Final

AKTIF: Final = "aktif"
DISALURKAN: Final = "disalurkan"
BELUM: Final = "belum disalurkan"
DITANGGUHKAN: Final = "ditangguhkan"
BERHENTI: Final = "berhenti"

_TEXTS: Final = {
    AKTIF: "aktif|active|layak|penerima|penerima aktif|terdaftar|eligible|memenuhi syarat|lanjut|"
    "reguler|valid|diusulkan lanjut|ditetapkan|lolos",
    DISALURKAN: "disalurkan|sudah disalurkan|tersalurkan|salur|sudah salur|berhasil salur|cair|"
    "sudah cair|dicairkan|diterima|sudah diterima|sudah terima|transaksi|sudah transaksi|"
    "berhasil|sukses|sudah|selesai|terealisasi|sudah diambil|si|sp2d",
    BELUM: "belum|belum disalurkan|belum salur|belum cair|belum transaksi|belum diterima|"
    "belum diambil|proses|dalam proses|menunggu|proses bank|burekol|buka rekening",
    DITANGGUHKAN: "ditangguhkan|tangguh|tunda|ditunda|blokir|diblokir|gagal|gagal salur|"
    "gagal cair|gagal bayar|gagal transfer|suspend|pending|exclude sementara|nonaktif sementara",
    BERHENTI: "berhenti|diberhentikan|dihentikan|non aktif|tidak aktif|inaktif|inactive|graduasi|"
    "graduasi mandiri|graduasi alamiah|tidak layak|keluar|dikeluarkan|dicoret|exclude|meninggal|"
    "pindah|dibatalkan|batal|dihapus|tidak eligible|tidak memenuhi syarat",
}
_NOT_A_LETTER_OR_DIGIT = re.compile(r"[\W_]+")
_BY_TEXT: Final = {
    _NOT_A_LETTER_OR_DIGIT.sub("", alias): status
    for status, aliases in _TEXTS.items()
    for alias in aliases.split("|")
}


def canonical(text: str) -> str:
    """Return one of the five states, or "" for nothing and for anything unknown."""
    return _BY_TEXT.get(_NOT_A_LETTER_OR_DIGIT.sub("", text).lower(), "")
