"""Who works here, and is it really them? The local accounts of staff.

An account's document is named by a keyed identifier of its e-mail address; address and name are
sealed, and a keyed MAC covers all of it: whoever can write to the database, but lacks the keys,
can't give themselves a role, a password or more time. (They can delete an account, or put back a
whole document of its past.) One whose MAC doesn't fit is nobody's, and raises an alarm.

An unknown address, an account that has ended and a wrong password give the same answer
after the same work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from shared.platform import logs
from shared.platform.clock import JAKARTA, Clock, today
from shared.platform.errors import (
    AlreadyExists,
    Forbidden,
    Invalid,
    NotFound,
    SealBroken,
    Unauthenticated,
)
from shared.platform.keys import Keyset
from shared.platform.limits import Ceilings, Failures
from shared.platform.passwords import Passwords
from shared.platform.store.port import Snapshot, Store, Transaction, Value, Write
from shared.platform.store.shapes import declare
from shared.platform.vouching import checked, vouched

# Anybody can fail at signing in, so the ceiling of all must not be what keeps the staff out.
SIGN_IN_CEILINGS = Ceilings(per_subject=10, per_origin=50, overall=200, overall_refuses=False)

_ALL = declare("staff")
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
_REFUSED = "Surel, kata sandi, atau kode tidak cocok."
_NOT_CONFIRMED = "Kata sandi tidak cocok."
_CODE_WRONG = "Kode tidak cocok. Periksa jam di HP Anda, lalu coba kode berikutnya."
_ALARM = "a staff account was changed by somebody without the keys"
_NO_ACCOUNT = "Tidak ada akun petugas aktif dengan surel itu."


class Role(StrEnum):
    """What a person may do; each part of the product says which roles it takes."""

    OPERATOR = "operator"
    VERIFIER = "verifier"
    SURVEYOR = "surveyor"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who is known. `kelurahan` is its key; `version` goes up when sessions must end.

    `has_code`: does signing in take the code of an app besides?
    """

    id: str
    name: str = field(repr=False)
    role: Role
    kelurahan: str
    version: int = field(default=0, compare=False, repr=False)
    has_code: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account, for those who look after the accounts."""

    staff: Staff
    email: str = field(repr=False)
    until: date | None
    ended_at: datetime | None
    is_active: bool


class Accounts:
    """The accounts, at kelurahan/<key>/staff/<id>.

    `kelurahan_key` is the kelurahan meant where a method isn't told another.
    """

    def __init__(
        self,
        store: Store,
        keyset: Keyset,
        clock: Clock,
        *,
        kelurahan_key: str = "",
        passwords: Passwords | None = None,
        ceilings: Ceilings = SIGN_IN_CEILINGS,
        instances: int = 1,
        timezone: str = JAKARTA,
    ) -> None:
        self._store = store
        self._keyset = keyset
        self._clock = clock
        self._kelurahan_key = kelurahan_key
        self._passwords = passwords or Passwords()
        self._ceilings = ceilings
        self._instances = instances
        self._timezone = timezone
        self._failures: dict[str, Failures] = {}

    def add(
        self,
        email: str,
        name: str,
        role: Role,
        kelurahan_key: str,
        password: str,
        until: date | None = None,
    ) -> Staff:
        """Make an account, good up to and including the day `until`; surveyors must have one.

        An account that has ended is opened anew. The address is ASCII; two spellings of it in other
        letters or widths are one account, `ani+kantor@` and `ani@` are two. Raises Invalid, and
        AlreadyExists where the address has an active one.
        """
        address, shown = _folded(email), " ".join(name.split())
        if not _EMAIL.fullmatch(address):
            raise Invalid("Isi dengan alamat surel yang benar.")
        if not 1 <= len(shown) <= 100:
            raise Invalid("Isi dengan nama petugas, paling panjang 100 huruf.")
        if role is Role.SURVEYOR and until is None:
            raise Invalid("Akun satgas harus punya tanggal akhir.")
        if until is not None and until < today(self._clock, self._timezone):
            raise Invalid("Tanggal akhir akun sudah lewat.")
        secret = self._passwords.hash(password)
        path = self._place(address, kelurahan_key)
        now = self._clock()
        fields: dict[str, Value] = {
            "schema": 1,
            "email": self._keyset.seal(address.encode(), f"{path}#email"),
            "name": self._keyset.seal(shown.encode(), f"{path}#name"),
            "role": role.value,
            "password": secret,
            "until": None if until is None else until.isoformat(),
            "ended_at": None,
            "created_at": now,
            "updated_at": now,
        }

        def work(transaction: Transaction) -> int:
            there = self._proved(transaction.get(path))
            if there is not None and self._is_active(there):
                raise AlreadyExists("Surel ini sudah punya akun.")
            # no number of the past again, also where that past is gone: sessions would live again
            version = max(int(now.timestamp()), _data(there)["version"] + 1 if there else 0)
            transaction.write(self._written(path, {**fields, "version": version}))
            return version

        version = self._store.run(work)
        return Staff(path.rsplit("/", 1)[-1], shown, role, kelurahan_key, version)

    def sign_in(
        self,
        email: str,
        password: str,
        kelurahan_key: str,
        origin: str | None = None,
        code: str = "",
    ) -> Staff:
        """The person with this address and password, and the app's code where the account has one.

        Raises Unauthenticated, always the same; TooManyRequests after too many failures of the
        account or of `origin` today.
        """
        address = _folded(email)
        failures = self._failures_of(kelurahan_key)
        subject = self._keyset.identifier("sign-in", kelurahan_key, address)
        paths = self._paths(address, kelurahan_key)
        *found, failed = self._store.get_many([*paths, failures.path(subject)])
        with failures.attempt(failed, subject, origin) as attempt:
            known = filter(None, map(self._proved, found))
            document = next((each for each in known if self._is_active(each)), None)
            kept = None if document is None else _text(document, "password")
            if not self._passwords.fits(password, kept) or document is None or kept is None:
                attempt.fail()
                raise Unauthenticated(_REFUSED)
            if not self._code_fits(document, code):
                attempt.fail()
                raise Unauthenticated(_REFUSED)
        if self._passwords.is_outdated(kept):
            self._renew(document, self._passwords.hash(password))
        return self._staff(document)

    def confirm(self, staff: Staff, password: str, origin: str | None = None) -> None:
        """Is it still the same person at the desk? Asked again before what is dear to reverse.

        Raises Forbidden where the password doesn't fit, TooManyRequests as `sign_in` does.
        """
        document = self._of(staff)
        failures = self._failures_of(staff.kelurahan)
        address = self._opened(document, "email")
        subject = self._keyset.identifier("sign-in", staff.kelurahan, address)
        failed = self._store.get(failures.path(subject))
        with failures.attempt(failed, subject, origin) as attempt:
            if not self._passwords.fits(password, _text(document, "password")):
                attempt.fail()
                raise Forbidden(_NOT_CONFIRMED, code="PASSWORD")

    def set_second_factor(self, staff: Staff, secret: str, code: str) -> None:
        """From now on signing in takes a code of this secret; `code` shows that the app has it.

        Other sessions of the account end. Raises Invalid where the code doesn't fit.
        """
        from shared.platform.second_factor import matched

        last = matched(secret, code, self._clock(), 0)
        if last is None:
            raise Invalid(errors=[{"pointer": "#/code", "detail": _CODE_WRONG}])
        document = self._of(staff)
        sealed = self._keyset.seal(secret.encode(), f"{document.path}#totp")
        self._alter(document.path, {"totp": sealed, "totp_last": last})

    def clear_second_factor(self, staff_id: str, kelurahan_key: str | None = None) -> None:
        """Signing in takes no code any more (a phone was lost): the admin's decision."""
        self._alter(self._by_id(staff_id, kelurahan_key).path, {"totp": None, "totp_last": 0})

    def set_role(self, staff_id: str, role: Role, kelurahan_key: str | None = None) -> None:
        """Give somebody another role; their sessions end. Invalid for a surveyor without an end."""
        document = self._by_id(staff_id, kelurahan_key)
        if role is Role.SURVEYOR and _data(document)["until"] is None:
            raise Invalid("Akun satgas harus punya tanggal akhir.")
        self._alter(document.path, {"role": role.value})

    def set_until(
        self, staff_id: str, until: date | None, kelurahan_key: str | None = None
    ) -> None:
        """Let an account end on another day (its last), or never. Invalid as in `add`."""
        document = self._by_id(staff_id, kelurahan_key)
        if until is None and _data(document)["role"] == Role.SURVEYOR.value:
            raise Invalid("Akun satgas harus punya tanggal akhir.")
        if until is not None and until < today(self._clock, self._timezone):
            raise Invalid("Tanggal akhir akun sudah lewat.")
        self._alter(document.path, {"until": None if until is None else until.isoformat()})

    def end_by_id(self, staff_id: str, kelurahan_key: str | None = None) -> None:
        """End an account at once, with its sessions; NotFound where it isn't active."""
        self._alter(self._by_id(staff_id, kelurahan_key).path, {"ended_at": self._clock()})

    def account(self, staff_id: str, kelurahan_key: str | None = None) -> Account:
        """The active account of this id; NotFound."""
        return self._account(self._by_id(staff_id, kelurahan_key))

    def set_password(self, email: str, password: str, kelurahan_key: str | None = None) -> None:
        """Give an account another password; its sessions end, today's failures are forgotten."""
        secret = self._passwords.hash(password)
        self._change(email, kelurahan_key, {"password": secret})
        key = self._key(kelurahan_key)
        subject = self._keyset.identifier("sign-in", key, _folded(email))
        self._failures_of(key).forget(subject)

    def end(self, email: str, kelurahan_key: str | None = None) -> None:
        """End an account at once, with its sessions; NotFound where there is no active one."""
        self._change(email, kelurahan_key, {"ended_at": self._clock()})

    def end_sessions(self, email: str, kelurahan_key: str | None = None) -> None:
        """End an account's sessions everywhere; the account stays."""
        self._change(email, kelurahan_key, {})

    def get(self, staff_id: str, kelurahan_key: str | None = None) -> Staff:
        """The person with this id; NotFound where the account doesn't exist or isn't active."""
        return self._staff(self._by_id(staff_id, kelurahan_key))

    def by_email(self, email: str, kelurahan_key: str | None = None) -> Staff:
        """The person with this address; NotFound where there is no active account."""
        return self._staff(self._active(email, self._key(kelurahan_key)))

    def list(self, kelurahan_key: str | None = None) -> list[Account]:
        """All accounts of a kelurahan, ended ones too, in the order of their names."""
        found = self._store.query(_ALL.on(self._folder(self._key(kelurahan_key))))
        known = filter(None, map(self._proved, found))
        return sorted(map(self._account, known), key=lambda each: each.staff.name.casefold())

    def _by_id(self, staff_id: str, kelurahan_key: str | None) -> Snapshot:
        path = f"{self._folder(self._key(kelurahan_key))}/{staff_id}"
        snapshot = self._proved(self._store.get(path))
        if snapshot is None or not self._is_active(snapshot):
            raise NotFound("Akun petugas ini tidak aktif.")
        return snapshot

    def _of(self, staff: Staff) -> Snapshot:
        return self._by_id(staff.id, staff.kelurahan)

    def _code_fits(self, document: Snapshot, code: str) -> bool:
        """Where an account has a second factor: does the code fit? Each code counts once."""
        data = _data(document)
        if data.get("totp") is None:
            return True
        from shared.platform.second_factor import matched

        secret = self._opened(document, "totp")

        def work(transaction: Transaction) -> bool:
            there = self._proved(transaction.get(document.path))
            if there is None:
                return False
            kept = _data(there)
            number = matched(secret, code, self._clock(), kept.get("totp_last", 0))
            if number is None or kept.get("totp") != data["totp"]:
                return False
            transaction.write(self._written(there.path, {**kept, "totp_last": number}))
            return True

        return self._store.run(work)

    def _change(self, email: str, kelurahan_key: str | None, fields: dict[str, Value]) -> None:
        self._alter(self._active(email, self._key(kelurahan_key)).path, fields)

    def _alter(self, path: str, fields: dict[str, Value]) -> None:
        """Set fields of an account; its sessions end."""

        def work(transaction: Transaction) -> None:
            there = self._proved(transaction.get(path))
            if there is None:
                raise NotFound(_NO_ACCOUNT)
            data = _data(there)
            changed = {**data, **fields, "version": data["version"] + 1}
            transaction.write(self._written(path, {**changed, "updated_at": self._clock()}))

        self._store.run(work)

    def _renew(self, document: Snapshot, secret: str) -> None:
        """Keep a better hash of the same password, unless the account has changed meanwhile."""

        def work(transaction: Transaction) -> None:
            there = self._proved(transaction.get(document.path))
            if there is not None and there.data == document.data:
                changed = {**_data(there), "password": secret, "updated_at": self._clock()}
                transaction.write(self._written(document.path, changed))

        self._store.run(work)

    def _written(self, path: str, data: dict[str, Value]) -> Write:
        return Write("set", path, vouched(self._keyset, path, data))

    def _proved(self, document: Snapshot) -> Snapshot | None:
        """The document as it was written with the keys; None, and an alarm, for any other."""
        if not document.exists:
            return None
        try:
            return Snapshot(document.path, checked(self._keyset, document))
        except SealBroken:
            logs.event(_ALARM, severity="ALERT", kind="staff")
            return None

    def _key(self, kelurahan_key: str | None) -> str:
        key = kelurahan_key or self._kelurahan_key
        if not key:
            raise ValueError("no kelurahan was named")
        return key

    def _folder(self, kelurahan_key: str) -> str:
        return f"kelurahan/{kelurahan_key}/staff"

    def _paths(self, address: str, kelurahan_key: str) -> tuple[str, ...]:
        ids = self._keyset.identifiers("staff", kelurahan_key, address)
        return tuple(f"{self._folder(kelurahan_key)}/{each}" for each in ids)

    def _place(self, address: str, kelurahan_key: str) -> str:
        """Where the account is, also under the previous key, or where it goes."""
        documents = self._documents(address, kelurahan_key)
        return documents[0].path if documents else self._paths(address, kelurahan_key)[0]

    def _documents(self, address: str, kelurahan_key: str) -> Sequence[Snapshot]:
        found = self._store.get_many(self._paths(address, kelurahan_key))
        return [*filter(None, map(self._proved, found))]

    def _active(self, email: str, kelurahan_key: str) -> Snapshot:
        for document in self._documents(_folded(email), kelurahan_key):
            if self._is_active(document):
                return document
        raise NotFound(_NO_ACCOUNT)

    def _is_active(self, document: Snapshot) -> bool:
        data = _data(document)
        until = data["until"]
        on_time = until is None or today(self._clock, self._timezone).isoformat() <= until
        return data["ended_at"] is None and on_time

    def _opened(self, document: Snapshot, name: str) -> str:
        return self._keyset.unseal(_data(document)[name], f"{document.path}#{name}").decode()

    def _staff(self, document: Snapshot) -> Staff:
        data = _data(document)
        kelurahan_key = document.path.split("/")[1]
        name = self._opened(document, "name")
        has_code = data.get("totp") is not None
        role = Role(data["role"])
        return Staff(document.id, name, role, kelurahan_key, data["version"], has_code)

    def _account(self, document: Snapshot) -> Account:
        data = _data(document)
        return Account(
            self._staff(document),
            self._opened(document, "email"),
            None if data["until"] is None else date.fromisoformat(data["until"]),
            data["ended_at"],
            self._is_active(document),
        )

    def _failures_of(self, kelurahan_key: str) -> Failures:
        return self._failures.setdefault(
            kelurahan_key,
            Failures(
                self._store,
                self._keyset,
                kelurahan_key,
                "sign-in",
                self._clock,
                self._ceilings,
                instances=self._instances,
                timezone=self._timezone,
            ),
        )


def _folded(email: str) -> str:
    """The address by which an account is found: NFKC, casefolded.

    Letters that only look alike (a Cyrillic a) are refused when an account is added. Aliases of
    one mailbox (`ani+kantor@`, dots at some providers) are accounts of their own: which of them
    are one is the provider's secret.
    """
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def _data(document: Snapshot) -> dict[str, Any]:
    assert document.data is not None
    return document.data


def _text(document: Snapshot, name: str) -> str:
    return str(_data(document)[name])
