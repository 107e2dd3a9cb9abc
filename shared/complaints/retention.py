"""What is kept of an ended complaint, and for how long? Words and photos go, statistics stay.

Whatever is deleted is marked first: a run that is killed in between leaves photos that belong to no
complaint, and those are deleted too, a day later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.complaints.album import Album
from shared.complaints.case import Case
from shared.complaints.casebook import ERASE, ERASE_PHOTOS, CaseBook
from shared.complaints.tour import Tour
from shared.platform.clock import Clock
from shared.platform.errors import NotFound
from shared.platform.keys import Keyset
from shared.platform.store import Snapshot, Store, Write

if TYPE_CHECKING:
    from shared.platform.deployment import Deployment

_ORPHANED_AFTER: Final = timedelta(days=1)
_AT_ONCE: Final = 100


class Retention:
    """The ended complaints of one kelurahan."""

    def __init__(
        self, store: Store, keys: Keyset, kelurahan_key: str, album: Album, clock: Clock
    ) -> None:
        self._album = album
        self._clock = clock
        self._book = CaseBook(store, keys, kelurahan_key)

    @classmethod
    def of(cls, deployment: Deployment) -> Retention:
        """Those of a deployment's kelurahan."""
        key, keys = deployment.kelurahan.key, deployment.registry_keys
        album = Album(deployment.files, keys, key)
        return cls(deployment.registry, keys, key, album, deployment.clock)

    def run(self, tour: Tour | None = None, *, dry_run: bool = False) -> dict[str, int]:
        """Delete what has been kept long enough.

        Counts: `photos` deleted in time, complaints `erased`, and photos of no complaint
        (`orphans`).
        """
        tour, now = tour or Tour(), self._clock()
        photos = erased = orphans = 0
        for case in tour.cases(self._book, ERASE_PHOTOS, now):
            bare = dry_run or tour.attempt(case.id, partial(self._without_photos, case.id, now))
            if bare:
                photos += case.photos if dry_run else self._album.delete(case.photo_folder)
        for case in tour.cases(self._book, ERASE, now):
            erased += dry_run or bool(tour.attempt(case.id, partial(self._erased, case.id, now)))
        for folder in self._orphans(tour, now):
            orphans += dry_run or self._album.delete(folder)
        return {"photos": photos, "erased": erased, "orphans": orphans}

    def _without_photos(self, case_id: str, now: datetime) -> bool:
        """Take the photos out of a complaint: from then on nobody needs their folder any more."""

        def work(snapshot: Snapshot, case: Case) -> Write | None:
            if case.is_open or case.photos_erase_at is None or case.photos_erase_at > now:
                return None  # opened again meanwhile
            bare = replace(case, photos=0, photo_folder="", photos_erase_at=None)
            return self._book.documents.changed(snapshot, bare)

        return self._book.amend(case_id, work)

    def _erased(self, case_id: str, now: datetime) -> bool:
        def may(case: Case) -> bool:
            return not case.is_open and case.erase_at is not None and case.erase_at <= now

        return self._book.erase(case_id, may)

    def _orphans(self, tour: Tour, now: datetime) -> Iterator[str]:
        """Folders of photos that no complaint knows, old enough not to be one that just arrives."""
        folders = self._album.folders()
        for first in range(0, len(folders), _AT_ONCE):
            if not tour.goes_on():
                return
            some = folders[first : first + _AT_ONCE]
            kept = self._kept(tour, some)
            for folder in some:
                with suppress(NotFound):  # another run was quicker
                    at = None if folder in kept else self._album.changed_at(folder)
                    if at is not None and now - at > _ORPHANED_AFTER:
                        yield folder

    def _kept(self, tour: Tour, folders: list[str]) -> set[str]:
        """Those of the folders that a complaint needs, or may need as far as anybody can tell."""
        by_id: dict[str, list[str]] = {}
        for folder in folders:
            case_id = folder.partition("-")[0]
            with suppress(NotFound):  # no name of ours
                self._book.documents.path(case_id)
                by_id.setdefault(case_id, []).append(folder)
        kept: set[str] = set()
        for snapshot in self._book.several(by_id):
            if not snapshot.exists:
                continue
            case = tour.attempt(snapshot.id, partial(self._book.documents.case, snapshot))
            kept.update(by_id[snapshot.id] if case is None else [case.photo_folder])
        return kept
