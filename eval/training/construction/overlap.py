"""Words shared by claim and evidence: used to keep labels apart from overlap, and to keep neutral pairs neutral."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text import STOPWORDS, stem

_WORD = re.compile(r"[A-Za-z0-9]+(?:\.\d+)?")


@lru_cache(maxsize=200_000)
def stems(text: str) -> frozenset[str]:
    """The stems of the content words of a text."""
    return frozenset(
        _stem(word)
        for word in _WORD.findall(text.lower())
        if word not in STOPWORDS and (len(word) > 1 or word.isdigit())
    )


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return stem(word)


def coverage(claim: str, passage: str) -> float:
    """The share of the claim's content stems that the passage has, 0 to 1; 1 for a claim without any."""
    mine = stems(claim)
    return len(mine & stems(passage)) / len(mine) if mine else 1.0


def token_overlap(claim: str, passage: str) -> float:
    """The share of the claim's word forms, without stemming or stop list, that occur in the passage."""
    mine = _WORD.findall(claim.lower())
    theirs = set(_WORD.findall(passage.lower()))
    return sum(word in theirs for word in mine) / max(1, len(mine))


def token_count(text: str) -> int:
    """Words of a text."""
    return len(_WORD.findall(text))
