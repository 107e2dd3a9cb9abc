"""Attacks on the console: forged requests, planted cookies, open redirects, injection."""

from __future__ import annotations

import csv
import io
import re

import openpyxl
import pytest

from functions.staff_console.main import service
from tests.functions.conftest import PASSWORD
from tests.functions.staff_console.conftest import CSRF, Console, upload
from tests.functions.staff_console.conftest import csv as listed
from tests.functions.staff_console.test_rights import filled, good_fields, ids

POSTS = sorted({route.path for route in service.routes if route.method == "POST"})
SIGNED_IN_POSTS = [path for path in POSTS if path != "/staff/masuk"]
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", '=HYPERLINK("http://x","y")')
MARKUP = '<script>alert(1)</script><img src=x onerror="alert(1)">'
NIK = "3273090101900007"


def role_for(path: str) -> str:
    [route] = [each for each in service.routes if (each.method, each.path) == ("POST", path)]
    return min(str(role) for role in route.roles)


@pytest.mark.parametrize("path", SIGNED_IN_POSTS)
@pytest.mark.parametrize("token", ["", "forged", "foreign"])
def test_a_form_without_the_session_s_own_token_does_nothing(
    console: Console, path: str, token: str
) -> None:
    known = ids(console)
    role = role_for(path)
    if token == "foreign":
        token = console.browser("auditor" if role != "auditor" else "operator").csrf()
    before = console.deployment.audit.head().seq
    browser = console.browser(role)
    after_signing_in = console.deployment.audit.head().seq
    answer = browser.post(filled(path, known), csrf=token, **good_fields("POST", path))
    assert answer.status_code == 403
    assert console.deployment.audit.head().seq == after_signing_in >= before


def test_a_form_of_another_site_is_refused(console: Console) -> None:
    browser = console.browser("operator")
    answer = browser.client.post(
        "/staff/warga",
        data={"csrf": browser.csrf(), "rw": "03"},
        headers={"Accept": "text/html", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


OWN_PAGES = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Origin": "http://localhost"},
    {"Origin": "https://LOCALHOST"},
    {"Referer": "http://localhost/staff/masuk"},
    {"Origin": "https://bansos.contoh.example", "X-Forwarded-Host": "bansos.contoh.example"},
]
OTHER_PAGES = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": "null"},
    {"Origin": "null", "Referer": "http://localhost/staff/masuk"},
    {"Origin": "http://["},
    {"Origin": "localhost"},
    {"Referer": "https://evil.example/localhost"},
    {"Origin": "https://evil.example", "X-Forwarded-Host": "bansos.contoh.example"},
    {"Origin": "http://", "X-Forwarded-Host": ""},
    {},
]


@pytest.mark.parametrize("headers", OWN_PAGES, ids=str)
def test_signing_in_from_the_site_s_own_page(console: Console, headers: dict[str, str]) -> None:
    fields = {"email": console.emails["operator"], "password": PASSWORD}
    answer = console.new_client().post("/staff/masuk", data=fields, headers=headers)
    assert answer.status_code == 303


@pytest.mark.parametrize("headers", OTHER_PAGES, ids=str)
def test_nobody_is_signed_in_by_a_page_of_somebody_else(
    console: Console, headers: dict[str, str]
) -> None:
    # a stranger's own account, in which an officer would then work without noticing
    fields = {"email": console.emails["operator"], "password": PASSWORD}
    asked = {"Accept": "text/html", **headers}
    answer = console.new_client().post("/staff/masuk", data=fields, headers=asked)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    signed_in = [each.action for each in console.deployment.audit.entries()]
    assert "staff.sign-in" not in signed_in


def test_a_cookie_that_was_planted_is_not_taken_over(console: Console) -> None:
    browser = console.anybody()
    browser.client.set_cookie("__session", "planted")
    fields = {"email": console.emails["operator"], "password": PASSWORD}
    answer = browser.client.post("/staff/masuk", data=fields)
    [given] = [value for value in answer.headers.getlist("Set-Cookie") if "__session" in value]
    assert "planted" not in given
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in given.split(";")}
    again = console.anybody().client.post("/staff/masuk", data=fields)
    assert again.headers["Set-Cookie"].split(";")[0] != given.split(";")[0]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/staff",
        "/\\evil.example",
        "/staff//evil.example",
        "/staff\\..\\evil",
        "javascript:alert(1)",
        "/staffevil.example",
        "/staff\r\nSet-Cookie: x=1",
        "/staff/masuk",
        "http:/staff",
    ],
)
def test_signing_in_leads_nowhere_else(console: Console, wanted: str) -> None:
    fields = {"email": console.emails["operator"], "password": PASSWORD, "lanjut": wanted}
    answer = console.anybody().client.post("/staff/masuk", data=fields)
    if answer.status_code == 303:
        assert re.fullmatch(r"/staff(/[a-z-]+)*", answer.headers["Location"])
        assert not answer.headers["Location"].startswith("/staff/masuk")
    assert "x" not in {cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")}


def test_signing_in_leads_to_the_page_that_was_wanted(console: Console) -> None:
    browser = console.anybody()
    led = browser.get("/staff/pengaduan").headers["Location"]
    assert led == "/staff/masuk?lanjut=/staff/pengaduan"
    wanted = re.search(r'name="lanjut" value="([^"]*)"', browser.get(led).text)
    assert wanted is not None
    fields = {
        "email": console.emails["operator"],
        "password": PASSWORD,
        "lanjut": wanted[1],
    }
    answer = browser.client.post("/staff/masuk", data=fields)
    assert answer.headers["Location"] == "/staff/pengaduan"


@pytest.mark.parametrize("notice", [MARKUP, "x\r\nSet-Cookie: y=1", "tersimpan<b>"])
def test_a_notice_is_one_of_ours_or_none(console: Console, notice: str) -> None:
    answer = console.browser("operator").client.get("/staff", query_string={"pesan": notice})
    assert answer.status_code == 200
    assert 'role="status"' not in answer.text
    assert "<script>alert" not in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/staff/sinkronisasi/..%2f..%2fkeys.json/perubahan",
        "/staff/sinkronisasi/../../../etc/passwd",
        "/staff/sinkronisasi/....//....//x/perubahan",
        "/staff/pengaduan/..%2fstaff%2fx/foto/1",
        "/staff/pengaduan/aaaaaaaaaaaa/foto/0",
        "/staff/pengaduan/aaaaaaaaaaaa/foto/100",
        "/staff/warga/%00%00%00%00%00%00%00%00%00%00",
        "/staff/warga/kelurahan%2f3273091002%2fstaff%2fx",
    ],
)
def test_an_id_is_no_path(console: Console, path: str) -> None:
    assert console.browser("operator").get(path).status_code == 404


