"""One spelling for what is written in many: dashes, spaces, signs, raised figures, vulgar fractions.

It changes characters only, never words, and keeps upper case: "OR" is a measure and "or" is not.
"""

from __future__ import annotations

import re
import unicodedata

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        **dict.fromkeys("’‘ʼ", "'"),
        **dict.fromkeys("⩾≧", "≥"),
        **dict.fromkeys("⩽≦", "≤"),
        "μ": "µ",
        "⁄": "/",
        "∕": "/",
        "×": "x",
        "º": "°",
    }
)
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_VULGAR = {"¼": "25", "½": "5", "¾": "75"}
_VULGAR_SIGN = re.compile(r"(\d?)([¼½¾])")
_THIN_THOUSANDS = re.compile(r"(?<=\d)[\u2009\u202f\u00a0](?=\d{3}(?!\d))")
_RAISED_TEN = re.compile(r"(?<=10)([⁰¹²³⁴-⁹]+)")
_MIDDLE_DOT = re.compile(r"(?<=\d)[·∙](?=\d)")
_OR_EQUAL = re.compile(r"([<>])\s?/?=|=([<>])")
_FOLD = re.compile(r"\b(two|three|four|five|six|seven|eight|nine|ten|\d+)fold\b", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def spell_plainly(text: str) -> str:
    """The text with one sign for each meaning: "2½–3" is "2.5-3", "≥" stays, ">=" becomes "≥"; spaces are single."""
    plain = _THIN_THOUSANDS.sub(",", text)
    if not plain.isascii():
        plain = _VULGAR_SIGN.sub(lambda found: f"{found[1] or '0'}.{_VULGAR[found[2]]}", plain)
        plain = _RAISED_TEN.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[1]), plain)
        plain = unicodedata.normalize("NFKC", plain.translate(_SIGNS)).translate(_SIGNS)
        plain = _MIDDLE_DOT.sub(".", plain)
    plain = _OR_EQUAL.sub(lambda found: "≥" if ">" in found[0] else "≤", plain)
    plain = _FOLD.sub(r"\1-fold", plain)
    return _SPACES.sub(" ", plain)


def lower_letters(plain: str) -> str:
    """The text in lower case, letter by letter, so that every place in it stays where it was."""
    return plain.translate(_LOWER)
