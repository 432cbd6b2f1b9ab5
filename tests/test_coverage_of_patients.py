"""What an answer says of patients that its sentences do not cover, in its record and in every format."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from rag.answer import Answer
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record
from rag.rendering.markdown import to_markdown
from rag.rendering.outline import outline
from rag.rendering.reading import read_answer
from rag.rendering.terminal import print_answer

DIALYSIS = "How long should antibiotics be given for pneumonia in a patient on dialysis?"


@pytest.fixture(scope="module")
def answer(real_pipeline: AnswerPipeline) -> Answer:
    return real_pipeline.ask(DIALYSIS)


def test_a_patient_of_whom_no_cited_sentence_speaks_is_pointed_out_with_the_sources_on_others(answer: Answer) -> None:
    (gap,) = answer.not_covered
    assert gap.population == "dialysis"
    assert gap.text == "None of the cited sentences speaks of “dialysis”, nor does the record of their sources."
    assert gap.sources == ("ats-2025-cap",)


def test_the_gap_stands_in_the_record_and_is_read_back(answer: Answer) -> None:
    record = json.loads(json.dumps(answer_record(answer)))
    numbers = {one["source_id"]: one["number"] for one in record["references"]}
    (gap,) = record["not_covered"]
    assert gap["sources"] == [numbers["ats-2025-cap"]]
    assert read_answer(record).not_covered == answer.not_covered
    del record["not_covered"]
    assert read_answer(record).not_covered == ()


def test_every_format_shows_the_gap_and_who_the_sources_are_about(answer: Answer) -> None:
    stream = io.StringIO()
    print_answer(answer, Console(file=stream, width=100))
    for text in (stream.getvalue(), to_markdown(answer)):
        flat = " ".join(text.split())
        assert "None of the cited sentences speaks of “dialysis”" in flat
        assert "is about" in flat
    headings = [block.heading for block in outline(answer)]
    assert headings.index("Not covered by what is cited") < headings.index("From the Guidelines")


@pytest.mark.parametrize(
    ("question", "population"),
    [
        ("What systolic target for an 87-year-old with hypertension?", "age 87"),
        ("61M on haemodialysis three times a week with atrial fibrillation. Apixaban 2.5 or 5 mg?", "dialysis"),
    ],
)
def test_other_ages_and_organs_that_fail_are_pointed_out(
    real_pipeline: AnswerPipeline, question: str, population: str
) -> None:
    assert population in [gap.population for gap in real_pipeline.ask(question).not_covered]


@pytest.mark.parametrize(
    "question",
    [
        "How many days of antibiotics for severe community-acquired pneumonia?",
        "ABI 1.45 in suspected PAD - what next?",
        "Does empagliflozin help in chronic kidney disease with type 2 diabetes?",
        "What relieves the pain of lumbar spinal stenosis?",
    ],
)
def test_nothing_is_pointed_out_where_the_sentences_speak_of_the_patient(
    real_pipeline: AnswerPipeline, question: str
) -> None:
    found = real_pipeline.ask(question)
    assert found.outcome == "answer"
    assert found.not_covered == ()


def test_a_refusal_names_the_patients_of_whom_nothing_was_found(real_pipeline: AnswerPipeline) -> None:
    found = real_pipeline.ask("Is allopurinol safe in a pregnant woman with gout?")
    assert found.outcome == "abstention"
    assert found.not_covered == ()
    assert found.abstention_reason == "None of the sentences found speaks of pregnancy."
