"""Flips of comparisons: more and less, at least and at most, and which side is the greater."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.training.construction.pairs import Change, Flip, Scene

COMPARATIVES = {
    "higher": "lower", "lower": "higher", "greater": "smaller", "smaller": "greater", "more": "less", "less": "more",
    "fewer": "more", "better": "worse", "worse": "better", "longer": "shorter", "shorter": "longer",
    "larger": "smaller",
    "stronger": "weaker", "weaker": "stronger", "faster": "slower", "slower": "faster", "older": "younger",
    "younger": "older", "earlier": "later", "later": "earlier", "superior": "inferior", "inferior": "superior",
}  # fmt: skip
_NEGATION = re.compile(r"\b(?:not|no|never|neither|nor|without|cannot|may|might|could)\b")
_BOUNDS = {
    "at least": "at most", "at most": "at least", "or more": "or fewer", "or less": "or more", "more than": "less than",
    "less than": "more than", "greater than": "less than", "over": "under", "above": "below", "below": "above",
    "fewer than": "more than", "or older": "or younger", "or higher": "or lower", "or lower": "or higher",
    "exceeding": "below", "exceeded": "stayed below", "up to": "at least",
}  # fmt: skip
_BOUND = re.compile(
    rf"\b({'|'.join(sorted(_BOUNDS, key=len, reverse=True))})\b(?= (?:about )?\$?\d)|(?<=\d )\b(or more|or less)\b"
)
_COMPARATIVE = re.compile(
    rf"\b(?:was|were|is|are|had|have|has|showed|with|a|significantly|associated with(?: an?)?|at)"
    rf" ({'|'.join(COMPARATIVES)})\b(?! (?:than \d|or equal))"
)
_IN_SIDES = re.compile(
    r"\b(?:higher|lower|greater|smaller|more \w+|less \w+|better|worse|longer|shorter|larger|"
    r"stronger|weaker|faster|slower"
    r"|more effective|less effective)(?: \w+){0,3}? (in|for|with|among) ([^,.]{3,70}?) (?:than|compared (?:with"
    r"|to)) (?:\1 )"
    r"([^,.]{3,70}?)(?=[,.])"
)


def flip_comparative(text: str, scene: Scene) -> Iterator[Change]:
    """ "was higher in" made "was lower in"."""
    if not _NEGATION.search(text):
        for found in _COMPARATIVE.finditer(text):
            if found[1] in ("more", "less") and not re.match(r" [a-z]+(?: [a-z]+){0,4} than\b", text[found.end(1) :]):
                continue
            if re.search(r"\b(?:if|when|who|which|after|that)\b", text[: found.start()]):
                continue
            yield Change(found.start(1), found.end(1), COMPARATIVES[found[1]])


def flip_bound(text: str, scene: Scene) -> Iterator[Change]:
    """ "at least 30" made "at most 30"."""
    if not _NEGATION.search(text):
        for found in _BOUND.finditer(text):
            word = found[1] or found[2]
            if word in ("or more", "or less") or re.match(r" (?:about )?\$?\d", text[found.end() :]):
                yield Change(found.start(), found.end(), _BOUNDS[word])


def swap_sides(text: str, scene: Scene) -> Iterator[Change]:
    """ "higher in A than in B" made "higher in B than in A"."""
    if not _NEGATION.search(text):
        for found in _IN_SIDES.finditer(text):
            first, second = found[2], found[3]
            if re.search(
                r"\b(?:than|those|that|it|other|the rest|previous\w*|expected|baseline|before)\b", first + " " + second
            ):
                continue
            middle = text[found.end(2) : found.start(3)]
            yield Change(found.start(2), found.end(3), f"{second}{middle}{first}")


FLIPS = (
    Flip("comparative", "comparators", "refutes", flip_comparative, "refutes"),
    Flip("bound", "comparators", "refutes", flip_bound, "refutes"),
    Flip("sides", "comparators", "refutes", swap_sides, "refutes", held=True),
)
