"""The order of the claims of a half: relevance first, then strength and year; and nothing said twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.answer import DraftClaim, Part, Verdict, Verification
from rag.evidence import Evidence, Found, ScoredHit
from rag.pipeline import AnswerPipeline
from rag.reading_order import in_reading_order, strength_rank
from rag.types import KINDS, Hit, Kind, Passage, Query, Sentence, Source

PASSED = Verdict("full", "a sentence", "rules")
WEIGHTS = {"gout": 0.5, "allopurinol": 0.8}


def evidence(*years: tuple[str, int]) -> Evidence:
    """One source a label, each with one sentence, on gout and allopurinol."""
    hits: dict[Kind, list[ScoredHit]] = {kind: [] for kind in KINDS}
    sources = {}
    for label, year in years:
        kind: Kind = "guideline" if label[0] == "G" else "research"
        sources[label] = Source(label, kind, label, year, "current")
        passage = Passage(f"{label}-1", label, kind, "Findings", 0, 5, "Gout.", (Sentence(0, 5),))
        hits[kind].append(ScoredHit(Hit(passage, 1.0, len(hits[kind]) + 1), (0.9,)))
    found = Found(Query("gout allopurinol"), {kind: tuple(ones) for kind, ones in hits.items()}, WEIGHTS)
    return Evidence((found,), sources, (), {})


def claim(
    label: str, text: str = "Gout and allopurinol.", topic: str | None = None, part: Part = "guidelines", kind: str = ""
) -> DraftClaim:
    pointers = tuple(f"{one}.1" for one in label.split())
    return DraftClaim(part, "background" if kind else "recommendation", f"{text} {label}", pointers, topic)


def ordered(claims: Sequence[DraftClaim], *years: tuple[str, int]) -> list[str]:
    found = evidence(*years)
    verification = Verification(tuple((one, PASSED) for one in claims), (), ())
    once = in_reading_order(verification, found)
    assert in_reading_order(once, found) == once
    return [" ".join(pointer.split(".")[0] for pointer in one.pointers) for one, _ in once.passed]


G1_4 = (("G1", 2010), ("G2", 2012), ("G3", 2020), ("G4", 2016))


def test_the_first_claim_stays_and_the_others_follow_newest_first() -> None:
    assert ordered([claim(label) for label in ("G1", "G2", "G3", "G4")], *G1_4) == ["G1", "G3", "G4", "G2"]


def test_of_one_year_the_order_is_kept() -> None:
    years = (("G1", 2010), ("G2", 2012), ("G3", 2012), ("G4", 2012))
    assert ordered([claim(label) for label in ("G1", "G2", "G3", "G4")], *years) == ["G1", "G2", "G3", "G4"]


def test_a_strong_recommendation_goes_before_a_newer_conditional_one() -> None:
    drafted = [
        claim("G1"),
        claim("G3", "Gout: allopurinol (conditional recommendation)."),
        claim("G4", "Gout: allopurinol."),
        claim("G2", "Gout: allopurinol (strong recommendation)."),
    ]
    assert ordered(drafted, *G1_4) == ["G1", "G2", "G4", "G3"]


def test_background_goes_last_however_new_it_is() -> None:
    assert ordered([claim("G1"), claim("G3", kind="background"), claim("G2")], *G1_4) == ["G1", "G2", "G3"]


def test_a_newer_claim_with_less_of_what_was_asked_does_not_go_before_one_with_more() -> None:
    drafted = [claim("G1"), claim("G2"), claim("G3", "Gout alone."), claim("G4")]
    assert ordered(drafted, *G1_4) == ["G1", "G4", "G2", "G3"]
    assert ordered([claim("G1"), claim("G2", "Gout alone."), claim("G3", "Gout again.")], *G1_4) == ["G1", "G3", "G2"]


def test_topics_and_the_other_parts_keep_their_places() -> None:
    drafted = [
        claim("G1", part="short_answer"),
        claim("G3", part="short_answer"),
        claim("G1", topic="a"),
        claim("G2", topic="b"),
        claim("G2", topic="a"),
        claim("G3", topic="a"),
        claim("G4", topic="b"),
    ]
    assert ordered(drafted, *G1_4) == ["G1", "G3", "G1", "G2", "G3", "G2", "G4"]


def test_what_is_said_twice_in_a_half_is_said_once_and_what_cites_more_stays() -> None:
    twice = claim("G1")
    assert ordered([twice, claim("G2"), twice], *G1_4) == ["G1", "G2"]
    more = DraftClaim(twice.part, twice.type, twice.text.upper(), ("G1.1", "G3.1"), None)
    assert ordered([twice, more], *G1_4) == ["G1", "G1 G3"]
    assert ordered([twice, claim("G1", topic="b"), claim("G1", part="short_answer")], *G1_4) == ["G1", "G1", "G1"]


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("KDIGO recommends it (grade 1A).", 0),
        ("It is recommended (class I, level A).", 0),
        ("It is not recommended (class III, level B).", 0),
        ("The ACR strongly recommends allopurinol.", 0),
        ("NICE says to offer allopurinol.", 1),
        ("It lowers death in NYHA class II to IV.", 1),
        ("It may be considered (class IIb, level B).", 2),
        ("It is suggested (grade 2B).", 2),
        ("The ACR conditionally recommends it.", 2),
        ("It is advised (weak recommendation, moderate-quality evidence).", 2),
    ],
)
def test_strength_is_read_from_what_a_claim_states(text: str, rank: int) -> None:
    assert strength_rank(text) == rank


@pytest.mark.parametrize(
    "question",
    ["What relieves the pain of lumbar spinal stenosis?", "Which drug is recommended for acute low back pain?"],
)
def test_claims_pass_in_the_order_of_the_answer(real_pipeline: AnswerPipeline, question: str) -> None:
    """The extractive composer's draft comes in one piece: nothing of it has to be printed again."""
    from rag.answer import PARTS, Answer, ClaimShown

    *steps, answer = real_pipeline.stream(question)
    assert isinstance(answer, Answer)
    shown = [(step.part, step.claim.claim_id) for step in steps if isinstance(step, ClaimShown)]
    final = [(part, one.claim_id) for part in PARTS for one in answer.part(part) if one.type != "absence"]
    assert shown == final
    numbers = [c.number for part in PARTS for one in answer.part(part) for c in one.citations]
    assert list(dict.fromkeys(numbers)) == list(range(1, len(answer.references) + 1))
