"""Documents of complaints in `intake`: searchable fields in clear, all words sealed.

Every document is signed (a keyed MAC), so that nobody without the keys can move a deadline or an
outcome. Words are sealed for their own place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Final, cast

from shared.complaints.model.case import Case, Channel, Event, Words
from shared.complaints.model.follow_up_deduplication import FollowUps, follow_ups_from
from shared.complaints.model.lifecycle import Outcome, State, Step
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import NotFound, SealBroken
from shared.platform.store import Snapshot, Value, Write

FORMAT: Final = DocumentFormat("intake", "complaints", schema=1, is_signed=True)
EVENT_FORMAT: Final = DocumentFormat("intake", "complaints/*/events", schema=1, is_signed=True)
_NOT_THERE = "Pengaduan ini tidak ada. Periksa nomornya."
_CASE_FIELDS: Final = frozenset(each.name for each in fields(Case)) - {"id"}
_STAFF: Final = ("named", "barred", "involved")
MOVED_FROM: Final = "moved_from"
MOVED_VERSION: Final = "moved_version"
"""Id and version that a complaint had in the registry, before there was a database for it."""
_EVENT_WORDS: Final = ("public", "internal")


class Documents:
    """The documents of one kelurahan's complaints, and what they hold."""

    def __init__(self, keys: Keyset, kelurahan_key: str) -> None:
        self._keys = keys
        self._kelurahan_key = kelurahan_key
        self.collection = f"kelurahan/{kelurahan_key}/complaints"

    def ids(self, ticket: str) -> tuple[str, ...]:
        """Return the ids a ticket's complaint may have: under the current key, and the previous."""
        return self._keys.identifiers("complaint", self._kelurahan_key, ticket)

    def path(self, case_id: str) -> str:
        """Return the path of a complaint; raises NotFound for what can't be an id of one."""
        if not case_id.isalnum() or not case_id.isascii() or len(case_id) > 40:
            raise NotFound(_NOT_THERE)
        return f"{self.collection}/{case_id}"

    def events(self, case_id: str) -> str:
        """Return the collection of a complaint's events."""
        return f"{self.path(case_id)}/events"

    def case(self, snapshot: Snapshot) -> Case:
        """Return the complaint in a document.

        Raises NotFound, and SealBroken where it was altered.
        """
        data = self._known(snapshot)
        kept = cast(dict[str, Any], {name: data[name] for name in _CASE_FIELDS if name in data})
        kept["state"], kept["channel"] = State(kept["state"]), Channel(kept["channel"])
        kept["outcome"] = None if kept["outcome"] is None else Outcome(kept["outcome"])
        for name in _STAFF:
            kept[name] = tuple(kept.get(name, ()))
        return Case(id=snapshot.id, **kept)

    def words(self, snapshot: Snapshot) -> Words:
        """Return a complaint's words; empty ones once it was erased."""
        sealed = self._known(snapshot)["sealed"]
        if sealed is None:
            return Words("")
        return Words(**self._opened(sealed, f"{snapshot.path}#words"))

    def secret_tag(self, snapshot: Snapshot) -> bytes | None:
        """Return the keyed mark of a complaint's secret; None once it was erased."""
        return cast("bytes | None", self._known(snapshot)["secret"])

    def created(self, case: Case, words: Words, secret_tag: bytes) -> Write:
        """Return the write that makes a complaint; its commit fails where there is one."""
        path = self.path(case.id)
        sealed = self._sealed(asdict(words), f"{path}#words")
        data = {**_plain(case), "secret": secret_tag, "sealed": sealed, "said": None}
        data["created_at"] = case.received_at
        return Write("create", path, signed(self._keys, path, data))

    def changed(self, snapshot: Snapshot, case: Case, **more: Value) -> Write:
        """Return the write that keeps a changed complaint; its words and secret stay as they are.

        `more`: other fields of the document, such as `said`.
        """
        data = {**self._known(snapshot), **_plain(case), **more}
        return Write("set", snapshot.path, signed(self._keys, snapshot.path, data))

    def heard(self, snapshot: Snapshot) -> FollowUps:
        """Return the record of the resident's messages since the complaint was made."""
        return follow_ups_from(self._known(snapshot).get("said"))

    def ids_so_far(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The complaint's id, and the one that it had in the registry if it was moved."""
        moved_from = self._known(snapshot).get(MOVED_FROM)
        return (snapshot.id, moved_from) if isinstance(moved_from, str) else (snapshot.id,)

    def moved_version(self, snapshot: Snapshot) -> int | None:
        """Return the version at which a complaint was moved here; None for one made here."""
        version = self._known(snapshot).get(MOVED_VERSION)
        return version if isinstance(version, int) else None

    def erased(self, snapshot: Snapshot, case: Case) -> Write:
        """Return the write after which nothing personal is left in a complaint."""
        bare = replace(case, erased=True, erase_at=None, check_back_at=None)
        bare = replace(bare, photos=0, photo_folder="", photos_erase_at=None)
        return self.changed(snapshot, bare, sealed=None, secret=None, said=None)

    def happened(self, case_id: str, event: Event) -> Write:
        """Return the write that adds an event; its commit fails where that number is taken."""
        path = f"{self.events(case_id)}/{event.number:04d}"
        data: dict[str, Value] = {
            "schema": EVENT_FORMAT.schema,
            "number": event.number,
            "at": event.at,
            "step": event.step.value,
            "actor": event.actor,
            "role": event.role,
            "state": event.state.value,
            "is_shown": event.is_shown,
            "outcome": None if event.outcome is None else event.outcome.value,
            "level": event.level,
            "sealed": self._sealed(
                {name: getattr(event, name) for name in _EVENT_WORDS}, f"{path}#words"
            ),
            "created_at": event.at,
            "updated_at": event.at,
        }
        return Write("create", path, signed(self._keys, path, data))

    def event(self, snapshot: Snapshot) -> Event:
        """Return the event in a document; raises SealBroken where it was altered."""
        data = cast(dict[str, Any], self._known(snapshot, EVENT_FORMAT))
        words = (
            {} if data["sealed"] is None else self._opened(data["sealed"], f"{snapshot.path}#words")
        )
        return Event(
            number=data["number"],
            at=data["at"],
            step=Step(data["step"]),
            actor=data["actor"],
            role=data["role"],
            state=State(data["state"]),
            is_shown=data["is_shown"],
            outcome=None if data["outcome"] is None else Outcome(data["outcome"]),
            level=data["level"],
            **words,
        )

    def event_erased(self, snapshot: Snapshot) -> Write:
        """Return the write that takes every word out of an event, and leaves that it happened.

        One that was tampered with loses its words too, and still doesn't vouch for itself.
        """
        try:
            data = {**self._known(snapshot, EVENT_FORMAT), "sealed": None}
        except SealBroken:
            return Write("update", snapshot.path, {"sealed": None})
        return Write("set", snapshot.path, signed(self._keys, snapshot.path, data))

    def _known(self, snapshot: Snapshot, form: DocumentFormat = FORMAT) -> dict[str, Value]:
        if not snapshot.exists:
            raise NotFound(_NOT_THERE)
        return form.current(verified(self._keys, snapshot))

    def _sealed(self, words: Mapping[str, str], context: str) -> bytes:
        return self._keys.seal(json.dumps(words, ensure_ascii=False).encode(), context)

    def _opened(self, sealed: Value, context: str) -> dict[str, str]:
        if not isinstance(sealed, bytes):
            raise SealBroken()
        return cast(dict[str, str], json.loads(self._keys.unseal(sealed, context)))


def _plain(case: Case) -> dict[str, Value]:
    data = asdict(case)
    del data["id"]
    data["state"], data["channel"] = case.state.value, case.channel.value
    data["outcome"] = None if case.outcome is None else case.outcome.value
    data.update((name, list(getattr(case, name))) for name in _STAFF)
    found_by = {"open": case.is_open, "about_staff": bool(case.named)}
    return {"schema": FORMAT.schema, **found_by, **data}
