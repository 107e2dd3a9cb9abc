"""Local staff accounts: sign-in, passwords, second factor, roles and end dates.

An unknown address, an account that has ended, a wrong password and a wrong code give the same
answer after the same work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from shared.platform import logs
from shared.platform.clock import JAKARTA, Clock, today
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import (
    AlreadyExists,
    AppError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
)
from shared.platform.store.port import Snapshot, Store, Transaction, Value
from shared.staff.account_repository import (
    EXAMPLE_DOMAIN,
    FORMAT,
    Account,
    AccountRepository,
    Role,
    Staff,
    content,
    folded,
)
from shared.staff.known_devices import Device
from shared.staff.passwords import Passwords, are_same
from shared.staff.sign_in_limits import Report, SignInLimits

__all__ = ["Account", "Accounts", "Role", "Staff"]

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
_REFUSED = "Surel, kata sandi, atau kode tidak cocok."
_SAME_ROLE = "Peran petugas ini memang itu. Pilih peran lain."
_NOT_CONFIRMED = "Kata sandi tidak cocok."
_OLD_PICTURE = "Gambar untuk aplikasi sudah diganti. Pindai gambar yang tampil, lalu ketik kodenya."
_UNCHANGED = "Kata sandi baru sama dengan yang lama. Pilih yang lain."
_CODE_WRONG = "Kode tidak cocok. Periksa jam di HP Anda, lalu coba kode berikutnya."


class Accounts:
    """The accounts of staff, at kelurahan/<key>/staff/<id>.

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

    def add(
        self,
        email: str,
        name: str,
        role: Role,
        kelurahan_key: str,
        password: str,
        until: date | None = None,
        *,
        is_example: bool = False,
    ) -> Staff:
        """Add an account, valid up to and including the day `until`, which surveyors must have.

        Only with `is_example` may it be one of the made-up accounts, which need no app's code.

        An account that has ended is opened anew. The address is ASCII; two spellings of it in other
        letters or widths are one account, `ani+kantor@` and `ani@` are two. Raises Invalid, and
        AlreadyExists where the address has an active one.
        """
        address, shown = folded(email), " ".join(name.split())
        if not _EMAIL.fullmatch(address):
            raise Invalid("Isi dengan alamat surel yang benar.")
        if address.endswith(EXAMPLE_DOMAIN) and not is_example:
            raise Invalid("Alamat ini untuk akun contoh. Isi dengan surel petugas.")
        if not 1 <= len(shown) <= 100:
            raise Invalid("Isi dengan nama petugas, paling panjang 100 huruf.")
        if role is Role.SURVEYOR and until is None:
            raise Invalid("Akun satgas harus punya tanggal akhir.")
        if until is not None and until < today(self._clock, self._timezone):
            raise Invalid("Tanggal akhir akun sudah lewat.")
        secret = self._chosen(password, address, shown)
        path = self._book.place(address, kelurahan_key)
        now = self._clock()
        fields: dict[str, Value] = {
            "schema": FORMAT.schema,
            "email": self._book.sealed(path, "email", address),
            "name": self._book.sealed(path, "name", shown),
            "role": role.value,
            "password": secret,
            "until": None if until is None else until.isoformat(),
            "ended_at": None,
            "created_at": now,
            "updated_at": now,
        }

        def work(transaction: Transaction) -> int:
            there = self._book.proved(transaction.get(path))
            if there is not None and self._book.is_active(there):
                raise AlreadyExists("Surel ini sudah punya akun.")
            # no number of the past again, also where that past is gone: sessions would live again
            version = max(int(now.timestamp()), content(there)["version"] + 1 if there else 0)
            transaction.write(self._book.written(path, {**fields, "version": version}))
            return version

        version = self._store.run(work)
        self._changed()
        return Staff(path.rsplit("/", 1)[-1], shown, role, kelurahan_key, version)

    def sign_in(
        self,
        email: str,
        password: str,
        kelurahan_key: str,
        origin: str | None = None,
        code: str = "",
        device: Device | None = None,
    ) -> Staff:
        """Return the person with this e-mail address and password, and code where they have one.

        `device`: what the browser's mark says. Raises Unauthenticated, always the same;
        TooManyRequests while the account, the device or `origin` has to wait after failures.
        """
        address = folded(email)
        paths = self._book.paths(address, kelurahan_key)
        ids = {path.rsplit("/", 1)[-1] for path in paths}
        device_id = device.id if device is not None and ids & {*device.accounts} else None
        with self._tries.attempt(kelurahan_key, address, origin, device_id) as attempt:
            known = filter(None, map(self._book.proved, self._store.get_many(paths)))
            document = next((each for each in known if self._book.is_active(each)), None)
            kept: str | None = None if document is None else content(document)["password"]
            if not self._passwords.fits(password, kept) or document is None or kept is None:
                attempt.fail(document.id if document else None)
                raise Unauthenticated(_REFUSED)
            if not self._code_fits(document, code):
                attempt.fail(document.id)
                raise Unauthenticated(_REFUSED)
        if self._passwords.is_outdated(kept):
            self._renew(document, self._passwords.hash(password))
        return self._book.staff(document)

    def confirm(self, staff: Staff, password: str, origin: str | None = None) -> None:
        """Confirm with the password that it is still the same person, before a hard-to-undo action.

        Raises Forbidden where the password doesn't fit, TooManyRequests after too many failures
        here: those at the sign-in, which anybody can bring about, don't count.
        """
        document = self._of(staff)
        tries = self._tries.at_the_desk(staff.kelurahan, staff.id)
        with tries.attempt(self._store.get(tries.path), origin) as attempt:
            if not self._passwords.fits(password, content(document)["password"]):
                attempt.fail()
                raise Forbidden(_NOT_CONFIRMED, code="PASSWORD")

    def set_second_factor(self, staff: Staff, secret: str, code: str) -> None:
        """Require a code of this secret at each sign-in; `code` shows that the app has it.

        Other sessions of the account end. Raises Invalid where the code doesn't fit, or the secret
        is none.
        """
        from shared.staff.second_factor import is_secret, matched

        if not is_secret(secret):
            raise Invalid(errors=[{"pointer": "#/code", "detail": _OLD_PICTURE}])
        last = matched(secret, code, self._clock(), 0)
        if last is None:
            raise Invalid(errors=[{"pointer": "#/code", "detail": _CODE_WRONG}])
        document = self._of(staff)
        sealed = self._book.sealed(document.path, "totp", secret)
        self._alter(document, {"totp": sealed, "totp_last": last})

    # `actor` is the admin who looks after the accounts: read again in the write itself, so that
    # whoever has lost the right meanwhile changes nothing (Unauthenticated)

    def clear_second_factor(
        self, staff_id: str, kelurahan_key: str | None = None, actor: Staff | None = None
    ) -> None:
        """Remove the second factor of an account (a phone was lost), by an admin's decision."""
        document = self._by_id(staff_id, kelurahan_key)
        self._alter(document, {"totp": None, "totp_last": 0}, actor)

    def set_role(
        self,
        staff_id: str,
        role: Role,
        kelurahan_key: str | None = None,
        actor: Staff | None = None,
    ) -> None:
        """Give somebody another role; their sessions end.

        Raises Invalid for a role that they have, and for a surveyor without an end, Conflict where
        no lasting admin would be left.
        """
        document = self._by_id(staff_id, kelurahan_key)
        if content(document)["role"] == role.value:
            raise Invalid(errors=[{"pointer": "#/role", "detail": _SAME_ROLE}])
        if role is Role.SURVEYOR and content(document)["until"] is None:
            raise Invalid("Akun satgas harus punya tanggal akhir.")
        self._alter(document, {"role": role.value}, actor)

    def set_until(
        self,
        staff_id: str,
        until: date | None,
        kelurahan_key: str | None = None,
        actor: Staff | None = None,
    ) -> None:
        """Set the last day of an account, or None for no end.

        Raises Invalid as `add` does, Conflict as `set_role` does.
        """
        document = self._by_id(staff_id, kelurahan_key)
        if until is None and content(document)["role"] == Role.SURVEYOR.value:
            raise Invalid("Akun satgas harus punya tanggal akhir.")
        if until is not None and until < today(self._clock, self._timezone):
            raise Invalid("Tanggal akhir akun sudah lewat.")
        self._alter(document, {"until": None if until is None else until.isoformat()}, actor)

    def end_by_id(
        self, staff_id: str, kelurahan_key: str | None = None, actor: Staff | None = None
    ) -> None:
        """End an account at once, with its sessions.

        Raises NotFound where it isn't active, Conflict as `set_role` does.
        """
        self._alter(self._by_id(staff_id, kelurahan_key), {"ended_at": self._clock()}, actor)

    def account(self, staff_id: str, kelurahan_key: str | None = None) -> Account:
        """Return the active account of this id; raises NotFound."""
        return self._book.account(self._by_id(staff_id, kelurahan_key))

    def set_password(
        self,
        email: str,
        password: str,
        kelurahan_key: str | None = None,
        actor: Staff | None = None,
    ) -> None:
        """Set another password of an account; its sessions end, today's failures are forgotten."""
        self._passwords.check_choice(password)
        document = self._book.by_email(self._key(kelurahan_key), email)
        secret = self._chosen(password, folded(email), self._book.opened(document, "name"))
        self._alter(document, {"password": secret}, actor)
        self._tries.forget(self._key(kelurahan_key), email, document.id)

    def unlock(self, email: str, kelurahan_key: str | None = None) -> None:
        """Forget an account's failed passwords, so that nobody waits; raises NotFound."""
        document = self._book.by_email(self._key(kelurahan_key), email)
        self._tries.forget(self._key(kelurahan_key), email, document.id)

    def replace_password(self, staff: Staff, old: str, new: str) -> None:
        """Set one's own other password, as `set_password`; `old` is one that `confirm` accepted.

        Raises Invalid where it is the same.
        """
        if are_same(old, new):
            raise Invalid(errors=[{"pointer": "#/new_password", "detail": _UNCHANGED}])
        email = self._book.opened(self._of(staff), "email")
        self.set_password(email, new, staff.kelurahan)

    def end(self, email: str, kelurahan_key: str | None = None) -> None:
        """End an account at once, with its sessions; raises NotFound, Conflict as `end_by_id`."""
        self._change(email, kelurahan_key, {"ended_at": self._clock()})

    def end_sessions(self, email: str, kelurahan_key: str | None = None) -> None:
        """End an account's sessions everywhere; the account stays."""
        self._change(email, kelurahan_key, {})

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

    def _by_id(self, staff_id: str, kelurahan_key: str | None) -> Snapshot:
        return self._book.by_id(self._key(kelurahan_key), staff_id)

    def _of(self, staff: Staff) -> Snapshot:
        return self._by_id(staff.id, staff.kelurahan)

    def _chosen(self, password: str, *names: str) -> str:
        """Return the hash of a password that somebody chose; raises Invalid for an easy one."""
        from shared.staff.password_choice import refuse_easily_guessed

        self._passwords.check_choice(password)
        refuse_easily_guessed(password, [*names, *self._office])
        return self._passwords.hash(password)

    def _renew(self, document: Snapshot, secret: str) -> None:
        """Keep a newer hash of the same password, unless the account has changed meanwhile."""
        self._book.change(
            document.path,
            lambda there: {"password": secret} if there == document.data else None,
            ends_sessions=False,
        )

    def _code_fits(self, document: Snapshot, code: str) -> bool:
        """Whether the code is right, where an account has a second factor.

        Each code counts once.
        """
        data = content(document)
        if data.get("totp") is None:
            return True
        from shared.staff.second_factor import matched

        secret = self._book.opened(document, "totp")

        def used(there: dict[str, Any]) -> dict[str, Value] | None:
            number = matched(secret, code, self._clock(), there.get("totp_last", 0))
            if number is None or there.get("totp") != data["totp"]:
                return None
            return {"totp_last": number}

        try:
            return self._book.change(document.path, used, ends_sessions=False)
        except NotFound:  # the account went in this moment
            return False

    def _change(self, email: str, kelurahan_key: str | None, fields: dict[str, Value]) -> None:
        self._alter(self._book.by_email(self._key(kelurahan_key), email), fields)

    def _alter(
        self, document: Snapshot, fields: dict[str, Value], actor: Staff | None = None
    ) -> None:
        """Set fields of an account; its sessions end."""
        takes_away = fields.keys() & {"role", "until", "ended_at"}
        is_admin = content(document)["role"] == Role.ADMIN.value
        kelurahan_key = document.path.split("/")[1]
        admins = self._book.admins(kelurahan_key) if takes_away and is_admin else ()
        self._book.change(document.path, lambda _: fields, actor=actor, admins=admins)
        if takes_away:
            self._changed()

    def _changed(self) -> None:
        try:
            self._on_change()
        except AppError as error:  # the account is changed; the daily housekeeping tells it again
            logs.event(
                "a change of accounts could not be told", severity="WARNING", slug=error.slug
            )

    def _key(self, kelurahan_key: str | None) -> str:
        key = kelurahan_key or self._kelurahan_key
        if not key:
            raise ValueError("no kelurahan was named")
        return key
