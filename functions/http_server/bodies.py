"""Bodies of requests, read whole before the application is called: limits on size, time and disk.

A body that is refused is read on and thrown away, so that its sender hears a sentence rather than a
broken line, while neither memory nor disk holds it.
"""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack, suppress
from tempfile import TemporaryFile
from typing import IO, Any, Final

from functions.http_server.connections import Limits
from shared.platform.errors import AppError, TooLarge, TooSlow, Unavailable
from shared.platform.files.workspace import Workspace

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
LimitOf = Callable[[str, str], int | None]

# Above a function's own limit, so that the function refuses by itself what is a little too large:
# it says more of why, and shows a form again with what was typed.
_ABOVE_A_LARGE_LIMIT: Final = 1024 * 1024
_ABOVE_A_SMALL_LIMIT: Final = 16 * 1024
_NOT_TAKEN: Final = (
    "Kiriman Anda belum kami terima, dan tidak ada yang hilang. "
    "Kembali ke halaman sebelumnya, lalu kirim lagi beberapa menit lagi."
)
_DISK_FULL: Final = (
    "Penyimpanan sistem ini penuh. Kiriman Anda belum kami terima, dan tidak ada yang hilang. "
    "Kembali ke halaman sebelumnya. Warga dapat mengirim lagi besok, atau datang ke kantor "
    "kelurahan. Petugas perlu mengosongkan penyimpanan komputer ini dulu."
)


class SenderGone(Exception):
    """The connection ended before the body did."""


class Bodies:
    """Reads bodies. `limit_of` tells by method and path what a body may have at most, in bytes.

    Where it says None, a body may have `largest`. One of at most `limits.in_memory` stays in
    memory; only a route that takes more may have a file, in the workspace.
    """

    def __init__(
        self, limits: Limits, workspace: Workspace, *, largest: int, limit_of: LimitOf
    ) -> None:
        self._limits = limits
        self._workspace = workspace
        self._largest = largest
        self._limit_of = limit_of
        most = largest + _ABOVE_A_LARGE_LIMIT
        # behind a proxy all senders have its address
        of_one = None if limits.per_address is None else limits.on_disk_per_address * most
        self._room = _Room(limits.on_disk * most, of_one)

    async def read(self, scope: Mapping[str, Any], receive: Receive, body: Body) -> None:
        """Read the whole body of a request into `body`.

        Raises TooLarge, TooSlow or Unavailable (the disk is full) once the sender can be told, and
        SenderGone.
        """
        headers = dict(scope["headers"])
        announced = int(headers.get(b"content-length", 0))
        if not announced and b"transfer-encoding" not in headers:
            return
        most = self._most(scope["method"], scope["path"])
        fault: AppError | None = TooLarge() if announced > most else None
        if fault and headers.get(b"expect", b"").lower() == b"100-continue":
            raise fault  # it asked first, and is told before it sends
        pace, more = Pace(self._limits, asyncio.get_running_loop().time), True
        while more:
            try:
                async with asyncio.timeout_at(pace.due):
                    message = await receive()
            except TimeoutError:
                raise TooSlow(_NOT_TAKEN) from None
            if message["type"] != "http.request":
                raise SenderGone
            data, more = message.get("body", b""), message.get("more_body", False)
            pace.moved(len(data))
            if pace.total > most and fault is None:
                fault = TooLarge()
            if fault is None:
                try:
                    await body.add(data)
                    if not more:
                        body.file.seek(0)  # writes what is still to be written
                except OSError:
                    fault = Unavailable(_DISK_FULL, code="BODY")
                except Unavailable:
                    fault = Unavailable(_NOT_TAKEN, code="BODY")
            if fault is not None and body.size:
                body.close()
            if pace.total > self._limits.thrown_away:
                break
        if fault is not None:
            raise fault

    def new(self, address: str) -> Body:
        """Return an empty body for what comes from an address; whoever asks closes it."""
        return Body(self._limits.in_memory, self._workspace, self._room, address)

    def _most(self, method: str, path: str) -> int:
        limit = self._limit_of(method, path)
        most = self._largest if limit is None else limit
        small = most + _ABOVE_A_SMALL_LIMIT
        return small if small <= self._limits.in_memory else most + _ABOVE_A_LARGE_LIMIT


class Body:
    """One body: in memory, or in a file without a name in a private folder."""

    def __init__(self, in_memory: int, workspace: Workspace, room: _Room, address: str) -> None:
        self._in_memory = in_memory
        self._workspace = workspace
        self._room = room
        self._address = address
        self._closing = ExitStack()
        self.file: IO[bytes] = io.BytesIO()
        self.size = 0
        self._on_disk = 0

    async def add(self, data: bytes) -> None:
        """Append to the body; raises OSError or Unavailable where the disk can't take it."""
        self.size += len(data)
        if self.size > self._in_memory:
            more = self.size - self._on_disk
            self._room.take(self._address, more)
            self._on_disk += more
            if isinstance(self.file, io.BytesIO):
                await asyncio.to_thread(self._move_to_disk, self.file.getvalue())
        self.file.write(data)

    def close(self) -> None:
        """Let go of the body and of its place on disk."""
        with suppress(OSError):  # what was still to be written, on a disk that is full
            self._closing.close()
        self._room.give_back(self._address, self._on_disk)
        self.file, self.size, self._on_disk = io.BytesIO(), 0, 0

    def _move_to_disk(self, so_far: bytes) -> None:
        folder = self._closing.enter_context(self._workspace.directory())
        self.file = self._closing.enter_context(TemporaryFile(dir=folder))  # noqa: SIM115
        self.file.write(so_far)


class _Room:
    """The room on disk that bodies may take together, and those of one address, in bytes."""

    def __init__(self, in_all: int, per_address: int | None) -> None:
        self._in_all = in_all
        self._per_address = per_address
        self._taken: Counter[str] = Counter()

    def take(self, address: str, count: int) -> None:
        """Take room; raises Unavailable where there is none left."""
        own = self._taken[address] + count
        if self._per_address is not None and own > self._per_address:
            raise Unavailable(code="BODY")
        if self._taken.total() + count > self._in_all:
            raise Unavailable(code="BODY")
        self._taken[address] = own

    def give_back(self, address: str, count: int) -> None:
        """Give back what was taken."""
        self._taken[address] -= count
        if not self._taken[address]:
            del self._taken[address]


class Pace:
    """The time of one body: each step of `step_seconds` has to bring `step_bytes`."""

    def __init__(self, limits: Limits, seconds: Callable[[], float]) -> None:
        self._limits = limits
        self._seconds = seconds
        self._end = seconds() + limits.longest_seconds
        self._in_step = 0
        self.total = 0
        self.due = seconds() + limits.step_seconds

    def moved(self, count: int) -> None:
        """Count bytes; a step that has enough is followed by the next."""
        self.total += count
        self._in_step += count
        if self._in_step >= self._limits.step_bytes:
            self._in_step = 0
            self.due = min(self._end, self._seconds() + self._limits.step_seconds)
