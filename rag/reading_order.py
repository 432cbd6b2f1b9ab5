"""Reading order: how the claims of a half follow one another, and that none is said twice.

The order of the topics, and which claim of a topic comes first, is relevance: the composer's word, which nothing here
overrules. What follows that first claim is put by strength, as the claim itself states it, and by year, as far as that
puts no claim before one that has more of what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer import DraftClaim, Part, Verdict, Verification
from rag.evidence import Evidence
from rag.text import wide_terms

Passed = tuple[DraftClaim, Verdict]
_HALVES: frozenset[Part] = frozenset(("guidelines", "research"))
_CLASS = r"(?<!NYHA )(?<!functional )\bclass "
_STRONG = re.compile(
    rf"\bstrong(?:ly)? (?:recommend\w*|advis\w*|against)|{_CLASS}(?:I|III|1|3)\b|\bgrade (?:A|1[A-C])\b|\(strong\b"
)
_CONDITIONAL = re.compile(
    rf"\b(?:conditional|weak)(?:ly)? (?:recommend\w*|against)|{_CLASS}(?:II|2)[ab]?\b"
    r"|\bgrade (?:[B-D]|2[A-C])\b|\((?:conditional|weak)\b"
)


def strength_rank(text: str) -> int:
    """0 of a claim that states a strong recommendation, for or against; 2 of a conditional one; 1 where none is stated.

    Issuers grade by scales of their own, so only the two ends are told apart; one that does not grade is not taken for
    weak.
    """
    if _STRONG.search(text):
        return 0
    return 2 if _CONDITIONAL.search(text) else 1


def in_reading_order(verification: Verification, evidence: Evidence) -> Verification:
    """The verification with the claims of each half, within a topic, in reading order, and no repeats.

    The first claim of a topic stays first. The others are ranked: what recommends, finds or defines before background,
    the stronger before the weaker, the newer before the older. None goes before one that the composer put ahead of it
    and that has more of the question's words. Ordering twice changes nothing.
    """
    passed = _without_repeats(verification.passed)
    places: dict[tuple[Part, str | None], list[int]] = {}
    for place, (claim, _) in enumerate(passed):
        if claim.part in _HALVES:
            places.setdefault((claim.part, claim.topic), []).append(place)
    ordered = list(passed)
    for own in places.values():
        for place, one in zip(own[1:], _by_rank([passed[place] for place in own[1:]], evidence), strict=True):
            ordered[place] = one
    return Verification(tuple(ordered), verification.failed, verification.absences)


def _by_rank(passed: Sequence[Passed], evidence: Evidence) -> list[Passed]:
    """Again and again the best ranked of those that wait for no claim with more of what was asked."""
    waiting = [(_rank(one[0], evidence), _share_of_question(one[0], evidence), one) for one in passed]
    ordered = []
    while waiting:
        most = 0.0
        free = []
        for place, (rank, share, _) in enumerate(waiting):
            if share >= most:
                free.append((rank, place))
            most = max(most, share)
        ordered.append(waiting.pop(min(free)[1])[2])
    return ordered


def _rank(claim: DraftClaim, evidence: Evidence) -> tuple[bool, int, int]:
    cited = [evidence.sentences[label].source_id for label in claim.pointers if label in evidence.sentences]
    newest = max((evidence.sources[source_id].year for source_id in cited), default=0)
    return claim.type == "background", strength_rank(claim.text), -newest


def _share_of_question(claim: DraftClaim, evidence: Evidence) -> float:
    """The weight of those of the question's words that a claim has, by the query for its topic."""
    of_topic = [found for found in evidence.found if found.query.topic == claim.topic] or evidence.found
    weights = of_topic[0].term_weights if of_topic else {}
    have = set(wide_terms(claim.text))
    return sum(weight for term, weight in weights.items() if term in have)


def _without_repeats(passed: Sequence[Passed]) -> list[Passed]:
    """A claim that a part already has on the topic, word for word, is left out where it cites nothing further."""
    kept: list[Passed] = []
    for claim, verdict in passed:
        said = [one for one, _ in kept if _words(one) == _words(claim)]
        if not any(set(claim.pointers) <= set(one.pointers) for one in said):
            kept.append((claim, verdict))
    return kept


def _words(claim: DraftClaim) -> tuple[Part, str | None, str]:
    return claim.part, claim.topic, " ".join(claim.text.lower().split()).rstrip(".")
