"""Opposites: a word of the claim that is the opposite of a word that its sentences say of the same thing.

"Stopped" and "continued", "stable" and "unstable", "excluded" and "let in". A word counts with the words beside it: it
is the opposite only where the sentences say the other word of one of them, and nowhere the same. A denied word counts
as its opposite where there is no third, and is left alone where there is one ("not high" may be middling).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.polarity.cues import NEGATIONS, TRANSPARENT, is_content, reworded, root_of
from rag.polarity.effects import canonical


@dataclass(frozen=True, slots=True)
class _Axis:
    positive: re.Pattern[str]
    negative: re.Pattern[str]
    binary: bool = True
    reach: int = 4
    sided: bool = False


def _axis(positive: str, negative: str, *, binary: bool = True, reach: int = 4, sided: bool = False) -> _Axis:
    return _Axis(re.compile(positive), re.compile(negative), binary, reach, sided)


_AXES: tuple[_Axis, ...] = (
    _axis(r"continu(?:e|es|ed|ing)|keep(?:s|ing)?|kept|stay(?:s|ed|ing)?|remain(?:s|ed|ing)?",
          r"stop(?:s|ped|ping)?|discontinu\w+|withdraw\w*|ceas(?:e|es|ed|ing)|halt(?:s|ed|ing)?"),
    _axis(r"includ(?:e|es|ed)|inclusion|enroll?\w*|recruit\w*|admit(?:s|ted)|eligible|let",
          r"exclud(?:e|es|ed|ing)|exclusions?|ineligible|barred", reach=10),
    _axis(r"(?:double-|single-|triple-)?(?:blind|blinded|masked)|double-blind",
          r"unblinded|unmasked|open-label", reach=10),
    _axis(r"add(?:s|ed|ing)?|introduc(?:e|es|ed|ing)|allow(?:s|ed|ing)?",
          r"remov(?:e|es|ed|ing)|delet(?:e|es|ed|ing)|abolish\w*|forb[ia]d\w*|ban(?:s|ned)?|withdr[ae]w\w*", reach=5),
    _axis(r"prompt|promptly|immediate|immediately", r"delay(?:ed|ing)?|defer(?:red|ring)?|postpon(?:e|ed|ing)",
          reach=10),
    _axis(r"widen(?:s|ed|ing)?|broaden(?:s|ed|ing)?|extend(?:s|ed|ing)?|expand(?:s|ed|ing)?",
          r"limit(?:s|ed|ing)?|restrict(?:s|ed|ing)?|narrow(?:s|ed|ing)?|confin(?:e|es|ed|ing)", reach=8),
    _axis(r"(?:more )?lenient|looser?|laxer?|relaxed", r"strict(?:er)?|tight(?:er)?|stringent|intensive"),
    _axis(r"proven|confirmed|established|definite",
          r"suspected|unproven|unconfirmed|possible|presumed", reach=2),
    _axis(r"high|raised|elevated", r"low|lowered|reduced", binary=False, reach=1),
    _axis(r"high-\w+", r"low-\w+", binary=False, reach=1),
    _axis(r"increas(?:e|es|ed|ing)|rais(?:e|es|ed|ing)|rose|climb(?:s|ed)|lift(?:s|ed|ing)?",
          r"decreas(?:e|es|ed|ing)|reduc(?:e|es|ed|ing)|lower(?:s|ed|ing)|fell", binary=False, reach=3, sided=True),
    _axis(r"necessary|need(?:s|ed)?|required|indispensable", r"unnecessary|needless|dispensable|unneeded", reach=6),
    _axis(r"strong", r"weak", binary=False, reach=3),
    _axis(r"normal", r"abnormal|raised|elevated|lowered|impaired|reduced|deranged", binary=False, reach=3),
    _axis(r"similar(?:ly)?|alike|unchanged|unaltered|comparable|consistent|equal(?:ly)?",
          r"differ(?:s|ed)?|differently|dissimilar|unlike|inconsistent|changed", reach=8),
    _axis(r"over|ahead|above|preferred|prefers", r"behind|beneath|below", reach=3, sided=True),
    _axis(r"support(?:s|ed|ing)?|back(?:s|ed)|favour(?:s|ed)?", r"oppos(?:e|es|ed|ing)|object(?:s|ed)|against",
          reach=8),
)  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*|[;:.!?,]")
_BREAK = frozenset(". ; : ! ? but whereas although though while however".split())
_PREFIXES = ("un", "in", "im", "ir", "ab", "non", "non-", "dis")
_FALSE_PREFIX = frozenset(
    "inpatient inpatients intake income inform informed information input insight disease diseases disorder disorders "
    "discover discovered discharge discharged display improve improved imply import invent infer impact impress "
    "include invest increase increased increasing indeed indication indicated unit united disclose dispense intense "
    "instance internal inverse invasive infection infections disability inside interval independent inlet inborn "
    "independently disadvised nonsurgical incidence irradiate irradiated irradiation".split()
)
_REACH_OF_NOT = 4


@dataclass(frozen=True, slots=True)
class _Said:
    """One word of an axis: its sign (0 where denied and left open) and the terms beside it."""

    word: str
    sign: int
    beside: frozenset[str]


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(reworded(text))[:1000])


def _names(word: str) -> bool:
    return word[0].isalpha() and is_content(word) and word not in NEGATIONS and root_of(word) not in TRANSPARENT


def _denied(words: Sequence[str], index: int) -> bool:
    before = words[max(0, index - _REACH_OF_NOT) : index]
    part = words[max((at + 1 for at in range(index) if words[at] in _BREAK), default=0) : index]
    if {"none", "neither", "nowhere"} & set(part):
        return True
    return any(word in NEGATIONS for word in before) or "nor" in words[max(0, index - 3 * _REACH_OF_NOT) : index]


@lru_cache(maxsize=8192)
def _said(text: str) -> tuple[tuple[_Said, ...], ...]:
    """What a text says on each axis."""
    words = _words(text)
    found: list[list[_Said]] = [[] for _ in _AXES]
    for index, word in enumerate(words):
        for axis, said in zip(_AXES, found, strict=True):
            sign = 1 if axis.positive.fullmatch(word) else -1 if axis.negative.fullmatch(word) else 0
            if sign and not "".join(words[index + 1 : index + 2])[:1].isdigit():
                turned = (-sign if axis.binary else 0) if _denied(words, index) else sign
                said.append(_Said(word, turned, _beside(words, index, axis.reach, sided=axis.sided)))
    return tuple(map(tuple, found))


def _beside(words: Sequence[str], index: int, reach: int, *, sided: bool = False) -> frozenset[str]:
    """The terms nearest to a word, so many on either side, within its part of the sentence; marked with their side
    where that matters."""
    before: list[str] = []
    for word in reversed(words[:index]):
        if word in _BREAK or len(before) == reach:
            break
        before += [canonical(word)] if _names(word) else []
    after: list[str] = []
    for word in words[index + 1 :]:
        if word in _BREAK or len(after) == reach:
            break
        after += [canonical(word)] if _names(word) else []
    own = words[index].split("-")[1:] if words[index].startswith(("high-", "low-")) else []
    if own:
        return frozenset(map(canonical, own))
    sides = (f"<{term}" for term in before), (f">{term}" for term in after)
    return frozenset((*sides[0], *sides[1])) if sided else frozenset((*before, *after))


def _unsided(said: _Said) -> frozenset[str]:
    return frozenset(term.lstrip("<>") for term in said.beside)


def opposite(claim: str, sentences: Sequence[str]) -> tuple[str, str] | None:
    """The word of the claim and the opposite one that its sentences say of the same thing, or None."""
    theirs = [_said(sentence) for sentence in sentences]
    roots = set(map(root_of, _words(claim)))
    for axis, said in enumerate(_said(claim)):
        others = [other for sentence in theirs for other in sentence[axis]]
        for mine in said:
            near = [other for other in others if other.beside & mine.beside]
            if any(root_of(other.word) == root_of(mine.word) for other in near):
                continue  # the same word: whether it is denied is for `unmatched`
            near = [other for other in near if root_of(other.word) not in roots]
            if any(mine.sign == other.sign and _unsided(mine) & _unsided(other) for other in others):
                continue  # another sentence says the same of it
            if mine.sign and near and all(other.sign == -mine.sign for other in near):
                return mine.word, near[0].word
    return _prefixed(claim, sentences)


def _prefixed(claim: str, sentences: Sequence[str]) -> tuple[str, str] | None:
    """A word of one side with "un-", "in-" and the like, of which the other side has only the bare word."""
    mine = _words(claim)
    theirs = tuple(word for sentence in sentences for word in (*_words(sentence), "."))
    for here, there, is_claim in ((mine, theirs, True), (theirs, mine, False)):
        bare = {root_of(word) for word in there}
        plain = {root_of(word) for word in here}
        for index, word in enumerate(here):
            base = _base_of(word)
            if base is None or root_of(base) not in bare or root_of(base) in plain or root_of(word) in bare:
                continue
            at = next(place for place, other in enumerate(there) if root_of(other) == root_of(base))
            if _denied(here, index) or _denied(there, at):
                continue
            if not (there[at].startswith(base[:-1]) or base.startswith(there[at][:-1])):
                continue  # "stabilises" is not what "instability" denies
            if _beside(here, index, 3) & _beside(there, at, 3):
                return (word, there[at]) if is_claim else (there[at], word)
    return None


def _base_of(word: str) -> str | None:
    if word in _FALSE_PREFIX:
        return None
    return next((word[len(one) :] for one in _PREFIXES if word.startswith(one) and len(word) >= len(one) + 5), None)
