"""What deploy.sh has to know of a deployment, its kelurahan and firebase.json, as NAME=VALUE lines.

Faults go to standard error, all at once, and end it with 1: before a command is run, not halfway.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from marshmallow import Schema, ValidationError, fields, validate

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from shared.kelurahan import configuration  # noqa: E402
from shared.kelurahan.configuration import Kelurahan, KelurahanInvalid, SourceConfig  # noqa: E402


def _text(pattern: str, error: str, **options: Any) -> fields.String:
    shape = validate.Regexp(rf"(?:{pattern})\Z", re.ASCII, error=error)
    return fields.String(validate=shape, **options)


def _number(lowest: int, highest: int, default: int) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=validate.Range(lowest, highest), load_default=default
    )


class DeploymentSchema(Schema):
    """A file of infra/deployments/. Unknown names are refused: a typing error is no setting."""

    project = _text(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "give the id of the project", required=True)
    kelurahan = _text(
        r"[a-z0-9]+(-[a-z0-9]+)*", "give the name of a file of kelurahan/", required=True
    )
    region = _text(r"[a-z]+-[a-z]+[0-9]+", "give the name of a region", required=True)
    source = _text(r"[a-z0-9_-]+", "give the name of a source", load_default="")
    schedule = _text(r"[0-9*/, -]+", "five fields of a crontab", load_default="0 6 * * 1")
    max_instances = _number(1, 99, 2)
    trusted_hops = _number(0, 9, 1)
    firebase_project = _text(
        r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "give the id of a project", load_default=""
    )
    alarm_email = fields.Email(required=True)
    # seven days of point-in-time recovery come besides; Firestore keeps a backup 14 weeks at most
    backup_days = _number(7, 98, 14)
    log_days = _number(30, 365, 90)
    billing_account = _text(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}", "give its id", load_default="")
    budget = _text(r"[1-9][0-9]*[A-Z]{3}", 'an amount, as "500000IDR"', load_default="500000IDR")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def main(file: Path) -> None:
    """Print the facts, or what is wrong."""
    try:
        given = DeploymentSchema().load(tomllib.loads(file.read_text("utf-8")))
        assert isinstance(given, dict)
        chosen = configuration.load(given["kelurahan"], ROOT / "kelurahan")
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        _end([f"{file.name} can't be read: {type(fault).__name__}."])
    except ValidationError as fault:
        messages = fault.messages_dict
        _end([f"{file.name}: {name}: {' '.join(said)}" for name, said in messages.items()])
    except KelurahanInvalid as fault:
        _end([str(fault)])
    faults = [*_region_faults(given["region"]), *_source_faults(chosen, given["source"])]
    if faults:
        _end(faults)
    source = chosen.sources.get(given["source"])
    facts = {
        **given,
        "title": chosen.title,
        "timezone": chosen.timezone,
        "base_url": chosen.site.base_url,
        "source_kind": source.kind if source else "",
        "bucket": _bucket(source) if source else "",
    }
    for name, value in facts.items():
        click.echo(f"{name}={value}")


def _end(faults: list[str]) -> None:
    click.echo("\n".join(faults), err=True)
    sys.exit(1)


def _region_faults(region: str) -> Iterator[str]:
    """firebase.json names regions too; with another one there, Hosting would find no function."""
    content = json.loads((ROOT / "firebase.json").read_text("utf-8"))
    rewrites = [rule["run"]["region"] for rule in content["hosting"]["rewrites"]]
    databases = [database["location"] for database in content["firestore"]]
    if {*rewrites, *databases} != {region}:
        yield f"firebase.json names other regions than {region}. Make them the same."


def _source_faults(chosen: Kelurahan, name: str) -> Iterator[str]:
    if not name:
        return
    source = chosen.sources.get(name)
    if source is None:
        yield f"source {name}: not in kelurahan/{chosen.slug}.toml."
    elif source.kind == "folder" and not source.location.startswith("gs://"):
        yield f"source {name}: a folder of one PC; a function reaches gs://..., https or a sheet."


def _bucket(source: SourceConfig) -> str:
    if source.kind != "folder":
        return ""
    return "gs://" + source.location.removeprefix("gs://").split("/")[0]


if __name__ == "__main__":
    main()
