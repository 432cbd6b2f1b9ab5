"""The words explained to patients: found where they stand, plain, and without anything of an answer in them."""

from __future__ import annotations

import json
import statistics

import pytest

from eval.measures.reading import reading_grade
from rag.pipeline import AnswerPipeline
from rag.rendering.glossary import explanations, glossary
from rag.rendering.json_format import to_json
from rag.rendering.markdown import to_markdown
from rag.types import Audience

QUESTION = "Does dapagliflozin reduce heart failure hospitalisation?"
CLINICAL: tuple[Audience, ...] = ("clinician", "researcher")


def terms(text: str) -> list[str]:
    return [one.term for one in explanations([text])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("less death (hazard ratio 0.71, 95% CI 0.55 to 0.92)", ["Hazard ratio", "CI, confidence interval"]),
        ("a sensitivity of 94% and a specificity of 80%", ["Sensitivity", "Specificity"]),
        ("in a sensitivity analysis", []),
        ("It is recommended (class I, level A).", ["Class, grade, level"]),
        ("at that level a dose", []),
        ("in NYHA class II)", []),
        ("an eGFR below 30", ["eGFR"]),
        ("the cicatrix was cited", []),
        ("cauda equina syndrome after a placebo", ["Cauda equina syndrome", "Placebo"]),
    ],
)
def test_a_term_is_explained_where_it_stands_and_nowhere_else(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_no_explanation_holds_a_digit_or_a_citation() -> None:
    for one in glossary():
        assert not any(letter.isdigit() or letter in "[]" for letter in one.term + one.text), one.term
        assert one.text.endswith(".")
    assert len({one.term for one in glossary()}) == len(glossary())


def test_explanations_ask_for_fewer_years_of_school_than_what_they_explain(real_pipeline: AnswerPipeline) -> None:
    grades = [reading_grade(one.text) for one in glossary()]
    assert all(grade is not None for grade in grades)
    typical = statistics.median(grade for grade in grades if grade is not None)
    stated = reading_grade(" ".join(claim.text for claim in real_pipeline.ask(QUESTION).research))
    assert stated is not None
    assert typical < 9 < stated


def test_a_patient_has_them_under_the_answer_marked_as_ours(real_pipeline: AnswerPipeline) -> None:
    text = to_markdown(real_pipeline.ask(QUESTION, "patient"))
    section = text.split("## Words explained")[1].split("\n## ")[0]
    assert "not statements of the sources" in section
    assert "- Hazard ratio: " in section
    assert "[" not in section
    assert text.index("## From the Research") < text.index("## Words explained") < text.index("## References")


@pytest.mark.parametrize("audience", CLINICAL)
def test_others_have_none(real_pipeline: AnswerPipeline, audience: Audience) -> None:
    answer = real_pipeline.ask(QUESTION, audience)
    assert "Words explained" not in to_markdown(answer)
    assert json.loads(to_json(answer))["explanations"] == []


def test_the_json_for_a_patient_has_them_too(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask(QUESTION, "patient")
    text = to_markdown(answer, long=True)
    for one in json.loads(to_json(answer))["explanations"]:
        assert f"- {one['term']}: {one['text']}" in text


def test_a_patient_who_is_not_answered_is_not_lectured(real_pipeline: AnswerPipeline) -> None:
    assert "Words explained" not in to_markdown(real_pipeline.ask("What is the capital of France?", "patient"))
