"""Indonesian labels of states, outcomes, steps and channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.complaints.model.case import Channel
from shared.complaints.model.lifecycle import Outcome, State, Step

STATES: Final[Mapping[State, str]] = {
    State.NEW: "baru",
    State.VERIFIED: "diverifikasi",
    State.IN_PROGRESS: "ditindaklanjuti",
    State.CLOSED: "selesai",
    State.RATED: "dinilai",
    State.REOPENED: "dibuka kembali",
    State.APPEALED: "banding",
}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.PROVEN: "terbukti",
    Outcome.PARTLY: "terbukti sebagian",
    Outcome.UNPROVEN: "tidak terbukti",
    Outcome.REFERRED: "dialihkan",
    Outcome.WITHDRAWN: "dicabut",
}
STEPS: Final[Mapping[Step, str]] = {
    Step.RECEIVE: "diterima",
    Step.VERIFY: "diverifikasi",
    Step.ACT: "ditindaklanjuti",
    Step.CLOSE: "ditutup",
    Step.WITHDRAW: "dicabut pelapor",
    Step.RATE: "dinilai pelapor",
    Step.REOPEN: "dibuka kembali",
    Step.APPEAL: "diajukan banding",
    Step.NOTE: "catatan",
    Step.ADD: "tambahan dari pelapor",
    Step.ASSIGN: "dialihkan ke petugas lain",
    Step.NAME: "petugas yang diadukan ditetapkan",
    Step.ESCALATE: "dinaikkan karena terlambat",
    Step.CHECK_BACK: "ditanyakan kembali kepada pelapor",
}
CHANNELS: Final[Mapping[Channel, str]] = {
    Channel.WEB: "situs",
    Channel.STAFF: "petugas",
    Channel.PHONE: "telepon",
    Channel.PAPER: "kertas",
}
