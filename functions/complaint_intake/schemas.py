"""Request and response schemas of the complaint routes."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Regexp

from shared.complaints.model.lifecycle import Step
from shared.complaints.model.text_rules import LONGEST, LONGEST_TYPED, in_figures
from shared.http.requests.schema_fields import RequestSchema, Text

RESIDENT_STEPS = (Step.ADD, Step.REOPEN, Step.APPEAL, Step.WITHDRAW)
_KEY = "[A-Za-z0-9_-]{16,64}"
_KEY_WRONG = "Muat ulang halaman, lalu kirim lagi."

# As a text processor ends a line that isn't the end of a paragraph; and what nobody sees or types.
_LINE = re.compile(r"[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class _Typed(Text):
    """Text as somebody typed or pasted it, but for the characters that can't be seen."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str):
            value = _UNSEEN.sub("", _LINE.sub("\n", value))
        return super()._deserialize(value, attr, data, **kwargs)


_typed = partial(_Typed, minimum=0, load_default="", strip=False)
_told = partial(
    _typed,
    maximum=LONGEST_TYPED,
    error_messages={"long": f"Tulis paling banyak {in_figures(LONGEST)} huruf."},
)


class _Choice(Text):
    """One of a few words; the field says which."""

    def __init__(self, *choices: str, **options: Any) -> None:
        super().__init__(maximum=40, metadata={"enum": list(choices)}, **options)
        self._choices = choices

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in self._choices:
            raise self.make_error("invalid")
        return text


def _tick() -> fields.Boolean:
    """A box to tick: a form sends "true", or nothing at all."""
    return fields.Boolean(
        truthy={True, "true", "on"},
        falsy={False, "false", ""},
        load_default=False,
        error_messages=dict.fromkeys(
            ("invalid", "null", "required"), "Isi dengan true atau false."
        ),
    )


def _key() -> Text:
    """The idempotency key that the client drew for one complaint or message."""
    return Text(
        maximum=64, minimum=0, load_default="", validate=Regexp(f"^({_KEY})?$", error=_KEY_WRONG)
    )


def is_key(text: str) -> bool:
    """Whether this can be the key under which a complaint is sent."""
    return re.fullmatch(_KEY, text) is not None


class ComplaintSchema(RequestSchema):
    """A complaint. Which fields a kind needs is told by its form; photos come beside these."""

    kind = Text(label="Jenis pengaduan", maximum=40, required=True)
    text = _told(label="Cerita")
    programme = _typed(maximum=40)
    rw = _typed(maximum=10)
    rt = _typed(maximum=10)
    name = _typed(
        label="Nama", maximum=200, error_messages={"long": "Nama paling panjang 100 huruf."}
    )
    nik = _typed(
        label="NIK",
        maximum=60,
        error_messages={"long": "NIK belum benar. Isi 16 angka seperti di KTP."},
    )
    contact = _typed(label="Kontak", maximum=254)
    anonymous = _tick()
    confidential = _tick()
    action = _typed(maximum=10)  # "edit": to the form again; "check": not to be sent yet
    idempotency_key = _key()


class TicketSchema(RequestSchema):
    """The number and the secret of the receipt, as somebody types them."""

    ticket = _typed(label="Nomor pengaduan", maximum=60)
    secret = _typed(label="Kode rahasia", maximum=60)


class MessageSchema(TicketSchema):
    """A message of a resident about their complaint."""

    step = _Choice(*RESIDENT_STEPS, required=True)
    text = _told(label="Pesan")
    idempotency_key = _key()


class _Whole(fields.Integer):
    """A whole number, also as a form sends it; 2.5 is not taken for 2."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, float):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class SatisfactionSchema(TicketSchema):
    """A resident's rating of the outcome, 1 (not at all content) to 5."""

    score = _Whole(
        required=True,
        error_messages=dict.fromkeys(
            ("required", "null", "invalid", "too_large"), "Pilih nilai 1 sampai 5."
        ),
    )
    text = _told(label="Pesan")
    idempotency_key = _key()


class DrawnSchema(Schema):
    """A QR code: `d` of an SVG path to be stroked 1 wide, in a square of `size` with its border."""

    d = fields.String(required=True)
    size = fields.Integer(required=True)


class ReceiptSchema(Schema):
    """The receipt: the secret is told here and never again. Days are ISO days.

    `qr` holds the number alone.
    """

    ticket = fields.String(required=True)
    secret = fields.String(required=True)
    kind = fields.String(required=True)
    received_on = fields.String(required=True)
    verify_by = fields.String(required=True)
    resolve_by = fields.String(required=True)
    next_steps = fields.List(fields.String(), required=True)
    status_url = fields.String(required=True)
    qr = fields.Nested(DrawnSchema, required=True)


class EntrySchema(Schema):
    """Something that happened, as the resident is told of it."""

    at = fields.String(required=True)
    step = fields.String(required=True)
    step_name = fields.String(required=True)
    role = fields.String(required=True)
    state = fields.String(required=True)
    note = fields.String(required=True)


class StatusSchema(Schema):
    """The status of a complaint. `due_on` is None once it ended; `steps`: what may be done now."""

    ticket = fields.String(required=True)
    kind = fields.String(required=True)
    kind_name = fields.String(required=True)
    state = fields.String(required=True)
    state_name = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    outcome_name = fields.String(required=True, allow_none=True)
    received_on = fields.String(required=True)
    verify_by = fields.String(required=True)
    resolve_by = fields.String(required=True)
    due_on = fields.String(required=True, allow_none=True)
    days_late = fields.Integer(required=True)
    level = fields.Integer(required=True)
    steps = fields.List(fields.String(), required=True)
    asks_back = fields.Boolean(required=True)
    timeline = fields.List(fields.Nested(EntrySchema), required=True)
