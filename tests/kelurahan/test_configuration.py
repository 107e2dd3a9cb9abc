"""The kelurahan's file: the example and another one load, and each fault is told in words."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from shared.kelurahan import configuration
from shared.kelurahan.configuration import KelurahanInvalid
from shared.kelurahan.schema import KEPT_DAYS

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
OTHER = """
name = "Suka Maju"
title = "Kelurahan Suka Maju"
kecamatan = "Mekar"
kota = "Kota Contoh"
provinsi = "Provinsi Contoh"
code = "99.01.02.1003"
bps_code = "9901002003"
nik_prefixes = ["990102", "990103"]
postcode = "99999"
timezone = "Asia/Makassar"
residents = 1200
households = 400
rws = ["01", "02"]
ticket_prefix = "CT"
lookup_factor = "either"

[contact]
office = "Jalan Contoh 1"
hours = "Senin sampai Kamis 08.00-15.00"
phone = "+62 22 000 0000"
email = "kantor@contoh.example"

[site]
base_url = "http://localhost:8080"

[limits]
removed_share = 0
misses_overall = 900

[column_aliases]
nik = ["nomor identitas", "no identitas"]

[programme_aliases]
bpnt = ["kartu sembako"]

[sources.provinsi]
kind = "https"
location = "https://data.example/daftar.csv"
allow_hosts = ["data.example"]
timeout_seconds = 10

[sources.lembar]
kind = "sheet"
location = "abc"
sheet_range = "Daftar!A:Z"
"""

WITH_COMPLAINTS = f"""{OTHER}
[calendar]
days_off = [{{ date = 2028-02-25, name = "Cuti bersama" }}]
extra_working = [2026-12-24]

[complaints]
retention_days = 200
escalate_after = [2, 4]
escalation_contact = "Camat"

[complaints.kinds.service]
resolve_days = 3
may_be_anonymous = false
needs = ["rw"]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(KelurahanInvalid) as caught:
        configuration.parse(text, "uji")
    return caught.value.faults


def test_the_example_loads() -> None:
    loaded = configuration.load("tamansari", ROOT / "kelurahan")
    assert loaded.slug == "tamansari"
    assert loaded.key == "3273091002"
    assert loaded.nik_prefixes == ("327309",)
    assert loaded.rws[0] == "01"
    assert loaded.limits.minimum_cell == 10
    assert loaded.sources["inbox"].kind == "folder"


def test_the_example_says_what_was_not_checked() -> None:
    lines = EXAMPLE.splitlines()
    for name in ("rws", "office", "hours"):
        at = next(i for i, line in enumerate(lines) if line.startswith(f"{name} = "))
        assert "perlu dicek" in "\n".join(lines[at - 1 : at + 1])


def test_the_limits_of_the_example_are_the_defaults() -> None:
    written = tomllib.loads(EXAMPLE)["limits"]
    assert written == dataclasses.asdict(configuration.Limits())


def test_verifiers_and_admins_need_a_code_where_the_file_says_nothing() -> None:
    written = tomllib.loads(EXAMPLE)["staff"]
    assert tuple(written["code_required_for"]) == ("verifier", "admin")
    assert configuration.StaffRules().code_required_for == ("verifier", "admin")
    without = EXAMPLE.replace('[staff]\ncode_required_for = ["verifier", "admin"]', "")
    assert configuration.parse(without, "uji").staff == configuration.StaffRules()
    none = EXAMPLE.replace('for = ["verifier", "admin"]', "for = []")
    assert configuration.parse(none, "uji").staff.code_required_for == ()


def test_the_rules_for_complaints_of_the_example_are_the_defaults() -> None:
    written = tomllib.loads(EXAMPLE)["complaints"]
    rules = dataclasses.asdict(dataclasses.replace(configuration.ComplaintRules(), kinds={}))
    contact = written.pop("escalation_contact")
    assert "perlu dicek" in contact
    assert {**written, "escalate_after": tuple(written["escalate_after"])} == {
        name: value for name, value in rules.items() if name not in ("kinds", "escalation_contact")
    }
    assert {name: rules[name] for name in KEPT_DAYS} == KEPT_DAYS


