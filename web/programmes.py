"""Pages of the programmes: the list, a page for each, and Cek Kelayakan.

Only programmes given where the kelurahan lies are shown. The texts are data in `shared/programmes`;
here they are put together for the templates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shared.kelurahan.configuration import Kelurahan
from shared.platform.indonesian_dates import in_words
from shared.programmes.catalogue import Catalogue, Programme, load_catalogue
from shared.programmes.eligibility import (
    Assessment,
    Eligibility,
    Question,
    load_eligibility,
    local_priority,
)
from shared.programmes.guides import Guide, load_guides
from shared.programmes.paper_form import PaperRow, paper_rows
from web.pages import Page

LIST = "/program/"
CHECK = "/cek-kelayakan/"

_STATUS = {
    "active": "berjalan",
    "local": "berjalan, program daerah",
    "yearly": "ditetapkan setiap tahun",
    "by-assignment": "bila ditugaskan pemerintah",
    "ended": "berakhir",
    "one-off": "berakhir",
    "elsewhere": "tidak berlaku di kelurahan",
}
# In this order they are listed: what most residents ask for first
_ORDER = tuple(_STATUS)
_UNIT = {
    "family": "per keluarga",
    "person": "per orang",
    "house": "per rumah",
    "pupil": "per siswa",
}
_SECTIONS = (
    ("gives", "Apa yang diberikan?"),
    ("who_may", "Siapa yang bisa menerima?"),
    ("who_may_not", "Siapa yang tidak bisa menerima?"),
    ("papers", "Apa yang dibawa?"),
    ("steps", "Bagaimana cara mengajukan?"),
    ("paid", "Kapan disalurkan?"),
    ("overlaps", "Boleh bersama bantuan lain?"),
    ("legal_basis", "Apa dasar hukumnya?"),
)


@dataclass(frozen=True)
class Shown:
    """A programme with everything that its page and its line in the list say."""

    programme: Programme
    guide: Guide
    not_with: tuple[Programme, ...]

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"{LIST}{self.programme.code}/"

    @property
    def status(self) -> str:
        """Its status in words."""
        return _STATUS[self.programme.status]

    @property
    def unit(self) -> str:
        """Its unit (whom it pays) in words."""
        return _UNIT[self.programme.unit]

    @property
    def checked_on(self) -> str:
        """The day when its facts were checked, as residents write it."""
        return in_words(date.fromisoformat(self.programme.checked_on))

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The parts of its page in their order: name, title, sentences."""
        return [
            {"name": name, "title": title, "section": getattr(self.guide, name)}
            for name, title in _SECTIONS
        ]


@dataclass(frozen=True)
class ProgrammeCard:
    """One result of the eligibility check: the rule for the browser, the rows for paper."""

    assessment: Assessment
    rows: Sequence[PaperRow]
    shown: Shown | None = None


def pages(kelurahan: Kelurahan) -> list[Page]:
    """Return the pages of programmes.

    Raises what a faulty catalogue raises, and KelurahanInvalid if the kelurahan's own priority
    names a question that there isn't.
    """
    catalogue = load_catalogue()
    shown = _shown(catalogue, kelurahan)
    return [*_programme_pages(shown), _check_page(catalogue, kelurahan, shown)]


def _shown(catalogue: Catalogue, kelurahan: Kelurahan) -> dict[str, Shown]:
    guides = load_guides(catalogue)
    here = {
        code: one for code, one in catalogue.programmes.items() if one.is_given_in(kelurahan.code)
    }
    ordered = sorted(here, key=lambda code: (_ORDER.index(here[code].status), here[code].name))
    return {
        code: Shown(here[code], guides[code], tuple(_excluded_by(code, here))) for code in ordered
    }


def _excluded_by(code: str, here: Mapping[str, Programme]) -> Iterator[Programme]:
    for other, programme in here.items():
        if other in here[code].not_with or code in programme.not_with:
            yield programme


def _programme_pages(shown: Mapping[str, Shown]) -> Iterator[Page]:
    yield Page(
        path=LIST,
        template="programmes.html",
        title="Program bansos",
        description="Bantuan sosial yang ada, siapa yang bisa menerima, dan cara mengajukan.",
        texts={
            "open": [one for one in shown.values() if one.programme.is_open],
            "closed": [one for one in shown.values() if not one.programme.is_open],
        },
    )
    for one in shown.values():
        yield Page(
            path=one.path,
            template="programme.html",
            title=one.programme.name,
            description=f"{one.programme.name}: {one.guide.summary}",
            texts={"shown": one},
        )


def _check_page(catalogue: Catalogue, kelurahan: Kelurahan, shown: Mapping[str, Shown]) -> Page:
    eligibility = load_eligibility(catalogue)
    priority = None
    if kelurahan.local_priority:
        priority = local_priority(eligibility, kelurahan.local_priority.excluded)
    here = {code: one for code, one in eligibility.assessments.items() if code in shown}
    questions = _questions(eligibility, [*here.values(), *([priority] if priority else [])])
    if priority and kelurahan.local_priority:
        any_of = kelurahan.local_priority.any_of
        questions = [
            replace(one, any_of=any_of) if one.id == eligibility.priority_question else one
            for one in questions
        ]
    return Page(
        path=CHECK,
        template="eligibility.html",
        title="Cek Kelayakan",
        description="Jawab beberapa pertanyaan untuk melihat program bansos mana "
        "yang mungkin cocok. Jawaban tidak dikirim.",
        texts={
            "questions": questions,
            "local_question": eligibility.priority_question,
            "cards": [
                ProgrammeCard(here[code], paper_rows(here[code], questions), shown[code])
                for code in shown
                if code in here
            ],
            "priority": ProgrammeCard(priority, paper_rows(priority, questions))
            if priority
            else None,
            "usual_steps": _usual_steps(here.values()),
            "closed": [one for one in shown.values() if not one.programme.is_open],
        },
    )


def _usual_steps(assessments: Iterable[Assessment]) -> dict[str, str]:
    """Return the next step that most outcomes of each verdict name: on paper it is said once."""
    named: dict[str, Counter[str]] = {
        "likely": Counter(),
        "unclear": Counter(),
        "unlikely": Counter(),
    }
    for one in assessments:
        for outcome in one.outcomes.values():
            named[outcome.verdict][outcome.next_step] += 1
    return {verdict: steps.most_common(1)[0][0] for verdict, steps in named.items() if steps}


def _questions(eligibility: Eligibility, asking: Sequence[Assessment]) -> list[Question]:
    """Return the questions that something shown here depends on."""
    needed = {name for one in asking for name in one.asks}
    return [question for question in eligibility.questions if question.id in needed]
