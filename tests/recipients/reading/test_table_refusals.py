"""Files that can't be used: one code and one sentence each, and nothing else ever comes out."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.errors import FileRejected
from shared.recipients.model.problems import CODES
from shared.recipients.reading.table import Table
from tests.recipients import sheets
from tests.recipients.sheets import HEADER, person, table

FILE_CODES = {code for code, (severity, _) in CODES.items() if severity == "file"}
ANYTHING = FILE_CODES | {"table"}
FUZZ: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}
ROWS = [HEADER, *(person(serial) for serial in range(1, 30))]
NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def refusal(path: Path) -> FileRejected:
    with pytest.raises(FileRejected) as caught:
        list(table(path).rows)
    found = caught.value
    assert found.code is not None
    assert CODES[found.code][0] == "file"
    assert found.detail.endswith(".")
    assert "\n" not in found.detail
    return found


def outcome(path: Path) -> str:
    """ "table", or the code of the refusal; anything else is raised."""
    try:
        found = table(path)
        assert isinstance(found, Table)
        list(found.rows)
    except FileRejected as rejection:
        return str(rejection.code)
    return "table"


def _bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _workbook(path: Path, sheet: str, **parts: str) -> Path:
    """A minimal .xlsx with this XML as its sheet."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/'
            'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{NS}" xmlns:r="{relations}"><sheets>'
            '<sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/'
            'worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _sheet(*cells: tuple[str, str]) -> str:
    rows = "".join(
        f'<row><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for place, text in cells
    )
    return f'<worksheet xmlns="{NS}"><sheetData>{rows}</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kosong.xlsx", b""),
        ("spasi.csv", b" \r\n \n\t\n"),
        ("bom.csv", b"\xef\xbb\xbf"),
        ("surat.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        ("foto.xlsx", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("foto.webp", b"RIFF\x24\x00\x00\x00WEBPVP8 "),
        ("foto.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"),
        ("foto.tif", b"II*\x00\x08\x00\x00\x00"),
        ("foto.csv", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("unduhan.xls", b"<html><body><table><tr><td>NIK</td><td>Nama</td></tr></table></body>"),
        ("unduhan2.xls", b"\xef\xbb\xbf <!-- x --> <!DOCTYPE html><table></table>"),
        ("tua.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com"/>'),
        ("acak.xlsx", bytes(random.Random(1).randbytes(4000))),
        ("acak.csv", bytes(random.Random(2).randbytes(4000))),
        ("ole.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)),
        ("zip.xlsx", b"PK\x03\x04" + bytes(100)),
        ("utf16.csv", b"\xff\xfeN\x00I\x00K"),
    ],
)
def test_what_is_no_spreadsheet_is_unreadable(tmp_path: Path, name: str, content: bytes) -> None:
    assert refusal(_bytes(tmp_path / name, content)).code == "FILE_UNREADABLE"


@pytest.mark.parametrize(
    "content", [b"RIFF\x24\n\x00\x00WEBPVP8 ", b"\x00\x00\x00\x18ftypmif1", b"\xff\xd8\xff\xe0"]
)
def test_a_photo_is_called_one(tmp_path: Path, content: bytes) -> None:
    assert "foto" in refusal(_bytes(tmp_path / "daftar.xlsx", content)).detail


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    assert refusal(tmp_path / "tidak-ada.xlsx").code == "FILE_UNREADABLE"
    assert refusal(tmp_path).code == "FILE_UNREADABLE"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("halo dunia\nini bukan tabel\n", "HEADER_NOT_FOUND"),
        ("a,b,c\n1,2,3\n", "HEADER_NOT_FOUND"),
        ("Nama,RW,Program\nUJANG,03,PKH\n", "COLUMN_MISSING"),
        ("NIK,RW,Program\n1,03,PKH\n", "COLUMN_MISSING"),
        ("NIK\n1\n", "COLUMN_MISSING"),
        ("NIK,Nama,Program\n", "NO_ROWS"),
        ("NIK,Nama,Program\n,,\nJUMLAH,,0\n", "NO_ROWS"),
    ],
)
def test_a_text_without_a_list_has_its_code(tmp_path: Path, text: str, code: str) -> None:
    found = refusal(_bytes(tmp_path / "a.csv", text.encode()))
    assert found.code == code
    if code == "COLUMN_MISSING":
        assert ("NIK" in found.detail) == ("NIK" not in text)


