"""What deploy.sh has to know of the kelurahan and of firebase.json, as NAME=VALUE lines.

Faults go to standard error, all at once, and end it with 1: before a command is run, not halfway.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from shared.kelurahan import configuration  # noqa: E402
from shared.kelurahan.configuration import Kelurahan, KelurahanInvalid, SourceConfig  # noqa: E402


def main() -> int:
    """Print the facts, or what is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kelurahan", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--source", default="")
    given = parser.parse_args()
    try:
        chosen = configuration.load(given.kelurahan, ROOT / "kelurahan")
    except KelurahanInvalid as fault:
        click.echo(fault, err=True)
        return 1
    faults = [*_region_faults(given.region), *_source_faults(chosen, given.source)]
    if faults:
        click.echo("\n".join(faults), err=True)
        return 1
    source = chosen.sources.get(given.source)
    facts = {
        "title": chosen.title,
        "timezone": chosen.timezone,
        "base_url": chosen.site.base_url,
        "source_kind": source.kind if source else "",
        "bucket": _bucket(source) if source else "",
    }
    for name, value in facts.items():
        click.echo(f"{name}={value}")
    return 0


def _region_faults(region: str) -> Iterator[str]:
    """firebase.json names regions too; with another one there, Hosting would find no function."""
    content = json.loads((ROOT / "firebase.json").read_text("utf-8"))
    rewrites = [rule["run"]["region"] for rule in content["hosting"]["rewrites"]]
    databases = [database["location"] for database in content["firestore"]]
    if {*rewrites, *databases} != {region}:
        yield f"firebase.json names other regions than --region {region}. Make them the same."


def _source_faults(chosen: Kelurahan, name: str) -> Iterator[str]:
    if not name:
        return
    source = chosen.sources.get(name)
    if source is None:
        yield f"--source {name}: not in kelurahan/{chosen.slug}.toml."
    elif source.kind == "folder" and not source.location.startswith("gs://"):
        yield f"--source {name}: a folder of one PC; a function reaches gs://..., https or a sheet."


def _bucket(source: SourceConfig) -> str:
    if source.kind != "folder":
        return ""
    return "gs://" + source.location.removeprefix("gs://").split("/")[0]


if __name__ == "__main__":
    sys.exit(main())
