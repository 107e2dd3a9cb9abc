"""A complaint taken at the desk with the letter that it came in."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from shared.complaints.casework.service import Casework
from tests.complaints import pictures
from tests.functions.staff_console.conftest import Console, upload

PATH = "/staff/pengaduan/terima-baru"
TYPED = {
    "kind": "other",
    "text": "Surat ibu ini kami salin apa adanya ke sini.",
    "channel": "paper",
    "idempotency_key": "satu-kunci-untuk-satu-surat",
}


def test_photos_are_kept_clean_and_shown_to_staff(console: Console) -> None:
    letter = pictures.telling()
    browser = console.browser("operator")
    files = [upload(letter, "surat-1.jpg"), upload(letter, "surat-2.jpg")]
    page = browser.post(PATH, photos=files, **TYPED)
    assert "Pengaduan diterima" in page.text
    [case] = Casework.of(console.deployment).cases(console.officer("operator"))
    assert (case.photos, case.channel) == (2, "paper")
    seen = browser.get(f"/staff/pengaduan/{case.id}/foto/2")
    assert seen.status_code == 200
    assert Image.open(BytesIO(seen.data)).format == "JPEG"
    assert not any(word in seen.data for word in pictures.WORDS)


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([b"<svg/>"], 422),
        ([b"x" * (5 * 1024 * 1024 + 1)], 413),
        ([pictures.telling()] * 4, 400),
    ],
    ids=["no photo", "too large", "too many"],
)
def test_what_is_refused_stands_at_the_photos_and_nothing_typed_is_lost(
    console: Console, files: list[bytes], status: int
) -> None:
    browser = console.browser("operator")
    page = browser.post(PATH, photos=[upload(each, "surat.jpg") for each in files], **TYPED)
    assert page.status_code == status
    assert '<a href="#photos">' in page.text
    assert "Pilih lagi fotonya" in page.text
    assert TYPED["text"] in page.text
    assert TYPED["idempotency_key"] in page.text
    assert console.complaints == []


def test_a_form_without_the_token_keeps_nothing(console: Console) -> None:
    browser = console.browser("operator")
    files = [upload(pictures.telling(), "surat.jpg")]
    page = browser.post(PATH, csrf="salah", photos=files, **TYPED)
    assert page.status_code == 403
    assert console.complaints == []
