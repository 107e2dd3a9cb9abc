"""The officer in whose name a command acts, proved by password and app's code.

Asked for at the terminal, or read from standard input: the password on the first line, the code on
the second. Never an argument, which other users of the PC could see.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import click

from shared.deployment import Deployment
from shared.platform.errors import Forbidden, Invalid, NotFound
from shared.staff.accounts import Staff

YOURS: Final = "Kata sandi Anda"
_EMPTY: Final = "Kata sandi kosong. Kirim melalui masukan standar."
_CODE_MISSING: Final = "Peran ini memerlukan kode dari aplikasi. Pasang dulu di konsol."
_GIVEN_BY_OTHERS: Final = (
    "Kata sandi ini dibuat orang lain. Ganti dulu: di konsol, atau dengan staff password EMAIL "
    "--as EMAIL."
)

Command = TypeVar("Command", bound=Callable[..., Any])

password_stdin_option = click.option(
    "--password-stdin",
    is_flag=True,
    help="Baca dari masukan standar, tanpa bertanya: baris pertama kata sandi petugas itu, baris "
    "kedua kodenya (kosong bila tidak memakainya).",
)


@dataclass(frozen=True, slots=True)
class ActingOfficer:
    """An officer as a command names them: nobody, until `proved`."""

    email: str = field(repr=False)
    reads_stdin: bool

    def proved(
        self,
        deployment: Deployment,
        password: str | None = None,
        *,
        may_have_given_password: bool = False,
    ) -> Staff:
        """Return the officer, once password and code fit, as at a sign-in.

        `password`: what was typed already, by `secret`.
        Raises Unauthenticated and TooManyRequests as that does, Forbidden where the role needs a
        code that the account hasn't (CODE_REQUIRED), or somebody else set the password
        (PASSWORD_CHANGE), unless it `may_have_given_password`.
        """
        key = deployment.kelurahan.key
        if password is None:
            password = self.secret(YOURS)
        code = line_of_stdin() if self.reads_stdin else self._asked_code(deployment)
        staff = deployment.accounts.sign_in(self.email, password, key, code=code)
        if staff.must_change_password and not may_have_given_password:
            raise Forbidden(_GIVEN_BY_OTHERS, code="PASSWORD_CHANGE")
        must_have_code = staff.role in deployment.kelurahan.staff.code_required_for
        if must_have_code and not (staff.has_code or staff.is_example):
            raise Forbidden(_CODE_MISSING, code="CODE_REQUIRED")
        return staff

    def secret(self, title: str, *, twice: bool = False) -> str:
        """Return a password that is typed, twice where it is a new one; raises Invalid for none."""
        return asked_secret(title, reads_stdin=self.reads_stdin, twice=twice)

    def _asked_code(self, deployment: Deployment) -> str:
        try:
            known = deployment.accounts.by_email(self.email, deployment.kelurahan.key)
        except NotFound:  # told as a wrong password is
            return ""
        if not known.has_code:
            return ""
        return str(click.prompt("Kode dari aplikasi", hide_input=True, err=True))


def acting_as(told: str) -> Callable[[Command], Command]:
    """Give a command the options `--as` and `--password-stdin`, as its argument `who`."""

    def decorate(command: Command) -> Command:
        @click.option("--as", "email_of_officer", required=True, metavar="EMAIL", help=told)
        @password_stdin_option
        @functools.wraps(command)
        def called(*args: Any, email_of_officer: str, password_stdin: bool, **kwargs: Any) -> Any:
            return command(*args, who=ActingOfficer(email_of_officer, password_stdin), **kwargs)

        return called  # type: ignore[return-value]

    return decorate


def asked_secret(title: str, *, reads_stdin: bool, twice: bool = False) -> str:
    """Return a password from the terminal or the next line of standard input.

    Raises Invalid for an empty line.
    """
    if not reads_stdin:
        again = "Sekali lagi" if twice else False
        return str(click.prompt(title, hide_input=True, confirmation_prompt=again, err=True))
    password = line_of_stdin()
    if not password:
        raise Invalid(_EMPTY)
    return password


def line_of_stdin() -> str:
    """Return the next line of standard input, "" at its end."""
    return sys.stdin.readline().rstrip("\r\n")
