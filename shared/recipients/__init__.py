"""The register of recipients: lists in, differences, approval, publishing, and the lookup by NIK.

These are the capability's public names. Each is loaded at its first use, so that the lookup, which
the public waits for, loads nothing that reads spreadsheets.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shared.recipients.batches import Batch, State
    from shared.recipients.checking import check
    from shared.recipients.freshness import FreshnessBoard
    from shared.recipients.inbox import Inbox
    from shared.recipients.lookup import LookupDesk
    from shared.recipients.nik import read_nik
    from shared.recipients.people import People, masked_nik
    from shared.recipients.readings import Readings
    from shared.recipients.repair import RegisterRepair
    from shared.recipients.report import write_report
    from shared.recipients.sync import RecipientSync

_MODULES: Final = {
    "Batch": "batches",
    "FreshnessBoard": "freshness",
    "Inbox": "inbox",
    "LookupDesk": "lookup",
    "People": "people",
    "Readings": "readings",
    "RecipientSync": "sync",
    "RegisterRepair": "repair",
    "State": "batches",
    "check": "checking",
    "masked_nik": "people",
    "read_nik": "nik",
    "write_report": "report",
}

__all__ = [
    "Batch",
    "FreshnessBoard",
    "Inbox",
    "LookupDesk",
    "People",
    "Readings",
    "RecipientSync",
    "RegisterRepair",
    "State",
    "check",
    "masked_nik",
    "read_nik",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"shared.recipients.{_MODULES[name]}"), name)
