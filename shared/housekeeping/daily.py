"""One day's housekeeping: each part by itself, so that one that fails stops none of the others."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.complaints import CheckBack, Escalation, Retention
from shared.housekeeping import alarms
from shared.housekeeping.expired import delete_expired
from shared.platform import logs
from shared.platform.clock import today
from shared.platform.vouching import vouched
from shared.recipients import FreshnessBoard

if TYPE_CHECKING:
    from shared.platform.deployment import Deployment

ACTOR: Final = "housekeeping"
_LEASE_SECONDS: Final = 30 * 60
_PART_FAILED: Final = "a part of the housekeeping failed"
_DELETIONS: Final = ("photos", "erased", "orphans", "expired", "folders")


@dataclass(frozen=True, slots=True)
class Report:
    """What was done: counts by part, and the parts that failed."""

    parts: Mapping[str, Mapping[str, int]]
    failed: tuple[str, ...]
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        """Was every part carried out?"""
        return not self.failed

    @property
    def counts(self) -> dict[str, int]:
        """All counts by their names."""
        return {name: count for part in self.parts.values() for name, count in part.items()}


@dataclass(slots=True)
class _Done:
    parts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def carry_out(self, name: str, part: Callable[[], Mapping[str, int]]) -> None:
        try:
            self.parts[name] = part()
        except Exception as error:  # whatever it is, the other parts must be done
            self.failed.append(name)
            logs.event(_PART_FAILED, severity="ERROR", action=name, **logs.place_of(error))


class Daily:
    """The housekeeping of one kelurahan."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    @classmethod
    def of(cls, deployment: Deployment) -> Daily:
        """That of a deployment's kelurahan."""
        return cls(deployment)

    def run(self, *, dry_run: bool = False) -> Report:
        """Do all of it, or in a dry run only say what would be done.

        Raises Busy where another run is under way. What was deleted is counted in the deletion log
        and in the audit log.
        """
        if dry_run:
            return self._carried_out(dry_run=True)
        with self._deployment.leases.hold("housekeeping", ACTOR, _LEASE_SECONDS):
            report = self._carried_out(dry_run=False)
            deleted = {name: report.counts.get(name, 0) for name in _DELETIONS}
            if any(deleted.values()):
                self._log_deletions(deleted)
        return report

    def _carried_out(self, *, dry_run: bool) -> Report:
        deployment, done = self._deployment, _Done()
        kelurahan, clock = deployment.kelurahan, deployment.clock

        def expired() -> dict[str, int]:
            stores = (deployment.registry, deployment.lookup)
            return {"expired": delete_expired(stores, clock(), dry_run=dry_run)}

        def folders() -> dict[str, int]:
            return {"folders": 0 if dry_run else deployment.workspace.sweep()}

        def freshness() -> dict[str, int]:
            board = FreshnessBoard(deployment.lookup, kelurahan.key, kelurahan.timezone, clock)
            return alarms.check_freshness(board)

        def escalation() -> dict[str, int]:
            counts = Escalation.of(deployment).run(dry_run=dry_run)
            alarms.check_complaints(counts["highest"])
            return counts

        done.carry_out("escalation", escalation)
        done.carry_out("check_back", lambda: CheckBack.of(deployment).run(dry_run=dry_run))
        done.carry_out("retention", lambda: Retention.of(deployment).run(dry_run=dry_run))
        done.carry_out("expired", expired)
        done.carry_out("workspace", folders)
        done.carry_out("freshness", freshness)
        return Report(done.parts, tuple(done.failed), dry_run)

    def _log_deletions(self, deleted: dict[str, int]) -> None:
        """One document for a run that deleted something: how much of what, and of nobody whom."""
        deployment, now = self._deployment, self._deployment.clock()
        kelurahan = deployment.kelurahan
        day = today(deployment.clock, kelurahan.timezone).isoformat()
        path = f"kelurahan/{kelurahan.key}/deletions/{day}-{secrets.token_hex(4)}"
        rules = kelurahan.complaints
        document = vouched(
            deployment.registry_keys,
            path,
            {
                "schema": 1,
                "day": day,
                **deleted,
                "retention_days": rules.retention_days,
                "photo_retention_days": rules.photo_retention_days,
                "created_at": now,
                "updated_at": now,
            },
        )
        deployment.registry.create(path, document)
        deployment.audit.append(ACTOR, "deletion", day, deleted)
