"""Retention of ended complaints: words and photos are deleted, statistics stay.

Whatever is deleted is marked first: a run that is killed in between leaves photos that belong to no
complaint, and those are deleted too, a day later.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.complaints.model.case import Case
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.repository import ERASE, ERASE_PHOTOS
from shared.complaints.scheduled.unattended_sweep import Sweep
from shared.platform import logs
from shared.platform.errors import NotFound
from shared.platform.store import Snapshot, Write

if TYPE_CHECKING:
    from shared.deployment import Deployment

_ORPHANED_AFTER: Final = timedelta(days=1)
_AT_ONCE: Final = 100
_MANY: Final = 20


class Retention:
    """The ended complaints of one kelurahan."""

    def __init__(self, context: ComplaintContext) -> None:
        self._album = context.album
        self._clock = context.clock
        self._book = context.book

    @classmethod
    def of(cls, deployment: Deployment) -> Retention:
        """Return the retention of a deployment's kelurahan."""
        return cls(ComplaintContext.of(deployment))

    def run(self, sweep: Sweep | None = None, *, dry_run: bool = False) -> dict[str, int]:
        """Delete what has passed its retention time.

        Counts: `photos` deleted in time, complaints `erased`, and photos of no complaint
        (`orphans`).
        """
        sweep, now = sweep or Sweep(), self._clock()
        done = sweep.counts
        done.update(photos=0, erased=0, orphans=0)
        for case in sweep.cases(self._book, ERASE_PHOTOS, now):
            bare = dry_run or sweep.attempt(case.id, partial(self._without_photos, case.id, now))
            if bare:
                done["photos"] += case.photos if dry_run else self._album.delete(case.photo_folder)
        for case in sweep.cases(self._book, ERASE, now):
            photos = 0 if dry_run else sweep.attempt(case.id, partial(self._erased, case.id, now))
            if photos is not None:
                done.update(erased=1, photos=photos)
        for folder in self._orphans(sweep, now):
            done["orphans"] += dry_run or self._album.delete(folder)
        return dict(done)

    def _without_photos(self, case_id: str, now: datetime) -> bool:
        """Delete a complaint's photos; from then on nobody needs their folder."""

        def work(snapshot: Snapshot, case: Case) -> Write | None:
            if case.is_open or case.photos_erase_at is None or case.photos_erase_at > now:
                return None  # opened again meanwhile
            bare = replace(case, photos=0, photo_folder="", photos_erase_at=None)
            return self._book.documents.changed(snapshot, bare)

        return self._book.amend(case_id, work)

    def erase(self, case_id: str, may: Callable[[Case], bool]) -> int | None:
        """Erase a complaint's words and photos where `may` says so; return the number of photos.

        Raises NotFound, and SealBroken for one that was tampered with.
        """
        folder = ""

        def noted(case: Case) -> bool:
            nonlocal folder
            folder = case.photo_folder
            return may(case)

        if not self._book.erase(case_id, noted):
            return None
        return self._album.delete(folder)

    def _erased(self, case_id: str, now: datetime) -> int | None:
        def may(case: Case) -> bool:
            return not case.is_open and case.erase_at is not None and case.erase_at <= now

        return self.erase(case_id, may)

    def _orphans(self, sweep: Sweep, now: datetime) -> list[str]:
        """Return folders of photos that belong to no complaint, and are not just arriving.

        None, where that would be most of many: then it is the database that lacks something, and
        what was deleted would be lost.
        """
        folders, seen = self._album.folders(), 0
        orphans: list[str] = []
        for first in range(0, len(folders), _AT_ONCE):
            if not sweep.goes_on():
                break
            some = folders[first : first + _AT_ONCE]
            seen += len(some)
            kept = self._kept(sweep, some)
            orphans += [each for each in some if each not in kept and self._is_old(each, now)]
        if len(orphans) > max(_MANY, seen // 2):
            logs.event("most photos belong to no complaint", severity="ERROR", count=len(orphans))
            return []
        return orphans

    def _is_old(self, folder: str, now: datetime) -> bool:
        try:
            return now - self._album.changed_at(folder) > _ORPHANED_AFTER
        except NotFound:  # another run was quicker
            return False

    def _kept(self, sweep: Sweep, folders: list[str]) -> set[str]:
        """Return the folders that a complaint needs, or may need as far as can be told."""
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
            case = sweep.attempt(snapshot.id, partial(self._book.documents.case, snapshot))
            kept.update(by_id[snapshot.id] if case is None else [case.photo_folder])
        return kept
