"""Directory of the local accounts of staff: who works here, as what, and what still waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from shared.platform.clock import JAKARTA, Clock
from shared.platform.crypto.keys import Keyset
from shared.platform.store.port import Snapshot, Store
from shared.staff import confirmation
from shared.staff.account_repository import DECIDING, Account, AccountRepository, Role, Staff
from shared.staff.sign_in.passwords import Passwords
from shared.staff.sign_in.sign_in_limits import Report, SignInLimits


class AccountDirectory:
    """The accounts of staff, at kelurahan/<key>/staff/<id>, to be read.

    `kelurahan_key` is the kelurahan meant where a method isn't told another. `on_change` is called
    after each change of who works here, as what, and until when; `report` is told of delays at the
    sign-in. `office`: names of the place, of which no password may be made.
    """

    def __init__(
        self,
        store: Store,
        keyset: Keyset,
        clock: Clock,
        *,
        kelurahan_key: str = "",
        passwords: Passwords | None = None,
        instances: int = 1,
        timezone: str = JAKARTA,
        on_change: Callable[[], None] = lambda: None,
        report: Report = lambda *_: None,
        office: Iterable[str] = (),
    ) -> None:
        self._store = store
        self._on_change = on_change
        self._clock = clock
        self._kelurahan_key = kelurahan_key
        self._passwords = passwords or Passwords()
        self._office = tuple(office)
        self._timezone = timezone
        self._tries = SignInLimits(
            store, keyset, clock, instances=instances, timezone=timezone, report=report
        )
        self._book = AccountRepository(store, keyset, clock, timezone)

    def account(self, staff_id: str, kelurahan_key: str | None = None) -> Account:
        """Return the active account of this id; raises NotFound."""
        return self._book.account(self._by_id(staff_id, kelurahan_key))

    def get(self, staff_id: str, kelurahan_key: str | None = None) -> Staff:
        """Return the person with this id; raises NotFound where there is no active account."""
        return self._book.staff(self._by_id(staff_id, kelurahan_key))

    def by_email(self, email: str, kelurahan_key: str | None = None) -> Staff:
        """Return the person with this address; raises NotFound where there is no active account."""
        return self._book.staff(self._book.by_email(self._key(kelurahan_key), email))

    def list(self, kelurahan_key: str | None = None) -> list[Account]:
        """Return all accounts of a kelurahan, ended ones too, by name."""
        found = map(self._book.account, self._book.all(self._key(kelurahan_key)))
        return sorted(found, key=lambda each: each.staff.name.casefold())

    def names(self, ids: Iterable[str], kelurahan_key: str | None = None) -> dict[str, str]:
        """Return the names of these ids, of ended accounts too; unknown ids are left out."""
        found = self._book.some(self._key(kelurahan_key), sorted(set(ids)))
        return {each.id: self._book.opened(each, "name") for each in found}

    def unconfirmed(self, kelurahan_key: str | None = None) -> Sequence[Account]:
        """Return the accounts that wait for a second person, and those that waited in vain.

        The latter for 14 days. Reads these documents alone; the oldest first.
        """
        since = self._clock() - confirmation.TOLD_FOR
        found = self._book.unconfirmed(self._key(kelurahan_key), since)
        accounts = map(self._book.account, filter(self._book.is_active, found))
        return [each for each in accounts if each.staff.role in DECIDING]

    def confirmation_of(self, staff_id: str, kelurahan_key: str | None = None) -> str:
        """Return whether an account's last change waits: "", "needed", or "alone".

        "alone": nobody else is there who may confirm, so that it waits out its 24 hours.
        """
        account = self.account(staff_id, kelurahan_key)
        if not account.staff.is_pending:
            return ""
        others = self.list(kelurahan_key)
        has_second = any(confirmation.may_confirm(account, other) for other in others)
        return "needed" if has_second else "alone"

    def has_deciders(self, kelurahan_key: str | None = None) -> bool:
        """Whether there has ever been an account that may decide, ended ones too."""
        return any(each.staff.role in DECIDING for each in self.list(kelurahan_key))

    def has_admin(self, kelurahan_key: str | None = None) -> bool:
        """Whether there is an active admin."""
        return bool(self._admins(kelurahan_key))

    def is_only_admin(self, staff_id: str, kelurahan_key: str | None = None) -> bool:
        """Whether this is an admin, and there is no other active one."""
        return self._admins(kelurahan_key) == [staff_id]

    def _admins(self, kelurahan_key: str | None) -> Sequence[str]:
        return [
            each.staff.id
            for each in self.list(kelurahan_key)
            if each.is_active and each.staff.role is Role.ADMIN
        ]

    def _by_id(self, staff_id: str, kelurahan_key: str | None) -> Snapshot:
        return self._book.by_id(self._key(kelurahan_key), staff_id)

    def _of(self, staff: Staff) -> Snapshot:
        return self._by_id(staff.id, staff.kelurahan)

    def _key(self, kelurahan_key: str | None) -> str:
        key = kelurahan_key or self._kelurahan_key
        if not key:
            raise ValueError("no kelurahan was named")
        return key
