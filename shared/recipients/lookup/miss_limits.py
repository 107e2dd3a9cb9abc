"""Limits on questions at the lookup: per NIK, per address, and by the pressure of all misses.

Ten misses close a NIK for the day, listed or not. Then the end of the KK number opens it, with
three tries for each address and twelve in all, so that a neighbour who tries wrong names, and wrong
numbers after them, locks nobody out who asks from elsewhere. An address may miss so many NIKs a day
(kept in the store), and ask for so many different ones, found or not (kept in memory, since a hit
writes nothing). The misses of all together refuse nobody. Where a quarter of a usual day's comes
within an hour, questions need a harder proof of work, and forms, which bring none, are told to come
later.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Final

from shared.kelurahan.configuration import Kelurahan
from shared.platform import logs
from shared.platform.clock import Clock, seconds_left_today
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Crowded, KkNeeded, ProofRefused, TooManyRequests
from shared.platform.limits.client_networks import networks
from shared.platform.limits.failure_limits import Ceilings, Failures
from shared.platform.limits.pressure import Pressure
from shared.platform.limits.subject_limit import SubjectLimit
from shared.platform.store.port import Snapshot, Store
from shared.recipients.lookup import answer_texts
from shared.recipients.lookup.proof_of_work import Work

KK_TRIES: Final = 12
KK_TRIES_PER_ADDRESS: Final = 3
_REMEMBERED_FOR: Final = timedelta(seconds=60)
_REMEMBERED: Final = 10_000
_PRESSURE_SHARE: Final = 4
_SOON_SECONDS: Final = 60
_UNREAD: Final = Snapshot("failures/unread", None)
_PRESSURE: Final = "lookup: so many misses that a harder proof is asked for"
_FORMS_PRESSURE: Final = "lookup: so many misses by forms that they aren't answered"


class MissLimits:
    """The limits of one process on the lookup database; threads may share the object.

    `instances`: how many processes like this one may run at a time. What is kept in memory is
    shared out among them.
    """

    def __init__(
        self, store: Store, keys: Keyset, kelurahan: Kelurahan, clock: Clock, instances: int
    ) -> None:
        limits, zone = kelurahan.limits, kelurahan.timezone
        self._clock, self._timezone = clock, zone
        self._per_nik = limits.misses_per_nik
        overall = limits.misses_overall
        self._failures = Failures(
            store,
            keys,
            kelurahan.key,
            "lookup",
            clock,
            Ceilings(self._per_nik, limits.misses_per_address, overall, overall_refuses=False),
            instances=instances,
            timezone=zone,
        )

        def share(whole: int, parts: int = 1) -> int:
            return max(1, whole // (parts * instances))

        self._asked = SubjectLimit(share(limits.niks_per_address), clock, zone)
        forms = share(limits.niks_without_proof_per_address)
        self._asked_by_form = SubjectLimit(forms, clock, zone)
        self._kk_tried = SubjectLimit(KK_TRIES_PER_ADDRESS, clock, zone)
        self._pressure = Pressure(share(overall, _PRESSURE_SHARE), clock)
        by_form = share(limits.misses_without_proof, _PRESSURE_SHARE)
        self._form_pressure = Pressure(by_form, clock)
        self._closed: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def path(self, nik: str) -> str:
        """Return the path of today's misses of a NIK.

        Read it together with the person's document.
        """
        return self._failures.path(nik)

    def needs_hard_work(self) -> bool:
        """Whether the pressure is such that a question needs the harder proof."""
        return self._pressure.is_high()

    def is_closed(self, misses: Snapshot) -> bool:
        """Whether a NIK has had its misses, so that only the KK number opens it today."""
        return _count(misses) >= self._per_nik

    def refuse_early(self, nik: str, origin: str, work: Work | None, kk_last6: str) -> None:
        """Refuse what can be refused without a read: a flood costs no reads.

        `work`: that of the proof. Raises ProofRefused with the code HARDER, Crowded,
        TooManyRequests, and KkNeeded where only the KK number opens the NIK.
        """
        if work is None and (self._pressure.is_high() or self._form_pressure.is_high()):
            raise Crowded
        if work is Work.USUAL and self._pressure.is_high():
            raise ProofRefused(code="HARDER")
        try:
            if work is None:
                self._asked_by_form.take(origin, nik)
        except TooManyRequests as error:
            detail, seconds = answer_texts.TOO_MANY_FORMS, error.retry_after_seconds
            raise TooManyRequests(detail, retry_after_seconds=seconds) from None
        try:
            self._asked.take(origin, nik)
            self._failures.refuse_if_exhausted(_UNREAD, origin)
        except TooManyRequests as error:
            raise self._refusal(0, error.retry_after_seconds, kk_last6) from None
        closed_at, count = self._closed.get(self.path(nik), (None, 0))
        if closed_at is None or self._clock() - closed_at >= _REMEMBERED_FOR:
            return
        if count >= self._per_nik + (KK_TRIES if kk_last6 else 0):
            left = seconds_left_today(self._clock, self._timezone)
            raise self._refusal(count, left, kk_last6)

    @contextmanager
    def attempt(
        self, misses: Snapshot, nik: str, origin: str, kk_last6: str, *, by_form: bool
    ) -> Iterator[Callable[[], None]]:
        """Limit one question, before anything is compared; call what it yields for a miss.

        TooManyRequests and KkNeeded depend on the misses counted before alone.
        """
        by_kk = bool(kk_last6) and self.is_closed(misses)
        if by_kk:
            self._take_kk_try(nik, origin, kk_last6)
        with ExitStack() as attempts:
            attempt = self._failures.attempt(misses, nik, origin, more=KK_TRIES if by_kk else 0)
            try:
                tried = attempts.enter_context(attempt)
            except TooManyRequests as error:
                self._remember(misses)
                seconds = error.retry_after_seconds
                raise self._refusal(_count(misses), seconds, kk_last6) from None

            def miss() -> None:
                tried.fail()
                if self._pressure.add():
                    logs.event(_PRESSURE, severity="ALERT")
                if by_form and self._form_pressure.add():
                    logs.event(_FORMS_PRESSURE, severity="ALERT")

            yield miss

    def _take_kk_try(self, nik: str, origin: str, kk_last6: str) -> None:
        """Count a KK number that an address tries at a closed NIK; TooManyRequests."""
        address, _ = networks(origin)[0]
        try:
            self._kk_tried.take(f"{nik} {address}", kk_last6)
        except TooManyRequests as error:
            seconds = error.retry_after_seconds
            raise TooManyRequests(answer_texts.NIK_CLOSED, retry_after_seconds=seconds) from None

    def _refusal(self, count: int, seconds: int, kk_last6: str) -> TooManyRequests:
        """Return the error for a NIK with so many misses, or for an address where it has few."""
        if seconds < _SOON_SECONDS:
            return TooManyRequests(answer_texts.TOO_MANY_AT_ONCE, retry_after_seconds=seconds)
        if self._per_nik <= count < self._per_nik + KK_TRIES and not kk_last6:
            return KkNeeded(retry_after_seconds=seconds)
        is_nik = count >= self._per_nik + KK_TRIES
        detail = answer_texts.NIK_CLOSED if is_nik else answer_texts.TOO_MANY_FROM_HERE
        return TooManyRequests(detail, retry_after_seconds=seconds)

    def _remember(self, misses: Snapshot) -> None:
        """Remember for a minute that a NIK is closed, so that it isn't read again."""
        if self.is_closed(misses):
            self._closed[misses.path] = (self._clock(), _count(misses))
            self._closed.move_to_end(misses.path)
            while len(self._closed) > _REMEMBERED:
                self._closed.popitem(last=False)


def _count(misses: Snapshot) -> int:
    count = (misses.data or {}).get("count")
    return count if isinstance(count, int) else 0
