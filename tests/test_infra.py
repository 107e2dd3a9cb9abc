"""infra/deploy.sh: what it says it would run, what it runs, and who may open what afterwards."""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from shared.platform.crypto.keys import Keyset
from tests.deploying import (
    FUNCTIONS,
    PROJECT,
    all_there,
    commands,
    deploy,
    failing,
    flag,
    of,
    printed,
    recording,
    tree,
)

__all__ = ["failing", "printed", "recording", "tree"]

ROOT = Path(__file__).resolve().parents[1]
DATABASES = ("registry", "intake", "lookup")

# Parses each command line with gcloud's own parser, which checks names, flags, choices and groups,
# and goes no further: nothing is run.
PARSER = """
import contextlib, io, json, sys
sys.path[:0] = [sys.argv[1] + "/lib", sys.argv[1] + "/lib/third_party"]
from googlecloudsdk import gcloud_main
parser = gcloud_main.CreateCLI([])._CLI__parser
faults = []
for words in json.load(sys.stdin):
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(words)
        faults.append(None)
    except SystemExit as stopped:
        faults.append(said.getvalue() or str(stopped.code))
    except Exception as refused:
        faults.append(str(refused) or type(refused).__name__)
print("PARSED " + json.dumps(faults))
"""


def _needs(function: str) -> set[str]:
    """The databases that it opens, and perhaps "files"."""
    return set(importlib.import_module(f"functions.{function}.main").service.needs)


def _databases(function: str) -> set[str]:
    return _needs(function) - {"files"}


def test_a_dry_run_is_the_default_and_runs_nothing(
    tree: Path, failing: Path, tmp_path: Path
) -> None:
    plain, said = deploy(tree, failing), deploy(tree, failing, "--dry-run")
    assert plain.returncode == said.returncode == 0, plain.stderr
    assert plain.stdout == said.stdout
    assert not (tmp_path / "was-run").exists()
    assert deploy(tree, failing, "--yes").returncode != 0
    assert (tmp_path / "was-run").read_text("utf-8").count(
        "\n"
    ) == 1  # and stops at the first fault


def test_every_function_is_deployed_from_the_root_under_its_own_account(
    printed: list[list[str]],
) -> None:
    deployed = {flag(words, "function"): words for words in of(printed, "gcloud", "run", "deploy")}
    assert sorted(deployed) == FUNCTIONS
    for function, words in deployed.items():
        service = function.replace("_", "-")
        assert words[3] == service
        assert flag(words, "source") == "."
        assert flag(words, "service-account") == f"{service}@{PROJECT}.iam.gserviceaccount.com"
        environment = dict(pair.split("=", 1) for pair in flag(words, "set-env-vars").split(","))
        assert environment["NUTERA_MAX_INSTANCES"] == flag(words, "max-instances")
        # a request that waited for a thread would do so while a slow body holds one
        assert environment["THREADS"] == flag(words, "concurrency")
        assert int(environment["THREADS"]) >= 16
        assert environment["NUTERA_STORE"] == "firestore"
        secrets = {f"NUTERA_{need.upper()}_KEYS" for need in _databases(function)}
        assert {pair.split("=")[0] for pair in flag(words, "set-secrets").split(",")} == secrets


def test_the_settings_of_each_function_start_it(printed: list[list[str]]) -> None:
    from shared.platform import settings

    for words in of(printed, "gcloud", "run", "deploy"):
        environ = dict(pair.split("=", 1) for pair in flag(words, "set-env-vars").split(","))
        for pair in flag(words, "set-secrets").split(","):
            environ[pair.split("=")[0]] = Keyset.generate().secret_text()
        needs = sorted(_needs(flag(words, "function")))
        settings.load({**environ, "K_SERVICE": words[3]}, needs=needs)  # type: ignore[arg-type]


