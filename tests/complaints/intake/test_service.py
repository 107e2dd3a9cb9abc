"""The intake service: one complaint for one idempotency key, nothing without number and secret."""

from __future__ import annotations

import functools
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.complaints.model import ticket
from shared.complaints.model.case import Channel, Receipt
from shared.complaints.model.follow_up_deduplication import MOST, MOST_A_DAY
from shared.complaints.model.lifecycle import Outcome, State, Step
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import (
    AppError,
    Conflict,
    Invalid,
    SealBroken,
    TicketUnknown,
    TooManyRequests,
    Unavailable,
    WrongState,
)
from shared.platform.store import Store
from shared.platform.store.sqlite.store import SqliteStore
from tests.complaints import dumping
from tests.complaints.office import NIK, Office, typed
from tests.rotation import rotated

KEY = "a-key-of-the-client-0001"
WRONG_SECRET = ticket.secret_from_bytes(bytes(10))


def _at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """What each job answers or raises, all begun at the same moment."""
    together = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return job()
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [each.result() for each in [pool.submit(run, job) for job in jobs]]


def _photo(folder: Path, colour: str = "red") -> Path:
    from PIL import Image

    path = folder / f"{colour}.jpg"
    Image.new("RGB", (40, 30), colour).save(path)
    return path


def _cases(office: Office) -> list[str]:
    return [case.ticket for _, case in office.book.newest()]


# --- a receipt -------------------------------------------------------------------------------


def test_a_complaint_is_kept_as_it_was_handed_in(office: Office) -> None:
    receipt = office.receive(confidential=True, channel=Channel.PAPER)
    assert receipt.is_new
    assert ticket.read(receipt.ticket) == receipt.ticket
    assert receipt.ticket.startswith(f"{office.kelurahan.ticket_prefix}26-")
    case = office.book.get(receipt.case.id)
    assert case == receipt.case
    assert (case.state, case.version, case.events) == (State.NEW, 1, 1)
    assert (case.kind, case.programme, case.rw, case.rt) == ("not-received", "bpnt", "03", "02")
    assert case.confidential
    assert case.due_at == case.verify_by > office.now
    words = office.book.documents.words(office.book.snapshot(case.id))
    assert words.text == typed().text
    assert (words.name, words.nik) == ("Euis Karlina", NIK)
    assert words.contact.startswith("+62812")


@pytest.mark.parametrize(("length", "said"), [(9, "9"), (4_001, "4.001")])
def test_how_long_a_text_may_be_is_said_in_indonesian_figures(
    sqlite_store: SqliteStore, tmp_path: Path, length: int, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        Office(sqlite_store, tmp_path).desk.check(typed(text="a" * length))
    told = f"Ceritakan dengan 10 sampai 4.000 huruf. Sekarang {said} huruf."
    assert refused.value.errors == [{"pointer": "#/text", "detail": told}]


def test_the_year_of_a_ticket_is_the_kelurahan_s_own(office: Office) -> None:
    office.now = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)  # New Year's morning in Bandung
    assert office.receive().ticket.startswith(f"{office.kelurahan.ticket_prefix}27-")


def test_the_same_again_is_the_same_complaint(office: Office) -> None:
    first = office.desk.receive(typed(), KEY)
    office.later(days=29)
    again = office.desk.receive(typed(), KEY)
    assert (again.ticket, again.secret) == (first.ticket, first.secret)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.case == first.case
    assert _cases(office) == [first.ticket]


def test_what_is_typed_otherwise_but_kept_alike_is_the_same(office: Office) -> None:
    first = office.desk.receive(typed(), KEY)
    text = f"  {typed().text}\r\n"
    again = office.desk.receive(typed(text=text, rw="3", name="Euis  Karlina"), KEY)
    assert (again.ticket, again.is_new) == (first.ticket, False)


