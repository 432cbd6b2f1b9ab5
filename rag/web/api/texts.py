"""Which characters a request may bear: text that can be kept and shown, and ids that can be one."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def plain(text: str) -> str:
    """The text itself; ValueError where it has control characters or halves of characters."""
    if _UNWANTED.search(text):
        raise ValueError("control characters and lone surrogates are not accepted")
    return text


PlainText = Annotated[str, AfterValidator(plain)]
OneId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(plain)]
