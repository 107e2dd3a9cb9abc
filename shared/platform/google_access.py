"""Access to Google's services other than Firestore, and the errors that they raise.

Google's libraries are loaded at the first call only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.platform.errors import Unavailable

if TYPE_CHECKING:
    import requests

MakeCredentials = Callable[[list[str]], Any]


def authorized_session(
    scopes: list[str], make_credentials: MakeCredentials | None = None
) -> requests.Session:
    """Return a session with this process's Google credentials; raises Unavailable without any.

    `make_credentials` stands in for the service account that the process runs as.
    """
    from google.auth.transport.requests import AuthorizedSession

    credentials = _credentials(scopes)[0] if make_credentials is None else make_credentials(scopes)
    # a token is renewed before it runs out; one that is refused won't get better by another
    session: requests.Session = AuthorizedSession(  # type: ignore[no-untyped-call]
        credentials, refresh_status_codes=()
    )
    return session


def bucket_folder(url: str, cache: Path) -> Any:
    """Return the folder at a gs:// URL as a cloudpathlib path; reads pass through `cache`."""
    from cloudpathlib import GSClient, GSPath

    # without credentials the client would go on as nobody, and try for minutes
    credentials, project = _credentials(None)
    client = GSClient(credentials=credentials, project=project, local_cache_dir=cache)
    return GSPath(url, client=client)


def faults() -> tuple[type[Exception], ...]:
    """Return what these libraries raise; the exceptions' texts hold addresses and paths."""
    from cloudpathlib.exceptions import CloudPathException
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from requests import RequestException

    return (OSError, CloudPathException, GoogleAPIError, GoogleAuthError, RequestException)


def _credentials(scopes: list[str] | None) -> tuple[Any, str | None]:
    from google.auth import default
    from google.auth.exceptions import DefaultCredentialsError

    try:
        return default(scopes=scopes)
    except DefaultCredentialsError:
        raise Unavailable(code="NO_CREDENTIALS") from None
