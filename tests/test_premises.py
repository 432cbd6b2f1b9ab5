"""What a question takes for granted, cut out of it as a statement; and how the shipped program answers it."""

from __future__ import annotations

import pytest

from eval.datasets import load_suite
from rag.answer import Answer, Claim, ClaimShown
from rag.pipeline import AnswerPipeline
from rag.premises import premises_of


@pytest.mark.parametrize(
    ("question", "premise"),
    [
        ("Since statins cause dementia, should I stop mine?", "statins cause dementia"),
        ("Should I stop mine, since statins cause dementia?", "statins cause dementia"),
        ("Given that vitamin D prevents falls, how much is needed?", "vitamin D prevents falls"),
        ("Now that NICE recommends traction, for how long?", "NICE recommends traction"),
        ("Knowing that rest heals gout, how much of it?", "rest heals gout"),
        ("Why does pregabalin relieve sciatica?", "pregabalin relieves sciatica"),
        ("Why did dabigatran reduce bleeding in RE-LY?", "dabigatran reduced bleeding in RE-LY"),
        ("Why do opioids work in back pain?", "opioids work in back pain"),
        ("Why is prednisolone the best treatment for sciatica?", "prednisolone is the best treatment for sciatica"),
        ("Why isn't imaging needed in back pain?", "imaging is not needed in back pain"),
        ("Which hyaluronic acid dose does ACR recommend for the hip?", "ACR recommends hyaluronic acid for the hip"),
        ("What dose of aspirin does ESC recommend adding to a DOAC?", "ESC recommends adding aspirin to a DOAC"),
        ("SPRINT enrolled diabetics, so what did it show?", "SPRINT enrolled diabetics"),
        ("ESC tells us to add clopidogrel. For how long?", "ESC tells us to add clopidogrel"),
        ("eGFR is 27, so per KDIGO her ARB must come off. What now?", "per KDIGO ARB must come off"),
        ("How large is the rise in autism after the MMR vaccine?", "the MMR vaccine increases autism"),
        ("How do I treat the dementia caused by statins?", "statins causes dementia"),
        ("Everyone with gout should fast. For how many days?", "Everyone with gout should fast"),
    ],
)
def test_a_premise_is_cut_out_of_a_question(question: str, premise: str) -> None:
    assert premises_of(question) == (premise,)


@pytest.mark.parametrize(
    "question",
    [
        "Does pregabalin relieve sciatica?",
        "What relieves sciatica?",
        "Which drug does ACR recommend for gout?",
        "How well does pregabalin relieve sciatica?",
        "Since he is 82, what dose does he need?",
        "37M, back pain since his late twenties. What now?",
        "As first-line treatment, what is offered?",
        "Sciatica caused by a slipped disc: what helps?",
        "Is buttock pain caused by stenosis?",
        "All the provocation tests are negative. Can I rule out the joint?",
        "Why does it hurt?",
    ],
)
def test_most_questions_take_nothing_for_granted_that_a_source_could_deny(question: str) -> None:
    assert premises_of(question) == ()


def denials(answer: Answer) -> list[Claim]:
    return [claim for claim in answer.short_answer if claim.relation == "denies"]


def test_a_premise_that_the_evidence_denies_is_said_first_with_the_sentence_that_denies_it(
    real_pipeline: AnswerPipeline,
) -> None:
    answer = real_pipeline.ask("Which hyaluronic acid injection course does ACR recommend for hip OA?")
    first, second = answer.short_answer[:2]
    assert first.relation == "denies"
    assert "“ACR recommends hyaluronic acid injection for hip OA”; the cited sentence says otherwise." in first.text
    assert first.verdict.support == "full"
    assert first.citations == second.citations
    assert second.text == second.citations[0].quote
    assert "strongly recommends against intra-articular hyaluronic acid" in second.text
    assert second.text in [claim.text for claim in answer.guidelines]
    assert [claim.text for claim in answer.short_answer].count(second.text) == 1


def test_the_denial_is_the_first_claim_on_the_way_too(real_pipeline: AnswerPipeline) -> None:
    steps = real_pipeline.stream("Since hydroxychloroquine lowers mortality in COVID-19, how long should it be given?")
    first = next(steps)
    steps.close()
    assert isinstance(first, ClaimShown)
    assert first.claim.relation == "denies"


def test_false_premises_are_denied_and_no_true_one_is(real_pipeline: AnswerPipeline) -> None:
    found = {item.question_id: denials(real_pipeline.ask(item.question)) for item in load_suite("premises")}
    false = [bool(claims) for name, claims in found.items() if "false" in name]
    assert len(false) == 35
    assert sum(false) / len(false) >= 0.7
    assert [name for name, claims in found.items() if claims and "true" in name] == []


@pytest.mark.parametrize("suite", ["first", "wording", "bedside", "conditions"])
def test_nothing_is_denied_in_the_older_suites(real_pipeline: AnswerPipeline, suite: str) -> None:
    asked = [item.question for item in load_suite(suite)]
    assert [question for question in asked if premises_of(question) and denials(real_pipeline.ask(question))] == []
