"""Which words a number belongs to: "0.73 for death, 0.91 for stroke", "34 % with the drug and 41 % with placebo".

It speaks up only where the source binds both numbers in the same way, to words that differ, and the claim says the
words of the one with the number of the other. Where that is not plain it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rag.text import terms
from rag.verification.figures.contents import contents_of, has_content
from rag.verification.figures.figure import Figure
from rag.verification.figures.measures import RATIOS
from rag.verification.figures.reading import read_text
from rag.verification.figures.units import show_amount

_CUT = re.compile(r"[,;:()\[\]]|\b(?:and|but|versus|vs|than|or|while|whereas|compared|against|respectively)\b|\. ")
_BY_PREPOSITION = re.compile(
    r"\s*(?:[a-z%/-]+ ){0,3}?(?:with|in|for|on|among|under|after|receiving|taking|given|assigned to"
    r"|at|of|by|from|where|when|if) (?P<words>.+)"
)
VERB = re.compile(
    r"(?<![\w-])(?:was|were|is|are|had|has|have|did|occurred|reported|showed|reached|achieved|died|affected|reduced|increased|lowered"
    r"|raised|improved|prevented|cut|led|gave|got|received|developed|experienced|recorded|found|fell|rose|favou?red|[a-z]+ed)\b"
)
_COMPARED = re.compile(
    r"\b(?:compared (?:with|to)|than(?: with| in| on| for)?|versus|vs\.?|against|relative to|rather than|instead of"
    r"|unlike|not) [^,;.()]*"
)
_GROUPED = re.compile(r" of (?:the )?| ?(?:[a-z]+ )?[(\[]")
_CLOSING = re.compile(r"[)\] ]*")
_ATTRIBUTE = re.compile(r" (?:[a-z]+ ){0,2}(?:risk|mortality|survival|follow-up|period|rate)\b")
_NOT_PRIMARY = frozenset({"confidence level", "p value"})


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure with the content words bound to it from before and from after, and these words as they stand."""

    figure: Figure
    before: frozenset[str]
    after: frozenset[str]
    wide: frozenset[str]
    said: str

    @property
    def tight(self) -> frozenset[str]:
        """All words bound to the figure."""
        return self.before | self.after


def _is_primary(figure: Figure) -> bool:
    second = figure.pair is not None and figure.pair.place == 1
    bounds = figure.pair is not None and figure.pair.join in {"interval", "quartiles"}
    return not (second or bounds or figure.implied or figure.bare or figure.date or figure.measure in _NOT_PRIMARY)


def _after(chunk: str) -> str:
    """The words that follow a number and a preposition: "with placebo"."""
    found = _BY_PREPOSITION.match(_CUT.split(chunk, maxsplit=1)[0])
    if found is None:
        return ""
    # "with usual care were still taking it": the verb and what follows are no longer the group's name.
    said = VERB.split(found["words"], maxsplit=1)[0]
    return said if has_content(said) else found["words"]


def _before(chunk: str, follows: bool) -> str:
    """The words right before a number, back to the nearest cut; those of the number before it are not its own."""
    parts = _CUT.split(chunk)
    if follows and _after(chunk):
        parts = parts[1:]
    elif follows and len(parts) == 1 and _BY_PREPOSITION.match(chunk):
        return ""
    return next((part for part in reversed(parts) if has_content(part)), "")


def _after_verb(text: str) -> str:
    """The part after the last verb that leaves any content: "the drug reduced stroke" gives "stroke"."""
    parts = VERB.split(text)
    return next((part for part in reversed(parts) if has_content(part)), "")


def _said(text: str, words: frozenset[str]) -> str:
    kept = [word for word in re.findall(r"[a-z0-9'-]+", text) if set(terms(word)) & words]
    return " ".join(kept[-4:])


def _is_attribute(lower: str, figure: Figure) -> bool:
    """Whether it only names what is spoken of, as in "10-year risk": then it binds no words and parts none."""
    return "-" in lower[figure.start : figure.end] and bool(_ATTRIBUTE.match(lower, figure.end))


def _last_of_group(lower: str, places: Sequence[Figure], first: int) -> int:
    """The place of the last figure that says the same as the first: "502 of 2371 (21.2%)"."""
    last = first
    while last + 1 < len(places):
        one, other = places[last], places[last + 1]
        second = one.pair is not None and one.pair.place == 0 and other.pair is not None and other.pair.place == 1
        if not second and not (one.unit != other.unit and _GROUPED.fullmatch(lower[one.end : other.start])):
            break
        last += 1
    return last


def _before_and_after(lower: str, places: Sequence[Figure], first: int, last: int) -> tuple[str, str]:
    """The words near before a group of figures and those bound to it from after, as they stand."""
    following = places[last + 1].start if last + 1 < len(places) else len(lower)
    start = places[first - 1].end if first else 0
    chunk = lower[max(start, places[first].start - 300) : places[first].start]
    if first:
        chunk = chunk[_closed(chunk) :]
    behind = lower[places[last].end : min(following, places[last].end + 200)]
    opened = "(" in lower[places[first].end : places[last].start]
    return _before(chunk, first > 0), _after(behind[_closed(behind) :] if opened else behind)


