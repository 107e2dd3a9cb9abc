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

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "nutera-uji"
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/main.py"))
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


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The project, with a kelurahan whose source a function can reach."""
    root = tmp_path / "tree"
    root.mkdir()
    for name in ("functions", "shared", "firebase.json", "main.py"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "infra", root / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "kelurahan", root / "kelurahan")
    with (root / "kelurahan/tamansari.toml").open("a", encoding="utf-8") as file:
        file.write('\n[sources.kotak]\nkind = "folder"\nlocation = "gs://nutera-uji-kotak/masuk"\n')
        file.write(
            '\n[sources.lembar]\nkind = "sheet"\nlocation = "contoh-lembar-daftar-mingguan"\n'
        )
    return root


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)


def _deploy(root: Path, programs: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        "bash",
        "infra/deploy.sh",
        "--project",
        PROJECT,
        "--kelurahan",
        "tamansari",
        *options,
    ]
    python = programs / "python"
    environment = {
        "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "PYTHON": str(python) if python.exists() else sys.executable,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """Programs on the PATH that note that they were run, and fail."""
    programs = tmp_path / "failing"
    programs.mkdir()
    for name in ("gcloud", "firebase"):
        _script(programs / name, f'echo "{name} $*" >> "{tmp_path}/was-run"; exit 9')
    return programs


@pytest.fixture
def printed(tree: Path, failing: Path, tmp_path: Path) -> list[list[str]]:
    """The words of every command of a dry run with a weekly source."""
    done = _deploy(tree, failing, "--source", "kotak")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "was-run").exists()
    return _commands(done.stdout)


def _commands(output: str) -> list[list[str]]:
    found = [shlex.split(line) for line in output.splitlines() if line and line[0] != "#"]
    assert found
    return found


def _flag(words: list[str], name: str) -> str:
    values = [word.partition("=")[2] for word in words if word.startswith(f"--{name}=")]
    assert len(values) == 1, (name, words)
    return values[0]


def _needs(function: str) -> set[str]:
    """The databases that it opens, and perhaps "files"."""
    return set(importlib.import_module(f"functions.{function}.main").service.needs)


def _databases(function: str) -> set[str]:
    return _needs(function) - {"files"}


def _of(commands: list[list[str]], *start: str) -> list[list[str]]:
    return [words for words in commands if words[: len(start)] == list(start)]


def test_a_dry_run_is_the_default_and_runs_nothing(
    tree: Path, failing: Path, tmp_path: Path
) -> None:
    plain, said = _deploy(tree, failing), _deploy(tree, failing, "--dry-run")
    assert plain.returncode == said.returncode == 0, plain.stderr
    assert plain.stdout == said.stdout
    assert not (tmp_path / "was-run").exists()
    assert _deploy(tree, failing, "--yes").returncode != 0
    assert (tmp_path / "was-run").read_text("utf-8").count(
        "\n"
    ) == 1  # and stops at the first fault


def test_every_function_is_deployed_from_the_root_under_its_own_account(
    printed: list[list[str]],
) -> None:
    deployed = {
        _flag(words, "function"): words for words in _of(printed, "gcloud", "run", "deploy")
    }
    assert sorted(deployed) == FUNCTIONS
    for function, words in deployed.items():
        service = function.replace("_", "-")
        assert words[3] == service
        assert _flag(words, "source") == "."
        assert _flag(words, "service-account") == f"{service}@{PROJECT}.iam.gserviceaccount.com"
        environment = dict(pair.split("=", 1) for pair in _flag(words, "set-env-vars").split(","))
        assert environment["NUTERA_MAX_INSTANCES"] == _flag(words, "max-instances")
        # a request that waited for a thread would do so while a slow body holds one
        assert environment["THREADS"] == _flag(words, "concurrency")
        assert int(environment["THREADS"]) >= 16
        assert environment["NUTERA_STORE"] == "firestore"
        secrets = {f"NUTERA_{need.upper()}_KEYS" for need in _databases(function)}
        assert {pair.split("=")[0] for pair in _flag(words, "set-secrets").split(",")} == secrets


def test_the_settings_of_each_function_start_it(printed: list[list[str]]) -> None:
    from shared.platform import settings

    for words in _of(printed, "gcloud", "run", "deploy"):
        environ = dict(pair.split("=", 1) for pair in _flag(words, "set-env-vars").split(","))
        for pair in _flag(words, "set-secrets").split(","):
            environ[pair.split("=")[0]] = Keyset.generate().secret_text()
        needs = sorted(_needs(_flag(words, "function")))
        settings.load({**environ, "K_SERVICE": words[3]}, needs=needs)  # type: ignore[arg-type]


def test_an_account_opens_the_databases_its_function_needs_and_no_other(
    printed: list[list[str]],
) -> None:
    opened: dict[str, set[tuple[str, str]]] = {}
    for words in _of(printed, "gcloud", "projects", "add-iam-policy-binding"):
        role = _flag(words, "role")
        if role == "roles/run.builder":
            continue
        name = _flag(words, "member").removeprefix("serviceAccount:").split("@")[0]
        condition = re.fullmatch(
            rf'title=[a-z ]+,expression=resource\.name == "projects/{PROJECT}/databases/(\w+)"',
            _flag(words, "condition"),
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
    [made] = _of(printed, "gcloud", "storage", "buckets", "create")
    assert made[4] == files
    assert {"--public-access-prevention", "--uniform-bucket-level-access"} <= set(made)
    granted = [
        words
        for words in _of(printed, "gcloud", "storage", "buckets", "add-iam-policy-binding")
        if words[4] == files
    ]
    assert {_flag(words, "role") for words in granted} == {"roles/storage.objectUser"}
    opened = {_flag(words, "member").removeprefix("serviceAccount:") for words in granted}
    needed = [name.replace("_", "-") for name in FUNCTIONS if "files" in _needs(name)]
    assert opened == {f"{name}@{PROJECT}.iam.gserviceaccount.com" for name in needed}
    told = {
        words[3]: f"NUTERA_FILES={files}" in _flag(words, "set-env-vars").split(",")
        for words in _of(printed, "gcloud", "run", "deploy")
    }
    assert {name for name, is_told in told.items() if is_told} == set(needed)


def test_a_key_is_granted_to_the_functions_that_need_it_alone(printed: list[list[str]]) -> None:
    granted: dict[str, set[str]] = {}
    for words in _of(printed, "gcloud", "secrets", "add-iam-policy-binding"):
        assert _flag(words, "role") == "roles/secretmanager.secretAccessor"
        name = _flag(words, "member").removeprefix("serviceAccount:").split("@")[0]
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
    (job,) = _of(printed, "gcloud", "scheduler", "jobs", "create", "http", "weekly-sync")
    (sync,) = _of(printed, "gcloud", "run", "deploy", "weekly-sync")
    environment = dict(pair.split("=", 1) for pair in _flag(sync, "set-env-vars").split(","))
    assert environment["NUTERA_SCHEDULER_AUDIENCE"] == _flag(job, "oidc-token-audience")
    assert environment["NUTERA_SCHEDULER_EMAIL"] == _flag(job, "oidc-service-account-email")
    assert json.loads(_flag(job, "message-body")) == {"source": "kotak"}
    assert _flag(job, "uri") == environment["NUTERA_SCHEDULER_AUDIENCE"] + "/api/sync"
    assert _flag(job, "time-zone") == "Asia/Jakarta"
    (bucket,) = [
        words
        for words in _of(printed, "gcloud", "storage", "buckets", "add-iam-policy-binding")
        if words[4] == "gs://nutera-uji-kotak"
    ]
    assert _flag(bucket, "role") == "roles/storage.objectViewer"


def test_the_daily_job_shows_the_token_that_the_housekeeping_asks_for(
    printed: list[list[str]],
) -> None:
    (job,) = _of(printed, "gcloud", "scheduler", "jobs", "create", "http", "housekeeping")
    (function,) = _of(printed, "gcloud", "run", "deploy", "housekeeping")
    environment = dict(pair.split("=", 1) for pair in _flag(function, "set-env-vars").split(","))
    assert environment["NUTERA_SCHEDULER_AUDIENCE"] == _flag(job, "oidc-token-audience")
    assert environment["NUTERA_SCHEDULER_EMAIL"] == _flag(job, "oidc-service-account-email")
    assert _flag(job, "uri") == environment["NUTERA_SCHEDULER_AUDIENCE"] + "/api/housekeeping"
    assert _flag(job, "time-zone") == "Asia/Jakarta"


def test_databases_and_hosting_are_those_of_firebase_json(printed: list[list[str]]) -> None:
    content = json.loads((ROOT / "firebase.json").read_text("utf-8"))
    created = _of(printed, "gcloud", "firestore", "databases", "create")
    assert [_flag(words, "database") for words in created] == [
        database["database"] for database in content["firestore"]
    ]
    assert {_flag(words, "type") for words in created} == {"firestore-native"}
    services = {words[3] for words in _of(printed, "gcloud", "run", "deploy")}
    assert {rule["run"]["serviceId"] for rule in content["hosting"]["rewrites"]} <= services
    order = [" ".join(words[:4]) for words in printed]
    assert order[-1].startswith("firebase deploy --only hosting")
    assert order[-2].endswith("manage.py site build")
    assert order.index("firebase deploy --only firestore") < order.index(
        "gcloud run deploy nik-lookup"
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--source", "inbox"],  # a folder of one PC
        ["--source", "lain"],
        ["--region", "asia-southeast1"],
        ["--kelurahan", "tidak-ada"],
        ["--kelurahan", "../tamansari"],
        ["--project", "Bukan Proyek"],
        ["--max-instances", "0"],
        ["--trusted-hops", "x"],
        ["--apa"],
        ["--source"],
    ],
    ids=" ".join,
)
def test_what_cannot_work_is_refused_before_any_command(
    tree: Path, failing: Path, tmp_path: Path, options: list[str]
) -> None:
    done = _deploy(tree, failing, "--yes", *options)
    assert done.returncode != 0
    assert "gcloud" not in done.stdout
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "was-run").exists()


def test_a_function_without_a_line_is_refused(tree: Path, failing: Path) -> None:
    (tree / "functions").unlink()
    shutil.copytree(ROOT / "functions", tree / "functions")
    (tree / "functions/sync").mkdir()
    (tree / "functions/sync/main.py").touch()
    done = _deploy(tree, failing)
    assert done.returncode == 2
    assert "functions/sync" in done.stderr


# --- with --yes: programs that keep what they are given, and answer from files --------------------


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """gcloud, firebase and `manage.py` that note their words and input; nothing is there yet.

    A file in `there/` named after a listing is what that listing prints; `policy` is that of
    nik-lookup.
    """
    programs, there = tmp_path / "recording", tmp_path / "there"
    programs.mkdir()
    there.mkdir()
    note = f"""name=$(basename "$0"); printf '%s\\n' "$name $*" >> "{tmp_path}/was-run"
