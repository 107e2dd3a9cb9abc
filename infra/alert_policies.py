"""Alert policies of Cloud Monitoring: one for each section of docs/runbooks.md.

A section's heading is the message of a log line, word for word, so it is the policy's filter too,
and the section is what the alarm's e-mail says. Beside them stand the policies of
infra/monitoring/, for what no line of ours can tell. Standard input is the answer of
`gcloud alpha monitoring policies list --format=json`: a policy that is there is known by its label.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
_PREFIX = "MY NUTERA: "
_MOST_BYTES = 8000  # Monitoring takes 8 KiB of documentation for a policy
_HINT = "\n\n(docs/runbooks.md)"


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each policy with its short name, in the form of Monitoring's API."""
    for message, section in _sections((ROOT / "docs/runbooks.md").read_text("utf-8")):
        yield _slug(message), _policy(message, section)
    for file in sorted((ROOT / "infra/monitoring").glob("*.json")):
        yield file.stem, json.loads(file.read_text("utf-8"))


def _sections(page: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^##", page, flags=re.MULTILINE)[1:]:
        if part.startswith("# "):
            heading, _, text = part[2:].partition("\n")
            yield heading.strip(), text.strip()


def _policy(message: str, section: str) -> dict[str, Any]:
    # Cloud Logging moves severity and time out of a JSON line, and makes a line that has nothing
    # but its message left a text
    said = f'(jsonPayload.message="{message}" OR textPayload="{message}")'
    text = section.encode()[: _MOST_BYTES - len(_HINT)].decode(errors="ignore") + _HINT
    return {
        "displayName": _PREFIX + message,
        "documentation": {"content": text, "mimeType": "text/markdown"},
        "userLabels": {"nutera": _slug(message)},
        "combiner": "OR",
        "conditions": [
            {
                "displayName": message,
                "conditionMatchedLog": {
                    "filter": f'resource.type="cloud_run_revision" AND severity>=WARNING AND {said}'
                },
            }
        ],
        "alertStrategy": {
            "notificationRateLimit": {"period": "3600s"},
            "autoClose": "604800s",
        },
    }


def _slug(message: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", message.lower()).strip("-")[:63].rstrip("-")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write each policy to FOLDER/NAME.json; print each name, and what it is called where it is."""
    there = {
        policy.get("userLabels", {}).get("nutera"): policy["name"]
        for policy in json.load(sys.stdin)
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, policy in policies():
        content = json.dumps(policy, ensure_ascii=False, indent=2)
        (folder / f"{name}.json").write_text(content, "utf-8")
        click.echo(f"{name} {there.get(name, '')}".rstrip())


if __name__ == "__main__":
    main()
