"""Defects of synthetic lists: clerks' mistakes, at the rates of national data.

The rates follow what was measured in national data: 11 % of the NIK invalid, 17 % of the KK
numbers, 1 % duplicates; the rest is small. A person has the same defects in every layout and in
every week, drawn from the seed and the person's number, so that two lists of one seed differ only
where the people do. The draws are spread evenly, so that a small list has these rates too. Where a
layout has no column for a defect, the one named in `instead` takes its place, so that the same
people get through.

The codes are those that the reader has to report for each row of the person.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import NamedTuple

from shared.samples.clerk_entry import Entry
from shared.samples.stratified_draws import draw

Change = Callable[[Entry, Random], None]


class Defect(NamedTuple):
    """One kind of mistake.

    `rate` is the share of people who have it, `needs` the column that a layout must carry. With
    `new_nik` the person is known by what is then in the NIK column.
    """

    name: str
    rate: float
    codes: tuple[str, ...]
    change: Change
    keeps_out: bool = False
    needs: str = ""
    instead: str = ""
    women_only: bool = False
    new_nik: bool = False


def _last_digit_lost(number: str, chances: Random) -> int:
    """Return a 16-digit number as Excel keeps it: 15 significant digits."""
    return int(number) // 10 * 10


def _impossible_issue_date(kk: str, chances: Random) -> str:
    return kk[:6] + "3902" + kk[10:]


def _set(field: str, *texts: str) -> Change:
    def change(entry: Entry, chances: Random) -> None:
        setattr(entry, field, chances.choice(texts))

    return change


def _nik(make: Callable[[str, Random], str | int]) -> Change:
    def change(entry: Entry, chances: Random) -> None:
        entry.nik = make(str(entry.nik), chances)

    return change


def _kk(make: Callable[[str, Random], str | int]) -> Change:
    def change(entry: Entry, chances: Random) -> None:
        entry.kk = make(str(entry.kk), chances)

    return change


def _one_digit_more_or_less(nik: str, chances: Random) -> str:
    place = chances.randrange(6, 16)
    return (
        nik[:place] + nik[place + 1 :]
        if chances.random() < 0.6
        else nik[:place] + "0" + nik[place:]
    )


def _letter_o(nik: str, chances: Random) -> str:
    place = chances.choice([place for place, digit in enumerate(nik) if digit == "0"] or [15])
    return nik[:place] + "O" + nik[place + 1 :]


def _impossible_date(nik: str, chances: Random) -> str:
    return nik[:6] + chances.choice(("3113", "0000", "3102", "7231")) + nik[10:]


def _decorated(nik: str, chances: Random) -> str:
    style = chances.randrange(7)
    grouped = (nik[:4], nik[4:8], nik[8:12], nik[12:])
    return (
        "'" + nik,
        "`" + nik,
        nik + "\u00a0",
        " ".join(grouped),
        ".".join((nik[:2], nik[2:4], nik[4:6], nik[6:12], nik[12:])),
        "-".join((nik[:6], nik[6:12], nik[12:])),
        "\u00a0" + nik + " ",
    )[style]


def _titled(entry: Entry, chances: Random) -> None:
    woman = str(entry.nik)[6:7] > "3"
    if woman:
        styles = ("HJ. {}", "{} BINTI SUKARNA", "{}, S.PD", "Hj {}", "  {} ")
    else:
        styles = ("H. {}", "{} BIN SUKARNA", "{}, S.PD", "H {}", "{} (ALM)")
    entry.name = chances.choice(styles).format(entry.name)


def _swap(entry: Entry, chances: Random) -> None:
    entry.nik, entry.kk = entry.kk, entry.nik


def _temporary(entry: Entry, chances: Random) -> None:
    block, serial = divmod(entry.number, 100_000)
    entry.nik = f"0{str(entry.nik)[:6]}10{block % 100:02d}{serial:05d}"


def _elsewhere(nik: str, chances: Random) -> str:
    return chances.choice([prefix for prefix in _ELSEWHERE if nik[:6] != prefix]) + nik[6:]


def _in_another_kelurahan(entry: Entry, chances: Random) -> None:
    place = chances.randrange(1, 9)
    entry.kelurahan = chances.choice(("CIHAPIT", "CITARUM"))
    entry.code = f"{entry.code[:-4]}109{place}"
    entry.bps_code = f"{entry.bps_code[:-3]}09{place}"


def _other_birth_date(entry: Entry, chances: Random) -> None:
    day, month, year = entry.born.split("/")
    entry.born = f"{day}/{month}/{int(year) - 3}"


def _nothing(entry: Entry, chances: Random) -> None:
    """Do nothing: duplicates change no cell, they are rows of their own."""


_ELSEWHERE = ("327301", "327311", "327320", "327701", "327703", "320501", "321101")

ROW_DEFECTS = (
    Defect("nik-missing", 0.0200, ("NIK_MISSING",), _set("nik", "", "-", "0", "NIHIL"), True),
    Defect("nik-length", 0.0360, ("NIK_LENGTH",), _nik(_one_digit_more_or_less), True),
    Defect("nik-letter-o", 0.0100, ("NIK_NOT_DIGITS",), _nik(_letter_o), True),
    Defect(
        "nik-number",
        0.0240,
        ("NIK_NUMERIC_CELL",),
        _nik(_last_digit_lost),
        True,
    ),
    Defect(
        "nik-province",
        0.0040,
        ("NIK_PROVINCE",),
        _nik(lambda nik, chances: chances.choice(("20", "88", "99")) + nik[2:]),
        True,
    ),
    Defect(
        "nik-region", 0.0030, ("NIK_REGION",), _nik(lambda nik, _: nik[:2] + "00" + nik[4:]), True
    ),
    Defect("nik-date", 0.0090, ("NIK_DATE",), _nik(_impossible_date), True),
    Defect("nik-serial", 0.0040, ("NIK_SERIAL",), _nik(lambda nik, _: nik[:12] + "0000"), True),
    Defect("name-missing", 0.0020, ("NAME_MISSING",), _set("name", "", "-"), True),
    Defect("programme-missing", 0.0020, ("PROGRAMME_MISSING",), _set("programme_text", ""), True),
    Defect(
        "programme-unknown",
        0.0020,
        ("PROGRAMME_UNKNOWN",),
        _set("programme_text", "BANTUAN ANGIN RIBUT"),
        True,
        needs="programme",
        instead="programme-missing",
    ),
    Defect(
        "rw-unknown",
        0.0020,
        ("RW_UNKNOWN",),
        _set("rw", "87", "99"),
        True,
        needs="rw",
        instead="name-missing",
    ),
    Defect(
        "other-kelurahan",
        0.0020,
        ("OTHER_KELURAHAN",),
        _in_another_kelurahan,
        True,
        needs="kelurahan",
        instead="name-missing",
    ),
    Defect("duplicate-conflict", 0.0040, ("DUPLICATE_CONFLICT",), _nothing, True),
    Defect("duplicate-row", 0.0060, (), _nothing),
    Defect("nik-temporary", 0.0030, ("NIK_TEMPORARY",), _temporary, new_nik=True),
    Defect("nik-elsewhere", 0.0400, ("NIK_ELSEWHERE",), _nik(_elsewhere), new_nik=True),
    Defect("rw-missing", 0.0050, ("RW_MISSING",), _set("rw", ""), needs="rw"),
    Defect(
        "period-unreadable",
        0.0030,
        ("PERIOD_UNREADABLE",),
        _set("period_text", "belum jelas"),
        needs="period",
    ),
    Defect("birth-date", 0.0030, ("NIK_BIRTH_DATE_DIFFERS",), _other_birth_date, needs="born"),
    Defect(
        "nik-kk-swapped",
        0.0030,
        ("NIK_KK_SWAPPED", "KK_INVALID"),
        _swap,
        True,
        needs="kk",
        instead="name-missing",
        women_only=True,
    ),
    Defect("nik-decorated", 0.0500, (), _nik(_decorated)),
    Defect("name-decorated", 0.0600, (), _titled),
)
"""At most one of these for a person; together they keep 12.7 % out."""

KK_DEFECTS = (
    Defect("kk-length", 0.0800, ("KK_INVALID",), _kk(lambda kk, _: kk[:15]), needs="kk"),
    Defect("kk-date", 0.0500, ("KK_INVALID",), _kk(_impossible_issue_date), needs="kk"),
    Defect("kk-number", 0.0400, ("KK_NUMERIC_CELL",), _kk(_last_digit_lost), needs="kk"),
    Defect("kk-nothing", 0.0300, (), _set("kk", "-", "0", "NIHIL", ""), needs="kk"),
)
"""At most one of these for a person, besides: 17 % invalid, and some that are left out."""

_ROW_EDGES = list(accumulate(defect.rate for defect in ROW_DEFECTS))
_KK_EDGES = list(accumulate(defect.rate for defect in KK_DEFECTS))
_BY_NAME = {defect.name: defect for defect in ROW_DEFECTS}
_NO_SECOND = frozenset({"duplicate-row", "duplicate-conflict", "nik-kk-swapped"})


def defects_of(
    seed: int, number: int, is_woman: bool, carries: frozenset[str]
) -> tuple[tuple[Defect, ...], Random | None]:
    """Return a person's defects in a layout with such columns, and the draws to apply them."""
    first, second = draw(seed, "row", number), draw(seed, "card", number)
    found: list[Defect] = []
    row = _drawn(ROW_DEFECTS, _ROW_EDGES, first)
    if row is not None and row.women_only and not is_woman:
        row = None
    if row is not None and row.needs and row.needs not in carries:
        row = _BY_NAME.get(row.instead)
    if row is not None:
        found.append(row)
    card = _drawn(KK_DEFECTS, _KK_EDGES, second) if "kk" in carries else None
    if card is not None and not (found and found[0].name in _NO_SECOND):
        found.append(card)
    if not found:
        return (), None
    return tuple(found), Random(f"{seed}:{number}")  # noqa: S311


def _drawn(defects: tuple[Defect, ...], edges: list[float], chance: float) -> Defect | None:
    place = bisect_right(edges, chance)
    return defects[place] if place < len(defects) else None
