"""What is kept of an ended complaint, and for how long? Words and photos go, statistics stay.

Whatever is deleted is marked first: a run that is killed in between leaves photos that belong to no
complaint, and those are deleted too, a day later.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.complaints.album import Album
from shared.complaints.case import Case
from shared.complaints.casebook import ERASE, ERASE_PHOTOS, CaseBook
from shared.platform.clock import Clock
from shared.platform.errors import NotFound
from shared.platform.keys import Keyset
from shared.platform.store import Snapshot, Store, Write

if TYPE_CHECKING:
    from shared.platform.deployment import Deployment

_ORPHANED_AFTER: Final = timedelta(days=1)


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

    def run(self, *, dry_run: bool = False) -> dict[str, int]:
        """Delete what has been kept long enough.

        Counts: `photos` deleted in time, complaints `erased`, and photos of no complaint
        (`orphans`).
        """
        now = self._clock()
        if dry_run:
            return {
                "photos": sum(case.photos for case in self._book.before(ERASE_PHOTOS, now)),
                "erased": self._book.how_many(ERASE, now),
                "orphans": len(self._orphans(now)),
            }
        photos = erased = 0
        while folders := self._without_photos(self._book.before(ERASE_PHOTOS, now), now):
            photos += sum(map(self._album.delete, folders))
        while done := sum(self._erased(case, now) for case in self._book.before(ERASE, now)):
            erased += done
        orphans = sum(self._album.delete(folder) for folder in self._orphans(now))
        return {"photos": photos, "erased": erased, "orphans": orphans}

    def _without_photos(self, seen: list[Case], now: datetime) -> list[str]:
        """Take the photos out of these complaints; the folders that nobody needs any more."""

        def work(snapshot: Snapshot, case: Case) -> Write | None:
            if case.photos_erase_at is None or case.photos_erase_at > now:
                return None  # opened again meanwhile
            bare = replace(case, photos=0, photo_folder="", photos_erase_at=None)
            return self._book.documents.changed(snapshot, bare)

        return [case.photo_folder for case in seen if self._book.amend(case.id, work)]

    def _erased(self, seen: Case, now: datetime) -> bool:
        def may(case: Case) -> bool:
            return not case.is_open and case.erase_at is not None and case.erase_at <= now

        return self._book.erase(seen.id, may)

    def _orphans(self, now: datetime) -> list[str]:
        """Folders of photos that no complaint knows, old enough not to be one that just arrives."""
        return [
            folder
            for folder, at in self._album.folders().items()
            if now - at > _ORPHANED_AFTER and not self._is_known(folder)
        ]

    def _is_known(self, folder: str) -> bool:
        try:
            return self._book.get(folder.partition("-")[0]).photo_folder == folder
        except NotFound:
            return False
