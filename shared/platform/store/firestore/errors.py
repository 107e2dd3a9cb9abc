"""Meaning of Google's errors in the application's terms.

Google's exceptions name the documents they concern, so none leaves the adapter: each becomes an
application error that carries at most the name of its status.
"""

from __future__ import annotations

from google.api_core.exceptions import RetryError
from google.auth.exceptions import GoogleAuthError

from shared.platform.errors import AlreadyExists, Broken, Contended, DocumentMissing, Unavailable


class Aborted(Contended):
    """One attempt lost: another writer went first, or a document read has changed since."""


def translate_error(error: Exception, *, writing: bool) -> Exception:
    """Translate an error of Google's client; `writing`: it was met at a commit."""
    if isinstance(error, GoogleAuthError):
        return Unavailable(code="NO_CREDENTIALS")
    if isinstance(error, RetryError):  # repeated in vain
        error = error.cause
    status = getattr(error, "grpc_status_code", None)
    code = "UNKNOWN" if status is None else status.name
    if code == "ABORTED" or (code == "FAILED_PRECONDITION" and writing):
        return Aborted()
    if code == "FAILED_PRECONDITION":
        return Broken(code="INDEX_MISSING")
    if code == "ALREADY_EXISTS":
        return AlreadyExists()
    if code == "NOT_FOUND" and writing:
        return DocumentMissing()
    if code == "INVALID_ARGUMENT":
        return ValueError("Firestore refuses the request")
    return Unavailable(code=code)
