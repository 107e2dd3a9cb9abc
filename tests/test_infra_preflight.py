"""A second run of infra/deploy.sh: it stops before it takes something over, or loses something."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.deploying import PROJECT, all_there, commands, deploy, failing, flag, of, recording, tree

__all__ = ["failing", "recording", "tree"]

REGION = "asia-southeast2"


@pytest.fixture
def there(tmp_path: Path, tree: Path, recording: Path) -> Path:
    """A project to which the deployment of the test with its weekly source was deployed."""
    folder = tmp_path / "there"
    all_there(folder)
    done = deploy(tree, recording, "--yes", source="kotak")
    assert done.returncode == 0, done.stderr
    ran = commands(done.stdout)
    keep(folder, [service(words) for words in of(ran, "gcloud", "run", "deploy")], job("kotak"))
    (tmp_path / "was-run").unlink()
    return folder


def service(words: list[str]) -> dict[str, Any]:
    """What `gcloud run services list --format=json` says of a service that was deployed so."""
    environment = dict(pair.split("=", 1) for pair in flag(words, "set-env-vars").split(","))
    variables: list[dict[str, Any]] = [
        {"name": name, "value": value} for name, value in environment.items()
    ]
    for pair in flag(words, "set-secrets").split(","):
        name = pair.partition("=")[0]
        secret = {"secretKeyRef": {"key": "latest", "name": name}}
        variables.append({"name": name, "valueFrom": secret})
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": words[3],
            "labels": {"cloud.googleapis.com/location": flag(words, "region")},
        },
        "spec": {"template": {"spec": {"containers": [{"image": "x", "env": variables}]}}},
    }


def job(source: str) -> list[dict[str, Any]]:
    """What `gcloud scheduler jobs list --format=json` says."""
    place = f"projects/{PROJECT}/locations/{REGION}/jobs"
    body = base64.b64encode(json.dumps({"source": source}).encode()).decode()
    return [
        {"name": f"{place}/housekeeping", "httpTarget": {"httpMethod": "POST"}},
        {"name": f"{place}/weekly-sync", "httpTarget": {"body": body, "httpMethod": "POST"}},
    ]


def keep(there: Path, services: list[dict[str, Any]], jobs: list[dict[str, Any]]) -> None:
    (there / "run-services").write_text(json.dumps(services), "utf-8")
    (there / "jobs.json").write_text(json.dumps(jobs), "utf-8")


def services(there: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((there / "run-services").read_text("utf-8"))
    return found


def variables(service: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service["spec"]["template"]["spec"]["containers"][0]["env"]
    return found


def ran(tmp_path: Path) -> str:
    return (tmp_path / "was-run").read_text("utf-8")


def changed_nothing(tmp_path: Path) -> bool:
    """Whether it only listed and described, after the APIs without which it couldn't have."""
    return all(
        line.startswith("gcloud services enable") or " list " in line or " describe " in line
        for line in ran(tmp_path).splitlines()
    )


def test_the_same_deployment_again_loses_nothing(
    tree: Path, recording: Path, there: Path, tmp_path: Path
) -> None:
    done = deploy(tree, recording, "--yes", source="kotak")
    assert (done.returncode, done.stderr) == (0, "")
    assert "run deploy" in ran(tmp_path)


def test_limits_and_hops_are_changed_in_the_file(tree: Path, recording: Path, there: Path) -> None:
    done = deploy(tree, recording, "--yes", source="kotak", max_instances=3, trusted_hops=2)
    assert done.returncode == 0, done.stderr


def test_another_kelurahan_does_not_take_the_first_one_s_place(
    tree: Path, recording: Path, there: Path, tmp_path: Path
) -> None:
    other = (tree / "kelurahan/tamansari.toml").read_text("utf-8")
    (tree / "kelurahan/lain.toml").write_text(other, "utf-8")
    done = deploy(tree, recording, "--yes", kelurahan="lain", source="kotak")
    assert done.returncode == 2
    assert "REFUSED (kelurahan): nik-lookup serves the kelurahan tamansari" in done.stderr
    assert changed_nothing(tmp_path)
    meant = deploy(
        tree, recording, "--yes", "--accept", "kelurahan", kelurahan="lain", source="kotak"
    )
    assert meant.returncode == 0, meant.stderr