def test_an_account_opens_the_databases_its_function_needs_and_no_other(
    printed: list[list[str]],
) -> None:
    opened: dict[str, set[tuple[str, str]]] = {}
    for words in of(printed, "gcloud", "projects", "add-iam-policy-binding"):
        role = flag(words, "role")
        if role == "roles/run.builder":
            continue
        name = flag(words, "member").removeprefix("serviceAccount:").split("@")[0]
        condition = re.fullmatch(
            rf'title=[a-z ]+,expression=resource\.name == "projects/{PROJECT}/databases/(\w+)"',
            flag(words, "condition"),
        )
        assert condition, words
        opened.setdefault(name, set()).add((role, condition[1]))
    user, viewer = "roles/datastore.user", "roles/datastore.viewer"
    assert opened == {
        "complaint-intake": {(user, "intake")},
        "housekeeping": {(user, "intake"), (user, "lookup"), (user, "registry")},
        "nik-lookup": {(user, "lookup")},
        "staff-console": {(user, "intake"), (user, "lookup"), (user, "registry")},
        "transparency": {(viewer, "lookup")},
        "weekly-sync": {(user, "lookup"), (user, "registry")},
    }
    for function in FUNCTIONS:
        databases = {database for _, database in opened[function.replace("_", "-")]}
        assert databases == _databases(function)


def test_files_are_opened_by_the_functions_that_need_them_alone(printed: list[list[str]]) -> None:
    files = f"gs://{PROJECT}-files"
    (made,) = [
        words
        for words in of(printed, "gcloud", "storage", "buckets", "create")
        if words[4] == files
    ]
    assert {"--public-access-prevention", "--uniform-bucket-level-access"} <= set(made)
    granted = [
        words
        for words in of(printed, "gcloud", "storage", "buckets", "add-iam-policy-binding")
        if words[4] == files
    ]
    assert {flag(words, "role") for words in granted} == {"roles/storage.objectUser"}
    opened = {flag(words, "member").removeprefix("serviceAccount:") for words in granted}
    needed = [name.replace("_", "-") for name in FUNCTIONS if "files" in _needs(name)]
    assert opened == {f"{name}@{PROJECT}.iam.gserviceaccount.com" for name in needed}
    told = {
        words[3]: f"NUTERA_FILES={files}" in flag(words, "set-env-vars").split(",")
        for words in of(printed, "gcloud", "run", "deploy")
    }
    assert {name for name, is_told in told.items() if is_told} == set(needed)


def test_each_database_can_be_brought_back(printed: list[list[str]]) -> None:
    created = of(printed, "gcloud", "firestore", "databases", "create")
    assert {flag(words, "database") for words in created} == set(DATABASES)
    assert all({"--enable-pitr", "--delete-protection"} <= set(words) for words in created)
    scheduled = of(printed, "gcloud", "firestore", "backups", "schedules", "create")
    assert {flag(words, "database") for words in scheduled} == set(DATABASES)
    assert {flag(words, "recurrence") for words in scheduled} == {"daily"}
    assert {flag(words, "retention") for words in scheduled} == {"14d"}


def test_what_retention_deletes_is_gone_and_what_is_kept_to_bring_back_is_not(
    printed: list[list[str]],
) -> None:
    updated = {
        words[4]: set(words[5:]) for words in of(printed, "gcloud", "storage", "buckets", "update")
    }
    files, backups = f"gs://{PROJECT}-files", f"gs://{PROJECT}-backups"
    assert {"--no-versioning", "--clear-soft-delete"} <= updated[files]
    assert {"--versioning", "--lifecycle-file=infra/backup-lifecycle.json"} <= updated[backups]
    # what is deleted goes in the end from here too
    rules = json.loads((ROOT / "infra/backup-lifecycle.json").read_text("utf-8"))["rule"]
    assert {rule["action"]["type"] for rule in rules} == {"Delete"}
    assert {rule["condition"]["isLive"] for rule in rules} == {True, False}


def test_no_function_opens_the_backups(printed: list[list[str]]) -> None:
    granted = of(printed, "gcloud", "storage", "buckets", "add-iam-policy-binding")
    assert f"gs://{PROJECT}-backups" not in {words[4] for words in granted}


