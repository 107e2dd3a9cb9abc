"""Uploaded files, streamed to disk within a limit and deleted when the request ends."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from shared.http.context import Upload
from shared.platform.errors import AppError, Invalid, TooLarge
from shared.platform.files import full_disk
from shared.platform.files.workspace import Workspace

_NO_FILE = "Pilih satu berkas untuk diunggah."
_ELSEWHERE = "Ada berkas pada isian yang tidak menerimanya. Muat ulang halaman, lalu kirim lagi."
_TOO_MANY = "Unggah satu berkas saja setiap kali."
# Of one field of the form; twice the 64 KiB that the parser reads at a time. All of them together
# are counted afterwards.
_FIELD_BYTES = 128 * 1024
_FORM_PARTS = 32
# Read of a form whose text is wanted though its files are refused: what a refusal reads anyway.
READ_ON_BYTES = 32 * 1024 * 1024
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a form may hold: how many files in one field, how large each, and text fields."""

    field: str
    max_files: int
    max_file_bytes: int
    max_field_bytes: int

    @property
    def max_bytes(self) -> int:
        """The size limit of the whole request, in bytes."""
        return self.max_files * self.max_file_bytes + self.max_field_bytes

    def too_many(self) -> Invalid:
        """Return the error for one file more than allowed."""
        if self.max_files == 1:
            return Invalid(errors=[self._problem(_TOO_MANY)])
        return Invalid(errors=[self._problem(f"Pilih paling banyak {self.max_files} berkas.")])

    def too_large(self) -> TooLarge:
        """Return the error for a file, or a whole request, larger than allowed."""
        each = f"{self.max_file_bytes / _MIB:.1f}".removesuffix(".0").replace(".", ",")
        detail = (
            f"Kirim paling banyak {self.max_files} berkas, masing-masing paling besar {each} MB."
        )
        return TooLarge(detail, errors=[self._problem(detail)])

    def no_such_file(self) -> Invalid:
        """Return the error for a file in another field."""
        return Invalid(errors=[{"pointer": "#", "detail": _ELSEWHERE}])

    def _problem(self, detail: str) -> dict[str, str]:
        return {"pointer": f"#/{self.field}", "detail": detail}


def receive_one(
    request: Request, *, allowance: Allowance, workspace: Workspace, closing: ExitStack
) -> tuple[Upload, MultiDict[str, str]]:
    """Return the one file that a form must have, and its other fields.

    Raises as `receive_files`.
    """
    uploads, form = receive_files(
        request, allowance=allowance, workspace=workspace, closing=closing
    )
    if len(uploads) != 1 or not uploads[0].filename:
        raise Invalid(errors=[{"pointer": f"#/{allowance.field}", "detail": _NO_FILE}])
    return uploads[0], form


def receive_files(
    request: Request,
    *,
    allowance: Allowance,
    workspace: Workspace,
    closing: ExitStack,
    keep: Callable[[MultiDict[str, str]], None] | None = None,
) -> tuple[tuple[Upload, ...], MultiDict[str, str]]:
    """Return the files, none or several, and the other form fields; deleted with `closing`.

    A file input in which nothing was chosen, without a name and without a byte, is none. `keep` is
    given the fields before a file is refused: for it the form is read to its end, while the files
    are thrown away. Raises Invalid and TooLarge with a pointer to the field, Unavailable where a
    file can't be written, and werkzeug's RequestEntityTooLarge.
    """
    arriving = _Arriving(allowance, workspace, closing, reads_on=keep is not None)
    max_bytes = allowance.max_bytes if keep is None else max(READ_ON_BYTES, allowance.max_bytes)
    request.max_content_length = max_bytes
    parser = FormDataParser(
        stream_factory=arriving.part,
        max_form_memory_size=_FIELD_BYTES,
        max_content_length=max_bytes,
        max_form_parts=_FORM_PARTS + allowance.max_files,
        silent=False,
    )
    try:
        _, form, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
    except ValueError:  # no form at all, or half of one
        raise Invalid from None
    if sum(len(value.encode()) for _, value in form.items(multi=True)) > allowance.max_field_bytes:
        raise RequestEntityTooLarge
    if keep is not None:
        keep(form)
    if arriving.fault is not None:
        raise arriving.fault
    uploads = []
    for name, file in files.items(multi=True):
        if isinstance(file.stream, _Part) and file.stream.path is not None:
            if name != allowance.field:
                raise allowance.no_such_file()
            uploads.append(Upload(file.stream.path, str(file.filename)))
    return tuple(uploads), form


class _Arriving:
    """The files of one request while they arrive. With `reads_on` a fault waits for the end."""

    def __init__(
        self, allowance: Allowance, workspace: Workspace, closing: ExitStack, *, reads_on: bool
    ) -> None:
        self._workspace = workspace
        self._closing = closing
        self._reads_on = reads_on
        self._folder: Path | None = None
        self._count = 0
        self.allowance = allowance
        self.fault: AppError | None = None

    def part(self, *_: object, filename: str | None = None, **__: object) -> Any:
        """Return where the parser writes the next file."""
        part = _Part(self)
        if filename:
            self.write(part.begin)
        return part

    def open(self) -> tuple[Path, IO[bytes]]:
        """Open a new file, if one more is allowed."""
        self._count += 1
        if self._count > self.allowance.max_files:
            raise self.allowance.too_many()
        if self._folder is None:
            self._folder = self._closing.enter_context(self._workspace.directory())
        path = self._folder / f"upload-{self._count}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return path, self._closing.enter_context(os.fdopen(descriptor, "wb", buffering=0))

    def write(self, work: Callable[[], object]) -> None:
        """Do this with a file, unless one was refused already."""
        if self.fault is not None:
            return
        try:
            work()
        except AppError as error:
            self._refuse(error)
        except OSError as error:
            self._refuse(full_disk.unavailable(error, "WORKSPACE"))

    def _refuse(self, fault: AppError) -> None:
        if not self._reads_on:
            raise fault from None
        self.fault = fault


class _Part(io.RawIOBase):
    """One file: on disk from its first byte on, or from its name if it has one."""

    def __init__(self, arriving: _Arriving) -> None:
        self._arriving = arriving
        self._file: IO[bytes] | None = None
        self._size = 0
        self.path: Path | None = None

    def begin(self) -> IO[bytes]:
        if self._file is None:
            self.path, self._file = self._arriving.open()
        return self._file

    def write(self, data: Any) -> int:
        if data:
            self._arriving.write(lambda: self._add(data))
        return len(data)

    def _add(self, data: Any) -> None:
        self._size += len(data)
        if self._size > self._arriving.allowance.max_file_bytes:
            raise self._arriving.allowance.too_large()
        rest = memoryview(data)
        while rest:  # the file is unbuffered: the system may take less than it is given
            rest = rest[self.begin().write(rest) :]

    def seek(self, *_: Any) -> int:
        """Do nothing: the file is read by its path."""
        return 0
