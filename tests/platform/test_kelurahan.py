"""The kelurahan's file: the example and another one load, and each fault is told in words."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from shared.platform import kelurahan
from shared.platform.kelurahan import KelurahanInvalid

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


def faults(text: str) -> list[str]:
    with pytest.raises(KelurahanInvalid) as caught:
        kelurahan.parse(text, "uji")
    return caught.value.faults


def test_the_example_loads() -> None:
    loaded = kelurahan.load("tamansari", ROOT / "kelurahan")
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
    assert written == dataclasses.asdict(kelurahan.Limits())


def test_another_kelurahan_loads_from_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "sukamaju.toml").write_text(OTHER, "utf-8")
    loaded = kelurahan.load("sukamaju", tmp_path)
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


def test_what_was_loaded_can_not_be_changed() -> None:
    loaded = kelurahan.parse(OTHER, "uji")
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
    kelurahan.parse(OTHER, "uji")
    changed = OTHER.replace(written, instead)
    assert changed != OTHER
    found = faults(changed)
    assert [fault for fault in found if fault.startswith(told)] == found


def test_no_fault_repeats_a_value() -> None:
    found = faults(OTHER.replace('"99999"', '"rahasia"'))
    assert not any("rahasia" in fault for fault in found)


def test_a_missing_or_unreadable_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(KelurahanInvalid, match="tidak ada"):
        kelurahan.load("none", tmp_path)
    (tmp_path / "bad.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(KelurahanInvalid, match="UTF-8"):
        kelurahan.load("bad", tmp_path)
    assert "line 1" in faults("name = = 1")[0]
