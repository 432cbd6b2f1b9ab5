"""Unmatched denials: a "not" of the claim with no denial of any kind near the same words in its sentences, or the
reverse.

Looser words than "not" ("excluded", "below", "unlike") are taken for a possible denial, so that saying one thing in two
ways is no fault. Only words near the terms denied count, not the whole of a long sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.polarity.cues import NEGATIONS, TRANSPARENT, is_content, reworded, root_of
from rag.polarity.denying import BOUNDS, may_deny
from rag.polarity.effects import canonical

_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*|[;:.!?,()]")
_BREAK = frozenset(". ; : ! ? but whereas although though while however".split())
_STRONG = frozenset({"never", "nowhere"})
_HARD = NEGATIONS - {"little", "minimal", "negligible", "barely", "hardly", "scarcely", "noevidence"}
_WITHOUT = frozenset("without barring except excluding neither".split())
_WRONG = re.compile(r"\bit is (?:wrong|untrue|false|not true|not the case|a mistake)(?: to say)? that\b")
_REFUTING = re.compile(r"\b(?:wrong|untrue|false|not true|myth|mistake\w*|refut\w+|disprov\w+|contradict\w*)\b")
_SCOPE = 6
_TERMS = 4
_GUARD = 10


@dataclass(frozen=True, slots=True)
class _Denial:
    """One denial: its word, the terms it governs, and where it stands."""

    word: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    words: tuple[str, ...]
    denials: tuple[_Denial, ...]

    def guarded(self, terms: frozenset[str], cancelled: frozenset[str], hard_only: bool = False) -> bool:
        """Whether a word that may deny stands near one of the terms."""
        for index, word in enumerate(self.words):
            if word in NEGATIONS or word in {"against", "disadvised"}:
                pass
            elif root_of(word) in cancelled or not may_deny(word) or (hard_only and not word.startswith(("un", "non"))):
                continue
            near = self.words[max(0, index - _GUARD) : index + _GUARD + 1]
            if not terms or any(canonical(other) in terms for other in near if _names(other)):
                return True
        return False


def _names(word: str) -> bool:
    return word[0].isalpha() and is_content(word) and word not in NEGATIONS and root_of(word) not in TRANSPARENT


@lru_cache(maxsize=4096)
def _read(text: str) -> _Read:
    words = tuple(_WORD.findall(reworded(_WRONG.sub(" never ", text.lower()) if _WRONG.search(text.lower()) else text)))
    words = words[:1000]
    denials = []
    for index, word in enumerate(words):
        if word in _HARD or word in _WITHOUT:
            if word == "neither" and "nor" in words[index : index + 9]:
                continue
            governed: list[str] = []
            for other in words[index + 1 : index + 1 + 2 * _SCOPE]:
                if other in _BREAK or other in ",()" or len(governed) == _TERMS:
                    break
                governed += [canonical(other)] if _names(other) else []
            denials.append(_Denial(word, tuple(governed)))
    return _Read(words, tuple(denials))


def unmatched(claim: str, sentences: Sequence[str]) -> tuple[bool, frozenset[str]] | None:
    """Whether the claim denies (True) or drops a denial (False), with the terms denied; None where neither is sure."""
    if _WRONG.search(claim.lower()) and not any(_REFUTING.search(sentence.lower()) for sentence in sentences):
        return True, frozenset()
    mine, theirs = _read(claim), [_read(sentence) for sentence in sentences]
    return _added(mine, theirs) or _dropped(mine, theirs)


def _roots(read: _Read) -> frozenset[str]:
    return frozenset(map(root_of, read.words))


def _terms(read: _Read) -> frozenset[str]:
    return frozenset(canonical(word) for word in read.words if _names(word))


def _added(mine: _Read, theirs: Sequence[_Read]) -> tuple[bool, frozenset[str]] | None:
    said = frozenset[str]().union(*map(_terms, theirs))
    common = _roots(mine) & frozenset[str]().union(*map(_roots, theirs))
    if len(_terms(mine) & said) * 2 < len(_terms(mine)):
        return None
    for denial in mine.denials:
        terms = frozenset(denial.terms)
        shared = terms & said
        strong = denial.word in _STRONG
        if not strong and (len(shared) * 2 < len(terms) or not set(denial.terms[:1]) & said):
            continue
        if len(shared) < 2 and not strong and any(read.denials for read in theirs):
            continue
        rest = _Read(tuple(word for word in mine.words if word != denial.word), ())
        if not strong and (rest.guarded(shared, common) or BOUNDS & set(mine.words)):
            continue
        if not any(read.guarded(shared, common, hard_only=strong) for read in theirs):
            return True, shared
    return None


def _dropped(mine: _Read, theirs: Sequence[_Read]) -> tuple[bool, frozenset[str]] | None:
    claimed = _terms(mine)
    common = _roots(mine) & frozenset[str]().union(*map(_roots, theirs))
    for read in theirs:
        for denial in read.denials:
            terms = frozenset(denial.terms)
            if denial.word in _WITHOUT:
                terms = frozenset(denial.terms[:2])
            if not terms or len(terms & claimed) * 3 < 2 * len(terms):
                continue
            if len(terms & claimed) < 2 and denial.word not in _WITHOUT:
                continue
            shared = terms & claimed
            elsewhere = [canonical(word) for read in theirs for word in read.words if _names(word)]
            if all(elsewhere.count(term) > 1 for term in shared):
                continue
            rivals = (other for other in theirs if other is not read)
            if any(len(_terms(other) & terms & claimed) == len(terms & claimed) for other in rivals):
                continue
            if not mine.guarded(terms & claimed, common):
                return False, terms & claimed
    return None
