"""Accord: a guideline and a study that point the same way about a drug are said to, in fixed words that are checked."""

from __future__ import annotations

import pytest

from rag.answer import DraftClaim
from rag.factory import entailment_model
from rag.fixed_words import accord_text
from rag.pipeline import AnswerPipeline
from rag.verification.accord import points_alike
from rag.verification.verifier import Verifier

FOR = "The Board recommends denosumab in osteoporosis."
AGAINST = "The Board recommends against hydroxychloroquine in COVID-19."


@pytest.mark.parametrize(
    ("advised", "found", "alike"),
    [
        (FOR, "In the trial, denosumab reduced hip fracture compared with placebo.", True),
        (FOR, "In the trial, denosumab increased hip fracture compared with placebo.", False),
        (FOR, "In the trial, denosumab was given twice a year.", None),
        (FOR, "In the trial, alendronate reduced hip fracture compared with placebo.", None),
        (AGAINST, "In the trial, hydroxychloroquine did not reduce mortality in COVID-19.", True),
        (AGAINST, "In the trial, hydroxychloroquine reduced mortality in COVID-19.", False),
        ("Until 2023, the Board recommended denosumab.", "In the trial, denosumab reduced hip fracture.", None),
        ("The Board recommends denosumab only in a trial.", "In the trial, denosumab reduced hip fracture.", None),
    ],
)
def test_advice_and_findings_are_held_against_each_other_by_the_drug_that_both_name(
    advised: str, found: str, alike: bool | None
) -> None:
    assert points_alike(advised, found) is alike


QUESTION = "My mum is 72 with osteoporosis. Should she start with a bisphosphonate, denosumab or romosozumab?"


def test_halves_that_point_the_same_way_are_said_to_with_years_and_strength(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask(QUESTION)
    (agreed,) = [claim for claim in answer.agreement if claim.relation == "agree"]
    assert agreed.text == accord_text("Denosumab", 2023, "conditional", 2009)
    years = {reference.source.source_id: reference.source.year for reference in answer.references}
    assert [years[citation.source_id] for citation in agreed.citations] == [2023, 2009]
    assert agreed.verdict.support == "full"


def test_such_a_claim_is_checked_like_any(real_pipeline: AnswerPipeline) -> None:
    evidence = real_pipeline.search.gather("denosumab in osteoporosis", [])
    assert not evidence.sentences
    found = real_pipeline.ask(QUESTION)
    (agreed,) = [claim for claim in found.agreement if claim.relation == "agree"]
    quotes = [citation.quote for citation in agreed.citations]
    assert points_alike(*quotes) is True
    from rag.question import parse_question

    asked = parse_question(QUESTION, max_chars=500)
    evidence = real_pipeline.search.gather(asked.stem, asked.queries())
    labels = {sentence.text: label for label, sentence in evidence.sentences.items()}
    verifier = Verifier(entailment_model("lexical"))
    drafted = DraftClaim(
        "agreement", "background", agreed.text, tuple(labels[quote] for quote in quotes), "denosumab", "agree"
    )
    assert verifier.check(drafted, evidence).support == "full"
    other_year = DraftClaim(
        "agreement",
        "background",
        accord_text("denosumab", 2024, "conditional", 2009),
        drafted.pointers,
        "denosumab",
        "agree",
    )
    assert verifier.check(other_year, evidence).support != "full"
