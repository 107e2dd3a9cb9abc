"""Local staff accounts: sign-in, passwords, second factor, roles and end dates.

An unknown address, an account that has ended, a wrong password and a wrong code give the same
answer after the same work.
"""

from __future__ import annotations

from typing import Any

from shared.platform.errors import Forbidden, Invalid, NotFound, Unauthenticated
from shared.platform.store.port import Snapshot, Value
from shared.staff.account_administration import AccountAdministration
from shared.staff.account_repository import Account, Role, Staff, content, folded
from shared.staff.sign_in.known_devices import Device
from shared.staff.sign_in.passwords import are_same

__all__ = ["Account", "Accounts", "Role", "Staff"]

_REFUSED = "Surel, kata sandi, atau kode tidak cocok."
_NOT_CONFIRMED = "Kata sandi tidak cocok."
_OLD_PICTURE = "Gambar untuk aplikasi sudah diganti. Pindai gambar yang tampil, lalu ketik kodenya."
_UNCHANGED = "Kata sandi baru sama dengan yang lama. Pilih yang lain."
_CODE_WRONG = "Kode tidak cocok. Periksa jam di HP Anda, lalu coba kode berikutnya."


class Accounts(AccountAdministration):
    """The accounts of staff, and what their owners do: sign in, and choose password and code."""

    def sign_in(
        self,
        email: str,
        password: str,
        kelurahan_key: str,
        origin: str | None = None,
        code: str = "",
        device: Device | None = None,
    ) -> Staff:
        """Return the person with this e-mail address and password, and code where they have one.

        `device`: what the browser's mark says. Raises Unauthenticated, always the same;
        TooManyRequests while the account, the device or `origin` has to wait after failures.
        """
        address = folded(email)
        paths = self._book.paths(address, kelurahan_key)
        ids = {path.rsplit("/", 1)[-1] for path in paths}
        device_id = device.id if device is not None and ids & {*device.accounts} else None
        with self._tries.attempt(kelurahan_key, address, origin, device_id) as attempt:
            known = filter(None, map(self._book.proved, self._store.get_many(paths)))
            document = next((each for each in known if self._book.is_active(each)), None)
            kept: str | None = None if document is None else content(document)["password"]
            if not self._passwords.fits(password, kept) or document is None or kept is None:
                attempt.fail(document.id if document else None)
                raise Unauthenticated(_REFUSED)
            if not self._code_fits(document, code):
                attempt.fail(document.id)
                raise Unauthenticated(_REFUSED)
        if self._passwords.is_outdated(kept):
            self._renew(document, self._passwords.hash(password))
        return self._book.staff(document)

    def confirm(self, staff: Staff, password: str, origin: str | None = None) -> None:
        """Confirm with the password that it is still the same person, before a hard-to-undo action.

        Raises Forbidden where the password doesn't fit, TooManyRequests after too many failures
        here: those at the sign-in, which anybody can bring about, don't count.
        """
        document = self._of(staff)
        tries = self._tries.at_the_desk(staff.kelurahan, staff.id)
        with tries.attempt(self._store.get(tries.path), origin) as attempt:
            if not self._passwords.fits(password, content(document)["password"]):
                attempt.fail()
                raise Forbidden(_NOT_CONFIRMED, code="PASSWORD")

    def set_second_factor(self, staff: Staff, secret: str, code: str) -> None:
        """Require a code of this secret at each sign-in; `code` shows that the app has it.

        Other sessions of the account end. Raises Invalid where the code doesn't fit, or the secret
        is none.
        """
        from shared.staff.sign_in.second_factor import is_secret, matched

        if not is_secret(secret):
            raise Invalid(errors=[{"pointer": "#/code", "detail": _OLD_PICTURE}])
        last = matched(secret, code, self._clock(), 0)
        if last is None:
            raise Invalid(errors=[{"pointer": "#/code", "detail": _CODE_WRONG}])
        document = self._of(staff)
        sealed = self._book.sealed(document.path, "totp", secret)
        self._alter(document, {"totp": sealed, "totp_last": last})

    def replace_password(self, staff: Staff, old: str, new: str) -> None:
        """Set one's own other password, as `set_password`; `old` is one that `confirm` accepted.

        Raises Invalid where it is the same.
        """
        if are_same(old, new):
            raise Invalid(errors=[{"pointer": "#/new_password", "detail": _UNCHANGED}])
        email = self._book.opened(self._of(staff), "email")
        self.set_password(email, new, staff.kelurahan)

    def end_sessions(self, email: str, kelurahan_key: str | None = None) -> None:
        """End an account's sessions everywhere; the account stays."""
        self._change(email, kelurahan_key, {})

    def _renew(self, document: Snapshot, secret: str) -> None:
        """Keep a newer hash of the same password, unless the account has changed meanwhile."""
        self._book.change(
            document.path,
            lambda there: {"password": secret} if there == document.data else None,
            ends_sessions=False,
        )

    def _code_fits(self, document: Snapshot, code: str) -> bool:
        """Whether the code is right, where an account has a second factor.

        Each code counts once.
        """
        data = content(document)
        if data.get("totp") is None:
            return True
        from shared.staff.sign_in.second_factor import matched

        secret = self._book.opened(document, "totp")

        def used(there: dict[str, Any]) -> dict[str, Value] | None:
            number = matched(secret, code, self._clock(), there.get("totp_last", 0))
            if number is None or there.get("totp") != data["totp"]:
                return None
            return {"totp_last": number}

        try:
            return self._book.change(document.path, used, ends_sessions=False)
        except NotFound:  # the account went in this moment
            return False