def test_a_repeat_tells_how_the_complaint_stands_now(office: Office) -> None:
    first = office.desk.receive(typed(), KEY)
    office.desk.message(first.ticket, first.secret, Step.WITHDRAW, "")
    assert office.desk.receive(typed(), KEY).case.state is State.CLOSED


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Bantuan bulan ini belum saya terima, tetangga sudah!"},
        {"kind": "service"},
        {"programme": "pkh"},
        {"rw": "04"},
        {"rt": "03"},
        {"name": "Euis Karlin"},
        {"nik": "3273090101900008"},
        {"contact": "0812 3456 7891"},
        {"confidential": True},
        {"channel": Channel.PHONE},
    ],
)
def test_a_used_key_with_another_content_is_refused(
    sqlite_store: SqliteStore, tmp_path: Path, other: dict[str, Any]
) -> None:
    office = Office(sqlite_store, tmp_path)
    first = office.desk.receive(typed(), KEY)
    with pytest.raises(Conflict) as refused:
        office.desk.receive(typed(**other), KEY)
    assert refused.value.code == "IDEMPOTENCY_KEY_USED"
    assert first.ticket not in repr(refused.value.args) + refused.value.detail
    assert _cases(office) == [first.ticket]


def test_a_repeat_after_a_change_of_keys_gives_the_same_receipt(office: Office) -> None:
    first = office.desk.receive(typed(), KEY)
    office.open_with(rotated(office.keys))
    again = office.desk.receive(typed(), KEY)
    assert (again.ticket, again.secret, again.is_new) == (first.ticket, first.secret, False)
    with pytest.raises(Conflict):
        office.desk.receive(typed(rt="05"), KEY)
    assert _cases(office) == [first.ticket]
    status = office.desk.message(first.ticket, first.secret, Step.ADD, "Masih belum.")
    assert [event.public for event in status.timeline] == ["", "Masih belum."]


def test_after_thirty_days_a_key_is_forgotten_and_the_complaint_is_not(office: Office) -> None:
    first = office.desk.receive(typed(), KEY)
    office.later(days=30)
    other = office.desk.receive(typed(text="Bulan ini juga belum saya terima."), KEY)
    assert other.is_new
    assert other.ticket != first.ticket
    assert office.desk.status(first.ticket, first.secret).case.state is State.NEW
    assert office.desk.status(other.ticket, other.secret).case.state is State.NEW
    for mine, yours in ((first, other), (other, first)):
        if mine.secret != yours.secret:
            with pytest.raises(TicketUnknown):
                office.desk.status(mine.ticket, yours.secret)


class _Drawn(Keyset):
    """Keys under which every first attempt draws the same number."""

    __slots__ = ()

    def tag(self, domain: str, data: bytes, length: int = 16) -> bytes:
        if domain == "complaint number" and b"|0|" in data:
            return b"drawn"
        return super().tag(domain, data, length)


def test_a_number_that_is_taken_is_not_given_again(office: Office) -> None:
    office.open_with(_Drawn(bytes(range(32))))
    receipts = [office.receive(rt=f"0{n}") for n in range(1, 4)]
    assert len({receipt.ticket for receipt in receipts}) == 3
    for number, receipt in enumerate(receipts, 1):
        assert receipt.is_new
        status = office.desk.status(receipt.ticket, receipt.secret)
        assert status.case.rt == f"0{number}"
    assert sorted(_cases(office)) == sorted(receipt.ticket for receipt in receipts)


def test_a_number_that_was_given_under_the_keys_before_is_not_given_again(office: Office) -> None:
    office.open_with(_Drawn(bytes(range(32))))
    before = office.receive()
    office.open_with(_Drawn(bytes(range(1, 33)), previous=bytes(range(32))))
    after = office.receive()
    assert after.ticket != before.ticket
    for receipt in (before, after):
        assert office.desk.status(receipt.ticket, receipt.secret).case.id == receipt.case.id


