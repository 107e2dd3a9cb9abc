"""Settings of this process; the only module that reads the environment.

Names begin with NUTERA_, except those that the platform itself gives: PORT, and K_SERVICE, which
Cloud Run sets. (FIRESTORE_EMULATOR_HOST is read by the Firestore adapter, as by Google's own
clients.) All faults are reported at once, in `SettingsInvalid`; no message repeats a value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path
from typing import Any, Final, Literal

import environs

from shared.platform.crypto.keys import Keyset, KeysInvalid

StoreKind = Literal["sqlite", "firestore"]
SchedulerCheck = Literal["function", "platform"]
Need = Literal["registry", "intake", "lookup", "files"]

DATABASES: Final[tuple[Need, ...]] = ("registry", "intake", "lookup")

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_UNREADABLE = {
    "PORT": "isi dengan bilangan bulat.",
    "NUTERA_MAX_INSTANCES": "isi dengan bilangan bulat.",
    "NUTERA_TRUSTED_HOPS": "isi dengan bilangan bulat.",
    "NUTERA_SECURE_COOKIES": "isi dengan true atau false.",
}


class SettingsInvalid(ValueError):
    """The environment can't be used; `faults` are sentences, one for each thing to put right."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("Pengaturan belum benar:\n" + "\n".join(f"- {fault}" for fault in faults))


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process; the defaults are those of one office PC.

    `trusted_hops`: how many proxies of our own append to X-Forwarded-For before the process (0 on
    one PC, 1 behind nginx and on Cloud Run), so that a client's address can be told from its word.
    `front_ends`: behind which addresses Fastly-Client-IP names the client: "google" (Firebase
    Hosting), "none", or networks with commas between.
    `scheduler_check`: who checks the signature of the scheduler's token, this process or Cloud Run.
    """

    store: StoreKind = "sqlite"
    data: Path = Path("data")
    project: str | None = None
    registry_database: str = "registry"
    intake_database: str = "intake"
    lookup_database: str = "lookup"
    kelurahan: str = "tamansari"
    kelurahan_folder: Path = Path("kelurahan")
    host: str = "127.0.0.1"
    port: int = 8080
    registry_keys: str | None = field(default=None, repr=False)
    intake_keys: str | None = field(default=None, repr=False)
    lookup_keys: str | None = field(default=None, repr=False)
    scheduler_email: str | None = None
    scheduler_audience: str | None = None
    scheduler_check: SchedulerCheck = "function"
    files: str = ""
    max_instances: int = 1
    trusted_hops: int = 0
    front_ends: str = "none"
    firebase_project: str | None = None
    secure_cookies: bool = False

    def __post_init__(self) -> None:
        if not self.files:
            object.__setattr__(self, "files", str(self.data / "files"))

    @property
    def is_embedded(self) -> bool:
        """Whether this is one PC on SQLite, which makes its own keys."""
        return self.store == "sqlite"

    def database(self, name: str) -> str:
        """Return the Firestore name of one of DATABASES."""
        return str(getattr(self, f"{name}_database"))

    def keys(self, name: str) -> str | None:
        """The secret text of the keys of a database, where the environment gives one."""
        text: str | None = getattr(self, f"{name}_keys")
        return text

    def require(self, needs: Collection[Need]) -> None:
        """SettingsInvalid where a key that this process needs is missing."""
        faults = [] if self.is_embedded else _missing_keys(self, needs)
        if faults:
            raise SettingsInvalid(faults)


class _Environment(environs.Env):
    """environs over any mapping; a blank value counts as not set."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._given = values

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._given.get(env_key, "").strip() or default


def load(environ: Mapping[str, str] | None = None, *, needs: Collection[Need] = ()) -> Settings:
    """The settings in an environment (the process's own by default), checked.

    `needs`: what this process can't work without: the keys of databases, and "files" that outlive
    it. Raises SettingsInvalid with every fault found.
    """
    given = os.environ if environ is None else environ
    env = _Environment(given)
    on_cloud_run = bool(given.get("K_SERVICE"))

    store = env.str("NUTERA_STORE", "sqlite")
    scheduler_check = env.str("NUTERA_SCHEDULER_CHECK", "function")
    settings = Settings(
        store="firestore" if store == "firestore" else "sqlite",
        data=env.path("NUTERA_DATA", Path("data")),
        project=env.str("NUTERA_PROJECT", None),
        registry_database=env.str("NUTERA_REGISTRY_DATABASE", "registry"),
        intake_database=env.str("NUTERA_INTAKE_DATABASE", "intake"),
        lookup_database=env.str("NUTERA_LOOKUP_DATABASE", "lookup"),
        kelurahan=env.str("NUTERA_KELURAHAN", "tamansari"),
        kelurahan_folder=env.path("NUTERA_KELURAHAN_FOLDER", Path("kelurahan")),
        host=env.str("NUTERA_HOST", "0.0.0.0" if on_cloud_run else "127.0.0.1"),  # noqa: S104
        port=env.int("PORT", 8080),
        registry_keys=env.str("NUTERA_REGISTRY_KEYS", None),
        intake_keys=env.str("NUTERA_INTAKE_KEYS", None),
        lookup_keys=env.str("NUTERA_LOOKUP_KEYS", None),
        scheduler_email=env.str("NUTERA_SCHEDULER_EMAIL", None),
        scheduler_audience=env.str("NUTERA_SCHEDULER_AUDIENCE", None),
        scheduler_check="platform" if scheduler_check == "platform" else "function",
        files=env.str("NUTERA_FILES", ""),
        max_instances=env.int("NUTERA_MAX_INSTANCES", 1),
        trusted_hops=env.int("NUTERA_TRUSTED_HOPS", 1 if on_cloud_run else 0),
        front_ends=env.str("NUTERA_FRONT_ENDS", "google" if on_cloud_run else "none"),
        firebase_project=env.str("NUTERA_FIREBASE_PROJECT", None),
        secure_cookies=env.bool("NUTERA_SECURE_COOKIES", store == "firestore"),
    )
    faults = _unreadable(env) + _unsafe(settings, store, on_cloud_run, needs)
    if on_cloud_run and given.get("FIRESTORE_EMULATOR_HOST"):
        faults.append("FIRESTORE_EMULATOR_HOST: emulator hanya untuk uji coba. Hapus.")
    if scheduler_check not in ("function", "platform"):
        faults.append("NUTERA_SCHEDULER_CHECK: isi dengan function atau platform.")
    elif scheduler_check == "platform" and not on_cloud_run:
        faults.append("NUTERA_SCHEDULER_CHECK: platform hanya untuk Cloud Run. Hapus.")
    if faults:
        raise SettingsInvalid(faults)
    return settings


