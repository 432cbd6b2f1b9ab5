"""The audit: a faultless answer gives no finding, and each fault, planted by hand, is found under its name."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from eval.auditing import Finding, audit
from eval.datasets import DatasetError, load_suite
from eval.planted.judging import Agreeing
from rag.answer import DraftClaim, Verdict
from rag.config import Settings
from rag.evidence import Evidence
from rag.factory import verifier
from rag.fixed_words import agree_text, reverse_text
from rag.ingestion.corpus_file import read_corpus
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record
from rag.types import Document, Section, Source
from rag.verification.verifier import Verifier

Record = dict[str, Any]
ADVICE = "Drug A 5 mg daily is recommended in adults with gout."
FOLLOW = "It is not advised in pregnancy."
TRIAL = "Drug A lowered flares compared with placebo in 210 adults with gout."
WALKING = "Calf pain is relieved by standing still."


def document(source_id: str, text: str, **fields: Any) -> Document:
    kind = fields.pop("kind", "guideline")
    source = Source(source_id, kind, fields.pop("title", "On gout"), 2020, fields.pop("status", "current"), **fields)
    return Document(source, text, (Section("Advice", 0, len(text)),), "")


@pytest.fixture
def documents() -> dict[str, Document]:
    return {
        one.source.source_id: one
        for one in (
            document("advice", f"{ADVICE} {FOLLOW}"),
            document("trial", f"{TRIAL} {WALKING}", kind="research"),
            document("old-advice", ADVICE, status="superseded", superseded_by=("advice",)),
            document("orphan-advice", ADVICE, status="superseded", superseded_by=("not-here",)),
            document("false-trial", TRIAL, kind="research", status="retracted"),
        )
    }


def cite(documents: dict[str, Document], source_id: str, quote: str, number: int) -> Record:
    start = documents[source_id].text.index(quote)
    return {
        "number": number,
        "source_id": source_id,
        "passage_id": f"{source_id}#1",
        "start": start,
        "end": start + len(quote),
        "quote": quote,
    }


def claim(claim_id: str, kind: str, text: str, citations: list[Record], **fields: Any) -> Record:
    return {"claim_id": claim_id, "type": kind, "text": text, "topic": None, "citations": citations, **fields}


def reference(documents: dict[str, Document], source_id: str, number: int) -> Record:
    source = documents[source_id].source
    return {"number": number, "source_id": source_id, "kind": source.kind, "status": source.status}


@pytest.fixture
def answer(documents: dict[str, Document]) -> Record:
    """Both halves, two claims each, everything verbatim."""
    advice, follow = cite(documents, "advice", ADVICE, 1), cite(documents, "advice", FOLLOW, 1)
    trial, walking = cite(documents, "trial", TRIAL, 2), cite(documents, "trial", WALKING, 2)
    record = {
        "schema": "sourcebound.answer/1",
        "question": "Is drug A advised in gout?",
        "short_answer": [claim("c1", "recommendation", ADVICE, [advice])],
        "guidelines": [
            claim("c1", "recommendation", ADVICE, [advice]),
            claim("c2", "recommendation", FOLLOW, [follow]),
        ],
        "research": [claim("c3", "finding", TRIAL, [trial]), claim("c4", "finding", WALKING, [walking])],
        "agreement": [],
        "options": [],
        "not_found": [],
        "references": [reference(documents, "advice", 1), reference(documents, "trial", 2)],
    }
    return json.loads(json.dumps(record))  # type: ignore[no-any-return]


@pytest.fixture
def checker() -> Verifier:
    """The product's rules, with a model that agrees to everything: what is found, rules find."""
    return Verifier(Agreeing())


