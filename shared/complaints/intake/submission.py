"""Submissions of residents: validation and normalisation of a complaint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.complaints.intake import contacts
from shared.complaints.model.case import Channel
from shared.complaints.model.kinds import Kind
from shared.complaints.model.text_rules import as_kept, in_figures
from shared.kelurahan.configuration import Kelurahan
from shared.platform.errors import Invalid
from shared.programmes.catalogue import load_catalogue
from shared.recipients.model.nik import read_nik

SHORTEST_TEXT = 10
LONGEST_TEXT = 4_000
LONGEST_NAME = 100
UNSURE = "unsure"
"""The programme of somebody who doesn't know which one it is about."""

_RT = re.compile(r"[0-9]{1,3}")
_MISSING = {
    "programme": "Pilih bantuan yang diadukan. Bila tidak tahu, pilih Tidak tahu.",
    "rw": "Pilih RW.",
    "name": "Isi nama Anda.",
    "nik": "Isi NIK: 16 angka di KTP.",
    "contact": "Isi nomor telepon atau surel, supaya petugas dapat menghubungi Anda.",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """A complaint as it was typed; "" stands for what wasn't given."""

    kind: str
    text: str = field(repr=False)
    programme: str = ""
    rw: str = ""
    rt: str = ""
    name: str = field(default="", repr=False)
    nik: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    anonymous: bool = False
    confidential: bool = False
    channel: Channel = Channel.WEB


def checked(given: Submission, kinds: Mapping[str, Kind], kelurahan: Kelurahan) -> Submission:
    """Return the complaint in the form in which it is kept.

    An anonymous one loses name, NIK and contact, whatever was typed there. Raises Invalid with a
    pointer and a sentence for every fault, and never with what was typed.
    """
    kind = kinds.get(given.kind)
    if kind is None:
        raise _invalid({"kind": "Pilih jenis pengaduan."})
    faults: dict[str, str] = {}
    if given.anonymous and not kind.may_be_anonymous:
        faults["anonymous"] = (
            "Jenis pengaduan ini perlu nama, supaya dapat ditindaklanjuti. "
            "Nama dapat dirahasiakan dari petugas biasa."
        )
    kept = replace(given, text=as_kept(given.text), name=" ".join(as_kept(given.name).split()))
    if kept.anonymous:
        kept = replace(kept, name="", nik="", contact="")
    if not SHORTEST_TEXT <= len(kept.text) <= LONGEST_TEXT:
        faults["text"] = (
            f"Ceritakan dengan {SHORTEST_TEXT} sampai {in_figures(LONGEST_TEXT)} huruf. "
            f"Sekarang {in_figures(len(kept.text))} huruf."
        )
    if kept.programme not in ("", UNSURE, *load_catalogue().programmes):
        faults["programme"] = _MISSING["programme"]
    rw, rt = _place(kept, kelurahan, faults)
    nik, contact = _identity(kept, faults)
    kept = replace(kept, rw=rw, rt=rt, nik=nik, contact=contact)
    for name in kind.needs:
        if not getattr(kept, name) and name not in faults and not _is_hidden(name, kept):
            faults[name] = _MISSING[name]
    if faults:
        raise _invalid(faults)
    return kept


def _is_hidden(name: str, kept: Submission) -> bool:
    return kept.anonymous and name in ("name", "nik", "contact")


def _place(given: Submission, kelurahan: Kelurahan, faults: dict[str, str]) -> tuple[str, str]:
    rw, rt = given.rw.strip(), given.rt.strip()
    if rw and rw not in kelurahan.rws:
        rw = rw.zfill(2)
        if rw not in kelurahan.rws:
            faults["rw"] = _MISSING["rw"]
    if rt and not _RT.fullmatch(rt):
        faults["rt"] = "Isi RT dengan angka, misalnya 03."
    return rw, rt.zfill(2) if rt else ""


def _identity(given: Submission, faults: dict[str, str]) -> tuple[str, str]:
    number, contact = given.nik.strip(), given.contact.strip()
    if len(given.name) > LONGEST_NAME:
        faults["name"] = f"Nama paling panjang {LONGEST_NAME} huruf."
    if number:
        nik = read_nik(number)
        if nik is None:
            faults["nik"] = "NIK belum benar. Isi 16 angka seperti di KTP."
        number = nik or ""
    if contact:
        read = contacts.read(contact)
        if read is None:
            faults["contact"] = "Isi nomor telepon, misalnya 0812 3456 7890, atau alamat surel."
        else:
            contact = read.value
    return number, contact


def _invalid(faults: Mapping[str, str]) -> Invalid:
    return Invalid(
        errors=[{"pointer": f"#/{name}", "detail": text} for name, text in faults.items()]
    )
