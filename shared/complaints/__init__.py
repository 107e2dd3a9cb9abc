"""Complaints of residents: intake around the clock, a ticket to follow, deadlines that escalate.

These are the capability's public names, each loaded at its first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shared.complaints.case import Case, CaseFile, Channel, Event, Receipt, Status, Words
    from shared.complaints.casework import Casework, Filter
    from shared.complaints.check_back import CheckBack
    from shared.complaints.desk import IntakeDesk
    from shared.complaints.escalation import Escalation
    from shared.complaints.export import ENDINGS, write_export
    from shared.complaints.kinds import Kind
    from shared.complaints.life import ENDED, Outcome, State, Step
    from shared.complaints.retention import Retention
    from shared.complaints.soundness import SoundPremises, find_damaged
    from shared.complaints.submission import Submission
    from shared.complaints.tour import Tour
    from shared.complaints.work_queue import WorkQueue

_MODULES: Final = {
    "Case": "case",
    "CaseFile": "case",
    "Casework": "casework",
    "Channel": "case",
    "CheckBack": "check_back",
    "ENDED": "life",
    "ENDINGS": "export",
    "Escalation": "escalation",
    "Event": "case",
    "Filter": "casework",
    "IntakeDesk": "desk",
    "Kind": "kinds",
    "Outcome": "life",
    "Receipt": "case",
    "Retention": "retention",
    "SoundPremises": "soundness",
    "State": "life",
    "Status": "case",
    "Step": "life",
    "Submission": "submission",
    "Tour": "tour",
    "Words": "case",
    "WorkQueue": "work_queue",
    "find_damaged": "soundness",
    "write_export": "export",
}

__all__ = [
    "ENDED",
    "ENDINGS",
    "Case",
    "CaseFile",
    "Casework",
    "Channel",
    "CheckBack",
    "Escalation",
    "Event",
    "Filter",
    "IntakeDesk",
    "Kind",
    "Outcome",
    "Receipt",
    "Retention",
    "SoundPremises",
    "State",
    "Status",
    "Step",
    "Submission",
    "Tour",
    "Words",
    "WorkQueue",
    "find_damaged",
    "write_export",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"shared.complaints.{_MODULES[name]}"), name)