class Believing:
    """A checker that finds a claim supported where all of its words stand in what it cites, joined."""

    def check(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        read = " ".join(evidence.sentences[label].text for label in claim.pointers)
        held = claim.text in read
        return Verdict("full" if held else "none", "read", "believing", None if held else "unsupported")


def on(findings: tuple[Finding, ...], part: str, claim_id: str | None) -> set[str]:
    return {one.fault for one in findings if (one.part, one.claim_id) == (part, claim_id)}


def test_a_faultless_answer_gives_no_finding(answer: Record, documents: dict[str, Document], checker: Verifier) -> None:
    assert audit(answer, documents, checker) == ()


def test_shipped_answers_give_no_finding(real_pipeline: AnswerPipeline, real_settings: Settings) -> None:
    documents = {one.source.source_id: one for one in read_corpus(real_settings.corpus_dir)}
    checker = verifier(real_settings)
    answers = [answer_record(real_pipeline.ask(item.question)) for item in load_suite("first")[:12]]
    claims = [one for answer in answers for part in ("guidelines", "research", "agreement") for one in answer[part]]
    assert len(claims) > 20
    assert {one["relation"] for one in claims} > {None}
    assert [one for answer in answers for one in audit(answer, documents, checker)] == []


def first(answer: Record) -> Record:
    citation: Record = answer["guidelines"][0]["citations"][0]
    return citation


def unknown_source(answer: Record, documents: dict[str, Document]) -> None:
    first(answer)["source_id"] = "advice-2"


def beyond_the_text(answer: Record, documents: dict[str, Document]) -> None:
    first(answer).update(start=500, end=500 + len(ADVICE))


def negative_start(answer: Record, documents: dict[str, Document]) -> None:
    first(answer)["start"] = -len(documents["advice"].text)


def half_a_sentence(answer: Record, documents: dict[str, Document]) -> None:
    first(answer).update(end=14, quote=ADVICE[:14])


def other_quote(answer: Record, documents: dict[str, Document]) -> None:
    first(answer)["quote"] = ADVICE.replace("5 mg", "50 mg")


def other_number(answer: Record, documents: dict[str, Document]) -> None:
    first(answer)["number"] = 2


def number_beyond(answer: Record, documents: dict[str, Document]) -> None:
    first(answer)["number"] = 3


def nothing_cited(answer: Record, documents: dict[str, Document]) -> None:
    answer["guidelines"][0]["citations"] = []


def other_kind(answer: Record, documents: dict[str, Document]) -> None:
    answer["guidelines"][0]["citations"].append(cite(documents, "trial", TRIAL, 2))


def ended(source_id: str) -> Callable[[Record, dict[str, Document]], None]:
    def plant(answer: Record, documents: dict[str, Document]) -> None:
        part, quote = ("guidelines", ADVICE) if "advice" in source_id else ("research", TRIAL)
        answer[part][0]["citations"] = [cite(documents, source_id, quote, 3)]
        answer["references"].append(reference(documents, source_id, 3))

    return plant


def reword(part: str, place: int, text: str) -> Callable[[Record, dict[str, Document]], None]:
    def plant(answer: Record, documents: dict[str, Document]) -> None:
        answer[part][place]["text"] = text

    return plant


def absence_cited(answer: Record, documents: dict[str, Document]) -> None:
    answer["guidelines"][0].update(type="absence", text="No guideline speaks of drug A.")


def unsaid_absence(answer: Record, documents: dict[str, Document]) -> None:
    answer["guidelines"][0].update(type="absence", text="Drug A cures gout.", citations=[])


def misattributed(answer: Record, documents: dict[str, Document]) -> None:
    answer["guidelines"][0]["citations"] = [cite(documents, "advice", FOLLOW, 1)]


@pytest.mark.parametrize(
    ("plant", "part", "claim_id", "fault"),
    [
        (unknown_source, "guidelines", "c1", "unknown_source"),
        (beyond_the_text, "guidelines", "c1", "invented_pointer"),
        (negative_start, "guidelines", "c1", "invented_pointer"),
        (half_a_sentence, "guidelines", "c1", "invented_pointer"),
        (other_quote, "guidelines", "c1", "wrong_quote"),
        (other_number, "guidelines", "c1", "wrong_number"),
        (number_beyond, "guidelines", "c1", "wrong_number"),
        (nothing_cited, "guidelines", "c1", "no_pointer"),
        (other_kind, "guidelines", "c1", "wrong_lane"),
        (ended("old-advice"), "guidelines", "c1", "lifecycle"),
        (ended("false-trial"), "research", "c3", "lifecycle"),
        (absence_cited, "guidelines", "c1", "absence_with_citation"),
        (unsaid_absence, "guidelines", "c1", "no_pointer"),
        (misattributed, "guidelines", "c1", "misattributed"),
        (reword("guidelines", 0, ADVICE.replace("5 mg", "50 mg")), "guidelines", "c1", "figure_mismatch"),
        (reword("guidelines", 0, ADVICE.replace("5 mg", "5 g")), "guidelines", "c1", "figure_mismatch"),
        (reword("guidelines", 1, "It is advised in pregnancy."), "guidelines", "c2", "polarity_mismatch"),
        (reword("research", 0, TRIAL.replace("lowered", "raised")), "research", "c3", "polarity_mismatch"),
        (reword("research", 0, TRIAL.replace("gout", "pseudogout")), "research", "c3", "unsupported"),
        (reword("research", 0, TRIAL.replace("adults", "children")), "research", "c3", "polarity_mismatch"),
    ],
)
def test_a_planted_fault_is_found_under_its_name_and_nowhere_else(
    answer: Record,
    documents: dict[str, Document],
    checker: Verifier,
    plant: Callable[[Record, dict[str, Document]], None],
    part: str,
    claim_id: str,
    fault: str,
) -> None:
    plant(answer, documents)
    findings = audit(answer, documents, checker)
    assert on(findings, part, claim_id) == {fault}
    assert {(one.part, one.claim_id) for one in findings} == {(part, claim_id)}


def test_a_superseded_source_whose_successor_is_not_there_may_be_cited(
    answer: Record, documents: dict[str, Document], checker: Verifier
) -> None:
    ended("orphan-advice")(answer, documents)
    assert audit(answer, documents, checker) == ()


def test_a_claim_may_cite_two_sentences_by_one_span(
    answer: Record, documents: dict[str, Document], checker: Verifier
) -> None:
    both = f"{ADVICE} {FOLLOW}"
    answer["guidelines"][0].update(text=both, citations=[cite(documents, "advice", both, 1)])
    assert audit(answer, documents, checker) == ()


def test_a_sentence_that_leans_brings_the_one_before_it(answer: Record, documents: dict[str, Document]) -> None:
    read: list[tuple[str, str]] = []

    class Reading(Agreeing):
        def predict(self, pairs: Any) -> Any:
            read.extend(pairs)
            return super().predict(pairs)

    answer["guidelines"][1]["text"] = "It is not advised during pregnancy."
    assert audit(answer, documents, Verifier(Reading())) == ()
    assert [passage for passage, _ in read] == [f"{ADVICE} {FOLLOW}"]


def test_a_research_claim_in_the_guideline_half_is_in_the_wrong_lane(
    answer: Record, documents: dict[str, Document], checker: Verifier
) -> None:
    answer["guidelines"].append(answer["research"].pop())
    assert on(audit(answer, documents, checker), "guidelines", "c4") == {"wrong_lane"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda listed: listed[1].update(number=5), "wrong_number"),
        (lambda listed: listed.append({**listed[0], "number": 3}), "wrong_number"),
        (
            lambda listed: listed.append(
                {"number": 3, "source_id": "orphan-advice", "kind": "guideline", "status": "superseded"}
            ),
            "wrong_number",
        ),
        (
            lambda listed: listed.append(
                {"number": 3, "source_id": "nowhere", "kind": "research", "status": "current"}
            ),
            "unknown_source",
        ),
        (lambda listed: listed[0].update(kind="research"), "wrong_lane"),
        (lambda listed: listed[0].update(status="superseded"), "lifecycle"),
    ],
)
def test_references_are_numbered_used_and_as_on_record(
    answer: Record, documents: dict[str, Document], checker: Verifier, change: Callable[[Any], None], fault: str
) -> None:
    change(answer["references"])
    assert on(audit(answer, documents, checker), "references", None) == {fault}


