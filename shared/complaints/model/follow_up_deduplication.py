"""Deduplication and daily limits of a resident's follow-up messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from shared.platform.errors import TooManyRequests, WrongState
from shared.platform.store import Value

MOST: Final = 60
MOST_A_DAY: Final = 10
_ENOUGH_TODAY = "Keterangan untuk hari ini sudah cukup banyak. Kirim lagi besok."
_ENOUGH = (
    "Keterangan untuk pengaduan ini sudah terlalu banyak. Datang ke kantor kelurahan untuk "
    "menambahnya."
)


@dataclass(frozen=True, slots=True)
class FollowUps:
    """The resident's messages of one complaint.

    `marks` are keyed marks of the newest ones with what they say, `event` is the number of the last
    one's event, `added` counts what was added in all, `added_today` on `day` (an ISO day).
    """

    marks: tuple[bytes, ...] = ()
    event: int = 0
    added: int = 0
    day: str = ""
    added_today: int = 0

    def knows(self, mark: bytes, *, has_key: bool, events: int) -> bool:
        """Whether this very message was kept. `events`: the number of the complaint's newest event.

        One with a key of its own is known for good; one without only as long as nothing else has
        happened since, for the same words may be another answer later.
        """
        if has_key:
            return mark in self.marks
        return mark in self.marks[-1:] and self.event == events

    def with_message(self, mark: bytes, event: int) -> FollowUps:
        """Return the record after a message was kept as that event."""
        return replace(self, marks=(*self.marks, mark)[-MOST:], event=event)

    def with_added(self, today: str) -> FollowUps:
        """Return the record with one more addition; TooManyRequests per day, WrongState in all."""
        before = self.added_today if self.day == today else 0
        if before >= MOST_A_DAY:
            raise TooManyRequests(_ENOUGH_TODAY)
        if self.added >= MOST:
            raise WrongState(_ENOUGH)
        return replace(self, added=self.added + 1, day=today, added_today=before + 1)

    def kept(self) -> Mapping[str, Value]:
        """Return the record as the complaint's document holds it."""
        return {
            "marks": list(self.marks),
            "event": self.event,
            "added": self.added,
            "day": self.day,
            "added_today": self.added_today,
        }


def follow_ups_from(kept: Value) -> FollowUps:
    """Return the record in a document; an empty one where nothing was written yet."""
    if not isinstance(kept, Mapping):
        return FollowUps()
    fields = dict(kept)
    marks = tuple(cast("list[bytes]", fields.pop("marks")))
    return FollowUps(marks=marks, **cast("dict[str, int]", fields))  # type: ignore[arg-type]
