"""An answer as JSON of the schema `sourcebound.answer/1`, which docs/answer-schema.md describes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rag.answer import PARTS, Answer, Claim, NotCovered, NotFound, OptionStance, Reference, Withheld
from rag.rendering.glossary import explanations
from rag.rendering.parity import alike_for, content_of, reworded_figures
from rag.rendering.wording import DISCLAIMER
from rag.types import Source

SCHEMA = "sourcebound.answer/1"


def claim_record(claim: Claim) -> dict[str, Any]:
    """A claim as plain values."""
    return {
        "claim_id": claim.claim_id,
        "type": claim.type,
        "text": claim.text,
        "topic": claim.topic,
        "relation": claim.relation,
        "citations": [asdict(citation) for citation in claim.citations],
        "verdict": asdict(claim.verdict),
    }


def _option(stance: OptionStance) -> dict[str, Any]:
    return {
        "option": stance.option,
        "stance": stance.stance,
        "citations": [asdict(citation) for citation in stance.citations],
        "reason": stance.reason,
        "score": stance.score,
    }


def _withheld(withheld: Withheld) -> dict[str, Any]:
    return {"claim": claim_record(withheld.claim), "reason": withheld.reason}


def _not_found(missing: NotFound) -> dict[str, Any]:
    return {
        "topic": missing.topic,
        "kind": missing.kind,
        "text": missing.text,
        "searched": asdict(missing.searched),
    }


def _not_covered(gap: NotCovered, answer: Answer) -> dict[str, Any]:
    numbers = {reference.source.source_id: reference.number for reference in answer.references}
    sources = [numbers[source_id] for source_id in gap.sources]
    return {"population": gap.population, "text": gap.text, "sources": sources}


def source_fields(source: Source) -> dict[str, Any]:
    """The bibliographic fields of a source, as references list them."""
    names = [
        "source_id",
        "kind",
        "title",
        "organisation",
        "authors",
        "journal",
        "year",
        "doi",
        "pmid",
        "url",
        "study_type",
        "population",
        "n",
        "strength",
        "status",
        "text_type",
    ]
    fields = {name: getattr(source, name) for name in names}
    return fields | {
        "notices": [asdict(notice) for notice in source.notices],
        "notices_checked": source.notices_checked,
    }


def _reference(reference: Reference) -> dict[str, Any]:
    return {"number": reference.number, **source_fields(reference.source)}


def _content(answer: Answer) -> dict[str, Any]:
    return asdict(content_of(answer)) | {
        "reworded_figures": [asdict(one) for one in reworded_figures(answer)],
        "alike_for": alike_for(answer),
    }


def _explanations(answer: Answer) -> list[dict[str, str]]:
    texts = [claim.text for part in PARTS for claim in answer.part(part)] if answer.audience == "patient" else []
    return [{"term": one.term, "text": one.text} for one in explanations(texts)]


def answer_record(answer: Answer) -> dict[str, Any]:
    """The answer as plain values."""
    return {
        "schema": SCHEMA,
        "outcome": answer.outcome,
        "abstention_reason": answer.abstention_reason,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "audience": answer.audience,
        **{part: [claim_record(claim) for claim in answer.part(part)] for part in PARTS},
        "content": _content(answer),
        "explanations": _explanations(answer),
        "options": [_option(stance) for stance in answer.options],
        "not_found": [_not_found(missing) for missing in answer.not_found],
        "not_covered": [_not_covered(one, answer) for one in answer.not_covered],
        "withheld": [_withheld(withheld) for withheld in answer.withheld],
        "left_out": [asdict(left_out) for left_out in answer.left_out],
        "cut": [asdict(cut) for cut in answer.cut],
        "incomplete": answer.incomplete,
        "references": [_reference(reference) for reference in answer.references],
        "status": answer.status,
        "provenance": asdict(answer.provenance),
        "disclaimer": DISCLAIMER[answer.audience],
    }


def to_json(answer: Answer) -> str:
    """The answer as indented JSON text."""
    return json.dumps(answer_record(answer), ensure_ascii=False, indent=2)