def test_an_empty_workbook_has_no_rows(tmp_path: Path) -> None:
    assert refusal(sheets.write_xlsx(tmp_path / "a.xlsx", [])).code == "NO_ROWS"


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_workbook_is_refused(tmp_path: Path, kind: str, share: float) -> None:
    write = {"xlsx": sheets.write_xlsx, "xls": sheets.write_xls, "ods": sheets.write_ods}[kind]
    whole = write(tmp_path / f"a.{kind}", ROWS).read_bytes()
    cut = _bytes(tmp_path / f"b.{kind}", whole[: int(len(whole) * share)])
    assert refusal(cut).code in ("FILE_UNREADABLE", "HEADER_NOT_FOUND", "NO_ROWS")


def test_a_locked_workbook_says_so(tmp_path: Path) -> None:
    assert "kata sandi" in refusal(_bytes(tmp_path / "a.xlsx", _locked_ole())).detail
    whole = bytearray(sheets.write_xlsx(tmp_path / "b.xlsx", ROWS).read_bytes())
    directory = whole.find(b"PK\x01\x02")
    whole[directory + 8] |= 1
    assert "kata sandi" in refusal(_bytes(tmp_path / "c.xlsx", bytes(whole))).detail


def _locked_ole() -> bytes:
    """A compound file with the stream by which Excel marks an encrypted workbook."""
    sector = 512
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        b"", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0,
    )  # fmt: skip
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *([0xFFFFFFFF] * 126))
    header += struct.pack("<109I", 0, *([0xFFFFFFFF] * 108))[: sector - len(header)]

    def entry(name: str, kind: int, child: int, right: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        none = 0xFFFFFFFF
        return struct.pack(
            "<64sHBBIII16sI16sIQ", text, len(text), kind, 1, none, right, child, b"", 0, b"",
            0xFFFFFFFE, 0,
        )  # fmt: skip

    none = 0xFFFFFFFF
    directory = entry("Root Entry", 5, 1, none) + entry("EncryptionInfo", 2, none, 2)
    directory += entry("EncryptedPackage", 2, none, none) + entry("", 0, none, none)
    return header + fat + directory


def test_a_file_of_200_mb_is_too_large(tmp_path: Path) -> None:
    for name in ("a.csv", "a.xlsx"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(200_000_000)
        start = time.process_time()
        assert refusal(path).code == "FILE_TOO_LARGE"
        assert time.process_time() - start < 1


def test_a_zip_bomb_is_never_unpacked_whole(tmp_path: Path) -> None:
    path = tmp_path / "bom.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(120):
            part.write(bytes(1 << 20))
    assert refusal(path).code == "FILE_TOO_LARGE"


def test_a_zip_bomb_whose_directory_lies_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "bom.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(120 << 20))
    content = bytearray(path.read_bytes())
    directory = content.find(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 1000)
    content[22:26] = struct.pack("<I", 1000)
    found = refusal(_bytes(path, bytes(content)))
    assert found.code in ("FILE_TOO_LARGE", "FILE_UNREADABLE")


def test_two_cells_that_span_the_world_end_a_process_not_us(tmp_path: Path) -> None:
    cells = _sheet(("A1", "NIK"), ("B1", "Nama"), ("XFD1048576", "x"))
    path = _workbook(tmp_path / "a.xlsx", cells)
    assert refusal(path).code in ("FILE_UNREADABLE", "FILE_TOO_LARGE")


def test_the_hand_made_workbook_is_read_where_it_is_harmless(tmp_path: Path) -> None:
    cells = _sheet(("A1", "NIK"), ("B1", "Nama"), ("C1", "Program"), ("A2", sheets.nik()))
    assert outcome(_workbook(tmp_path / "a.xlsx", cells)) == "table"


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet",
        "",
        "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><worksheet>&b;</worksheet>",
        f'<worksheet xmlns="{NS}"><sheetData><row r="0"><c r="A0"><v>1</v></c></row></sheetData>',
        f'<worksheet xmlns="{NS}"><sheetData><row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>',
        f'<worksheet xmlns="{NS}"><sheetData><row><c r="A1" t="s"><v>99</v></c></row></sheetData>',
        f'<worksheet xmlns="{NS}"><sheetData><row><c r="A1"><v>1e999</v></c></row></sheetData>',
    ],
)
def test_broken_sheets_are_refused(tmp_path: Path, sheet: str) -> None:
    assert outcome(_workbook(tmp_path / "a.xlsx", sheet)) in FILE_CODES


