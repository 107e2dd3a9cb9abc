"""Benchmark of a lookup hit, against a bare function that does one `get`, on one emulator.

Both run under the framework's own production server (gunicorn, one worker), and reach the emulator
through a proxy that makes a round trip as long as it is in a region of Google Cloud; then once more
without it. Requests go by turns over kept connections; the challenge is fetched and solved before
the clock starts.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import tempfile
import uuid
from pathlib import Path
from typing import Any

from bench import delaying_proxy, emulator, serving
from shared.kelurahan import configuration as kelurahans
from shared.platform.clock import system_clock
from shared.platform.crypto.keys import Keyset
from shared.platform.store import Store, Write
from shared.platform.store.firestore.store import FirestoreStore
from shared.programmes.catalogue import load_catalogue
from shared.recipients.lookup import projection, public_state, question
from shared.recipients.lookup.proof_of_work import Proof, question_hash
from shared.recipients.lookup.service import LookupService
from tests.metered import Metered
from tests.recipients.lookup.solving import solve

REQUESTS = 1_000
WARM_UP = 100
PEOPLE = 200
DELAY_MILLISECONDS = 5.0  # each way
TARGET = 1.10
NONCE = "0" * 32
NAME = "SITI AMINAH"
DATABASE = "lookup"
Taken = tuple[list[float], list[float]]  # milliseconds: ours, the bare function's


def run(requests: int = REQUESTS) -> dict[str, Any]:
    """Return the medians, the ratio, and what a lookup costs in reads and writes."""
    project, keys = f"bench-{uuid.uuid4().hex[:12]}", Keyset.generate()
    with tempfile.TemporaryDirectory() as folder, emulator.running() as host:
        os.environ["FIRESTORE_EMULATOR_HOST"] = host
        place = _easy(Path(folder))
        store = FirestoreStore(project, DATABASE)
        people = _publish(store, place, keys)
        with delaying_proxy.running(host, DELAY_MILLISECONDS) as far:
            delayed = _measure(project, keys, far, folder, people, requests)
        direct = _measure(project, keys, host, folder, people, requests)
        costs = _costs(store, place, keys, next(iter(people)))
        store.close()
        del os.environ["FIRESTORE_EMULATOR_HOST"]
    ratio = statistics.median(delayed[0]) / statistics.median(delayed[1])
    away = f"at {2 * DELAY_MILLISECONDS:g} ms a round trip"
    rows = [
        *_timings(away, delayed),
        *_timings("without delay", direct),
        *(_row(f"{what} of a hit", of_hit, bare, of_hit / bare if bare else None)
          for what, of_hit, bare in zip(("round trips", "reads", "writes"), costs["hit"], (1, 1, 0),
                                        strict=True)),
        *(_row(f"{what} of a miss", of_miss, None, None)
          for what, of_miss in zip(("round trips", "reads", "writes"), costs["miss"], strict=True)),
    ]  # fmt: skip
    met = ratio <= TARGET and costs["hit"][0] == 1 and costs["hit"][1] <= 2 and not costs["hit"][2]
    return {
        "id": "a",
        "title": "Lookup against a bare function with one get, on the emulator",
        "target": f"median {away} at most {TARGET:.2f} times; a hit in one round trip, 2 reads, "
        "no write",
        "met": met,
        "rows": rows,
        "notes": [
            f"{requests:,} requests to each, by turns, after {WARM_UP} to warm up; one gunicorn "
            "worker with 8 threads for each.",
            f"A proxy delays what goes to the emulator, and what comes back, by "
            f"{DELAY_MILLISECONDS:g} ms each. Without it there is no target: a round trip then "
            "takes a fraction of a millisecond, as it does nowhere in production, and the ratio is "
            "that of what the two functions do by themselves.",
            "Once in five minutes the state of the publication is read too: by the challenge that "
            "comes before a lookup, or in the lookup's own round trip.",
            "A miss counts one failure. Before a process answers the first time in a day, and "
            "after a miss at most once a minute, they are counted too (one read for each 1,000).",
        ],
    }


def _row(what: str, ours: float, bare: float | None, ratio: float | None) -> dict[str, Any]:
    def shown(value: float | None) -> Any:
        return "" if value is None else round(value, 2)

    return {"what": what, "nik_lookup": shown(ours), "bare": shown(bare), "ratio": shown(ratio)}


def _easy(folder: Path) -> kelurahans.Kelurahan:
    """Return the example's kelurahan with challenges that are solved at once."""
    own = (serving.ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    easier = own
    for usual, easy in (
        ("challenge_difficulty = 20000", "challenge_difficulty = 1000"),
        ("niks_per_address = 150", "niks_per_address = 100000"),
    ):
        assert usual in easier
        easier = easier.replace(usual, easy)
    (folder / "tamansari.toml").write_text(easier, "utf-8")
    return kelurahans.load("tamansari", folder)


def _publish(store: Store, place: kelurahans.Kelurahan, keys: Keyset) -> dict[str, str]:
    """Publish people with two programmes each; return NIK -> path of the document."""
    now, people, writes = system_clock(), {}, []
    for serial in range(1, PEOPLE + 1):
        nik = f"327309010180{serial:04d}"
        aids = [("pkh", "2026-T4", "Aktif"), ("bpnt", "2026-11", "Aktif")]
        document_id, document = projection.build(nik, NAME, "", aids, keys, place.key, now)
        people[nik] = projection.path(place.key, document_id)
        writes.append(Write("set", people[nik], document))
    told = public_state.document(
        as_of="2026-11-20",
        source="Contoh",
        people=PEOPLE,
        key_id=keys.key_id,
        sequence=1,
        published_at=now,
    )
    store.commit([*writes, Write("set", public_state.path(place.key), told)])
    return people


def _timings(where: str, taken: Taken) -> list[dict[str, Any]]:
    """The rows of one measurement."""
    medians = [statistics.median(each) for each in taken]
    high = [statistics.quantiles(each, n=20)[-1] for each in taken]
    return [
        _row(f"median {where}, milliseconds", medians[0], medians[1], medians[0] / medians[1]),
        _row(f"95th percentile {where}, milliseconds", high[0], high[1], high[0] / high[1]),
    ]


def _measure(
    project: str, keys: Keyset, host: str, folder: str, people: dict[str, str], requests: int
) -> Taken:
    """Milliseconds of each request to our function and to the bare one, Firestore being at host."""
    ours = {
        "NUTERA_STORE": "firestore",
        "NUTERA_PROJECT": project,
        "NUTERA_LOOKUP_DATABASE": DATABASE,
        "NUTERA_LOOKUP_KEYS": keys.secret_text(),
        "NUTERA_KELURAHAN_FOLDER": folder,
        "FIRESTORE_EMULATOR_HOST": host,
    }
    theirs = {"BARE_PROJECT": project, "BARE_DATABASE": DATABASE, "FIRESTORE_EMULATOR_HOST": host}
    bare_source = serving.ROOT / "bench" / "bare" / "main.py"
    with (
        serving.function("nik_lookup", serving.ROOT / "main.py", ours) as our_port,
        serving.function("bare", bare_source, theirs) as bare_port,
    ):
        return _by_turns(serving.Client(our_port), serving.Client(bare_port), people, requests)


def _by_turns(
    ours: serving.Client, bare: serving.Client, people: dict[str, str], requests: int
) -> Taken:
    chance = random.Random(3)
    niks = list(people)
    taken: Taken = ([], [])
    for turn in range(WARM_UP + requests):
        nik = chance.choice(niks)
        asked = question_hash(NONCE, nik, NAME)
        proof = solve(ours.json("/api/lookup/challenge", {"question": asked}))
        body = {"nik": nik, "name": NAME, "proof": {"nonce": NONCE, "altcha": proof}}
        calls = [
            (0, ours, "/api/lookup", json.dumps(body).encode()),
            (1, bare, "/", json.dumps({"path": people[nik]}).encode()),
        ]
        chance.shuffle(calls)
        for whose, client, path, data in calls:
            milliseconds, status, answer = client.timed(path, data)
            assert status == 200
            assert b"pkh" in answer
            if turn >= WARM_UP:
                taken[whose].append(milliseconds)
    return taken


def _costs(
    store: Store, place: kelurahans.Kelurahan, keys: Keyset, nik: str
) -> dict[str, tuple[int, int, int]]:
    """Count round trips, reads and writes of a hit and of a miss, as Firestore bills them."""
    metered = Metered(store)
    desk = LookupService(metered, keys, place, load_catalogue(), system_clock)
    costs = {}
    for what, name in (("hit", NAME), ("miss", "DEWI")):
        asked = question.read(question.Typed(nik, name), place.lookup_factor)
        challenge = desk.challenge(question_hash(NONCE, nik, name))
        proof = Proof(NONCE, solve(challenge))
        desk.answer(asked, proof, "")  # the day's misses are counted by now, as once a minute
        metered.reset()
        desk.answer(asked, proof, "")
        costs[what] = (metered.round_trips, metered.reads, metered.writes)
    return costs


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
