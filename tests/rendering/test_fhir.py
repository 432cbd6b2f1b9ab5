"""The evidence as a FHIR R5 document: valid, complete, with no more than the answer has."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.bundle import Bundle
from lxml import etree

from rag.answer import PARTS, Answer, Reference
from rag.errors import RagError
from rag.pipeline import AnswerPipeline
from rag.rendering.fhir import answers_to_fhir, to_fhir
from rag.rendering.plain import plain_line
from rag.rendering.wording import Signed
from rag.types import Notice, Source

QUESTION = "Is buttock pain relieved by walking related to Takayasu arteritis or lumbar spinal stenosis?"


def resources(text: str, kind: str) -> list[dict[str, Any]]:
    found = [entry["resource"] for entry in json.loads(text)["entry"]]
    return [one for one in found if one["resourceType"] == kind]


def references_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [one for inner in value.values() for one in references_in(inner)]
    return [one for inner in value for one in references_in(inner)] if isinstance(value, list) else []


@pytest.fixture(scope="module")
def answer(real_pipeline: AnswerPipeline) -> Answer:
    return real_pipeline.ask(QUESTION)


def test_it_is_a_valid_document_that_comes_back_the_same(answer: Answer) -> None:
    text = to_fhir(answer)
    bundle = Bundle.model_validate_json(text)
    assert json.loads(bundle.model_dump_json()) == json.loads(text)
    record = json.loads(text)
    assert (record["type"], record["timestamp"][-1]) == ("document", "Z")
    assert record["identifier"]["system"] == "urn:ietf:rfc:3986"
    assert record["entry"][0]["resource"]["resourceType"] == "Composition"


def test_every_reference_is_answered_within_the_document(answer: Answer) -> None:
    record = json.loads(to_fhir(answer))
    urls = [entry["fullUrl"] for entry in record["entry"]]
    assert len(set(urls)) == len(urls)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", url) for url in urls)
    outside = [one for one in references_in(record) if not one.startswith("#")]
    assert set(outside) == set(urls[1:])
    for citation in resources(to_fhir(answer), "Citation"):
        contained = {f"#{one['id']}" for one in citation.get("contained", ())}
        assert contained == {one for one in references_in(citation) if one.startswith("#")}


def test_each_statement_is_evidence_with_its_quotes_to_the_byte(answer: Answer) -> None:
    claims = {claim.claim_id: claim for part in PARTS for claim in answer.part(part) if claim.citations}
    found = resources(to_fhir(answer), "Evidence")
    assert [one["identifier"][0]["value"] for one in found] == list(claims)
    for one, claim in zip(found, claims.values(), strict=True):
        assert one["assertion"] == claim.text
        quotes = [base64.b64decode(cited["document"]["data"]).decode() for cited in one["relatedArtifact"]]
        assert quotes == [citation.quote for citation in claim.citations]
        assert all(cited["type"] == "supported-with" for cited in one["relatedArtifact"])
        assert "statistic" not in one
        assert not any("coding" in certainty["rating"] for certainty in one["certainty"])


def test_a_citation_has_the_identifiers_names_year_and_journal_of_its_source(small_answer: Answer) -> None:
    board, trial = resources(to_fhir(small_answer), "Citation")
    artifact = trial["citedArtifact"]
    assert artifact["identifier"] == [
        {"system": "https://doi.org", "value": "10.1000/knee_2019"},
        {"system": "https://pubmed.ncbi.nlm.nih.gov", "value": "12345"},
    ]
    assert artifact["title"] == [{"text": "Rest for knee pain"}]
    assert artifact["publicationForm"][0]["articleDate"] == "2019"
    assert artifact["publicationForm"][0]["publishedIn"]["title"] == "Journal of Imaginary Joints"
    assert artifact["contributorship"]["complete"] is False
    assert [one["resourceType"] for one in trial["contained"]] == ["Practitioner"] * 3 + ["Organization"]
    assert trial["contained"][2]["name"] == [{"family": "Poe", "given": ["T"], "suffix": ["Jr"]}]
    assert [one["name"] for one in board["contained"]] == ["Board of Tests", "College of Knees"]
    assert "identifier" not in board["citedArtifact"]
    assert "currentState" not in board["citedArtifact"]
    assert "complete" not in board["citedArtifact"]["contributorship"]


def test_the_life_of_a_source_stands_in_its_citation(small_answer: Answer, make_source: Callable[..., Source]) -> None:
    notices = (Notice("retraction", "2021-03-04", "fabricated records"),)
    gone = make_source(status="retracted", notices=notices, notices_checked="2025-08-22")
    old = replace(small_answer.references[0].source, status="superseded", superseded_by=("knee-2030",))
    text = to_fhir(replace(small_answer, references=(Reference(1, old), Reference(2, gone))))
    superseded, retracted = resources(text, "Citation")
    assert retracted["citedArtifact"]["currentState"][0]["coding"][0]["code"] == "retracted"
    assert retracted["citedArtifact"]["note"] == [{"text": "Retraction 2021-03-04: fabricated records."}]
    assert {"text": "Retractions as known on 2025-08-22."} in retracted["note"]
    assert superseded["citedArtifact"]["currentState"] == [{"text": "Superseded"}]
    assert {"text": "Superseded by knee-2030."} in superseded["note"]


def test_a_population_is_given_only_where_a_source_states_one(small_answer: Answer) -> None:
    first = resources(to_fhir(small_answer), "Evidence")[0]
    assert [one["variableRole"] for one in first["variableDefinition"]] == [{"text": "not modelled"}]
    stated = replace(small_answer.references[0].source, population="adults with knees")
    text = to_fhir(replace(small_answer, references=(Reference(1, stated), small_answer.references[1])))
    (variable,) = resources(text, "Evidence")[0]["variableDefinition"]
    assert variable["description"] == "adults with knees"
    assert variable["variableRole"]["coding"][0]["code"] == "population"


def test_the_status_of_the_review_is_that_of_the_composition(small_answer: Answer) -> None:
    (before,) = resources(to_fhir(small_answer), "Composition")
    assert (before["status"], "attester" in before) == ("preliminary", False)
    signed = Signed("approved", "Dr A", "2026-12-01T10:00:00+00:00", "Dose checked")
    text = to_fhir(small_answer, signed=signed)
    (after,) = resources(text, "Composition")
    assert after["status"] == "final"
    assert after["attester"][0]["party"] == {"display": "Dr A"}
    assert after["attester"][0]["time"] == "2026-12-01T10:00:00Z"
    assert {one["status"] for one in resources(text, "Evidence")} == {"active"}
    (returned,) = resources(to_fhir(small_answer, signed=Signed("returned", "Dr A")), "Composition")
    assert (returned["status"], "attester" in returned) == ("preliminary", False)
    assert "Returned by the review board." in returned["note"][0]["text"]


def test_the_sections_are_those_of_the_answer_and_say_what_was_withheld(small_answer: Answer) -> None:
    (composition,) = resources(to_fhir(small_answer), "Composition")
    sections = {one["title"]: one for one in composition["section"]}
    assert list(sections)[:3] == ["Short answer", "From the Guidelines", "From the Research"]
    assert "Heat cures it." in sections["Withheld"]["text"]["div"]
    assert "entry" not in sections["Withheld"]
    assert sections["Short answer"]["entry"][0] in sections["From the Guidelines"]["entry"]
    assert len(sections["References"]["entry"]) == 2


def test_the_same_answer_has_the_same_identifiers(small_answer: Answer) -> None:
    assert to_fhir(small_answer) == to_fhir(small_answer)
    other = json.loads(to_fhir(replace(small_answer, question="Another?")))
    assert other["identifier"] != json.loads(to_fhir(small_answer))["identifier"]


def test_an_abstention_is_a_document_without_evidence(abstention: Answer) -> None:
    record = json.loads(to_fhir(abstention))
    assert [one["resource"]["resourceType"] for one in record["entry"]] == ["Composition"]


def test_hostile_words_stay_words_and_the_narrative_well_formed(hostile_answer: Answer, nasty: str) -> None:
    text = to_fhir(hostile_answer)
    Bundle.model_validate_json(text)
    (composition,) = resources(text, "Composition")
    assert composition["title"] == plain_line(nasty)
    for section in composition["section"]:
        div = etree.fromstring(section["text"]["div"])
        assert {etree.QName(one).localname for one in div.iter()} == {"div", "ul", "li"}
    assert "javascript:" not in text


def test_what_does_not_fit_is_one_line_and_no_document(small_answer: Answer) -> None:
    with pytest.raises(RagError, match="does not fit FHIR R5"):
        to_fhir(small_answer, signed=Signed("approved", "Dr A", "last Tuesday"))
    undated = replace(small_answer, provenance=replace(small_answer.provenance, created_at="yesterday"))
    with pytest.raises(RagError, match="time of the answer"):
        to_fhir(undated)


def test_a_conversation_is_a_collection_of_documents(small_answer: Answer, abstention: Answer) -> None:
    record = json.loads(answers_to_fhir([small_answer, abstention]))
    assert record["type"] == "collection"
    assert [one["resource"]["type"] for one in record["entry"]] == ["document", "document"]
