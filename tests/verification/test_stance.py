"""Stance: which options the evidence supports or speaks against, by rules first and a nearly certain model after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rag.answer import OptionStance
from rag.evidence import Evidence, Found, ScoredHit
from rag.models.lexical_entailment import LexicalEntailment
from rag.pipeline import AnswerPipeline
from rag.question import Question, parse_question
from rag.types import Hit, Passage, Query, Sentence, Source
from rag.verification.stance import MOST_CITED, STANCE_THRESHOLD, hypothesis, judge_options
from rag.verification.verifier import Verifier

ASKED = "Is knee pain relieved by walking related to gout, bursitis or lupus?"
SPEAKS = {
    "gout": ("Gout causes knee pain provoked by walking.", "Gout is common."),
    "bursitis": ("Bursitis brings knee pain that eases on walking.", "Bursitis follows a fall."),
    "lupus": ("Lupus can affect any joint.",),
}


def question(text: str = ASKED) -> Question:
    return parse_question(text, max_chars=500)


def evidence_of(speaks: dict[str, tuple[str, ...]]) -> Evidence:
    found = []
    for rank, (option, sentences) in enumerate(speaks.items(), start=1):
        spans, start = [], 0
        for sentence in sentences:
            spans.append(Sentence(start, start + len(sentence)))
            start += len(sentence) + 1
        text = " ".join(sentences)
        one = Passage(f"{option}#1", option, "research", "F", 0, len(text), text, tuple(spans))
        hits = (ScoredHit(Hit(one, 1.0, rank), (0.5,) * len(spans)),)
        found.append(Found(Query(f"{option}: knee pain", "option", option), {"research": hits}, {}))
    sources = {option: Source(option, "research", option, 2020, "current") for option in speaks}
    return Evidence(tuple(found), sources, (), {})


def judged(speaks: dict[str, tuple[str, ...]], model: Any = None, text: str = ASKED) -> dict[str, OptionStance]:
    return {one.option: one for one in judge_options(question(text), evidence_of(speaks), model)}


def test_a_symptom_that_moves_the_other_way_speaks_against_an_option_without_any_model() -> None:
    gout = judged(SPEAKS)["gout"]
    assert (gout.stance, gout.pointers, gout.score) == ("contradicted", ("R1.1",), None)
    assert "walking" in gout.reason


def test_what_no_rule_decides_is_not_addressed_without_a_model_and_cites_nothing() -> None:
    found = judged(SPEAKS)
    assert [(found[name].stance, found[name].pointers) for name in ("bursitis", "lupus")] == [("not_addressed", ())] * 2
    assert "walking" in found["lupus"].reason


def test_the_model_decides_the_rest_by_the_sentences_that_name_option_and_finding(
    scripted_entailment: Callable[..., Any],
) -> None:
    model = scripted_entailment(otherwise=(0.95, 0.04, 0.01))
    found = judged(SPEAKS, model)
    assert (found["bursitis"].stance, found["bursitis"].pointers) == ("supported", ("R2.1",))
    assert found["bursitis"].score == pytest.approx(0.95)
    assert found["lupus"].stance == "not_addressed"
    assert model.asked == [[(SPEAKS["bursitis"][0], "Bursitis explains knee pain relieved by walking")]]


EASES = "Bursitis brings knee pain that eases on walking."
DENIES = "Knee pain relieved by walking does not point to bursitis."


@pytest.mark.parametrize(
    ("sentence", "row", "stance"),
    [
        (EASES, (STANCE_THRESHOLD + 0.01, 0.0, 0.0), "supported"),
        (EASES, (STANCE_THRESHOLD - 0.01, 0.0, 0.0), "not_addressed"),
        (DENIES, (0.0, 0.0, STANCE_THRESHOLD + 0.01), "contradicted"),
        (DENIES, (0.0, 0.0, STANCE_THRESHOLD - 0.01), "not_addressed"),
        (DENIES, (STANCE_THRESHOLD + 0.01, 0.0, 0.0), "not_addressed"),
        (EASES, (0.0, 0.0, STANCE_THRESHOLD + 0.01), "not_addressed"),
    ],
)
def test_only_near_certainty_decides_and_only_what_rules_can_see_too(
    scripted_entailment: Callable[..., Any], sentence: str, row: tuple[float, float, float], stance: str
) -> None:
    assert judged({"bursitis": (sentence,)}, scripted_entailment(otherwise=row))["bursitis"].stance == stance


def test_sentences_that_point_both_ways_leave_an_option_open_and_are_named() -> None:
    both = {"gout": (SPEAKS["gout"][0], "Gout brings knee pain that is relieved by walking.")}
    gout = judged(both, text="Is knee pain relieved by walking related to gout or lupus?")["gout"]
    assert (gout.stance, gout.pointers) == ("not_addressed", ())
    assert "R1.1 against R1.2" in gout.reason


def test_a_model_that_supports_what_a_rule_objects_to_does_not_decide(scripted_entailment: Callable[..., Any]) -> None:
    denied = {"gout": ("Gout does not cause knee pain relieved by walking.",)}
    model = scripted_entailment(otherwise=(1.0, 0.0, 0.0))
    found = judged(denied, model, "Is knee pain relieved by walking related to gout or lupus?")
    assert found["gout"].stance == "not_addressed"


def test_an_option_is_in_the_order_of_the_question_and_cites_a_few_sentences(
    scripted_entailment: Callable[..., Any],
) -> None:
    many = {
        "bursitis": tuple(f"Bursitis {name} knee pain relieved by walking." for name in "brings has gives".split() * 2)
    }
    found = judge_options(question(), evidence_of(many), scripted_entailment(otherwise=(0.99, 0.0, 0.0)))
    assert [one.option for one in found] == ["gout", "bursitis", "lupus"]
    assert found[0].reason == "no sentence found names it"
    assert len(found[1].pointers) == MOST_CITED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ASKED, "Gout explains knee pain relieved by walking"),
        ("Which is preferred for arthritis, gold or steroids?", "Gold is preferred for arthritis"),
        ("Should I prescribe gold or steroids for arthritis?", None),
    ],
)
def test_a_hypothesis_says_of_the_option_what_was_asked(text: str, said: str | None) -> None:
    asked = question(text)
    assert hypothesis(asked.options[0], asked) == said


def test_a_question_without_options_has_no_stances() -> None:
    assert judge_options(question("What relieves knee pain?"), evidence_of(SPEAKS), None) == ()


def test_a_model_that_reads_words_only_decides_no_option() -> None:
    stances = Verifier(LexicalEntailment()).judge_options(question(), evidence_of(SPEAKS))
    assert [one.stance for one in stances] == ["contradicted", "not_addressed", "not_addressed"]


def test_of_the_first_question_stenosis_is_spoken_against_and_arteritis_left_open(
    real_pipeline: AnswerPipeline,
) -> None:
    answer = real_pipeline.ask(
        "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, "
        "sacroiliac joint dysfunction, or lumbar spinal stenosis?"
    )
    stances = {one.option: one for one in answer.options}
    assert list(stances) == [
        "Takayasu arteritis",
        "piriformis syndrome",
        "sacroiliac joint dysfunction",
        "lumbar spinal stenosis",
    ]
    assert stances["lumbar spinal stenosis"].stance == "contradicted"
    assert "provoked by upright exercise" in stances["lumbar spinal stenosis"].citations[0].quote
    assert stances["Takayasu arteritis"].stance != "supported"
    numbers = {reference.source.source_id: reference.number for reference in answer.references}
    for stance in stances.values():
        assert bool(stance.citations) is (stance.stance != "not_addressed")
        assert all(numbers[citation.source_id] == citation.number for citation in stance.citations)


def test_an_abstention_has_no_stances(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask("How do I treat my cat's rabies or distemper?")
    assert answer.outcome == "abstention"
    assert answer.options == ()
