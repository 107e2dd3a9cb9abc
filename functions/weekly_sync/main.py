"""The weekly sync over HTTP: sign in, upload a list, decide on a batch.

POST /api/sync/session             an account's e-mail and password -> session cookie and CSRF token
POST /api/sync                     a file, or the name of a configured source -> a batch
GET  /api/sync/<batch>             the batch
POST /api/sync/<batch>/submit      sends it to the second officer
POST /api/sync/<batch>/approve     a second officer's yes: publishes
POST /api/sync/<batch>/reject
POST /api/sync/<batch>/undo
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from flask import Request, Response
from marshmallow import Schema

from functions.weekly_sync.schemas import (
    Approval,
    BatchAnswer,
    Reason,
    SessionAnswer,
    SignIn,
    Submission,
    SyncRequest,
    Undoing,
    batch_members,
)
from shared.deployment import Deployment
from shared.http import staff_session
from shared.http.access_control import confirm, require_own_page
from shared.http.context import Context
from shared.http.per_deployment import per_deployment
from shared.http.responses import json_reply
from shared.http.service import Handler, Service
from shared.platform.errors import (
    AppError,
    Conflict,
    FileRejected,
    Forbidden,
    Invalid,
    TooManyRequests,
    Unauthenticated,
)
from shared.programmes.catalogue import load_catalogue as load_catalogue
from shared.recipients.model.batch import Batch
from shared.recipients.use_cases.source_import import SourceImport
from shared.recipients.use_cases.weekly_sync import DECIDE, PREPARE, RecipientSync
from shared.staff.accounts import Role, Staff

service = Service("weekly_sync", needs=("registry", "lookup"))

_READ = frozenset({Role.OPERATOR, Role.VERIFIER, Role.AUDITOR, Role.ADMIN})
_MIB = 1024 * 1024
_FORM_AROUND_FILE = 64 * 1024


@per_deployment
def _sync(deployment: Deployment) -> RecipientSync:
    return RecipientSync.of(deployment, load_catalogue())


@per_deployment
def _inbox(deployment: Deployment) -> SourceImport:
    return SourceImport.of(deployment, _sync(deployment))


def _upload_bytes(deployment: Deployment) -> int:
    return deployment.kelurahan.limits.upload_mib * _MIB + _FORM_AROUND_FILE


@service.route(
    "POST",
    "/api/sync/session",
    auth="public",
    body=SignIn,
    form=True,
    max_bytes=8192,
    summary="Sign in",
    answers={200: SessionAnswer},
    problems=(Forbidden, Unauthenticated, TooManyRequests),
)
def sign_in(context: Context) -> Response:
    """Sign in: the session goes into a cookie, its CSRF token into the answer.

    A form, which any page could send, only from this site's own pages. Programs send JSON, which
    no browser sends to another site unasked.
    """
    if context.is_form:
        require_own_page(context)
    typed = context.body
    signed_in = staff_session.sign_in(
        context, typed["email"], typed["password"], typed.get("code", "")
    )
    session, staff = signed_in.session, signed_in.staff
    response = json_reply({"csrf": session.csrf, "name": staff.name, "role": staff.role.value})
    staff_session.keep(context, response, session.token, signed_in.mark)
    return response


@service.route(
    "POST",
    "/api/sync",
    auth="staff-or-scheduler",
    roles=PREPARE,
    body=SyncRequest,
    upload="file",
    max_bytes=_upload_bytes,
    summary="Read a list and prepare a batch from it",
    answers={200: BatchAnswer},
    problems=(FileRejected, Conflict),
)
def prepare(context: Context) -> Response:
    """Prepare a batch, waiting or blocked; the same content again gives the same batch."""
    upload, source = context.upload, context.body.get("source")
    if (upload is None) == (source is None):
        raise Invalid(errors=[{"pointer": "#/file", "detail": "Pilih satu berkas atau sumber."}])
    as_of, officer = context.body.get("as_of"), _officer(context)
    if upload is not None:
        sync = _sync(context.deployment)
        batch = sync.prepare(upload.path, upload.filename, officer, as_of=as_of)
    else:
        batch = _inbox(context.deployment).prepare(context.body["source"], officer, as_of=as_of)
    return _answer(context, batch)


def _step(
    name: str,
    roles: Collection[Role],
    body: type[Schema],
    summary: str,
    *problems: type[AppError],
) -> Callable[[Handler], Handler]:
    """Declare a step that staff take with a batch."""
    return service.route(
        "POST",
        f"/api/sync/<id:batch>/{name}",
        auth="staff",
        roles=roles,
        body=body,
        form=True,
        summary=summary,
        answers={200: BatchAnswer},
        problems=(Conflict, *problems),
    )


@service.route(
    "GET",
    "/api/sync/<id:batch>",
    auth="staff",
    roles=_READ,
    summary="One batch",
    answers={200: BatchAnswer},
)
def show(context: Context) -> Response:
    """Return the batch."""
    return _answer(context, _sync(context.deployment).batch(context.path["batch"]))


@_step("submit", PREPARE, Submission, "Send a batch to the second officer")
def submit(context: Context) -> Response:
    """Submit the batch; a reason is needed where people leave the list."""
    sync = _sync(context.deployment)
    batch = sync.submit(context.path["batch"], _officer(context), context.body.get("reason"))
    return _answer(context, batch)


@_step("approve", DECIDE, Approval, "Approve a batch and publish it", TooManyRequests)
def approve(context: Context) -> Response:
    """Approve and publish the batch; also finishes an interrupted publication."""
    confirm(context, context.body["password"])
    batch = _sync(context.deployment).approve(
        context.path["batch"],
        _officer(context),
        context.body.get("reason"),
        context.body["differences_hash"],
    )
    return _answer(context, batch)


@_step("reject", PREPARE | DECIDE, Reason, "Close a batch without publishing it")
def reject(context: Context) -> Response:
    """Reject the batch."""
    sync = _sync(context.deployment)
    batch = sync.reject(context.path["batch"], _officer(context), context.body["reason"])
    return _answer(context, batch)


@_step("undo", DECIDE, Undoing, "Take a published batch back", TooManyRequests)
def undo(context: Context) -> Response:
    """Undo the batch by a new one; return it with the outcome for each person."""
    confirm(context, context.body["password"])
    sync = _sync(context.deployment)
    batch = sync.undo(context.path["batch"], _officer(context), context.body["reason"])
    return _answer(context, batch)


def _officer(context: Context) -> Staff:
    """Return who acts: the officer, or the scheduler in the role of an operator."""
    if context.staff is not None:
        return context.staff
    return Staff("scheduler", "Penjadwal", Role.OPERATOR, context.deployment.kelurahan.key)


def _answer(context: Context, batch: Batch) -> Response:
    context.note(errors=batch.errors, warnings=batch.warnings)
    return json_reply(batch_members(batch))


def weekly_sync(request: Request) -> Response:
    """Answer a request to the function."""
    return service(request)
