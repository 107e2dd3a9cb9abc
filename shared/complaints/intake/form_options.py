"""Options and limits of the complaint form, shared by every page that shows it."""

from __future__ import annotations

from typing import Final

from shared.complaints.intake.submission import LONGEST_TEXT, SHORTEST_TEXT
from shared.complaints.model.text_rules import in_figures
from shared.complaints.photos.cleaning import MAX_PHOTOS
from shared.kelurahan.configuration import Kelurahan
from shared.programmes.catalogue import load_catalogue

LIMITS: Final = {
    "shortest": SHORTEST_TEXT,
    "longest": LONGEST_TEXT,
    "longest_said": in_figures(LONGEST_TEXT),
    "photos": MAX_PHOTOS,
}


def programmes_to_choose(kelurahan: Kelurahan) -> list[tuple[str, str]]:
    """Return the programmes to choose from, by name: those given here, ended ones too."""
    every = load_catalogue().programmes.values()
    here = ((one.code, one.name) for one in every if one.is_given_in(kelurahan.code))
    return sorted(here, key=lambda pair: pair[1].casefold())
