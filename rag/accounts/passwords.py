"""Passwords: what is too weak, and argon2 hashes. A password itself is kept nowhere."""

from __future__ import annotations

import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from rag.errors import AccountError

PASSWORD_MIN_CHARS = 12
_PASSWORD_MAX_CHARS = 1024
_AT_ONCE = 2


class Passwords:
    """Hashes and checks. A check takes as long for a name that is not there as for a wrong password.

    Args:
        hasher: by default with the parameters of RFC 9106 for little memory: 64 MiB for each check, of which two run
            at a time.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = BoundedSemaphore(_AT_ONCE)
        self._nobody = self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turns:
            return self._hasher.hash(_plain(password))

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one that was hashed; None, after as long, never."""
        if len(password) > _PASSWORD_MAX_CHARS:
            return False
        with self._turns:
            try:
                return self._hasher.verify(kept or self._nobody, _plain(password)) and kept is not None
            except (Argon2Error, InvalidHashError):
                return False

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def _plain(password: str) -> bytes:
    """The same bytes on every keyboard: composed and decomposed letters are one."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def check_strength(password: str, name: str) -> None:
    """Refuse a weak password.

    Raises:
        AccountError: under 12 characters, over 1,024, the name, or one character again and again.
    """
    if len(password) < PASSWORD_MIN_CHARS:
        raise AccountError(f"the password is too short: it needs {PASSWORD_MIN_CHARS} characters or more")
    if len(password) > _PASSWORD_MAX_CHARS:
        raise AccountError(f"the password is too long: {_PASSWORD_MAX_CHARS} characters at most")
    if password.casefold().strip() == name.casefold() or len(set(password)) == 1:
        raise AccountError("the password is too easy to guess", mend="take several words that belong to nobody")
