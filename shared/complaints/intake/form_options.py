"""What does the form of a complaint offer, and within which limits? Once for all who show one."""

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
    """What a complaint can be about: programmes given here, those that have ended too, by name."""
    every = load_catalogue().programmes.values()
    here = ((one.code, one.name) for one in every if one.is_given_in(kelurahan.code))
    return sorted(here, key=lambda pair: pair[1].casefold())
