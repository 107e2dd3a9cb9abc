"""Disk filling without an account: bodies that are far too large for their route."""

from __future__ import annotations

import http.client
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.office_pc import OfficePC, serving

MIB = 1024 * 1024
POSTS = 40
SENT_EACH = 25 * MIB


def bytes_on_disk(pc: OfficePC) -> int:
    """What the server's process has open below its folders, files without a name included."""
    total = 0
    for link in Path(f"/proc/{pc.pid}/fd").iterdir():
        try:
            target = link.readlink()
        except FileNotFoundError:  # closed in this moment
            continue
        if target.is_relative_to(pc.data / "tmp") or target.is_relative_to(pc.system):
            total += link.stat().st_size
    return total


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this reads /proc")
def test_forty_bodies_for_a_route_of_4_kb_take_no_room(tmp_path: Path) -> None:
    with serving(tmp_path) as pc, ExitStack() as stack:
        senders = []
        for number in range(POSTS):
            source = (f"127.0.0.{number + 2}", 0)
            sender = socket.create_connection(("127.0.0.1", pc.port), 60, source_address=source)
            senders.append(stack.enter_context(sender))
            sender.sendall(
                b"POST /api/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % SENT_EACH
            )
            for _ in range(SENT_EACH // MIB - 1):
                sender.sendall(b"x" * MIB)
        # all but the last megabyte of each is under way, and none is answered
        assert bytes_on_disk(pc) < 8 * MIB
        assert list(pc.system.iterdir()) == []
        for sender in senders:
            sender.sendall(b"x" * MIB)
            answer = http.client.HTTPResponse(sender)
            answer.begin()
            assert answer.status == 413
            assert b"Kiriman terlalu besar" in answer.read()
