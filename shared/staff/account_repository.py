"""Repository of staff accounts: signed documents with sealed fields, and transactional changes.

A document is named by a keyed identifier of its e-mail address; address, name and the app's secret
are sealed, and a keyed MAC covers all of it: whoever can write to the database, but lacks the
keys, can't give themselves a role, a password or more time. (They can delete an account, or put
back a whole document of its past.) One whose MAC doesn't fit is nobody's, and raises an alarm.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from shared.platform import logs
from shared.platform.clock import JAKARTA, Clock, today
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat, Fields
from shared.platform.errors import Conflict, NotFound, SealBroken, Unauthenticated
from shared.platform.store.port import Snapshot, Store, Transaction, Value, Write
from shared.platform.store.query_shapes import declare


def _of_schema_1(fields: Fields) -> Fields:
    """Upgrade an account of before: nobody else had a hand in it, as far as was kept."""
    return {
        **fields,
        "decides_from": None,
        "unconfirmed_by": [],
        "unconfirmed_changes": [],
        "must_change_password": False,
        "password_by": None,
        "password_at": None,
    }


FORMAT: Final = DocumentFormat("registry", "staff", schema=2, upgrade=_of_schema_1, is_signed=True)
_ALL = declare("staff")
_UNCONFIRMED = declare("staff", ranged="decides_from", order=(("decides_from", "asc"),))
_ALARM = "a staff account was changed by somebody without the keys"
EXAMPLE_DOMAIN: Final = "@contoh.test"  # .test is nobody's, by RFC 2606
_NO_ACCOUNT = "Tidak ada akun petugas aktif dengan surel itu."
_LAST_ADMIN = "Harus tetap ada satu admin tanpa batas waktu. Tambah admin lain dulu, lalu ulangi."
_ACTOR_GONE = "Akun Anda baru saja diubah admin lain. Masuk lagi untuk melanjutkan."


class Role(StrEnum):
    """The roles of staff; each part of the product states which roles it admits."""

    OPERATOR = "operator"
    VERIFIER = "verifier"
    SURVEYOR = "surveyor"
    AUDITOR = "auditor"
    ADMIN = "admin"


_ADMIN = Role.ADMIN.value
DECIDING: Final = frozenset({Role.VERIFIER, Role.ADMIN})
"""The roles whose accounts wait for a second person: they decide on lists, people or accounts."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who is known. `kelurahan` is its key; `version` goes up when sessions must end.

    `has_code`: whether signing in also takes the code of an authenticator app. `signed_in_at`: when
    somebody known by a token of Google's last proved who they are; None for local accounts.
    `is_example`: a made-up account of the first start, for trying the system out.
    `is_pending`: whether the account may decide, but still waits for a second person.
    `must_change_password`: whether somebody else set the password, and so knows it.
    """

    id: str
    name: str = field(repr=False)
    role: Role
    kelurahan: str
    version: int = field(default=0, compare=False, repr=False)
    has_code: bool = field(default=False, compare=False, repr=False)
    signed_in_at: datetime | None = field(default=None, compare=False, repr=False)
    is_example: bool = field(default=False, compare=False, repr=False)
    is_pending: bool = field(default=False, compare=False, repr=False)
    must_change_password: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """An account, for those who administer accounts.

    `unconfirmed_by`: the ids of those who had a hand in it since it was last confirmed;
    `unconfirmed_changes`: what they did; `decides_from`: when the wait is over that this began.
    `password_by`, `password_at`: who else set its password last, and when.
    """

    staff: Staff
    email: str = field(repr=False)
    until: date | None
    ended_at: datetime | None
    is_active: bool
    unconfirmed_by: tuple[str, ...] = ()
    unconfirmed_changes: tuple[str, ...] = ()
    decides_from: datetime | None = None
    password_by: str | None = None
    password_at: datetime | None = None


class AccountRepository:
    """The accounts of staff, at kelurahan/<key>/staff/<id>."""

    def __init__(self, store: Store, keyset: Keyset, clock: Clock, timezone: str = JAKARTA) -> None:
        self._store = store
        self._keyset = keyset
        self._clock = clock
        self._timezone = timezone

    def path(self, kelurahan_key: str, staff_id: str) -> str:
        """Return the document path of an account id."""
        return f"{self._folder(kelurahan_key)}/{staff_id}"

    def paths(self, address: str, kelurahan_key: str) -> tuple[str, ...]:
        """Return the paths of an address's account: under the current key, under the previous."""
        ids = self._keyset.identifiers("staff", kelurahan_key, address)
        return tuple(self.path(kelurahan_key, each) for each in ids)

    def place(self, address: str, kelurahan_key: str) -> str:
        """Return the path of an address's account, also under the previous key, or of a new one."""
        documents = self._documents(address, kelurahan_key)
        return documents[0].path if documents else self.paths(address, kelurahan_key)[0]

    def by_id(self, kelurahan_key: str, staff_id: str) -> Snapshot:
        """Return the active account of an id; raises NotFound."""
        document = self.proved(self._store.get(self.path(kelurahan_key, staff_id)))
        if document is None or not self.is_active(document):
            raise NotFound("Akun petugas ini tidak aktif.")
        return document

    def by_email(self, kelurahan_key: str, email: str) -> Snapshot:
        """Return the active account of an e-mail address; raises NotFound."""
        for document in self._documents(folded(email), kelurahan_key):
            if self.is_active(document):
                return document
        raise NotFound(_NO_ACCOUNT)

    def all(self, kelurahan_key: str) -> list[Snapshot]:
        """Return every account of a kelurahan, ended ones too."""
        found = self._store.query(_ALL.on(self._folder(kelurahan_key)))
        return [*filter(None, map(self.proved, found))]

    def unconfirmed(self, kelurahan_key: str, since: datetime) -> list[Snapshot]:
        """Return the accounts whose wait for a second person ends or ended after that moment."""
        shape = _UNCONFIRMED.on(self._folder(kelurahan_key), ranged=((">", since),))
        return [*filter(None, map(self.proved, self._store.query(shape)))]

    def some(self, kelurahan_key: str, ids: Iterable[str]) -> list[Snapshot]:
        """Return the accounts of these ids that exist, ended ones too; one read for each id."""
        found = self._store.get_many([self.path(kelurahan_key, each) for each in ids])
        return [*filter(None, map(self.proved, found))]

    def proved(self, document: Snapshot) -> Snapshot | None:
        """Return the document if it was written with the keys.

        Raise an alarm and return None if not.
        """
        if not document.exists:
            return None
        try:
            fields = FORMAT.current(verified(self._keyset, document))
            return Snapshot(document.path, fields)
        except SealBroken:
            logs.event(_ALARM, severity="ALERT", kind="staff")
            return None

    def is_active(self, document: Snapshot) -> bool:
        """Whether the account is active: not ended, and its last day not over."""
        data = content(document)
        until = data["until"]
        on_time = until is None or today(self._clock, self._timezone).isoformat() <= until
        return data["ended_at"] is None and on_time

    def change(
        self,
        path: str,
        work: Callable[[dict[str, Any]], Mapping[str, Value] | None],
        *,
        ends_sessions: bool = True,
        actor: Staff | None = None,
        admins: Collection[str] = (),
    ) -> bool:
        """Set the fields that `work` returns, in one transaction; None changes nothing.

        Returns whether something was changed. `actor`: the admin who does it, if it isn't the
        account's own doing or the command line's. `admins`: where the accounts of admins may be.
        Raises NotFound where there is no account any more, Unauthenticated where the actor's
        session has ended meanwhile, Conflict where no admin without an end would be left.
        """
        acting = path if actor is None else self.path(actor.kelurahan, actor.id)
        paths = list(dict.fromkeys([path, acting, *admins]))

        def carry_out(transaction: Transaction) -> bool:
            known = dict(zip(paths, map(self.proved, transaction.get_many(paths)), strict=True))
            there = known[path]
            if there is None:
                raise NotFound(_NO_ACCOUNT)
            if actor is not None:
                self._require_acting(known[acting], actor)
            data = content(there)
            fields = work(data)
            if fields is None:
                return False
            if _is_lasting_admin(data) and not _is_lasting_admin({**data, **fields}):
                others = (content(each) for each in known.values() if each and each.path != path)
                if not any(map(_is_lasting_admin, others)):
                    raise Conflict(_LAST_ADMIN)
            version = data["version"] + ends_sessions
            changed = {**data, **fields, "version": version, "updated_at": self._clock()}
            transaction.write(self.written(path, changed))
            return True

        return self._store.run(carry_out)

    def admins(self, kelurahan_key: str) -> list[str]:
        """Return the paths of the admins' accounts, ended ones too."""
        return [each.path for each in self.all(kelurahan_key) if content(each)["role"] == _ADMIN]

    def _require_acting(self, document: Snapshot | None, actor: Staff) -> None:
        """Raise Unauthenticated unless the actor still has the role and version of the sign-in."""
        if (
            document is None
            or not self.is_active(document)
            or content(document)["version"] != actor.version
        ):
            raise Unauthenticated(_ACTOR_GONE)

    def written(self, path: str, data: Mapping[str, Value]) -> Write:
        """Return the write that keeps an account."""
        return Write("set", path, signed(self._keyset, path, data))

    def sealed(self, path: str, name: str, text: str) -> bytes:
        """Seal a text of an account, for its field alone."""
        return self._keyset.seal(text.encode(), f"{path}#{name}")

    def opened(self, document: Snapshot, name: str) -> str:
        """Return the text of a sealed field."""
        return self._keyset.unseal(content(document)[name], f"{document.path}#{name}").decode()

    def staff(self, document: Snapshot) -> Staff:
        """Return the person of an account."""
        data = content(document)
        role, decides_from = Role(data["role"]), data["decides_from"]
        return Staff(
            document.id,
            self.opened(document, "name"),
            role,
            document.path.split("/")[1],
            data["version"],
            data.get("totp") is not None,
            is_example=self.opened(document, "email").endswith(EXAMPLE_DOMAIN),
            is_pending=role in DECIDING
            and decides_from is not None
            and self._clock() < decides_from,
            must_change_password=data["must_change_password"],
        )

    def account(self, document: Snapshot) -> Account:
        """Return the account, for those who administer accounts."""
        data = content(document)
        return Account(
            self.staff(document),
            self.opened(document, "email"),
            None if data["until"] is None else date.fromisoformat(data["until"]),
            data["ended_at"],
            self.is_active(document),
            tuple(data["unconfirmed_by"]),
            tuple(data["unconfirmed_changes"]),
            data["decides_from"],
            data["password_by"],
            data["password_at"],
        )

    def _documents(self, address: str, kelurahan_key: str) -> Sequence[Snapshot]:
        found = self._store.get_many(self.paths(address, kelurahan_key))
        return [*filter(None, map(self.proved, found))]

    def _folder(self, kelurahan_key: str) -> str:
        return f"kelurahan/{kelurahan_key}/staff"


def folded(email: str) -> str:
    """Return the normalised e-mail address by which an account is found: NFKC, casefolded.

    Letters that only look alike (a Cyrillic a) are refused when an account is added. Aliases of
    one mailbox (`ani+kantor@`, dots at some providers) are accounts of their own: which of them
    are one is the provider's secret.
    """
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def _is_lasting_admin(data: Mapping[str, Any]) -> bool:
    """Whether it is the account of an admin without an end date."""
    return data["role"] == _ADMIN and data["ended_at"] is None and data["until"] is None


def content(document: Snapshot) -> dict[str, Any]:
    """Return the fields of an existing account."""
    assert document.data is not None
    return document.data
