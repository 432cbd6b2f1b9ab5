"""The question that the product began with, and others, answered from the shipped corpus as a reader gets them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rag.config import Settings
from rag.indexing.index import open_index
from rag.ingestion.corpus_file import read_corpus
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import to_json

FIRST = (
    "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, "
    "sacroiliac joint dysfunction, or lumbar spinal stenosis?"
)
OPTIONS = ("Takayasu arteritis", "piriformis syndrome", "sacroiliac joint dysfunction", "lumbar spinal stenosis")
OTHERS = (
    "What relieves the pain of lumbar spinal stenosis?",
    "Are opioids recommended for acute low back pain?",
    "What dose of prednisone is used in Takayasu arteritis?",
    "Does pregabalin help sciatica?",
    "What are the red flags for cauda equina syndrome?",
    "Leg pain when walking: is it peripheral artery disease or lumbar spinal stenosis?",
    "Which is preferred for Takayasu arteritis, methotrexate or tocilizumab?",
)


@pytest.fixture(scope="module")
def first(real_pipeline: AnswerPipeline) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(to_json(real_pipeline.ask(FIRST)))
    return answer


def claims(answer: dict[str, Any], *parts: str) -> list[dict[str, Any]]:
    return [
        claim for part in parts or ("short_answer", "guidelines", "research", "agreement") for claim in answer[part]
    ]


@pytest.mark.parametrize("option", OPTIONS)
def test_each_condition_has_statements_or_is_named_as_not_found(first: dict[str, Any], option: str) -> None:
    stated = [claim for claim in claims(first, "guidelines", "research") if claim["topic"] == option]
    missing = [one for one in first["not_found"] if one["topic"] == option]
    assert stated or missing
    for one in missing:
        assert set(one) == {"topic", "kind", "text", "searched"}
        assert one["searched"]["queries"]
        assert one["searched"]["passages_seen"] > 0


def test_it_never_says_that_stenosis_or_vascular_pain_is_relieved_by_walking(first: dict[str, Any]) -> None:
    for claim in claims(first):
        text = claim["text"].lower()
        if "stenosis" in text or "claudication" in text or "arteritis" in text:
            told = text.replace("“buttock pain relieved by walking”", "")
            assert not re.search(r"(?:relieved|eased|improve[sd]?|better)(?: by| with| on)? (?:walking|exercise)", told)
    (reverse,) = [claim for claim in claims(first, "short_answer") if claim["relation"] == "reverse"]
    assert reverse["topic"] == "lumbar spinal stenosis"
    assert "reverse" in reverse["text"]


def test_it_says_what_relieves_the_pain_of_stenosis(first: dict[str, Any]) -> None:
    stated = " ".join(claim["text"] for claim in claims(first) if claim["topic"] == "lumbar spinal stenosis")
    assert "sitting" in stated
    assert "bending forward" in stated


def test_it_brings_up_what_the_question_does_not_name(first: dict[str, Any]) -> None:
    unnamed = " ".join(claim["text"] for claim in claims(first) if claim["topic"] == "Not named in the question")
    assert "axial spondyloarthritis" in unnamed
    assert "inflammatory back pain" in unnamed
    flags = " ".join(claim["text"] for claim in claims(first) if claim["topic"] == "Red flags")
    assert "cauda equina" in flags


def test_no_superseded_guideline_is_cited_and_those_met_are_on_record(first: dict[str, Any]) -> None:
    assert {reference["status"] for reference in first["references"]} == {"current"}
    assert {one["reason"] for one in first["left_out"]} == {"superseded"}
    assert all(one["replaced_by"] for one in first["left_out"])


@pytest.mark.parametrize(
    "question",
    ["What causes buttock pain that is relieved by walking?", "What could buttock pain relieved by walking be due to?"],
)
def test_asked_what_a_symptom_comes_from_it_names_nothing_in_which_the_symptom_moves_the_other_way(
    real_pipeline: AnswerPipeline, question: str
) -> None:
    answer = json.loads(to_json(real_pipeline.ask(question)))
    shown = " ".join(claim["text"] for claim in claims(answer))
    assert "axial spondyloarthritis" in shown
    assert "inflammatory back pain" in shown
    assert "stenosis" not in shown
    assert "claudication" not in shown


@pytest.fixture(scope="module", params=[FIRST, *OTHERS])
def answer(request: pytest.FixtureRequest, real_pipeline: AnswerPipeline) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(to_json(real_pipeline.ask(request.param)))
    assert made["outcome"] == "answer"
    return made


def test_every_quote_is_the_documents_own_words_at_its_offsets(answer: dict[str, Any], real_settings: Settings) -> None:
    texts = {document.source.source_id: document.text for document in read_corpus(real_settings.corpus_dir)}
    cited = [citation for claim in claims(answer) for citation in claim["citations"]]
    assert cited
    for citation in cited:
        assert citation["quote"] == texts[citation["source_id"]][citation["start"] : citation["end"]]


def test_each_half_cites_its_own_kind_only(answer: dict[str, Any]) -> None:
    kinds = {reference["source_id"]: reference["kind"] for reference in answer["references"]}
    for part, kind in (("guidelines", "guideline"), ("research", "research")):
        for claim in answer[part]:
            assert claim["citations"]
            assert {kinds[citation["source_id"]] for citation in claim["citations"]} == {kind}


def test_numbers_run_from_one_without_gap_in_order_of_use(answer: dict[str, Any]) -> None:
    used = [citation["number"] for claim in claims(answer) for citation in claim["citations"]]
    assert list(dict.fromkeys(used)) == list(range(1, len(answer["references"]) + 1))
    numbers = {reference["source_id"]: reference["number"] for reference in answer["references"]}
    assert len(numbers) == len(answer["references"])
    for claim in claims(answer):
        for citation in claim["citations"]:
            assert numbers[citation["source_id"]] == citation["number"]


def test_a_verbatim_claim_is_its_quote_and_an_absence_cites_nothing(answer: dict[str, Any]) -> None:
    for claim in claims(answer, "guidelines", "research"):
        assert claim["text"] == claim["citations"][0]["quote"]
    for claim in claims(answer):
        assert claim["verdict"]["support"] == "full"
        assert (claim["type"] == "absence") is (not claim["citations"])


def test_no_claim_is_made_twice_in_a_half(answer: dict[str, Any]) -> None:
    for part in ("guidelines", "research"):
        texts = [(claim["topic"], claim["text"]) for claim in answer[part]]
        assert len(texts) == len(set(texts))


def test_the_answer_keeps_its_documented_schema(answer: dict[str, Any]) -> None:
    schema = Path(__file__).resolve().parent.parent / "docs" / "answer.schema.json"
    jsonschema.validate(answer, json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("What is the capital of France?", "capital, France"),
        ("How do I treat a migraine in my cat's left hind leg?", "about an animal"),
        ("How should acute pancreatitis be treated?", "pancreatitis"),
        ("Is colchicine effective for acute low back pain?", "answers the question"),
        ("Does pregabalin help Takayasu arteritis?", "answers the question"),
        ("What dose of amoxicillin for pneumonia in a 3-year-old?", "speaks of children"),
        ("Who won the football world cup in 1998?", "answers the question"),
        ("asdf qwer zxcv", "asdf"),
    ],
)
def test_what_the_sources_do_not_answer_is_an_abstention_that_says_why(
    real_pipeline: AnswerPipeline, question: str, why: str
) -> None:
    answer = real_pipeline.ask(question)
    assert answer.outcome == "abstention"
    assert why in (answer.abstention_reason or "")
    assert not answer.references
    assert {missing.kind for missing in answer.not_found} == {"guideline", "research"}


@pytest.mark.parametrize("audience", ["clinician", "researcher", "patient"])
def test_all_readers_get_the_same_claims(real_pipeline: AnswerPipeline, audience: Any) -> None:
    answer = real_pipeline.ask(OTHERS[0], audience)
    assert answer.guidelines == real_pipeline.ask(OTHERS[0], "clinician").guidelines
    assert answer.audience == audience


def test_the_same_question_gives_the_same_answer_but_for_the_time(real_pipeline: AnswerPipeline) -> None:
    first, second = (json.loads(to_json(real_pipeline.ask(FIRST))) for _ in range(2))
    for one in (first, second):
        del one["provenance"]["created_at"]
    assert first == second


def test_the_index_needs_no_corpus_beside_it(real_settings: Settings, tmp_path: Any) -> None:
    import shutil

    from rag.factory import pipeline

    shutil.copytree(real_settings.indexes_dir / "default", tmp_path / "default")
    assert open_index(tmp_path / "default").manifest.counts["sources"] == 140
    moved = real_settings.model_copy(update={"indexes_dir": tmp_path, "corpus_dir": tmp_path / "none"})
    assert pipeline(moved).ask(OTHERS[0]).outcome == "answer"
