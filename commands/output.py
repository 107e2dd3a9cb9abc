"""Output of commands: JSON for programs, a few lines for people, one form for refusals.

No command prints a NIK or a name, but `complaints show` to an officer who gives a reason. A refusal
exits with 2 and, with `--json`, prints `{"error": {"code", "message"}}`; `fresh` besides says how a
thing stands now, to somebody who was overtaken.
"""

from __future__ import annotations

import errno
import functools
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from shared.kelurahan.configuration import KelurahanInvalid
from shared.platform.errors import AppError, Overtaken
from shared.platform.settings import SettingsInvalid

_REASONS = {
    errno.ENOENT: "Berkas atau folder tidak ada.",
    errno.EACCES: "Tidak ada izin untuk membaca atau menulis di sana.",
    errno.EPERM: "Tidak ada izin untuk membaca atau menulis di sana.",
    errno.EROFS: "Tidak ada izin untuk membaca atau menulis di sana.",
    errno.EEXIST: "Yang ada di sana bukan folder.",
    errno.ENOTDIR: "Yang ada di sana bukan folder.",
    errno.EISDIR: "Yang ada di sana folder, bukan berkas.",
    errno.ENOSPC: "Penyimpanan penuh.",
    errno.EADDRINUSE: "Port itu sudah dipakai program lain. Pilih yang lain dengan PORT=....",
}

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Jawab sebagai JSON.")


def answer(payload: Mapping[str, Any] | list[Any], as_json: bool, text: str | None = None) -> None:
    """Print the answer of a command."""
    if as_json or text is None:
        click.echo(json.dumps(payload, ensure_ascii=False, default=str))
    else:
        click.echo(text)


def refuse(code: str, message: str, as_json: bool, fresh: Mapping[str, Any] | None = None) -> None:
    """Print why a command could not do its work, and exit with 2."""
    said: dict[str, Any] = {"code": code, "message": message}
    if fresh is not None:
        said["fresh"] = fresh
    if as_json:
        click.echo(json.dumps({"error": said}, ensure_ascii=False))
    else:
        lines = [f"{code}: {message}", *(f"{name}: {now}" for name, now in (fresh or {}).items())]
        click.echo("\n".join(lines), err=True)
    sys.exit(2)


def refusals(command: Command) -> Command:
    """Turn the application's own errors into a refusal; anything else stays a bug."""

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        as_json = bool(kwargs.get("as_json"))
        try:
            return command(*args, **kwargs)
        except AppError as error:
            fresh = error.fresh if isinstance(error, Overtaken) else None
            told = " ".join((error.detail_for_staff, *(each["detail"] for each in error.errors)))
            refuse(error.code or error.slug, told, as_json, fresh)
        except SettingsInvalid as error:
            refuse("settings-invalid", " ".join(error.faults), as_json)
        except KelurahanInvalid as error:
            refuse("kelurahan-invalid", " ".join(error.faults), as_json)
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, "Sistem berkas atau jaringan menolak.")
            refuse("system", f"{reason} Periksa folder, izin, dan alamatnya.", as_json)

    return guarded  # type: ignore[return-value]
