"""What the console's pages have in common: a way out, and passwords that managers may fill."""

from __future__ import annotations

import re

import pytest

from tests.functions.staff_console.conftest import ROLES, Console
from tests.functions.staff_console.test_rights import REACHES

FORM = '<form method="post" action="/staff/keluar">'
_PASSWORD = re.compile(r'<input [^>]*name="[^"]*password[^"]*"[^>]*>')
_FOR_MANAGERS = {"current-password", "new-password"}


@pytest.mark.parametrize("role", ROLES)
def test_the_way_out_is_on_every_page(console: Console, role: str) -> None:
    browser = console.browser(role)
    pages = {"/staff" if area == "" else f"/staff/{area}" for area in REACHES[role] - {"keluar"}}
    assert pages
    for page in pages:
        assert FORM in browser.get(page).text, page


def test_a_password_is_masked_and_a_manager_may_fill_it(console: Console) -> None:
    pages = [console.anybody().get("/staff/masuk"), console.browser("operator").get("/staff/akun")]
    for page in pages:
        fields = _PASSWORD.findall(page.text)
        assert fields
        for field in fields:
            assert 'type="password"' in field
            assert re.findall(r'autocomplete="([^"]*)"', field)[0] in _FOR_MANAGERS
            assert "value=" not in field
        assert "onpaste" not in page.text
