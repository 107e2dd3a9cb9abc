"""Scripts as they are served: modules joined into one, comments and indentation taken out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from web.assets import STATIC, Assets, smaller
from web.bundle import BundleInvalid, bundle


def _folder(tmp_path: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (tmp_path / f"{name}.js").write_text(text)
    return tmp_path


def test_a_module_comes_after_all_that_it_imports_and_once(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path,
        main='import { b } from "./b.js";\nimport { a, again } from "./a.js";\na(b, again);\n',
        b='// b\nimport {\n  a,\n} from "./a.js";\nexport const b = () => a;\n',
        a="export function a() {}\nexport let again = 1;\nconst own = 2;",
    )
    assert bundle(folder) == (
        "(() => {\n"
        "function a() {}\nlet again = 1;\nconst own = 2;\n"
        "// b\nconst b = () => a;\n"
        "a(b, again);\n"
        "})();\n"
    )


@pytest.mark.parametrize(
    ("modules", "reason"),
    [
        ({"a": ""}, "main.js: missing"),
        ({"main": 'import { a } from "./a.js";\n'}, "a.js: missing"),
        ({"main": "", "a": ""}, "a.js: no module imports it"),
        ({"main": 'import { a } from "./a.js";\n', "a": "const a = 1;\n"}, "a.js exports no a"),
        (
            {
                "main": 'import { a } from "./a.js";\n',
                "a": 'import { b } from "./b.js";\nexport const a = 1;\n',
                "b": 'import { a } from "./a.js";\nexport const b = 1;\n',
            },
            "a.js: imports itself, by way of b.js",
        ),
        (
            {
                "main": 'import { a } from "./a.js";\nasync function own() {}\n',
                "a": "export const a = 1;\nlet own = 2;\n",
            },
            "main.js: own is declared in a.js too",
        ),
        ({"main": "export default 1;\n"}, "unknown syntax: export default 1;"),
        ({"main": "export { a };\n"}, "unknown syntax: export { a };"),
        ({"main": 'import a from "./a.js";\n'}, "unknown syntax: import a"),
        ({"main": 'const a = await import("./a.js");\n'}, "unknown syntax: import"),
        ({"main": 'import { a as b } from "./a.js";\n', "a": "export const a = 1;\n"}, "no a as b"),
    ],
)
def test_what_can_not_be_joined_is_named(
    tmp_path: Path, modules: dict[str, str], reason: str
) -> None:
    with pytest.raises(BundleInvalid, match=re.escape(reason)):
        bundle(_folder(tmp_path, **modules))


def test_a_folder_of_modules_is_served_as_one_script_of_its_name() -> None:
    served = {asset.name: asset for asset in Assets().served()}
    folders = [folder.name for folder in STATIC.iterdir() if folder.is_dir()]
    assert folders == ["complaint"]
    script = served["complaint.js"]
    assert re.fullmatch(r"/assets/complaint\.[0-9a-f]{10}\.js", script.url)
    assert b"indexedDB" in script.content
    assert b"serviceWorker.register" in script.content
    assert not re.search(rb"^(?:import|export)\b", script.content, re.MULTILINE)


def test_the_same_files_give_the_same_names() -> None:
    assert [one.url for one in Assets().served()] == [one.url for one in Assets().served()]


def test_a_script_keeps_its_texts_and_every_line_end_that_can_end_a_statement() -> None:
    script = """
// a comment
const a = {
  // another
  url: "https://x.test/ // no comment",
};

const f = () => {
  return a
}
f()
"""
    assert smaller(".js", script) == (
        'const a = {url: "https://x.test/ // no comment",};const f = () => {return a\n}\nf()\n'
    )