def test_the_same_key_from_sixteen_phones_at_once_is_one_complaint(office: Office) -> None:
    receipts = _at_once([lambda: office.desk.receive(typed(), KEY)] * 16)
    assert {(each.ticket, each.secret) for each in receipts} == {
        (receipts[0].ticket, receipts[0].secret)
    }
    assert sum(each.is_new for each in receipts) == 1
    assert _cases(office) == [receipts[0].ticket]
    assert len(office.book.timeline(receipts[0].case)) == 1


def test_the_same_key_with_two_contents_at_once_is_one_of_them(office: Office) -> None:
    jobs = [lambda n=n: office.desk.receive(typed(rt=f"0{n}"), KEY) for n in (1, 2) * 4]
    answers = _at_once(jobs)
    kept = [each for each in answers if isinstance(each, Receipt)]
    assert len({each.ticket for each in kept}) == 1
    assert all(
        isinstance(each, Receipt) or (type(each) is Conflict and each.code) for each in answers
    )
    assert len(kept) == 4
    assert _cases(office) == [kept[0].ticket]


def test_many_at_once_are_many_complaints(office: Office) -> None:
    receipts = _at_once([lambda n=n: office.receive(rt=f"{n:02d}") for n in range(1, 17)])
    assert len({each.ticket for each in receipts}) == 16
    assert sorted(_cases(office)) == sorted(each.ticket for each in receipts)


# --- photos ----------------------------------------------------------------------------------


def test_photos_are_kept_once_and_belong_to_the_content(
    sqlite_store: SqliteStore, tmp_path: Path
) -> None:
    office = Office(sqlite_store, tmp_path)
    photos = [_photo(tmp_path, "red"), _photo(tmp_path, "blue")]
    receipts = _at_once([lambda: office.desk.receive(typed(), KEY, photos)] * 4)
    assert len({each.ticket for each in receipts}) == 1
    case = office.book.get(receipts[0].case.id)
    assert case.photos == 2
    assert [*office.album.folders()] == [case.photo_folder]
    assert [office.album.photo(case.photo_folder, n)[:3] for n in (1, 2)] == [b"\xff\xd8\xff"] * 2
    with pytest.raises(Conflict):
        office.desk.receive(typed(), KEY, photos[:1])


def _office_with(store: SqliteStore, folder: Path, commit: Callable[[Any], None]) -> Office:
    """An office on the same data, whose commits go another way."""

    class Store(SqliteStore):
        def commit(self, writes: Any) -> None:
            commit(writes)

    return Office(Store(store.path), folder)


def _fails(_: Any) -> None:
    raise Unavailable


def test_a_try_that_fails_takes_no_photo_from_one_that_came_through(
    sqlite_store: SqliteStore, tmp_path: Path
) -> None:
    office, photos = Office(sqlite_store, tmp_path), [_photo(tmp_path)]
    failing = _office_with(sqlite_store, tmp_path, _fails)

    def after_another_failed(writes: Any) -> None:
        with pytest.raises(Unavailable):
            failing.desk.receive(typed(), KEY, photos)
        sqlite_store.commit(writes)

    slow = _office_with(sqlite_store, tmp_path, after_another_failed)
    case = slow.desk.receive(typed(), KEY, photos).case
    assert office.album.photo(case.photo_folder, 1)[:3] == b"\xff\xd8\xff"
    assert [*office.album.folders()] == [case.photo_folder]
    with pytest.raises(Unavailable):
        failing.desk.receive(typed(), "another-key-0001", photos)
    assert [*office.album.folders()] == [case.photo_folder]


def test_photos_of_a_commit_that_came_through_unheard_stay(
    sqlite_store: SqliteStore, tmp_path: Path
) -> None:
    office, photos = Office(sqlite_store, tmp_path), [_photo(tmp_path)]

    def unheard(writes: Any) -> None:
        sqlite_store.commit(writes)
        raise Unavailable

    with pytest.raises(Unavailable):
        _office_with(sqlite_store, tmp_path, unheard).desk.receive(typed(), KEY, photos)
    receipt = office.desk.receive(typed(), KEY, photos)
    assert not receipt.is_new
    assert office.album.photo(receipt.case.photo_folder, 1)[:3] == b"\xff\xd8\xff"


