"""Two figures of a claim that have changed places: "30 % with the drug and 95 % without" of "95 % ... and 30 %".

Each of two like figures is held against the words of both. It speaks up only where each of the two has words that are
the other's alone in the sentences, none that is its own, and no other way of reading puts both in their places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rag.verification.figures.bindings import VERB
from rag.verification.figures.contents import contents_of, has_content
from rag.verification.figures.figure import Figure
from rag.verification.figures.reading import read_text

_CLAUSE_END = re.compile(r"[;(]|\. |: ")
_BRACKETS = re.compile(r"\([^()]*\)|^[^()]*\) ?|\([^()]*$")
_PAIRED = re.compile(r" ?(?:%|percent)?,? (?:versus|vs\.?|against|compared with|and|to|as against) (?:to )?")
_ARMS = re.compile(
    r"(?P<one>(?:[a-z0-9/-]+ ){1,3})(?:(?:was |were |is )?(?:non-?inferior|superior|inferior|similar|equal) to"
    r"|than|versus|vs\.?|compared (?:with|to)|against|and|or) (?P<other>[a-z0-9/-]+(?: [a-z0-9/-]+){0,3})"
)
_LED = re.compile(
    r" *(?:(?:of )?(?:the )?(?:patients|people|those|participants|men|women) )?"
    r"(with|on|in|under|for|assigned to|receiving)\b"
)
_MOST = 12


@dataclass(frozen=True, slots=True)
class Sided:
    """A figure with the words before it, those after it, and those that a pair in brackets has from further before.

    `led` is the preposition that the words after it begin with ("on" of "16 % of patients on placebo").
    """

    figure: Figure
    before: frozenset[str]
    after: frozenset[str]
    paired: frozenset[str]
    led: str


def _alike(one: Figure, other: Figure) -> bool:
    return one.unit == other.unit and one.age == other.age and one.measure == other.measure and one.noun == other.noun


def _is_main(figure: Figure) -> bool:
    second = figure.pair is not None and (figure.pair.place == 1 or figure.pair.join in {"interval", "quartiles"})
    skipped = figure.implied or figure.bare or figure.date or figure.measure in {"confidence level", "p value"}
    return not (second or skipped)


def _paired_words(lower: str, one: Figure, other: Figure) -> tuple[str, str]:
    """ "more often with A than with B (4.3% versus 3.2%)": A's words and B's; empty where it is not so."""
    opened = lower.rfind("(", max(0, one.start - 40), one.start)
    if opened < 0 or ")" in lower[opened : one.start] or not _PAIRED.fullmatch(lower[one.end : other.start]):
        return "", ""
    clause = _CLAUSE_END.split(lower[max(0, opened - 160) : opened])[-1]
    arms = list(_ARMS.finditer(clause))
    return (arms[-1]["one"], arms[-1]["other"]) if arms else ("", "")


def _near_end(before: str, follows: bool) -> str:
    clause = _CLAUSE_END.split(before)[-1]
    return clause if follows else clause.rsplit(",", 1)[-1]


def _near_start(after: str, followed: bool) -> str:
    """The words after a number up to the verb that its group has: "of those in usual care had ..."."""
    clause = _CLAUSE_END.split(after)[0]
    clause = clause if followed else clause.split(",", 1)[0]
    return next((part for part in VERB.split(clause) if has_content(part)), clause)


@lru_cache(maxsize=4096)
def read_sides(text: str) -> tuple[Sided, ...]:
    """The main figures of a text with their words; none where there are too many to be prose."""
    reading = read_text(text)
    lower, main = reading.lower, [figure for figure in reading.figures if _is_main(figure)]
    if not 0 < len(main) <= _MOST:
        return ()
    chunks, leads = [], []
    for figure in main:
        earlier = [other.end for other in main if other.end <= figure.start and _alike(figure, other)]
        later = [other for other in main if other.start >= figure.end and _alike(figure, other)]
        before = _BRACKETS.sub(" ", lower[max([*earlier, figure.start - 200, 0]) : figure.start])
        after = _BRACKETS.sub(" ", lower[figure.end : later[0].start if later else figure.end + 160])
        one = _paired_words(lower, figure, later[0])[0] if later else ""
        first = next((other for other in reversed(main) if other.end <= figure.start and _alike(figure, other)), None)
        paired = one or (_paired_words(lower, first, figure)[1] if first else "")
        led = _LED.match(after)
        leads.append(led[1] if led else "")
        chunks += [_near_end(before, bool(earlier)), _near_start(after, bool(later)), paired]
    words = contents_of(chunks)
    spans = (words[3 * at : 3 * at + 3] for at in range(len(main)))
    return tuple(
        Sided(figure, before, after, paired, led)
        for figure, led, (before, after, paired) in zip(main, leads, spans, strict=True)
    )


Pairing = tuple[frozenset[str], frozenset[str]]


def _own_words(one: Sided, other: Sided) -> Iterator[Pairing]:
    """In each way of reading, the words that only the one has and those that only the other has."""
    parallel = one.led and one.led == other.led and one.after - other.after and other.after - one.after
    ways = ((one.paired, other.paired), (one.after, other.after), (one.before, other.before))
    for mine, theirs in ways[:2] if parallel else ways:
        if mine - theirs and theirs - mine:
            yield mine - theirs, theirs - mine


def _places(mine: Pairing, theirs: Pairing) -> bool | None:
    """Whether two figures of the claim have their own words (true) or each other's (false); None if neither."""
    own = (bool(mine[0] & theirs[0]), bool(mine[1] & theirs[1]))
    crossed = (bool(mine[0] & theirs[1]), bool(mine[1] & theirs[0]))
    if all(own) and not any(crossed):
        return True
    return False if all(crossed) and not any(own) else None


def swap_fault(claim: str, sentences: Sequence[str], fits: Callable[[Figure, Figure], bool]) -> str | None:
    """The reason, where two figures of the claim have taken each other's places; None where that is not plain.

    `fits` says whether a figure of the claim is one of the sentences.
    """
    mine = read_sides(claim)
    if len(mine) < 2:
        return None
    sources = [read_sides(sentence) for sentence in sentences]
    for one, other in combinations(mine, 2):
        if not _alike(one.figure, other.figure) or one.figure.value == other.figure.value:
            continue
        homes = [_homes(m.figure, sources, fits) for m in (one, other)]
        if len(homes[0]) != 1 or len(homes[1]) != 1:
            continue
        (here, first), (there, second) = homes[0][0], homes[1][0]
        theirs = list(_own_words(first, second)) if here == there else _of_sentences(sentences[here], sentences[there])
        found = {_places(words, own) for words in _own_words(one, other) for own in theirs}
        if False in found and True not in found:
            return f"{one.figure.shown} and {other.figure.shown} have changed places against the cited sentences"
    return None


def _homes(
    mine: Figure, sources: Sequence[Sequence[Sided]], fits: Callable[[Figure, Figure], bool]
) -> list[tuple[int, Sided]]:
    """Where a figure of the claim stands in the sentences; where it follows from, if it stands nowhere as it is."""
    homes = [(at, sided) for at, found in enumerate(sources) for sided in found if fits(mine, sided.figure)]
    same = [(at, sided) for at, sided in homes if (sided.figure.value, sided.figure.unit) == (mine.value, mine.unit)]
    return same or homes


def _of_sentences(one: str, other: str) -> list[Pairing]:
    mine, theirs = contents_of([read_text(one).lower, read_text(other).lower])
    return [(mine - theirs, theirs - mine)] if mine - theirs and theirs - mine else []
