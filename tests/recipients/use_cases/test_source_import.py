"""Import from a configured source: once, recorded, and again when it changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.kelurahan.configuration import SourceConfig
from shared.platform.errors import FileRejected, Invalid, Unavailable
from shared.platform.files.workspace import Workspace
from shared.recipients.model.batch import State
from shared.recipients.use_cases.source_import import SourceImport
from tests.recipients.office import Office, row

PEOPLE = 20


def _inbox(office: Office) -> SourceImport:
    folder = office.folder / "inbox"
    folder.mkdir(exist_ok=True)
    source = SourceConfig(kind="folder", location=str(folder), title="Dinas Sosial")
    office.kelurahan = replace(office.kelurahan, sources={"dinsos": source})
    office.sync = office.opened(kelurahan=office.kelurahan)
    workspace = Workspace(office.folder / "tmp")
    return SourceImport(office.sync, office.registry, office.kelurahan, office.clock, workspace)


def _put(office: Office, people: int, name: str = "inbox/daftar.csv") -> None:
    office.csv((row(n) for n in range(people)), name)


def test_a_list_in_the_inbox_becomes_a_batch_of_that_source(office: Office) -> None:
    inbox = _inbox(office)
    _put(office, PEOPLE)
    batch = inbox.prepare("dinsos", office.operator)
    assert (batch.state, batch.source, batch.added) == (State.WAITING, "dinsos", PEOPLE)
    office.approved(batch.id)
    assert office.finds(row(3)[0], "WARGA").source == "Dinas Sosial"


def test_what_has_not_changed_is_the_same_batch(office: Office) -> None:
    inbox = _inbox(office)
    _put(office, PEOPLE)
    first = inbox.prepare("dinsos", office.operator)
    assert inbox.prepare("dinsos", office.operator).id == first.id
    office.approved(first.id)
    assert inbox.prepare("dinsos", office.operator).id == first.id
    _put(office, PEOPLE + 1)
    second = inbox.prepare("dinsos", office.operator)
    assert (second.added, second.unchanged) == (1, PEOPLE)


def test_a_list_whose_batch_was_rejected_is_taken_again(office: Office) -> None:
    inbox = _inbox(office)
    _put(office, PEOPLE)
    first = inbox.prepare("dinsos", office.operator)
    office.sync.reject(first.id, office.verifier, "belum lengkap")
    second = inbox.prepare("dinsos", office.operator)
    assert (second.state, second.id == first.id) == (State.WAITING, False)


def test_an_unknown_or_empty_source_is_told(office: Office) -> None:
    inbox = _inbox(office)
    with pytest.raises(Invalid):
        inbox.prepare("entah", office.operator)
    with pytest.raises(Unavailable):
        inbox.prepare("dinsos", office.operator)
    (office.folder / "inbox" / "rusak.xlsx").write_bytes(b"bukan lembar kerja")
    with pytest.raises(FileRejected):
        inbox.prepare("dinsos", office.operator)
    assert office.sync.batches() == []
