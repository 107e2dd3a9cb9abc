"""Where the keys of one PC live: `keys.json`, made at first start, readable by its owner alone."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path

from shared.platform.crypto.keys import Keyset, KeysInvalid

FILE_NAME = "keys.json"
_OTHERS = 0o077


def load_or_create(folder: Path) -> tuple[Keyset, Keyset]:
    """The keysets (registry, lookup) of a data folder; the first call makes them.

    Raises KeysInvalid where the file is readable by others, damaged, joins the two databases, or
    is gone although there is data.
    """
    path = folder / FILE_NAME
    if not path.exists():
        if any(folder.glob("*.sqlite3")):
            raise KeysInvalid(
                f"Berkas kunci {path} hilang, padahal datanya ada. Pulihkan dari salinannya; "
                "tanpa berkas itu data tidak dapat dibuka."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = _written_aside(path, Keyset.generate(), Keyset.generate())
        try:
            # a link, not a rename: whoever comes second must not replace the keys of the first
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
        _sync_folder(folder)
    return load(path)


def load(path: Path) -> tuple[Keyset, Keyset]:
    """The keysets (registry, lookup) of a key file; KeysInvalid as in `load_or_create`."""
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise KeysInvalid(
            f"Berkas kunci {path} dapat dibaca pengguna lain. Jalankan: chmod 600 {path}"
        )
    try:
        content = json.loads(path.read_text("utf-8"))
        registry, lookup = content["registry"], content["lookup"]
    except (ValueError, KeyError, TypeError):
        raise KeysInvalid(f"Berkas kunci {path} rusak. Pulihkan dari cadangan.") from None
    if not isinstance(registry, str) or not isinstance(lookup, str):
        raise KeysInvalid(f"Berkas kunci {path} rusak. Pulihkan dari cadangan.")
    keysets = Keyset.parse(registry), Keyset.parse(lookup)
    if keysets[0].shares_root_with(keysets[1]):
        raise KeysInvalid(f"Berkas kunci {path} memakai kunci yang sama untuk dua basis data.")
    return keysets


def _written_aside(path: Path, registry: Keyset, lookup: Keyset) -> Path:
    """The key file's content, complete and on disk, under a passing name beside it."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    content = {"registry": registry.secret_text(), "lookup": lookup.secret_text()}
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    return aside


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows can't open a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
