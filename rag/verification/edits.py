"""Small edits that turn a sentence around: a claim that follows its sentence nearly word for word may not change, drop
or add a word that decides its meaning - a negation, a direction, a comparator, a measure, a modal, a number, a
unit of time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from rag.polarity import direction_words
from rag.text import NUMBER_WORDS

_TOKEN = re.compile(r"[a-z]+(?:[-'][a-z]+)*|\d+(?:[.,]\d+)*|[<>≤≥=]+|%", re.IGNORECASE)
_LONGEST_EDIT = 3
_NEARLY_VERBATIM = 0.6

_DECISIVE = {
    "negation": "not no never without neither nor cannot none against unless except excluding fails failed lack "
    "absence",
    "weak": "may might could can possibly",
    "strong": "must should shall always",
    "some": "some several sometimes occasionally rarely",
    "most": "most all every commonly usually generally",
    "only": "only solely",
    "least": "least minimum",
    "conditional": "conditional conditionally weak weakly",
    "firm": "strong strongly",
    "significant": "significant significantly",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "positive": "positive",
    "negative": "negative",
    "lower end": "under below fewer",
    "upper end": "over above up",
    "hour": "hour hours hourly",
    "day": "day days",
    "week": "week weeks weekly",
    "month": "month months monthly",
    "year": "year years yearly annual",
}
_CLASS_OF = {word: name for name, words in _DECISIVE.items() for word in words.split()}


def _classes(tokens: Sequence[str]) -> list[str]:
    """What the tokens decide, sorted; tokens that decide nothing are left out."""
    found = []
    for token in tokens:
        if token[0].isdigit():
            found.append(f"number {token}")
        elif token in NUMBER_WORDS:
            found.append(f"number {NUMBER_WORDS[token]}")
        elif token in _CLASS_OF:
            found.append(_CLASS_OF[token])
        else:
            found += direction_words(token)
    return sorted(found)


def turning_edit(claim: str, sentences: Sequence[str]) -> str | None:
    """The small edit by which a claim turns the sentence it follows around, as a reason; or None.

    Only a claim of which at least 60 % of the words follow one sentence in order is compared, and only edits of at most
    three words between words that are the same: leaving a whole clause out is no small edit.
    """
    mine = [token.lower() for token in _TOKEN.findall(claim)]
    best: tuple[float, list[str], SequenceMatcher[str]] | None = None
    for sentence in sentences:
        theirs = [token.lower() for token in _TOKEN.findall(sentence)]
        matcher = SequenceMatcher(None, theirs, mine, autojunk=False)
        followed = sum(block.size for block in matcher.get_matching_blocks()) / max(len(mine), 1)
        if best is None or followed > best[0]:
            best = followed, theirs, matcher
    if best is None or best[0] < _NEARLY_VERBATIM:
        return None
    for operation, start, end, mine_start, mine_end in best[2].get_opcodes():
        if operation == "equal" or end - start > _LONGEST_EDIT or mine_end - mine_start > _LONGEST_EDIT:
            continue
        was, now = best[1][start:end], mine[mine_start:mine_end]
        if _classes(was) != _classes(now):
            return f"changes “{' '.join(was) or '(nothing)'}” of its sentence to “{' '.join(now) or '(nothing)'}”"
    return None