def test_an_open_quote_is_told_with_its_line(tmp_path: Path) -> None:
    lines = [",".join(map(str, row)) for row in ROWS]
    lines[4] = lines[4].replace("WARGA", '"WARGA')
    found = refusal(_bytes(tmp_path / "a.csv", "\n".join(lines).encode()))
    assert found.code == "FILE_UNREADABLE"
    assert "baris 5" in found.detail
    long = [*lines, *lines[5:] * 4]
    assert refusal(_bytes(tmp_path / "b.csv", "\n".join(long).encode())).code == "FILE_UNREADABLE"


@pytest.mark.parametrize("body", [b"x", b",", b'"'])
def test_a_line_without_end_is_refused_before_it_is_read(tmp_path: Path, body: bytes) -> None:
    path = _bytes(tmp_path / "a.csv", b"NIK,Nama,Program\n" + body * 6_000_000)
    assert refusal(path).code == "FILE_UNREADABLE"


def test_the_mark_with_which_old_programs_end_a_file_does_no_harm(tmp_path: Path) -> None:
    path = sheets.write_csv(tmp_path / "a.csv", ROWS)
    assert outcome(_bytes(path, path.read_bytes() + b"\x1a")) == "table"


def test_a_refusal_holds_nothing_of_the_file(tmp_path: Path) -> None:
    found = refusal(_bytes(tmp_path / "a.csv", f"Nama,RW\nUJANG {sheets.nik()},03\n".encode()))
    assert sheets.nik() not in f"{found} {found.detail} {found.args}"
    assert "UJANG" not in f"{found} {found.detail} {found.args}"


CORPUS: dict[str, Callable[[Path], Path]] = {
    "csv": lambda path: sheets.write_csv(path, ROWS),
    "semicolon": lambda path: sheets.write_csv(path, ROWS, delimiter=";", encoding="cp1252"),
    "utf16": lambda path: sheets.write_csv(path, ROWS, encoding="utf-16"),
    "xlsx": lambda path: sheets.write_xlsx(path, ROWS, merged=[(3, 3, 5, 3)]),
    "xls": lambda path: sheets.write_xls(path, ROWS),
    "ods": lambda path: sheets.write_ods(path, ROWS),
}


@pytest.mark.parametrize("kind", sorted(CORPUS))
def test_mutated_files_come_out_as_a_table_or_a_refusal(tmp_path: Path, kind: str) -> None:
    whole = CORPUS[kind](tmp_path / "asal").read_bytes()
    chances = random.Random(f"{kind} 2026")
    path = tmp_path / "mutan"
    for _ in range(25):
        assert outcome(_bytes(path, _mutated(whole, chances))) in ANYTHING


def _mutated(whole: bytes, chances: random.Random) -> bytes:
    content = bytearray(whole)
    for _ in range(chances.choice((1, 2, 8, 64))):
        place = chances.randrange(len(content))
        match chances.randrange(5):
            case 0:
                content[place] = chances.randrange(256)
            case 1:
                del content[place : place + chances.randrange(1, 64)]
            case 2:
                content[place:place] = chances.randbytes(chances.randrange(1, 32))
            case 3:
                content[place : place + 4] = b"\xff\xff\xff\xff"
            case _:
                content[place:place] = content[place : place + chances.randrange(1, 200)]
        if not content:
            content = bytearray(b"x")
    return bytes(content)


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_mutated_parts_of_a_workbook_come_out_as_a_table_or_a_refusal(
    tmp_path: Path, kind: str
) -> None:
    """Mutations inside the packed XML: those of the outside mostly break the zip file alone."""
    whole = CORPUS[kind](tmp_path / "asal").read_bytes()
    chances = random.Random(f"{kind} 7")
    for _ in range(20):
        box = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(whole)) as old,
            zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            chosen = chances.choice(old.namelist())
            for name in old.namelist():
                content = old.read(name)
                if name == chosen and content:
                    content = _mutated(content, chances)
                new.writestr(name, content)
        assert outcome(_bytes(tmp_path / "mutan", box.getvalue())) in ANYTHING


@settings(max_examples=150, **FUZZ)
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode()))
def test_any_bytes_come_out_as_a_table_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    assert outcome(_bytes(tmp_path / "apa", content)) in ANYTHING


@settings(max_examples=60, **FUZZ)
@given(st.lists(st.lists(st.text(max_size=10), max_size=10), max_size=6))
def test_any_text_under_a_header_comes_out_as_a_table_or_a_refusal(
    tmp_path: Path, rows: list[list[str]]
) -> None:
    path = tmp_path / "a.csv"
    header = ",".join(HEADER) + "\n"
    body = "\n".join(",".join(row) for row in rows)
    path.write_bytes((header + body).encode("utf-8", "surrogatepass"))
    assert outcome(path) in ANYTHING
