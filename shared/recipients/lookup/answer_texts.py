"""Indonesian texts of the lookup's answers: the message, and the next steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.kelurahan.configuration import Kelurahan
from shared.recipients.lookup.question_texts import ASKED

NIK_CLOSED: Final = (
    "NIK ini sudah terlalu banyak dicoba hari ini. "
    "Coba lagi besok, atau datang ke kantor kelurahan dengan KTP dan KK."
)
TOO_MANY_FROM_HERE: Final = (
    "Dari jaringan internet ini sudah terlalu banyak NIK dicek hari ini. "
    "Pakai jaringan lain, coba lagi besok, atau datang ke kantor kelurahan dengan KTP dan KK."
)
TOO_MANY_FORMS: Final = (
    "Tanpa JavaScript, dari jaringan internet ini sudah terlalu banyak NIK dicek hari ini. "
    "Aktifkan JavaScript, coba lagi besok, atau datang ke kantor kelurahan dengan KTP dan KK."
)
TOO_MANY_AT_ONCE: Final = "Terlalu banyak percobaan bersamaan. Coba lagi sebentar lagi."


def listed_message(kelurahan: Kelurahan, *, is_over: bool) -> str:
    """Return the first sentence for a listed person; `is_over`: nothing is paid any more."""
    if is_over:
        return f"Tercatat di daftar {kelurahan.title}, tetapi bantuannya sudah berhenti."
    return f"Terdaftar sebagai penerima bantuan sosial di {kelurahan.title}."


def not_listed_message(kelurahan: Kelurahan, *, is_published: bool, by_kk: bool) -> str:
    """Return the first sentence for everybody else; it doesn't tell whether the NIK is known.

    `by_kk`: the NIK had had its misses, so that the KK number decided.
    """
    if not is_published:
        return f"Daftar penerima {kelurahan.title} belum diumumkan di sini."
    asked = ASKED["kk" if by_kk else kelurahan.lookup_factor]
    return f"Tidak ada penerima yang cocok dengan {asked.that}."


def listed_steps(
    kelurahan: Kelurahan, *, is_over: bool, ended: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the next steps for a listed person; `ended`: names of programmes that have ended."""
    steps = [f"{name} sudah berakhir dan tidak disalurkan lagi." for name in ended]
    if is_over:
        steps.append(f"Merasa masih berhak atas bantuan? {_report(kelurahan)}")
        return tuple(steps)
    return (
        *steps,
        "Tunggu jadwal penyaluran dari RT, RW, atau kelurahan. "
        "Saat mengambil bantuan, bawa KTP dan KK asli.",
        "Bantuan ini gratis. Jangan membayar kepada siapa pun untuk mendapatkannya.",
        f"Data keliru atau bantuan tidak sampai? {_report(kelurahan)}",
    )


def not_listed_steps(kelurahan: Kelurahan, *, is_published: bool, by_kk: bool) -> tuple[str, ...]:
    """Return the next steps for somebody who wasn't found; `by_kk` as in `not_listed_message`."""
    if not is_published:
        return ("Coba lagi beberapa hari lagi.", f"Perlu segera tahu? {_visit(kelurahan)}")
    if by_kk:
        return (
            ASKED["kk"].check,
            "Tidak semua daftar memuat nomor KK. Karena itu coba lagi besok, "
            f"atau {_way(kelurahan)}",
            f"Merasa berhak tetapi tidak terdaftar? {_report(kelurahan)}",
        )
    return (
        ASKED[kelurahan.lookup_factor].check,
        "Coba dengan NIK anggota keluarga lain di KK yang sama. "
        "Sering kali hanya satu orang dari satu keluarga yang tercatat.",
        f"Merasa berhak tetapi tidak terdaftar? {_report(kelurahan)} "
        "Petugas dapat memeriksa data dan mencatat usulan.",
    )


def _report(kelurahan: Kelurahan) -> str:
    return f"Laporkan lewat Pengaduan di situs ini, atau {_way(kelurahan)}"


def _visit(kelurahan: Kelurahan) -> str:
    way = _way(kelurahan)
    return way[0].upper() + way[1:]


def _way(kelurahan: Kelurahan) -> str:
    contact = kelurahan.contact
    return f"bawa KTP dan KK ke {contact.office}, {contact.hours}."
