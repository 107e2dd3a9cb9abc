"""The kelurahan's configuration: one TOML file, validated in full at start.

Faults are sentences in Indonesian, because the kelurahan's own people write the file: each names
the field and what to do, and all are reported at once. An unknown field is a fault, since it is
mostly a misspelt one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from marshmallow import ValidationError

from shared.kelurahan.schema import KelurahanSchema

LookupFactor = Literal["name", "kk", "both", "either"]
SourceKind = Literal["folder", "https", "sheet"]


class KelurahanInvalid(ValueError):
    """The error for a file that can't be used; `faults` are sentences, one for each fault."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(
            "Berkas kelurahan belum benar:\n" + "\n".join(f"- {fault}" for fault in faults)
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a sync and of the lookup. Shares are between 0 and 1.

    Of the lookup all are of a day. `misses_overall` raises an alarm; a quarter of it within an hour
    makes the proof of work harder, and a quarter of `misses_without_proof` closes the form that
    brings none. `niks_*`: different NIKs asked for, found or not.
    """

    removed_share: float = 0.10
    error_share: float = 0.20
    undo_days: int = 30
    upload_mib: int = 25
    max_rows: int = 1_000_000
    minimum_cell: int = 10
    misses_per_nik: int = 10
    misses_per_address: int = 60
    misses_overall: int = 2_000
    misses_without_proof: int = 400
    niks_per_address: int = 150
    niks_without_proof_per_address: int = 20
    challenge_difficulty: int = 20_000
    challenge_ttl_seconds: int = 600


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """A configured source, from which lists come without an upload.

    `location`: a folder or gs:// URL, an https URL, or the id of a Google Sheet (`sheet_range`
    names the part to read). `title`: what residents read as the source. `allow_hosts`: the only
    hosts an https source may be fetched from, redirects included.
    """

    kind: SourceKind
    location: str
    title: str | None = None
    allow_hosts: tuple[str, ...] = ()
    sheet_range: str | None = None
    timeout_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Contact:
    """Address and contact of the office."""

    office: str
    hours: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """The site's public address, without a slash at its end."""

    base_url: str


@dataclass(frozen=True, slots=True)
class LocalPriority:
    """The kelurahan's own priority, apart from any law; `source` says who decided it.

    `any_of`: what residents read. `excluded`: questions of the eligibility check whose answer yes
    rules the priority out.
    """

    any_of: tuple[str, ...]
    source: str
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day on which the office is closed, and why."""

    date: date
    name: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar's differences from the national one: local days off, and days worked."""

    days_off: tuple[DayOff, ...] = ()
    extra_working: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffRules:
    """Sign-in rules. `code_required_for`: roles that need an authenticator app's code as well."""

    code_required_for: tuple[str, ...] = ("verifier", "admin")


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ComplaintRules:
    """The kelurahan's rules for complaints: deadlines, escalation, retention and limits.

    `retention_days`, `photo_retention_days`: after closing. `escalate_after`: working days from
    overdue to level 2 and to level 3, whose address is `escalation_contact`. `kinds`: figures and
    needs by the code of a kind, where they differ. `per_address_hourly`: complaints, and questions
    with a wrong number or secret, from one address in an hour.
    """

    retention_days: int = 365
    photo_retention_days: int = 90
    reopen_hours: int = 72
    appeal_days: int = 14
    check_back_days: int = 14
    escalate_after: tuple[int, int] = (3, 5)
    escalation_contact: str = "kecamatan"
    per_address_hourly: int = 60
    kinds: Mapping[str, Mapping[str, Any]] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Kelurahan:
    """One kelurahan. `slug` is the file's name; `key` (the code's ten digits) goes into paths.

    `nik_districts` are today's districts (six digits) of whole regencies, where they are known.
    """

    slug: str
    name: str
    title: str
    kecamatan: str
    kota: str
    provinsi: str
    code: str
    bps_code: str
    nik_prefixes: tuple[str, ...]
    postcode: str
    residents: int
    households: int
    rws: tuple[str, ...]
    contact: Contact
    site: Site
    ticket_prefix: str
    timezone: str = "Asia/Jakarta"
    aliases_of_name: tuple[str, ...] = ()
    nik_districts: tuple[str, ...] = ()
    lookup_factor: LookupFactor = "name"
    limits: Limits = Limits()
    calendar: Calendar = Calendar()
    complaints: ComplaintRules = ComplaintRules()
    staff: StaffRules = StaffRules()
    local_priority: LocalPriority | None = None
    column_aliases: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    programme_aliases: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    sources: Mapping[str, SourceConfig] = field(default_factory=_nothing)

    @property
    def key(self) -> str:
        """The ten digits of the code: used in document paths and in keyed identifiers."""
        return self.code.replace(".", "")