# --- number and secret -----------------------------------------------------------------------


def test_all_that_does_not_fit_is_answered_alike(office: Office) -> None:
    mine, other, gone = (office.receive(rt=f"0{n}") for n in (1, 2, 3))
    snapshot = office.book.snapshot(gone.case.id)
    office.registry.commit([office.book.documents.erased(snapshot, gone.case)])
    unused = ticket.from_bytes("TS", 2026, b"nobod")
    asked = {
        "another complaint's secret": (mine.ticket, other.secret),
        "a wrong secret": (mine.ticket, WRONG_SECRET),
        "no secret": (mine.ticket, ""),
        "a text for a secret": (mine.ticket, "' OR 1=1 --"),
        "an unknown number": (unused, mine.secret),
        "a wrong number": (
            mine.ticket[:-1] + ("0" if mine.ticket[-1] != "0" else "1"),
            mine.secret,
        ),
        "no number": ("", mine.secret),
        "nothing": ("", ""),
        "a path for a number": ("../state/register", mine.secret),
        "half a character": ("\ud800", "\ud800"),
        "an erased one": (gone.ticket, gone.secret),
        "the id": (mine.case.id, mine.secret),
    }
    answers = set()
    for number, secret in asked.values():
        doors: list[Callable[[], Any]] = [
            lambda n=number, s=secret: office.desk.status(n, s),
            lambda n=number, s=secret: office.desk.message(n, s, Step.ADD, "Masih belum."),
            lambda n=number, s=secret: office.desk.rate(n, s, 5),
        ]
        for door in doors:
            with pytest.raises(TicketUnknown) as refused:
                door()
            error = refused.value
            answers.add((type(error), error.detail, error.code, str(error.errors), error.args))
    assert len(answers) == 1
    assert office.stored(mine.case)["case"]["version"] == 1


def test_a_ticket_is_found_as_people_write_it(office: Office) -> None:
    receipt = office.receive()
    written = receipt.ticket.lower().replace("-", " "), f" {receipt.secret.lower()} "
    assert office.desk.status(*written).case.ticket == receipt.ticket


# --- messages --------------------------------------------------------------------------------


def test_a_message_sent_twice_counts_once_and_a_third_time_later_again(office: Office) -> None:
    receipt = office.receive()
    for text in ("Masih belum.", "Masih belum.", "Masih belum. ", "Sudah!", "Masih belum."):
        status = office.desk.message(receipt.ticket, receipt.secret, Step.ADD, text)
    said = [event.public for event in status.timeline[1:]]
    assert said == ["Masih belum.", "Sudah!", "Masih belum."]
    assert status.case.version == 4


def test_a_message_sent_twice_at_once_counts_once(office: Office) -> None:
    receipt = office.receive()
    job = lambda: office.desk.message(receipt.ticket, receipt.secret, Step.ADD, "Masih belum.")  # noqa: E731
    answers = _at_once([job] * 4)
    assert not [each for each in answers if isinstance(each, AppError)]
    assert [event.step for event in office.book.timeline(receipt.case)] == ["receive", "add"]


def test_a_step_with_the_same_words_in_another_life_counts_again(office: Office) -> None:
    office.hire("operator")
    receipt = office.receive()
    for number in range(1, 3):
        office.take("operator", receipt.case, Step.VERIFY)
        office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.PROVEN)
        for _ in range(2):
            status = office.desk.message(
                receipt.ticket, receipt.secret, Step.REOPEN, "Belum selesai."
            )
        assert (status.case.state, status.case.reopened) == (State.REOPENED, number)


def test_another_score_with_the_same_words_is_not_taken_for_the_first(office: Office) -> None:
    receipt = office.receive()
    office.desk.message(receipt.ticket, receipt.secret, Step.WITHDRAW, "")
    assert office.desk.rate(receipt.ticket, receipt.secret, 5).case.score == 5
    assert office.desk.rate(receipt.ticket, receipt.secret, 5).case.version == 3
    with pytest.raises(WrongState):
        office.desk.rate(receipt.ticket, receipt.secret, 2)
    assert office.desk.status(receipt.ticket, receipt.secret).case.score == 5


