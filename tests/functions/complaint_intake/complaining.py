"""Residents who complain, by script or by form, and what the pages that they get hold."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from itertools import count
from typing import Any, Final

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.complaints.pictures import telling
from tests.http.requests.test_uploads import form

ADDRESS: Final = "/api/complaints"
NIK: Final = "3273090101900007"
BODY: Final[Mapping[str, Any]] = {
    "kind": "not-received",
    "text": "Bantuan bulan ini belum saya terima, tetangga sudah.",
    "programme": "bpnt",
    "rw": "03",
    "rt": "02",
    "name": "Euis Karlina",
    "nik": NIK,
    "contact": "0812 3456 7890",
}
ANYTHING: Final[Mapping[str, Any]] = {"kind": "other", "text": "Antrean di kantor sangat panjang."}
_keys = count()


def new_key() -> str:
    """An idempotency key that nobody has used."""
    return f"key-of-a-test-{next(_keys):08d}"


def body(**changed: Any) -> dict[str, Any]:
    """A complaint that is complete, under a new key, but for what is changed."""
    return {**BODY, "idempotency_key": new_key(), **changed}


def file(content: bytes | None = None, name: str = "IMG_1.jpg") -> tuple[io.BytesIO, str]:
    """A file as a form sends it; by default a photo with all that a telephone writes into it."""
    return io.BytesIO(telling() if content is None else content), name


def with_photos(web: FlaskClient, photos: Iterable[bytes], **changed: Any) -> TestResponse:
    """What a script gets for a complaint with photos."""
    return sent_with(web, body(**changed), photos, "application/json")


def sent_with(
    web: FlaskClient, fields: Mapping[str, Any], photos: Iterable[bytes], wish: str = "text/html"
) -> TestResponse:
    """The answer to a form with photos, sent as a browser sends it."""
    texts = [(name, None, str(text).encode()) for name, text in fields.items()]
    files = [("photos", "IMG_1.jpg", content) for content in photos]
    encoded, kind = form(*texts, *files)
    return web.post(ADDRESS, data=encoded, content_type=kind, headers={"Accept": wish})


def told(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    """The JSON of an answer that has this status."""
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def faults(answer: TestResponse, status: int = 400) -> dict[str, str]:
    """The sentences of a refusal by their pointers."""
    assert answer.content_type == "application/problem+json"
    return {each["pointer"]: each["detail"] for each in told(answer, status)["errors"]}


def receipt(page: TestResponse) -> tuple[str, str]:
    """Number and secret on a receipt."""
    assert page.status_code == 200, page.text
    assert "Pengaduan diterima" in page.text
    number, secret = re.findall(r"<dd>([A-Z0-9-]+)</dd>", page.text)
    return number, secret


@dataclass
class Form:
    """A form of a page: where it goes, what it would send, and the ids of its fields by name."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


# The only one that a page of complaints loads
SCRIPT = "/assets/following.js"


@dataclass
class Page:
    """What a page holds for whoever reads it, and the forms that they can send."""

    forms: list[Form] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)
    focusable: set[str] = field(default_factory=set)
    tags: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def form(self, action: str, **holding: str) -> Form:
        """The one form that goes there and holds these."""
        (found,) = (
            each
            for each in self.forms
            if each.action == action and holding.items() <= each.fields.items()
        )
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._area: str | None = None
        self._select: str | None = None
        self._linked: str | None = None
        self._is_chosen = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.tags.append(tag)
        if tag == "script":
            self.page.scripts.append(given.get("src", ""))
        if "id" in given:
            self.page.ids.add(given["id"])
            if tag in ("input", "select", "textarea", "button", "a") or "tabindex" in given:
                self.page.focusable.add(given["id"])
        if tag == "form":
            self.page.forms.append(Form(given["action"]))
        if tag == "a" and given.get("href", "").startswith("#"):
            self._linked = given["href"][1:]
            self.page.faults[self._linked] = ""
        if tag == "option" and "selected" in given and self._select:
            self._form.fields[self._select] = given.get("value", "")
            self._is_chosen = "value" not in given  # then its text is its value
        if tag in ("input", "select", "textarea"):
            self._control(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            kept = self._form.fields[self._area]
            self._form.fields[self._area] = kept.removeprefix("\n")
            self._area = None
        if tag == "option":
            self._is_chosen = False
        if tag == "select":
            self._select = None
        if tag == "a":
            self._linked = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._form.fields[self._area] += data
        if self._is_chosen and self._select is not None:
            self._form.fields[self._select] += data
        if self._linked is not None:
            self.page.faults[self._linked] += data

    @property
    def _form(self) -> Form:
        return self.page.forms[-1]

    def _control(self, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "")
        if not name:
            return
        self._form.ids[name] = given.get("id", "")
        if tag == "textarea":
            self._area = name
            self._form.fields[name] = ""
        elif tag == "select":
            self._select = name
            self._form.fields[name] = ""  # the first choice, unless another is marked
        elif kind not in ("file", "checkbox", "radio") or "checked" in given:
            self._form.fields[name] = given.get("value", "")


def read(answer: TestResponse, status: int = 200) -> Page:
    """A page, read as a browser reads it; every fault in its summary leads to a field."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    reader = _Reader()
    reader.feed(answer.text)
    reader.close()
    page = reader.page
    assert page.scripts in ([], [SCRIPT]), "what was typed became a script"
    page.faults.pop("isi", None)  # the link that skips the menu
    assert page.faults.keys() <= page.focusable, page.faults
    return page


def words(answer: TestResponse) -> str:
    """The text of a page, without its tags."""
    return unescape(re.sub(r"<[^>]*>", " ", answer.text))
