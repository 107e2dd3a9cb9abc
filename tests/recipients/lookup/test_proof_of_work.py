"""Proof of work: valid for one question, for a limited time, and for nothing else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import altcha
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import ProofRefused
from shared.recipients.lookup.proof_of_work import Proof, Proofs, question_hash

NIK = "3273095501900001"
NONCE = "0123456789abcdef"
START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def proofs(clock: Hands) -> Proofs:
    return Proofs(Keyset.generate(), clock, difficulty=60, ttl_seconds=120)


def solved(proofs: Proofs, nik: str = NIK, name: str = "Siti", kk: str = "") -> dict[str, object]:
    challenge = proofs.challenge(question_hash(NONCE, nik, name, kk))
    solution = altcha.solve_challenge_v1(
        challenge["challenge"], challenge["salt"], "SHA-256", challenge["maxNumber"]
    )
    assert solution is not None
    kept = {key: challenge[key] for key in ("algorithm", "challenge", "salt", "signature")}
    return {**kept, "number": solution.number}


def encoded(payload: object) -> str:
    return base64.b64encode(json.dumps(payload).encode()).decode()


def test_a_solved_challenge_is_accepted_and_may_be_sent_again(proofs: Proofs) -> None:
    proof = Proof(NONCE, encoded(solved(proofs)))
    proofs.check(proof, NIK, "Siti")
    proofs.check(proof, NIK, "Siti")


def test_the_challenge_is_altcha_of_version_1(proofs: Proofs) -> None:
    challenge = proofs.challenge("ab" * 32)
    assert set(challenge) == {"algorithm", "challenge", "maxNumber", "salt", "signature"}
    assert challenge["algorithm"] == "SHA-256"
    assert challenge["maxNumber"] == 60


@pytest.mark.parametrize(
    ("nik", "name", "kk"),
    [
        (NIK[:-1] + "2", "Siti", ""),
        (NIK, "Sitti", ""),
        (NIK, "siti", ""),
        (NIK, "Siti", "123456"),
        (NIK, "Siti ", ""),
        ("", "", ""),
    ],
)
def test_it_answers_one_question_only(proofs: Proofs, nik: str, name: str, kk: str) -> None:
    proof = Proof(NONCE, encoded(solved(proofs)))
    with pytest.raises(ProofRefused):
        proofs.check(proof, nik, name, kk)


def test_the_end_of_the_kk_number_is_part_of_the_question(proofs: Proofs) -> None:
    proof = Proof(NONCE, encoded(solved(proofs, kk="123456")))
    proofs.check(proof, NIK, "Siti", "123456")
    with pytest.raises(ProofRefused):
        proofs.check(proof, NIK, "Siti", "123457")


def test_it_holds_until_its_time_and_not_longer(proofs: Proofs, clock: Hands) -> None:
    proof = Proof(NONCE, encoded(solved(proofs)))
    clock.now += timedelta(seconds=120)
    proofs.check(proof, NIK, "Siti")
    clock.now += timedelta(seconds=1)
    with pytest.raises(ProofRefused):
        proofs.check(proof, NIK, "Siti")


def test_its_expiry_cannot_be_moved(proofs: Proofs, clock: Hands) -> None:
    payload = solved(proofs)
    stamp = int(START.timestamp()) + 120
    payload["salt"] = str(payload["salt"]).replace(str(stamp), str(stamp + 900))
    clock.now += timedelta(seconds=300)
    with pytest.raises(ProofRefused):
        proofs.check(Proof(NONCE, encoded(payload)), NIK, "Siti")


def test_a_question_cannot_be_put_under_another_signature(proofs: Proofs) -> None:
    payload = solved(proofs)
    other = question_hash(NONCE, NIK, "Dewi")
    payload["salt"] = str(payload["salt"]).replace(question_hash(NONCE, NIK, "Siti"), other)
    with pytest.raises(ProofRefused):
        proofs.check(Proof(NONCE, encoded(payload)), NIK, "Dewi")


def test_digits_cannot_move_between_salt_and_number(proofs: Proofs) -> None:
    payload = solved(proofs)
    number = str(payload["number"]).rjust(2, "1")
    payload["salt"] = f"{payload['salt']}{number[0]}"
    payload["number"] = int(number[1:])
    with pytest.raises(ProofRefused):
        proofs.check(Proof(NONCE, encoded(payload)), NIK, "Siti")


def test_another_key_refuses_it(proofs: Proofs, clock: Hands) -> None:
    elsewhere = Proofs(Keyset.generate(), clock, difficulty=60, ttl_seconds=120)
    with pytest.raises(ProofRefused):
        elsewhere.check(Proof(NONCE, encoded(solved(proofs))), NIK, "Siti")


def test_an_unsolved_challenge_is_refused(proofs: Proofs) -> None:
    payload = solved(proofs)
    payload["number"] = (int(str(payload["number"])) + 1) % 61
    with pytest.raises(ProofRefused):
        proofs.check(Proof(NONCE, encoded(payload)), NIK, "Siti")


@pytest.mark.parametrize("asked", ["", "ab", "AB" * 32, "zz" * 32, "ab" * 33, "ab" * 31 + "&x"])
def test_only_a_hash_gets_a_challenge(proofs: Proofs, asked: str) -> None:
    with pytest.raises(ProofRefused):
        proofs.challenge(asked)


@pytest.mark.parametrize(
    "altcha_text",
    [
        "",
        "not base64!",
        encoded([]),
        encoded(None),
        encoded({}),
        base64.b64encode(b"[" * 700).decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b'{"algorithm":"SHA-256","number":' + b"9" * 600 + b"}").decode(),
        "A" * 5000,
        "\ud800",
    ],
)
def test_rubbish_is_refused_and_never_breaks(proofs: Proofs, altcha_text: str) -> None:
    with pytest.raises(ProofRefused):
        proofs.check(Proof(NONCE, altcha_text), NIK, "Siti")


@pytest.mark.parametrize("field", ["algorithm", "challenge", "number", "salt", "signature"])
@pytest.mark.parametrize("value", [None, 1, True, -1, 1.5, "x", "\ud800", [], {}, "SHA-1"])
def test_a_field_of_the_wrong_kind_is_refused(proofs: Proofs, field: str, value: object) -> None:
    payload = solved(proofs)
    if payload[field] == value and type(payload[field]) is type(value):
        payload[field] = 2
    else:
        payload[field] = value
    with pytest.raises(ProofRefused):
        proofs.check(Proof(NONCE, encoded(payload)), NIK, "Siti")


@given(nonce=st.text(max_size=80), text=st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_check(nonce: str, text: str) -> None:
    proofs = Proofs(Keyset(b"k" * 32), Hands(), difficulty=10, ttl_seconds=60)
    with pytest.raises(ProofRefused):
        proofs.check(Proof(nonce, text), text, nonce)
