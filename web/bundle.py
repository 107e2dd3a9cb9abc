"""Bundle of a folder of ES modules, as one script for a browser.

`main.js` is the entry point. The modules are joined in the order in which a browser would run
them, inside one function, without their `import` lines and the word `export`; a name then means the
same in all of them. Node.js is not needed. In return a module uses no more of the syntax than

    import { name, another } from "./module.js";      at the start of a line
    export const name = ...                           or let, class, function, async function

and no two modules declare the same name outside their functions.
"""

from __future__ import annotations

import re
from pathlib import Path

ENTRY = "main"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
_DECLARATION = re.compile(
    r"^(export )?(?:const|let|var|class|(?:async )?function) (\w+)", re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:const|let|class|function|async function) \w)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\(.*", re.MULTILINE)


class BundleInvalid(ValueError):
    """A module that can't be bundled; the text names the file and the reason."""


def bundle(folder: Path) -> str:
    """The modules of a folder as one script.

    Raises BundleInvalid where modules import each other in a circle, one is missing or not used, a
    name is imported that is not exported, or declared twice, or other syntax of modules is left.
    """
    modules = {file.stem: file.read_text("utf-8") for file in sorted(folder.glob("*.js"))}
    order = _in_order(ENTRY, modules, ())
    unused = sorted(modules.keys() - set(order))
    if unused:
        raise BundleInvalid(f"{unused[0]}.js: no module imports it")
    _check_names(modules, order)
    return "(() => {\n" + "".join(_body(name, modules) for name in order) + "})();\n"


def _in_order(name: str, modules: dict[str, str], importers: tuple[str, ...]) -> list[str]:
    """A module after all that it imports, each once."""
    if name in importers:
        raise BundleInvalid(f"{name}.js: imports itself, by way of {importers[-1]}.js")
    if name not in modules:
        raise BundleInvalid(f"{name}.js: missing")
    found: list[str] = []
    for _, imported in _IMPORT.findall(modules[name]):
        found += _in_order(imported, modules, (*importers, name))
    return list(dict.fromkeys([*found, name]))


def _check_names(modules: dict[str, str], order: list[str]) -> None:
    declared: dict[str, str] = {}
    exported: dict[str, set[str]] = {}
    for module in order:
        text = modules[module]
        for names, origin in _IMPORT.findall(text):
            for name in filter(None, map(str.strip, names.split(","))):
                if name not in exported[origin]:
                    raise BundleInvalid(f"{module}.js: {origin}.js exports no {name}")
        found = _DECLARATION.findall(text)
        exported[module] = {name for export, name in found if export}
        for _, name in found:
            if name in declared:
                raise BundleInvalid(f"{module}.js: {name} is declared in {declared[name]}.js too")
            declared[name] = module


def _body(name: str, modules: dict[str, str]) -> str:
    body = _EXPORT.sub("", _IMPORT.sub("", modules[name]))
    left = _LEFT.search(body)
    if left:
        raise BundleInvalid(f"{name}.js: unknown syntax: {left[0]}")
    return body.rstrip("\n") + "\n"
