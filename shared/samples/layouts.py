"""The layouts of synthetic lists: five kinds of column headers, as in real files.

    bnba     West Java's by-name-by-address export; a row for each entitlement
    siks     SIKS-NG; a row for each person, one column per programme with its period beside it
    dtsen    DTSEN families; has no programme column, so a kelurahan adds `program` and `periode`
    pkh      tranche list; title rows above the header, JUMLAH below, no RW column
    opensid  OpenSID's participants; has no programme column, so a kelurahan adds `Program`

Every layout of the same sample lists the same people and entitlements. What a layout has no
column for it can't say: bnba and opensid have no period, opensid neither kelurahan nor KK; siks,
pkh and opensid name RT and RW in the address alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from shared.samples.clerk_entry import Cell, Entry

if TYPE_CHECKING:
    from shared.kelurahan.configuration import Kelurahan

PERIODS = {"pkh": "Tahap 4 Tahun 2026", "bpnt": "Oktober 2026", "bst": "April 2021"}


class Layout(NamedTuple):
    """One kind of list. `carries`: what it has columns for, of kk, rw, kelurahan, period, born."""

    name: str
    header: tuple[str, ...]
    rows: Callable[[Entry, Kelurahan], list[list[Cell]]]
    carries: frozenset[str]
    sheet: str
    titles: tuple[str, ...] = ()
    has_total: bool = False
    is_wide: bool = False
    delimiter: str = ","
    encoding: str = "utf-8"


def _headers(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


_BNBA = _headers(
    "id,kode_kab,kode_kec,kode_kel,nama_kab,nama_kec,nama_kel,rt,rw,alamat,nama_krt,nik,no_kk,"
    "jumlah_art_tanggungan,nomor_hp,lapangan_usaha,status_kedudukan,penghasilan_sebelum_covid19,"
    "penghasilan_setelah_covid,keterangan,Pintu Bantuan"
)


def _bnba(entry: Entry, kelurahan: Kelurahan) -> list[list[Cell]]:
    code = entry.bps_code
    head: list[Cell] = [entry.number, code[:4], code[:7], code, kelurahan.kota.upper()]
    head += [kelurahan.kecamatan.upper(), entry.kelurahan, entry.rt, entry.rw, entry.address]
    head += [entry.name, entry.nik, entry.kk, entry.family_size - 1, "-", "", "", "", "", ""]
    return [[*head, text] for text in _programmes(entry, _SHORT)]


_SIKS_PROGRAMMES = ("pkh", "bpnt", "bst", "pbi")
_SIKS = _headers(
    "idsemesta,NIK,NOKK,Nama,Alamat,provinsi,kabupaten_kota,kecamatan,desa_kelurahan,FIRST_SK,"
    "PKH,periode_PKH,BPNT,periode_BPNT,BST,periode_BST,PBI,periode_PBI"
)


def _siks(entry: Entry, kelurahan: Kelurahan) -> list[list[Cell]]:
    row: list[Cell] = [f"IDS-{entry.number:08d}", entry.nik, entry.kk, entry.name]
    row += [f"{entry.address} RT {entry.rt} RW {entry.rw}", kelurahan.provinsi.upper()]
    row += [kelurahan.kota.upper(), kelurahan.kecamatan.upper(), entry.kelurahan, "2026"]
    for code in _SIKS_PROGRAMMES:
        if entry.programme_text is not None:
            row += ["", ""]
        elif code in entry.programmes:
            row += ["YA", _period(entry, code)]
        else:
            row += ["TIDAK", "-"]
    return [row]


_DTSEN = _headers(
    "id_keluarga,no_kk,nik,nama_kepala_keluarga,alamat,rt,rw,id_wilayah,desil_nasional,"
    "program,periode"
)


def _dtsen(entry: Entry, kelurahan: Kelurahan) -> list[list[Cell]]:
    # this office's clerk types RT and RW as numbers, which drops the leading zero
    rt = int(entry.rt) if isinstance(entry.rt, str) and entry.rt.isdigit() else entry.rt
    rw = int(entry.rw) if isinstance(entry.rw, str) and entry.rw.isdigit() else entry.rw
    head: list[Cell] = [f"KEL{entry.number:09d}", entry.kk, entry.nik, entry.name, entry.address]
    head += [rt, rw, entry.code, entry.desil]
    texts = _programmes(entry, _LONG)
    periods = [_period(entry, code) for code in entry.programmes]
    return [[*head, text, period] for text, period in zip(texts, periods, strict=True)]


_PKH = _headers(
    "NAMA PENERIMA,NIK KTP,TAHAP,BANSOS,IDSEMESTA,NO KEL,NM PROV,NM KAB,NM KEC,NM KEL,ALAMAT"
)


def _pkh(entry: Entry, kelurahan: Kelurahan) -> list[list[Cell]]:
    tail: list[Cell] = [f"IDS-{entry.number:08d}", entry.kk, kelurahan.provinsi.upper()]
    tail += [kelurahan.kota.upper(), kelurahan.kecamatan.upper(), entry.kelurahan]
    tail += [f"{entry.address} RT {entry.rt} RW {entry.rw}"]
    texts = _programmes(entry, _SHORT | {"bpnt": "SEMBAKO"})
    return [
        [entry.name, entry.nik, _period(entry, code), text, *tail]
        for code, text in zip(entry.programmes, texts, strict=True)
    ]


_OPENSID = _headers("Peserta,No. Peserta,NIK,Nama,Tempat Lahir,Tanggal Lahir,Alamat,Program")


def _opensid(entry: Entry, kelurahan: Kelurahan) -> list[list[Cell]]:
    head: list[Cell] = [entry.number, f"KKS-{entry.number:06d}", entry.nik, entry.name]
    head += [kelurahan.kota.upper(), entry.born, f"{entry.address} RT {entry.rt} RW {entry.rw}"]
    return [[*head, text] for text in _programmes(entry, _LONG)]


_SHORT = {"pkh": "PKH", "bpnt": "BPNT", "bst": "BST"}
_LONG = {
    "pkh": "Program Keluarga Harapan",
    "bpnt": "Program Sembako",
    "bst": "Bantuan Sosial Tunai",
}


def _programmes(entry: Entry, texts: dict[str, str]) -> list[str]:
    return [
        texts[code] if entry.programme_text is None else entry.programme_text
        for code in entry.programmes
    ]


def _period(entry: Entry, code: str) -> str:
    return PERIODS[code] if entry.period_text is None else entry.period_text


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("bnba", _BNBA, _bnba, frozenset({"kk", "rw", "kelurahan"}), "BNBA"),
        Layout(
            "siks",
            _SIKS,
            _siks,
            frozenset({"kk", "kelurahan", "period"}),
            "Data Penerima",
            titles=("DATA PENERIMA BANTUAN SOSIAL", "", "Sumber: SIKS-NG"),
            has_total=True,
            is_wide=True,
            delimiter=";",
            encoding="utf-8-sig",
        ),
        Layout("dtsen", _DTSEN, _dtsen, frozenset({"kk", "rw", "kelurahan", "period"}), "Keluarga"),
        Layout(
            "pkh",
            _PKH,
            _pkh,
            frozenset({"kk", "kelurahan", "period"}),
            "Sheet1",
            titles=("DAFTAR PENERIMA MANFAAT", "TAHAP 4 TAHUN 2026"),
            has_total=True,
            delimiter=";",
            encoding="cp1252",
        ),
        Layout("opensid", _OPENSID, _opensid, frozenset({"born"}), "Peserta"),
    )
}
