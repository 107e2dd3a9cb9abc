"""Schemas of the lookup: requests and answers of its two operations."""

from __future__ import annotations

from marshmallow import Schema, fields

from shared.http.requests.schema_fields import Flag, RequestSchema, Text


class ProofSchema(RequestSchema):
    """The solved challenge."""

    nonce = Text(required=True, maximum=64)
    altcha = Text(required=True, maximum=1024)


class QuestionSchema(RequestSchema):
    """A question. Nothing is stripped: the proof is bound to what was typed."""

    nik = Text(label="NIK", required=True, maximum=40, strip=False)
    name = Text(label="Nama", maximum=100, minimum=0, strip=False, load_default="")
    kk_last6 = Text(label="Nomor KK", maximum=12, minimum=0, strip=False, load_default="")
    proof = fields.Nested(ProofSchema, load_default=None)


class ChallengeRequestSchema(RequestSchema):
    """SHA-256(nonce | NIK | name) in hex; `hard` after a proof was refused with the code HARDER."""

    question = Text(required=True, maximum=64, minimum=64)
    hard = Flag(load_default=False)


class ChallengeSchema(Schema):
    """An ALTCHA challenge, version 1."""

    algorithm = fields.String(required=True)
    challenge = fields.String(required=True)
    maxNumber = fields.Integer(required=True)  # noqa: N815 - the protocol's own name
    salt = fields.String(required=True)
    signature = fields.String(required=True)


class EntitlementSchema(Schema):
    """One programme that a person is listed for."""

    programme = fields.String(required=True)
    programme_name = fields.String(required=True)
    period = fields.String(required=True)
    status = fields.String(required=True)


class AnswerSchema(Schema):
    """An answer, listed or not. `pad` brings every answer to one length."""

    result = fields.String(
        required=True,
        metadata={
            "enum": ["listed", "ended", "not-listed"],
            "description": "ended: listed, and nothing there is paid any more",
        },
    )
    message = fields.String(required=True)
    entitlements = fields.List(fields.Nested(EntitlementSchema), required=True)
    as_of = fields.String(required=True)
    source = fields.String(required=True)
    next_steps = fields.List(fields.String(), required=True)
    pad = fields.String(required=True)
