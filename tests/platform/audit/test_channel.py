"""Entries say by which way somebody acted; those of before, without it, stay provable."""

from __future__ import annotations

from contextvars import copy_context
from threading import Thread

from shared.platform.audit.channel import acting_through
from shared.platform.audit.log import AuditLog
from shared.platform.crypto.keys import Keyset
from shared.platform.store import Store
from tests.hand_clock import KELURAHAN, HandClock


def test_an_entry_says_through_what_it_was_done(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    log = AuditLog(store, keyset, KELURAHAN, clock)
    log.append("ani", "batch.reject", "abc", {"reason": "sudah lama"})
    with acting_through("console"):
        log.append("ani", "batch.reject", "abc", {"reason": "baru"})
        with acting_through("command-line"):
            log.append("ani", "batch.reject", "abc")
        log.append("ani", "batch.reject", "abc")
    log.append("housekeeping", "deletion", "abc")
    assert [each.details for each in log.entries()] == [
        {"reason": "sudah lama"},
        {"reason": "baru", "via": "console"},
        {"via": "command-line"},
        {"via": "console"},
        {},
    ]
    assert log.verify().ok


def test_a_thread_has_the_channel_of_whoever_started_it_by_a_copy_of_the_context(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    log = AuditLog(store, keyset, KELURAHAN, clock)
    with acting_through("api"):
        work = Thread(target=copy_context().run, args=(log.append, "ani", "batch.prepare", "abc"))
    work.start()
    work.join()
    assert log.entries()[0].details == {"via": "api"}