@pytest.mark.parametrize("source", ["", "lembar"])
def test_a_source_left_out_or_changed_is_not_lost_by_mistake(
    tree: Path, recording: Path, there: Path, tmp_path: Path, source: str
) -> None:
    done = deploy(tree, recording, "--yes", source=source)
    assert done.returncode == 2
    assert "REFUSED (source): The weekly job fetches the source kotak" in done.stderr
    assert changed_nothing(tmp_path)
    meant = deploy(tree, recording, "--yes", "--accept", "source", source=source)
    assert meant.returncode == 0, meant.stderr
    verb = "update http" if source else "pause"
    assert f"scheduler jobs {verb} weekly-sync" in ran(tmp_path)


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("NUTERA_FIREBASE_PROJECT", "staf-lain", "would lose NUTERA_FIREBASE_PROJECT"),
        ("NUTERA_LOOKUP_DATABASE", "lookup-2", "would lose NUTERA_LOOKUP_DATABASE"),
        ("NUTERA_PROJECT", "proyek-lain", "would get another NUTERA_PROJECT"),
    ],
)
def test_a_setting_that_was_given_by_hand_is_not_lost(
    tree: Path, recording: Path, there: Path, tmp_path: Path, setting: str, value: str, told: str
) -> None:
    deployed = services(there)
    kept = [each for each in variables(deployed[0]) if each["name"] != setting]
    variables(deployed[0])[:] = [*kept, {"name": setting, "value": value}]
    keep(there, deployed, job("kotak"))
    done = deploy(tree, recording, "--yes", source="kotak")
    assert done.returncode == 2
    assert f"REFUSED (environment): complaint-intake {told}." in done.stderr
    assert value not in done.stderr
    assert changed_nothing(tmp_path)


def test_a_deployment_in_another_region_is_not_doubled(
    tree: Path, recording: Path, there: Path, tmp_path: Path
) -> None:
    deployed = services(there)
    for each in deployed:
        each["metadata"]["labels"]["cloud.googleapis.com/location"] = "asia-southeast1"
    keep(there, deployed, job("kotak"))
    done = deploy(tree, recording, "--yes", source="kotak")
    assert done.returncode == 2
    assert "REFUSED (region): nik-lookup is deployed in asia-southeast1" in done.stderr
    assert changed_nothing(tmp_path)


def test_a_function_that_this_version_lacks_is_told_and_what_is_not_ours_is_left_alone(
    tree: Path, recording: Path, there: Path
) -> None:
    deployed = services(there)
    survey: dict[str, Any] = json.loads(json.dumps(deployed[0]))
    survey["metadata"]["name"] = "survey"
    foreign = {"metadata": {"name": "blog"}, "spec": {"template": {"spec": {"containers": [{}]}}}}
    keep(there, [*deployed, foreign], job("kotak"))
    assert deploy(tree, recording, "--yes", source="kotak").returncode == 0
    keep(there, [*deployed, foreign, survey], job("kotak"))
    done = deploy(tree, recording, "--yes", source="kotak")
    assert done.returncode == 2
    assert "REFUSED (functions): survey" in done.stderr


def test_what_cannot_be_listed_stops_it(tree: Path, failing: Path, tmp_path: Path) -> None:
    script = failing / "gcloud"
    script.write_text(
        script.read_text("utf-8").replace("exit 9", 'case "$*" in services*) ;; *) exit 9 ;; esac'),
        "utf-8",
    )
    assert deploy(tree, failing, "--yes").returncode != 0
    assert changed_nothing(tmp_path)