def test_what_the_scheduler_alone_calls_is_closed_to_the_internet(
    printed: list[list[str]],
) -> None:
    open_to_all = {
        words[3]: "--allow-unauthenticated" in words
        for words in of(printed, "gcloud", "run", "deploy")
    }
    rewrites = json.loads((ROOT / "firebase.json").read_text("utf-8"))["hosting"]["rewrites"]
    # Hosting leads to none that IAM closes: a service is open because the site needs it, or closed
    assert {name for name, is_open in open_to_all.items() if is_open} == {
        rule["run"]["serviceId"] for rule in rewrites
    }
    (closed,) = [
        words for words in of(printed, "gcloud", "run", "deploy") if not open_to_all[words[3]]
    ]
    assert closed[3] == "housekeeping"
    assert {"--no-allow-unauthenticated", "--ingress=internal"} <= set(closed)
    assert "NUTERA_SCHEDULER_CHECK=platform" in flag(closed, "set-env-vars").split(",")
    (granted,) = of(printed, "gcloud", "run", "services", "add-iam-policy-binding")
    assert granted[4] == "housekeeping"
    assert flag(granted, "role") == "roles/run.invoker"
    member = f"serviceAccount:housekeeping-scheduler@{PROJECT}.iam.gserviceaccount.com"
    assert flag(granted, "member") == member


def test_a_function_that_anybody_may_call_verifies_the_scheduler_s_token_itself(
    printed: list[list[str]],
) -> None:
    for words in of(printed, "gcloud", "run", "deploy"):
        if "--allow-unauthenticated" in words:
            assert "NUTERA_SCHEDULER_CHECK" not in flag(words, "set-env-vars")


def test_more_callers_of_the_housekeeping_stop_it(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    (tmp_path / "there/callers").write_text("allUsers\n", "utf-8")
    done = deploy(tree, recording, "--yes")
    assert done.returncode == 2
    assert "housekeeping may be called by more than" in done.stderr


def test_a_key_is_granted_to_the_functions_that_need_it_alone(printed: list[list[str]]) -> None:
    granted: dict[str, set[str]] = {}
    for words in of(printed, "gcloud", "secrets", "add-iam-policy-binding"):
        assert flag(words, "role") == "roles/secretmanager.secretAccessor"
        name = flag(words, "member").removeprefix("serviceAccount:").split("@")[0]
        granted.setdefault(words[3], set()).add(name.replace("-", "_"))
    assert granted == {
        f"NUTERA_{database.upper()}_KEYS": {
            name for name in FUNCTIONS if database in _databases(name)
        }
        for database in DATABASES
    }


def test_the_weekly_job_shows_the_token_that_the_function_asks_for(
    printed: list[list[str]],
) -> None:
    (job,) = of(printed, "gcloud", "scheduler", "jobs", "create", "http", "weekly-sync")
    (sync,) = of(printed, "gcloud", "run", "deploy", "weekly-sync")
    environment = dict(pair.split("=", 1) for pair in flag(sync, "set-env-vars").split(","))
    assert environment["NUTERA_SCHEDULER_AUDIENCE"] == flag(job, "oidc-token-audience")
    assert environment["NUTERA_SCHEDULER_EMAIL"] == flag(job, "oidc-service-account-email")
    assert json.loads(flag(job, "message-body")) == {"source": "kotak"}
    assert flag(job, "uri") == environment["NUTERA_SCHEDULER_AUDIENCE"] + "/api/sync"
    assert flag(job, "time-zone") == "Asia/Jakarta"
    (bucket,) = [
        words
        for words in of(printed, "gcloud", "storage", "buckets", "add-iam-policy-binding")
        if words[4] == "gs://nutera-uji-kotak"
    ]
    assert flag(bucket, "role") == "roles/storage.objectViewer"


def test_the_daily_job_shows_the_token_that_the_housekeeping_asks_for(
    printed: list[list[str]],
) -> None:
    (job,) = of(printed, "gcloud", "scheduler", "jobs", "create", "http", "housekeeping")
    (function,) = of(printed, "gcloud", "run", "deploy", "housekeeping")
    environment = dict(pair.split("=", 1) for pair in flag(function, "set-env-vars").split(","))
    assert environment["NUTERA_SCHEDULER_AUDIENCE"] == flag(job, "oidc-token-audience")
    assert environment["NUTERA_SCHEDULER_EMAIL"] == flag(job, "oidc-service-account-email")
    assert flag(job, "uri") == environment["NUTERA_SCHEDULER_AUDIENCE"] + "/api/housekeeping"
    assert flag(job, "time-zone") == "Asia/Jakarta"


def test_databases_and_hosting_are_those_of_firebase_json(printed: list[list[str]]) -> None:
    content = json.loads((ROOT / "firebase.json").read_text("utf-8"))
    created = of(printed, "gcloud", "firestore", "databases", "create")
    assert [flag(words, "database") for words in created] == [
        database["database"] for database in content["firestore"]
    ]
    assert {flag(words, "type") for words in created} == {"firestore-native"}
    services = {words[3] for words in of(printed, "gcloud", "run", "deploy")}
    assert {rule["run"]["serviceId"] for rule in content["hosting"]["rewrites"]} <= services
    order = [" ".join(words[:4]) for words in printed]
    hosting = order.index("firebase deploy --only hosting")
    # its own folder, and by itself the file names none that exists
    assert printed[hosting][4:6] == ["--public", "web/dist/tamansari"]
    assert content["hosting"]["public"] == "web/dist/KELURAHAN"
    assert order[hosting - 1].endswith("manage.py site build")
    assert all("run deploy" not in line for line in order[hosting:])
    assert order.index("firebase deploy --only firestore") < order.index(
        "gcloud run deploy nik-lookup"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"source": "inbox"},  # a folder of one PC
        {"source": "lain"},
        {"region": "asia-southeast1"},
        {"kelurahan": "tidak-ada"},
        {"kelurahan": "../tamansari"},
        {"project": "Bukan Proyek"},
        {"project": "nutera-uji\n"},
        {"project": ""},
        {"max_instances": 0},
        {"max_instances": "2"},
        {"trusted_hops": 10},
        {"backup_days": 99},
        {"alarm_email": ""},
        {"alarm_email": "bukan alamat"},
        {"apa": "ini"},
        {"schedule": "0 6 * * 1; rm -rf x"},
    ],
    ids=str,
)
def test_what_cannot_work_is_refused_before_any_command(
    tree: Path, failing: Path, tmp_path: Path, settings: dict[str, str | int]
) -> None:
    refused(deploy(tree, failing, "--yes", **settings), tmp_path)


