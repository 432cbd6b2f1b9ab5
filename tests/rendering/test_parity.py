"""Readers of every kind get the same statements and numbers: over the shipped first suite, in every format."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any, cast

import pytest
from rich.console import Console

from eval.answers import read_answer as read_measured
from eval.measures.reading import _content as measured
from rag.answer import PARTS, Answer, Citation, Claim, Verdict
from rag.config import Settings
from rag.factory import composer_of
from rag.pipeline import AnswerPipeline
from rag.rendering import outline as outlining
from rag.rendering.json_format import answer_record
from rag.rendering.markdown import to_markdown
from rag.rendering.parity import AUDIENCES, alike_for, content_in, content_of, figures_of, reworded_figures
from rag.rendering.reading import read_answer
from rag.rendering.terminal import print_answer
from rag.rendering.wording import DISCLAIMER

QUESTION = "Does dapagliflozin reduce heart failure hospitalisation?"


def on_terminal(answer: Answer) -> str:
    stream = io.StringIO()
    print_answer(answer, Console(file=stream, width=80), long=True)
    return stream.getvalue()


def as_markdown(answer: Answer) -> str:
    return to_markdown(answer, long=True)


TEXTS: tuple[Callable[[Answer], str], ...] = (on_terminal, as_markdown)


def without_time(answer: Answer) -> Answer:
    return replace(answer, provenance=replace(answer.provenance, created_at="then"))


def test_every_answer_to_the_first_suite_says_the_same_to_all_in_every_format(real_pipeline: AnswerPipeline) -> None:
    lines = files("eval.suites").joinpath("first.jsonl").read_text(encoding="utf-8").splitlines()
    answered = figures = 0
    for question in (json.loads(line)["question"] for line in lines):
        answers = [without_time(real_pipeline.ask(question, audience)) for audience in AUDIENCES]
        stated = content_of(answers[0])
        answered += bool(stated.claim_ids)
        figures += len(stated.figures)
        for form in TEXTS:
            rendered = {answer.audience: form(answer) for answer in answers}
            assert {content_in(answer, rendered[answer.audience]) for answer in answers} == {stated}, question
            # Not only in the claims: nowhere does the text for one reader have a number that another's lacks.
            numbers = [Counter(figures_of(text)) for text in rendered.values()]
            assert numbers[0] == numbers[1] == numbers[2], question
        for answer in answers:
            record = json.loads(json.dumps(answer_record(answer)))
            assert content_of(read_answer(record)) == stated
            assert tuple(record["content"]["claim_ids"]) == stated.claim_ids
            assert record["content"]["alike_for"] == list(AUDIENCES)
            assert record["content"]["reworded_figures"] == []
    assert answered > 30
    assert figures > 300


def test_what_is_fixed_for_a_reader_holds_no_number() -> None:
    assert not any(figures_of(text) for text in DISCLAIMER.values())


def with_claim(answer: Answer, text: str, *quotes: str, **changes: Any) -> Answer:
    cited = tuple(Citation(1, "a", "a-1", 0, len(quote), quote) for quote in quotes)
    claim = Claim("c1", "finding", text, None, cited, Verdict("full", "so", "rules"), **changes)
    return replace(answer, short_answer=(), guidelines=(), agreement=(), research=(claim,))


@pytest.fixture(scope="module")
def answer(real_pipeline: AnswerPipeline) -> Answer:
    return real_pipeline.ask(QUESTION)


@pytest.mark.parametrize(
    ("text", "quotes", "listed"),
    [
        ("Death in 11.6% of 4,744.", ["It was 11.6%.", "There were 4744 people."], []),
        ("Take 0.5 g a day.", ["Take 500 mg a day."], ["0.5"]),
        ("Take 500 mg, up to 1000 mg.", ["Take 500 mg."], ["1000"]),
        ("No number at all.", ["Take 500 mg."], []),
    ],
)
def test_a_number_that_stands_in_no_cited_sentence_is_listed(
    answer: Answer, text: str, quotes: list[str], listed: list[str]
) -> None:
    assert [one.figure for one in reworded_figures(with_claim(answer, text, *quotes))] == listed


def test_fixed_words_may_repeat_the_numbers_of_the_question_and_no_others(answer: Answer) -> None:
    asked = replace(answer, question="Is pain after 20 minutes typical?")
    reverse = with_claim(asked, "The reverse of “pain after 20 minutes”.", "Pain at once.", relation="reverse")
    assert reworded_figures(reverse) == ()
    assert [one.figure for one in reworded_figures(with_claim(asked, "Pain after 20 minutes.", "Pain."))] == ["20"]


def test_a_rendering_that_drops_or_alters_a_claim_for_one_reader_is_found(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check can fail: a renderer that rounds for patients, and one that leaves a claim out for researchers."""
    real = outlining._claims

    def faulty(given: Answer, claims: Any, shown: set[str]) -> Any:
        for line in real(given, claims, shown):
            if given.audience == "patient" and line.kind == "claim":
                yield replace(line, text=line.text.replace("0.71", "0.7"))
            elif given.audience != "researcher" or line.kind != "claim":
                yield line

    assert alike_for(answer) == AUDIENCES
    monkeypatch.setattr(outlining, "_claims", faulty)
    assert alike_for(answer) == ("clinician",)
    rounded = next(claim.claim_id for part in PARTS for claim in answer.part(part) if "0.71" in claim.text)
    assert rounded not in content_in(answer, as_markdown(replace(answer, audience="patient"))).claim_ids


