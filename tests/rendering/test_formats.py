"""The text formats: the order of the sections, the numbers, the notes, for answers and abstentions."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from rag.answer import PARTS, Answer, Cut, Usage, Withheld
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record, to_json
from rag.rendering.markdown import to_markdown
from rag.rendering.outline import outline
from rag.rendering.reading import read_answer
from rag.rendering.terminal import print_answer
from rag.types import Audience

QUESTION = "Is buttock pain relieved by walking related to Takayasu arteritis or lumbar spinal stenosis?"
ORDER = [
    "Short answer",
    "Option by option",
    "From the Guidelines",
    "From the Research",
    "Where they agree, where they differ",
    "Not found",
    "Withheld",
    "References",
    "Status",
]


@pytest.fixture(scope="module")
def answer(real_pipeline: AnswerPipeline) -> Answer:
    return real_pipeline.ask(QUESTION)


def test_the_sections_come_in_the_order_of_the_design(answer: Answer) -> None:
    assert [block.heading for block in outline(answer)] == ORDER


def test_an_abstention_says_so_and_has_no_halves(real_pipeline: AnswerPipeline) -> None:
    blocks = outline(real_pipeline.ask("What is the capital of France?"))
    assert [block.heading for block in blocks] == ["Short answer", "Not found", "Status"]
    assert "do not answer this" in blocks[0].lines[0].text


def test_markdown_cites_every_reference_and_lists_every_citation(answer: Answer) -> None:
    text = to_markdown(answer)
    body, references = text.split("## References")
    cited = {int(number) for number in re.findall(r"\[(\d+)\]", body)}
    listed = {int(number) for number in re.findall(r"^(\d+)\. ", references, re.MULTILINE)}
    assert cited == listed == set(range(1, len(answer.references) + 1))
    assert text.startswith(f"# {QUESTION}\n")
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == ORDER


def test_a_sentence_of_the_short_answer_is_not_repeated_below(answer: Answer) -> None:
    text = to_markdown(answer)
    for part in PARTS:
        for claim in answer.part(part):
            assert text.count(claim.text) == 1


def test_what_points_to_a_statement_above_tells_its_first_words(answer: Answer) -> None:
    above = {line.claim.text for line in outline(answer)[0].lines if line.claim is not None}
    lines = [line for block in outline(answer) for line in block.lines if line.text.startswith("As quoted above")]
    told = {line.text.removeprefix("As quoted above: “").rstrip("… ”"): line.claim for line in lines}
    assert lines
    assert len(told) == len(lines)
    for first, claim in told.items():
        assert claim is not None
        assert len(first.split()) <= 8
        assert {text for text in above if text.startswith(first)} == {claim.text}


def test_of_two_statements_that_begin_alike_more_words_are_told(small_answer: Answer) -> None:
    alike = "Of the knees that were looked at in this trial some {}."
    first = small_answer.guidelines[0]
    two = tuple(replace(first, claim_id=f"c{n}", text=alike.format(n)) for n in ("hurt at rest", "did not hurt"))
    longer = replace(first, claim_id="c7", text="Of the knees that were looked at elsewhere none hurt.")
    lines = outline(replace(small_answer, short_answer=(*two, longer), guidelines=(*two, longer)))
    told = [line.text for block in lines for line in block.lines if line.text.startswith("As quoted above")]
    start = "As quoted above: “Of the knees that were looked at"
    assert told == [
        f"{start} in this trial some hurt …”",
        f"{start} in this trial some did …”",
        f"{start} elsewhere …”",
    ]


def test_it_says_that_no_language_model_was_used_and_that_texts_are_summaries(answer: Answer) -> None:
    text = to_markdown(answer)
    assert "No language model was used" in text
    assert "not the publications' own words" in text
    assert "Not reviewed" in text


def test_guidelines_show_issuer_and_year_and_studies_their_type_and_size(answer: Answer) -> None:
    text = to_markdown(answer)
    assert "North American Spine Society (NASS), 2011, grading: NASS grades" in text
    assert "international Delphi study, 2016, n = 279 clinicians" in text


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        ("clinician", "For health professionals"),
        ("researcher", "not a systematic review"),
        ("patient", "not advice about you"),
    ],
)
def test_each_reader_has_a_disclaimer_of_their_own(
    real_pipeline: AnswerPipeline, audience: Audience, words: str
) -> None:
    assert words in to_markdown(real_pipeline.ask(QUESTION, audience))


def test_the_terminal_shows_the_same_lines_within_its_width(answer: Answer) -> None:
    stream = io.StringIO()
    print_answer(answer, Console(file=stream, width=72))
    shown = stream.getvalue()
    assert all(len(line) <= 72 for line in shown.splitlines())
    flat = " ".join(shown.split())
    for block in outline(answer):
        assert block.heading in flat
        for line in block.lines:
            assert " ".join(line.text.split()) in flat


def test_each_option_is_listed_with_its_stance_its_sources_and_the_reason(answer: Answer) -> None:
    (options,) = [block for block in outline(answer) if block.heading == "Option by option"]
    assert [line.text for line in options.lines] == [
        "Takayasu arteritis: not settled by the sentences found",
        "Lumbar spinal stenosis: the cited sentences speak against it",
    ]
    assert [bool(line.numbers) for line in options.lines] == [False, True]
    assert all(line.detail for line in options.lines)
    assert set(options.lines[1].numbers) <= {reference.number for reference in answer.references}


def test_a_fault_is_named_where_a_claim_is_withheld_and_where_its_citation_was_corrected(answer: Answer) -> None:
    claim = answer.research[0]
    mended = replace(claim, verdict=replace(claim.verdict, fault="misattributed"))
    failed = replace(claim.verdict, support="contradicted", fault="figure_mismatch", reason="says 5, they say 6")
    withheld = Withheld(replace(claim, verdict=failed), failed.reason)
    shown = to_markdown(replace(answer, research=(mended,), withheld=(withheld,)))
    assert "citation corrected by the verifier" in shown
    assert "figure differs: says 5, they say 6" in shown
    assert "corrected" not in to_markdown(answer).split("## References")[0]


def test_json_has_stance_citations_fault_and_score(answer: Answer) -> None:
    record = json.loads(to_json(answer))
    stances = {one["option"]: one for one in record["options"]}
    assert stances["Takayasu arteritis"]["citations"] == []
    assert stances["lumbar spinal stenosis"]["stance"] == "contradicted"
    assert stances["lumbar spinal stenosis"]["citations"][0]["quote"]
    assert {"fault", "score"} <= set(record["guidelines"][0]["verdict"])


def test_what_a_model_took_and_did_not_read_is_read_back_from_the_record(answer: Answer) -> None:
    taken = replace(answer.provenance, model="m", usage=Usage(2, 1, 300, 40, 0.01, True))
    made = replace(answer, provenance=taken, cut=(Cut("a", "a-1", 0, 5, "room"),), incomplete="the draft broke off")
    again = read_answer(json.loads(to_json(made)))
    assert (again.provenance, again.cut, again.incomplete) == (made.provenance, made.cut, made.incomplete)
    assert to_markdown(again) == to_markdown(made)
    older = {
        name: value for name, value in answer_record(answer).items() if name not in ("cut", "incomplete", "content")
    }
    assert read_answer(older).incomplete is None
