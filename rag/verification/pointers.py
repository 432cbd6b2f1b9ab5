"""Pointers: each must name a sentence of this request's evidence, of the kind that the claim's part may cite, from a
source that may be cited."""

from __future__ import annotations

from rag.answer import LANES, WITHIN_ONE_KIND, DraftClaim
from rag.evidence import Evidence
from rag.lives import current_successors
from rag.verification.objections import Objection

_LANE_NAME = {"guidelines": "a guideline claim", "research": "a research claim"}


def pointer_objection(claim: DraftClaim, evidence: Evidence) -> Objection | None:
    """What is wrong with a claim's pointers, or None."""
    if claim.type == "absence" and claim.pointers:
        return Objection("absence_with_citation", f"says that something is absent, but cites {_listed(claim.pointers)}")
    if not claim.pointers:
        return Objection("no_pointer", "cites nothing")
    invented = [label for label in claim.pointers if label not in evidence.sentences]
    if invented:
        return Objection("invented_pointer", f"cites {_listed(invented)}, which is no sentence of the evidence")
    return _life_objection(claim, evidence) or _lane_objection(claim, evidence)


def may_be_cited(source_id: str, evidence: Evidence) -> bool:
    """Whether a source is neither retracted nor superseded by a current one."""
    return _ended(source_id, evidence) is None


def _ended(source_id: str, evidence: Evidence) -> str | None:
    source = evidence.sources[source_id]
    if source.status == "retracted":
        return "retracted"
    successors = current_successors(source, evidence.sources) if source.status == "superseded" else ()
    return f"superseded by {_listed(successors)}" if successors else None


def _life_objection(claim: DraftClaim, evidence: Evidence) -> Objection | None:
    for label in claim.pointers:
        ended = _ended(evidence.sentences[label].source_id, evidence)
        if ended:
            return Objection("lifecycle", f"cites {label} of {evidence.sentences[label].source_id}, which is {ended}")
    return None


def _lane_objection(claim: DraftClaim, evidence: Evidence) -> Objection | None:
    kinds = {evidence.sentences[label].kind for label in claim.pointers}
    outside = kinds - LANES[claim.part]
    if outside:
        wrong = [label for label in claim.pointers if evidence.sentences[label].kind in outside]
        of_kind = "/".join(sorted(outside))
        return Objection("wrong_lane", f"{_LANE_NAME[claim.part]} cites {_listed(wrong)}, a sentence of {of_kind}")
    if claim.relation in WITHIN_ONE_KIND:
        return None if len(kinds) == 1 else Objection("wrong_lane", "compares sources of one kind, but cites both")
    if claim.part == "agreement" and kinds != LANES["agreement"]:
        return Objection("wrong_lane", "says how guidelines and research compare, but cites only one of them")
    return None


def _listed(labels: tuple[str, ...] | list[str]) -> str:
    return ", ".join(labels)