def load(name: str, folder: Path) -> Kelurahan:
    """Load `<folder>/<name>.toml`; raises KelurahanInvalid with every fault found."""
    path = folder / f"{name}.toml"
    try:
        return parse(path.read_text("utf-8-sig"), name)
    except FileNotFoundError:
        raise KelurahanInvalid([f"{path}: berkas tidak ada."]) from None
    except UnicodeDecodeError:
        raise KelurahanInvalid([f"{path}: simpan berkas dalam bentuk teks UTF-8."]) from None


def parse(text: str, slug: str) -> Kelurahan:
    """Parse the text of a kelurahan's TOML file; raises KelurahanInvalid as `load` does."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise KelurahanInvalid([f"{slug}.toml: penulisan TOML salah: {fault}."]) from None
    try:
        fields = KelurahanSchema().load(content)
    except ValidationError as fault:
        raise KelurahanInvalid(sorted(_sentences(fault.messages, ()))) from None
    return _built(fields, slug)


def _built(fields: dict[str, Any], slug: str) -> Kelurahan:
    fields["contact"] = Contact(**fields["contact"])
    fields["site"] = Site(**fields["site"])
    fields["limits"] = Limits(**fields.get("limits", {}))
    calendar = fields.get("calendar", {})
    fields["calendar"] = Calendar(
        tuple(DayOff(**each) for each in calendar.get("days_off", ())),
        tuple(calendar.get("extra_working", ())),
    )
    fields["staff"] = StaffRules(**{k: tuple(v) for k, v in fields.get("staff", {}).items()})
    rules = fields.get("complaints", {})
    if "escalate_after" in rules:
        rules["escalate_after"] = tuple(rules["escalate_after"])
    rules["kinds"] = MappingProxyType(
        {code: MappingProxyType(own) for code, own in rules.get("kinds", {}).items()}
    )
    fields["complaints"] = ComplaintRules(**rules)
    if "local_priority" in fields:
        fields["local_priority"] = LocalPriority(**fields["local_priority"])
    fields["sources"] = MappingProxyType(
        {name: SourceConfig(**source) for name, source in fields.get("sources", {}).items()}
    )
    for name in ("column_aliases", "programme_aliases"):
        fields[name] = MappingProxyType(fields.get(name, {}))
    return Kelurahan(slug=slug, **fields)


def _sentences(messages: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each leaf of marshmallow's messages, led by the path of its field."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            # a table reports under "key" and "value", which nobody wrote
            if name in ("key", "value", "_schema"):
                yield from _sentences(inner, path)
            else:
                part = f"isi ke-{name + 1}" if isinstance(name, int) else str(name)
                yield from _sentences(inner, (*path, part))
        return
    for message in messages:
        yield f"{'.'.join(path)}: {message}{_suggestion(path, message)}"


def _suggestion(path: tuple[str, ...], message: str) -> str:
    if message != KelurahanSchema.error_messages["unknown"]:
        return ""
    import difflib  # only for a file with faults: a function that starts has none

    sections = (Limits, Contact, Site, Calendar, ComplaintRules)
    known = [*KelurahanSchema().fields, *(name for each in sections for name in each.__slots__)]
    near = difflib.get_close_matches(path[-1], known, n=1)
    return f" Mungkin maksudnya: {near[0]}." if near else ""
