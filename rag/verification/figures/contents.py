"""The words of a text that say what a number is of: no numbers, units, or words that go with any figure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from rag.text import STOPWORDS, fold, stem, words

_GENERIC = frozenset(
    stem(word)
    for word in (
        "hazard odds risk ratio rate relative absolute difference mean median average percent percentage confidence"
        " interval adjusted sensitivity specificity likelihood positive negative predictive value dose group groups arm"
        " arms daily day week month year hour minute mg g ml mmhg less more least most fewer higher lower greater older"
        " younger total number events event respectively approximately nearly frequent common often likely per ci sd"
        " hr rr target treatment therapy treated given follow followup level score point range result outcome reduction"
        " increase against versus among"
    ).split()
)


@cache
def _term(word: str) -> str:
    """The stem of a word that says anything, else an empty text."""
    if word in STOPWORDS or len(word) < 2 or word[0].isdigit():
        return ""
    found = stem(word)
    return "" if found in _GENERIC else found


def has_content(text: str) -> bool:
    """Whether any word of a text in lower case says what a number is of."""
    return any(_term(word) for word in words(text))


def contents_of(chunks: Sequence[str]) -> list[frozenset[str]]:
    """The content terms of each of some pieces of one text: their synonyms folded at once, which saves time."""
    folded = fold("\n".join(chunks)).split("\n")
    return [frozenset(filter(None, map(_term, words(chunk)))) for chunk in folded]
