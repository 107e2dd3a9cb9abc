"""Stalled publications: a process that sleeps past its lease, and wakes after others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from shared.platform.errors import AppError
from shared.recipients.model.batch import State
from tests.recipients.office import Office, nik, row

PEOPLE = 120
WHY = "Disetujui untuk uji coba"


class Stalling:
    """A store that sleeps once, before its transaction number `at`; meanwhile, `asleep`."""

    def __init__(self, store: Any, at: int, asleep: Callable[[], None]) -> None:
        self._store = store
        self._left = at
        self._asleep = asleep

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def run(self, work: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            self._asleep()
        return self._store.run(work)


def _lists(rt: str) -> list[list[str]]:
    return [row(n, rt=rt) for n in range(PEOPLE)]


@pytest.mark.parametrize("sleeping", ["registry", "lookup"])
@pytest.mark.parametrize("at", [1, 2, 4, 9, 17, 19, 20, 21, 22, 23])
def test_a_publisher_that_wakes_late_changes_nothing_any_more(
    office: Office, sleeping: str, at: int
) -> None:
    office.publish(_lists("01"))
    path = office.csv(_lists("02"))
    batch = office.sent(office.sync.prepare(path, path.name, office.operator))
    slept = []

    def others_go_on() -> None:
        slept.append(True)
        office.later(minutes=3)
        awake = office.opened()
        later = office.csv(_lists("03"), "nanti.csv")
        third = awake.prepare(later, later.name, office.operator)
        office.approved(third.id, office.other_verifier, WHY, awake)

    stalled = Stalling(getattr(office, sleeping), at, others_go_on)
    sleeper = office.opened(**{sleeping: stalled})
    try:
        sleeper.approve(batch.id, office.verifier, WHY)
    except AppError:
        assert slept
    office.opened()
    expected = {"03"} if slept else {"02"}
    assert {person.rt for person in office.register().values()} == expected
    assert len(office.projected()) == PEOPLE
    head = office.sync.head()
    assert (head.people, head.publishing) == (PEOPLE, "")
    assert office.finds(nik(3), "WARGA").listed
    again = office.publish(_lists("04"))
    assert again.changed == PEOPLE


@pytest.mark.parametrize("at", range(1, 7))
def test_a_list_that_is_prepared_twice_and_published_stays_published(
    office: Office, at: int
) -> None:
    path = office.csv(_lists("01"))

    def others_go_on() -> None:
        office.later(minutes=3)
        awake = office.opened()
        made = awake.prepare(path, path.name, office.operator)
        office.approved(made.id, office.verifier, WHY, awake)

    sleeper = office.opened(registry=Stalling(office.registry, at, others_go_on))  # type: ignore[arg-type]
    with contextlib.suppress(AppError):
        sleeper.prepare(path, path.name, office.other_verifier)
    office.opened()
    [batch] = office.sync.batches()
    if batch.state is not State.WAITING:
        assert (batch.state, batch.prepared_by, batch.approved_by) == (
            State.PUBLISHED,
            office.operator.id,
            office.verifier.id,
        )
        assert len(office.register()) == PEOPLE
