"""Settings: every fault at once, nothing unsafe, and one module that reads the environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.platform import settings
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import Settings, SettingsInvalid

ROOT = Path(__file__).parents[2]
REGISTRY, LOOKUP = Keyset(b"r" * 32).secret_text(), Keyset(b"l" * 32).secret_text()
CLOUD = {
    "NUTERA_STORE": "firestore",
    "NUTERA_PROJECT": "p",
    "NUTERA_REGISTRY_KEYS": REGISTRY,
    "NUTERA_LOOKUP_KEYS": LOOKUP,
    "K_SERVICE": "nik-lookup",
}


def faults(environ: dict[str, str], **options: tuple[settings.Need, ...]) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        settings.load(environ, **options)
    assert all(fault in str(caught.value) for fault in caught.value.faults)
    return caught.value.faults


def test_an_empty_environment_is_one_office_pc() -> None:
    loaded = settings.load({})
    assert loaded == Settings()
    assert loaded.is_embedded
    assert loaded.files == "data/files"
    assert not loaded.secure_cookies
    assert loaded.host == "127.0.0.1"


def test_a_blank_value_counts_as_not_set() -> None:
    assert (
        settings.load({"PORT": "", "NUTERA_STORE": "  ", "NUTERA_LOOKUP_KEYS": " "}) == Settings()
    )


def test_every_setting_is_read() -> None:
    loaded = settings.load(
        {
            **CLOUD,
            "NUTERA_DATA": "/d",
            "NUTERA_REGISTRY_DATABASE": "a",
            "NUTERA_LOOKUP_DATABASE": "b",
            "NUTERA_KELURAHAN": "lain",
            "NUTERA_KELURAHAN_FOLDER": "/k",
            "NUTERA_HOST": "::1",
            "PORT": "9",
            "NUTERA_SCHEDULER_EMAIL": "s@p.iam.gserviceaccount.com",
            "NUTERA_SCHEDULER_AUDIENCE": "https://sync.example",
            "NUTERA_FILES": "gs://bucket",
            "NUTERA_MAX_INSTANCES": "7",
            "NUTERA_FIREBASE_PROJECT": "f",
            "NUTERA_SECURE_COOKIES": "true",
            "NUTERA_TRUSTED_HOPS": "2",
            "NUTERA_FRONT_ENDS": "192.0.2.0/24",
        }
    )
    assert loaded == Settings(
        store="firestore",
        data=Path("/d"),
        project="p",
        registry_database="a",
        lookup_database="b",
        kelurahan="lain",
        kelurahan_folder=Path("/k"),
        host="::1",
        port=9,
        registry_keys=REGISTRY,
        lookup_keys=LOOKUP,
        scheduler_email="s@p.iam.gserviceaccount.com",
        scheduler_audience="https://sync.example",
        files="gs://bucket",
        max_instances=7,
        firebase_project="f",
        secure_cookies=True,
        trusted_hops=2,
        front_ends="192.0.2.0/24",
    )


def test_on_cloud_run_cookies_are_secure_and_one_proxy_is_trusted() -> None:
    loaded = settings.load(CLOUD)
    assert loaded.secure_cookies
    assert (loaded.trusted_hops, loaded.front_ends) == (1, "google")
    assert loaded.host == "0.0.0.0"


def test_all_faults_are_reported_at_once() -> None:
    found = faults(
        {
            "NUTERA_STORE": "firestore",
            "PORT": "x",
            "NUTERA_MAX_INSTANCES": "0",
            "NUTERA_SECURE_COOKIES": "maybe",
            "NUTERA_KELURAHAN": "../other",
            "NUTERA_LOOKUP_KEYS": "zz",
            "NUTERA_SCHEDULER_EMAIL": "a@b.c",
        }
    )
    named = " ".join(found)
    for name in (
        "PORT",
        "NUTERA_MAX_INSTANCES",
        "NUTERA_SECURE_COOKIES",
        "NUTERA_KELURAHAN",
        "NUTERA_LOOKUP_KEYS",
        "NUTERA_SCHEDULER_AUDIENCE",
        "NUTERA_PROJECT",
    ):
        assert name in named
    assert len(found) == 7


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"NUTERA_STORE": "sqlite"}, "NUTERA_STORE"),
        ({"NUTERA_STORE": "mysql"}, "NUTERA_STORE"),
        ({"NUTERA_REGISTRY_KEYS": "", "NUTERA_LOOKUP_KEYS": ""}, "NUTERA_REGISTRY_KEYS"),
        ({"NUTERA_LOOKUP_KEYS": REGISTRY}, "NUTERA_LOOKUP_KEYS"),
        ({"NUTERA_LOOKUP_KEYS": f"{LOOKUP} {REGISTRY}"}, "NUTERA_LOOKUP_KEYS"),
        ({"NUTERA_LOOKUP_DATABASE": "registry"}, "NUTERA_LOOKUP_DATABASE"),
        ({"NUTERA_SECURE_COOKIES": "false"}, "NUTERA_SECURE_COOKIES"),
        ({"NUTERA_PROJECT": ""}, "NUTERA_PROJECT"),
        ({"NUTERA_MAX_INSTANCES": "-1"}, "NUTERA_MAX_INSTANCES"),
        ({"NUTERA_TRUSTED_HOPS": "-1"}, "NUTERA_TRUSTED_HOPS"),
        ({"NUTERA_FRONT_ENDS": "everybody"}, "NUTERA_FRONT_ENDS"),
        ({"NUTERA_FRONT_ENDS": "0.0.0.0/0"}, "NUTERA_FRONT_ENDS"),
        ({"PORT": "70000"}, "PORT"),
        ({"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"}, "FIRESTORE_EMULATOR_HOST"),
    ],
)
def test_what_is_unsafe_is_refused_at_start(changed: dict[str, str], named: str) -> None:
    settings.load(CLOUD)
    assert any(fault.startswith(named) for fault in faults({**CLOUD, **changed}))


def test_a_function_is_told_of_the_key_it_needs_and_no_other() -> None:
    only_lookup = {**CLOUD, "NUTERA_REGISTRY_KEYS": ""}
    assert settings.load(only_lookup, needs=("lookup",)).lookup_keys == LOOKUP
    assert "NUTERA_REGISTRY_KEYS" in faults(only_lookup, needs=("registry", "lookup"))[0]


def test_files_of_a_function_that_needs_them_outlive_its_instance() -> None:
    bucket = {**CLOUD, "NUTERA_FILES": "gs://bucket"}
    assert settings.load(bucket, needs=("registry", "files")).files == "gs://bucket"
    for given in ({**CLOUD, "NUTERA_FILES": "/files"}, CLOUD):
        assert faults(given, needs=("registry", "files"))[0].startswith("NUTERA_FILES")
        settings.load(given, needs=("registry",))


def test_no_fault_repeats_a_value() -> None:
    secret = "nutera1-" + "A" * 42
    found = faults({**CLOUD, "NUTERA_REGISTRY_KEYS": secret, "PORT": "sekali"})
    assert not any(secret in fault or "sekali" in fault for fault in found)


def test_settings_never_show_their_keys() -> None:
    shown = repr(settings.load(CLOUD))
    assert REGISTRY not in shown
    assert LOOKUP not in shown


def test_only_the_settings_read_the_environment() -> None:
    reads = re.compile(r"\benviron\b(?!s)|\bgetenv\b|\bputenv\b|\benvironb\b")
    files = [
        path
        for folder in ("shared", "functions", "commands")
        for path in (ROOT / folder).rglob("*.py")
    ] + [ROOT / name for name in ("main.py", "manage.py") if (ROOT / name).exists()]
    assert len(files) > 20
    # as in Google's own clients: where the emulator is
    allowed = 'os.environ.get("FIRESTORE_EMULATOR_HOST")'
    found = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if reads.search(path.read_text("utf-8").replace(allowed, ""))
    }
    assert found == {"shared/platform/settings.py"}


def test_only_cloud_run_may_check_the_scheduler_s_token_for_us() -> None:
    loaded = settings.load({**CLOUD, "NUTERA_SCHEDULER_CHECK": "platform"})
    assert loaded.scheduler_check == "platform"
    at_home = {name: value for name, value in CLOUD.items() if name != "K_SERVICE"}
    (fault,) = faults({**at_home, "NUTERA_SCHEDULER_CHECK": "platform"})
    assert fault.startswith("NUTERA_SCHEDULER_CHECK")
    (fault,) = faults({**CLOUD, "NUTERA_SCHEDULER_CHECK": "nobody"})
    assert fault.startswith("NUTERA_SCHEDULER_CHECK")
