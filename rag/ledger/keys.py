"""Names that nobody can guess, and the digests that secrets are kept as."""

from __future__ import annotations

import hashlib
import secrets
import string

_LETTERS = string.ascii_letters + string.digits
_ID_LETTERS = 22  # of 62: 131 bits


def new_id() -> str:
    """An id of letters and digits that can stand in an address and in a command."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_ID_LETTERS))


def new_secret() -> str:
    """32 random bytes, as text for a cookie or a header."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """SHA-256 of a secret. It has 256 random bits: no salt or slow hash is needed against guessing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
