"""Composition of a process: which stores, keys and staff it works with, put together in one place.

Every part is made at its first use, so that a function loads only what it needs: importing this
module loads neither Google's libraries nor cryptography or argon2.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from shared.kelurahan import configuration
from shared.platform import data_version, settings
from shared.platform.clock import Clock, system_clock
from shared.platform.crypto.keys import Keyset, KeysInvalid
from shared.platform.settings import DATABASES, Need, Settings, SettingsInvalid

if TYPE_CHECKING:
    from shared.platform.audit.log import AuditLog
    from shared.platform.crypto.key_file import Keysets
    from shared.platform.files.storage import Folder
    from shared.platform.files.workspace import Workspace
    from shared.platform.leases import Leases
    from shared.platform.store.port import Store
    from shared.staff.accounts import Accounts
    from shared.staff.identity_tokens import FirebaseTokens, SchedulerTokens
    from shared.staff.roster import StaffRoster
    from shared.staff.sessions import Sessions
    from shared.staff.sign_in.failed_sign_ins import FailedSignIns
    from shared.staff.sign_in.known_devices import KnownDevices

T = TypeVar("T")


class _Lazy(Generic[T]):
    """A part that is made once, at its first use, also when several threads ask at once."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> _Lazy[T]: ...
    @overload
    def __get__(self, instance: Deployment, owner: type) -> T: ...
    def __get__(self, instance: Deployment | None, owner: type) -> T | _Lazy[T]:
        if instance is None:
            return self
        parts = instance._parts
        if self._name not in parts:
            with instance._lock:
                if self._name not in parts:
                    parts[self._name] = self._make(instance)
        made: T = parts[self._name]
        return made