"""
    _script(programs / "firebase", note)
    _script(
        programs / "gcloud",
        note
        + f"""case "$*" in
            *--data-file=-*) cat > "{tmp_path}/key-$4" ;;
            "projects describe"*) echo 123456789 ;;
            "projects get-iam-policy"*members=serviceAccount:nik-lookup@*)
                cat "{there}/policy" 2>/dev/null ;;
            "secrets versions access latest --secret=NUTERA_REGISTRY_KEYS "*)
                cat "{there}/registry-keys" ;;
            "secrets versions access latest --secret=NUTERA_INTAKE_KEYS "*)
                cat "{tmp_path}/key-NUTERA_INTAKE_KEYS" 2>/dev/null ;;
            "secrets get-iam-policy NUTERA_REGISTRY_KEYS "*complaint-intake*)
                cat "{there}/key-policy" 2>/dev/null ;;
            "secrets versions list"*)
                cat "{there}/versions-$4" "{there}/secrets-versions" 2>/dev/null ;;
            *" list "*) cat "{there}/$1-$2" 2>/dev/null ;;
        esac; true""",
    )
    _script(
        programs / "python",
        f"""case "$1" in manage.py) {note} ;; *) exec "{sys.executable}" "$@" ;; esac""",
    )
    return programs


def test_what_is_run_is_what_was_printed_and_no_key_shows(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    done = _deploy(tree, recording, "--source", "kotak", "--yes")
    assert done.returncode == 0, done.stderr
    ran = (tmp_path / "was-run").read_text("utf-8").splitlines()
    said = []
    for words in _commands(done.stdout):
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


def _all_there(there: Path) -> None:
    names = [name.replace("_", "-") for name in FUNCTIONS]
    names += ["weekly-sync-scheduler", "housekeeping-scheduler", "nutera-build"]
    accounts = "".join(f"{name}@{PROJECT}.iam.gserviceaccount.com\n" for name in names)
    (there / "iam-service-accounts").write_text(accounts, "utf-8")
    (there / "secrets-list").write_text(
        "NUTERA_INTAKE_KEYS\nNUTERA_LOOKUP_KEYS\nNUTERA_REGISTRY_KEYS\n", "utf-8"
    )
    (there / "secrets-versions").write_text("1\n", "utf-8")
    (there / "firestore-databases").write_text("intake\nlookup\nregistry\n", "utf-8")
    (there / "storage-buckets").write_text(f"{PROJECT}-files\n", "utf-8")
    (there / "scheduler-jobs").write_text("housekeeping\nweekly-sync\n", "utf-8")


def test_run_again_it_makes_nothing_twice_and_no_new_key(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    _all_there(tmp_path / "there")
    done = _deploy(tree, recording, "--source", "kotak", "--yes")
    assert done.returncode == 0, done.stderr
    ran = (tmp_path / "was-run").read_text("utf-8")
    assert " create " not in ran
    assert "versions add" not in ran
    assert "scheduler jobs update http" in ran
    assert ran.count("run deploy") == len(FUNCTIONS)


def test_a_database_whose_key_is_lost_gets_no_new_key(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    _all_there(tmp_path / "there")
    (tmp_path / "there/secrets-versions").unlink()
    done = _deploy(tree, recording, "--yes")
    assert done.returncode == 2
    assert "New keys can't open its data" in done.stderr
    assert "versions add" not in (tmp_path / "was-run").read_text("utf-8")


def test_a_deployment_of_before_gets_a_key_of_intake_that_knows_its_marks(
    tree: Path, recording: Path, tmp_path: Path
) -> None:
    there, registry = tmp_path / "there", Keyset.generate()
    _all_there(there)
    (there / "secrets-versions").unlink()
    for name in ("REGISTRY", "LOOKUP"):
        (there / f"versions-NUTERA_{name}_KEYS").write_text("1\n", "utf-8")
    (there / "firestore-databases").write_text("lookup\nregistry\n", "utf-8")
    (there / "registry-keys").write_text(registry.secret_text(), "utf-8")
    done = _deploy(tree, recording, "--yes")
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
    done = _deploy(tree, recording, "--yes")
    assert done.returncode == 2
    assert "complaint-intake may read NUTERA_REGISTRY_KEYS" in done.stderr
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
    done = _deploy(tree, recording, "--yes")
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
    tree: Path, failing: Path, printed: list[list[str]], tmp_path: Path
) -> None:
    sheet = _commands(_deploy(tree, failing, "--source", "lembar").stdout)
    again = [word.replace("--headers=", "--update-headers=") for word in _job(printed)]
    again[again.index("create")] = "update"
    commands = [_after_gcloud(words) for words in (*printed, *sheet, again) if "gcloud" in words]
    unique = [list(words) for words in dict.fromkeys(map(tuple, commands))]
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


def _job(commands: list[list[str]]) -> list[str]:
    return _of(commands, "gcloud", "scheduler", "jobs", "create")[0]


def _after_gcloud(words: list[str]) -> list[str]:
    return words[words.index("gcloud") + 1 :]


def test_the_check_of_grants_reads_a_policy_as_gcloud_prints_it(
    printed: list[list[str]], tmp_path: Path
) -> None:
    if _sdk() is None:
        _lacks("gcloud")
    look = _of(printed, "gcloud", "projects", "get-iam-policy")[0]
    member = _flag(look, "filter").partition("=")[2]
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
    done = subprocess.run(["shellcheck", ROOT / "infra/deploy.sh"], capture_output=True, text=True)
    assert done.stdout == ""
