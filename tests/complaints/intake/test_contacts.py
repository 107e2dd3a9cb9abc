"""Telephone numbers and addresses as people write them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.complaints.intake import contacts
from shared.complaints.intake.contacts import Contact, normalised_email, normalised_phone

MOBILE = "+6281234567890"


@pytest.mark.parametrize(
    "typed",
    [
        "081234567890",
        "0812 3456 7890",
        "0812-3456-7890",
        "0812.3456.7890",
        "(0812) 3456-7890",
        " 081234567890 ",
        "0812\u00a03456\u20137890",
        "6281234567890",
        "62 812-3456-7890",
        "+6281234567890",
        "+62 812 3456 7890",
        "+62 (0) 812 3456 7890",
        "62 0812 3456 7890",
        "81234567890",
    ],
)
def test_a_mobile_number_is_one_number_however_it_is_written(typed: str) -> None:
    assert normalised_phone(typed) == MOBILE
    assert contacts.read(typed) == Contact("phone", MOBILE)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("022-2501234", "+62222501234"),
        ("(022) 250 1234", "+62222501234"),
        ("021 5201590", "+62215201590"),
        ("+65 6123 4567", "+6561234567"),
        ("+60 12-345 6789", "+60123456789"),
        ("+1 (650) 253-0000", "+16502530000"),
    ],
)
def test_landlines_and_numbers_from_abroad_are_kept(typed: str, number: str) -> None:
    assert normalised_phone(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "+",
        "2501234",  # a landline without its area code
        "0812",
        "08123456789012345",
        "3273012345678901",  # 16 digits
        "+6281234567890+6281234567890",
        "0812-PULSA-GRATIS",
        "081234567890 ext. 5",
        "081234567890;phone-context=+62",
        "tel:081234567890",
        "\u0660\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660",
        "+999 1234567",
        "Pak RT",
        "1" * 100_000,
    ],
)
def test_what_cannot_be_called_is_no_number(typed: str) -> None:
    assert normalised_phone(typed) is None
    assert contacts.read(typed) is None


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("warga@contoh.example", "warga@contoh.example"),
        ("  warga@contoh.example\n", "warga@contoh.example"),
        ("Warga.Satu+rw03@Contoh.EXAMPLE", "Warga.Satu+rw03@contoh.example"),
        ("a@b.co.id", "a@b.co.id"),
    ],
)
def test_an_address_keeps_what_its_server_may_tell_apart(typed: str, address: str) -> None:
    assert normalised_email(typed) == address
    assert contacts.read(typed) == Contact("email", address)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "warga",
        "warga@",
        "@contoh.example",
        "warga@contoh",
        "warga@localhost",
        "warga@[127.0.0.1]",
        '"warga satu"@contoh.example',
        "warga satu@contoh.example",
        "warga@contoh.example\nBcc: x@contoh.example",
        "warga@contoh.example, lain@contoh.example",
        "warga@@contoh.example",
        "warga..satu@contoh.example",
        "warga@contoh..example",
        "warga@-contoh.example",
        "w\u00e4rga@contoh.example",
        "warga@cont\u00f6h.example",
        "<warga@contoh.example>",
        "a" * 65 + "@contoh.example",
        "a@" + "b." * 130 + "example",
        "a" * 100_000 + "@contoh.example",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert normalised_email(typed) is None
    assert contacts.read(typed) is None


WRITTEN = st.one_of(st.text(), st.text("0123456789+-() .@abx", max_size=40))


@given(WRITTEN)
def test_any_text_is_a_contact_in_its_final_form_or_none(text: str) -> None:
    found = contacts.read(text)
    if found is None:
        return
    assert contacts.read(found.value) == found
    form = r"\+[1-9][0-9]{5,14}" if found.kind == "phone" else r"[!-?A-~]+@[a-z0-9.-]+"
    assert re.fullmatch(form, found.value)


MOBILE_REST = st.from_regex(r"1[1-35-9][0-9]{8}", fullmatch=True)


@given(MOBILE_REST, st.sampled_from(["08", "628", "+628", "62 08", "8"]), st.data())
def test_the_way_of_writing_never_changes_the_number(
    rest: str, front: str, data: st.DataObject
) -> None:
    between = st.sampled_from(["", " ", "-", "."])
    typed = front + "".join(digit + data.draw(between) for digit in rest)
    assert normalised_phone(typed.rstrip("-.")) == f"+628{rest}"


def test_the_value_is_not_in_the_contact_s_own_text() -> None:
    assert MOBILE not in repr(contacts.read(MOBILE))


def test_a_complaint_without_a_telephone_number_loads_no_telephone_library() -> None:
    script = (
        "import sys; from shared.complaints.intake import contacts; "
        "contacts.read('a@contoh.example');"
        "assert 'phonenumbers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
