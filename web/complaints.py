"""Pages of the complaint form: one for each kind, with its promises.

In the place of the one form in the content there is a page for each kind, under its own code: a
form asks for what its kind needs and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from shared.complaints.intake.form_options import programmes_to_choose
from shared.complaints.model import kinds
from shared.complaints.model.kinds import Kind
from shared.kelurahan.configuration import Kelurahan
from web.pages import Page
from web.service_standard import DeadlineTerm

CHOICE: Final = "/pengaduan/"
FIELDS: Final = Path(__file__).parents[1] / "functions" / "complaint_intake" / "templates"
"""Where the fields of the form are written, once for the site and for the pages that answer it."""
_FORM: Final = "complaint.html"
_CHOICE: Final = "complaints.html"


@dataclass(frozen=True)
class Shown:
    """A kind of complaint with the address of its form and its promises in words."""

    kind: Kind
    term: DeadlineTerm

    @property
    def path(self) -> str:
        """The address of its form."""
        return f"{CHOICE}{self.kind.code}/"


def expanded(site: list[Page], kelurahan: Kelurahan) -> Iterator[Page]:
    """Yield all pages, with those about kinds filled in."""
    shown = [Shown(kind, DeadlineTerm((kind,))) for kind in kinds.load(kelurahan).values()]
    for page in site:
        if page.template == _CHOICE:
            yield replace(page, texts={**page.texts, "kinds": shown})
        elif page.template == _FORM:
            yield from (_form(page, one, kelurahan) for one in shown)
        else:
            yield page


def _form(page: Page, shown: Shown, kelurahan: Kelurahan) -> Page:
    return replace(
        page,
        path=shown.path,
        title=shown.kind.title,
        description=f"{page.title}: {shown.kind.title}. {shown.kind.explains}",
        texts={**page.texts, "shown": shown, "programmes": programmes_to_choose(kelurahan)},
    )
