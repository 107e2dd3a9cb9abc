"""firestore.rules let no client do anything: asked over REST, as a browser would.

The emulator lets `Bearer owner` pass the rules as it does service accounts, so that the same
request succeeds there: these tests can fail.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests

PATHS = [
    "kelurahan/k",
    "kelurahan/k/recipients/a",
    "kelurahan/k/state/recipients",
    "kelurahan/k/failures/a",
    "kelurahan/k/batches/b/problems/000000",
    "staff/a",
    "public/a",
]
DATABASES = ["(default)", "registry", "lookup"]


def unsigned(claims: dict[str, Any]) -> str:
    """A token with `alg: none`, as anyone can make it; the emulator believes it."""

    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def user(project: str, **claims: Any) -> dict[str, str]:
    standard = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": "someone",
        "user_id": "someone",
        "iat": 1,
        "exp": 9_999_999_999,
        "firebase": {"sign_in_provider": "password"},
    }
    return {"Authorization": f"Bearer {unsigned({**standard, **claims})}"}


WHO: dict[str, Callable[[str], dict[str, str]]] = {
    "nobody": lambda project: {},
    "a user": user,
    "a user who says admin": lambda project: user(
        project, role="admin", admin=True, kelurahan="k", email_verified=True
    ),
}
OWNER = {"Authorization": "Bearer owner"}
DOCUMENT = {"fields": {"n": {"integerValue": "1"}}}


class Client:
    """REST requests to one database of the emulator."""

    def __init__(self, emulator: str, project: str, database: str, headers: dict[str, str]) -> None:
        self._root = f"http://{emulator}/v1/projects/{project}/databases/{database}/documents"
        self._name = f"projects/{project}/databases/{database}/documents"
        self._headers = headers

    def ask(self, method: str, place: str, body: Any = None) -> requests.Response:
        url = self._root + place
        return requests.request(method, url, json=body, headers=self._headers, timeout=60)

    def all(self, path: str) -> dict[str, requests.Response]:
        """Every way to come at a document, by name."""
        collection, _, name = path.rpartition("/")
        parent = "/" + collection.rpartition("/")[0] if "/" in collection else ""
        kind = collection.rpartition("/")[2]
        query = {"from": [{"collectionId": kind}]}
        everywhere = {"from": [{"collectionId": kind, "allDescendants": True}]}
        count = {"structuredQuery": query, "aggregations": [{"alias": "n", "count": {}}]}
        full = f"{self._name}/{path}"
        write = {"update": {"name": full, **DOCUMENT}}
        return {
            "read": self.ask("GET", f"/{path}"),
            "batch get": self.ask("POST", ":batchGet", {"documents": [full]}),
            "list": self.ask("GET", f"/{collection}"),
            "query": self.ask("POST", f"{parent}:runQuery", {"structuredQuery": query}),
            "group query": self.ask("POST", ":runQuery", {"structuredQuery": everywhere}),
            "count": self.ask(
                "POST", f"{parent}:runAggregationQuery", {"structuredAggregationQuery": count}
            ),
            "create": self.ask("POST", f"/{collection}?documentId={name}-new", DOCUMENT),
            "write": self.ask("PATCH", f"/{path}", DOCUMENT),
            "commit": self.ask("POST", ":commit", {"writes": [write]}),
            "batch write": self.ask("POST", ":batchWrite", {"writes": [write]}),
            "delete": self.ask("DELETE", f"/{path}"),
        }


@pytest.fixture
def project(emulator: str) -> str:
    return f"rules-{uuid.uuid4().hex[:20]}"


def denied(name: str, response: requests.Response) -> bool:
    """Was it refused for want of permission? A batch write says so inside its answer."""
    if name == "batch write" and response.status_code == 200:
        return all(status.get("code") == 7 for status in response.json()["status"])
    return response.status_code == 403 and "PERMISSION_DENIED" in response.text


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", PATHS)
def test_a_client_is_refused_everything(emulator: str, project: str, path: str, who: str) -> None:
    owner = Client(emulator, project, "(default)", OWNER)
    assert owner.ask("PATCH", f"/{path}", DOCUMENT).status_code == 200
    client = Client(emulator, project, "(default)", WHO[who](project))
    answers = client.all(path)
    assert [name for name, answer in answers.items() if not denied(name, answer)] == []
    assert all("integerValue" not in answer.text for answer in answers.values())
    assert owner.ask("GET", f"/{path}").json()["fields"] == DOCUMENT["fields"]
    assert owner.ask("GET", f"/{path}-new").status_code == 404


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("who", WHO)
def test_no_database_is_open(emulator: str, project: str, database: str, who: str) -> None:
    client = Client(emulator, project, database, WHO[who](project))
    answers = client.all(PATHS[1])
    assert [name for name, answer in answers.items() if not denied(name, answer)] == []


@pytest.mark.parametrize("path", PATHS)
def test_a_service_account_passes(emulator: str, project: str, path: str) -> None:
    owner = Client(emulator, project, "(default)", OWNER)
    owner.ask("PATCH", f"/{path}", DOCUMENT)
    answers = owner.all(path)
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 200
    )
    assert "integerValue" in answers["read"].text
    assert "integerValue" in answers["query"].text
