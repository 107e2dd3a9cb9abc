"""A lookup desk over a metered store, with one published person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from shared.kelurahan import configuration as kelurahans
from shared.kelurahan.configuration import Kelurahan, LookupFactor
from shared.platform.crypto.keys import Keyset
from shared.platform.store import Store
from shared.programmes.catalogue import load_catalogue
from shared.recipients.lookup import projection, public_state, question
from shared.recipients.lookup.proof_of_work import Proof, question_hash
from shared.recipients.lookup.question import Typed
from shared.recipients.lookup.service import Answer, LookupService
from tests.metered import Metered
from tests.recipients.lookup.solving import solve

ROOT = Path(__file__).parents[3]
OWN = kelurahans.load("tamansari", ROOT / "kelurahan")
LISTED = "3273095501900001"
ELSEWHERE = "3273090101800002"
TEMPORARY = "0327309100200001"
NAME = "Hj. Siti Aminah"
KK = "3273091001100001"
AIDS = [("pkh", "Triwulan 4 2026", "aktif"), ("bpnt", "November 2026", "disalurkan")]
START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


class Hands:
    """A clock that is moved by hand."""

    now = START

    def __call__(self) -> datetime:
        return self.now


class Office:
    """A desk over a metered store with one published person."""

    def __init__(self, store: Store, kelurahan: Kelurahan = OWN, keys: Keyset | None = None):
        self.store = Metered(store)
        self.keys = keys or Keyset.generate()
        self.kelurahan = kelurahan
        self.clock = Hands()
        self.timer = 0.0
        self.paused: list[float] = []
        self.desk = self.another_desk()

    def another_desk(self, instances: int = 1) -> LookupService:
        return LookupService(
            self.store,
            self.keys,
            self.kelurahan,
            load_catalogue(),
            self.clock,
            instances,
            timer=lambda: self.timer,
            pause=self.paused.append,
        )

    def publish(
        self,
        nik: str = LISTED,
        name: str = NAME,
        kk: str = KK,
        aids: Sequence[tuple[str, str, str]] = AIDS,
    ) -> None:
        document_id, document = projection.build(
            nik, name, kk, aids, self.keys, self.kelurahan.key, self.clock()
        )
        self.store.set(projection.path(self.kelurahan.key, document_id), document)
        self.store.set(
            public_state.path(self.kelurahan.key),
            public_state.document(
                as_of="2026-11-20",
                source="Daftar Kelurahan",
                people=1,
                key_id=self.keys.key_id,
                sequence=1,
                published_at=self.clock(),
            ),
        )

    def ask(
        self, nik: str, name: str, kk_last6: str = "", origin: str = "10.0.0.1", js: bool = False
    ) -> Answer:
        typed = Typed(nik, name, kk_last6)
        proof = self.proof(typed) if js else None
        asked = question.read(typed, self.kelurahan.lookup_factor)
        return self.desk.answer(asked, proof, origin)

    def proof(self, typed: Typed) -> Proof:
        nonce = "5" * 32
        asked = question_hash(nonce, typed.nik, typed.name, typed.kk_last6)
        return Proof(nonce, solve(self.desk.challenge(asked)))

    def cost_of(self, work: Callable[[], object]) -> tuple[int, int, int]:
        self.store.reset()
        work()
        return self.store.reads, self.store.writes + self.store.deletes, self.store.round_trips


def limited(**limits: int) -> Kelurahan:
    return replace(OWN, limits=replace(OWN.limits, **limits))


def proving_by(factor: LookupFactor) -> Kelurahan:
    return replace(OWN, lookup_factor=factor)
