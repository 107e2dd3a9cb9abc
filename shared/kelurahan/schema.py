"""The schema of a kelurahan's TOML file, with the Indonesian sentence for each fault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, OneOf, Range, Regexp

_FAULTS: dict[str, Any] = {
    "required": "wajib diisi.",
    "null": "tidak boleh kosong.",
    "invalid": "isinya salah bentuk.",
    "type": "harus berupa bagian (tabel) tersendiri.",
}


class _Section(Schema):
    error_messages: dict[str, str] = {  # noqa: RUF012
        "unknown": "tidak dikenal. Hapus, atau perbaiki ejaannya.",
        "type": "harus berupa bagian (tabel) tersendiri.",
    }

    class Meta:
        unknown = RAISE


def _text(
    pattern: str = r"\s*\S[\s\S]*", say: str = "isi dengan teks.", **kwargs: Any
) -> fields.Str:
    return fields.Str(
        validate=Regexp(rf"(?:{pattern})\Z", error=say),
        error_messages={**_FAULTS, "invalid": say},
        **{"required": True, **kwargs},
    )


def _whole(low: int, high: int, **kwargs: Any) -> fields.Int:
    say = f"isi dengan bilangan bulat {low} sampai {high}."
    return fields.Int(
        strict=True,
        validate=Range(low, high, error=say),
        error_messages={**_FAULTS, "invalid": say},
        **kwargs,
    )


def _share() -> fields.Float:
    say = "isi dengan angka antara 0 dan 1, misalnya 0.10."
    return fields.Float(
        validate=Range(0, 1, error=say),
        error_messages={**_FAULTS, "invalid": say, "special": say},
    )


def _choice(*choices: str, **kwargs: Any) -> fields.Str:
    say = f"isi dengan salah satu dari: {', '.join(choices)}."
    return fields.Str(
        validate=OneOf(choices, error=say), error_messages={**_FAULTS, "invalid": say}, **kwargs
    )


class _Texts(fields.List[str]):
    """A list that becomes a tuple without repeated entries."""

    def __init__(self, inner: fields.Str, *, at_least: int = 0, **kwargs: Any) -> None:
        say = f"isi dengan daftar teks{f', paling sedikit {at_least}' if at_least else ''}."
        super().__init__(
            inner,
            validate=[Length(min=at_least, error=say), _distinct],
            error_messages={**_FAULTS, "invalid": say},
            **kwargs,
        )

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(*args, **kwargs))


def _distinct(entries: tuple[str, ...]) -> None:
    if len(set(entries)) != len(entries):
        raise ValidationError("ada isi yang ditulis dua kali.")


def _table(key: fields.Str, value: fields.Field[Any]) -> fields.Dict:
    say = "harus berupa bagian (tabel) tersendiri."
    return fields.Dict(keys=key, values=value, error_messages={**_FAULTS, "invalid": say})


def _section(schema: Callable[[], Schema], **kwargs: Any) -> fields.Nested:
    return fields.Nested(schema, error_messages=_FAULTS, **kwargs)


class LimitsSchema(_Section):
    """The [limits] section."""

    removed_share = _share()
    error_share = _share()
    undo_days = _whole(1, 365)
    upload_mib = _whole(1, 200)
    max_rows = _whole(1, 5_000_000)
    minimum_cell = _whole(10, 1_000)  # never below 10: a smaller public cell can name a person
    misses_per_nik = _whole(1, 100)
    misses_per_address = _whole(1, 100_000)
    misses_overall = _whole(4, 100_000)
    misses_without_proof = _whole(4, 100_000)
    niks_per_address = _whole(1, 100_000)
    niks_without_proof_per_address = _whole(1, 100_000)
    challenge_difficulty = _whole(1_000, 10_000_000)
    challenge_ttl_seconds = _whole(60, 3_600)


class ContactSchema(_Section):
    """The [contact] section."""

    office = _text()
    hours = _text()
    phone = _text(r"\+?[0-9][0-9 ()-]{4,20}", "isi dengan nomor telepon.", required=False)
    email = _text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "isi dengan alamat surel.", required=False)


class SiteSchema(_Section):
    """The [site] section."""

    base_url = _text(
        r"https://[a-z0-9.-]+(:[0-9]+)?|http://(localhost|127\.0\.0\.1)(:[0-9]+)?",
        "isi dengan alamat https://... tanpa garis miring di akhir.",
    )


class LocalPrioritySchema(_Section):
    """The [local_priority] section."""

    any_of = _Texts(_text(), at_least=1, required=True)
    excluded = _Texts(_text(r"[a-z]+", "isi dengan nama pertanyaan Cek Kelayakan."))
    source = _text()


class SourceSchema(_Section):
    """A [sources.<name>] section."""

    kind = _choice("folder", "https", "sheet", required=True)
    location = _text()
    title = _text(required=False)
    allow_hosts = _Texts(_text(r"[a-z0-9.-]+", "isi dengan nama host saja, huruf kecil."))
    sheet_range = _text(required=False)
    timeout_seconds = _whole(1, 300)

    @validates_schema
    def _fits_its_kind(self, data: dict[str, Any], **_: Any) -> None:
        if data["kind"] == "https":
            address = urlsplit(data["location"])
            if address.scheme != "https" or not address.hostname:
                raise ValidationError("isi dengan alamat https://...", "location")
            if address.hostname not in data.get("allow_hosts", ()):
                raise ValidationError("harus memuat host dari location.", "allow_hosts")
        elif data.get("allow_hosts"):
            raise ValidationError("hanya untuk sumber https.", "allow_hosts")


def _list(inner: fields.Field[Any], **kwargs: Any) -> fields.List[Any]:
    say = "isi dengan daftar di antara tanda [ ]."
    return fields.List(inner, error_messages={**_FAULTS, "invalid": say}, **kwargs)


class _LocalDay(fields.Date):
    """A TOML date (2026-03-18, without quotation marks)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if type(value) is not date:
            raise ValidationError("isi dengan tanggal tanpa tanda kutip, misalnya 2026-03-18.")
        return value


