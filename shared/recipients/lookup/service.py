"""The lookup service: the answer to one question against the public list.

One question costs one round trip: the person's document, today's failure document of the NIK, and,
at most every five minutes, the state of the publication. A hit writes nothing, a miss counts one
failure. "Not on the list", "the name differs" and "temporary NIK" take the same steps and give the
same answer, so that nobody learns from it whether a NIK is on the list without knowing the person.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.kelurahan.configuration import Kelurahan
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import TooManyRequests, Unavailable
from shared.platform.store.port import Snapshot, Store
from shared.programmes.catalogue import Catalogue
from shared.recipients.lookup import answer_texts, projection, public_state
from shared.recipients.lookup.miss_limits import MissLimits
from shared.recipients.lookup.proof_of_work import Proof, Proofs, Work
from shared.recipients.lookup.public_state import PublicState
from shared.recipients.lookup.question import Question
from shared.recipients.model.entitlement_status import BERHENTI, canonical

STATE_TTL: Final = timedelta(seconds=300)
BEAT_SECONDS: Final = 0.1
_FORGED: Final = "public list: a document that was not made here"
_OTHER: Final = ("other", "Bantuan lain")


@dataclass(frozen=True, slots=True)
class Shown:
    """One entitlement as residents read it."""

    programme: str
    programme_name: str
    period: str
    status: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer. Never a NIK, a KK number, a name, an address or a component of a programme.

    `is_over`: the person is listed, and nothing there is paid any more.
    """

    listed: bool
    message: str
    entitlements: tuple[Shown, ...]
    as_of: str
    source: str
    next_steps: tuple[str, ...]
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the store said: the state, the person's document if the claim fits it.

    `by_kk`: the KK number decided.
    """

    published: PublicState
    found: Snapshot | None
    by_kk: bool


class LookupService:
    """Answers the public's questions. One object per process: it keeps the state for five minutes.

    `instances`: how many processes like this one may run; `timer` and `pause` make misses even.
    """

    def __init__(
        self,
        store: Store,
        keys: Keyset,
        kelurahan: Kelurahan,
        catalogue: Catalogue,
        clock: Clock,
        instances: int = 1,
        *,
        timer: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._keys = keys
        self._kelurahan = kelurahan
        self._catalogue = catalogue
        self._clock = clock
        self._state_path = public_state.path(kelurahan.key)
        self._kept: tuple[datetime, PublicState] | None = None
        limits = kelurahan.limits
        self._proofs = Proofs(
            keys, clock, limits.challenge_difficulty, limits.challenge_ttl_seconds
        )
        self._misses = MissLimits(store, keys, kelurahan, clock, instances)
        self._timer = timer
        self._pause = pause

    def challenge(self, asked: str, *, is_hard: bool = False) -> Mapping[str, str | int]:
        """Make a challenge for the question with this hash (see `question_hash`); ProofRefused.

        It is hard where that is asked for, as after a refusal of another process, or needed here.
        The state is read here when it is old, so that the lookup that follows needn't.
        """
        is_hard = is_hard or self._misses.needs_hard_work()
        challenge = self._proofs.challenge(asked, Work.HARD if is_hard else Work.USUAL)
        if self._fresh_state() is None:
            self._keep(self._store.get(self._state_path))
        return challenge

    def answer(self, question: Question, proof: Proof | None, origin: str) -> Answer:
        """Answer a question; without a proof of work (no JavaScript) the limits are tighter.

        `origin` is the address asked from. Raises ProofRefused, with the code HARDER where harder
        work is needed for now; TooManyRequests, KkNeeded and Crowded, which depend on what was
        asked so far alone and come before anything is compared; and Unavailable where the person's
        document isn't the one that was published.
        """
        work = None
        if proof is not None:
            typed = question.typed
            work = self._proofs.check(proof, typed.nik, typed.name, typed.kk_last6)
        self._misses.refuse_early(question.nik, origin, work, question.claim.kk_last6)
        started = self._timer()
        try:
            asked = self._ask(question, origin, by_form=work is None)
        except TooManyRequests:
            self._wait_since(started)
            raise
        if asked.found is not None:
            return self._listed(asked.found, asked.published)
        self._wait_since(started)
        return self._not_listed(asked.published, by_kk=asked.by_kk)

    def _ask(self, question: Question, origin: str, *, by_form: bool) -> _Asked:
        """Return the state, and the person's document if the claim fits it.

        Where the NIK has had its misses, the end of the KK number decides, whatever else was typed.

        A document that somebody else wrote raises the alarm. Whoever knows the person is told that
        the service is out of order: "not listed" would be the forger's word. To all others it is
        the miss that it would have been.
        """
        published, misses, people = self._read(question.nik)
        nik, claim = question.nik, question.claim
        by_kk = self._misses.is_closed(misses)
        factor = "kk" if by_kk else self._kelurahan.lookup_factor
        with self._misses.attempt(misses, nik, origin, claim.kk_last6, by_form=by_form) as miss:
            found = projection.matching(people, claim, self._keys, factor)
            are_ours = projection.are_ours(people, self._keys)
            if not are_ours:
                logs.event(_FORGED, severity="ALERT")
            if found is None:
                miss()
            elif not are_ours:
                raise Unavailable
            return _Asked(published, found, by_kk)

    def _wait_since(self, started: float) -> None:
        """Wait until a whole number of intervals has passed, so that time doesn't tell the outcome.

        A document that is there takes a little longer to be read and decoded than one that isn't,
        in the database as well, where nothing can be done about it.
        """
        self._pause(-(self._timer() - started) % BEAT_SECONDS)

    def _read(self, nik: str) -> tuple[PublicState, Snapshot, list[Snapshot]]:
        """Read the state, today's misses of the NIK and the person's documents: one round trip."""
        ids = projection.identifiers(self._keys, self._kelurahan.key, nik)
        paths = [projection.path(self._kelurahan.key, each) for each in ids]
        published = self._fresh_state()
        wanted = [self._misses.path(nik), *paths] + ([] if published else [self._state_path])
        read = self._store.get_many(wanted)
        if published is None:
            published = self._keep(read.pop())
        return published, read[0], read[1:]

    def _fresh_state(self) -> PublicState | None:
        kept = self._kept
        if kept is None or not timedelta(0) <= self._clock() - kept[0] < STATE_TTL:
            return None
        return kept[1]

    def _keep(self, snapshot: Snapshot) -> PublicState:
        """Return the state in a document, and cache it unless nothing is published yet."""
        published = public_state.from_snapshot(snapshot)
        if published.as_of:
            self._kept = (self._clock(), published)
        return published

    def _listed(self, person: Snapshot, published: PublicState) -> Answer:
        shown = tuple(map(self._shown, projection.entitlements(person)))
        ended = {each.programme: each.programme_name for each in shown if self._has_ended(each)}
        is_over = all(each.programme in ended or each.status == BERHENTI for each in shown)
        return Answer(
            listed=True,
            message=answer_texts.listed_message(self._kelurahan, is_over=is_over),
            entitlements=shown,
            as_of=published.as_of,
            source=published.source,
            next_steps=answer_texts.listed_steps(
                self._kelurahan, is_over=is_over, ended=[ended[code] for code in sorted(ended)]
            ),
            is_over=is_over,
        )

    def _not_listed(self, published: PublicState, *, by_kk: bool) -> Answer:
        is_published = bool(published.as_of)
        return Answer(
            listed=False,
            message=answer_texts.not_listed_message(
                self._kelurahan, is_published=is_published, by_kk=by_kk
            ),
            entitlements=(),
            as_of=published.as_of,
            source=published.source,
            next_steps=answer_texts.not_listed_steps(
                self._kelurahan, is_published=is_published, by_kk=by_kk
            ),
        )

    def _shown(self, listed: projection.Listed) -> Shown:
        """Return an entitlement in the catalogue's words and ours, whatever was stored."""
        programme = self._catalogue.programmes.get(listed.programme)
        code, name = (programme.code, programme.name) if programme else _OTHER
        return Shown(code, name, listed.period, canonical(listed.status))

    def _has_ended(self, shown: Shown) -> bool:
        programme = self._catalogue.programmes.get(shown.programme)
        return programme is not None and programme.status == "ended"