def _unreadable(env: _Environment) -> list[str]:
    try:
        env.seal()
    except environs.EnvValidationError as fault:
        messages = fault.error_messages
        assert isinstance(messages, dict)
        return [f"{name}: {_UNREADABLE[name]}" for name in messages]
    return []


def _unsafe(
    settings: Settings, store: str, on_cloud_run: bool, needs: Collection[Need]
) -> list[str]:
    """List settings that are readable and unsafe. Unreadable numbers are None here."""
    faults: list[str] = []
    if store not in ("sqlite", "firestore"):
        faults.append("NUTERA_STORE: isi dengan sqlite atau firestore.")
    elif store == "sqlite" and on_cloud_run:
        faults.append(
            "NUTERA_STORE: SQLite di Cloud Run hilang setiap kali layanan dimulai ulang. "
            "Isi dengan firestore."
        )
    if on_cloud_run and "files" in needs and not settings.files.startswith("gs://"):
        faults.append(
            "NUTERA_FILES: berkas di Cloud Run hilang setiap kali layanan dimulai ulang. "
            "Isi dengan alamat gs://."
        )
    if not _NAME.fullmatch(settings.kelurahan):
        faults.append("NUTERA_KELURAHAN: isi dengan nama berkas TOML tanpa folder dan akhiran.")
    if settings.port is not None and not 0 <= settings.port <= 65535:
        faults.append("PORT: isi dengan angka 0 sampai 65535.")
    if settings.max_instances is not None and settings.max_instances < 1:
        faults.append("NUTERA_MAX_INSTANCES: isi dengan angka 1 atau lebih.")
    if settings.trusted_hops is not None and settings.trusted_hops < 0:
        faults.append("NUTERA_TRUSTED_HOPS: isi dengan banyaknya perantara sendiri, 0 atau lebih.")
    if not _are_front_ends(settings.front_ends):
        faults.append(
            "NUTERA_FRONT_ENDS: isi dengan google, none, atau jaringan, misalnya 192.0.2.0/24."
        )
    if store == "firestore":
        if settings.project is None:
            faults.append("NUTERA_PROJECT: isi dengan nama proyek Google Cloud.")
        for one, other in combinations(DATABASES, 2):
            if settings.database(one) == settings.database(other):
                name, before = _database_name(other), _database_name(one)
                faults.append(f"{name}: harus berbeda dari {before}.")
        if on_cloud_run and settings.secure_cookies is False:
            faults.append("NUTERA_SECURE_COOKIES: tidak boleh dimatikan di Cloud Run.")
        faults += _missing_keys(settings, needs)
    if (settings.scheduler_email is None) != (settings.scheduler_audience is None):
        faults.append("NUTERA_SCHEDULER_EMAIL dan NUTERA_SCHEDULER_AUDIENCE: isi keduanya.")
    return faults + _bad_keys(settings)


def _are_front_ends(text: str) -> bool:
    if text in ("google", "none"):
        return True
    try:
        return all(ip_network(each.strip()).prefixlen >= 8 for each in text.split(","))
    except ValueError:
        return False


def _missing_keys(settings: Settings, needs: Collection[Need]) -> list[str]:
    faults = [
        f"{_keys_name(name)}: kunci basis data {name} belum diisi."
        for name in DATABASES
        if name in needs and settings.keys(name) is None
    ]
    if not needs and all(settings.keys(name) is None for name in DATABASES):
        names = ", ".join(map(_keys_name, DATABASES))
        faults.append(f"{names}: belum ada kunci yang diisi.")
    return faults


def _bad_keys(settings: Settings) -> list[str]:
    faults, keysets = [], {}
    for name in DATABASES:
        text = settings.keys(name)
        if text is not None:
            try:
                keysets[name] = Keyset.parse(text)
            except KeysInvalid as fault:
                faults.append(f"{_keys_name(name)}: {fault}")
    for one, other in combinations(keysets, 2):
        if keysets[one].shares_root_with(keysets[other]):
            faults.append(
                f"{_keys_name(other)}: harus berbeda dari {_keys_name(one)}, "
                "supaya kedua basis data tidak dapat digabungkan."
            )
    return faults


def _keys_name(database: str) -> str:
    return f"NUTERA_{database.upper()}_KEYS"


def _database_name(database: str) -> str:
    return f"NUTERA_{database.upper()}_DATABASE"
