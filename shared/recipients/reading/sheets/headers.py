"""Column headers: aliases that map each office's own header to a field.

Case, spaces, dots, underscores and line breaks are folded away before comparing. The aliases of a
field are in order of preference: where two columns claim one field, the better alias gets it, and
the other column is left unread. Families of headers met in real files: West Java's BNBA export,
SIKS-NG (one column per programme), DTSEN, PKH tranche lists, OpenSID, P3KE (whose `nik_kk` is the
NIK of the head of the family).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.recipients.model import periods

_NOT_A_LETTER_OR_DIGIT = re.compile(r"[\W_]+")
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SPACE = re.compile(r"\s+")
_LONG_NUMBER = re.compile(r"\d{13,}|\d(?:[ ._-]?\d){15,}")
_WHO_GETS = re.compile("penerima|kpm|peserta|program|menerima|terima|dapat")
_LONGEST_STAGE = 8
_PART = re.compile(r"^(periode?|tahap|bulan|status)(.+)$|^(.+?)(periode?|tahap|status)$")

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    field_name: tuple(alias.strip() for alias in aliases.split("|"))
    for field_name, aliases in {
        "nik": "nik|no nik|nomor nik|nik ktp|no ktp|nomor ktp|no nik ktp|nik no ktp|no ktp nik|"
        "nomor induk kependudukan|no induk kependudukan|nik penerima|nik penerima manfaat|nik kpm|"
        "nik pm|nik peserta|nik pengurus|nik warga|nik penduduk|nik individu|nik anggota|nik art|"
        "nik siswa|nik krt|nik kepala keluarga|nik kepala rumah tangga|nik kk|ktp",
        "name": "nama|nama lengkap|nama penerima|nama penerima manfaat|nama kpm|nama pm|"
        "nama peserta|nama pengurus|nama sesuai ktp|nama ktp|nama di ktp|nama lengkap sesuai ktp|"
        "nama lengkap penerima|nm penerima|nm kpm|nm pengurus|nama warga|nama penduduk|"
        "nama individu|nama anggota|nama anggota keluarga|nama art|nama siswa|nama krt|"
        "nama kepala keluarga|nama kepala rumah tangga|nama kep keluarga|nama kk|"
        "nama penerima bansos|nama penerima bantuan|penerima",
        "kk": "no kk|nomor kk|kk|no kartu keluarga|nomor kartu keluarga|kartu keluarga|nkk|"
        "nomer kk|no kel",
        "rw": "rw|no rw|nomor rw|nama rw|nm rw|rukun warga|rw domisili|kode rw|kd rw",
        "rt": "rt|no rt|nomor rt|nama rt|nm rt|rukun tetangga|rt domisili|kode rt|kd rt",
        "rt_rw": "rt rw|rt dan rw|no rt rw|rtrw domisili",
        "rw_rt": "rw rt|rw dan rt",
        "address": "alamat|alamat lengkap|alamat domisili|alamat kpm|alamat penerima|alamat ktp|"
        "alamat rumah|alamat tinggal|alamat sesuai ktp|nama jalan|jalan",
        "programme": "program|nama program|program bantuan|program bansos|jenis program|bansos|"
        "jenis bansos|jenis bantuan|jenis bantuan sosial|nama bansos|nama bantuan|pintu bantuan|"
        "bantuan|bantuan sosial|kategori bantuan|bantuan yang diterima|bantuan diterima|"
        "program yang diterima|programme",
        "period": "periode|period|periode salur|periode penyaluran|periode bantuan|tahap|"
        "tahap salur|tahap penyaluran|tahapan|triwulan|bulan|bulan salur|alokasi|termin",
        "year": "tahun|tahun anggaran|thn|tahun salur",
        "status": "status|status penerima|status kpm|status penyaluran|status salur|status bansos|"
        "status bantuan|status pencairan|status kepesertaan|status peserta",
        "birth_date": "tanggal lahir|tgl lahir|tgl lhr|tanggal kelahiran|tempat tanggal lahir|"
        "tempat tgl lahir|tmp tgl lahir|ttl|date of birth",
        "sex": "jenis kelamin|jk|kelamin|jns kelamin|lp|l p|sex|gender|jenkel",
        "kelurahan_code": "kode kel|kode kelurahan|kode desa|kode desa kelurahan|"
        "kode kelurahan desa|kd kel|kd kelurahan|kode wilayah|kode kemendagri|kode bps|"
        "id kelurahan|kode desa kel|kode kel desa",
        "region_id": "id wilayah",
        "kelurahan_name": "nama kel|nama kelurahan|kelurahan|desa kelurahan|kelurahan desa|nm kel|"
        "nm kelurahan|nama desa kelurahan|nama kelurahan desa|kel desa|desa kel|nama desa|desa|kel",
        "kecamatan_code": "kode kec|kode kecamatan|kd kec|id kecamatan",
        "kecamatan_name": "nama kec|nama kecamatan|kecamatan|nm kec|nm kecamatan|kec",
        "kota_code": "kode kab|kode kab kota|kode kabupaten|kode kota|kd kab|kode kabupaten kota",
        "kota_name": "nama kab|nama kab kota|nama kabupaten|nama kabupaten kota|kabupaten kota|"
        "kab kota|kota kabupaten|nm kab|nm kab kota|kabupaten|kota|nama kota",
        "desil": "desil|desil nasional|desil dtsen|desil p3ke|desil kesejahteraan|desil keluarga",
    }.items()
}
REQUIRED: Final = ("nik", "name")
_IDENTIFYING = frozenset(("nik", "name", "kk"))


def folded(header: str) -> str:
    """Return the form in which headers are compared: small letters and digits alone."""
    return _NOT_A_LETTER_OR_DIGIT.sub("", unicodedata.normalize("NFKC", header).casefold())


def shown(header: str) -> str:
    """Return a header or file name as it may be printed: one line, bounded, no long number."""
    return _LONG_NUMBER.sub("…", _SPACE.sub(" ", header).strip())[:120]


@dataclass(frozen=True)
class Column:
    """One column of a table: its position, and the field it was found to hold.

    `field` is a key of ALIASES, or "grant", "grant_period" or "grant_status" for the columns of
    one `programme` in a wide sheet, or None where the column stays unread. A grant's column can
    be for one `period` alone: "PKH TAHAP 1".
    """

    index: int
    header: str
    letter: str
    field: str | None = None
    programme: str | None = None
    period: str = ""


@dataclass(frozen=True)
class Headers:
    """The known headers: ours, the kelurahan's own, and what programmes are called."""

    extra: Mapping[str, Iterable[str]]
    programmes: Mapping[str, str]
    _fields: dict[str, tuple[str, int]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for field_name, aliases in (*self.extra.items(), *ALIASES.items()):
            for rank, alias in enumerate(aliases):
                self._fields.setdefault(folded(alias), (field_name, rank))

    def columns(self, cells: Sequence[str]) -> tuple[Column, ...]:
        """Return the column that each cell of a header row announces."""
        width = max((index + 1 for index, cell in enumerate(cells) if cell.strip()), default=0)
        found = [self._meaning(cell) for cell in cells[:width]]
        best: dict[tuple[str, str | None, str], tuple[int, int]] = {}
        for index, (field_name, programme, stage, rank) in enumerate(found):
            if field_name is not None:
                key = (field_name, programme, stage)
                best[key] = min(best.get(key, (rank, index)), (rank, index))
        chosen = {index: key for key, (_, index) in best.items()}
        return tuple(
            Column(index, shown(cell), letters(index), *chosen.get(index, (None, None, "")))
            for index, cell in enumerate(cells[:width])
        )

    def score(self, columns: Sequence[Column]) -> int:
        """Return how much a row looks like a header: fields found; 0 where it can't be one."""
        fields = {
            (column.field, column.programme, column.period) for column in columns if column.field
        }
        names = {name for name, _, _ in fields}
        if not names & _IDENTIFYING or (len(fields) < 2 and "nik" not in names):
            return 0
        return len(fields)

    def under(self, upper: str, lower: str) -> str:
        """Return the text of a cell below another, with the programme that the upper one names.

        "TAHAP 1" under "PKH" is "PKH TAHAP 1"; what means something by itself stays as it is.
        """
        if not self._programme(folded(upper)):
            return lower
        both = f"{upper} {lower}"
        _, programme, _, _ = self._meaning(both)
        own, _, _, _ = self._meaning(lower)
        return both if programme and own in (None, "period", "status") else lower

    def _programme(self, key: str) -> str | None:
        """Return the programme in a folded header: "bst", "penerima_bst"."""
        named = _WHO_GETS.match(key)
        return self.programmes.get(key.upper()) or (
            self.programmes.get(key[named.end() :].upper()) if named else None
        )

    def _stage(self, text: str) -> tuple[str, str] | None:
        """Return the programme and the period of "PKH TAHAP 1" or "TW III BPNT"."""
        words = _NOT_A_LETTER_OR_DIGIT.sub(" ", text).split()
        if not 2 <= len(words) <= _LONGEST_STAGE:
            return None
        for at in range(len(words) - 1, 0, -1):
            for named, when in ((words[:at], words[at:]), (words[at:], words[:at])):
                programme = self._programme(folded("".join(named)))
                stage = periods.canonical(" ".join(when)) if programme else None
                if programme and stage and any(char.isalpha() for char in "".join(when)):
                    return programme, stage
        return None

    def _meaning(self, cell: str) -> tuple[str | None, str | None, str, int]:
        for text in (cell, _PARENTHESES.sub("", cell)):
            key = folded(text)
            if not key:
                continue
            if key in self._fields:
                field_name, rank = self._fields[key]
                return field_name, None, "", rank
            programme = self._programme(key)
            if programme:
                return "grant", programme, "", 0
            part = _PART.match(key)
            if part:
                word = part[1] or part[4]
                programme = self._programme(part[2] or part[3])
                if programme:
                    kind = "grant_status" if word == "status" else "grant_period"
                    return kind, programme, "", 0
            staged = self._stage(unicodedata.normalize("NFKC", text))
            if staged:
                return "grant", *staged, 0
        return None, None, "", 0


def letters(index: int) -> str:
    """Return the letters by which a spreadsheet names a column: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
