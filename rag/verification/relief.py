"""Relief: what a claim says relieves or provokes a complaint must be named, in that role, by a sentence that it cites.

A diagnosis can turn on this ("relieved by walking" against "provoked by walking, relieved by sitting"), and a model
that sees all the words there is easily misled. "Walking relieves it" and "relieved by walking" give walking the role;
"improves walking" does not. A sentence that tells of an effect on it in other words ("reduced pain") is left to the
model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.polarity import clauses, directions, negation_scopes
from rag.text import terms

_CUE = re.compile(
    r"\b(?:(?P<relieved>reliev(?:e[sd]?|ing)|relief|eas(?:e[sd]?|ing)|alleviat(?:e[sd]?|ing)"
    r"|improv(?:e[sd]?|ing|ement)|(?<!\bdid )(?<!\bdo )(?<!\bdoes )(?<!\bfared )better"
    r"|lessen(?:s|ed)?|resolve[sd]?|subside[sd]?|disappear(?:s|ed)?)"
    r"|provok(?:e[sd]?|ing)|worse(?:n(?:s|ed|ing)?)?|aggravat(?:e[sd]?|ing)|exacerbat(?:e[sd]?|ing)"
    r"|br(?:ought|ings?) on|comes? on)\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\s+(?:by|with|on|upon|from|when|while)\s+", re.IGNORECASE)
_MOVER_ENDS = re.compile(
    r"[,;:()]|\b(?:is|are|was|were|may|might|can|could|should|would|has|have|had|suggests?|points?|indicates?|means?"
    r"|makes?|and|or|in|of|for|to|but|than|which|that|who|rather|not|without)\b",
    re.IGNORECASE,
)
_MOVER_WORDS = 4
_LESSER = r"\b(?:reduc\w+|limit\w*|restrict\w*|decreas\w+|less|fewer) (?:(?!by\b|with\b|through\b|after\b)\w+ ){0,4}?"
_RELIEVING = {"relief": 1, "amount": -1, "effect": 1}
"""Which way each axis of direction points where something relieves: less pain, a better state, an effect."""


@dataclass(frozen=True, slots=True)
class _Move:
    """That something relieves (sign 1) or provokes (-1): `by` is all that may be it, `first` what comes first of it."""

    sign: int
    by: str
    first: str
    passive: bool


def relief_fault(claim: str, sentences: Sequence[str]) -> tuple[str, bool] | None:
    """What the claim says relieves or provokes, where no sentence says so or one nearer to the claim says the contrary.

    Of the claim only the passive is held against its sentences: "relieved by walking", "worse with sitting".

    Returns:
        The reason, and whether a sentence says the contrary; or None.
    """
    said = set(terms(claim))
    theirs = [
        (move.sign, set(terms(move.by)), len(said & set(terms(sentence))))
        for sentence in sentences
        for move in _moves(sentence)
    ]
    have = {term for sentence in sentences for term in terms(sentence)}
    for mine in _moves(claim):
        named = set(terms(mine.first))
        if not mine.passive or not named:
            continue
        alike = max((near for sign, by, near in theirs if sign == mine.sign and by & named), default=0)
        contrary = max((near for sign, by, near in theirs if sign != mine.sign and by & named), default=0)
        if alike > contrary:
            continue
        if contrary or theirs or not named & have or not _is_told(mine, said, sentences):
            verbs = ("relieves", "provokes") if mine.sign > 0 else ("provokes", "relieves")
            nearest = f"the cited sentence nearest to it says that “{mine.first}” {verbs[1]}"
            missing = f"no cited sentence says that “{mine.first}” {verbs[0]}"
            return (nearest if contrary else missing), bool(contrary)
    return None


def _is_told(mine: _Move, said: set[str], sentences: Sequence[str]) -> bool:
    """Whether a sentence may say it in other words ("reduced pain"): a direction that points so governs the name.

    It must share something else with the claim's terms, `said`; and "less walking" does not say that walking lessens.
    """
    named = set(terms(mine.first))
    less_of_it = re.compile(rf"{_LESSER}(?:{'|'.join(map(re.escape, mine.first.split()))})\b", re.IGNORECASE)
    return any(
        one.axis in _RELIEVING and one.sign * _RELIEVING[one.axis] == mine.sign and one.governs & named
        for sentence in sentences
        if set(terms(sentence)) & said - named
        for one in directions(less_of_it.sub(" ", sentence))
    )


def _moves(text: str) -> Iterator[_Move]:
    for clause in clauses(text):
        cues = list(_CUE.finditer(clause))
        denied = bool(negation_scopes(clause))
        for place, cue in enumerate(cues):
            end = cues[place + 1].start() if place + 1 < len(cues) else len(clause)
            passive = _PASSIVE.match(clause, cue.end())
            if passive:
                by = clause[passive.end() : end]
            else:
                by = clause[cues[place - 1].end() if place else 0 : cue.start()].rpartition(",")[2]
            first = " ".join(_MOVER_ENDS.split(by)[0].split()[:_MOVER_WORDS])
            if not denied:
                yield _Move(1 if cue["relieved"] else -1, by, first, bool(passive))
