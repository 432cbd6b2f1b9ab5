"""Text that is nothing but text: what a file format, a page or a reader's eye could take for something else is gone.

Words are never changed here; only characters that show nothing, or that turn the order of others round.
"""

from __future__ import annotations

import re

_LONE = re.compile("[\ud800-\udfff]")
_TURNING = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """The text without control characters and without marks that turn the direction of writing; a half of a character
    becomes U+FFFD. Tabs and line feeds stay."""
    return _CONTROL.sub(" ", _TURNING.sub("", _LONE.sub(_REPLACEMENT, text.replace("\r\n", "\n"))))


def plain_line(text: str) -> str:
    """The text as one line of plain text, its white space as single spaces."""
    return " ".join(plain(text).split())
