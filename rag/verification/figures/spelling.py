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
_OR_EQUAL = re.compile(r"([<>])\s?(?:/|or )?=|=([<>])")
_FOLD = re.compile(r"\b(two|three|four|five|six|seven|eight|nine|ten|\d+)fold\b", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_DOLLARS = re.compile(r"\b(?:US|AU|CA)\$|\bUSD ?(?=\d)")
_PLUS_MINUS = re.compile(r"\s?(?:\+ ?/ ?-|±)\s?")
_RAISED_IN_BRACKETS = re.compile(r"(?<![\w.])10\((-?\d{1,2})\)|\b([ckm]?m)\(([23])\)")
_PER_BY_POWER = re.compile(
    r"(?<=[A-Za-zµ\d])(?: ?[·.∙] ?| )?\b(kg|g|l|ml|dl|min|h|d|day|m2|mmHg)(?:-1\b|\(-1\))", re.IGNORECASE
)
_SPACED_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3})+(?![\w.,]\d|\w| \d)")
_SHORT_YEAR = re.compile(r"\b((?:1[89]|20)\d\d) ?-{1,2} ?(\d{1,2})(?![\w/%]|[-.,]\d)")
_SMALL = "one|two|three|four|five|six|seven|eight|nine|ten|twelve"
_HANGING = re.compile(
    rf"(?:(?<=\d)|(?<=\b(?:one|two|six|ten))|(?<=\bfour|\bfive|\bnine)|(?<=\bthree|\bseven|\beight))- "
    rf"(?=(?:and|or|to|versus) (?:about )?(?:\d|{_SMALL}))"
)


def _whole_year(found: re.Match[str]) -> str:
    """ "1994-6" is "1994-1996"; what would run backwards is no span of years."""
    first, last = found[1], found[1][: -len(found[2])] + found[2]
    return f"{first}-{last}" if int(last) > int(first) else found[0]


def spell_plainly(text: str) -> str:
    """The text with one sign for each meaning: "2½–3" is "2.5-3", "≥" stays, ">=" becomes "≥"; spaces are single."""
    plain = _THIN_THOUSANDS.sub(",", text)
    if not plain.isascii():
        plain = _VULGAR_SIGN.sub(lambda found: f"{found[1] or '0'}.{_VULGAR[found[2]]}", plain)
        plain = _RAISED_TEN.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[1]), plain)
        plain = unicodedata.normalize("NFKC", plain.translate(_SIGNS)).translate(_SIGNS)
        plain = _MIDDLE_DOT.sub(".", plain)
    plain = _DOLLARS.sub("$", plain)
    plain = _PLUS_MINUS.sub(" ±", plain)
    plain = _SPACED_THOUSANDS.sub(lambda found: found[0].replace(" ", ","), plain)
    if "(" in plain:
        plain = _RAISED_IN_BRACKETS.sub(lambda found: f"10^{found[1]}" if found[1] else f"{found[2]}{found[3]}", plain)
    if "-" in plain:
        plain = _PER_BY_POWER.sub(r"/\1", plain)
        plain = _SHORT_YEAR.sub(_whole_year, plain)
        plain = _HANGING.sub(" ", plain)
    plain = _OR_EQUAL.sub(lambda found: "≥" if ">" in found[0] else "≤", plain)
    plain = _FOLD.sub(r"\1-fold", plain)
    return _SPACES.sub(" ", plain)


def lower_letters(plain: str) -> str:
    """The text in lower case, letter by letter, so that every place in it stays where it was."""
    return plain.translate(_LOWER)
