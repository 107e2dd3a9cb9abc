"""Password hashing with argon2id, with a limit on concurrent work."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.platform.errors import Invalid

MIN_LENGTH = 12
MAX_LENGTH = 200


class Passwords:
    """Hashes and checks passwords.

    The figures are the second recommendation of RFC 9106 (64 MiB, 3 passes) on one lane: about
    a fifth of a second. At most two are worked on at a time, so that a burst of sign-ins
    can't exhaust the memory of an instance.
    """

    def __init__(self, *, passes: int = 3, memory_kib: int = 64 * 1024, at_a_time: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._turns = threading.BoundedSemaphore(at_a_time)
        self._nobody: str | None = None

    def check_choice(self, password: str) -> None:
        """Raise Invalid where a new password is too short or too long."""
        if len(_normal(password)) < MIN_LENGTH:
            raise Invalid(f"Kata sandi harus paling sedikit {MIN_LENGTH} huruf atau angka.")
        if len(_normal(password)) > MAX_LENGTH:
            raise Invalid(f"Kata sandi paling panjang {MAX_LENGTH} huruf atau angka.")
        if len(set(_normal(password))) < 5:
            raise Invalid("Kata sandi terlalu mudah ditebak. Pakai beberapa kata yang berbeda.")

    def hash(self, password: str) -> str:
        """Return the hash to keep; raises Invalid as `check_choice` does."""
        self.check_choice(password)
        return self._hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether the password fits the hash.

        With None the same work is done, and the answer is no.
        """
        nobody = self._of_nobody()
        usable = len(password) <= MAX_LENGTH
        with self._turns:
            try:
                self._hasher.verify(kept or nobody, _normal(password if usable else ""))
            except (VerificationError, InvalidHashError):
                return False
        return usable and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self._hash("tidak ada orang dengan sandi ini")
        return self._nobody

    def _hash(self, password: str) -> str:
        with self._turns:
            return self._hasher.hash(_normal(password))


def are_same(one: str, other: str) -> bool:
    """Whether these two passwords, as they were typed, are the same."""
    return _normal(one) == _normal(other)


def _normal(password: str) -> str:
    # the same letters typed on another keyboard; half a character from JSON can't be encoded
    text = unicodedata.normalize("NFC", password)
    return text.encode("utf-8", "replace").decode("utf-8")
