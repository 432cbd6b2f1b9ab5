"""Contrasts: where a claim in its own words says the reverse of what its sentences say, or denies it.

Careful on purpose, unlike `opposed` and `negation_differs`: only effects about the same thing are held against each
other, and whatever points both ways is left to the entailment model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.polarity.effects import Effect, effects

_LEAST_SHARED = 0.5
_SAME_ABOUT = 2
_RELIEF = {"relieve", "provoke"}


@dataclass(frozen=True, slots=True)
class Contrast:
    """How a claim and its sentences differ, and the words that clash."""

    kind: Literal["negation", "direction"]
    mine: str
    theirs: str
    about: frozenset[str]


def contrast(claim: str, sentences: Sequence[str]) -> Contrast | None:
    """The first effect of the claim that its sentences contradict, or None where they agree or nothing can be told."""
    theirs = [effect for sentence in sentences for effect in effects(sentence)]
    both = all(_RELIEF.issubset(_said(said)) for said in (effects(claim), theirs))
    for mine in effects(claim):
        if both and _said([mine]) & _RELIEF:
            continue  # which of the two is said of what is for `agents`
        found = _contradicted(mine, theirs)
        if found is not None:
            return found
    return None


def _said(found: Sequence[Effect]) -> set[str]:
    return {word for effect in found for word in effect.words.split()}


def _contradicted(mine: Effect, theirs: Sequence[Effect]) -> Contrast | None:
    if mine in theirs:
        return None
    against: list[tuple[Effect, bool]] = []
    for other in theirs:
        if mine.sign == other.sign == 0 and len(mine.about & other.about) >= _SAME_ABOUT:
            return None  # no difference in one thing, though something else may differ
        shared = _shared(mine, other)
        if not shared:
            continue
        agreed = _agree(mine, other)
        if agreed:
            return None
        if agreed is False and _alike(mine, other):
            against.append((other, _turned(mine, other)))
    if not against:
        return None
    other = max(against, key=lambda pair: len(mine.about & pair[0].about))[0]
    kind: Literal["negation", "direction"] = "negation" if 0 in {mine.sign, other.sign} else "direction"
    return Contrast(kind, mine.words, other.words, _shared(mine, other))


def agreed(claim: str, sentences: Sequence[str]) -> bool:
    """Whether some effect of the claim is one that its sentences speak of too, pointing the same way."""
    theirs = [effect for sentence in sentences for effect in effects(sentence)]
    return any(
        _shared(mine, other) and _agree(mine, other) is True
        for mine in effects(claim)
        for other in theirs
        if mine.words
    )


def _shared(mine: Effect, other: Effect) -> frozenset[str]:
    """What two effects are both about; a comparison turned round may name it on either side."""
    if _turned(mine, other):
        return (mine.about | mine.reference) & (other.about | other.reference)
    return (mine.focus & other.near) | (mine.near & other.focus)


def _alike(mine: Effect, other: Effect) -> bool:
    """Whether two effects are about the same things, so far as words can tell."""
    everything = other.about | other.reference
    if len(mine.focus) > 1 and mine.focus <= other.near and mine.valence and mine.axis == "amount":
        return True
    return len(mine.about & everything) >= max(_LEAST_SHARED * len(mine.about), min(2, len(mine.about)))


def _turned(mine: Effect, other: Effect) -> bool:
    """Whether the two compare the same things the other way round."""
    return bool(
        mine.reference
        and other.reference
        and mine.reference & other.about - other.reference
        and other.reference & mine.about - mine.reference
        and not mine.reference & other.reference
    )


def _agree(mine: Effect, other: Effect) -> bool | None:
    """Whether two effects on the same thing point the same way; None where they cannot be held against each other."""
    if "advice" in {mine.axis, other.axis}:
        return None  # what is advised is held against each other in `advice`
    valued = mine.axis != other.axis or (mine.axis == "amount" and bool(mine.valence and other.valence))
    left, right = (mine.good, other.good) if valued else (mine.sign, other.sign)
    if valued and (left is None or right is None):
        unknown = mine.sign is None or other.sign is None
        return (mine.sign == 0) is (other.sign == 0) if unknown else None
    if left is None or right is None:
        return (left == 0) is (right == 0)
    if valued and {left, right} == {0, -1} and "good" in {mine.axis, other.axis}:
        return True  # "ineffective" and "no effect"
    if _turned(mine, other):
        return left == 0 or left != right
    return _same_way(mine, other, left, right)


def _same_way(mine: Effect, other: Effect, left: int, right: int) -> bool | None:
    """Whether two signs are the same once it is reckoned in what is done to their subjects."""
    if left * right == 0:
        return left == right
    if mine.deprivals != other.deprivals:
        return True if left == right else None
    if (mine.subject_sign or 1) != (other.subject_sign or 1) and mine.words != other.words:
        subjects = (mine.about - mine.near) & (other.about - other.near)
        return left != right if subjects else None
    return left == right
