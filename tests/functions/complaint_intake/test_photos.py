"""Photos of complaints over HTTP: what is taken, what is refused, and who may look at them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from shared.complaints.casework.service import Casework
from shared.complaints.photos.cleaning import MAX_BYTES, MAX_PHOTOS, MOST_WAITING, queue
from shared.deployment import Deployment
from shared.staff.accounts import Role, Staff
from tests.complaints import dumping
from tests.complaints.pictures import WORDS, corners, telling, written, zipped
from tests.functions.complaint_intake import complaining
from tests.functions.complaint_intake.complaining import (
    ADDRESS,
    BODY,
    faults,
    file,
    new_key,
    read,
    sent_with,
    told,
    with_photos,
)
from tests.functions.conftest import PASSWORD, Client

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><title>x</title><script>alert(1)</script>"
JPEG = telling()
Signed = Callable[[str], FlaskClient]


def vast_png() -> bytes:
    """A small file whose header says 30,000 x 30,000."""
    content = bytearray(written(Image.new("1", (8, 8)), "PNG"))
    content[16:24] = (30_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


@pytest.fixture
def web(client: Client) -> FlaskClient:
    return client("complaint_intake")


@pytest.fixture
def console(client: Client) -> FlaskClient:
    """A browser at the console in which nobody is signed in: only there photos are shown."""
    return client("staff_console")


@pytest.fixture
def signed(console: FlaskClient, deployment: Deployment, staff: dict[str, str]) -> Signed:
    """A browser in which the officer of a role is signed in."""

    def sign_in(role: str) -> FlaskClient:
        account = deployment.accounts.sign_in(staff[role], PASSWORD, deployment.kelurahan.key)
        browser = console.application.test_client()
        browser.set_cookie("__session", deployment.sessions.issue(account).token)
        return browser

    return sign_in


@pytest.fixture
def work(deployment: Deployment) -> Casework:
    return Casework.of(deployment)


def auditor(deployment: Deployment) -> Staff:
    key = deployment.kelurahan.key
    return Staff(id="auditor-0", name="Yayan", role=Role.AUDITOR, kelurahan=key)


def the_case(deployment: Deployment) -> Any:
    (case,) = Casework.of(deployment).cases(auditor(deployment))
    return case


def files_of(deployment: Deployment) -> list[Path]:
    """All photos that are kept."""
    folder = deployment.settings.data
    return sorted(path for path in folder.rglob("complaint-photos/**/*") if path.is_file())


def address(deployment: Deployment, number: int = 1) -> str:
    return f"/staff/pengaduan/{the_case(deployment).id}/foto/{number}"


@pytest.mark.parametrize("count", range(MAX_PHOTOS + 1))
def test_up_to_three_photos_come_with_a_complaint(
    web: FlaskClient, deployment: Deployment, count: int
) -> None:
    told(with_photos(web, [telling(kind) for kind in ("JPEG", "PNG", "WEBP")[:count]]), 201)
    assert the_case(deployment).photos == len(files_of(deployment)) == count


def test_the_same_photos_with_the_same_key_are_kept_once(
    web: FlaskClient, deployment: Deployment
) -> None:
    key = new_key()
    first = told(with_photos(web, [JPEG], idempotency_key=key), 201)
    assert told(with_photos(web, [JPEG], idempotency_key=key)) == first
    assert told(with_photos(web, [], idempotency_key=key)) == first
    assert len(files_of(deployment)) == 1
    other = written(corners((300, 400)), "JPEG")
    refused = with_photos(web, [other], idempotency_key=key)
    assert told(refused, 409)["code"] == "IDEMPOTENCY_KEY_USED"
    assert len(files_of(deployment)) == 1


def test_who_taps_many_times_at_once_has_one_complaint_with_one_photo(
    web: FlaskClient, deployment: Deployment
) -> None:
    key, clients = new_key(), [web.application.test_client() for _ in range(MOST_WAITING)]
    for number, each in enumerate(clients):  # one address alone hasn't so many places
        each.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
    with ThreadPoolExecutor(len(clients)) as pool:
        answers = [
            pool.submit(with_photos, client, [JPEG], idempotency_key=key) for client in clients
        ]
        statuses = [answer.result().status_code for answer in answers]
    assert sorted(statuses) == [200, 200, 200, 201]
    assert the_case(deployment).photos == len(files_of(deployment)) == 1


def test_photos_that_take_long_keep_nobody_else_out(
    web: FlaskClient, deployment: Deployment
) -> None:
    sent: dict[str, Any] = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    with ExitStack() as others:
        for _ in range(MOST_WAITING):
            others.enter_context(queue())
        busy = sent_with(web, sent, [JPEG])
        assert read(busy, 503).form(ADDRESS).fields == sent
        assert told(with_photos(web, [JPEG]), 503)["type"] == "/masalah/unavailable"
        assert files_of(deployment) == []
        told(web.post(ADDRESS, json=complaining.body()), 201)  # who sends none doesn't wait
    complaining.receipt(sent_with(web, sent, [JPEG]))


def test_a_photo_tells_nothing_but_what_is_to_be_seen(
    web: FlaskClient, deployment: Deployment, signed: Signed
) -> None:
    told(with_photos(web, [JPEG]), 201)
    answer = signed("operator").get(address(deployment))
    assert answer.status_code == 200
    assert [word for word in WORDS if word in answer.data] == []
    assert not Image.open(io.BytesIO(answer.data)).getexif()


def test_what_lies_in_the_folder_is_no_photo(web: FlaskClient, deployment: Deployment) -> None:
    told(with_photos(web, [JPEG]), 201)
    (kept,) = files_of(deployment)
    assert not kept.read_bytes().startswith(b"\xff\xd8")
    assert kept.suffix == ".sealed"
    assert kept.stat().st_mode & 0o077 == 0


REFUSED = {
    "svg": SVG,
    "html": HTML,
    "empty": b"",
    "gif and html": written(corners(mode="P"), "GIF") + HTML,
    "html in a jpeg's clothes": b"\xff\xd8\xff" + HTML,
    "half a jpeg": JPEG[: len(JPEG) // 2],
    "half a png": written(corners(), "PNG")[:60],
    "30,000 x 30,000": vast_png(),
    "zip": b"PK\x03\x04" + bytes(60),
    "jpeg and zip": JPEG + zipped(),
    "jpeg and html": JPEG + HTML,
    "jpeg and svg": JPEG + SVG,
    "heic": b"\x00\x00\x00\x18ftypheic" + bytes(64),
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_no_photo_is_refused_with_a_sentence_at_its_field(
    web: FlaskClient, deployment: Deployment, content: bytes
) -> None:
    refused = with_photos(web, [JPEG, content])
    found = faults(refused, 422)
    assert found.keys() == {"#/photos"}
    assert len(found["#/photos"].split()) > 4
    assert told(refused, 422)["code"].startswith("PHOTO_")

    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    page = read(web.post(ADDRESS, data={**sent, "photos": file(content, "foto.jpg")}), 422)
    assert page.faults == {"photos": found["#/photos"]}
    assert page.form(ADDRESS).fields == sent

    assert files_of(deployment) == []
    assert "complaints" not in dumping.text(deployment.intake)
    told(with_photos(web, [JPEG], idempotency_key=sent["idempotency_key"]), 201)


@pytest.mark.parametrize("tail", [b"RAHASIA", b"PK\x03\x04RAHASIA"])
def test_what_hangs_on_a_photo_is_cut_off(
    web: FlaskClient, deployment: Deployment, signed: Signed, tail: bytes
) -> None:
    told(with_photos(web, [JPEG + tail]), 201)
    answer = signed("verifier").get(address(deployment))
    assert answer.data.startswith(b"\xff\xd8\xff")
    assert tail not in answer.data


def large(size: int) -> bytes:
    """A photo of so many bytes."""
    return JPEG + bytes(size - len(JPEG))


TOO_MUCH = {
    "four": ([JPEG] * 4, 400),
    "twenty": ([JPEG] * 20, 400),
    "one too large": ([JPEG, large(MAX_BYTES + 1)], 413),
    "three too large": ([large(MAX_BYTES + 800_000)] * 3, 413),
    "a whole album": ([large(MAX_BYTES)] * 5, 400),
}


@pytest.mark.parametrize(("photos", "status"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_many_or_too_large_photos_lose_nothing_that_was_typed(
    web: FlaskClient, deployment: Deployment, photos: list[bytes], status: int
) -> None:
    sent: dict[str, Any] = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    page = read(sent_with(web, sent, photos), status)
    assert page.faults.keys() == {"photos"}
    assert page.form(ADDRESS).fields == sent
    assert files_of(deployment) == []
    assert [path for path in deployment.workspace._folder.rglob("*") if path.is_file()] == []
    complaining.receipt(web.post(ADDRESS, data={**sent, "photos": file()}))


@pytest.mark.parametrize("photos", [photos for photos, _ in TOO_MUCH.values()], ids=TOO_MUCH)
def test_too_many_or_too_large_photos_are_told_to_a_script(
    web: FlaskClient, photos: list[bytes]
) -> None:
    refused = with_photos(web, photos)
    assert refused.status_code in (400, 413)
    assert faults(refused, refused.status_code).keys() == {"#/photos"}


def test_a_photo_of_exactly_five_megabytes_is_taken(web: FlaskClient) -> None:
    told(with_photos(web, [large(MAX_BYTES)] * 3), 201)


def test_a_file_beside_the_photos_is_refused(web: FlaskClient) -> None:
    sent = {**BODY, "idempotency_key": new_key(), "lampiran": file()}
    refused = web.post(ADDRESS, data=sent, headers={"Accept": "application/json"})
    assert faults(refused).keys() == {"#"}
    assert read(web.post(ADDRESS, data={**sent, "lampiran": file()}), 400)


def test_the_name_of_a_file_leads_nowhere(web: FlaskClient, deployment: Deployment) -> None:
    for name in ("../../../etc/passwd.jpg", "a\x00.jpg", "C:\\x.jpg", "x" * 5_000, "é😀.jpg"):
        sent = {**BODY, "idempotency_key": new_key(), "photos": file(JPEG, name)}
        told(web.post(ADDRESS, data=sent, headers={"Accept": "application/json"}), 201)
    assert {path.name for path in files_of(deployment)} == {"1.sealed"}


# --- who may look at them -------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["operator", "verifier", "auditor"])
def test_the_staff_who_read_complaints_see_its_photos(
    web: FlaskClient, deployment: Deployment, signed: Signed, role: str
) -> None:
    told(with_photos(web, [JPEG, JPEG]), 201)
    for number in (1, 2):
        answer = signed(role).get(address(deployment, number))
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    entry = next(iter(deployment.audit.entries(limit=1)))
    assert (entry.action, entry.subject) == ("complaint.photo", the_case(deployment).id)


def is_refused(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status
    assert answer.content_type != "image/jpeg"
    assert b"\xff\xd8\xff" not in answer.data


def test_nobody_else_sees_them(
    web: FlaskClient,
    console: FlaskClient,
    deployment: Deployment,
    signed: Signed,
    staff: dict[str, str],
) -> None:
    receipt = told(with_photos(web, [JPEG]), 201)
    path = address(deployment)
    is_refused(console.get(path), 303)
    console.set_cookie("__session", "eyJ.eyJ.eyJ")
    is_refused(console.get(path), 303)
    bearer = {"Authorization": f"Bearer {receipt['secret']}"}
    is_refused(console.get(path, headers=bearer), 303)
    is_refused(web.get(path), 404)
    for role in ("surveyor", "admin"):
        is_refused(signed(role).get(path), 403)
    accounts: Any = deployment.accounts
    elsewhere = deployment.sessions.issue(
        accounts.add(
            "lain@contoh.example", "Petugas Lain", Role.VERIFIER, "id-00-00-00-0000", PASSWORD
        )
    )
    browser = console.application.test_client()
    browser.set_cookie("__session", elsewhere.token)
    is_refused(browser.get(path), 404)
    assert "complaint.photo" not in {each.action for each in deployment.audit.entries(limit=50)}


def test_the_officer_whom_it_names_sees_nothing(
    web: FlaskClient, console: FlaskClient, deployment: Deployment, signed: Signed
) -> None:
    name, key = "Dewi Lestari", deployment.kelurahan.key
    named = deployment.accounts.add(
        "dewi@contoh.example", name, Role.OPERATOR, key, PASSWORD, date(2027, 1, 1)
    )
    text = "Ibu Dewi meminta lima puluh ribu rupiah."
    told(with_photos(web, [JPEG], kind="deduction", nik="", text=text), 201)
    browser = console.application.test_client()
    browser.set_cookie("__session", deployment.sessions.issue(named).token)
    is_refused(browser.get(address(deployment)), 403)
    assert signed("verifier").get(address(deployment)).status_code == 200


def test_a_photo_that_is_none_is_not_found(
    web: FlaskClient, deployment: Deployment, signed: Signed
) -> None:
    told(with_photos(web, [JPEG]), 201)
    browser, case = signed("verifier"), the_case(deployment).id
    for path in (
        f"{case}/foto/2",
        f"{case}/foto/3",
        f"{case}/foto/4",
        f"{case}/foto/0",
        f"{case}/foto/1x",
        f"{case}x/foto/1",
        f"{case}/foto/",
        f"{case}/foto/..%2f1",
        "receipts/foto/1",
    ):
        assert browser.get(f"/staff/pengaduan/{path}").status_code == 404
    answer = browser.post(f"/staff/pengaduan/{case}/foto/1")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_no_file_of_the_data_folder_is_served(
    web: FlaskClient, deployment: Deployment, signed: Signed
) -> None:
    told(with_photos(web, [JPEG]), 201)
    (kept,) = files_of(deployment)
    below = kept.relative_to(deployment.settings.data).as_posix()
    for browser in (web, signed("verifier")):
        for path in (f"/{below}", f"/api/complaints/{below}", f"/api/{below}", f"/files/{below}"):
            assert browser.get(path).status_code == 404
