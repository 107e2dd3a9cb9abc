"""The lookup in a process of its own, under the framework's server, as it runs on Cloud Run.

A test plays Cloud Run: it writes the address that a question comes from as the last entry of
X-Forwarded-For, behind whatever the sender made up.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.deployment import Deployment
from shared.platform.settings import Settings
from shared.platform.store import Write
from shared.recipients.lookup import projection, public_state
from shared.recipients.lookup.proof_of_work import question_hash
from tests.recipients.lookup.solving import solve

ROOT = Path(__file__).parents[3]
HOSTING = "66.102.8.69"  # a front end of Google, from which Firebase Hosting calls
NONCE = "0" * 32
DEPLOYED = ROOT / "infra" / "deployments" / "contoh.toml"


@dataclass(frozen=True)
class Lookup:
    """A running lookup: its port, its log, and the limits of its kelurahan."""

    port: int
    log: Path
    limits: Any

    def logged(self) -> str:
        return self.log.read_text("utf-8", errors="replace")


@contextmanager
def running(
    folder: Path, listed: Mapping[str, str], limits: Mapping[str, int] | None = None
) -> Iterator[Lookup]:
    """The lookup with a list (NIK and name), set up as infra/deploy.sh does but for its store."""
    own = folder / "kelurahan"
    own.mkdir()
    toml = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    for name, figure in {"challenge_difficulty": 1000, **(limits or {})}.items():
        toml, changed = re.subn(rf"^{name} = \d+", f"{name} = {figure}", toml, flags=re.MULTILINE)
        assert changed == 1
    (own / "tamansari.toml").write_text(toml, "utf-8")
    deployment = Deployment.embedded(Settings(data=folder / "data", kelurahan_folder=own))
    _publish(deployment, listed)
    applied = deployment.kelurahan.limits
    deployment.close()

    hops = tomllib.loads(DEPLOYED.read_text("utf-8"))["trusted_hops"]
    given = {
        "NUTERA_DATA": str(folder / "data"),
        "NUTERA_KELURAHAN_FOLDER": str(own),
        "NUTERA_TRUSTED_HOPS": str(hops),
        "NUTERA_FRONT_ENDS": "google",
        "PATH": os.environ["PATH"],
        "WORKERS": "1",
        "THREADS": "8",
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    framework = Path(sys.executable).parent / "functions-framework"
    command = [str(framework), "--target", "nik_lookup", "--source", str(ROOT / "main.py")]
    log = folder / "log"
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=given,
            stdout=written,
            stderr=written,
        ) as process,
    ):
        try:
            _wait_for(port, process, log)
            yield Lookup(port, log, applied)
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail(log.read_text("utf-8", errors="replace"))


def _publish(deployment: Deployment, listed: Mapping[str, str]) -> None:
    key, keys, now = deployment.kelurahan.key, deployment.lookup_keys, deployment.clock()
    writes = []
    for nik, name in listed.items():
        document_id, document = projection.build(
            nik, name, "", [("pkh", "2026-T4", "Aktif")], keys, key, now
        )
        writes.append(Write("set", projection.path(key, document_id), document))
    told = public_state.document(
        as_of="2026-11-20",
        source="Contoh",
        people=len(listed),
        key_id=keys.key_id,
        sequence=1,
        published_at=now,
    )
    deployment.lookup.commit([*writes, Write("set", public_state.path(key), told)])


@dataclass
class Asker:
    """Somebody who asks over one kept connection, from the address that Cloud Run sees.

    `lies` are headers that he makes up; `through_hosting`: he comes through Firebase Hosting,
    which writes his address into Fastly-Client-IP.
    """

    lookup: Lookup
    address: str
    through_hosting: bool = False
    lies: Mapping[str, str] = field(default_factory=dict)
    connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.lookup.port, timeout=120)

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def with_proof(self, nik: str, name: str) -> tuple[int, Any]:
        """The status and the answer to a question with a proof of as much work as is asked for.

        As the page does, it asks once more where the proof has to be a harder one by then.
        """
        question = question_hash(NONCE, nik, name)
        status, answer = 0, None
        for hard in (False, True):
            wanted = {"question": question, "hard": hard}
            status, answer = self._post("/api/lookup/challenge", wanted)
            if status != 200:
                break
            proof = {"nonce": NONCE, "altcha": solve(answer)}
            status, answer = self._post("/api/lookup", {"nik": nik, "name": name, "proof": proof})
            if answer.get("code") != "HARDER":
                break
        return status, answer

    def by_form(self, nik: str, name: str) -> tuple[int, Any]:
        return self._send(
            "/api/lookup", urlencode({"nik": nik, "name": name}), "x-www-form-urlencoded"
        )

    def _post(self, path: str, body: object) -> tuple[int, Any]:
        return self._send(path, json.dumps(body), "json")

    def _send(self, path: str, body: str, kind: str) -> tuple[int, Any]:
        headers = {
            "Content-Type": f"application/{kind}",
            "Accept": "application/json",
            "Connection": "keep-alive",
            **self.lies,
        }
        chain = [self.lies["X-Forwarded-For"]] if "X-Forwarded-For" in self.lies else []
        chain.append(self.address)
        if self.through_hosting:
            headers["Fastly-Client-IP"] = self.address
            chain.append(HOSTING)
        headers["X-Forwarded-For"] = ", ".join(chain)
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())
