"""Numbers that a claim may count out for itself: "the two surgeons", "X and Y are two of the four criteria".

A small number in words may stand where its sentences only list what it counts. It is let pass where the claim lists as
many itself, or where it says "the two ..." and no cited sentence gives another number of the same things.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.text import stem
from rag.verification.figures.figure import Figure
from rag.verification.figures.reading import Reading

_DEFINITE = re.compile(r"\b(?:the|both|these|those|all|its|their)(?: (?:other|same))? $")
_LISTED_BEFORE = re.compile(r"(?P<items>[^;:.]*?),? (?:is|are|were|form|make up|count as|being) (?:just |only |all )?$")
_LISTED_AFTER = re.compile(r"(?: [a-z-]+){1,4}?(?::| \(|,? namely| -) (?P<items>[^;:.()]*)")
_ITEM = re.compile(r",? (?:and|or) |, |/")
_MOST = 9
_LIST = re.compile(r"(?:[^,;:.()]{2,80}, ){1,9}?[^,;:.()]{2,80}?,? (?:and|or) [^,;:.()]{2,80}")


def _nouns(lower: str, end: int) -> set[str]:
    """The stems of the three words that follow a number."""
    return {stem(word) for word in re.findall(r"[a-z-]+", lower[end : end + 48])[:3]}


def _counted(items: str) -> int:
    return len(_ITEM.split(items))


def _lists_of(
    figure: Figure, claim: Reading, theirs: Sequence[tuple[Reading, Figure]], sources: Iterable[Reading]
) -> bool:
    """Whether a sentence lists as many things of that name or without one, and no sentence numbers such things."""
    nouns = _nouns(claim.lower, figure.end)
    if any(nouns & _nouns(reading.lower, other.end) for reading, other in theirs):
        return False
    lists = (found[0] for reading in sources for found in _LIST.finditer(reading.lower))
    return any(_counted(items) == figure.value for items in lists)


def counts_itself(  # noqa: PLR0911 - one return a way of counting
    claim: Reading, figure: Figure, sources: Sequence[Reading]
) -> bool:
    """Whether a number of the claim only counts what the claim or its sentences list."""
    word = claim.lower[figure.start : figure.end]
    if figure.unit or figure.comparator or not word.isalpha() or not 2 <= figure.value <= _MOST:
        return False
    before, after = claim.lower[: figure.start], claim.lower[figure.end :]
    share = figure.pair is not None and figure.pair.join == "share"
    theirs = [(reading, other) for reading in sources for other in reading.figures if other.unit is None]
    if share and figure.pair and any(o.pair and o.pair.other == figure.pair.other for _, o in theirs):
        return False
    if listed := _LISTED_BEFORE.search(before):
        return _counted(listed["items"]) == figure.value
    if (listed := _LISTED_AFTER.match(after)) and not share:
        return _counted(listed["items"]) == figure.value
    if (not share or (figure.pair and figure.pair.place == 1)) and _lists_of(figure, claim, theirs, sources):
        return True
    if share or not _DEFINITE.search(before):
        return False
    nouns = _nouns(claim.lower, figure.end)
    return not any(nouns & _nouns(reading.lower, other.end) for reading, other in theirs)


def only_counts(claim: Reading, figure: Figure, sources: Sequence[Reading]) -> bool:
    """Whether a small number in words counts what the sentences only name: they neither list nor number such things,
    and have no other small number that the claim lacks."""
    spoken = claim.lower[figure.start : figure.end].isalpha() and 2 <= figure.value <= _MOST
    if not spoken or figure.unit or figure.comparator or figure.pair or figure.noun:
        return False
    nouns, claimed = _nouns(claim.lower, figure.end), {other.value for other in claim.figures if other is not figure}
    numbered = [
        (reading, other)
        for reading in sources
        for other in reading.figures
        if other.unit is None and other.value <= _MOST
    ]
    listed = any(_counted(found[0]) > 2 for reading in sources for found in _LIST.finditer(reading.lower))
    return not listed and not any(
        other.value not in claimed or nouns & _nouns(reading.lower, other.end) for reading, other in numbered
    )
