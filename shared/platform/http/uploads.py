"""One uploaded file, streamed to disk within a limit and gone when the request ends."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import IO

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.formparser import FormDataParser

from shared.platform.errors import Invalid
from shared.platform.http.requests import Upload
from shared.platform.workspace import Workspace

_NO_FILE = "Pilih satu berkas untuk diunggah."
_TOO_MANY = "Unggah satu berkas saja setiap kali."
# Of the form around the file; several times the 64 KiB that the parser reads at a time.
_FORM_FIELD_BYTES = 512 * 1024


def receive(
    request: Request, *, field: str, max_bytes: int, workspace: Workspace, closing: ExitStack
) -> tuple[Upload, MultiDict[str, str]]:
    """The file in `field` and the other form fields; the file is deleted when `closing` closes.

    Raises Invalid unless there is exactly one file, and werkzeug's RequestEntityTooLarge.
    """
    path = closing.enter_context(workspace.directory()) / "upload"
    opened: list[IO[bytes]] = []

    def open_file(*_: object, **__: object) -> IO[bytes]:
        if opened:
            raise Invalid(errors=[{"pointer": "#", "detail": _TOO_MANY}])
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        opened.append(os.fdopen(descriptor, "w+b"))
        closing.callback(opened[0].close)
        return opened[0]

    request.max_content_length = max_bytes
    parser = FormDataParser(
        stream_factory=open_file,
        max_form_memory_size=_FORM_FIELD_BYTES,
        max_content_length=max_bytes,
        max_form_parts=20,
    )
    _, form, files = parser.parse(
        request.stream, request.mimetype, request.content_length, request.mimetype_params
    )
    if set(files) != {field} or not files[field].filename:
        raise Invalid(errors=[{"pointer": f"#/{field}", "detail": _NO_FILE}])
    opened[0].flush()
    return Upload(path, str(files[field].filename)), form
