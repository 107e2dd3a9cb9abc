"""Replies about the status of a complaint: asked for, or after a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from functions.complaint_intake.composition import desk, guess_limit, teller
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.case import Status
from shared.http.context import Context
from shared.http.responses import html_reply, json_reply
from shared.platform.errors import (
    AppError,
    Conflict,
    Invalid,
    TicketUnknown,
    TooManyRequests,
    Unavailable,
    WrongState,
)

Ask = Callable[[IntakeService, str, str], Status]


def stands(context: Context, ask: Ask) -> Response:
    """The status after a question or a message, as JSON or as a page."""
    if context.wants_html:
        return _on_page(context, context.body, ask)
    found = _found(context, context.body, ask)
    return json_reply(teller(context.deployment).status(found))


def _found(context: Context, typed: Mapping[str, Any], ask: Ask) -> Status:
    """Return the intake's answer, unless this address has guessed too often."""
    guesses = guess_limit(context.deployment)
    guesses.check(context.origin)
    try:
        return ask(desk(context.deployment), typed["ticket"], typed["secret"])
    except TicketUnknown:
        guesses.take(context.origin)
        raise


def _on_page(
    context: Context, typed: Mapping[str, Any], ask: Ask, fault: Invalid | None = None
) -> Response:
    """The same as a page: with the `fault` that the form had, and always with what was typed."""
    from functions.complaint_intake import pages

    kelurahan = context.deployment.kelurahan
    error: AppError | None = fault
    try:
        try:
            found = _found(context, typed, ask)
        except (Invalid, WrongState) as refused:
            error = refused
            found = _found(context, typed, ask_status)
        told = teller(context.deployment).status(found)
        html = pages.status_page(told, typed, kelurahan, error)
    except TicketUnknown as unknown:
        error = unknown
        html = pages.ask_page(typed["ticket"], kelurahan, error)
    except (Conflict, TooManyRequests, Unavailable) as failed:
        error = failed
        html = pages.resend_page(context.request.path, typed, kelurahan, error)
    if error is None:
        return html_reply(html)
    context.note(slug=error.slug)
    response = html_reply(html, error.status)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def ask_status(desk: IntakeService, ticket: str, secret: str) -> Status:
    """The question alone."""
    return desk.status(ticket, secret)


def asked_again(context: Context, error: AppError) -> Response:
    """The status with the fault that a message's form has; nothing of it is kept."""
    from functions.complaint_intake.pages import typed_message

    if not isinstance(error, Invalid):
        raise error
    return _on_page(context, typed_message(context.typed or {}), ask_status, error)