def test_an_option_and_an_absence_are_checked_too(
    answer: Record, documents: dict[str, Document], checker: Verifier
) -> None:
    cited = {**cite(documents, "advice", ADVICE, 1), "quote": "Drug B."}
    answer["options"] = [{"option": "Drug B", "stance": "supported", "citations": [cited], "reason": "", "score": None}]
    answer["not_found"] = [{"topic": "drug C", "kind": "guideline", "citations": [cited]}]
    findings = audit(answer, documents, checker)
    assert on(findings, "options", "Drug B") == {"wrong_quote"}
    assert on(findings, "not_found", "drug C") == {"absence_with_citation"}


def test_claims_that_share_a_block_of_citations_are_found_where_one_of_them_is_idle(
    answer: Record, documents: dict[str, Document]
) -> None:
    block = [cite(documents, "advice", ADVICE, 1), cite(documents, "advice", FOLLOW, 1)]
    for one in answer["guidelines"]:
        one["citations"] = block
    findings = audit(answer, documents, Believing())
    assert on(findings, "guidelines", "c1") == on(findings, "guidelines", "c2") == {"block_citation"}


def test_two_citations_that_a_claim_needs_or_alone_carries_are_no_block(
    answer: Record, documents: dict[str, Document]
) -> None:
    block = [cite(documents, "advice", ADVICE, 1), cite(documents, "advice", FOLLOW, 1)]
    both = f"{ADVICE} {FOLLOW}"
    answer["guidelines"][0].update(text=both, citations=block)
    assert audit(answer, documents, Believing()) == ()
    answer["guidelines"][1].update(text="gout", citations=block)
    assert on(audit(answer, documents, Believing()), "guidelines", "c1") == set()


