"""What a reader is shown of the halves at once: twelve claims, one at least of each topic, the rest counted."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from rag.answer import Answer, Claim
from rag.pipeline import AnswerPipeline
from rag.rendering.folding import MOST_CLAIMS, fold
from rag.rendering.json_format import to_json
from rag.rendering.markdown import to_markdown
from rag.rendering.terminal import print_answer

QUESTION = "Is buttock pain relieved by walking related to Takayasu arteritis or lumbar spinal stenosis?"


@pytest.fixture(scope="module")
def answer(real_pipeline: AnswerPipeline) -> Answer:
    return real_pipeline.ask(QUESTION)


def copies(claim: Claim, count: int, topics: int = 1) -> tuple[Claim, ...]:
    """As many claims like it, on so many topics in turn, all in words of their own."""
    made = []
    for place in range(count):
        topic = f"topic {place * topics // count}"
        text = f"{claim.text} Copy {place} of {claim.claim_id}."
        made.append(replace(claim, claim_id=f"{claim.claim_id}x{place}", topic=topic, text=text))
    return tuple(made)


def stretched(answer: Answer, guidelines: int, research: int, topics: int = 1) -> Answer:
    return replace(
        answer,
        guidelines=copies(answer.guidelines[0], guidelines, topics),
        research=copies(answer.research[0], research, topics),
    )


def test_up_to_twelve_claims_nothing_is_folded(answer: Answer) -> None:
    whole = stretched(answer, 7, 5)
    assert fold(whole).answer == whole
    assert "--long" not in to_markdown(whole)
    assert to_markdown(whole) == to_markdown(whole, long=True)


def test_of_more_the_first_of_each_half_are_shown_and_the_rest_counted_in_one_line(answer: Answer) -> None:
    many = stretched(answer, 9, 20)
    folded = fold(many)
    assert (len(folded.answer.guidelines), len(folded.answer.research)) == (6, 6)
    assert folded.answer.guidelines == many.guidelines[:6]
    assert folded.answer.research == many.research[:6]
    text = to_markdown(many)
    assert re.findall(r"^.*--long$", text, re.MULTILINE) == [
        "17 more (3 from the Guidelines and 14 from the Research): --long"
    ]
    assert text.index("--long") < text.index("## Where they agree")


def test_a_short_half_leaves_its_room_to_the_other(answer: Answer) -> None:
    folded = fold(stretched(answer, 2, 20))
    assert (len(folded.answer.guidelines), len(folded.answer.research)) == (2, 10)
    assert folded.counts == {"research": 10}


def test_each_topic_of_each_half_keeps_a_claim_even_beyond_twelve(answer: Answer) -> None:
    many = stretched(answer, 20, 16, topics=4)
    shown = fold(many).answer
    assert len(shown.guidelines) + len(shown.research) == MOST_CLAIMS
    for half in (shown.guidelines, shown.research):
        assert {claim.topic for claim in half} == {f"topic {number}" for number in range(4)}
    crowded = fold(stretched(answer, 16, 16, topics=8)).answer
    assert len(crowded.guidelines) == len(crowded.research) == 8


def test_the_references_are_those_that_are_cited_and_keep_their_numbers(answer: Answer) -> None:
    last = answer.references[-1]
    cited = replace(answer.research[0].citations[0], number=last.number, source_id=last.source.source_id)
    many = stretched(answer, 3, 20)
    bare = {"short_answer": (), "agreement": (), "options": ()}
    many = replace(many, **bare, research=(*many.research[:-1], replace(many.research[-1], citations=(cited,))))  # type: ignore[arg-type]
    body, references = to_markdown(many).split("## References")
    assert f"[{last.number}]" not in body
    assert last.source.title not in references
    listed = {int(one) for one in re.findall(r"^(?:- \[)?(\d+)[\].] ", references, re.MULTILINE)}
    assert listed == {int(number) for number in re.findall(r"\[(\d+)\]", body)}
    assert last.source.title in to_markdown(many, long=True)


def test_the_long_form_and_the_json_have_all(answer: Answer) -> None:
    many = stretched(answer, 9, 20)
    stream = io.StringIO()
    print_answer(many, Console(file=stream, width=100), long=True)
    for text in (to_markdown(many, long=True), " ".join(stream.getvalue().split())):
        assert all(claim.text in text for claim in (*many.guidelines, *many.research))
        assert "--long" not in text
    record = json.loads(to_json(many))
    assert (len(record["guidelines"]), len(record["research"])) == (9, 20)


def test_words_that_stand_already_are_pointed_to_whatever_they_cite(answer: Answer) -> None:
    claim = answer.guidelines[-1]
    again = replace(claim, claim_id="again", citations=claim.citations * 2)
    assert to_markdown(replace(answer, guidelines=(*answer.guidelines, again))).count(claim.text) == 1
