"""What is known of a passage and a claim without any model: the words of the source, and nothing to read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from rag.models.base import Probabilities

SUPPORTED = (1.0, 0.0, 0.0)
NOT_JUDGED = (0.0, 1.0, 0.0)

_BEGUN = re.compile(r"[.!?][\"'”’)\]]*\s$")
_ABBREVIATED = re.compile(
    r"\b(?:vs|e\.g|i\.e|cf|al|fig|no|nos|approx|ca|dr|prof|resp|incl|excl|refs?|[a-z])\.\s$", re.IGNORECASE
)
_STOPPED = re.compile(r"[.!?][\"'”’)\]]*$")
_STOP_FOLLOWS = re.compile(r"[.!?][\"'”’)\]]*(?:\s|$)")
_LEAST_WORDS = 3
_LOOKED_AROUND = 12


def stands_verbatim(passage: str, claim: str) -> bool:
    """Whether the claim is one or more whole sentences of the passage, letter for letter; runs of white space are one.

    A part of a sentence does not count: what is left out may be what decides ("... in mice"). Nor do fewer than three
    words, which say nothing without their sentence.
    """
    text, wanted = " ".join(passage.split()), " ".join(claim.split())
    if wanted.count(" ") < _LEAST_WORDS - 1:
        return False
    start = text.find(wanted)
    while start >= 0:
        if _begins_sentence(text, start) and _ends_sentence(text, start + len(wanted), wanted):
            return True
        start = text.find(wanted, start + 1)
    return False


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - _LOOKED_AROUND) : start]
    return not before or (bool(_BEGUN.search(before)) and not _ABBREVIATED.search(before))


def _ends_sentence(text: str, end: int, wanted: str) -> bool:
    after = text[end : end + _LOOKED_AROUND]
    if not after or _STOP_FOLLOWS.match(after):
        return True
    return after[0] == " " and bool(_STOPPED.search(wanted))


def certain_row(passage: str, claim: str) -> tuple[float, float, float] | None:
    """Probabilities that need no model: supported word for word, or nothing to read. None where one must be asked."""
    if not passage.strip() or not claim.strip():
        return NOT_JUDGED
    return SUPPORTED if stands_verbatim(passage, claim) else None


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def predict_rest(
    pairs: Sequence[tuple[str, str]], predict: Callable[[Sequence[tuple[str, str]]], Probabilities]
) -> Probabilities:
    """Probabilities of shape (len(pairs), 3): the certain ones, and for the rest those that `predict` gives.

    A pair that stands twice is asked once. Halves of characters, which no tokenizer takes, are asked as "?".
    """
    rows = np.zeros((len(pairs), 3), np.float32)
    open_places: dict[tuple[str, str], list[int]] = {}
    for place, (passage, claim) in enumerate(pairs):
        known = certain_row(passage, claim)
        if known is None:
            open_places.setdefault((_whole(passage), _whole(claim)), []).append(place)
        else:
            rows[place] = known
    if open_places:
        for places, row in zip(open_places.values(), predict(list(open_places)), strict=True):
            rows[places] = row
    return rows