class Deployment:
    """The composition of the platform for one process."""

    def __init__(
        self, given: Settings, clock: Clock = system_clock, *, migrates: bool = False
    ) -> None:
        self.settings = given
        self._migrates = migrates
        self.clock = clock
        self._parts: dict[str, Any] = {}
        self._lock = threading.RLock()

    @classmethod
    def embedded(cls, given: Settings, clock: Clock = system_clock) -> Deployment:
        """One PC: SQLite and a key file under the data folder, made at first start."""
        if not given.is_embedded:
            raise SettingsInvalid(["NUTERA_STORE: harus sqlite untuk menjalankan di satu PC."])
        return cls.from_settings(given, needs=DATABASES, clock=clock)

    @classmethod
    def from_settings(
        cls,
        given: Settings,
        *,
        needs: Collection[Need] = (),
        clock: Clock = system_clock,
        migrates: bool = False,
    ) -> Deployment:
        """The deployment that settings describe. Reads the kelurahan's file and the keys at once.

        `migrates`: data of another version than the code's is opened too, to be migrated.

        Raises SettingsInvalid where a key in `needs` is missing or the key file is unsafe,
        KelurahanInvalid, and Unavailable (DATA_OLDER) where the data has yet to be migrated.
        """
        given.require(needs)
        if given.is_embedded and not given.data.exists():
            from shared.platform.backup.restore import finish_interrupted

            finish_interrupted(given.data)
        deployment = cls(given, clock, migrates=migrates)
        _ = deployment.kelurahan
        for need in needs:
            if given.is_embedded and need in DATABASES:
                _ = deployment._keys(need)
        return deployment

    def close(self) -> None:
        """Let go of the stores that were opened."""
        with self._lock:
            for name in DATABASES:
                if name in self._parts:
                    self._parts[name].close()
            self._parts.clear()

    @_Lazy
    def kelurahan(self) -> configuration.Kelurahan:
        """The kelurahan of the settings."""
        return configuration.load(self.settings.kelurahan, self.settings.kelurahan_folder)

    @_Lazy
    def registry(self) -> Store:
        """The database with recipients, staff and the audit log."""
        return self._store("registry")

    @_Lazy
    def intake(self) -> Store:
        """The database with what residents hand in."""
        return self._store("intake")

    @_Lazy
    def lookup(self) -> Store:
        """The database with the public projection."""
        return self._store("lookup")

    def store(self, name: str) -> Store:
        """The database of this name, one of DATABASES."""
        store: Store = getattr(self, name)
        return store

    @_Lazy
    def registry_keys(self) -> Keyset:
        """The keys of the registry."""
        return self._keys("registry")

    @_Lazy
    def intake_keys(self) -> Keyset:
        """The keys of what residents hand in."""
        return self._keys("intake")

    @_Lazy
    def lookup_keys(self) -> Keyset:
        """The keys of the public projection."""
        return self._keys("lookup")

    @property
    def keysets(self) -> Mapping[str, Keyset]:
        """The keys of each database that this data has: one of an older version lacks `intake`."""
        there = self._keysets if self.settings.is_embedded else {}
        names = [name for name in DATABASES if self.settings.keys(name) or name in there]
        return {name: self._keys(name) for name in names}

    @_Lazy
    def files(self) -> Folder:
        """The folder or bucket of uploads and other files."""
        from shared.platform.files.storage import folder

        return folder(self.settings.files)

    @_Lazy
    def workspace(self) -> Workspace:
        """Private folders for lists that are only passing through."""
        from shared.platform.files.workspace import Workspace

        if self.settings.is_embedded:
            _private(self.settings.data)
            return Workspace(self.settings.data / "tmp")
        # on Cloud Run this is memory, and nobody else's
        user = os.geteuid() if hasattr(os, "geteuid") else "user"
        return Workspace(Path(gettempdir()) / f"my-nutera-{user}")

    @_Lazy
    def audit(self) -> AuditLog:
        """The log of everything staff did."""
        from shared.platform.audit.log import AuditLog

        return AuditLog(self.registry, self.registry_keys, self.kelurahan.key, self.clock)

    @_Lazy
    def accounts(self) -> Accounts:
        """The local accounts of staff."""
        from shared.staff.accounts import Accounts

        place = self.kelurahan
        return Accounts(
            self.registry,
            self.registry_keys,
            self.clock,
            kelurahan_key=self.kelurahan.key,
            instances=self.settings.max_instances,
            timezone=self.kelurahan.timezone,
            on_change=lambda: self.roster.write(self.accounts.list()),
            report=self.failed_sign_ins.report,
            office=(place.name, place.title, place.kecamatan, place.kota),
        )

    @_Lazy
    def failed_sign_ins(self) -> FailedSignIns:
        """What the audit log is told of failed sign-ins."""
        from shared.staff.sign_in.failed_sign_ins import FailedSignIns

        key, timezone = self.kelurahan.key, self.kelurahan.timezone
        return FailedSignIns(self.registry, self.audit, key, self.clock, timezone)

    @_Lazy
    def known_devices(self) -> KnownDevices:
        """The marks of browsers in which staff have signed in."""
        from shared.staff.sign_in.known_devices import KnownDevices

        return KnownDevices(self.registry_keys, self.clock)

    @_Lazy
    def roster(self) -> StaffRoster:
        """The names of staff, for the function that takes complaints in."""
        from shared.staff.roster import StaffRoster

        kelurahan = self.kelurahan
        return StaffRoster(
            self.intake, self.intake_keys, kelurahan.key, self.clock, kelurahan.timezone
        )

    @_Lazy
    def sessions(self) -> Sessions:
        """Sessions of the console."""
        from shared.staff.sessions import Sessions

        return Sessions(self.registry_keys, self.accounts, self.clock)

    @_Lazy
    def firebase_tokens(self) -> FirebaseTokens | None:
        """Staff of Firebase Authentication; None where the settings name no project for it."""
        from shared.staff.identity_tokens import (
            FIREBASE_CERTIFICATES,
            FirebaseTokens,
            PublishedCertificates,
        )

        if self.settings.firebase_project is None:
            return None
        certificates = PublishedCertificates(FIREBASE_CERTIFICATES, self.clock)
        return FirebaseTokens(self.settings.firebase_project, certificates, self.clock)

    @_Lazy
    def scheduler_tokens(self) -> SchedulerTokens | None:
        """The scheduler; None where the settings don't say who it is."""
        from shared.staff.identity_tokens import (
            GOOGLE_CERTIFICATES,
            PublishedCertificates,
            SchedulerTokens,
        )

        email, audience = self.settings.scheduler_email, self.settings.scheduler_audience
        if email is None or audience is None:
            return None
        certificates = PublishedCertificates(GOOGLE_CERTIFICATES, self.clock)
        by_platform = self.settings.scheduler_check == "platform"
        return SchedulerTokens(
            audience, email, certificates, self.clock, is_checked_before=by_platform
        )

    @_Lazy
    def leases(self) -> Leases:
        """Leases: which job runs now."""
        from shared.platform.leases import Leases

        return Leases(self.registry, self.kelurahan.key, self.clock)

    @_Lazy
    def _keysets(self) -> Keysets:
        from shared.platform.crypto.key_file import load_or_create

        try:
            return load_or_create(self.settings.data)
        except KeysInvalid as fault:
            raise SettingsInvalid([str(fault)]) from None

    def _keys(self, database: Need) -> Keyset:
        self.settings.require((database,))
        text = self.settings.keys(database)
        if text is not None:
            return Keyset.parse(text)
        if database not in self._keysets:
            raise data_version.older_data()
        return self._keysets[database]

    def _store(self, database: Need) -> Store:
        """A database, opened; Unavailable where this code can't work on its data."""
        store = self._opened(database)
        if not self._migrates:
            was_split_off = database == "intake" and bool(self.intake_keys.inherited)
            data_version.check(store, self.kelurahan.key, is_fresh_without=not was_split_off)
        return store

    def _opened(self, database: Need) -> Store:
        if self.settings.is_embedded:
            from shared.platform.store.sqlite.store import SqliteStore

            _ = self._keysets  # made before any database: one that lacks its keys is refused
            _private(self.settings.data)
            return SqliteStore(self.settings.data / f"{database}.sqlite3")
        from shared.platform.store.firestore.store import FirestoreStore

        self.settings.require(())
        assert self.settings.project is not None
        return FirestoreStore(self.settings.project, self.settings.database(database))


def _private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


_current: Deployment | None = None
_current_lock = threading.Lock()


def current(*, needs: Collection[Need] = ()) -> Deployment:
    """The deployment that the environment describes: one for the whole process.

    Raises SettingsInvalid and KelurahanInvalid with every fault, at the first call.
    """
    global _current
    with _current_lock:
        if _current is None:
            _current = Deployment.from_settings(settings.load(needs=needs), needs=needs)
    _current.settings.require(needs)
    return _current