def test_the_evaluation_measures_the_same_content(answer: Answer) -> None:
    record = json.loads(json.dumps(answer_record(answer)))
    outcome, claim_ids, _, figures = cast(
        "tuple[str, list[str], object, list[str]]", measured(read_measured(record, ""))
    )
    assert outcome == "answer"
    assert set(claim_ids) == set(content_of(answer).claim_ids)
    assert set(figures) == set(content_of(answer).figures)


def test_a_model_that_words_for_the_reader_is_held_to_the_same_numbers(
    real_pipeline: AnswerPipeline, real_settings: Settings, scripted_server: Any
) -> None:
    """One wording a reader, the same figures; a figure of the reader's own does not pass, and the answer shows it."""

    def reply(request: dict[str, Any]) -> dict[str, Any]:
        asked = request["messages"][0]["content"] + request["messages"][1]["content"]
        offered = dict(re.findall(r"^([GR][\d.]+): (.*)$", request["messages"][1]["content"], re.MULTILINE))
        label, text = next((label, text) for label, text in offered.items() if "hazard ratio 0.71" in text)
        if "The reader is: a patient" in asked:
            text = text.replace("was less frequent", "happened less often")
        if "The reader is: a researcher" in asked:
            text = text.replace("0.71", "0.7")
        claim = {"text": text, "evidence": [label], "topic": None, "type": "finding"}
        empty: dict[str, Any] = {"short_answer": [], "guidelines": [], "agreement": [], "not_found": [], "look_for": []}
        return {"content": empty | {"research": [claim]}}

    scripted_server.replies = [reply]
    settings = real_settings.model_copy(
        update={
            "composer": "model",
            "model_base_url": scripted_server.base_url,
            "model_name": "scripted",
            "model_timeout_s": 20.0,
        }
    )
    made = AnswerPipeline(
        real_pipeline.search,
        composer_of(settings),
        real_pipeline._checker,
        real_pipeline._index,
        question_max_chars=2000,
    )
    clinician, patient = made.ask(QUESTION, "clinician"), made.ask(QUESTION, "patient")
    assert clinician.research[0].text != patient.research[0].text
    assert content_of(clinician) == content_of(patient)
    assert "0.71" in content_of(patient).figures
    assert reworded_figures(patient) == ()
    assert alike_for(patient) == AUDIENCES
    researcher = made.ask(QUESTION, "researcher")
    assert "0.7" not in content_of(researcher).figures
    assert [one.claim.verdict.fault for one in researcher.withheld] == ["figure_mismatch"]
