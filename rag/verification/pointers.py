"""Pointers: each must name a sentence of this request's evidence, of the kind that the claim's part may cite."""

from __future__ import annotations

from rag.answer import LANES, WITHIN_ONE_KIND, DraftClaim
from rag.evidence import Evidence

_LANE_NAME = {"guidelines": "a guideline claim", "research": "a research claim"}


def pointer_fault(claim: DraftClaim, evidence: Evidence) -> str | None:
    """What is wrong with a claim's pointers, or None."""
    if not claim.pointers:
        return "cites nothing"
    invented = [label for label in claim.pointers if label not in evidence.sentences]
    if invented:
        return f"cites {', '.join(invented)}, which is no sentence of the evidence"
    kinds = {evidence.sentences[label].kind for label in claim.pointers}
    outside = kinds - LANES[claim.part]
    if outside:
        wrong = [label for label in claim.pointers if evidence.sentences[label].kind in outside]
        return f"{_LANE_NAME[claim.part]} cites {', '.join(wrong)}, a sentence of {'/'.join(sorted(outside))}"
    if claim.relation in WITHIN_ONE_KIND:
        return None if len(kinds) == 1 else "compares sources of one kind, but cites both"
    if claim.part == "agreement" and kinds != LANES["agreement"]:
        return "says how guidelines and research compare, but cites only one of them"
    return None