@pytest.mark.parametrize(
    "options", [["--apa"], ["--accept"], ["--accept", "semua"], ["lain.toml"]], ids=" ".join
)
def test_an_option_that_is_none_is_refused(
    tree: Path, failing: Path, tmp_path: Path, options: list[str]
) -> None:
    refused(deploy(tree, failing, "--yes", *options), tmp_path)


def refused(done: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    assert done.returncode != 0
    assert "gcloud" not in done.stdout
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "was-run").exists()


def test_the_example_is_a_deployment_that_works(tree: Path, failing: Path) -> None:
    command = ["bash", "infra/deploy.sh", "infra/deployments/contoh.toml"]
    done = subprocess.run(
        command,
        cwd=tree,
        env={"PATH": f"{failing}{os.pathsep}/usr/bin{os.pathsep}/bin", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert commands(done.stdout)


def test_a_function_without_a_line_is_refused(tree: Path, failing: Path) -> None:
    (tree / "functions").unlink()
    shutil.copytree(ROOT / "functions", tree / "functions")
    (tree / "functions/sync").mkdir()
    (tree / "functions/sync/main.py").touch()
    done = deploy(tree, failing)
    assert done.returncode == 2
    assert "functions/sync" in done.stderr


# --- with --yes: programs that keep what they are given, and answer from files --------------------


def test_what_is_run_is_what_was_printed_and_no_key_shows(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    done = deploy(tree, recording, "--yes", source="kotak")
    assert done.returncode == 0, done.stderr
    ran = (tmp_path / "was-run").read_text("utf-8").splitlines()
    said = []
    for words in commands(done.stdout):
        said.append(words[words.index("|") + 1 :] if "|" in words else words)
    assert ran == [" ".join([Path(words[0]).name, *words[1:]]) for words in said]

    keys = [(tmp_path / f"key-NUTERA_{name.upper()}_KEYS").read_text("utf-8") for name in DATABASES]
    keysets = [Keyset.parse(key) for key in keys]
    assert not any(one.shares_root_with(other) for one, other in combinations(keysets, 2))
    assert not any(keyset.inherited for keyset in keysets)
    shown = done.stdout + done.stderr + "\n".join(ran)
    assert not any(key in shown or key[-16:] in shown for key in keys)
    for folder, _, files in os.walk(tree):
        for name in files:
            content = (Path(folder) / name).read_bytes()
            assert not any(key.encode() in content for key in keys), name


def test_run_again_it_makes_nothing_twice_and_no_new_key(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    all_there(tmp_path / "there")
    done = deploy(tree, recording, "--yes", source="kotak")
    assert done.returncode == 0, done.stderr
    ran = (tmp_path / "was-run").read_text("utf-8")
    assert " create " not in ran
    assert "versions add" not in ran
    assert "scheduler jobs update http" in ran
    assert ran.count("run deploy") == len(FUNCTIONS)


def test_a_database_whose_key_is_lost_gets_no_new_key(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    all_there(tmp_path / "there")
    (tmp_path / "there/secrets-versions").unlink()
    done = deploy(tree, recording, "--yes")
    assert done.returncode == 2
    assert "New keys can't open its data" in done.stderr
    assert "versions add" not in (tmp_path / "was-run").read_text("utf-8")


def test_a_deployment_of_before_gets_a_key_of_intake_that_knows_its_marks(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    there, registry = tmp_path / "there", Keyset.generate()
    all_there(there)
    (there / "secrets-versions").unlink()
    for name in ("REGISTRY", "LOOKUP"):
        (there / f"versions-NUTERA_{name}_KEYS").write_text("1\n", "utf-8")
    (there / "firestore-databases").write_text("lookup\nregistry\n", "utf-8")
    (there / "registry-keys").write_text(registry.secret_text(), "utf-8")
    done = deploy(tree, recording, "--yes")
    assert done.returncode == 0, done.stderr
    made = Keyset.parse((tmp_path / "key-NUTERA_INTAKE_KEYS").read_text("utf-8"))
    assert [tags.key_id for tags in made.inherited] == [registry.key_id]
    assert not made.shares_root_with(registry)
    assert "until the data is migrated" in done.stdout
    assert registry.secret_text() not in done.stdout + done.stderr
    assert "databases create" in (tmp_path / "was-run").read_text("utf-8")


def test_a_function_that_still_reads_another_database_s_key_stops_it(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    (tmp_path / "there/key-policy").write_text("roles/secretmanager.secretAccessor\n", "utf-8")
    done = deploy(tree, recording, "--yes")
    assert done.returncode == 2
    assert "complaint-intake may read NUTERA_REGISTRY_KEYS" in done.stderr
    assert "run deploy" not in (tmp_path / "was-run").read_text("utf-8")


@pytest.mark.parametrize("bucket", ["files", "backups"])
def test_a_function_that_opens_a_bucket_it_does_not_need_stops_it(
    tree: Path, recording: Path, tmp_path: Path, bucket: str
) -> None:
    policy = tmp_path / f"there/{PROJECT}-{bucket}-policy"
    account = f"serviceAccount:transparency@{PROJECT}.iam.gserviceaccount.com"
    policy.write_text(f"projectOwner:{PROJECT}\n{account}\n", "utf-8")
    done = deploy(tree, recording, "--yes")
    assert done.returncode == 2
    assert f"transparency may open gs://{PROJECT}-{bucket}" in done.stderr
    assert "run deploy" not in (tmp_path / "was-run").read_text("utf-8")


@pytest.mark.parametrize(
    ("policy", "stops"),
    [
        (f'roles/datastore.user\tresource.name == "projects/{PROJECT}/databases/lookup"', False),
        (f'roles/datastore.user\tresource.name == "projects/{PROJECT}/databases/registry"', True),
        ("roles/datastore.user\t", True),
        ("roles/editor\t", True),
    ],
)
def test_an_account_that_may_do_more_stops_it(
    tree: Path, recording: Path, tmp_path: Path, policy: str, stops: bool
) -> None:
    (tmp_path / "there/policy").write_text(policy + "\n", "utf-8")
    done = deploy(tree, recording, "--yes")
    assert ("on more than it may open" in done.stderr) is stops
    assert ("run deploy" in (tmp_path / "was-run").read_text("utf-8")) is not stops


# --- against gcloud itself ------------------------------------------------------------------------


def _lacks(what: str) -> None:
    if os.environ.get("NUTERA_REQUIRE") == "1" and what == "gcloud":
        pytest.fail(f"NUTERA_REQUIRE=1, and this needs {what}")
    pytest.skip(f"needs {what}: not installed")


@functools.cache
def _sdk() -> str | None:
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        return None
    command = [gcloud, "info", "--format=value(installation.sdk_root)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _faults(commands: list[list[str]], settings: Path) -> list[str | None]:
    """What gcloud's parser says of each command line (without `gcloud`); None where it is good."""
    root = _sdk()
    if root is None:
        _lacks("gcloud")
    assert root is not None
    bundled = Path(root) / "platform/bundledpythonunix/bin/python3"
    done = subprocess.run(
        [str(bundled) if bundled.exists() else sys.executable, "-S", "-c", PARSER, root],
        input=json.dumps(commands),
        env={"PATH": os.environ["PATH"], "CLOUDSDK_CONFIG": str(settings), "HOME": str(settings)},
        capture_output=True,
        text=True,
    )
    answer = re.search(r"^PARSED (.*)$", done.stdout, re.MULTILINE)
    assert answer, done.stderr[-2000:]
    faults: list[str | None] = json.loads(answer[1])
    assert len(faults) == len(commands)
    return faults


def _in_the_readme() -> list[list[str]]:
    text = (ROOT / "infra/README.md").read_text("utf-8")
    found = re.findall(r"(?:\(|`|^    )gcloud ([a-z][^`\n)]+)", text, re.MULTILINE)
    return [shlex.split(line.replace("PROJECT", PROJECT)) for line in found]


def test_every_command_is_one_that_gcloud_knows(
    tree: Path, failing: Path, recording: Path, printed: list[list[str]], tmp_path: Path
) -> None:
    sheet = commands(deploy(tree, failing, source="lembar").stdout)
    all_there(tmp_path / "there")
    again = commands(deploy(tree, recording, "--yes", source="kotak").stdout)
    without = commands(deploy(tree, recording, "--yes").stdout)
    given = [
        _after_gcloud(words) for words in (*printed, *sheet, *again, *without) if "gcloud" in words
    ]
    assert ["scheduler", "jobs", "pause"] in [words[:3] for words in given]
    unique = [list(words) for words in dict.fromkeys(map(tuple, given))]
    readme = _in_the_readme()
    assert len(unique) > 30
    assert len(readme) > 5
    wrong = [
        ["run", "deploy", "x", "--sorce=."],
        ["run", "deploy", "x", "--ingress=none"],
        ["firestore", "databases", "make"],
        ["firestore", "databases", "create", "--database=lookup"],
    ]
    faults = _faults([*unique, *readme, *wrong], tmp_path)
    good = len(unique) + len(readme)
    assert [fault for fault in faults[:good] if fault] == []
    assert all(faults[good:]), "the parser must find what is wrong, or this test can't fail"


def _after_gcloud(words: list[str]) -> list[str]:
    """What gcloud itself gets; it looks into a policy's file, which is gone after the run."""
    there = f"--policy-from-file={ROOT / 'infra/monitoring/uptime-check-failed.json'}"
    return [
        there if word.startswith("--policy-from-file=") else word
        for word in words[words.index("gcloud") + 1 :]
    ]


def test_the_check_of_grants_reads_a_policy_as_gcloud_prints_it(
    printed: list[list[str]], tmp_path: Path
) -> None:
    if _sdk() is None:
        _lacks("gcloud")
    look = of(printed, "gcloud", "projects", "get-iam-policy")[0]
    member = flag(look, "filter").partition("=")[2]
    condition = {"expression": f'resource.name == "projects/{PROJECT}/databases/lookup"'}
    bindings = [
        {"role": "roles/datastore.user", "members": ["user:x", member], "condition": condition},
        {"role": "roles/viewer", "members": [member]},
        {"role": "roles/owner", "members": ["user:x"]},
    ]
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps([{"bindings": bindings}]), "utf-8")
    shown = subprocess.run(
        ["gcloud", "meta", "list-from-json", str(policy), *look[4:]],
        env={**os.environ, "CLOUDSDK_CONFIG": str(tmp_path / "gcloud")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.splitlines() == [
        f"roles/datastore.user\t{condition['expression']}",
        "roles/viewer\t",
    ]


def test_shellcheck_finds_nothing() -> None:
    if shutil.which("shellcheck") is None:
        _lacks("shellcheck")
    scripts = [ROOT / "infra/deploy.sh", *sorted((ROOT / "infra/steps").glob("*.sh"))]
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
    assert done.stdout == ""
