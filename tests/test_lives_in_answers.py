"""What the life of a source does to an answer, over the shipped corpus."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answer import Answer
from rag.pipeline import AnswerPipeline
from rag.rendering.markdown import to_markdown

PRESSURE = "What blood pressure should I aim for in an adult with diabetes?"


def cited(answer: Answer) -> set[str]:
    return {reference.source.source_id for reference in answer.references}


def left_out(answer: Answer) -> dict[str, Any]:
    return {one.source_id: one for one in answer.left_out}


@pytest.mark.parametrize(
    ("question", "retracted", "current"),
    [
        (
            "Does hydroxychloroquine reduce mortality in COVID-19?",
            {"mehra-2020-lancet-hcq", "gautret-2020-hcq"},
            {"recovery-2020-hcq", "idsa-2025-covid19"},
        ),
        (
            "Does risedronate prevent hip fracture after stroke?",
            {"sato-2005-risedronate-stroke", "sato-2005-folate-jama"},
            set(),
        ),
        ("Does the MMR vaccine cause autism?", {"wakefield-1998-mmr"}, {"hviid-2019-mmr-autism"}),
        ("Does a Mediterranean diet prevent cardiovascular events?", {"predimed-2013"}, {"predimed-2018"}),
    ],
)
def test_retracted_papers_are_named_as_left_out_and_never_cited(
    real_pipeline: AnswerPipeline, question: str, retracted: set[str], current: set[str]
) -> None:
    answer = real_pipeline.ask(question)
    assert current <= cited(answer)
    assert all(reference.source.status != "retracted" for reference in answer.references)
    assert retracted <= set(left_out(answer))
    for source_id in retracted:
        one = left_out(answer)[source_id]
        assert one.reason == "retracted"
        assert one.since
        assert one.why or one.replaced_by
    assert "not cited: retracted" in to_markdown(answer)


def test_a_retraction_that_was_republished_names_what_took_its_place(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask("Does a Mediterranean diet prevent cardiovascular events?")
    assert left_out(answer)["predimed-2013"].replaced_by == ("predimed-2018",)


def test_the_current_guideline_answers_and_not_its_predecessors(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask(PRESSURE)
    assert {"aha-acc-2025-hypertension", "esc-2024-hypertension"} <= cited(answer)
    assert cited(answer).isdisjoint({"acc-aha-2017-hypertension", "jnc8-2014-hypertension", "ada-2025-ckd"})
    superseded = [one for one in answer.left_out if one.reason == "superseded"]
    assert superseded
    assert all(one.since and one.replaced_by for one in superseded)
    assert any("130/80" in claim.text for claim in answer.guidelines)


def test_trials_that_differ_are_shown_together_with_their_numbers(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask(PRESSURE)
    numbers = {"sprint-2015": "0.75", "accord-bp-2010": "0.88", "bproad-2025": "0.79"}
    said = {citation.source_id: claim.text for claim in answer.research for citation in claim.citations}
    for source_id, ratio in numbers.items():
        assert any(ratio in claim.text and claim.citations[0].source_id == source_id for claim in answer.research), (
            said.get(source_id)
        )
    differing = [claim for claim in answer.agreement if claim.relation == "differ_within"]
    assert any(set(numbers) <= {one.source_id for one in claim.citations} for claim in differing)


def test_what_a_guideline_changed_is_said_from_its_own_text(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask(PRESSURE)
    changed = [claim for claim in answer.agreement if claim.relation == "changed"]
    assert changed
    for claim in changed:
        source = next(one.source for one in answer.references if one.source.source_id == claim.citations[0].source_id)
        assert source.status == "current"
        assert source.supersedes


def test_a_reference_says_what_was_published_about_it(real_pipeline: AnswerPipeline) -> None:
    text = to_markdown(real_pipeline.ask("How many days of antibiotics are enough for community-acquired pneumonia?"))
    assert "corrected" in text
    assert "Retractions as known on 2025-08-22." in text
