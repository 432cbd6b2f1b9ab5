"""The evidence behind an answer as a FHIR R5 document: a `Composition` of its parts, an `Evidence` for each statement
that cites, and a `Citation` for each reference; built and validated with fhir.resources.

Nothing is coded that the answer does not have: no statistic, no grade of certainty, no population but one that a source
states. docs/exports.md has the mapping.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from rag.answer import PARTS, Answer, Citation, Claim, Part, Status
from rag.errors import RagError
from rag.rendering.fhir_citation import citation_of
from rag.rendering.json_format import to_json
from rag.rendering.outline import Block, Line, made_from, outline, reference_text
from rag.rendering.plain import plain, plain_line
from rag.rendering.wording import SUPPORT, Signed, status_text
from rag.types import Source

if TYPE_CHECKING:
    from fhir.resources.bundle import Bundle
    from fhir.resources.evidence import Evidence

_ROLE = "http://terminology.hl7.org/CodeSystem/variable-role"
_ROOT = uuid5(NAMESPACE_URL, "sourcebound.answer/1")
_SUPPORT = (
    "Support of this statement by the words that it cites, as the verifier found it. "
    "It says nothing of how certain the evidence is."
)
_NOT_MODELLED = "The statement is text. Its population, exposure and outcome are not modelled."


@dataclass(frozen=True, slots=True)
class _Names:
    """The addresses of the resources of one answer: the same answer gives the same ones."""

    root: UUID

    def url(self, *parts: str) -> str:
        """The address of the resource with these names."""
        return uuid5(self.root, "/".join(parts).encode("utf-8", "replace").decode()).urn


def to_fhir(answer: Answer, *, signed: Signed | None = None) -> str:
    """The document as indented JSON.

    Raises:
        RagError: it does not validate; nothing invalid is ever given out.
    """
    return bundle_of(answer, signed=signed).model_dump_json(indent=2) + "\n"


def bundle_of(answer: Answer, *, signed: Signed | None = None) -> Bundle:
    """The document, validated.

    Raises:
        RagError: it does not validate.
    """
    from fhir.resources.bundle import Bundle
    from pydantic import ValidationError

    names = _Names(uuid5(_ROOT, hashlib.sha256(to_json(answer).encode("utf-8", "replace")).hexdigest()))
    instant = _instant(answer.provenance.created_at)
    try:
        entries = [
            {"fullUrl": url, "resource": resource} for url, resource in _resources(answer, names, instant, signed)
        ]
        return Bundle.model_validate(
            {
                "type": "document",
                "identifier": {"system": "urn:ietf:rfc:3986", "value": names.root.urn},
                "timestamp": instant,
                "entry": entries,
            }
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RagError("the answer does not fit FHIR R5", value=f"{where}: {first['msg']}") from error


def _resources(answer: Answer, names: _Names, instant: str, signed: Signed | None) -> Iterator[tuple[str, Any]]:
    """The composition first, then the evidence in reading order, then the citations by their numbers."""
    from fhir.resources.composition import Composition

    yield names.url("Composition"), Composition.model_validate(_composition(answer, names, instant, signed))
    sources = {one.source.source_id: one.source for one in answer.references}
    for claim in _stated(answer):
        approved = (signed.status if signed else answer.status) == "approved"
        yield names.url("Evidence", claim.claim_id), _evidence(claim, sources, names, instant, approved=approved)
    for source_id, source in sources.items():
        yield names.url("Citation", source_id), citation_of(source, instant)


def _stated(answer: Answer, parts: Sequence[Part] = PARTS) -> tuple[Claim, ...]:
    """The claims that cite, each once."""
    found = {claim.claim_id: claim for part in parts for claim in answer.part(part) if claim.citations}
    return tuple(found.values())


def _instant(created_at: str) -> str:
    """When the answer was made, with its time zone, which an instant must have."""
    try:
        made = datetime.fromisoformat(created_at)
    except ValueError as error:
        raise RagError("the time of the answer cannot be read", value=created_at) from error
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def _composition(answer: Answer, names: _Names, instant: str, signed: Signed | None) -> dict[str, Any]:
    status: Status = signed.status if signed else answer.status
    attester = _attester(signed) if signed and signed.status == "approved" else None
    return {
        "status": "final" if status == "approved" else "preliminary",
        "type": {"text": "Answer to a clinical question, bound to the words of its sources"},
        "date": instant,
        "author": [{"display": f"Sourcebound {answer.provenance.program_version}"}],
        "title": plain_line(answer.question),
        "note": [{"text": plain_line(status_text(answer, signed))}, {"text": plain_line(made_from(answer))}],
        "section": [_section(block, answer, names) for block in outline(answer, long=True, signed=signed)],
    } | ({"attester": [attester]} if attester else {})


def _attester(signed: Signed) -> dict[str, Any]:
    mode = {"system": "http://hl7.org/fhir/composition-attestation-mode", "code": "professional"}
    party = {"party": {"display": plain_line(signed.reviewer)}} if signed.reviewer else {}
    return {"mode": {"coding": [mode]}} | party | ({"time": signed.at} if signed.at else {})


def _section(block: Block, answer: Answer, names: _Names) -> dict[str, Any]:
    lines = "".join(f"<li>{_shown(line)}</li>" for line in block.lines)
    narrative = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{lines}</ul></div>'}
    if block.name == "references":
        urls = [names.url("Citation", one.source.source_id) for one in answer.references]
    else:
        shown = dict.fromkeys(line.claim.claim_id for line in block.lines if line.claim and line.claim.citations)
        urls = [names.url("Evidence", claim_id) for claim_id in shown]
    entries = {"entry": [{"reference": url} for url in urls]} if urls else {}
    return {"title": block.heading, "text": narrative} | entries


def _shown(line: Line) -> str:
    marks = "".join(f" [{number}]" for number in line.numbers)
    text = f"{line.numbers[0]}. {line.text}" if line.kind == "reference" else f"{line.text}{marks}"
    return escape(plain_line(f"{text}{f' ({line.detail})' if line.detail else ''}"), quote=False)


def _evidence(claim: Claim, sources: Mapping[str, Source], names: _Names, instant: str, *, approved: bool) -> Evidence:
    from fhir.resources.evidence import Evidence

    cited = [sources[source_id] for source_id in dict.fromkeys(one.source_id for one in claim.citations)]
    text = plain(claim.text)
    fields = {
        "identifier": [{"value": plain_line(claim.claim_id)}],
        "status": "active" if approved else "draft",
        "date": instant,
        "title": plain_line(claim.text),
        "description": text,
        "assertion": text,
        "relatedArtifact": [_quoted(citation, sources, names) for citation in claim.citations],
        "variableDefinition": _variables(cited),
        "certainty": [_certainty(claim)],
        "note": [{"text": f"Type of statement: {claim.type}."}],
    }
    designs = list(dict.fromkeys(plain_line(source.study_type) for source in cited if source.study_type))
    return Evidence.model_validate(fields | ({"studyDesign": [{"text": one} for one in designs]} if designs else {}))


def _quoted(citation: Citation, sources: Mapping[str, Source], names: _Names) -> dict[str, Any]:
    """The quote for people in `display`, and to the byte, with the place where it stands, as a document."""
    words = citation.quote.encode("utf-8", "replace")
    place = f"{citation.source_id}, characters {citation.start} to {citation.end}"
    return {
        "type": "supported-with",
        "label": str(citation.number),
        "display": plain_line(f"“{citation.quote}”"),
        "citation": plain_line(reference_text(sources[citation.source_id])),
        "resourceReference": {"reference": names.url("Citation", citation.source_id)},
        "document": {
            "contentType": "text/plain; charset=utf-8",
            "data": base64.b64encode(words).decode("ascii"),
            "title": plain_line(place),
        },
    }


def _variables(cited: Iterable[Source]) -> list[dict[str, Any]]:
    """R5 asks for at least one variable: the populations that the sources state, or the word that there is none."""
    role = {"coding": [{"system": _ROLE, "code": "population", "display": "population"}]}
    stated = [
        {
            "description": plain_line(source.population),
            "variableRole": role,
            "note": [{"text": plain_line(f"As the record of {source.source_id} states it. {_NOT_MODELLED}")}],
        }
        for source in cited
        if source.population
    ]
    return stated or [{"description": _NOT_MODELLED, "variableRole": {"text": "not modelled"}}]


def _certainty(claim: Claim) -> dict[str, Any]:
    verdict = claim.verdict
    score = "" if verdict.score is None else f" Probability of support by the entailment model: {verdict.score:.2f}."
    return {
        "type": {"text": _SUPPORT},
        "rating": {"text": SUPPORT[verdict.support]},
        "rater": plain_line(verdict.verifier),
        "note": [{"text": plain_line(f"{verdict.reason}.{score}")}],
    }


def answers_to_fhir(answers: Sequence[Answer]) -> str:
    """The answers of a conversation: a collection of their documents."""
    from fhir.resources.bundle import Bundle

    documents = [json.loads(to_fhir(answer)) for answer in answers]
    entries = [{"fullUrl": one["identifier"]["value"], "resource": one} for one in documents]
    return Bundle.model_validate({"type": "collection", "entry": entries}).model_dump_json(indent=2) + "\n"
