"""Schemas of the weekly sync: requests and answers over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from shared.http.requests.schema_fields import Day, RequestSchema, Text
from shared.recipients.model.batch import Batch, State


def _password_again() -> Text:
    return Text(label="Kata sandi", maximum=256, minimum=0, strip=False, load_default="")


class SignIn(RequestSchema):
    """An officer's account; `code` is that of the app, where the account has one."""

    email = Text(label="Surel", maximum=254, required=True)
    password = Text(label="Kata sandi", maximum=256, strip=False, required=True)
    code = Text(label="Kode", maximum=20)


class SyncRequest(RequestSchema):
    """What to read: the uploaded file beside these fields, or a source of the kelurahan's TOML.

    `as_of`: the day that the data is from; today where it isn't given.
    """

    source = Text(label="Sumber", maximum=64)
    as_of = Day()


class Submission(RequestSchema):
    """Why people leave the list; required where any do."""

    reason = Text(label="Alasan", maximum=500)


class Approval(RequestSchema):
    """A verifier's approval of the differences shown; a blocked batch needs a reason.

    `password`: once more that of a local account, as on the console.
    """

    differences_hash = Text(maximum=128, required=True)
    reason = Text(label="Alasan", maximum=500)
    password = _password_again()


class Reason(RequestSchema):
    """Why a batch is rejected."""

    reason = Text(label="Alasan", maximum=500, required=True)


class Undoing(Reason):
    """Why a batch is undone. `password`: once more that of a local account."""

    password = _password_again()


class SessionAnswer(Schema):
    """Who signed in; `csrf` goes into the X-CSRF-Token header of each change."""

    csrf = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)


class UndoCounts(Schema):
    """The outcome of an undo: counts of people."""

    reversed = fields.Integer(required=True)
    kept = fields.Integer(required=True)
    failed = fields.Integer(required=True)


class BatchAnswer(Schema):
    """One batch: its state, what it changes, and who decided. Counts only, no personal data."""

    id = fields.String(required=True)
    state = fields.String(required=True, validate=OneOf([state.value for state in State]))
    kind = fields.String(required=True, validate=OneOf(["sync", "undo"]))
    as_of = fields.String(required=True)
    source = fields.String(required=True)
    differences_hash = fields.String(required=True)
    rows = fields.Integer(required=True)
    people = fields.Integer(required=True)
    entitlements = fields.Integer(required=True)
    added = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    removed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    errors = fields.Integer(required=True)
    warnings = fields.Integer(required=True)
    problem_counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    blocked_for = fields.List(fields.String(), required=True)
    prepared_by = fields.String(required=True)
    submitted_by = fields.String(required=True)
    submitted_at = fields.AwareDateTime(required=True, allow_none=True)
    removal_reason = fields.String(required=True)
    approved_by = fields.String(required=True)
    reason = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    undo_of = fields.String(required=True)
    undone_by = fields.String(required=True)
    undo_result = fields.Nested(UndoCounts, required=True, allow_none=True)


_BATCH = BatchAnswer()


def batch_members(batch: Batch) -> dict[str, Any]:
    """Return a batch as it is sent."""
    members: dict[str, Any] = _BATCH.dump(asdict(batch))
    return members
