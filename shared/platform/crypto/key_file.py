"""The key file of one PC: `keys.json`, made at first start, readable by its owner alone."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

from shared.platform.crypto.keys import Keyset, KeysInvalid

if sys.platform != "win32":
    import fcntl

FILE_NAME = "keys.json"
_OTHERS = 0o077


_DATABASES = ("registry", "intake", "lookup")
_ALWAYS = frozenset({"registry", "lookup"})
Keysets = Mapping[str, Keyset]
"""By database. Data of an older version has no keys of `intake` until `add_intake`."""


def load_or_create(folder: Path) -> Keysets:
    """Return the keysets of a data folder; the first call makes them.

    Raises KeysInvalid where the file is readable by others, damaged, joins two databases, or is
    gone although there is data.
    """
    path = folder / FILE_NAME
    if not path.exists():
        if any(folder.glob("*.sqlite3")):
            raise KeysInvalid(
                f"Berkas kunci {path} hilang, padahal datanya ada. Pulihkan dari salinannya; "
                "tanpa berkas itu data tidak dapat dibuka."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = _written_aside(path, {name: Keyset.generate() for name in _DATABASES})
        try:
            # a link, not a rename: whoever comes second must not replace the keys of the first
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
        _sync_folder(folder)
    return load(path)


def add_intake(path: Path) -> Keysets:
    """The keysets of a key file, completed with a key of `intake` that inherits the registry's.

    Nothing is changed where there is one already. Whoever else completes it at the same moment
    waits. Raises KeysInvalid as `load`, FileNotFoundError.
    """
    with path.with_name(f".{path.name}.lock").open("wb") as held:
        if sys.platform != "win32":
            fcntl.flock(held, fcntl.LOCK_EX)
        keysets = dict(load(path))
        if "intake" not in keysets:
            keysets["intake"] = keysets["registry"].heir()
            _written_aside(path, keysets).replace(path)
            _sync_folder(path.parent)
    return keysets


def load(path: Path) -> Keysets:
    """Return the keysets of a key file; raises KeysInvalid as `load_or_create` does."""
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise KeysInvalid(
            f"Berkas kunci {path} dapat dibaca pengguna lain. Jalankan: chmod 600 {path}"
        )
    try:
        content = json.loads(path.read_text("utf-8"))
        texts = {name: content[name] for name in _DATABASES if name in content}
    except (ValueError, TypeError):
        raise KeysInvalid(f"Berkas kunci {path} rusak. Pulihkan dari cadangan.") from None
    if not texts.keys() >= _ALWAYS or not all(isinstance(text, str) for text in texts.values()):
        raise KeysInvalid(f"Berkas kunci {path} rusak. Pulihkan dari cadangan.")
    keysets = {name: Keyset.parse(text) for name, text in texts.items()}
    if any(one.shares_root_with(other) for one, other in combinations(keysets.values(), 2)):
        raise KeysInvalid(f"Berkas kunci {path} memakai kunci yang sama untuk dua basis data.")
    return keysets


def _written_aside(path: Path, keysets: Keysets) -> Path:
    """Write the key file's content, complete and on disk, under a temporary name beside it."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    content = {name: keyset.secret_text() for name, keyset in keysets.items()}
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