def test_claims_in_the_fixed_words_pass_where_they_are_true_and_not_elsewhere(
    answer: Record, documents: dict[str, Document], checker: Verifier
) -> None:
    walking = [cite(documents, "trial", WALKING, 2)]
    denied = reverse_text("Vascular claudication", "pain relieved by walking")
    answer["research"][1] = claim("c4", "finding", denied, walking, topic="Vascular claudication", relation="reverse")
    both = [cite(documents, "advice", ADVICE, 1), cite(documents, "trial", TRIAL, 2)]
    answer["agreement"] = [claim("c5", "background", agree_text("Gout"), both, topic="Gout", relation="agree")]
    findings = audit(answer, documents, checker)
    assert on(findings, "agreement", "c5") == {"unsupported"}
    honest = "No research speaks of drug A in pregnancy."
    answer["agreement"] = [claim("s1", "absence", honest, [])]
    assert on(audit(answer, documents, checker), "agreement", "s1") == set()


def test_one_side_only_must_be_right_in_it(answer: Record, documents: dict[str, Document], checker: Verifier) -> None:
    words = "This question: one side only, research; no guideline searched answers this."
    answer["agreement"] = [claim("s1", "absence", words, [], relation="one_side")]
    assert on(audit(answer, documents, checker), "agreement", "s1") == {"not_absent"}
    answer.update(guidelines=[], short_answer=[], references=[{**answer["references"][1], "number": 1}])
    for one in answer["research"]:
        one["citations"][0]["number"] = 1
    assert audit(answer, documents, checker) == ()
    answer["agreement"][0]["text"] = words.replace("research; no guideline", "guidelines; no research source")
    assert on(audit(answer, documents, checker), "agreement", "s1") == {"no_pointer"}
    answer["agreement"][0]["text"] = "Research alone answers this."
    assert on(audit(answer, documents, checker), "agreement", "s1") == {"unsupported"}


def test_only_what_is_asked_for_is_checked(answer: Record, documents: dict[str, Document], checker: Verifier) -> None:
    number_beyond(answer, documents)
    reword("research", 0, TRIAL.replace("210", "120"))(answer, documents)
    findings = audit(answer, documents, checker, only=("research", "c3"))
    assert {(one.part, one.claim_id, one.fault) for one in findings} == {("research", "c3", "figure_mismatch")}


def test_a_finding_names_the_place_of_a_sentence_not_the_label_it_was_read_under(
    answer: Record, documents: dict[str, Document], checker: Verifier
) -> None:
    misattributed(answer, documents)
    (finding,) = audit(answer, documents, checker)
    assert finding.reason.startswith(f"advice[0:{len(ADVICE)}] carries it")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer.pop("references"),
        lambda answer: answer["guidelines"][0].pop("citations"),
        lambda answer: first(answer).pop("end"),
        lambda answer: first(answer).update(start="0"),
        lambda answer: answer["research"][0].update(text=None),
        lambda answer: answer["research"][0].update(type="opinion"),
        lambda answer: answer.update(schema="another/1"),
        lambda answer: answer.update(guidelines="none"),
        lambda answer: answer["references"][0].update(kind="blog"),
    ],
)
def test_a_record_that_is_none_is_refused_in_one_line(
    answer: Record, documents: dict[str, Document], checker: Verifier, spoil: Callable[[Record], object]
) -> None:
    spoiled = copy.deepcopy(answer)
    spoil(spoiled)
    with pytest.raises(DatasetError, match=r"sourcebound\.answer/1") as raised:
        audit(spoiled, documents, checker)
    assert "\n" not in str(raised.value)


def test_what_is_no_object_is_refused(documents: dict[str, Document], checker: Verifier) -> None:
    with pytest.raises(DatasetError, match="not an object"):
        audit(["answer"], documents, checker)  # type: ignore[arg-type]
