"""Problem codes of a list, with their severity and what to do about them.

An error keeps the row out, a warning lets it in, and a file problem refuses the whole file. The
sentences hold no value of a cell, so they can go anywhere.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning", "file"]


class Problem(NamedTuple):
    """One problem of one row. `column` is its header, None for the whole row."""

    row: int
    column: str | None
    code: str
    severity: Severity
    message: str


_ERRORS: Final = {
    "NIK_MISSING": "NIK kosong. Isi NIK 16 angka sesuai KTP.",
    "NIK_LENGTH": "NIK tidak 16 angka. Cocokkan dengan KTP dan tulis lengkap 16 angka.",
    "NIK_NOT_DIGITS": "NIK memuat huruf atau tanda yang bukan angka 0-9. Tulis ulang sesuai KTP.",
    "NIK_NUMERIC_CELL": (
        "NIK tersimpan sebagai bilangan sehingga angka terakhirnya hilang. "
        "Ubah format kolom menjadi Teks, lalu ketik ulang NIK dari KTP."
    ),
    "NIK_PROVINCE": "Dua angka pertama NIK bukan kode provinsi. Cocokkan dengan KTP.",
    "NIK_REGION": "Kode kabupaten/kota atau kecamatan pada NIK tertulis 00. Cocokkan dengan KTP.",
    "NIK_DATE": "Tanggal lahir di dalam NIK tidak mungkin ada. Cocokkan dengan KTP.",
    "NIK_SERIAL": "Empat angka terakhir NIK tidak boleh 0000. Cocokkan dengan KTP.",
    "NIK_KK_SWAPPED": (
        "NIK dan nomor KK tampaknya tertukar menurut tanggal di dalamnya. Tukar isi kedua kolom."
    ),
    "NAME_MISSING": "Nama kosong. Isi nama sesuai KTP.",
    "PROGRAMME_MISSING": "Program bantuan tidak disebut. Isi nama programnya.",
    "PROGRAMME_UNKNOWN": (
        "Nama program tidak dikenal. Pakai nama dari katalog program, atau minta admin "
        "menambahkan sebutan ini."
    ),
    "PROGRAMME_MARK_UNKNOWN": "Isi kolom program tidak dikenal. Tulis YA atau TIDAK.",
    "RW_UNKNOWN": (
        "RW ini tidak ada di kelurahan. Excel kadang mengubah tulisan seperti 03/07 menjadi "
        "tanggal; bila begitu, ubah format kolom menjadi Teks. Perbaiki nomor RW."
    ),
    "OTHER_KELURAHAN": (
        "Baris ini milik kelurahan lain menurut kode atau nama wilayahnya. Hapus dari daftar ini, "
        "atau perbaiki wilayahnya."
    ),
    "DUPLICATE_CONFLICT": (
        "NIK ini dipakai oleh dua nama yang berbeda. Periksa KTP keduanya, lalu perbaiki NIK atau "
        "nama yang salah."
    ),
    "ROW_TOO_WIDE": (
        "Baris ini punya lebih banyak kolom daripada judulnya, mungkin karena koma di dalam isi. "
        "Periksa pembagian kolomnya."
    ),
}
_WARNINGS: Final = {
    "DUPLICATE_ROW": "Baris ini mengulang penerima, program, dan periode yang sama. Hapus satu.",
    "NIK_TEMPORARY": (
        "NIK sementara: tercatat, tetapi tidak dapat dicari warga. Ganti dengan NIK dari KTP "
        "bila sudah terbit."
    ),
    "NIK_ELSEWHERE": (
        "NIK terbit di luar kecamatan ini. Tidak masalah untuk pendatang; pastikan domisilinya."
    ),
    "NIK_DISTRICT_UNKNOWN": (
        "Kode kecamatan pada NIK tidak ada di daftar sekarang. Cocokkan dengan KTP; NIK lama bisa "
        "memuat kecamatan yang sudah berubah."
    ),
    "NIK_BIRTH_DATE_DIFFERS": (
        "Tanggal lahir di kolomnya berbeda dengan yang ada di dalam NIK. Cocokkan dengan KTP."
    ),
    "NIK_SEX_DIFFERS": (
        "Jenis kelamin di kolomnya berbeda dengan yang ada di dalam NIK. Cocokkan dengan KTP."
    ),
    "NAME_NOT_SEARCHABLE": (
        "Nama tidak memuat huruf Latin: tercatat, tetapi tidak dapat dicari warga dengan nama. "
        "Tulis nama seperti pada KTP."
    ),
    "KK_INVALID": (
        "Nomor KK tidak sah, atau sama dengan NIK. Tulis 16 angka sesuai kartu keluarga."
    ),
    "KK_NUMERIC_CELL": (
        "Nomor KK tersimpan sebagai bilangan sehingga angka terakhirnya hilang. "
        "Ubah format kolom menjadi Teks, lalu ketik ulang."
    ),
    "RW_MISSING": "RW kosong. Isi nomor RW agar penerima terhitung di wilayahnya.",
    "PERIOD_UNREADABLE": (
        'Periode tidak terbaca. Tulis misalnya "Tahap 3 2026" atau "Januari-Maret 2026".'
    ),
    "OVERLAP_NOT_ALLOWED": (
        "Penerima ini tercatat pada dua program yang tidak boleh diterima bersamaan. Periksa mana "
        "yang berlaku."
    ),
    "NO_PROGRAMME": (
        "Semua kolom program berisi TIDAK, jadi baris ini tidak menambah penerima. "
        "Abaikan bila memang demikian."
    ),
}
_FILES: Final = {
    "FILE_UNREADABLE": (
        "Berkas tidak dapat dibaca sebagai tabel. Buka di Excel atau LibreOffice, lalu simpan "
        "sebagai .xlsx."
    ),
    "FILE_TOO_LARGE": "Berkas terlalu besar. Bagi daftar menjadi beberapa berkas yang lebih kecil.",
    "HEADER_NOT_FOUND": (
        "Baris judul kolom tidak ditemukan. Pastikan ada satu baris berisi judul seperti NIK, "
        "Nama, dan Program."
    ),
    "COLUMN_MISSING": "Kolom NIK atau Nama tidak ada. Tambahkan kolom itu beserta judulnya.",
    "NO_ROWS": "Berkas tidak berisi baris data di bawah judul kolom. Periksa isi berkas.",
}

CODES: Final[dict[str, tuple[Severity, str]]] = {
    **{code: ("error", text) for code, text in _ERRORS.items()},
    **{code: ("warning", text) for code, text in _WARNINGS.items()},
    **{code: ("file", text) for code, text in _FILES.items()},
}


def problem(row: int, column: str | None, code: str) -> Problem:
    """Return the problem with this code at this place, with its severity and sentence."""
    severity, message = CODES[code]
    return Problem(row, column, code, severity, message)


def is_error(code: str) -> bool:
    """Whether a row with this problem stays out."""
    return code in _ERRORS
