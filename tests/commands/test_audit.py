"""`manage.py audit`: a head kept outside shows what the database alone can't."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from click.testing import CliRunner

from commands.maintenance.audit import audit
from tests.commands.conftest import CommandLine


def _log(manage: CommandLine) -> list[str]:
    """Two entries in the log, and the head after each."""
    heads = []
    for role in ("operator", "verifier"):
        manage.json(
            "staff", "add", f"{role}@contoh.example", "--name", "Ani", "--role", role,
            "--password-stdin", stdin="tiga ekor kucing hitam\n",
        )  # fmt: skip
        said = manage.json("audit", "head")
        assert (said["seq"], len(said["digest"])) == (len(heads) + 1, 64)
        heads.append(f"{said['seq']}:{said['digest']}")
    return heads


def _cut(data: Path, condition: str) -> None:
    """What somebody could do who owns the database and has put by an older head, or none."""
    database = sqlite3.connect(data / "registry.sqlite3")
    with database:
        database.execute(f"DELETE FROM documents WHERE {condition}")
    database.close()


def test_an_emptied_log_shows_against_a_head_kept_outside(manage: CommandLine) -> None:
    heads = _log(manage)
    arguments = [word for head in heads for word in ("--head", head)]
    whole = manage.json("audit", "verify", *arguments)
    assert (whole["ok"], whole["entries"], whole["heads_checked"]) == (True, 2, 2)
    assert manage.run("audit", "head").stdout.strip() == heads[-1]

    _cut(manage.data, "kind IN ('audit', 'chains')")
    assert manage.json("audit", "verify")["ok"]  # nothing in the database tells
    emptied = manage.json("audit", "verify", *arguments, exit_code=1)
    assert (emptied["ok"], emptied["first_bad"]) == (False, 1)


def test_a_head_that_was_never_the_log_s_is_not_believed(manage: CommandLine) -> None:
    heads = _log(manage)
    changed = heads[0][:-1] + ("0" if heads[0][-1] != "0" else "1")
    assert manage.json("audit", "verify", "--head", changed, exit_code=1)["first_bad"] == 1
    both = ("--head", heads[0], "--head", changed)
    assert not manage.json("audit", "verify", *both, exit_code=1)["ok"]
    later = f"9:{heads[0].partition(':')[2]}"
    assert not manage.json("audit", "verify", "--head", later, exit_code=1)["ok"]


def test_a_head_that_cannot_be_read_is_refused() -> None:
    for text in ("", "3", "3:", "3:xyz", "-1:" + "0" * 64, "3:" + "0" * 63):
        ran = CliRunner().invoke(audit, ["verify", "--head", text])
        assert ran.exit_code == 2
        assert "audit head" in ran.output
