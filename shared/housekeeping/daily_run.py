"""The daily run: every part on its own, so that one that fails stops none of the others."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.complaints.scheduled.check_back import CheckBack
from shared.complaints.scheduled.escalation import Escalation
from shared.complaints.scheduled.retention import Retention
from shared.complaints.scheduled.unattended_sweep import Sweep
from shared.housekeeping import alarms
from shared.housekeeping.clock_check import ClockCheck
from shared.housekeeping.expiry import delete_expired
from shared.platform import logs
from shared.platform.clock import today
from shared.platform.crypto.signed_documents import signed
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import Busy
from shared.recipients.lookup.freshness import FreshnessReader
from shared.recipients.use_cases.interrupted_publication import InterruptedPublication

if TYPE_CHECKING:
    from shared.deployment import Deployment

ACTOR: Final = "housekeeping"
SECONDS: Final[Mapping[str, int]] = {
    "escalation": 240,
    "check_back": 120,
    "retention": 240,
    "expired": 120,
    "publication": 150,
}
"""How long a part may take: together less than the 900 seconds that the function has."""
DELETIONS_FORMAT: Final = DocumentFormat("intake", "deletions", schema=1, is_signed=True)
_LEASE_SECONDS: Final = 16 * 60  # longer than the function lives, shorter than until it is retried
_LOOKS_AGAIN_SECONDS: Final = 5  # whether the lease of a publication is free by now
_DELETIONS: Final = ("photos", "erased", "orphans", "expired", "folders")


@dataclass(frozen=True, slots=True)
class Report:
    """What was done: counts by name, the parts that failed, those that ran out of time.

    `damaged`: complaints that were left as they are, since somebody else has changed them.
    """

    counts: Mapping[str, int]
    failed: tuple[str, ...]
    unfinished: tuple[str, ...]
    damaged: int

    @property
    def ok(self) -> bool:
        """Whether every part was carried out."""
        return not self.failed


@dataclass(slots=True)
class _Done:
    """What was done so far."""

    timer: Callable[[], float]
    counts: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    damaged: set[str] = field(default_factory=set)

    def carry_out(self, name: str, part: Callable[[Sweep], Mapping[str, int]]) -> None:
        ends = self.timer() + SECONDS.get(name, 60)
        sweep = Sweep(lambda: self.timer() < ends)
        try:
            self.counts.update(part(sweep))
        except Exception as error:  # whatever it is, the other parts must be done
            self.failed.append(name)
            place = logs.place_of(error)
            logs.event("a part of the housekeeping failed", severity="ERROR", action=name, **place)
            self.counts.update(sweep.counts)
        self.damaged |= sweep.damaged
        if sweep.is_cut_short:
            self.unfinished.append(name)
            logs.event("a part of the housekeeping took too long", severity="WARNING", action=name)

    def report(self) -> Report:
        return Report(
            dict(self.counts), tuple(self.failed), tuple(self.unfinished), len(self.damaged)
        )


class Daily:
    """The housekeeping of one kelurahan.

    `timer`: seconds, to know when to stop. `pause`: waits for some seconds.
    """

    def __init__(
        self,
        deployment: Deployment,
        timer: Callable[[], float] = time.monotonic,
        new_token: Callable[[], str] = lambda: secrets.token_hex(4),
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._deployment = deployment
        self._timer = timer
        self._pause = pause
        self._new_token = new_token

    @classmethod
    def of(cls, deployment: Deployment) -> Daily:
        """Return the housekeeping of a deployment's kelurahan."""
        return cls(deployment)

    def run(self, *, dry_run: bool = False, clock_is_right: bool = False) -> Report:
        """Do all parts, or in a dry run only report what would be done.

        `clock_is_right`: a person has looked at the clock, so that a jump of it is believed. Raises
        WrongState (CLOCK_JUMPED) where it isn't, Busy where another run is under way. What was
        deleted is counted in the deletion log and in the audit log.
        """
        if dry_run:
            return self._carried_out(dry_run=True)
        with self._deployment.leases.hold("housekeeping", ACTOR, _LEASE_SECONDS):
            ClockCheck(self._deployment).pass_or_refuse(ACTOR, is_right=clock_is_right)
            return self._carried_out(dry_run=False)

    def _carried_out(self, *, dry_run: bool) -> Report:
        deployment, done = self._deployment, _Done(self._timer)
        kelurahan, clock = deployment.kelurahan, deployment.clock
        board = FreshnessReader(deployment.lookup, kelurahan.key, kelurahan.timezone, clock)

        def expired(sweep: Sweep) -> dict[str, int]:
            stores = (deployment.registry, deployment.intake, deployment.lookup)
            return {"expired": delete_expired(stores, clock(), sweep.goes_on, dry_run=dry_run)}

        def folders(_: Sweep) -> dict[str, int]:
            return {"folders": 0 if dry_run else deployment.workspace.sweep()}

        def roster(_: Sweep) -> dict[str, int]:
            if not dry_run:
                deployment.roster.write(deployment.accounts.list())
            return {}

        def deletion_log(_: Sweep) -> dict[str, int]:
            deleted = {name: done.counts.get(name, 0) for name in _DELETIONS}
            if any(deleted.values()) and not dry_run:
                self._log_deletions(deleted)
            return {}

        def registry(_: Sweep) -> dict[str, int]:
            alarms.check_registry(deployment.registry, kelurahan.key)
            return {}

        def freshness(_: Sweep) -> dict[str, int]:
            return alarms.check_freshness(board)

        done.carry_out(
            "escalation", lambda sweep: Escalation.of(deployment).run(sweep, dry_run=dry_run)
        )
        done.carry_out(
            "check_back", lambda sweep: CheckBack.of(deployment).run(sweep, dry_run=dry_run)
        )
        done.carry_out(
            "retention", lambda sweep: Retention.of(deployment).run(sweep, dry_run=dry_run)
        )
        done.carry_out("expired", expired)
        done.carry_out("workspace", folders)
        done.carry_out("roster", roster)
        done.carry_out("deletion_log", deletion_log)
        done.carry_out("publication", lambda sweep: self._finish_publication(sweep, dry_run))
        done.carry_out("freshness", freshness)
        done.carry_out("registry", registry)
        report = done.report()
        alarms.check_complaints(highest=report.counts.get("highest", 0), damaged=report.damaged)
        return report

    def _finish_publication(self, sweep: Sweep, dry_run: bool) -> dict[str, int]:
        """Finish a publication that died; wait for the lease that it died with.

        Cut short where somebody is at it for longer: whoever is that, is alive.
        """
        interrupted = InterruptedPublication(self._deployment)
        while interrupted.is_there() and (dry_run or sweep.goes_on()):
            if dry_run:
                return {"finished": 1}
            try:
                interrupted.finish(ACTOR)
                return {"finished": 1}
            except Busy:
                self._pause(_LOOKS_AGAIN_SECONDS)
        return {"finished": 0}

    def _log_deletions(self, deleted: dict[str, int]) -> None:
        """Write a run's deletions to the deletion log: counts only, nobody's name or id."""
        deployment, now = self._deployment, self._deployment.clock()
        kelurahan = deployment.kelurahan
        day = today(deployment.clock, kelurahan.timezone).isoformat()
        path = f"kelurahan/{kelurahan.key}/deletions/{day}-{self._new_token()}"
        rules = kelurahan.complaints
        document = signed(
            deployment.intake_keys,
            path,
            {
                "schema": DELETIONS_FORMAT.schema,
                "day": day,
                **deleted,
                "retention_days": rules.retention_days,
                "photo_retention_days": rules.photo_retention_days,
                "created_at": now,
                "updated_at": now,
            },
        )
        deployment.intake.create(path, document)
        deployment.audit.append(ACTOR, "deletion", day, deleted)
