"""Limits on failed passwords: at the sign-in, and in an open session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import TooManyRequests
from shared.platform.limits.failure_limits import Attempt, Ceilings, Failures
from shared.platform.store.port import Snapshot, Store
from shared.staff.account_repository import folded

# Anybody can fail at signing in, so the ceiling of all must not be what keeps the staff out.
SIGN_IN_CEILINGS = Ceilings(per_subject=10, per_origin=50, overall=200, overall_refuses=False)

_SIGN_IN, _CONFIRM = "sign-in", "confirm"
_LOCKED = "Terlalu banyak percobaan. Minta kata sandi baru kepada admin, atau coba lagi besok."
_SOON = "Terlalu banyak percobaan bersamaan. Coba lagi sebentar lagi."
_SOON_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class AttemptCounter:
    """Today's failures of one account at one place. `path`: where they are counted."""

    path: str
    _failures: Failures
    _subject: str

    @contextmanager
    def attempt(self, failed: Snapshot, origin: str | None) -> Iterator[Attempt]:
        """Allow one more try, given the document at `path`; raises TooManyRequests after too many.

        It says what helps an officer: a resident would be told otherwise.
        """
        try:
            with self._failures.attempt(failed, self._subject, origin) as attempt:
                yield attempt
        except TooManyRequests as error:
            seconds = error.retry_after_seconds
            detail = _SOON if seconds < _SOON_SECONDS else _LOCKED
            raise TooManyRequests(detail, retry_after_seconds=seconds) from None

    def forget(self) -> None:
        """Reset the failures, as after a new password."""
        self._failures.forget(self._subject)


class SignInLimits:
    """The failure limits of a store's accounts."""

    def __init__(
        self,
        store: Store,
        keyset: Keyset,
        clock: Clock,
        ceilings: Ceilings,
        *,
        instances: int,
        timezone: str,
    ) -> None:
        self._store = store
        self._keyset = keyset
        self._clock = clock
        self._ceilings = ceilings
        self._instances = instances
        self._timezone = timezone
        self._failures: dict[tuple[str, str], Failures] = {}

    def at_sign_in(self, kelurahan_key: str, email: str) -> AttemptCounter:
        """Return the counter of an address at the sign-in, whoever typed it."""
        return self._tries(kelurahan_key, _SIGN_IN, folded(email))

    def at_the_desk(self, kelurahan_key: str, staff_id: str) -> AttemptCounter:
        """Return the counter of an open session, which strangers at the sign-in can't raise."""
        return self._tries(kelurahan_key, _CONFIRM, staff_id)

    def _tries(self, kelurahan_key: str, purpose: str, who: str) -> AttemptCounter:
        failures = self._failures.setdefault(
            (kelurahan_key, purpose),
            Failures(
                self._store,
                self._keyset,
                kelurahan_key,
                purpose,
                self._clock,
                self._ceilings,
                instances=self._instances,
                timezone=self._timezone,
            ),
        )
        subject = self._keyset.identifier(purpose, kelurahan_key, who)
        return AttemptCounter(failures.path(subject), failures, subject)
