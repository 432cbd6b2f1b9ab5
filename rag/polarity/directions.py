"""Which way a sentence points: direction words, with the terms they govern.

Deterministic and shallow on purpose. Where in doubt, two texts are reported as opposed, so that a claim is withheld
rather than shown reversed; claims in other words than their sentences belong to `effects` and `contrasts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rag.polarity.denials import clauses, negation_scopes
from rag.text import fold, terms

Axis = Literal["relief", "amount", "advice", "effect", "order"]

_DIRECTIONS: tuple[tuple[Axis, int, str], ...] = (
    ("relief", 1, r"relieve|improve[sd]?|improving|improvement|lessens?|lessened|better"),
    ("relief", -1, r"provoke|worse|worsen(?:s|ed|ing)?"),
    (
        "amount",
        1,
        r"increas\w+|ris(?:e|es|ing)|rose|raised?|raises|higher|more|greater|larger|longer|gain(?:s|ed)?",
    ),
    ("amount", -1, r"decreas\w+|reduc\w+|lower(?:s|ed|ing)?|fewer|less|smaller|shorter|declin\w+|fell|falls"),
    (
        "advice",
        1,
        r"recommend(?:s|ed)?(?!\s+against)|advis(?:e|es|ed)(?!\s+against)|offers?(?!\s+no)|favou?rs?|prefer\w*",
    ),
    (
        "advice",
        -1,
        r"(?:recommend(?:s|ed)?|advis(?:e|es|ed)|recommendation)\s+against|contraindicated|avoid(?:s|ed|ing)?",
    ),
    ("effect", 1, r"superior|effective|efficacious|benefits?|beneficial|protective|safe"),
    ("effect", -1, r"inferior|ineffective|harm(?:s|ful)?|unsafe|useless"),
    ("order", 1, r"before|precedes?|prior to"),
    ("order", -1, r"after|following|follows?"),
)
_DIRECTION = [(axis, sign, re.compile(rf"\b(?:{words})\b")) for axis, sign, words in _DIRECTIONS]
_PASSIVE = re.compile(r"\s*(?:by|with|on|when|after|during|in)\b")
_TOO_GENERAL = frozenset(terms("pain symptom symptoms leg back buttock condition disease syndrome low lumbar spinal"))


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction word: its axis, which way it points, and the content terms it governs."""

    axis: Axis
    sign: int
    governs: frozenset[str]


def direction_words(word: str) -> list[str]:
    """The axes and signs of a single word, as text ("amount+"); empty for a word without direction."""
    folded = fold(word)
    return [f"{axis}{'+' if sign > 0 else '-'}" for axis, sign, pattern in _DIRECTION if pattern.fullmatch(folded)]


def directions(text: str) -> list[Direction]:
    """The direction words of a text with the terms they govern.

    A passive ("relieved by sitting") governs what follows it; an active ("sitting relieves") also what precedes it.
    """
    found = []
    for clause in clauses(fold(text)):
        marks = sorted(
            (match.start(), match.end(), axis, sign)
            for axis, sign, pattern in _DIRECTION
            for match in pattern.finditer(clause)
        )
        for start, end, axis, sign in marks:
            same = [mark for mark in marks if mark[2] == axis]
            later = [mark[0] for mark in same if mark[0] >= end]
            earlier = [mark[1] for mark in same if mark[1] <= start]
            governed = set(terms(clause[end : later[0] if later else None]))
            if not earlier and not _PASSIVE.match(clause[end:]):
                governed |= set(terms(clause[:start].rpartition(",")[2]))
            found.append(Direction(axis, sign, frozenset(governed) - _TOO_GENERAL))
    return found


def opposed(claim: str, sources: Iterable[str]) -> str | None:
    """Why the claim points the other way than the sources, or None.

    A direction of the claim is fine where a source points the same way about a shared term; it is opposed where
    sources only point the other way on that axis, or point the other way about a shared term.
    """
    found = [direction for source in sources for direction in directions(source)]
    for mine in directions(claim):
        axis = [theirs for theirs in found if theirs.axis == mine.axis]
        same = [theirs for theirs in axis if theirs.sign == mine.sign]
        other = [theirs for theirs in axis if theirs.sign != mine.sign]
        if any(not mine.governs or mine.governs & theirs.governs for theirs in same):
            continue
        shared = frozenset[str]().union(*(mine.governs & theirs.governs for theirs in other))
        if shared or (other and not same):
            about = f" about {', '.join(sorted(shared))}" if shared else ""
            return f"points the other way than the cited sentences{about}"
    return None


def reversed_terms(statement: str, sentence: str) -> frozenset[str]:
    """The terms about which a sentence points the other way than a statement ("relieved by walking", "provoked by
    walking"), and never the same way; empty where there is none."""
    theirs = directions(sentence)
    reversed_: set[str] = set()
    for mine in directions(statement):
        for other in theirs:
            shared = mine.governs & other.governs
            if mine.axis == other.axis:
                reversed_ = reversed_ | shared if mine.sign != other.sign else reversed_ - shared
    return frozenset(reversed_)


def point_alike(left: str, right: str) -> bool:
    """Whether two sentences name a shared term as relieving, or as provoking, and nowhere oppose each other.

    A sentence with a negation in it is never said to point like another: shallow rules cannot be trusted with it.
    """
    if negation_scopes(left) or negation_scopes(right):
        return False
    same = opposite = False
    for mine in directions(left):
        for other in directions(right):
            if mine.axis == other.axis == "relief" and mine.governs & other.governs:
                same |= mine.sign == other.sign
                opposite |= mine.sign != other.sign
    return same and not opposite