KEYS = ["key-of-one-message-00", "key-of-one-message-01", "key-of-one-message-02"]


def test_the_same_answer_to_another_question_is_kept(office: Office) -> None:
    office.hire("operator")
    receipt = office.receive()
    for key, question in zip(KEYS, ("Apakah PKH cair?", "Apakah beras datang?"), strict=False):
        office.take("operator", receipt.case, Step.NOTE, public=question)
        for _ in range(2):
            office.desk.message(receipt.ticket, receipt.secret, Step.ADD, "Belum", key)
    office.take("operator", receipt.case, Step.NOTE, public="Apakah sudah ditanyakan?")
    office.desk.message(receipt.ticket, receipt.secret, Step.ADD, "Belum")  # without a key too
    timeline = office.book.timeline(office.book.get(receipt.case.id))
    assert [event.public for event in timeline if event.step is Step.ADD] == ["Belum"] * 3


def test_a_message_whose_answer_was_lost_is_known_whatever_happened_since(office: Office) -> None:
    office.hire("operator")
    receipt = office.receive()
    say = functools.partial(office.desk.message, receipt.ticket, receipt.secret)
    say(Step.ADD, "Masih belum.", KEYS[0])
    office.take("operator", receipt.case, Step.VERIFY)
    office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.PROVEN)
    assert say(Step.ADD, "Masih belum.", KEYS[0]).case.state is State.CLOSED
    say(Step.REOPEN, "Belum selesai.", KEYS[1])
    office.take("operator", receipt.case, Step.VERIFY)
    assert say(Step.REOPEN, "Belum selesai.", KEYS[1]).case.state is State.VERIFIED
    office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.PROVEN)
    office.desk.rate(receipt.ticket, receipt.secret, 2, "", KEYS[2])
    version = office.book.get(receipt.case.id).version
    assert office.desk.rate(receipt.ticket, receipt.secret, 2, "", KEYS[2]).case.version == version


def test_other_words_under_a_key_are_another_message(office: Office) -> None:
    receipt = office.receive()
    for text in ("Masih belum.", "Masih belum, sungguh.", "Masih belum."):
        status = office.desk.message(receipt.ticket, receipt.secret, Step.ADD, text, KEYS[0])
    assert [event.public for event in status.timeline[1:]] == [
        "Masih belum.",
        "Masih belum, sungguh.",
    ]


