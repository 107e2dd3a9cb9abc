"""TCP proxy that delays what it passes on, each way: a network between a function and its store.

    python -m bench.delaying_proxy HOST:PORT MILLISECONDS OWN_PORT

On one machine a round trip to the emulator takes well under a millisecond; between a Cloud Run
function and Firestore in its region it takes 5 to 20.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import serving


@contextmanager
def running(target: str, milliseconds: float) -> Iterator[str]:
    """Its address (host:port), in a process of its own; `milliseconds` each way."""
    command = [sys.executable, "-m", "bench.delaying_proxy", target, str(milliseconds)]
    with serving.running(command, {}) as port:
        yield f"127.0.0.1:{port}"


async def serve(target: str, seconds: float, own_port: int) -> None:
    """Pass connections on to `target` until the process ends."""
    host, _, port = target.rpartition(":")

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_pass_on(reader, back, seconds), _pass_on(there, writer, seconds))

    server = await asyncio.start_server(connected, "127.0.0.1", own_port)
    async with server:
        await server.serve_forever()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    """Write what is read `seconds` later, in its order, and pass the end on too."""
    clock = asyncio.get_running_loop().time
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        data = b"-"
        while data:
            due, data = await under_way.get()
            await asyncio.sleep(due - clock())
            writer.write(data)
        writer.close()

    delivery = asyncio.create_task(deliver())
    try:
        while data := await reader.read(65_536):
            under_way.put_nowait((clock() + seconds, data))
    except ConnectionError:
        pass
    under_way.put_nowait((clock() + seconds, b""))
    await delivery


if __name__ == "__main__":
    # select() waits to the microsecond, epoll() in whole milliseconds
    selector = selectors.SelectSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(serve(sys.argv[1], float(sys.argv[2]) / 1000, int(sys.argv[3])))
