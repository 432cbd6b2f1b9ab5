"""What raised text in a page stands for: an exponent, a citation mark, or part of a word.

Only its own characters and those beside it are judged, nothing of its place in the page. An exponent never comes back
as plain digits: 10 to the power of 9 must not read 109.
"""

from __future__ import annotations

import re

from rag.ingestion.readers.xml import superscript

MARK = "\ufdd0"
"""Stands in a text where a citation mark stood; a character that Unicode keeps from ever having a meaning."""
_DASHES = "–—−‐‑-"
_NUMBERS = rf"\d{{1,3}}(?:\s*[,;{_DASHES}]\s*\d{{1,3}})*\s*[,;]?"
NUMBERS = re.compile(_NUMBERS)
BRACKETED_NUMBERS = re.compile(rf"\[\s*{_NUMBERS}\s*\]")
_ITEM = r"(?:[a-z]?\d{1,3}[a-z]?|[a-z]|[ivx]{2,5}|[*†‡§¶‖#]+|(?:note|nb|fn|table|ref)s?\.?\s*\w{1,3})"
_LISTED = re.compile(
    rf"[\s\[(,;{_DASHES}]*{_ITEM}(?:[\s,;{_DASHES}]+{_ITEM})*[\s\]),;{_DASHES}]*", re.IGNORECASE | re.ASCII
)
_LENGTH = re.compile(r"(?:(?<![^\W\d_])(?:[kcdmnµμ]?m|ft|yd)|/s)$")
_VARIABLE = re.compile(
    r"(?<!\w)(?<!(?:phase|stage|class|grade|group|level)\s)(?<!type\s)"
    r"(?:[IQRSTXnrstxyz]|[α-ωΑ-Ω]|[Cc]hi|[Tt]au|[Ee]ta)$"
)
_POWER = re.compile(r"[2-4](?!\d)")
_TEN = re.compile(r"(?<!\d)10\s+$")


def is_listed(text: str) -> bool:
    """Whether text that is a link into the page reads as a citation or footnote mark: "3", "1,2–4", "a–c", "[5]"."""
    return bool(_LISTED.fullmatch(text))


def is_power(text: str, before: str) -> bool:
    """Whether a number is raised to what precedes it: a length ("m"), a statistic ("I", "χ"), or digits."""
    base = before.rstrip()
    counted = _LENGTH.search(base) or _VARIABLE.search(base)
    return bool(before[-1:].isdecimal() or _TEN.search(before) or (counted and _POWER.match(text.strip())))


def settle_text(text: str, before: str, after: str) -> str:
    """Raised text between what stands before and after it: MARK for a citation, an exponent, or the text itself."""
    bare = text.strip()
    within = after[:1].isalpha() and (not before[-1:].strip() or before[-1:].isalnum() or before[-1:] in "([/-–")
    if BRACKETED_NUMBERS.fullmatch(bare):
        return MARK
    if not NUMBERS.fullmatch(bare) or within or is_power(bare, before):
        return superscript(bare, before)
    return MARK
