"""Uploads: streamed to disk and never held in memory, each file and all of them within limits."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Request
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.test import EnvironBuilder, create_environ

from functions import openapi
from shared.deployment import Deployment
from shared.http.requests.uploads import Allowance, receive_files, receive_one
from shared.platform.errors import AppError, TooLarge
from shared.platform.files.workspace import Workspace
from tests.http import edge_service
from tests.http.test_middleware import is_problem, sign_in

MIB = 1024 * 1024
PIECE = b"0123456789abcd\r\n" * 4096


class Arriving(io.RawIOBase):
    """A body that is made while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self.left:
            self.left = next(self.pieces, b"")
        size = min(len(buffer), len(self.left))
        buffer[:size], self.left = self.left[:size], self.left[size:]
        return size


def request(size: int, field: str = "file") -> Request:
    disposition = f'Content-Disposition: form-data; name="{field}"; filename="a.csv"'
    head = f"--x\r\n{disposition}\r\n\r\n".encode()
    tail = b"\r\n--x--\r\n"

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(size // len(PIECE)):
            yield PIECE
        yield tail

    environ = create_environ("/", method="POST")
    environ["CONTENT_TYPE"] = "multipart/form-data; boundary=x"
    environ["CONTENT_LENGTH"] = str(len(head) + size + len(tail))
    environ["wsgi.input"] = Arriving(pieces())
    return Request(environ)


def test_a_large_file_is_never_in_memory(tmp_path: Path) -> None:
    with ExitStack() as closing:
        tracemalloc.start()
        upload, _ = receive_one(
            request(48 * MIB),
            allowance=Allowance("file", 1, 64 * MIB, MIB),
            workspace=Workspace(tmp_path / "tmp"),
            closing=closing,
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert upload.path.stat().st_size == 48 * MIB
        for path in (upload.path, upload.path.parent, tmp_path / "tmp"):
            assert path.stat().st_mode & 0o077 == 0  # nobody else's to read
    assert peak < 4 * MIB
    assert not upload.path.parent.exists()


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    asked = request(2 * MIB)
    with ExitStack() as closing, pytest.raises(RequestEntityTooLarge):
        receive_one(
            asked,
            allowance=Allowance("file", 1, MIB, 1024),
            workspace=Workspace(tmp_path),
            closing=closing,
        )
    assert list(tmp_path.iterdir()) == []


_UPLOADING = """
import io, os, sys
from contextlib import ExitStack
from pathlib import Path
from flask import Request
from werkzeug.test import create_environ
from shared.http.requests.uploads import Allowance, receive_one
from shared.platform.files.workspace import Workspace
body = (b'--x\\r\\nContent-Disposition: form-data; name="file"; filename="a.csv"\\r\\n\\r\\n'
        + b"3273099999999999;WARGA\\n" * 1000 + b"\\r\\n--x--\\r\\n")
environ = create_environ("/", method="POST", input_stream=io.BytesIO(body))
environ["CONTENT_TYPE"] = "multipart/form-data; boundary=x"
environ["CONTENT_LENGTH"] = str(len(body))
with ExitStack() as closing:
    upload, _ = receive_one(Request(environ), allowance=Allowance("file", 1, 10**6, 1024),
                            workspace=Workspace(Path(sys.argv[1])), closing=closing)
    print(upload.path, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_killed_upload_lies_in_nobodys_sight_and_not_for_long(tmp_path: Path) -> None:
    system = tmp_path / "system"
    system.mkdir()
    killed = subprocess.run(
        [sys.executable, "-c", _UPLOADING, str(tmp_path / "tmp")],
        env={**os.environ, "PYTHONPATH": ".", "TMPDIR": str(system)},
        capture_output=True,
        text=True,
        check=False,
    )
    left = Path(killed.stdout.strip())
    assert left.stat().st_mode & 0o077 == 0
    assert (tmp_path / "tmp").stat().st_mode & 0o077 == 0
    assert list(system.iterdir()) == []
    assert Workspace(tmp_path / "tmp").sweep() == 1
    assert not left.exists()


Part = tuple[str, str | None, bytes]


def form(*parts: Part) -> tuple[bytes, str]:
    """A multipart body, with an empty file name where that is "" (None: a text field)."""
    lines = b""
    for name, filename, content in parts:
        named = "" if filename is None else f'; filename="{filename}"'
        lines += f'--x\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
        lines += content + b"\r\n"
    return lines + b"--x--\r\n", "multipart/form-data; boundary=x"


NAME: Part = ("name", None, b"Siti")
NOTHING_CHOSEN: Part = ("photos", "", b"")


def photo(size: int, name: str = "foto.jpg") -> Part:
    return "photos", name, b"x" * size


@pytest.mark.parametrize(
    ("parts", "sizes"),
    [
        ([], []),
        ([NOTHING_CHOSEN], []),
        ([NOTHING_CHOSEN] * 6, []),
        ([photo(5)], [5]),
        ([photo(100_000)] * 3, [100_000] * 3),
        ([photo(7), NOTHING_CHOSEN, photo(8, "foto.jpg"), NOTHING_CHOSEN], [7, 8]),
        ([photo(0)], [0]),  # it has a name: somebody chose an empty file
        ([photo(4, "")], [4]),
        ([("other", "", b"")], []),
    ],
)
def test_a_form_may_hold_several_files_or_none(
    edge: FlaskClient, parts: list[Part], sizes: list[int]
) -> None:
    for fields in ([NAME, *parts], [*parts, NAME]):
        body, kind = form(*fields)
        answer = edge.post("/photos", data=body, content_type=kind)
        assert answer.json == {"name": "Siti", "bytes": sizes}
    for each in edge_service.seen[0].uploads:
        assert not each.path.exists()
        assert not each.path.parent.exists()


def test_the_same_route_takes_json_and_a_plain_form(edge: FlaskClient) -> None:
    for sent in ({"json": {"name": "Siti"}}, {"data": {"name": "Siti"}}):
        answer = edge.post("/photos", **sent)  # type: ignore[arg-type]
        assert answer.json == {"name": "Siti", "bytes": []}
    assert edge.post("/photos", data=b"x", content_type="text/plain").status_code == 415


def test_what_is_sent_without_files_is_small(edge: FlaskClient) -> None:
    for sent in ({"json": {"name": "x" * 1000}}, {"data": {"name": "x" * 1000}}):
        is_problem(edge.post("/photos", **sent), 413, "too-large")  # type: ignore[arg-type]


def test_a_file_more_than_allowed_is_refused_with_a_sentence(edge: FlaskClient) -> None:
    body, kind = form(NAME, *[photo(5)] * 4)
    members = is_problem(edge.post("/photos", data=body, content_type=kind), 400, "invalid-request")
    assert members["errors"] == [{"pointer": "#/photos", "detail": "Pilih paling banyak 3 berkas."}]


@pytest.mark.parametrize("parts", [[photo(100_001)], [photo(5), photo(150_000), photo(5)]])
def test_each_file_has_its_own_limit(edge: FlaskClient, parts: list[Part]) -> None:
    body, kind = form(NAME, *parts)
    members = is_problem(edge.post("/photos", data=body, content_type=kind), 413, "too-large")
    [fault] = members["errors"]
    assert fault["pointer"] == "#/photos"
    assert "masing-masing paling besar 0,1 MB" in fault["detail"]


def test_what_is_far_too_large_is_told_the_same_before_it_is_read(edge: FlaskClient) -> None:
    body, kind = form(NAME, *[photo(100_000)] * 4)
    members = is_problem(edge.post("/photos", data=body, content_type=kind), 413, "too-large")
    assert members["errors"][0]["pointer"] == "#/photos"
    assert edge_service.seen == []


def test_a_file_in_a_field_that_takes_none_is_refused(edge: FlaskClient) -> None:
    for name in ("other", "name"):
        body, kind = form(NAME, (name, "foto.jpg", b"x"))
        answer = edge.post("/photos", data=body, content_type=kind)
        assert is_problem(answer, 400, "invalid-request")["errors"][0]["pointer"] == "#"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [([], "#/name"), ([("name", None, b"x" * 30)], "#/name"), ([NAME, ("x", None, b"y")], "#")],
)
def test_the_fields_of_the_form_are_checked_by_the_schema(
    edge: FlaskClient, fields: list[Part], pointer: str
) -> None:
    body, kind = form(photo(5), *fields)
    answer = edge.post("/photos", data=body, content_type=kind)
    assert is_problem(answer, 400, "invalid-request")["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "fields",
    [
        [("name", None, b"x" * 1001)],
        [("name", None, b"x" * 200_000)],
        [("name", None, "\u20ac".encode() * 400)],
        [("name", None, b"x" * 300)] * 4,
        [("name", None, b"")] * 40,
    ],
)
def test_the_fields_of_the_form_are_small(edge: FlaskClient, fields: list[Part]) -> None:
    body, kind = form(photo(5), *fields)
    is_problem(edge.post("/photos", data=body, content_type=kind), 413, "too-large")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"\xff" * 99, "multipart/form-data; boundary=x"),
        (form(NAME, photo(50))[0][:-30], "multipart/form-data; boundary=x"),
        (form(NAME, photo(50))[0], "multipart/form-data; boundary=y"),
    ],
)
def test_half_a_form_is_refused(edge: FlaskClient, body: bytes, kind: str) -> None:
    is_problem(edge.post("/photos", data=body, content_type=kind), 400, "invalid-request")
    assert edge_service.seen == []


@pytest.mark.parametrize("parts", [[photo(5)] * 4, [photo(100_001)], [("x", "x", b"x")], []])
def test_what_is_refused_leaves_nothing_behind(
    edge: FlaskClient, deployment: Deployment, parts: list[Part]
) -> None:
    body, kind = form(*parts)
    assert edge.post("/photos", data=body, content_type=kind).status_code >= 400
    folder = deployment.workspace._folder
    assert [each for each in folder.rglob("*") if each.is_file()] == []


@pytest.mark.usefixtures("staff")
def test_a_form_with_files_needs_the_session_s_own_token(
    edge: FlaskClient, deployment: Deployment
) -> None:
    csrf = sign_in(deployment, "auditor", edge)
    for token in (b"", b"x", csrf.encode() + b"x"):
        body, kind = form(photo(5), ("csrf", None, token))
        is_problem(edge.post("/staff/photos", data=body, content_type=kind), 403, "forbidden")
    assert edge_service.seen == []
    for parts, count in (([photo(5)], 1), ([NOTHING_CHOSEN], 0)):
        body, kind = form(*parts, ("csrf", None, csrf.encode()))
        answer = edge.post("/staff/photos", data=body, content_type=kind)
        assert answer.json == {"count": count}
    body, kind = form(photo(5))
    header = {"X-CSRF-Token": csrf}
    answer = edge.post("/staff/photos", data=body, content_type=kind, headers=header)
    assert answer.json == {"count": 1}


def test_several_large_files_are_never_in_memory(tmp_path: Path) -> None:
    allowance = Allowance("photos", 1, 64 * MIB, 1000)
    with ExitStack() as closing:
        tracemalloc.start()
        uploads, _ = receive_files(
            request(48 * MIB, "photos"),
            allowance=allowance,
            workspace=Workspace(tmp_path / "tmp"),
            closing=closing,
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        [upload] = uploads
        assert upload.path.stat().st_size == 48 * MIB
        for path in (upload.path, upload.path.parent):
            assert path.stat().st_mode & 0o077 == 0  # nobody else's to read
    assert peak < 4 * MIB
    assert not upload.path.parent.exists()


def test_a_file_over_its_limit_is_not_written_to_its_end(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "tmp")
    with ExitStack() as closing:
        with pytest.raises(TooLarge):
            receive_files(
                request(8 * MIB, "photos"),
                allowance=Allowance("photos", 9, MIB, 1000),
                workspace=workspace,
                closing=closing,
            )
        [left] = (tmp_path / "tmp").rglob("upload-*")
        assert left.stat().st_size <= MIB
    assert list((tmp_path / "tmp").rglob("upload-*")) == []


PARTS = st.lists(
    st.tuples(
        st.sampled_from(["photos", "name", "", "csrf"]),
        st.one_of(st.none(), st.sampled_from(["", "a", "../../etc/passwd", "\u00e9"])),
        st.binary(max_size=300),
    ),
    max_size=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PARTS, st.one_of(st.none(), st.integers(0, 2000)))
def test_any_form_gives_files_within_the_limits_or_a_refusal(
    tmp_path: Path, parts: list[Part], cut: int | None
) -> None:
    body, kind = form(*parts)
    builder = EnvironBuilder(method="POST", data=body[:cut], content_type=kind)
    workspace = Workspace(tmp_path / "tmp")
    with ExitStack() as closing:
        try:
            uploads, fields = receive_files(
                Request(builder.get_environ()),
                allowance=Allowance("photos", 3, 200, 500),
                workspace=workspace,
                closing=closing,
            )
        except (AppError, RequestEntityTooLarge):
            return
        assert isinstance(fields, MultiDict)
        assert len(uploads) <= 3
        for upload in uploads:
            assert upload.path.stat().st_size <= 200
            assert upload.path.parent.parent == tmp_path / "tmp"


def test_a_route_with_several_files_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "services", lambda: iter([edge_service.service]))
    paths: Any = openapi.document()["paths"]
    body = paths["/photos"]["post"]["requestBody"]
    assert set(body["content"]) == {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }
    described = body["content"]["multipart/form-data"]["schema"]
    assert described["properties"]["photos"] == {
        "type": "array",
        "maxItems": 3,
        "items": {"type": "string", "format": "binary"},
    }
    assert described["required"] == ["name"]
    assert set(described["properties"]) == {"photos", "name", "day", "items"}
    assert paths["/staff/photos"]["post"]["requestBody"]["required"] is False
    alone = paths["/upload"]["post"]["requestBody"]
    assert alone["required"] is True
    assert alone["content"]["multipart/form-data"]["schema"]["required"] == ["file"]
