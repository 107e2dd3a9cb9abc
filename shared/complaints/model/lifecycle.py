"""The lifecycle of a complaint: one table of states, steps, and who may take them.

    new -> verified -> in progress -> closed -> rated
             ^                          |
             +-- reopened, appealed <---+

A resident may add to a complaint and withdraw it while it is open; silence never closes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from shared.platform.errors import WrongState
from shared.staff.account_repository import Role

Who = Literal["staff", "resident", "system"]

WORKERS: Final = frozenset({Role.OPERATOR, Role.VERIFIER})
"""The roles of staff that work on complaints."""
READERS: Final = WORKERS | {Role.AUDITOR}


class State(StrEnum):
    """The states of a complaint."""

    NEW = "new"
    VERIFIED = "verified"
    IN_PROGRESS = "in-progress"
    CLOSED = "closed"
    RATED = "rated"
    REOPENED = "reopened"
    APPEALED = "appealed"


class Outcome(StrEnum):
    """The outcomes of a complaint."""

    PROVEN = "proven"
    PARTLY = "partly"
    UNPROVEN = "unproven"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """The steps of a complaint. Those from NOTE on leave its state as it is."""

    RECEIVE = "receive"
    VERIFY = "verify"
    ACT = "act"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    RATE = "rate"
    REOPEN = "reopen"
    APPEAL = "appeal"
    NOTE = "note"
    ADD = "add"
    ASSIGN = "assign"
    NAME = "name"
    ESCALATE = "escalate"
    CHECK_BACK = "check-back"


OPEN: Final = frozenset(
    {State.NEW, State.VERIFIED, State.IN_PROGRESS, State.REOPENED, State.APPEALED}
)
ENDED: Final = frozenset({State.CLOSED, State.RATED})
_ALL: Final = frozenset(State)


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states a step may be taken, where it leads (None: it stays), and by whom."""

    sources: frozenset[State]
    target: State | None
    who: frozenset[Who]


def _rule(sources: frozenset[State], target: State | None, *who: Who) -> Rule:
    return Rule(sources, target, frozenset(who))


TABLE: Final[Mapping[Step, Rule]] = {
    Step.VERIFY: _rule(
        frozenset({State.NEW, State.REOPENED, State.APPEALED}), State.VERIFIED, "staff"
    ),
    Step.ACT: _rule(frozenset({State.VERIFIED}), State.IN_PROGRESS, "staff"),
    Step.CLOSE: _rule(frozenset({State.VERIFIED, State.IN_PROGRESS}), State.CLOSED, "staff"),
    Step.WITHDRAW: _rule(OPEN, State.CLOSED, "resident"),
    Step.RATE: _rule(frozenset({State.CLOSED}), State.RATED, "resident"),
    Step.REOPEN: _rule(ENDED, State.REOPENED, "resident"),
    Step.APPEAL: _rule(ENDED, State.APPEALED, "resident"),
    Step.NOTE: _rule(_ALL, None, "staff"),
    Step.ADD: _rule(OPEN, None, "resident"),
    Step.ASSIGN: _rule(OPEN, None, "staff"),
    Step.NAME: _rule(OPEN, None, "staff"),
    Step.ESCALATE: _rule(OPEN, None, "system"),
    Step.CHECK_BACK: _rule(ENDED, None, "system"),
}
"""Every step but the first. The windows of REOPEN and APPEAL are checked besides."""


def after(state: State, step: Step, who: Who) -> State:
    """Return the state a step leads to; raises WrongState where they may not take it."""
    rule = TABLE.get(step)
    if rule is None or who not in rule.who or state not in rule.sources:
        raise WrongState()
    return rule.target or state


def possible(state: State, who: Who) -> tuple[Step, ...]:
    """Return the steps that they may take from a state, in the table's order."""
    return tuple(step for step, rule in TABLE.items() if who in rule.who and state in rule.sources)
