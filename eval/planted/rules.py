"""Rules that break a claim in one place, so that the sentences it rests on no longer carry it.

Each rule takes a true claim, its quotes and the text of its source, and gives the broken claims it can make. A rule
gives nothing where it cannot be certain: what it puts in must stand nowhere in the quotes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from eval.planted.cases import FaultKind
from eval.planted.lexicon import (
    BEYOND,
    COMPARATORS,
    CONDITION_GROUPS,
    DIRECTIONS,
    DRUG_CLASSES,
    GROWN_UP,
    JOINED,
    NEGATIONS,
    POPULATIONS,
    UNITS,
)

_FIGURE = re.compile(r"(?<![\w.,/-])\d+(?:\.\d+)?(?=%(?! CI))|(?<![\w.,/-])0\.\d{2}(?![\d%/-])")
_SAME_SHAPE = {
    "%": re.compile(r"(?<![\w.,/-])\d+(?:\.\d+)?(?=%(?! CI))"),
    "": re.compile(r"(?<![\w.,/-])0\.\d{2}(?![\d%/-])"),
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A claim after a rule: its kind of fault, the rule's name, the claim, and what was changed."""

    kind: FaultKind
    rule: str
    claim: str
    what: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What a claim rests on: its quotes, and the whole text of their source."""

    quotes: tuple[str, ...]
    source_text: str

    @property
    def quoted(self) -> str:
        """The quotes in one line."""
        return " ".join(self.quotes)


Rule = Callable[[str, Ground], Iterator[Broken]]


def _chosen(options: Sequence[str], key: str) -> str:
    """One of some options, always the same for the same key."""
    return min(options, key=lambda option: hashlib.sha256(f"{key}|{option}".encode()).hexdigest())


@cache
def _standing(word: str) -> re.Pattern[str]:
    """The word as a whole; kept, as there are more of them than the compiler of patterns keeps."""
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


def _within(word: str, text: str) -> bool:
    return _standing(word).search(text) is not None


def _capital(broken: str, claim: str) -> str:
    """The broken claim with a capital where the true one had it."""
    return broken[0].upper() + broken[1:] if claim[0].isupper() else broken


def _change(claim: str, broken: str) -> str:
    """What differs between a claim and its broken form, in whole words."""
    old, new = claim.split(), broken.split()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return f"{' '.join(old)} -> {' '.join(new)}"


def swap_figures(claim: str, ground: Ground) -> Iterator[Broken]:
    """Another figure of the same source and shape (percentage, or ratio below 1) for each figure of the claim."""
    for found in _FIGURE.finditer(claim):
        shape = _SAME_SHAPE["%" if claim[found.end() : found.end() + 1] == "%" else ""]
        others = {one for one in shape.findall(ground.source_text) if not _within(one, ground.quoted)}
        if others:
            new = _chosen(sorted(others), claim + found.group())
            broken = claim[: found.start()] + new + claim[found.end() :]
            yield Broken("figure", "figure of the same source", broken, f"{found.group()} -> {new}")


def _replaced(kind: FaultKind, rule: str, table: Sequence[tuple[str, str]], *, whole: bool = False) -> Rule:
    """A rule that applies each pattern of a table: at its first place, or with `whole` only where it has just one."""

    def apply(claim: str, ground: Ground) -> Iterator[Broken]:
        for pattern, new in table:
            places = re.findall(pattern, claim)
            if places and not (whole and len(places) > 1):
                broken = re.sub(pattern, new, claim, count=1)
                yield Broken(kind, rule, _capital(broken, claim), _change(claim, broken))

    return apply


def _swapped(kind: FaultKind, rule: str, groups: Sequence[Sequence[str]]) -> Rule:
    """A rule that puts, for every mention of a word, another word of its group that the quotes do not have."""

    def apply(claim: str, ground: Ground) -> Iterator[Broken]:
        for group in groups:
            for word in group:
                others = [one for one in group if not _within(one, ground.quoted) and not _within(one, claim)]
                if not others or not _within(word, claim) or re.search(f"{BEYOND}|{JOINED}{word}", claim):
                    continue
                new = _chosen(others, claim + word)

                broken = re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", new, claim, flags=re.IGNORECASE)
                yield Broken(kind, rule, _capital(broken, claim), f"{word} -> {new}")

    return apply


def _lowered(claim: str) -> str:
    """The claim with its first word as in the middle of a sentence; names and abbreviations keep their capitals."""
    first = claim.split(maxsplit=1)[0]
    ordinary = re.fullmatch(
        r"(?:An?|The|In|With|When|For|After|If|As|Under|Fewer|More|Most|Adults|People|Women|Men)", first
    )
    return claim[0].lower() + claim[1:] if ordinary else claim


def deny(claim: str, ground: Ground) -> Iterator[Broken]:
    """The whole claim denied from outside; for one claim in eight, as it is always the same words."""
    opening = _chosen(["It is not true that", "It is not the case that", "It is wrong that"], claim)
    seldom = int(hashlib.sha256(claim.encode()).hexdigest(), 16) % 8 == 0
    if seldom and (_lowered(claim) != claim or re.match(r"[A-Z][A-Za-z-]*[A-Z]", claim)):
        yield Broken("negation", "denied as a whole", f"{opening} {_lowered(claim)}", f"{opening} ...")


def move_to_children(claim: str, ground: Ground) -> Iterator[Broken]:
    """Children put before a claim whose quotes speak of grown-up people alone."""
    grown = re.search(GROWN_UP, ground.quoted)
    barred = (
        rf"{GROWN_UP}|\b(?:[Aa]dults?|[Ww]omen|[Mm]en|[Cc]hildren|adolescents|age|aged|years|older|elderly)\b"
        r"|published|gave way|guideline of"
    )
    if grown and not re.search(barred, claim) and not claim.startswith("In ") and _lowered(claim) != claim:
        yield Broken(
            "population", "moved to children", f"In children, {_lowered(claim)}", f"{grown.group()} -> children"
        )


RULES: tuple[Rule, ...] = (
    swap_figures,
    _replaced("unit", "unit changed", UNITS),
    _replaced("comparator", "comparator turned", COMPARATORS),
    _replaced("negation", "denial put in or taken out", NEGATIONS, whole=True),
    deny,
    _replaced("direction", "direction turned", DIRECTIONS, whole=True),
    _replaced("population", "other people", POPULATIONS, whole=True),
    move_to_children,
    _swapped("drug", "drug of the same class or use", DRUG_CLASSES),
    _swapped("condition", "condition or outcome of the same field", CONDITION_GROUPS),
)


def broken_claims(claim: str, ground: Ground) -> Iterator[Broken]:
    """All that the rules make of a true claim."""
    for rule in RULES:
        for one in rule(claim, ground):
            if one.claim != claim:
                yield one
