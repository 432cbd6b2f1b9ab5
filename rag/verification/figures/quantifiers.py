"""How many, without a number: a claim may not say "few" of what its sentences say of most, nor the other way round.

It speaks up only where a claim has one of the two and its sentences have the other alone. "Few need imaging" follows
from "most do not need imaging", so a negation on one side alone is let pass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FEW = re.compile(
    r"\b(?:(?:very |only (?:a )?)?few(?! (?:days|weeks|months|years|hours|minutes))|hardly any|scarcely any"
    r"|(?:a|the|small) minority of|almost no|barely any)\b"
)
_MOST = re.compile(r"\b(?:most(?= (?:of )?(?:the )?[a-z-]+)|the majority of|a majority of|nearly all|almost all)\b")
_MOST_OF_ALL = re.compile(
    r"\b(?:the|at|at the|is|are|was|were|second|third) most\b|\bmost (?:common|frequent|often|likely|recent|effective"
    r"|important|probabl|severe|strongly|useful|widely|sensitive|specific|accurate)"
)
_NOT_FEW = re.compile(r"\b(?:a|quite a|not a) few\b")
_NEGATIVE = re.compile(
    r"\b(?:not|no|never|without|absent|lack\w*|unnecessary"
    r"|unneeded|needless|cannot|against|avoid\w*|free of|missing)\b|n't\b"
)
_CLAUSE = re.compile(r"[;.:](?: |$)| but | whereas | while ")


def _kind(clause: str) -> str | None:
    few = _FEW.search(_NOT_FEW.sub("", clause))
    most = _MOST.search(_MOST_OF_ALL.sub("", clause))
    if bool(few) == bool(most):
        return None
    return "few" if few else "most"


def _clauses(lower: str) -> list[tuple[str, bool]]:
    """Each clause's "few" or "most", where it has one, and whether the clause is negative."""
    kinds = ((_kind(clause), clause) for clause in _CLAUSE.split(lower))
    return [(kind, len(_NEGATIVE.findall(clause)) % 2 == 1) for kind, clause in kinds if kind]


def quantifier_fault(claim: str, sentences: Sequence[str]) -> str | None:
    """The reason, where a claim says "few" of what its sentences say "most" of, or the reverse. Texts in lower case."""
    mine = _clauses(claim)
    if len(mine) != 1:
        return None
    kind, negative = mine[0]
    theirs = [found for sentence in sentences for found in _clauses(sentence)]
    if not theirs or any(other == kind or denied != negative for other, denied in theirs):
        return None
    return f"says “{kind}”, the cited sentences say “{theirs[0][0]}”"