class DayOffSchema(_Section):
    """One entry of days_off."""

    date = _LocalDay(required=True, error_messages=_FAULTS)
    name = _text()


class CalendarSchema(_Section):
    """The [calendar] section."""

    days_off = _list(fields.Nested(DayOffSchema, error_messages=_FAULTS))
    extra_working = _list(_LocalDay(error_messages=_FAULTS))

    @validates_schema
    def _each_day_is_told_once(self, data: dict[str, Any], **_: Any) -> None:
        off = [each["date"] for each in data.get("days_off", ())]
        worked = data.get("extra_working", ())
        for name, days in (("days_off", off), ("extra_working", worked)):
            if len(set(days)) != len(days):
                raise ValidationError("ada tanggal yang ditulis dua kali.", name)
        if set(off) & set(worked):
            raise ValidationError("ada tanggal yang juga ada di days_off.", "extra_working")


class _Answer(fields.Bool):
    """A TOML boolean."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise ValidationError("isi dengan true atau false.")
        return value


class ComplaintKindSchema(_Section):
    """A [complaints.kinds.<code>] section."""

    verify_days = _whole(1, 60)
    resolve_days = _whole(1, 60)
    field_check_days = _whole(1, 60)
    hours = _whole(1, 72)
    may_be_anonymous = _Answer(error_messages=_FAULTS)
    needs = _Texts(_choice("programme", "rw", "name", "nik", "contact"))


KEPT_DAYS = {
    "retention_days": 365,
    "photo_retention_days": 90,
    "appeal_days": 14,
    "check_back_days": 14,
}
"""The days that hold where the file says nothing."""


class ComplaintsSchema(_Section):
    """The [complaints] section. No figure falls short of what a resident may rely on."""

    retention_days = _whole(30, 3_650)
    photo_retention_days = _whole(1, 3_650)
    reopen_hours = _whole(72, 8_760)
    appeal_days = _whole(14, 365)
    check_back_days = _whole(1, 365)
    escalate_after = _list(
        _whole(1, 60), validate=Length(equal=2, error="isi dengan dua bilangan, misalnya [3, 5].")
    )
    escalation_contact = _text()
    per_address_hourly = _whole(1, 1_000_000)
    kinds = _table(
        _text(r"[a-z]+(-[a-z]+)*", "isi dengan kode jenis pengaduan."),
        fields.Nested(ComplaintKindSchema, error_messages=_FAULTS),
    )

    @validates_schema
    def _levels_follow_each_other(self, data: dict[str, Any], **_: Any) -> None:
        levels = data.get("escalate_after", (1, 2))
        if levels[0] >= levels[1]:
            raise ValidationError("bilangan kedua harus lebih besar.", "escalate_after")

    @validates_schema
    def _nothing_outlives_the_complaint(self, data: dict[str, Any], **_: Any) -> None:
        kept = {**KEPT_DAYS, **{name: data[name] for name in KEPT_DAYS if name in data}}
        retention = kept.pop("retention_days")
        for name, days in kept.items():
            if days > retention:
                raise ValidationError(f"tidak boleh melebihi retention_days ({retention}).", name)


class StaffSchema(_Section):
    """The [staff] section."""

    code_required_for = _Texts(_choice("operator", "verifier", "auditor", "admin"))


class KelurahanSchema(_Section):
    """The whole file."""

    name = _text()
    title = _text()
    kecamatan = _text()
    kota = _text()
    provinsi = _text()
    code = _text(
        r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}",
        "isi dengan kode Kemendagri, misalnya 12.34.56.7890.",
    )
    bps_code = _text(r"[0-9]{10}", "isi dengan sepuluh angka kode BPS.")
    nik_prefixes = _Texts(_text(r"[0-9]{6}", "isi dengan enam angka."), at_least=1, required=True)
    nik_districts = _Texts(_text(r"[0-9]{6}", "isi dengan enam angka."))
    postcode = _text(r"[0-9]{5}", "isi dengan lima angka.")
    timezone = _choice("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")
    residents = _whole(1, 1_000_000, required=True)
    households = _whole(1, 500_000, required=True)
    ticket_prefix = _text(r"[A-Z]{2,4}", "isi dengan dua sampai empat huruf besar, misalnya TS.")
    rws = _Texts(
        _text(r"[0-9]{2}", 'isi dengan dua angka di antara tanda kutip, misalnya "03".'),
        at_least=1,
        required=True,
    )
    aliases_of_name = _Texts(_text())
    lookup_factor = _choice("name", "kk", "both", "either")
    contact = _section(ContactSchema, required=True)
    site = _section(SiteSchema, required=True)
    limits = _section(LimitsSchema)
    calendar = _section(CalendarSchema)
    complaints = _section(ComplaintsSchema)
    staff = _section(StaffSchema)
    local_priority = _section(LocalPrioritySchema)
    column_aliases = _table(_text(r"[a-z][a-z_]*", "isi dengan nama kolom."), _Texts(_text()))
    programme_aliases = _table(
        _text(r"[a-z0-9]+(-[a-z0-9]+)*", "isi dengan kode program."), _Texts(_text())
    )
    sources = _table(
        _text(r"[a-z0-9]+(-[a-z0-9]+)*", "isi dengan nama sumber, huruf kecil."),
        fields.Nested(SourceSchema, error_messages=_FAULTS),
    )

    @validates_schema
    def _codes_agree(self, data: dict[str, Any], **_: Any) -> None:
        if data["code"].replace(".", "")[:6] not in data["nik_prefixes"]:
            raise ValidationError("harus memuat enam angka pertama dari code.", "nik_prefixes")
        if data["households"] > data["residents"]:
            raise ValidationError("lebih banyak daripada residents.", "households")
