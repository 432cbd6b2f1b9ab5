"""The extractive composer on planted evidence: what it takes, what it leaves, in what order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer import Draft, DraftClaim, Verdict
from rag.composition.extractive import RED_FLAGS, UNNAMED, ExtractiveComposer
from rag.evidence import Evidence, Found, ScoredHit, SearchRecord
from rag.question import parse_question
from rag.text import wide_terms
from rag.types import KINDS, Hit, Kind, Passage, Sentence, Source


def passage(source_id: str, kind: Kind, text: str, heading: str = "Findings") -> Passage:
    return Passage(f"{source_id}#1", source_id, kind, heading, 0, len(text), text, (Sentence(0, len(text)),))


def evidence(question: str, *planted: tuple[str, Kind, str, float], conflicts: tuple[str, ...] = ()) -> Evidence:
    """Each planted (source, kind, sentence, cosine) is a hit of every query of the question."""
    asked = parse_question(question, max_chars=500)
    sources = {
        name: Source(name, kind, name, 2020, "current", conflicts_with=conflicts if kind == "guideline" else ())
        for name, kind, _, _ in planted
    }
    found = tuple(
        Found(
            query,
            {
                kind: tuple(
                    ScoredHit(Hit(passage(name, kind, text), 1.0, rank), (cosine,))
                    for rank, (name, of_kind, text, cosine) in enumerate(planted, start=1)
                    if of_kind == kind
                )
                for kind in KINDS
            },
            dict.fromkeys(wide_terms(query.text), 0.5),
        )
        for query in asked.queries()
    )
    searched = {kind: SearchRecord("planted", tuple(query.text for query in asked.queries()), 1) for kind in KINDS}
    return Evidence(found, sources, (), searched)


def compose(question: str, found: Evidence) -> Draft:
    return ExtractiveComposer().compose(parse_question(question, max_chars=500), found, "clinician")


def texts(draft: Draft, part: str) -> list[str]:
    return [claim.text for claim in draft.claims if claim.part == part]


KNEE = "What relieves knee pain?"
REST = "Knee pain is relieved by rest."
ICE = "Knee pain was relieved by ice in 40 patients."


def test_sentences_are_taken_verbatim_into_the_half_of_their_kind() -> None:
    draft = compose(KNEE, evidence(KNEE, ("g", "guideline", REST, 0.8), ("r", "research", ICE, 0.7)))
    assert texts(draft, "guidelines") == [REST]
    assert texts(draft, "research") == [ICE]
    assert draft.model is None
    for claim in draft.claims:
        if claim.part in ("guidelines", "research"):
            assert claim.pointers == ({"guidelines": "G1.1", "research": "R1.1"}[claim.part],)


@pytest.mark.parametrize(
    ("sentence", "cosine"),
    [("Knee pain is relieved by rest.", 0.1), ("Elbow swelling is rare.", 0.6), ("Gout is common.", 0.1)],
)
def test_what_is_not_near_enough_is_left_and_nothing_left_is_no_claim(sentence: str, cosine: float) -> None:
    draft = compose(KNEE, evidence(KNEE, ("g", "guideline", sentence, cosine)))
    assert draft.claims == ()
    assert [(absence.topic, absence.kind) for absence in draft.absences] == [(KNEE, kind) for kind in KINDS]


def test_a_sentence_without_an_essential_term_is_left() -> None:
    question = "What relieves pain of the knee, or alphacaine?"
    found = evidence(question, ("g", "guideline", "Knee pain is relieved by rest.", 0.6))
    assert compose(question, found).claims
    assert compose(question, replace(found, essential_terms=("alphacain",))).claims == ()


def test_a_question_that_turns_on_an_unknown_word_is_not_answered() -> None:
    found = evidence(KNEE, ("g", "guideline", REST, 0.9))
    assert compose(KNEE, replace(found, unknown_words=("knee",))).claims == ()


def test_a_sentence_must_name_the_conditions_that_the_question_names() -> None:
    found = evidence(KNEE, ("g", "guideline", REST, 0.9))
    assert compose(KNEE, replace(found, named_terms=("knee", "pain"))).claims
    assert compose(KNEE, replace(found, named_terms=("gout",))).claims == ()


def test_a_sentence_must_have_the_treatment_that_is_asked_about() -> None:
    question = "Is alphacaine recommended for knee pain?"
    other = "Rest is recommended for knee pain."
    assert compose(question, evidence(question, ("g", "guideline", other, 0.9))).claims == ()
    own = "Alphacaine is not recommended for knee pain."
    assert texts(compose(question, evidence(question, ("g", "guideline", own, 0.6))), "guidelines") == [own]


def test_an_emergency_in_lay_words_is_answered_by_its_red_flags() -> None:
    question = "I cannot pee and my saddle area is numb. What now?"
    flags = "Red flags such as urinary retention and saddle anaesthesia need prompt work-up."
    draft = compose(question, evidence(question, ("r", "research", flags, 0.4)))
    assert texts(draft, "short_answer") == [flags]


def test_near_duplicates_are_taken_once() -> None:
    again = "Knee pain is relieved by the rest."
    draft = compose(KNEE, evidence(KNEE, ("a", "guideline", REST, 0.8), ("b", "guideline", again, 0.79)))
    assert texts(draft, "guidelines") == [REST]


def test_a_sentence_on_how_a_study_was_made_comes_after_an_equal_one_on_findings() -> None:
    found = evidence(
        KNEE, ("a", "research", "Knee pain relieved by ice was asked for.", 0.8), ("b", "research", ICE, 0.8)
    )
    hits = found.found[0].hits["research"]
    about = replace(hits[0].hit.passage, heading="What was studied")
    moved = replace(
        found.found[0], hits={"guideline": (), "research": (replace(hits[0], hit=Hit(about, 1, 1)), hits[1])}
    )
    assert texts(compose(KNEE, replace(found, found=(moved,))), "research")[0] == ICE


OPTIONS = "Is knee pain relieved by walking related to gout, bursitis or arthrosis?"
GOUT = "In gout, knee pain is provoked by walking and relieved by rest."
BURSITIS = "In bursitis, knee pain is felt at night."
FLAGS = "Red flags in knee pain are fever and a hot joint."
LUPUS = "In lupus, knee pain is relieved by walking."


@pytest.fixture
def by_option() -> Draft:
    planted = [
        ("gout", "guideline", GOUT, 0.8),
        ("bursitis", "research", BURSITIS, 0.6),
        ("lupus", "research", LUPUS, 0.7),
        ("flags", "guideline", FLAGS, 0.5),
    ]
    return compose(OPTIONS, evidence(OPTIONS, *planted))  # type: ignore[arg-type]


def test_every_option_has_a_statement_or_an_absence(by_option: Draft) -> None:
    said = {claim.topic for claim in by_option.claims}
    absent = {(absence.topic, absence.kind) for absence in by_option.absences}
    assert {"gout", "bursitis"} <= said
    assert {("arthrosis", "guideline"), ("arthrosis", "research"), ("bursitis", "research")} <= absent
    assert ("gout", "guideline") not in absent


def test_a_sentence_that_says_the_reverse_is_named_as_the_reverse_first(by_option: Draft) -> None:
    first = by_option.claims[0]
    assert (first.part, first.relation, first.topic, first.pointers) == ("short_answer", "reverse", "gout", ("G1.1",))
    assert "reverse of “knee pain relieved by walking”" in first.text


def test_what_the_question_does_not_name_has_its_own_topics(by_option: Draft) -> None:
    topics = {(claim.topic, claim.text) for claim in by_option.claims}
    assert (UNNAMED, LUPUS) in topics
    assert (RED_FLAGS, FLAGS) in topics
    assert (UNNAMED, GOUT) not in topics


def test_only_conflicts_on_record_are_said_to_differ() -> None:
    rest = "In knee pain, rest relieved the pain of 9 patients."
    planted = (("g", "guideline", REST, 0.8), ("r", "research", rest, 0.8))
    agreeing = compose(KNEE, evidence(KNEE, *planted))
    assert [claim.relation for claim in agreeing.claims if claim.part == "agreement"] == ["agree"]
    differing = compose(KNEE, evidence(KNEE, *planted, conflicts=("r",)))
    assert [claim.relation for claim in differing.claims if claim.part == "agreement"] == ["diverge"]
    apart = compose(KNEE, evidence(KNEE, planted[0], ("r", "research", "Knee pain was relieved by ice.", 0.8)))
    assert [claim.relation for claim in apart.claims if claim.part == "agreement"] == ["not_compared"]


def test_the_source_has_no_other_wording_to_repair_with() -> None:
    claim = DraftClaim("guidelines", "background", REST, ("G1.1",))
    question = parse_question(KNEE, max_chars=100)
    found = evidence(KNEE, ("g", "guideline", REST, 0.8))
    failures = [(claim, Verdict("none", "why", "v"))]
    assert ExtractiveComposer().repair(question, found, "clinician", failures) == (None,)


def test_a_question_about_an_animal_is_not_answered() -> None:
    question = "What relieves knee pain in my dog?"
    assert compose(question, evidence(question, ("g", "guideline", REST, 0.9))).claims == ()