def test_the_calendar_and_the_rules_for_complaints_are_read() -> None:
    loaded = configuration.parse(WITH_COMPLAINTS, "uji")
    assert loaded.ticket_prefix == "CT"
    (day,) = loaded.calendar.days_off
    assert (day.date, day.name) == (date(2028, 2, 25), "Cuti bersama")
    assert loaded.calendar.extra_working == (date(2026, 12, 24),)
    assert loaded.complaints.retention_days == 200
    assert loaded.complaints.escalate_after == (2, 4)
    assert loaded.complaints.escalation_contact == "Camat"
    assert loaded.complaints.reopen_hours == 72
    assert loaded.complaints.kinds["service"]["needs"] == ("rw",)
    assert loaded.complaints.kinds["service"]["may_be_anonymous"] is False
    with pytest.raises(TypeError):
        loaded.complaints.kinds["x"] = {}  # type: ignore[index]
    with pytest.raises(TypeError):
        loaded.complaints.kinds["service"]["hours"] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('"CT"', '"C"', "ticket_prefix: isi dengan dua sampai empat huruf besar"),
        ('"CT"', '"CTCTC"', "ticket_prefix: "),
        ('"CT"', '"ct"', "ticket_prefix: "),
        ('"CT"', '"C1"', "ticket_prefix: "),
        ('"CT"', '"ÇT"', "ticket_prefix: "),
        ('ticket_prefix = "CT"', "", "ticket_prefix: wajib diisi."),
        ("[{ date", "[3, { date", "calendar.days_off.isi ke-1: "),
        ("days_off = [", "days_off = 3 # [", "calendar.days_off: isi dengan daftar"),
        ("date = 2028-02-25", 'date = "2028-02-25"', "calendar.days_off.isi ke-1.date: isi dengan"),
        ("date = 2028-02-25", "date = 2028-02-25T08:00:00", "calendar.days_off.isi ke-1.date: "),
        ("date = 2028-02-25, ", "", "calendar.days_off.isi ke-1.date: wajib diisi."),
        ('name = "Cuti bersama"', 'name = " "', "calendar.days_off.isi ke-1.name: "),
        ('name = "Cuti bersama"', 'nama = "a", name = "b"', "calendar.days_off.isi ke-1.nama: "),
        ("[2026-12-24]", '"2026-12-24"', "calendar.extra_working: isi dengan daftar"),
        ("[2026-12-24]", "[2026]", "calendar.extra_working.isi ke-1: isi dengan tanggal"),
        ("[2026-12-24]", "[2026-12-24, 2026-12-24]", "calendar.extra_working: ada tanggal"),
        ("[2026-12-24]", "[2028-02-25]", "calendar.extra_working: ada tanggal yang juga"),
        ("[{ date", '[{ date = 2028-02-25, name = "a" }, { date', "calendar.days_off: ada"),
        ("extra_working", "extra_workin", "calendar.extra_workin: tidak dikenal. Hapus"),
        ("retention_days = 200", "retention_days = 29", "complaints.retention_days: "),
        ("retention_days = 200", "retention_days = 40", "complaints.photo_retention_days: tidak"),
        ("retention_days = 200", "appeal_days = 366", "complaints.appeal_days: "),
        ("retention_days = 200", "appeal_days = 13", "complaints.appeal_days: "),
        (
            "days = 200",
            "days = 200\nappeal_days = 201",
            "complaints.appeal_days: tidak boleh melebihi",
        ),
        (
            "days = 200",
            "days = 200\ncheck_back_days = 201",
            "complaints.check_back_days: tidak boleh melebihi",
        ),
        ("retention_days = 200", "reopen_hours = 71", "complaints.reopen_hours: "),
        ("retention_days = 200", "per_address_hourly = 0", "complaints.per_address_hourly: "),
        ("retention_days = 200", "reopen_hour = 72", "complaints.reopen_hour: tidak dikenal."),
        ("[2, 4]", "[4, 4]", "complaints.escalate_after: bilangan kedua"),
        ("[2, 4]", "[2]", "complaints.escalate_after: isi dengan dua bilangan"),
        ("[2, 4]", "[2, 0]", "complaints.escalate_after.isi ke-2: "),
        ("[2, 4]", "4", "complaints.escalate_after: isi dengan daftar"),
        ('"Camat"', '""', "complaints.escalation_contact: isi dengan teks."),
        ("resolve_days = 3", "resolve_days = 61", "complaints.kinds.service.resolve_days: "),
        ("resolve_days = 3", "resolve_days = 0", "complaints.kinds.service.resolve_days: "),
        ("resolve_days = 3", "hours = 73", "complaints.kinds.service.hours: "),
        ("resolve_days = 3", 'title = "x"', "complaints.kinds.service.title: tidak dikenal."),
        ("anonymous = false", "anonymous = 0", "complaints.kinds.service.may_be_anonymous: isi"),
        ("anonymous = false", 'anonymous = "no"', "complaints.kinds.service.may_be_anonymous: isi"),
        ('["rw"]', '["rt"]', "complaints.kinds.service.needs.isi ke-1: "),
        ('["rw"]', '["rw", "rw"]', "complaints.kinds.service.needs: ada isi"),
        ('["rw"]', '"rw"', "complaints.kinds.service.needs: isi dengan daftar"),
        ("kinds.service", "kinds.Layanan", "complaints.kinds.Layanan: isi dengan kode"),
        ("kinds.service]", "kinds]\nservice = 3\n[complaints.kinds.other]", "complaints.kinds.s"),
    ],
)
def test_each_fault_of_calendar_and_complaints_names_its_field(
    written: str, instead: str, told: str
) -> None:
    changed = WITH_COMPLAINTS.replace(written, instead)
    assert changed != WITH_COMPLAINTS
    (fault,) = faults(changed)
    assert fault.startswith(told)
    assert not re.search(r"\b(not|valid|must|field|unknown|invalid)\b", fault, re.IGNORECASE)


