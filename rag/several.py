"""Several questions in one: each is answered under a topic of its own, and what was found and verified is put together.

Nothing is chosen, worded or judged here, and nothing is lost: a question that nothing answers keeps its absences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answer import Draft, DraftClaim, Verdict, Verification
from rag.evidence import Evidence, Found, SearchRecord
from rag.fixed_words import WHOLE, capital
from rag.types import KINDS, Kind

_IN_SHORT = 2
"""Claims of one of several questions that stand in the short answer, of those that a half has too."""


def under_topic(topic: str | None, verification: Verification) -> Verification:
    """The verification with the claims that have no topic put under one; as it is where there is none.

    Of claims that a half has too, two stay in the short answer.
    """
    if topic is None:
        return verification
    halves = {claim.text for claim, _ in verification.passed if claim.part in ("guidelines", "research")}
    passed: list[tuple[DraftClaim, Verdict]] = []
    short = 0
    for claim, verdict in verification.passed:
        repeated = claim.part == "short_answer" and claim.text in halves
        short += repeated
        if not repeated or short <= _IN_SHORT:
            passed.append((_under(topic, claim), verdict))
    failed = tuple((_under(topic, claim), verdict) for claim, verdict in verification.failed)
    return Verification(tuple(passed), failed, verification.absences)


def _under(topic: str, claim: DraftClaim) -> DraftClaim:
    if claim.topic is not None:
        return claim
    whole = f"{capital(WHOLE)}:"
    fixed = claim.relation is not None and claim.text.startswith(whole)
    return replace(claim, topic=topic, text=f"{capital(topic)}:{claim.text[len(whole) :]}" if fixed else claim.text)


def joined(parts: Sequence[tuple[Draft, Verification]]) -> tuple[Draft, Verification]:
    """The drafts of several questions as one, and their verifications."""
    draft, verification = parts[0]
    for more, checked in parts[1:]:
        draft, verification = draft.with_piece(more), verification.with_piece(checked)
    return draft, verification


def merged(parts: Sequence[Evidence], topics: Sequence[str | None]) -> Evidence:
    """What was found for several questions as one, each under its topic; the labels are those of the last, which knows
    all before it."""
    if len(parts) == 1:
        return parts[0]
    found = tuple(_of_topic(one, topic) for part, topic in zip(parts, topics, strict=True) for one in part.found)
    cut = {label: why for part in parts for label, why in part.cut.items()}
    return replace(
        parts[-1],
        found=found,
        left_out=tuple({one.source_id: one for part in parts for one in part.left_out}.values()),
        searched={kind: _searched(parts, kind) for kind in KINDS},
        unknown_words=tuple(dict.fromkeys(word for part in parts for word in part.unknown_words)),
        earlier=parts[-1].found_sentences,
        cut=cut,
    )


def _of_topic(found: Found, topic: str | None) -> Found:
    return found if found.query.topic else replace(found, query=replace(found.query, topic=topic))


def _searched(parts: Sequence[Evidence], kind: Kind) -> SearchRecord:
    queries = tuple(dict.fromkeys(query for part in parts for query in part.searched[kind].queries))
    seen = {scored.hit.passage.passage_id for part in parts for one in part.found for scored in one.hits.get(kind, ())}
    return SearchRecord(parts[0].searched[kind].index, queries, len(seen))