def test_pages_are_not_framed_and_run_no_script_of_theirs(console: Console) -> None:
    answer = console.browser("operator").get("/staff")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script(?! src=\"/assets/console\.js\")", answer.text)
    assert not re.search(r"\son[a-z]+=|style=", answer.text)


def test_what_people_type_stays_text_on_every_page(console: Console) -> None:
    receipt = console.complaint(text=f"{MARKUP} cerita yang cukup panjang", name=MARKUP)
    operator = console.browser("operator")
    case = f"/staff/pengaduan/{receipt.case.id}"
    operator.post(f"{case}/langkah", step="verify", version="1", public=MARKUP, internal=MARKUP)
    pages = [
        operator.get(case),
        operator.post(f"{case}/pelapor", reason=MARKUP, password=PASSWORD),
        operator.post(f"{case}/langkah", step="verify", version="1", public=MARKUP),
        operator.post("/staff/warga", name=MARKUP),
        operator.post("/staff/pengaduan/cari", ticket=MARKUP),
        operator.post("/staff/pengaduan/terima-baru", kind="other", text=MARKUP, name=MARKUP),
        console.browser("auditor").get("/staff/audit"),
        console.browser("admin").post(
            "/staff/petugas", name=MARKUP, email=MARKUP, role="operator", password=PASSWORD
        ),
    ]
    assert any("&lt;script&gt;" in answer.text for answer in pages)
    for answer in pages:
        assert answer.status_code < 500
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def test_what_leaves_as_a_spreadsheet_holds_no_formula(console: Console) -> None:
    for formula in FORMULAS:
        console.complaint(text=f"{formula} dan cerita selanjutnya")
    operator = console.browser("operator")
    answer = operator.post(
        "/staff/pengaduan/ekspor", reason="=1+1 laporan bulanan", password=PASSWORD
    )
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert any("dan cerita selanjutnya" in str(cell.value) for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert not [cell for cell in cells if str(cell.value or "")[:1] in "=+-@\t" and cell.value]
    console.browser("operator").post(
        "/staff/pengaduan/ekspor", reason="laporan;=1+1 bulanan", password=PASSWORD
    )
    trail = console.browser("auditor").post("/staff/audit/ekspor", password=PASSWORD)
    rows = list(csv.reader(io.StringIO(trail.data.decode("utf-8-sig"))))
    assert len(rows) > 3
    assert "laporan;'=1+1 bulanan" in trail.data.decode()
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")]


def test_a_list_s_own_formulas_come_back_as_text(console: Console) -> None:
    operator = console.browser("operator")
    content = listed(1, alamat='=HYPERLINK("http://x")', nik="123")
    led = operator.post("/staff/sinkronisasi", file=upload(content)).headers["Location"]
    answer = operator.post(f"{led}/masalah", password=PASSWORD)
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert "f" not in {cell.data_type for cell in cells}


@pytest.mark.parametrize("name", ["a\r\nX-Evil: 1.csv", '"><script>.csv', "../../x.csv", "=1.csv"])
def test_a_file_s_name_goes_into_no_header_and_no_page(console: Console, name: str) -> None:
    operator = console.browser("operator")
    answer = operator.post("/staff/sinkronisasi", file=upload(listed(1, 2), name))
    assert answer.status_code in (303, 400, 422)  # such a form may be none at all
    assert "X-Evil" not in answer.headers
    if answer.status_code == 303:
        assert re.fullmatch(r"/staff/sinkronisasi/[a-z0-9]+", answer.headers["Location"])
        assert "<script>." not in operator.get(answer.headers["Location"]).text


def test_no_address_and_no_log_line_names_a_person(console: Console, log: io.StringIO) -> None:
    receipt = console.complaint(nik=NIK)
    batch = console.published(1, 2, 3)
    person = next(console.sync().differences(batch)).after
    assert person is not None
    operator = console.browser("operator")
    found = operator.post("/staff/warga", nik=person.nik)
    led = operator.post("/staff/pengaduan/cari", ticket=receipt.ticket).headers["Location"]
    operator.get(led)
    operator.post(f"{led}/pelapor", reason="Menelepon pelapor", password=PASSWORD)
    addresses = " ".join(re.findall(r'(?:href|action)="([^"]+)"', found.text)) + led
    for secret in (person.nik, NIK, person.name, "Euis", receipt.ticket, receipt.secret, PASSWORD):
        assert secret not in addresses
        assert secret not in log.getvalue()
    assert CSRF.search(found.text)
