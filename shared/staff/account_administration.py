"""Administration of local staff accounts: adding, ending, roles, passwords and end dates.

What somebody else than its owner does to an account that may decide waits for a second person
(`shared/staff/confirmation.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.platform import logs
from shared.platform.clock import today
from shared.platform.errors import AlreadyExists, AppError, Invalid
from shared.platform.store.port import Snapshot, Transaction, Value
from shared.staff import confirmation
from shared.staff.account_directory import AccountDirectory
from shared.staff.account_repository import (
    EXAMPLE_DOMAIN,
    FORMAT,
    Account,
    Role,
    Staff,
    content,
    folded,
)

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
_SAME_ROLE = "Peran petugas ini memang itu. Pilih peran lain."


class AccountAdministration(AccountDirectory):
    """What is done to the accounts of staff, mostly by an admin."""

    def add(
        self,
        email: str,
        name: str,
        role: Role,
        kelurahan_key: str,
        password: str,
        until: date | None = None,
        by: str | None = None,
        *,
        is_example: bool = False,
    ) -> Staff:
        """Add an account, valid up to and including the day `until`, which surveyors must have.

        An account that has ended is opened anew. The address is ASCII; two spellings of it in other
        letters or widths are one account, `ani+kantor@` and `ani@` are two. `by`: the id of whoever
        adds it, who knows its password; None for the first accounts of a deployment, which nobody
        could confirm. Only with `is_example` may it be one of the made-up accounts, which need no
        app's code. Raises Invalid, and AlreadyExists where the address has an active one.
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
            **confirmation.UNTOUCHED,
            **({} if by is None else confirmation.given_password(by, now)),
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
            marks = {} if by is None else confirmation.unconfirmed(fields, "add", by, now)
            transaction.write(self._book.written(path, {**fields, **marks, "version": version}))
            return version

        version = self._store.run(work)
        self._changed()
        if by is not None:
            self._tell_unconfirmed(path)
        return Staff(path.rsplit("/", 1)[-1], shown, role, kelurahan_key, version)

    # `actor` is the admin who looks after the accounts: read again in the write itself, so that
    # whoever has lost the right meanwhile changes nothing (Unauthenticated)

    def clear_second_factor(
        self, staff_id: str, kelurahan_key: str | None = None, actor: Staff | None = None
    ) -> None:
        """Remove the second factor of an account (a phone was lost), by an admin's decision."""
        document = self._by_id(staff_id, kelurahan_key)
        self._alter(document, {"totp": None, "totp_last": 0}, actor, "code-cleared")

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
        self._alter(document, {"role": role.value}, actor, "role")

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

    def set_password(
        self,
        email: str,
        password: str,
        kelurahan_key: str | None = None,
        actor: Staff | None = None,
        by: str | None = None,
    ) -> None:
        """Set another password of an account; its sessions end, today's failures are forgotten.

        Where an `actor` sets it, or `by` names who else does, the account's owner must change it at
        the next sign-in. None for both: the owner's own doing.
        """
        self._passwords.check_choice(password)
        document = self._book.by_email(self._key(kelurahan_key), email)
        secret = self._chosen(password, folded(email), self._book.opened(document, "name"))
        who = by if actor is None else actor.id
        fields: dict[str, Value] = {"password": secret, "must_change_password": False}
        if who is not None:
            fields |= confirmation.given_password(who, self._clock())
        self._alter(document, fields, actor, None if who is None else "password", by)
        self._tries.forget(self._key(kelurahan_key), email, document.id)

    def unlock(self, email: str, kelurahan_key: str | None = None) -> None:
        """Forget an account's failed passwords, so that nobody waits; raises NotFound."""
        document = self._book.by_email(self._key(kelurahan_key), email)
        self._tries.forget(self._key(kelurahan_key), email, document.id)

    def confirm_changes(
        self, staff_id: str, actor: Staff, kelurahan_key: str | None = None
    ) -> Account:
        """Confirm an account that waits for a second person; returns it as it was.

        Raises Forbidden where the actor had a hand in it, or may confirm nothing, Conflict where
        nothing waits, NotFound.
        """
        document = self._by_id(staff_id, kelurahan_key)

        def work(data: dict[str, Any]) -> Mapping[str, Value]:
            confirmation.require_may_confirm(data, document.id, actor)
            return confirmation.CONFIRMED

        self._book.change(document.path, work, ends_sessions=False, actor=actor)
        return self._book.account(document)

    def end(self, email: str, kelurahan_key: str | None = None) -> None:
        """End an account at once, with its sessions; raises NotFound, Conflict as `end_by_id`."""
        self._change(email, kelurahan_key, {"ended_at": self._clock()})

    def _chosen(self, password: str, *names: str) -> str:
        """Return the hash of a password that somebody chose; raises Invalid for an easy one."""
        from shared.staff.sign_in.password_choice import refuse_easily_guessed

        self._passwords.check_choice(password)
        refuse_easily_guessed(password, [*names, *self._office])
        return self._passwords.hash(password)

    def _change(self, email: str, kelurahan_key: str | None, fields: dict[str, Value]) -> None:
        self._alter(self._book.by_email(self._key(kelurahan_key), email), fields)

    def _alter(
        self,
        document: Snapshot,
        fields: dict[str, Value],
        actor: Staff | None = None,
        change: str | None = None,
        by: str | None = None,
    ) -> None:
        """Set fields of an account; its sessions end.

        `change`: what of it a second person has to confirm, where somebody else (`actor`, or `by`)
        makes it.
        """
        takes_away = fields.keys() & {"role", "until", "ended_at"}
        is_admin = content(document)["role"] == Role.ADMIN.value
        kelurahan_key = document.path.split("/")[1]
        admins = self._book.admins(kelurahan_key) if takes_away and is_admin else ()
        who = by if actor is None else actor.id
        now = self._clock()

        def work(data: dict[str, Any]) -> Mapping[str, Value]:
            if change is None or who is None:
                return fields
            return {**fields, **confirmation.unconfirmed(data, change, who, now)}

        self._book.change(document.path, work, actor=actor, admins=admins)
        if takes_away:
            self._changed()
        if change is not None and who is not None:
            self._tell_unconfirmed(document.path)

    def _tell_unconfirmed(self, path: str) -> None:
        """Write into the log that an account which may decide waits, if this one does."""
        _, kelurahan_key, _, staff_id = path.split("/")
        waits = self.confirmation_of(staff_id, kelurahan_key)
        if waits == "alone":
            logs.event(
                "a staff account will decide in 24 hours, and nobody else can confirm it",
                severity="ALERT",
                kind="staff",
            )
        elif waits:
            logs.event(
                "a staff account waits for a second person", severity="WARNING", kind="staff"
            )

    def _changed(self) -> None:
        try:
            self._on_change()
        except AppError as error:  # the account is changed; the daily housekeeping tells it again
            logs.event(
                "a change of accounts could not be told", severity="WARNING", slug=error.slug
            )
