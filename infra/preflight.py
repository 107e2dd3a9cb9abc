"""What a run of deploy.sh would take over or lose, told before it changes anything.

Standard input holds a line for each function: its service's name, and the environment that it would
get. SERVICES is a file with the answer of `gcloud run services list --format=json`, JOBS one with
that of `gcloud scheduler jobs list --format=json`. Each finding has a name by which it can be
accepted. Values of settings are not printed, but for kelurahan, source and region.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import click

_OURS = "NUTERA_KELURAHAN"
# Written down in the deployment's file, and meant to be changed there.
_FREE = {"NUTERA_MAX_INSTANCES", "NUTERA_TRUSTED_HOPS", "THREADS"}
# The weekly source decides about them, and has a finding of its own.
_OF_SOURCE = {"NUTERA_SCHEDULER_EMAIL", "NUTERA_SCHEDULER_AUDIENCE"}


def findings(
    services: list[Mapping[str, Any]], wanted_by_name: Mapping[str, Mapping[str, str]], region: str
) -> Iterator[tuple[str, str]]:
    """Yield what would be lost or taken over: the name to accept it by, and a sentence."""
    for service in services:
        there = environment(service)
        if _OURS not in there:
            continue
        name = service["metadata"]["name"]
        there_in = service["metadata"].get("labels", {}).get("cloud.googleapis.com/location", "")
        wanted = wanted_by_name.get(name)
        if there_in != region:
            yield "region", f"{name} is deployed in {there_in}, and would be there twice."
        elif wanted is None:
            yield "functions", f"{name} is deployed, and this version has no such function."
        else:
            yield from _environment_findings(name, there, wanted)


def environment(service: Mapping[str, Any]) -> dict[str, str]:
    """Return the plain environment of a deployed service; secrets have no value in it."""
    containers = service["spec"]["template"]["spec"].get("containers", [])
    return {
        variable["name"]: variable["value"]
        for container in containers
        for variable in container.get("env", [])
        if "value" in variable
    }


def _environment_findings(
    name: str, there: Mapping[str, str], wanted: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if there[_OURS] != wanted[_OURS]:
        yield (
            "kelurahan",
            f"{name} serves the kelurahan {there[_OURS]}, and would serve {wanted[_OURS]}.",
        )
    for variable, value in there.items():
        if variable == _OURS or variable in _FREE:
            continue
        if variable in _OF_SOURCE and name == "weekly-sync":
            continue
        if variable not in wanted:
            yield "environment", f"{name} would lose {variable}."
        elif value != wanted[variable]:
            yield "environment", f"{name} would get another {variable}."


def source_findings(jobs: list[Mapping[str, Any]], source: str) -> Iterator[tuple[str, str]]:
    """Yield that the weekly job would fetch something else, or nothing."""
    for job in jobs:
        if job["name"].rpartition("/")[2] != "weekly-sync":
            continue
        body = json.loads(base64.b64decode(job["httpTarget"].get("body", "")) or "{}")
        before = body.get("source", "")
        if before != source:
            then = f"would fetch {source}" if source else "would be refused"
            yield "source", f"The weekly job fetches the source {before}, and {then}."


@click.command()
@click.option("--region", required=True)
@click.option("--source", default="")
@click.option("--accept", default="", help="Names of findings that are meant, with commas.")
@click.argument("services", type=click.File())
@click.argument("jobs", type=click.File())
def main(region: str, source: str, accept: str, services: TextIO, jobs: TextIO) -> None:
    """Print what would be lost; end with 1 where something of it wasn't accepted."""
    wanted = {}
    for line in sys.stdin.read().splitlines():
        name, _, pairs = line.partition(" ")
        wanted[name] = dict(pair.split("=", 1) for pair in pairs.split(","))
    found = {
        *findings(json.load(services), wanted, region),
        *source_findings(json.load(jobs), source),
    }
    accepted = set(accept.split(","))
    for name, sentence in sorted(found):
        is_meant = name in accepted
        click.echo(f"{'meant' if is_meant else 'REFUSED'} ({name}): {sentence}", err=True)
    sys.exit(any(name not in accepted for name, _ in found))


if __name__ == "__main__":
    main()
