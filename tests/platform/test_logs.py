"""The log: known fields only, no 16 digits, no text of an exception or of a library."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform import logs

DIGITS = "9" * 16


@pytest.fixture
def output(kept_logging: None) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(stream)
    return stream


def lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_a_request_is_one_line_of_known_fields(output: io.StringIO) -> None:
    logs.request_line(
        function="nik-lookup",
        request_id="r1",
        status=200,
        duration_ms=12.3456,
        reads=2,
        slug="x",
        nik=DIGITS,
        name="Ani",
        body="b",
    )
    (line,) = lines(output)
    time = line.pop("time")
    assert time.endswith("+00:00")
    assert line == {
        "severity": "INFO",
        "message": "request",
        "function": "nik-lookup",
        "request_id": "r1",
        "status": 200,
        "duration_ms": 12.3,
        "reads": 2,
        "slug": "x",
    }


def test_a_request_that_broke_is_an_error(output: io.StringIO) -> None:
    logs.request_line(function="f", request_id="r", status=503, duration_ms=1)
    assert lines(output)[0]["severity"] == "ERROR"


@pytest.mark.parametrize("severity", logs.SEVERITIES[1:])
def test_an_event_keeps_its_severity(output: io.StringIO, severity: str) -> None:
    logs.event("something happened", severity=severity, count=3)
    (line,) = lines(output)
    assert (line["severity"], line["message"], line["count"]) == (severity, "something happened", 3)


@pytest.mark.parametrize(
    "value",
    [
        DIGITS,
        f"a{DIGITS}b",
        "9999 9999 9999 9999",
        "99.99-9999 99999999",
        DIGITS * 3,
        int(DIGITS),
        -int(DIGITS),
        "٩" * 16,
        {"nik": DIGITS},
        [DIGITS],
        DIGITS.encode(),
    ],
)
def test_sixteen_digits_never_get_out(output: io.StringIO, value: object) -> None:
    logs.event("an event", code=value, batch=value, count=value, request_id=value)
    logs.event(f"a message that is no constant {value}")
    text = output.getvalue()
    for written in (DIGITS, "9999 9999", "99.99", "٩" * 16):
        assert written not in text


@given(st.text(max_size=30), st.integers(16, 40), st.text(max_size=30))
def test_masking_leaves_no_run_of_sixteen(before: str, length: int, after: str) -> None:
    masked = logs.masked(f"{before}{'7' * length}{after}")
    assert "7" * 16 not in masked


@given(st.text(st.characters(exclude_categories=["Nd"])))
def test_masking_leaves_other_text_alone(text: str) -> None:
    assert logs.masked(text) == text


def test_an_exception_is_told_by_type_and_place_alone(output: io.StringIO) -> None:
    secret = f"projects/p/documents/{DIGITS} Ani"
    try:
        raise KeyError(secret)
    except KeyError as error:
        place = logs.place_of(error)
        logging.getLogger("main").exception("Exception on %s", f"/cari?nik={DIGITS}")
        logs.event("it failed", severity="ERROR", **place)
    library, own = lines(output)
    assert library["type"] == own["type"] == "KeyError"
    assert own["place"].startswith("tests/platform/test_logs.py:")
    assert library["message"] == "a library wrote a line"
    assert library["logger"] == "main"
    for hidden in (DIGITS, "Ani", "cari", "documents", "Traceback"):
        assert hidden not in output.getvalue()


def test_the_place_is_the_last_in_our_own_code() -> None:
    with pytest.raises(ValueError) as caught:
        json.loads("{")
    assert logs.place_of(caught.value)["place"].startswith("tests/platform/test_logs.py:")
    assert logs.place_of(ValueError()) == {"type": "ValueError", "place": "unknown"}


def test_what_libraries_write_keeps_its_text_to_itself(output: io.StringIO) -> None:
    for name in ("werkzeug", "uvicorn.error", "google.api_core", "urllib3.connectionpool", "x.y"):
        for level in (logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(level, "GET /api?nik=%s", "secret", extra={"a": "secret"})
    assert "secret" not in output.getvalue()
    assert "GET" not in output.getvalue()
    assert {line["logger"] for line in lines(output)} >= {"werkzeug", "x.y"}


def test_handlers_that_a_framework_put_up_are_taken_down(kept_logging: None) -> None:
    framework = io.StringIO()
    for name in ("", "werkzeug", "uvicorn.error"):
        logging.getLogger(name).addHandler(logging.StreamHandler(framework))
    output = io.StringIO()
    logs.configure(output)
    logs.configure(output)
    logging.getLogger("werkzeug").error("GET /?nik=1")
    logs.event("once")
    assert framework.getvalue() == ""
    assert output.getvalue().count('"once"') == 1


def test_the_development_server_writes_no_address_of_a_request(output: io.StringIO) -> None:
    import threading
    import urllib.request

    from werkzeug.serving import make_server

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    server = make_server("127.0.0.1", 0, answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/api/lookup?nik={DIGITS}"
    with urllib.request.urlopen(address, timeout=10) as response:
        assert response.read() == b"ok"
    server.shutdown()
    thread.join()
    server.server_close()
    assert "lookup" not in output.getvalue()
    assert DIGITS not in output.getvalue()


def test_a_function_that_breaks_writes_nothing_of_its_request(
    output: io.StringIO, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    import functions_framework

    source = tmp_path / "main.py"
    source.write_text(
        "def broken(request):\n    raise ValueError(request.get_data(as_text=True))\n"
    )
    app = functions_framework.create_app("broken", str(source))
    logs.configure(output)
    client = app.test_client()
    response = client.post(f"/?nik={DIGITS}", data="secret body")
    assert response.status_code == 500
    captured = capsys.readouterr()
    written = output.getvalue() + captured.out + captured.err
    assert "secret" not in written
    assert DIGITS not in written
    assert any(line.get("type") == "ValueError" for line in lines(output))


def test_without_a_handler_an_event_shows_its_constant_alone(
    kept_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    root.handlers.clear()
    logs.event("alarm", severity="ERROR", code="secret")
    captured = capsys.readouterr()
    assert "secret" not in captured.out + captured.err
    assert sys.stderr is not None
