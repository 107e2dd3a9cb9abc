"""What residents read of a programme: complete, and nothing that the facts don't say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from marshmallow import ValidationError

from shared.programmes import guides
from shared.programmes.catalogue import load_catalogue
from shared.programmes.guides import load_guides

# The only numbers of laws, and the only amounts, that have been checked against a public source
LAWS = {"Inpres 4/2025", "Kepmensos 73/2024"}
AMOUNTS = {
    "pkh": {"3.000.000", "900.000", "1.500.000", "2.000.000", "2.400.000"},
    "bpnt": {"200.000"},
    "bst": {"300.000"},
    "blts": {"900.000"},
    "rutilahu": {"17.500.000"},
}
CATALOGUE = load_catalogue()


def _texts() -> dict[str, str]:
    files = [*guides.FOLDER.glob("*.toml"), *guides.FOLDER.parent.glob("eligibility/*.toml")]
    return {f"{file.parent.name}/{file.stem}": file.read_text("utf-8") for file in files}


def test_every_programme_has_a_guide_that_says_something_under_each_heading() -> None:
    loaded = load_guides(CATALOGUE)
    assert list(loaded) == list(CATALOGUE.programmes)


def test_no_number_of_a_law_is_told_that_was_not_checked() -> None:
    pattern = r"\b(?:UU|PP|Perpres|Inpres|Kep\w+|Per\w+|Pergub|Perwal|Perda)\s+(?:No\S*\s+)?\d\S*\d"
    named = {law for text in _texts().values() for law in re.findall(pattern, text)}
    assert named == LAWS
    assert not re.search(r"\b[Pp]asal \d", "".join(_texts().values()))


def test_amounts_are_those_that_were_checked() -> None:
    told = {
        name.split("/")[1]: set(re.findall(r"Rp([\d.]+\d)", text))
        for name, text in _texts().items()
        if "Rp" in text
    }
    assert told == AMOUNTS


def test_an_excluded_group_and_its_basis_are_told_with_the_programme() -> None:
    pkh = load_guides(CATALOGUE)["pkh"]
    assert any("TNI" in text for text in pkh.who_may_not.known)
    assert any("Kepmensos 73/2024" in text for text in pkh.legal_basis.known)
    assert "Daftar lengkap 15 kelompok." in pkh.who_may_not.to_check


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[paid]\nto", "[paid]\nknown = []\n[overlap]\nto", "a known sentence or one"),
        ("[legal_basis]", "[dasar]", "Missing data"),
        ("melalui sekolah.", "melalui sekolah", "does not match"),
    ],
)  # fmt: skip
def test_a_guide_that_leaves_something_out_fails_loading(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    folder = tmp_path / "guides"
    shutil.copytree(guides.FOLDER, folder)
    text = (folder / "pip.toml").read_text("utf-8")
    assert before in text
    (folder / "pip.toml").write_text(text.replace(before, after), "utf-8")
    with pytest.raises(ValidationError, match=said) as caught:
        load_guides(CATALOGUE, folder)
    assert "pip.toml" in str(caught.value)


def test_a_programme_without_a_guide_fails_loading(tmp_path: Path) -> None:
    folder = tmp_path / "guides"
    shutil.copytree(guides.FOLDER, folder)
    (folder / "pip.toml").unlink()
    with pytest.raises(ValueError, match="differs in pip"):
        load_guides(CATALOGUE, folder)


def test_a_guide_of_another_code_fails_loading(tmp_path: Path) -> None:
    folder = tmp_path / "guides"
    shutil.copytree(guides.FOLDER, folder)
    shutil.copy(folder / "pkh.toml", folder / "pip.toml")
    with pytest.raises(ValueError, match="holds another code"):
        load_guides(CATALOGUE, folder)
