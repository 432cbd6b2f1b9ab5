"""Comparisons with their own figures: "fewer with A (7 %) than with B (6 %)" is wrong by itself.

Only percentages are read, two of them in one part of a sentence, and only where a word compares one with the other.
"""

from __future__ import annotations

import re

_MORE = r"more|higher|greater|larger|commoner|increas(?:e|es|ed|ing)|rose|raised|climb(?:s|ed)|went up|up"
_FEWER = (
    r"fewer|less|lower|smaller|rarer|reduc(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|lowered|fell|dropp?(?:ed|s)"
    r"|went down|down"
)
_WORD = re.compile(rf"\b(?:(?P<more>{_MORE})|(?P<fewer>{_FEWER}))\b")
_SHARE = re.compile(r"(?<![\d.,])(?P<value>\d+(?:\.\d+)?) ?(?:%|per cent)(?! ?(?:ci\b|confidence|cri\b))")
_PART = re.compile(r"[;:]|\.\s|\bbut\b|\bwhile\b|\bwhereas\b|\band\b")
_DENIED = re.compile(r"\b(?:no|not|never|nor|neither|without|n't|than)\s+(?:\w+ ){0,2}$")
_BOUND = re.compile(r"\s*than\s+[\d]")
_VERSUS = re.compile(r"\W*(?:against|versus|vs|compared (?:with|to)|instead of)\W*")
_LONG = 160


def clashes_with_own_figures(claim: str) -> str | None:
    """The comparing word that the figures beside it contradict, with them ("fewer … 7.0 % … 5.8 %"); or None."""
    for part in _PART.split(claim.lower()[:3000]):
        for found in _WORD.finditer(part):
            if _DENIED.search(part[: found.start()]) or _BOUND.match(part[found.end() :]):
                continue
            pair = _pair(part[found.end() : found.end() + _LONG])
            if pair is not None and pair[0] != pair[1] and (pair[0] > pair[1]) != bool(found["more"]):
                return f"“{found[0]}” does not fit {pair[0]:g} % and {pair[1]:g} %"
    return None


def _pair(after: str) -> tuple[float, float] | None:
    """The share that is said to be more or less, and the one that it is compared with; None where that is unclear."""
    shares = list(_SHARE.finditer(after))
    if len(shares) != 2:
        return None
    first, second = (float(share["value"]) for share in shares)
    ahead, between = after[: shares[0].start()], after[shares[0].end() : shares[1].start()]
    if re.search(r"\bfrom\s+(?:the \w* ?)?$", ahead) and re.search(r"\bto\s+$", between):
        return second, first
    if re.search(r"\bto\s+$", ahead) and re.search(r"\bfrom\b", between):
        return first, second
    compared = re.search(r"\bthan\b", ahead + between) or _VERSUS.fullmatch(between)
    return (first, second) if compared and not re.search(r"\bby\s+$", ahead) else None