def test_a_misspelt_rule_for_complaints_is_guessed() -> None:
    (fault,) = faults(WITH_COMPLAINTS.replace("retention_days = 200", "reopen_hour = 72"))
    assert fault.endswith("Mungkin maksudnya: reopen_hours.")


def test_another_kelurahan_loads_from_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "sukamaju.toml").write_text(OTHER, "utf-8")
    loaded = configuration.load("sukamaju", tmp_path)
    assert loaded.name == "Suka Maju"
    assert loaded.key == "9901021003"
    assert loaded.limits.removed_share == 0
    assert loaded.limits.misses_overall == 900
    assert loaded.limits.undo_days == 30
    assert loaded.column_aliases["nik"] == ("nomor identitas", "no identitas")
    assert loaded.programme_aliases["bpnt"] == ("kartu sembako",)
    assert loaded.sources["provinsi"].allow_hosts == ("data.example",)
    assert loaded.sources["lembar"].sheet_range == "Daftar!A:Z"
    assert loaded.contact.email == "kantor@contoh.example"


def test_a_file_with_the_mark_of_windows_is_read(tmp_path: Path) -> None:
    (tmp_path / "sukamaju.toml").write_text(OTHER.lstrip(), "utf-8-sig")
    assert configuration.load("sukamaju", tmp_path).name == "Suka Maju"


def test_what_was_loaded_can_not_be_changed() -> None:
    loaded = configuration.parse(OTHER, "uji")
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        loaded.sources["x"] = loaded.sources["lembar"]  # type: ignore[index]


def test_all_faults_are_told_at_once() -> None:
    found = faults(
        """
        nama = "x"
        code = 3
        rws = ["1", "01", "01"]
        residents = 2.5
        [limits]
        minimum_cel = 10
        removed_share = "x"
        [contact]
        office = "  "
        [sources.a]
        kind = "ftp"
        """
    )
    starts = [
        "nama: tidak dikenal. Hapus, atau perbaiki ejaannya. Mungkin maksudnya: name.",
        "name: wajib diisi.",
        "code: isi dengan kode Kemendagri",
        "rws.isi ke-1: isi dengan dua angka",
        "residents: isi dengan bilangan bulat",
        "limits.minimum_cel: tidak dikenal. Hapus, atau perbaiki ejaannya. "
        "Mungkin maksudnya: minimum_cell.",
        "limits.removed_share: isi dengan angka antara 0 dan 1",
        "contact.office: isi dengan teks.",
        "contact.hours: wajib diisi.",
        "sources.a.kind: isi dengan salah satu dari: folder, https, sheet.",
        "sources.a.location: wajib diisi.",
        "site: wajib diisi.",
    ]
    for start in starts:
        assert any(fault.startswith(start) for fault in found), start


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('"99.01.02.1003"', '"9901021003"', "code: "),
        ('"99.01.02.1003"', '"99.01.09.1003"', "nik_prefixes: harus memuat"),
        ('"99999"', '"9999"', "postcode: "),
        ('"99999"', "99999", "postcode: "),
        ('"99999"', '"９９９９９"', "postcode: "),
        ('["01", "02"]', "[]", "rws: "),
        ('["01", "02"]', '["01", "01"]', "rws: ada isi yang ditulis dua kali"),
        ("households = 400", "households = 4000", "households: "),
        ('"Asia/Makassar"', '"Mars/Base"', "timezone: "),
        ('"either"', '"any"', "lookup_factor: "),
        ("misses_overall = 900", "minimum_cell = 9", "limits.minimum_cell: "),
        ("misses_overall = 900", "misses_per_nik = 0", "limits.misses_per_nik: "),
        ("misses_overall = 900", "misses_per_nik = true", "limits.misses_per_nik: "),
        ("removed_share = 0", "removed_share = nan", "limits.removed_share: "),
        ("removed_share = 0", "removed_share = 10", "limits.removed_share: "),
        ("removed_share = 0", "removed_share = true", "limits.removed_share: "),
        ("http://localhost:8080", "http://contoh.example", "site.base_url: "),
        ("http://localhost:8080", "https://contoh.example/", "site.base_url: "),
        ("https://data.example", "http://data.example", "sources.provinsi.location: "),
        ("https://data.example", "https://other.example", "sources.provinsi.allow_hosts: "),
        ('sheet_range = "Daftar!A:Z"', 'allow_hosts = ["a.example"]', "sources.lembar.allow_hosts"),
    ],
)
def test_each_fault_names_its_field(written: str, instead: str, told: str) -> None:
    configuration.parse(OTHER, "uji")
    changed = OTHER.replace(written, instead)
    assert changed != OTHER
    found = faults(changed)
    assert [fault for fault in found if fault.startswith(told)] == found


def test_no_fault_repeats_a_value() -> None:
    found = faults(OTHER.replace('"99999"', '"rahasia"'))
    assert not any("rahasia" in fault for fault in found)


def test_a_missing_or_unreadable_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(KelurahanInvalid, match="tidak ada"):
        configuration.load("none", tmp_path)
    (tmp_path / "bad.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(KelurahanInvalid, match="UTF-8"):
        configuration.load("bad", tmp_path)
    assert "line 1" in faults("name = = 1")[0]
