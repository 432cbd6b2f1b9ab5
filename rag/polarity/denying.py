"""Denying: a claim that denies what its sentences say, or says what they deny, where no direction word carries it.

"Cats cannot catch the disease" against "cats are susceptible". Careful: only where the words of the claim are mostly
those of one clause, and only where the other side has no word at all that could be a denial in disguise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.polarity.cues import NEGATIONS, TRANSPARENT, cue_of, is_content, reworded, root_of
from rag.polarity.effects import canonical

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+|-[a-z0-9]{1,2}\b)*|[;:.!?,]")
_STOP = frozenset(". ; : ! ? but whereas although though while however despite yet".split())
_SCOPE_WORDS = 7
_COVERED = 0.4
_RIVAL = 0.4
_LEAST_TERMS = 2
_NEAR = 2
_DISGUISED = frozenset(
    "unlikely rarely rare seldom absent absence refute refutes refuted contrary instead against insufficient unclear "
    "unknown uncertain only few little poor poorly limited unable stop stopped stopping discontinue discontinued "
    "withdraw withdrawn withdrawal reject rejected deny denied false negative despite inactivated exclude excluded "
    "excludes exclusion outside beyond other than except unless until too controversial doubt doubtful questionable "
    "incomplete inconclusive missing lost stable constant mild asymptomatic impossible irrelevant separate "
    "different contrast opposed unexpectedly uncommon less least lowest zero dispensable "
    "fraction minority small moved moves former formerly previously replaced gave apart neither "
    "contradict contradicts similarly equally "
    "disprove disproved myth wrong mistaken erroneous overestimate underestimate".split()
)  # fmt: skip
BOUNDS = frozenset("short below under above over beyond exceed more less later earlier".split())
"""Words by which "none … below 30" says "all … 30 or more"."""
_PREFIX = re.compile(r"(?:un|non|dis|mis|ir|im|in)(?!der|it|dic|clu|ter|fluen|fect|creas|tens|volv|vestig|flamm"
r"|sul|hib)"
                     r"[a-z]{5,}|[a-z]{3,}less\Z")  # fmt: skip


class _Clause:
    __slots__ = ("bounded", "denied", "guarded", "terms")

    def __init__(self, words: Sequence[str]) -> None:
        self.terms = frozenset(map(canonical, filter(_names, words)))
        denied: set[str] = set()
        for index, word in enumerate(words):
            if word in NEGATIONS and not _restricts(words, index):
                scope = words[index + 1 : index + 1 + _SCOPE_WORDS]
                scope = scope[: scope.index(",")] if "," in scope else scope
                denied.update(map(canonical, filter(_names, scope)))
        self.denied = frozenset(denied)
        self.bounded = not BOUNDS.isdisjoint(words)
        self.guarded = any(map(may_deny, words))


def _restricts(words: Sequence[str], index: int) -> bool:
    """Whether a negation only narrows a noun or a condition ("air that is not fresh", "if not"), or opens a contrast
    ("but not in")."""
    ahead = words[max(0, index - 2) : index]
    return (not ahead and index == 0 and words[1:2] != ["evidence"] and words[0] == "not") or bool(
        {"that", "which", "who", "if", "when"} & set(ahead)
        and not {"found", "showed"} & set(words[max(0, index - 3) : index])
    )


def _names(word: str) -> bool:
    return word[0].isalpha() and is_content(word) and word not in NEGATIONS and root_of(word) not in TRANSPARENT


def may_deny(word: str) -> bool:
    """Whether a word denies, or could be a denial in disguise: "rarely", "excluded", "unaffected"."""
    cue = cue_of(word, root_of(word))
    lowers = cue is not None and (cue.sign < 0 or (cue.axis == "amount" and cue.sign == 0))
    return lowers or word in NEGATIONS or word in _DISGUISED or bool(_PREFIX.match(word))


@lru_cache(maxsize=4096)
def _clauses(text: str) -> tuple[_Clause, ...]:
    words = _WORD.findall(reworded(text))[:3000]
    found, start = [], 0
    for index, word in enumerate([*words, "."]):
        if word in _STOP:
            if index > start:
                found.append(_Clause(words[start:index]))
            start = index + 1
    return tuple(found)


def denial(claim: str, sentences: Sequence[str]) -> tuple[bool, frozenset[str]] | None:
    """Whether the claim denies (True) or drops a denial (False), with the terms denied; None where neither is sure."""
    mine = _clauses(claim)
    theirs = [clause for sentence in sentences for clause in _clauses(sentence)]
    claimed = frozenset[str]().union(*(clause.terms for clause in mine))
    if len(claimed) < _LEAST_TERMS or not theirs:
        return None
    said = frozenset[str]().union(*(clause.terms for clause in theirs))
    denied = frozenset[str]().union(*(clause.denied for clause in mine))
    near = [clause for clause in theirs if len(clause.terms & claimed) >= _NEAR]
    bounded = any(clause.bounded for clause in mine)
    if denied and near and not bounded and not any(clause.guarded for clause in near):
        covered = max(len(claimed & clause.terms) for clause in theirs)
        if denied & said and covered >= _COVERED * len(claimed):
            return True, denied & said
        return None
    if any(clause.guarded for clause in mine):
        return None
    return _dropped(claimed, theirs)


def _dropped(claimed: frozenset[str], theirs: Sequence[_Clause]) -> tuple[bool, frozenset[str]] | None:
    best = max(theirs, key=lambda clause: len(claimed & clause.terms))
    rivals = (len(claimed & clause.terms) for clause in theirs if not clause.guarded)
    if max(rivals, default=0) >= _RIVAL * len(claimed):
        return None
    shared = best.denied & claimed
    if (
        len(shared) >= min(2, len(best.denied))
        and shared
        and len(claimed & best.terms) >= _COVERED * len(claimed)
        and len(shared) * 2 >= len(best.denied)
    ):
        return False, shared
    return None