def test_nobody_fills_a_complaint_up(office: Office) -> None:
    receipt = office.receive()
    number = itertools.count()
    add = lambda: office.desk.message(  # noqa: E731
        receipt.ticket, receipt.secret, Step.ADD, f"Pesan {next(number)}."
    )
    for _ in range(MOST // MOST_A_DAY):
        for _ in range(MOST_A_DAY):
            add()
        with pytest.raises(TooManyRequests) as today:
            add()
        assert "besok" in today.value.detail
        office.later(days=1)
    before = office.stored(receipt.case)
    with pytest.raises(WrongState) as refused:
        add()
    assert "terlalu banyak" in refused.value.detail
    assert office.stored(receipt.case) == before
    # what ends it stays possible
    office.desk.message(receipt.ticket, receipt.secret, Step.WITHDRAW, "")
    assert office.desk.rate(receipt.ticket, receipt.secret, 1).case.score == 1


@pytest.mark.parametrize("text", ["", "ya", " \n ya \n ", "a" * 4001])
def test_a_message_has_to_say_something(
    sqlite_store: SqliteStore, tmp_path: Path, text: str
) -> None:
    office = Office(sqlite_store, tmp_path)
    receipt = office.receive()
    with pytest.raises(Invalid) as refused:
        office.desk.message(receipt.ticket, receipt.secret, Step.ADD, text)
    assert refused.value.errors[0]["pointer"] == "#/text"


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_between_one_and_five(
    sqlite_store: SqliteStore, tmp_path: Path, score: int
) -> None:
    office = Office(sqlite_store, tmp_path)
    receipt = office.receive()
    with pytest.raises(Invalid):
        office.desk.rate(receipt.ticket, receipt.secret, score)


def test_a_resident_sees_what_concerns_them_and_no_officer(office: Office) -> None:
    office.hire("operator")
    receipt = office.receive()
    operator = office.staff["operator"]
    office.take("operator", receipt.case, Step.VERIFY, internal="Pelapor sering datang.")
    office.take("operator", receipt.case, Step.NOTE, internal="Hanya untuk petugas.")
    office.take("operator", receipt.case, Step.NOTE, public="Kami sudah ke rumah Ibu.")
    status = office.desk.status(receipt.ticket, receipt.secret)
    assert [event.step for event in status.timeline] == ["receive", "verify", "note"]
    assert [event.role for event in status.timeline] == ["resident", "operator", "operator"]
    told = repr(status) + "".join(event.public for event in status.timeline)
    for hidden in (operator.id, operator.name, "sering datang", "Hanya untuk", "closed_by='o"):
        assert hidden not in told
    assert all(event.internal == "" for event in status.timeline)


def test_the_question_after_two_weeks_is_asked_until_it_is_answered(office: Office) -> None:
    office.hire("operator")
    receipt = office.receive()
    office.take("operator", receipt.case, Step.VERIFY)
    office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.PROVEN)
    office.later(days=14)
    assert not office.desk.status(receipt.ticket, receipt.secret).asks_back
    office.by_itself(receipt.case, Step.CHECK_BACK)
    status = office.desk.status(receipt.ticket, receipt.secret)
    assert status.asks_back
    assert Step.REOPEN in status.steps
    assert not office.desk.rate(receipt.ticket, receipt.secret, 4).asks_back


# --- what lies in the store ------------------------------------------------------------------


_HEARD = "\u0644\u0645 \u0623\u0633\u062a\u0644\u0645 \U0001f641 Abdi teu nampi bantosan"


def test_nothing_that_was_typed_lies_in_the_store_in_the_clear(office: Office) -> None:
    office.hire("operator", "verifier")
    receipt = office.desk.receive(typed(text=f"Jumat lalu. {_HEARD}"), KEY)
    office.desk.message(receipt.ticket, receipt.secret, Step.ADD, "Tetangga saya saksinya.")
    office.take("operator", receipt.case, Step.VERIFY, public="Berkas dibaca.", internal="Cek RT.")
    office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.PARTLY)
    office.desk.rate(receipt.ticket, receipt.secret, 2, "Kurang cepat rasanya.")
    office.work.show(office.staff["verifier"], receipt.case.id, identity_reason="Menelepon pelapor")
    told = dumping.text(office.registry)
    assert receipt.ticket in told  # it was really dumped, and a number alone opens nothing
    for said in (
        *(receipt.secret, receipt.secret.replace("-", ""), KEY),
        *("Jumat lalu", "teu nampi", "\u0644\u0645", "\\u0644", "\U0001f641"),
        *("Euis", "Karlina", NIK, "81234567890", "8123456"),
        *("Tetangga saya", "Berkas dibaca", "Cek RT", "Kurang cepat", "diselesaikan"),
    ):
        assert said not in told, said


def test_an_anonymous_complaint_keeps_nothing_of_who_it_is(office: Office) -> None:
    receipt = office.receive(kind="deduction", anonymous=True)
    words = office.book.documents.words(office.book.snapshot(receipt.case.id))
    assert (words.name, words.nik, words.contact) == ("", "", "")
    assert receipt.case.anonymous


