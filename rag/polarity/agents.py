"""Agents: what relieves and what provokes, each held against itself ("rest relieves", "brought on by walking").

Only for texts that speak of both, where a claim may swap them; other claims are read by `contrasts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.polarity.cues import NEGATIONS, is_content
from rag.polarity.effects import canonical
from rag.text import fold

_BETTER = re.compile(r"\b(?:gets?|getting|feels?|becomes?|improv(?:es?|ed|ing))(?: better)?(?= (?:with|on|by|after)\b)")
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*|[;:.!?]")
_SIGN = {"relieve": 1, "provoke": -1}
_BY = frozenset("by with on when during after in from".split())
_REACH = 6


@lru_cache(maxsize=2048)
def _agents(text: str) -> dict[str, set[int]]:
    """What is said to relieve (1) or provoke (-1), by its term."""
    words = _WORD.findall(_BETTER.sub("relieve", fold(text)))[:600]
    found: dict[str, set[int]] = {}
    for index, word in enumerate(words):
        if word not in _SIGN:
            continue
        sign = _SIGN[word]
        if words[index + 1 : index + 2] and words[index + 1] in _BY:
            denied = bool(NEGATIONS & set(words[max(0, index - 2) : index]))
            for other in words[index + 2 : index + 2 + _REACH]:
                if other in _SIGN or other in ".;:!?":
                    break
                denied = denied or other in NEGATIONS
                if is_content(other) and other.isalpha() and other not in NEGATIONS:
                    found.setdefault(canonical(other), set()).add(-sign if denied else sign)
        else:
            before = [other for other in words[max(0, index - 4) : index] if is_content(other)]
            subject = next((other for other in reversed(before) if not other.endswith("ly")), None)
            if subject and subject.isalpha() and not NEGATIONS & set(before):
                found.setdefault(canonical(subject), set()).add(sign)
    return found


def swapped_agent(claim: str, sentences: Sequence[str]) -> str | None:
    """The term that the claim says to relieve and its sentences to provoke, or the reverse; or None."""
    mine = _agents(claim)
    theirs: dict[str, set[int]] = {}
    for sentence in sentences:
        for term, signs in _agents(sentence).items():
            theirs.setdefault(term, set()).update(signs)
    return next((term for term, signs in mine.items() if term in theirs and not signs & theirs[term]), None)