def _closed(chunk: str) -> int:
    found = _CLOSING.match(chunk)
    return found.end() if found else 0


@lru_cache(maxsize=4096)
def read_bindings(text: str) -> tuple[Bound, ...]:
    """The main figures of a text (no bounds, levels, p values, dates) with the words bound to each."""
    reading = read_text(text)
    lower = reading.lower
    places = [figure for figure in reading.figures if not figure.implied and not _is_attribute(lower, figure)]
    groups: list[tuple[int, int]] = []
    while (first := groups[-1][1] + 1 if groups else 0) < len(places):
        groups.append((first, _last_of_group(lower, places, first)))
    found = [(span, *_before_and_after(lower, places, *span)) for span in groups]
    words = contents_of([part for _, near, after in found for part in (near, _after_verb(near), after)])
    bound = []
    for at, ((first, last), near, after) in enumerate(found):
        near_words, before_words, after_words = words[3 * at : 3 * at + 3]
        said = _said(_after_verb(near), before_words) if before_words and not after_words else _said(after, after_words)
        bound += [
            Bound(figure, before_words, after_words, near_words | after_words, said)
            for figure in places[first : last + 1]
            if _is_primary(figure)
        ]
    return tuple(bound)


def _comparable(one: Figure, other: Figure) -> bool:
    same = one.unit == other.unit and one.age == other.age and one.noun == other.noun
    return same and one.value != other.value and (one.measure or other.measure) == (other.measure or one.measure)


@lru_cache(maxsize=1024)
def _words(text: str) -> frozenset[str]:
    return contents_of([text])[0]


def _claim_words(claim: str, mine: Bound, all_mine: Sequence[Bound]) -> tuple[frozenset[str], frozenset[str]]:
    """The words of the claim that go with one of its figures: nearest, and all that go with no other figure."""
    others = frozenset().union(*(other.wide for other in all_mine if other is not mine)) - mine.wide
    lower = read_text(claim).lower
    if len(all_mine) > 1:
        return mine.wide, _words(lower) - others
    return mine.wide | _words(_COMPARED.sub(" ", lower)), _words(lower)


def _takes_words_of(near: frozenset[str], wide: frozenset[str], theirs: Bound, other: Bound) -> bool:
    """Whether the claim has words bound to `other` only, and none that is bound to `theirs` only."""
    if wide & (theirs.tight - other.tight):
        return False
    for mine_side, other_side in ((theirs.before, other.before), (theirs.after, other.after)):
        only = other_side - mine_side
        if only and mine_side - other_side and 2 * len(near & only) >= len(only):
            return True
    return False


def _other_taken(
    near: frozenset[str], wide: frozenset[str], theirs: Bound, home: int, sources: Sequence[Sequence[Bound]]
) -> Bound | None:
    for place, bounds in enumerate(sources):
        for other in bounds:
            if place != home and (other.figure.measure is None or other.figure.measure != theirs.figure.measure):
                continue
            if _comparable(theirs.figure, other.figure) and _takes_words_of(near, wide, theirs, other):
                return other
    return None


def _may_bind(figures: Sequence[Figure], values: set[Decimal], most: int) -> bool:
    """Whether a sentence has a number of the claim, or a ratio that may be another's, and is no table."""
    return len(figures) <= most and any(figure.value in values or figure.measure in RATIOS for figure in figures)


def binding_fault(
    claim: str, sentences: Sequence[str], fits: Callable[[Figure, Figure], bool], most: int = 40
) -> str | None:
    """The reason, where a figure of the claim belongs to other words in its sentences; None where that is not plain.

    `fits` says whether a figure of the claim is one of the sentences. Texts of more than `most` figures (or
    four times as many with bounds and levels) are tables: their words bind nothing here.
    """
    if len(read_text(claim).figures) > 4 * most:
        return None
    all_mine = read_bindings(claim)
    values = {bound.figure.value for bound in all_mine}
    sources: list[tuple[Bound, ...]] = [
        read_bindings(text) if _may_bind(read_text(text).figures, values, 4 * most) else () for text in sentences
    ]
    if len(all_mine) > most or (not any(len(bounds) > 1 for bounds in sources) and len(sources) < 2):
        return None
    for mine in all_mine:
        near, wide = _claim_words(claim, mine, all_mine)
        homes = [
            (place, bound)
            for place, bounds in enumerate(sources)
            for bound in bounds
            if fits(mine.figure, bound.figure)
        ]
        taken = [_other_taken(near, wide, bound, place, sources) for place, bound in homes]
        if homes and all(taken) and taken[0]:
            return _explain(mine.figure, homes[0][1], taken[0])
    return None


def _explain(mine: Figure, theirs: Bound, other: Bound) -> str:
    value = show_amount(f"{mine.value:f}", mine.unit)
    measure = theirs.figure.measure or mine.measure
    if measure:
        return f"{value} is the {measure} of {theirs.said} in the cited sentences, not of {other.said}"
    return f"{value} belongs to {theirs.said} in the cited sentences, not to {other.said}"
