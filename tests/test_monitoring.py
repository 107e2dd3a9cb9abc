"""Alarms: each line of the runbook reaches somebody, and its filter fits the line as written."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import alert_policies
from shared.platform import logs
from tests.deploying import PROJECT, failing, flag, of, printed, tree

__all__ = ["failing", "printed", "tree"]

ROOT = Path(__file__).resolve().parents[1]
POLICIES = dict(alert_policies.policies())
LINES = re.findall(r"^### (.+)$", (ROOT / "docs/runbooks.md").read_text("utf-8"), re.MULTILINE)
_FILTER = re.compile(
    r'resource\.type="cloud_run_revision" AND severity>=(?P<least>[A-Z]+) AND '
    r'\(jsonPayload\.message="(?P<json>[^"]+)" OR textPayload="(?P<text>[^"]+)"\)'
)


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    logs.configure()


def as_cloud_logging_keeps_it(line: str) -> dict[str, Any]:
    """The entry that Cloud Run makes of a line.

    It takes severity, time and trace out of the line; a line that has its message alone then
    becomes a text (https://cloud.google.com/logging/docs/structured-logging, on `message`).
    """
    content: dict[str, Any] = json.loads(line)
    entry = {"severity": content.pop("severity")}
    for special in ("time", logs.TRACE_FIELD):
        content.pop(special, None)
    if set(content) == {"message"}:
        return {**entry, "textPayload": content["message"]}
    return {**entry, "jsonPayload": content}


def fits(condition: str, entry: dict[str, Any]) -> bool:
    asked = _FILTER.fullmatch(condition)
    assert asked, condition
    if logs.SEVERITIES.index(entry["severity"]) < logs.SEVERITIES.index(asked["least"]):
        return False
    message = entry.get("jsonPayload", {}).get("message")
    return message == asked["json"] or entry.get("textPayload") == asked["text"]


def filters() -> dict[str, str]:
    found = {}
    for policy in POLICIES.values():
        for condition in policy["conditions"]:
            matched = condition.get("conditionMatchedLog", {}).get("filter", "")
            if "cloud_run_revision" in matched:
                found[policy["displayName"].removeprefix("MY NUTERA: ")] = matched
    return found


def test_each_line_of_the_runbook_has_its_alarm() -> None:
    assert sorted(filters()) == sorted(LINES)


@pytest.mark.parametrize("message", LINES)
@pytest.mark.parametrize("fields", [{}, {"count": 3}], ids=["alone", "with a count"])
def test_an_alarm_s_filter_fits_its_line_and_no_other(
    output: io.StringIO, message: str, fields: dict[str, int]
) -> None:
    for severity in ("WARNING", "ERROR", "ALERT"):
        output.truncate(output.seek(0))
        with logs.traced(f"projects/{PROJECT}/traces/{'a' * 32}"):
            logs.event(message, severity=severity, **fields)
        entry = as_cloud_logging_keeps_it(output.getvalue())
        fitting = [name for name, condition in filters().items() if fits(condition, entry)]
        assert fitting == [message]


def test_a_quiet_line_raises_no_alarm(output: io.StringIO) -> None:
    logs.event(LINES[0])
    entry = as_cloud_logging_keeps_it(output.getvalue())
    assert not any(fits(condition, entry) for condition in filters().values())


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_says_what_to_do_and_is_found_again(name: str) -> None:
    policy = POLICIES[name]
    assert policy["userLabels"] == {"nutera": name}
    assert re.fullmatch(r"[a-z0-9-]{1,63}", name)
    text = policy["documentation"]["content"]
    assert 40 < len(text.encode()) <= 8192
    assert "${" not in text  # Monitoring would take it for a variable
    assert policy["conditions"]


def test_the_channel_of_the_file_gets_every_policy(printed: list[list[str]]) -> None:
    (channel,) = of(printed, "gcloud", "beta", "monitoring", "channels", "create")
    assert flag(channel, "channel-labels") == "email_address=pengelola@contoh.example"
    created = of(printed, "gcloud", "alpha", "monitoring", "policies", "create")
    named = [Path(flag(words, "policy-from-file")).stem for words in created]
    assert sorted(named) == sorted(POLICIES)
    assert {flag(words, "notification-channels") for words in created} == {
        f"projects/{PROJECT}/notificationChannels/CHANNEL"
    }


def test_the_site_and_the_public_functions_are_asked_from_outside(
    printed: list[list[str]],
) -> None:
    checks = {
        flag(words, "resource-labels").split(",")[0]: flag(words, "path")
        for words in of(printed, "gcloud", "monitoring", "uptime", "create")
    }
    assert checks["host=my-nutera.example"] == "/"
    asked = {host for host, path in checks.items() if path == "/ready"}
    assert {host.removeprefix("host=").split("-PROJECT")[0] for host in asked} == {
        "nik-lookup",
        "complaint-intake",
        "staff-console",
    }
    # Google answers /healthz, and perhaps others that end in z, itself
    assert not any(path.endswith("z") for path in checks.values())


def test_the_cost_is_watched_and_the_log_is_not_kept_for_ever(printed: list[list[str]]) -> None:
    (budget,) = of(printed, "gcloud", "billing", "budgets", "create")
    assert flag(budget, "filter-projects") == f"projects/{PROJECT}"
    (kept,) = of(printed, "gcloud", "logging", "buckets", "update")
    assert flag(kept, "retention-days") == "90"
