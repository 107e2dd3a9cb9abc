"""`manage.py backup` and `manage.py restore`: all data in one file, and back, on either store."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import click

from commands.deployment_context import COMMAND_LINE, opened
from commands.output import answer, json_option, refusals
from shared.deployment import Deployment
from shared.platform import data_version, logs, settings
from shared.platform.backup import cloud_restore
from shared.platform.backup import creation as backups
from shared.platform.backup import restore as restoring
from shared.platform.backup.archive import Keys
from shared.platform.backup.manifest import Manifest
from shared.platform.clock import system_clock
from shared.platform.crypto import key_file
from shared.platform.crypto.keys import Keyset, KeysInvalid
from shared.platform.errors import AlreadyExists, Conflict, Invalid, NotFound

_ALWAYS: Final[tuple[settings.Need, ...]] = ("registry", "lookup")
"""What data of every version has on one PC: one to be migrated can be backed up before."""


def _needs(given: settings.Settings) -> tuple[settings.Need, ...]:
    return _ALWAYS if given.is_embedded else settings.DATABASES


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    "key_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Tulis berkas kunci terpisah ke sini. Simpan di tempat lain.",
)
@json_option
@refusals
def backup(path: Path, key_path: Path | None, as_json: bool) -> None:
    """Cadangkan semua basis data dan folder berkas ke PATH (.zip), sambil sistem berjalan."""
    given = settings.load()
    backups.require_files(given)
    for target in (path, key_path):
        if target is not None and not target.absolute().parent.is_dir():
            raise NotFound("Folder tujuan belum ada. Buat dahulu, lalu ulangi.")
        if target is not None and target.exists():
            raise AlreadyExists("Berkas tujuan sudah ada. Pilih nama lain.")
    if key_path is not None and key_path.absolute() == path.absolute():
        raise Invalid("Cadangan dan berkas kunci harus dua berkas yang berbeda.")
    with opened(needs=_needs(given), migrates=True) as deployment:
        keys = deployment.keysets
        for name in keys:  # each is laid out then
            data_version.require_whole(deployment.store(name), deployment.kelurahan.key)
        deployment.audit.append(COMMAND_LINE, "backup.make", "backup")
        manifest = backups.make(path, deployment.settings, keys, deployment.clock)
    if key_path is not None:
        _write_keys(key_path, keys)
    said = {
        "file": path.name,
        **_counts(manifest),
        "keys_file": key_path.name if key_path else None,
    }
    text = [
        f"Cadangan {path.name} dibuat dan diperiksa: {_words(manifest)}.",
        f"Berkas kunci: {key_path.name}. Simpan di tempat lain, jangan bersama cadangannya."
        if key_path
        else "Kunci TIDAK ada di dalamnya.",
        "Untuk memulihkan, keduanya diperlukan: cadangan ini dan berkas kuncinya. Tanpa kunci, "
        "isinya tidak dapat dibuka oleh siapa pun.",
    ]
    answer(said, as_json, "\n".join(text))


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    "key_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Berkas kunci dari `backup --keys`; tanpa ini dipakai kunci yang ada di sini.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Ganti data yang ada. Di satu PC yang lama disimpan di sampingnya; di Firestore hilang.",
)
@json_option
@refusals
def restore(path: Path, key_path: Path | None, force: bool, as_json: bool) -> None:
    """Pulihkan data dari cadangan PATH. Sistem harus berhenti dahulu."""
    logs.configure(sys.stderr)
    given = settings.load()
    done = (_on_one_pc if given.is_embedded else _on_firestore)(given, path, key_path, force)
    deployment = Deployment.from_settings(given, needs=_needs(given), migrates=True)
    try:
        deployment.audit.append(COMMAND_LINE, "backup.restore", "backup")
    finally:
        deployment.close()
    kept = done.kept.name if done.kept else None
    said = {"file": path.name, **_counts(done.manifest), "kept": kept}
    text = f"Dipulihkan dari {path.name}: {_words(done.manifest)}."
    if kept:
        text += f"\nData sebelumnya disimpan di folder {kept}. Hapus bila tidak diperlukan lagi."
    answer(said, as_json, text)


def _on_one_pc(
    given: settings.Settings, path: Path, key_path: Path | None, force: bool
) -> restoring.Restored:
    restoring.finish_interrupted(given.data)
    keys = _keys(given, key_path)
    return restoring.restore(path, given, keys, system_clock, key_file=key_path, force=force)


def _on_firestore(
    given: settings.Settings, path: Path, key_path: Path | None, force: bool
) -> restoring.Restored:
    if key_path is not None:
        raise Invalid(
            "Di Firestore kunci ada di Secret Manager. Isi NUTERA_REGISTRY_KEYS, "
            "NUTERA_INTAKE_KEYS, dan NUTERA_LOOKUP_KEYS dari berkas kunci itu, lalu ulangi tanpa "
            "--keys.",
            code="BACKUP_KEYS",
        )
    needs = _needs(given)
    with closing(Deployment.from_settings(given, needs=needs, migrates=True)) as deployment:
        manifest = cloud_restore.restore(
            path,
            given,
            deployment.keysets,
            deployment.clock,
            deployment.kelurahan.key,
            deployment.workspace,
            force=force,
        )
    return restoring.Restored(manifest, kept=None)


def _keys(given: settings.Settings, key_path: Path | None) -> Keys:
    """Return the keys to open a backup with; unlike a start, this never makes new ones."""
    try:
        if key_path is not None:
            return key_file.load(key_path)
        texts = {name: given.keys(name) for name in settings.DATABASES}
        if all(texts[name] is not None for name in _ALWAYS):
            return {name: Keyset.parse(text) for name, text in texts.items() if text is not None}
        return key_file.load(given.data / key_file.FILE_NAME)
    except FileNotFoundError:
        raise Conflict(
            "Tidak ada berkas kunci di sini. Sertakan yang disimpan bersama cadangan, dengan "
            "--keys.",
            code="BACKUP_KEYS",
        ) from None
    except KeysInvalid as fault:
        raise Invalid(str(fault), code="BACKUP_KEYS") from None


def _write_keys(path: Path, keys: Keys) -> None:
    """Write a key file for its owner alone, in the form that a first start reads."""
    content = {name: keyset.secret_text() for name, keyset in keys.items()}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())


def _counts(manifest: Manifest) -> dict[str, object]:
    return {
        "created_at": manifest.created_at,
        "documents": dict(manifest.documents),
        "files": _files(manifest),
        "bytes": sum(part.bytes for part in manifest.parts.values()),
    }


def _files(manifest: Manifest) -> int:
    return sum(name.startswith("files/") for name in manifest.parts)


def _words(manifest: Manifest) -> str:
    counts = manifest.documents
    return (
        f"{counts['registry']} dokumen data, {counts.get('intake', 0)} dokumen pengaduan, "
        f"{counts['lookup']} dokumen pencarian, "
        f"{_files(manifest)} berkas, keadaan per {manifest.created_at}"
    )
