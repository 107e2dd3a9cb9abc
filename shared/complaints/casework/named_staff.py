"""Which complaints name an officer: nothing of the system may lead them there."""

from __future__ import annotations

from collections.abc import Iterable

from shared.complaints.model.context import ComplaintContext
from shared.platform.errors import SealBroken
from shared.staff.accounts import Staff


def cases_naming(
    context: ComplaintContext, staff: Staff, case_ids: Iterable[str]
) -> frozenset[str]:
    """Return which of these complaints name the officer; one read for each id.

    One that can't be read, because it is damaged, counts as naming them. One that isn't there names
    nobody.
    """
    found = (each for each in context.book.snapshots(sorted(set(case_ids))) if each.exists)
    named = set()
    for snapshot in found:
        try:
            if staff.id in context.book.documents.case(snapshot).named:
                named.add(snapshot.id)
        except SealBroken:
            named.add(snapshot.id)
    return frozenset(named)
