"""When: before or after what, acute or chronic, short or long term, first or later line.

How many days, weeks or years is a matter of figures and not looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.text import terms

_AXES: Mapping[str, Mapping[str, str]] = {
    "course": {
        "subacute": r"sub-?acute",
        "acute": r"(?<!sub)(?<!sub-)acute(?! (?:care|coronary|kidney|phase|hospital|respiratory))",
        "chronic": r"chronic(?! (?:kidney|obstructive))|persistent|long-?standing",
    },
    "term": {"short term": r"short[- ]term|short-?lived", "long term": r"long[- ]term|lasting|sustained|durable"},
    "line": {
        "first line": r"first[- ]line|initial (?:treatment|therapy)",
        "second line": r"second[- ]line|third[- ]line|later[- ]line|last[- ]line",
    },
    "onset": {"early": r"early[- ]onset|early", "late": r"late[- ]onset|late\b|delayed"},
    "day": {"at night": r"at night|nocturnal|night-?time|overnight", "by day": r"day-?time|during the day|diurnal"},
    "surgery": {
        "before surgery": r"pre-?operative\w*|before (?:surgery|the operation|operation)|prior to (?:surgery"
        r"|operation)",
        "after surgery": r"post-?operative\w*|after (?:surgery|the operation|operation)|following (?:surgery"
        r"|operation)",
        "during surgery": r"intra-?operative\w*|during (?:surgery|the operation)",
    },
    "meals": {
        "before meals": r"before (?:meals?|eating|food|breakfast)|fasting|on an empty stomach|pre-?prandial",
        "after meals": r"after (?:meals?|eating|food|breakfast)|post-?prandial|with food|with meals",
    },
}  # fmt: skip
_PATTERNS = {
    axis: {moment: re.compile(rf"(?<![\w-])(?:{words})(?!\w)") for moment, words in moments.items()}
    for axis, moments in _AXES.items()
}
_ORDER = re.compile(
    r"\b(?P<before>before|prior to|preced(?:es?|ed|ing)|ahead of)\b|\b(?P<after>after|following|subsequent to|once)\b"
)
_ORDER_WORDS = 4


@dataclass(frozen=True, slots=True)
class OtherTime:
    """A time that the claim names, and the one that its sentences name instead."""

    mine: str
    theirs: str


def other_time(claim: str, sentences: Sequence[str]) -> OtherTime | None:
    """The first time of the claim that its sentences do not name while they name another of its axis, or None."""
    lower = claim[:12000].lower()
    theirs = " \n ".join(sentences)[:40000].lower()
    for patterns in _PATTERNS.values():
        mine = {moment for moment, pattern in patterns.items() if pattern.search(lower)}
        if not mine:
            continue
        said = {moment for moment, pattern in patterns.items() if pattern.search(theirs)}
        if said and not said & mine:
            return OtherTime(" and ".join(sorted(mine)), " and ".join(sorted(said)))
    return _other_order(lower, theirs)


def _other_order(claim: str, theirs: str) -> OtherTime | None:
    """ "Before" what its sentences put "after", or the reverse."""
    mine_said = _orders(claim)
    said = _orders(theirs) if mine_said else {}
    for event, order in mine_said.items():
        if event in said and not said[event] & order:
            (mine,), (other,) = sorted(order)[:1], sorted(said[event])[:1]
            return OtherTime(f"{mine} {event}", f"{other} {event}")
    return None


def _orders(text: str) -> dict[str, set[str]]:
    """The event right after each "before" or "after", with which of the two was said of it."""
    found: dict[str, set[str]] = {}
    for match in list(_ORDER.finditer(text))[:100]:
        following = re.split(r"[,.;:]", text[match.end() : match.end() + 80])[0].split()[:_ORDER_WORDS]
        events = terms(" ".join(following))
        if events:
            found.setdefault(events[0], set()).add(str(match.lastgroup))
    return found