def _other(value: Any) -> Any:
    """A value of the same kind that isn't this one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, datetime):
        return value + timedelta(days=1)
    if isinstance(value, list):
        return [*value, "op9"]
    return f"{value}x" if isinstance(value, str) else 1


def test_a_change_to_any_field_of_any_document_is_found(office: Office) -> None:
    office.hire("operator")
    receipt = office.desk.receive(typed(), KEY)
    office.take("operator", receipt.case, Step.VERIFY, internal="Dicatat.")
    status = lambda: office.desk.status(receipt.ticket, receipt.secret)  # noqa: E731
    reads: Mapping[str, Callable[[], Any]] = {
        "complaints": status,
        "events": status,
        "receipts": lambda: office.desk.receive(typed(), KEY),
    }
    stored = {
        path: data
        for path, data in dumping.documents(office.registry).items()
        if path.split("/")[-2] in reads
    }
    assert len(stored) == 4
    for path, data in stored.items():
        read = reads[path.split("/")[-2]]
        read()
        changes = [{name: _other(value)} for name, value in data.items()]
        for forged in (*({**data, **each} for each in changes), {**data, "more": 1}):
            office.registry.set(path, forged)
            with pytest.raises(SealBroken):
                read()
        for name in data:
            office.registry.set(path, {n: v for n, v in data.items() if n != name})
            with pytest.raises(SealBroken):
                read()
        if path.split("/")[-2] == "events":
            office.registry.delete(path)
            with pytest.raises(SealBroken):
                read()
        office.registry.set(path, data)
        read()


def test_a_document_of_another_place_is_not_taken(office: Office) -> None:
    mine, other = office.receive(rt="01"), office.receive(rt="02")
    data = office.registry.get(office.book.documents.path(other.case.id)).data
    assert data is not None
    office.registry.set(office.book.documents.path(mine.case.id), data)
    with pytest.raises(SealBroken):
        office.desk.status(mine.ticket, mine.secret)
    with pytest.raises(SealBroken):
        office.desk.status(mine.ticket, other.secret)


# --- whatever is typed -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp("calm")
    return Office(SqliteStore(folder / "store.sqlite3"), folder)


_ANY_TEXT = st.text(
    st.characters(codec=None, exclude_categories=()), min_size=10, max_size=60
).filter(lambda text: len(text.strip()) >= 10)


@given(text=_ANY_TEXT, name=st.text(min_size=1, max_size=40).filter(lambda text: text.split()))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_typed_is_kept_and_told_as_it_was(calm: Office, text: str, name: str) -> None:
    receipt = calm.receive(text=text, name=name)
    kept = calm.book.documents.words(calm.book.snapshot(receipt.case.id))
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert kept.text == plain.encode("utf-8", "replace").decode()
    json.dumps(kept.text, ensure_ascii=False).encode()
    status = calm.desk.message(receipt.ticket, receipt.secret, Step.ADD, text)
    assert status.timeline[-1].public == kept.text


@given(
    fields=st.fixed_dictionaries(
        {
            name: st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
            for name in ("kind", "text", "programme", "rw", "rt", "name", "nik", "contact")
        }
    ),
    flags=st.tuples(st.booleans(), st.booleans()),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_form_is_taken_or_told_what_is_wrong(
    calm: Office, fields: dict[str, str], flags: tuple[bool, bool]
) -> None:
    given_kind = {**fields, "kind": "other"}
    for form in (fields, given_kind, {**given_kind, "text": f"{fields['text']} dan seterusnya"}):
        assert _faults(calm, form, flags) <= {*form, "anonymous"}


def _faults(office: Office, form: dict[str, str], flags: tuple[bool, bool]) -> set[str]:
    """The fields that a form is refused for; none where it is taken."""
    try:
        office.receive(**form, anonymous=flags[0], confidential=flags[1])
    except Invalid as refused:
        return {each["pointer"].removeprefix("#/") for each in refused.errors} or {"nothing"}
    return set()


def test_a_store_that_is_gone_keeps_nothing_half(store: Store, tmp_path: Path) -> None:
    office = Office(store, tmp_path)
    store.close()
    with pytest.raises(AppError):
        office.receive()
