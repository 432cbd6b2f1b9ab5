"""Advice: whether a text says to do a thing or to leave it, and a claim that advises the reverse of its sentences.

An advice is a word such as "should" or "recommends" with its negation and with what is to be done: to advise stopping
is to advise against. Texts with "unless" or "only" are left alone where they differ: a ban with an exception is a
permission with a condition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.polarity.cues import TRANSPARENT, cue_of, is_content, reworded, root_of
from rag.polarity.effects import canonical

_VERB = (
    r"recommend(?:s|ed|ing)?|advis(?:e|es|ed|ing)|suggest(?:s|ed|ing)?(?! that| an?\b)|endors(?:e|es|ed)"
    r"|advocat(?:e|es|ed)|propos(?:e|es|ed)|indicated|prefer(?:s|red)?|offer(?:s|ed)?"
)
_MARK = re.compile(
    rf"(?<![\w-])(?:(?P<disadvised>disadvised)|(?P<against>avoid(?:s|ed|ing)?|noevidence|contraindicat\w+|inadvisable|discourag\w+)"
    rf"|(?P<modal>should|must|ought|is to be|are to be|needs? to be)"
    rf"|(?P<reason>reasons? to)|recommendations? (?=to|for|is)|(?P<may>may|can)(?! have)|(?P<verb>{_VERB}))(?!\w)"
)
_DENIED = re.compile(
    r"(?:\bnot|\bnever|\bnowhere|\bno longer|\bnor|\bneither|n't|\bno|\bstopped|\bceased|\bwrong|\buntrue)"
    r"(?: (?:be|been|being|a|an|any|to|strongly|conditionally|routinely|generally|therefore|it|that|is|are|he|she"
    r"|they))*\s*$"
)
_DENIED_AFTER = re.compile(
    r"^(?:, \w+,)?\s*(?:not|never|neither|nowhere|no longer)\b|^[^,;]*?\b(?:not|never) (?:to|be)\b"
)
_NONE = re.compile(r"\W*(?:no|none|nobody|neither)\b(?! (?:more|less|later|matter|longer))")
_BOUND = re.compile(
    r"\s*(?:not |never )?(?:be )?(?:go |rise |fall |drop )?(?:exceed|beyond|above|below|over|under|surpass|more"
    r"|higher)\b"
)
_LEFT = re.compile(
    r"\b(?:stop(?:s|ped|ping)?|discontinu\w+|withdraw\w*|withh[eo]ld\w*|halt(?:ed|ing)?|ceas(?:e|ed|ing)|omit\w*"
    r"|delay(?:ed|ing)?|defer\w*|postpon\w+|refrain\w*|com(?:e|ing) off|tak(?:en|e|ing) off|avoid\w*|noevidence)\b"
)
_ASIDE = re.compile(r"\b(?:without|but|rather|instead|better|disadvised)\b")
_PART = re.compile(r",|\band\b")
_IN_WHOM = re.compile(r"\b(?:with|without|who|whom|whose|where|when|if|ha[sd]|have|despite|having)\b[^,;]{0,80}$")
_EXCEPTION = re.compile(r"\b(?:unless|only|until|except|solely|alone)\b")
_SENTENCE = re.compile(r"[.;:!?](?:\s+|$)")
_WORDS = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ACTION_WORDS = 3
_LEAST_SHARED = 2
_LEAST_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Advice:
    """One advice: 1 to do, -1 to leave, the terms of its part of the sentence, and its word."""

    sign: int
    about: frozenset[str]
    word: str
    excepted: bool


@lru_cache(maxsize=4096)
def advice_of(text: str) -> tuple[Advice, ...]:
    """What a text advises, in order. An advice reaches from the one before it to the one after it."""
    found: list[Advice] = []
    for sentence in _SENTENCE.split(reworded(text)):
        marks = list(_MARK.finditer(sentence))[:20]
        for index, mark in enumerate(marks):
            begin = marks[index - 1].end() if index else 0
            end = marks[index + 1].start() if index + 1 < len(marks) else len(sentence)
            one = _advice(sentence, mark, begin, end)
            if one is not None:
                found.append(one)
    return tuple(found)


def _advice(sentence: str, mark: re.Match[str], begin: int, end: int) -> Advice | None:
    before, after = sentence[begin : mark.start()], sentence[mark.end() : end]
    if begin:
        before = _PART.split(before)[-1]
    if mark["against"] and mark["against"].startswith("contraindic") and _IN_WHOM.search(before):
        return None  # who is meant, not what is advised
    if mark["against"] and (re.search(r"\bto\s*$", before) or begin):
        return None  # "to avoid bleeding" is a purpose, "should be avoided" is read with "should"
    none = not begin and _NONE.match(before)
    denied = (bool(_DENIED.search(before)) != bool(_DENIED_AFTER.search(after))) != bool(none)
    if denied and _BOUND.match(after):
        return None  # "should not exceed 40 mg" is a figure
    rest = _WORDS.findall(re.sub(r"\b(?:not|never|no longer)\b", " ", sentence[mark.end() : mark.end() + 80]))
    if mark["may"] and _moves(rest):
        return None
    left = bool(_LEFT.search(" ".join(rest[:_ACTION_WORDS])))
    sign = -1 if bool(mark["against"] or mark["disadvised"]) != denied else 1
    about = frozenset(map(canonical, filter(_names, _WORDS.findall(f"{before} {_ASIDE.split(after)[0]}"))))
    shown = " ".join(sentence[max(0, mark.start() - 6 if denied else mark.start()) : mark.end()].split())
    return Advice(-sign if left else sign, about, shown, bool(_EXCEPTION.search(sentence)))


def _moves(rest: Sequence[str]) -> bool:
    """Whether what follows "may" is what happens rather than what is done: a direction, or no verb of choice."""
    verbs = [word for word in rest[:4] if word not in {"be", "also", "not", "have", "initially"}][:1]
    return (
        not verbs
        or cue_of(verbs[0], root_of(verbs[0])) is not None
        or not re.match(
            r"select|choose|chosen|us(?:e|ed)\b|giv|offer|start|stop|consider|tak|receiv|the\b|continu|add", verbs[0]
        )
    )


def _names(word: str) -> bool:
    root = root_of(word)
    return is_content(word) and len(word) > 1 and root not in TRANSPARENT and not _MARK.fullmatch(word)


def other_advice(claim: str, sentences: Sequence[str]) -> tuple[str, str, frozenset[str]] | None:
    """The words of the claim and of its sentences where it advises the reverse, with what both speak of; or None.

    An advice is held against the one of the sentences that shares most terms with it.
    """
    theirs = [advice for sentence in sentences for advice in advice_of(sentence)]
    for mine in advice_of(claim):
        shared = [(len(mine.about & other.about), other) for other in theirs]
        most = max((count for count, _ in shared), default=0)
        best = [other for count, other in shared if count == most]
        if most < max(min(_LEAST_SHARED, len(mine.about)), _LEAST_SHARE * len(mine.about), 1):
            continue
        if all(other.sign != mine.sign and other.excepted is mine.excepted for other in best):
            return mine.word, best[0].word, mine.about & best[0].about
    return None
