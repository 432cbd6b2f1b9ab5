"""Faults in a claim's words: one place of the claim is changed, its citations are not.

The rules of the planted suite do most of it; doses, firmness, symbols of comparison are added here. What is put in must
stand nowhere in the quotes, nor, for who and what is spoken of, in the title and the heading they stand under.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from eval.faults.base import Card, Family, Planted, Site, chosen, with_claim
from eval.faults.lexicon import COMPARATORS, DOSE_UNITS, NOT_FIRM, OTHER_UNITS, STRENGTHS
from eval.planted.rules import Broken, Ground, broken_claims

_DENYING = re.compile(r"\b(?:no|not|nor|neither|never|nowhere|cannot|without|failed|wrong)\b", re.IGNORECASE)
_NUMBER = r"(?<![\w.,/–-])\d+(?:\.\d+)?"
_DOSE = re.compile(rf"{_NUMBER}(?= ?{DOSE_UNITS}(?![\w/]))")
_QUANTITY = re.compile(rf"{_NUMBER}(?= ?{OTHER_UNITS}(?!\w))")
_WORD = re.compile(r"[^\W\d_]+")
_SAID_OF: frozenset[Family] = frozenset(("population", "drug", "condition"))

Edit = tuple[str, str]
"""The broken claim, and what was changed."""


@lru_cache(maxsize=1024)
def _broken(claim: str, quotes: tuple[str, ...], source_text: str) -> tuple[Broken, ...]:
    return tuple(broken_claims(claim, Ground(quotes, source_text)))


def _by_rule(site: Site, family: Family) -> Iterator[Edit]:
    """What the rules of the planted suite make of a claim, of one family."""
    source_text = site.library.documents[site.citations[0]["source_id"]].text
    for one in _broken(site.claim["text"], site.quotes, source_text):
        if one.kind == family:
            yield one.claim, one.what


def _by_table(claim: str, table: Sequence[tuple[str, str]]) -> Iterator[Edit]:
    """What each pattern of a table makes of a claim, where it has just one place."""
    for pattern, new in table:
        places = list(re.finditer(pattern, claim))
        if len(places) == 1:
            put = places[0].expand(new)
            broken = claim[: places[0].start()] + put + claim[places[0].end() :]
            yield broken[:1].upper() + broken[1:] if claim[:1].isupper() else broken, f"{places[0][0]} -> {put}"


def _other_amounts(claim: str, quotes: str, pattern: re.Pattern[str]) -> Iterator[Edit]:
    """Each figure of a kind made twice, half or ten times as much; none that the quotes have."""
    there = set(re.findall(r"\d+(?:\.\d+)?", quotes))
    for found in pattern.finditer(claim):
        amounts = {f"{float(found[0]) * factor:g}" for factor in (0.5, 2, 10)} - there
        if amounts:
            new = chosen(sorted(amounts), claim + found[0])
            yield claim[: found.start()] + new + claim[found.end() :], f"{found[0]} -> {new}"


def _doses(site: Site) -> Iterator[Edit]:
    yield from _other_amounts(site.claim["text"], " ".join(site.quotes), _DOSE)


def _figures(site: Site) -> Iterator[Edit]:
    yield from _by_rule(site, "figure")
    yield from _other_amounts(site.claim["text"], " ".join(site.quotes), _QUANTITY)


def _comparators(site: Site) -> Iterator[Edit]:
    yield from _by_rule(site, "comparator")
    yield from _by_table(site.claim["text"], COMPARATORS)


def _denials(text: str) -> int:
    return len(_DENYING.findall(text))


def _added(site: Site) -> Iterator[Edit]:
    claim = site.claim["text"]
    yield from (one for one in _by_rule(site, "negation") if _denials(one[0]) > _denials(claim))


def _dropped(site: Site) -> Iterator[Edit]:
    claim = site.claim["text"]
    yield from (one for one in _by_rule(site, "negation") if _denials(one[0]) < _denials(claim))


def _firmer(site: Site) -> Iterator[Edit]:
    if not re.search(NOT_FIRM, site.claim["text"]):
        yield from _by_table(site.claim["text"], STRENGTHS)


def _of(family: Family) -> Callable[[Site], Iterator[Edit]]:
    return lambda site: _by_rule(site, family)


def _certain(site: Site, family: Family, broken: str) -> bool:
    """Whether a broken claim says what its sentences do not, as far as its new words can tell."""
    claim, around = site.claim["text"], " ".join(site.quotes)
    if family in _SAID_OF:
        around = f"{around} {_titles(site)}"
    new = {word.lower() for word in _WORD.findall(broken)} - {word.lower() for word in _WORD.findall(claim)}
    there = {word.lower() for word in _WORD.findall(around)}
    documents = (site.library.documents[one["source_id"]].text for one in site.citations)
    return (
        broken != claim
        and not any(broken in text for text in documents)
        and not (family in _SAID_OF and (not new or new <= there))
    )


def _titles(site: Site) -> str:
    """The titles of the cited sources, and the headings that the cited sentences stand under."""
    parts = []
    for one in site.citations:
        document = site.library.documents[one["source_id"]]
        headings = [part.heading for part in document.sections if part.start <= one["start"] < part.end]
        parts += [document.source.title, *headings]
    return " ".join(parts)


def _card(name: str, family: Family, meaning: str, edits: Callable[[Site], Iterator[Edit]]) -> Card:
    def plant(site: Site) -> Iterator[Planted]:
        for broken, what in edits(site) if site.is_statement else ():
            if _certain(site, family, broken):
                yield Planted(with_claim(site, text=broken), site.part, site.name, what)

    return Card(name, family, meaning, plant)


CARDS: tuple[Card, ...] = (
    _card("dose changed", "figure", "the amount of a drug is another", _doses),
    _card("figure changed", "figure", "a percentage, ratio or quantity is another", _figures),
    _card("unit changed", "unit", "the figure stays, its unit does not", _of("unit")),
    _card("comparator flipped", "comparator", "a bound, or what is measured, turns round", _comparators),
    _card("negation added", "negation", "what is said is denied", _added),
    _card("negation dropped", "negation", "what is denied is said", _dropped),
    _card(
        "direction reversed", "direction", "an effect, a preference or an advice points the other way", _of("direction")
    ),
    _card("population swapped", "population", "it is said of other people", _of("population")),
    _card("drug swapped", "drug", "it is said of another drug of its class or use", _of("drug")),
    _card(
        "condition swapped", "condition", "it is said of another condition or outcome of its field", _of("condition")
    ),
    _card("strength overstated", "strength", "the same is said more firmly", _firmer),
)
