"""The root main.py: every function by its name, and no more than that function."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import main
from tests.functions.conftest import FUNCTIONS, ROOT, Client


def run(code: str, folder: Path, **environ: str) -> str:
    """What a fresh interpreter prints, started anywhere but in the project."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NUTERA_DATA": str(folder / "data"), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


LOAD = f"""
import functions_framework, json, sys
app = functions_framework.create_app({{target!r}}, {str(ROOT / "main.py")!r})
print(json.dumps(sorted(sys.modules)))
"""


def modules_of(target: str, folder: Path) -> set[str]:
    return set(json.loads(run(LOAD.format(target=target), folder)))


@pytest.mark.parametrize("target", FUNCTIONS)
def test_each_function_answers_through_the_framework(client: Client, target: str) -> None:
    answer = client(target).get("/nowhere")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_the_list_of_functions_is_that_of_the_folders() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/main.py")}
    assert folders == set(FUNCTIONS)


def test_what_is_no_function_is_no_attribute() -> None:
    for name in ("nonsense", "gateway", "openapi", "../shared", "", "nik-lookup"):
        assert not hasattr(main, name)


@pytest.mark.parametrize("target", FUNCTIONS)
def test_a_function_loads_no_other(tmp_path: Path, target: str) -> None:
    loaded = modules_of(target, tmp_path)
    assert f"functions.{target}.main" in loaded
    others = [name for name in FUNCTIONS if name != target]
    assert not [name for name in loaded if name.startswith(tuple(f"functions.{o}" for o in others))]


@pytest.mark.parametrize("target", ["nik_lookup", "transparency"])
def test_a_public_function_loads_nothing_it_does_not_need(tmp_path: Path, target: str) -> None:
    heavy = {
        *("apispec", "cryptography", "cloudpathlib", "google.auth", "google.cloud.firestore"),
        *(
            "markdown_it",
            "python_calamine",
            "requests",
            "functions.http_server.server",
            "xlsxwriter",
        ),
        *(
            "shared.staff.accounts",
            "shared.recipients.use_cases.weekly_sync",
            "shared.recipients.reading.table",
        ),
    }
    assert modules_of(target, tmp_path) & heavy == set()


def test_a_complaint_of_words_alone_loads_nothing_for_photos_and_pages(tmp_path: Path) -> None:
    heavy = {
        *("PIL", "phonenumbers", "cloudpathlib", "google.auth", "google.cloud.firestore"),
        *(
            "apispec",
            "requests",
            "functions.http_server.server",
            "shared.recipients.use_cases.weekly_sync",
        ),
        *("functions.complaint_intake.pages", "shared.http.requests.uploads"),
    }
    later = {"cryptography", "holidays", "segno", "sqlite3"}
    code = f"""
import functions_framework, json, sys
app = functions_framework.create_app("complaint_intake", {str(ROOT / "main.py")!r})
started = sorted(sys.modules)
body = {{"kind": "other", "text": "Antrean panjang sekali.", "idempotency_key": "k" * 16}}
answer = app.test_client().post("/api/complaints", json=body)
print(json.dumps([answer.status_code, started, sorted(sys.modules)]))
"""
    kelurahan = {"NUTERA_KELURAHAN_FOLDER": str(ROOT / "kelurahan")}
    status, started, used = json.loads(run(code, tmp_path, **kelurahan).splitlines()[-1])
    assert status == 201
    assert set(started) & (heavy | later) == set()
    assert set(used) & heavy == set()


COMPLAIN = f"""
import functions_framework, json, sys
app = functions_framework.create_app("complaint_intake", {str(ROOT / "main.py")!r}).test_client()
wanted = {{"PIL", "phonenumbers", "segno"}}
given = {{"kind": "other", "text": "Antrean di kantor sangat panjang."}}
loaded = [sorted(wanted & set(sys.modules))]

def send(form, **more):
    key = f"a-key-of-this-test-{{len(loaded)}}"
    body = {{**given, "idempotency_key": key, **more}}
    answer = app.post("/api/complaints", **{{"data" if form else "json": body}})
    assert answer.status_code in (200, 201), answer.text
    loaded.append(sorted(wanted & set(sys.modules)))

send(True, idempotency_key="")
send(False)
send(False, contact="warga@contoh.example")
send(False, contact="0812 3456 7890")
send(True)
print(json.dumps(loaded))
"""


def test_a_complaint_loads_what_it_needs_and_no_more(tmp_path: Path) -> None:
    told = run(COMPLAIN, tmp_path, NUTERA_KELURAHAN_FOLDER=str(ROOT / "kelurahan"))
    loaded = json.loads(told.splitlines()[-1])
    phone = ["phonenumbers", "segno"]
    # loaded; the page to check it on; a receipt; with an e-mail; with a telephone number; a page
    assert loaded == [[], [], ["segno"], ["segno"], phone, phone]


def test_an_installed_package_of_the_same_name_does_not_win(tmp_path: Path) -> None:
    for name in ("shared", "functions"):
        package = tmp_path / "installed" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise RuntimeError('the wrong package')")
    code = LOAD.format(target="transparency") + "print(sys.modules['shared'].__file__)"
    printed = run(code, tmp_path, PYTHONPATH=str(tmp_path / "installed"))
    assert printed.splitlines()[-1] == str(ROOT / "shared" / "__init__.py")


def test_unsafe_settings_are_refused_at_the_start(tmp_path: Path) -> None:
    code = f"""
import functions_framework
try:
    functions_framework.create_app("transparency", {str(ROOT / "main.py")!r})
except Exception as error:
    print(type(error).__name__, error)
"""
    printed = run(code, tmp_path, NUTERA_STORE="sqlite", K_SERVICE="transparency", PORT="x")
    assert printed.startswith("SettingsInvalid")
    assert "NUTERA_STORE" in printed
    assert "PORT" in printed


def test_a_function_that_is_broken_is_not_taken_for_one_that_is_missing(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "functions" / "broken").mkdir(parents=True)
    (project / "main.py").write_text((ROOT / "main.py").read_text())
    (project / "functions" / "__init__.py").touch()
    (project / "functions" / "broken" / "__init__.py").touch()
    (project / "functions" / "broken" / "main.py").write_text("import os; os.nonsense")
    code = f"""
import functions_framework
try:
    functions_framework.create_app("broken", {str(project / "main.py")!r})
except Exception as error:
    print(type(error).__name__, error)
"""
    printed = run(code, tmp_path)
    assert printed.startswith("ImportError functions/broken/main.py can't be loaded")
    assert "nonsense" in printed
