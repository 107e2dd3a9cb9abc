"""The public lookup over HTTP: JSON with a proof of work from scripts, a plain form without."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Request, Response

from functions.nik_lookup.schemas import (
    AnswerSchema,
    ChallengeRequestSchema,
    ChallengeSchema,
    QuestionSchema,
)
from shared.deployment import Deployment
from shared.http.context import Context
from shared.http.per_deployment import per_deployment
from shared.http.problem_details import with_headers
from shared.http.responses import html_reply, json_reply, padded_json, padded_page
from shared.http.service import Service
from shared.platform.errors import (
    AppError,
    Crowded,
    Invalid,
    KkNeeded,
    ProofRefused,
    TooManyRequests,
)
from shared.programmes.catalogue import load_catalogue
from shared.recipients.lookup import question
from shared.recipients.lookup.proof_of_work import Proof
from shared.recipients.lookup.service import Answer, LookupService

JSON_LENGTH = 2048
PAGE_LENGTH = 4096

service = Service("nik_lookup", needs=("lookup",))


def nik_lookup(request: Request) -> Response:
    """Answer a request to the function."""
    return service(request)


@per_deployment
def _desk(deployment: Deployment) -> LookupService:
    """Make the lookup service of a process, which caches the state of the publication."""
    return LookupService(
        deployment.lookup,
        deployment.lookup_keys,
        deployment.kelurahan,
        load_catalogue(),
        deployment.clock,
        deployment.settings.max_instances,
    )


@service.route(
    "POST",
    "/api/lookup/challenge",
    auth="public",
    summary="A challenge to be solved before a question",
    body=ChallengeRequestSchema,
    max_bytes=1024,
    answers={200: ChallengeSchema},
    problems=(ProofRefused,),
)
def challenge(context: Context) -> Response:
    """Return a challenge that is bound to the hash of a question."""
    asked, is_hard = context.body["question"], context.body["hard"]
    return json_reply(_desk(context.deployment).challenge(asked, is_hard=is_hard))


def _asked_again(context: Context, error: AppError) -> Response:
    """Return the form again, with the sentences that its script would have shown."""
    if not isinstance(error, Invalid):
        raise error
    fields = context.typed or {}
    typed = question.Typed(*(fields.get(name, "") for name in ("nik", "name", "kk_last6")))
    try:
        question.read(typed, context.deployment.kelurahan.lookup_factor)
    except Invalid as found:
        error = found
    return _form_page(context, error)


@service.route(
    "POST",
    "/api/lookup",
    auth="public",
    summary="Is this person on the list, and with what?",
    body=QuestionSchema,
    form=True,
    max_bytes=4096,
    answers={200: AnswerSchema},
    page=True,
    again=_asked_again,
    problems=(ProofRefused, TooManyRequests, KkNeeded, Crowded),
)
def lookup(context: Context) -> Response:
    """Return the answer, padded to one length whether somebody is listed or not."""
    body = context.body
    typed = question.Typed(body["nik"], body["name"], body["kk_last6"])
    try:
        asked = question.read(typed, context.deployment.kelurahan.lookup_factor)
    except Invalid as error:
        if not (context.is_form and context.wants_html):
            raise
        context.note(slug=error.slug)
        return _form_page(context, error)
    proof = None if context.is_form else _proof(body["proof"])
    try:
        answer = _desk(context.deployment).answer(asked, proof, context.origin)
    except KkNeeded as error:
        if not (context.is_form and context.wants_html):
            raise
        context.note(slug=error.slug)
        return with_headers(_form_page(context, error), error)
    if context.wants_html:
        return padded_page(_page(answer, context.deployment), PAGE_LENGTH)
    return padded_json(_told(answer), JSON_LENGTH)


def _proof(fields: dict[str, str] | None) -> Proof:
    if fields is None:
        raise ProofRefused
    return Proof(fields["nonce"], fields["altcha"])


def _result(answer: Answer) -> str:
    """Return one of the words that the schema lists; the page has a template for each."""
    if not answer.listed:
        return "not-listed"
    return "ended" if answer.is_over else "listed"


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "result": _result(answer),
        "message": answer.message,
        "entitlements": [asdict(each) for each in answer.entitlements],
        "as_of": answer.as_of,
        "source": answer.source,
        "next_steps": list(answer.next_steps),
    }


def _form_page(context: Context, error: AppError) -> Response:
    from functions.nik_lookup.pages import form_again

    html = form_again(error, context.deployment.kelurahan)
    return html_reply(html, error.status)


def _page(answer: Answer, deployment: Deployment) -> str:
    from functions.nik_lookup.pages import render

    return render(answer, _result(answer), deployment.kelurahan)
