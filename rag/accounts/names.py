"""Names that people sign in with."""

from __future__ import annotations

import re
import unicodedata

from rag.errors import AccountError

_NAME = re.compile(r"\w[\w.@+-]{0,99}")
_SHOWN_MAX_CHARS = 200


def name_key(name: str) -> str:
    """A name without regard to case and to how its letters are composed."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def checked_name(name: str) -> str:
    """A name that can be signed in with.

    Raises:
        AccountError: it is malformed.
    """
    plain = unicodedata.normalize("NFKC", name.strip())
    if not _NAME.fullmatch(plain):
        raise AccountError(
            "a name has 1 to 100 letters, digits and . @ + - _, and begins with a letter or digit", value=name
        )
    return plain


def checked_shown_name(shown_name: str) -> str:
    """A name that an approval can bear.

    Raises:
        AccountError: it is empty, too long, or has characters that cannot be printed.
    """
    plain = " ".join(shown_name.split())
    if not plain or len(plain) > _SHOWN_MAX_CHARS or not plain.isprintable():
        raise AccountError("a shown name has 1 to 200 printable characters", value=shown_name)
    return plain


def foreign_name(name: str, number: int) -> str:
    """What an issuer calls a person, as a name that can be signed in with; from the second on with a number."""
    plain = re.sub(r"[^\w.@+-]+", "-", unicodedata.normalize("NFKC", name.strip())).strip("-.@+")[:90] or "person"
    return plain if number == 1 else f"{plain}-{number}"
