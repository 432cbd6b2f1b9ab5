"""The extractive composer on planted evidence: what it takes, what it leaves, in what order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer import Draft, DraftClaim, Verdict
from rag.composition.extractive import RED_FLAGS, UNNAMED, ExtractiveComposer
from rag.evidence import Evidence, Found, ScoredHit, SearchRecord, WordWeight
from rag.question import parse_question
from rag.text import wide_terms, words
from rag.types import KINDS, Hit, Kind, Passage, Sentence, Source
from tests.readers import SharedWords

HEAVY = {"knee", "alphacaine", "gout"}
"""The words that the planted questions turn on."""


def passage(source_id: str, kind: Kind, text: str, heading: str = "Findings") -> Passage:
    return Passage(f"{source_id}#1", source_id, kind, heading, 0, len(text), text, (Sentence(0, len(text)),))


def evidence(question: str, *planted: tuple[str, Kind, str, float], conflicts: tuple[str, ...] = ()) -> Evidence:
    """Each planted (source, kind, sentence, cosine) is a hit of every query of the question."""
    asked = parse_question(question, max_chars=500)
    sources = {
        name: Source(name, kind, name, 2020, "current", conflicts_with=conflicts if kind == "guideline" else ())
        for name, kind, _, _ in planted
    }
    ranks = {kind: [one for one in planted if one[1] == kind] for kind in KINDS}
    found = tuple(
        Found(
            query,
            {
                kind: tuple(
                    ScoredHit(Hit(passage(name, kind, text), 1.0, rank), (cosine,), (cosine,))
                    for rank, (name, _, text, cosine) in enumerate(ranks[kind], start=1)
                )
                for kind in KINDS
            },
            dict.fromkeys(wide_terms(query.text), 0.5),
        )
        for query in asked.queries()
    )
    searched = {kind: SearchRecord("planted", tuple(query.text for query in asked.queries()), 1) for kind in KINDS}
    known = {term for _, _, text, _ in planted for term in wide_terms(text)}
    return Evidence(found, sources, (), searched, word_weights=word_weights(asked.stem, known))


def word_weights(stem: str, known: set[str]) -> tuple[WordWeight, ...]:
    """As the search gives them: words that say what a question is about weigh, the others hardly do."""
    found = []
    for word in dict.fromkeys(words(stem)):
        terms = wide_terms(word)
        if terms:
            heavy = 0.15 if word.lower() in HEAVY else 0.01
            found.append(WordWeight(word, tuple(terms), heavy, bool(set(terms) & known)))
    return tuple(found)


def compose(question: str, found: Evidence) -> Draft:
    return ExtractiveComposer(READER).compose(parse_question(question, max_chars=500), found, "clinician")


def texts(draft: Draft, part: str) -> list[str]:
    return [claim.text for claim in draft.claims if claim.part == part]


READER = SharedWords()
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


def test_a_question_on_a_drug_that_no_sentence_has_is_refused() -> None:
    question = "How well does alphacaine relieve knee pain?"
    assert compose(question, evidence(question, ("g", "guideline", REST, 0.6))).claims == ()
    own = "Alphacaine relieves knee pain well."
    draft = compose(question, evidence(question, ("g", "guideline", own, 0.8), ("r", "research", ICE, 0.4)))
    assert texts(draft, "guidelines") == [own]


def test_a_sentence_on_neither_of_two_options_is_no_choice_between_them() -> None:
    question = "Alphacaine versus betacaine for knee pain?"
    draft = compose(question, evidence(question, ("g", "guideline", "For knee pain, the Board recommends rest.", 0.9)))
    assert draft.claims == ()
    assert {(absence.topic, absence.kind) for absence in draft.absences} == {
        (option, kind) for option in ("Alphacaine", "betacaine") for kind in KINDS
    }


def test_a_question_of_a_dose_needs_a_dose() -> None:
    question = "What dose of alphacaine for knee pain?"
    planted = (
        ("a", "guideline", "Alphacaine is recommended for knee pain.", 0.8),
        ("b", "guideline", "For knee pain, alphacaine 15 mg a day is recommended.", 0.7),
        ("c", "guideline", "For knee pain, low-dose alphacaine is recommended; the dose is kept low.", 0.8),
    )
    found = replace(evidence(question, *planted), named_terms=("dose",))
    assert texts(compose(question, found), "guidelines") == [planted[1][2]]


def test_a_question_about_a_child_needs_a_sentence_or_title_about_children() -> None:
    question = "What relieves knee pain in a child?"
    planted = (("a", "guideline", REST, 0.9), ("b", "guideline", "Knee pain of a child is relieved by play.", 0.8))
    found = replace(evidence(question, *planted), named_terms=("child",))
    assert texts(compose(question, found), "guidelines") == [planted[1][2]]
    titled = {name: replace(source, title="Children's knees") for name, source in found.sources.items()}
    assert REST in texts(compose(question, replace(found, sources=titled)), "guidelines")


def test_what_excludes_the_question_is_left() -> None:
    question = "What relieves acute knee pain?"
    planted = (
        ("a", "guideline", "Chronic knee pain is relieved by exercise.", 0.9),
        ("b", "guideline", "Acute knee pain is relieved by rest.", 0.8),
    )
    assert texts(compose(question, evidence(question, *planted)), "guidelines") == [planted[1][2]]


CLASSES = "Heart failure of my aunt: dapagliflozin or candesartan?"
ON_CLASSES = (
    ("a", "guideline", "The board recommends an SGLT2 inhibitor in heart failure.", 0.9),
    ("b", "guideline", "The board recommends an angiotensin receptor blocker in heart failure.", 0.8),
    ("c", "guideline", "The board recommends a beta-blocker in heart failure.", 0.8),
)


def test_what_is_recommended_of_its_class_is_told_of_a_drug() -> None:
    draft = compose(CLASSES, evidence(CLASSES, *ON_CLASSES))
    told = {claim.topic: claim.text for claim in draft.claims if claim.part == "guidelines"}
    assert told == {"dapagliflozin": ON_CLASSES[0][2], "candesartan": ON_CLASSES[1][2]}


def test_a_class_that_two_options_share_tells_neither_from_the_other() -> None:
    question = CLASSES.replace("candesartan", "empagliflozin")
    assert not compose(question, evidence(question, *ON_CLASSES)).claims


MANY = ("rest", "ice", "splints", "taping", "swimming", "insoles", "crutches", "braces", "massage", "heat")


def test_no_half_has_more_than_eight_sentences() -> None:
    planted = [
        (name, "guideline", f"Relief of knee pain by {name} was seen in {number}0 people.", 0.9 - number / 100)
        for number, name in enumerate(MANY, start=1)
    ]
    taken = texts(compose(KNEE, evidence(KNEE, *planted)), "guidelines")
    assert 1 < len(taken) <= 8


def test_no_source_crowds_the_others_out() -> None:
    other = "Most people felt relief of knee pain from walks."
    planted = [
        (f"s{number}", "research", f"Relief of knee pain by {name} was seen in {number}0 people.", 0.85)
        for number, name in enumerate(MANY[:7], start=1)
    ]
    found = evidence(KNEE, *planted, ("other", "research", other, 0.8))  # type: ignore[arg-type]
    hits = found.found[0].hits["research"]
    assert texts(compose(KNEE, found), "research")[0] != other
    crowded = tuple(
        replace(hit, hit=replace(hit.hit, passage=of_source(hit.hit.passage, "s1", 1000 * place)))
        for place, hit in enumerate(hits[:-1])
    )
    moved = replace(found.found[0], hits={"guideline": (), "research": (*crowded, hits[-1])})
    assert other not in texts(compose(KNEE, found), "research")[:3]
    assert other in texts(compose(KNEE, replace(found, found=(moved,))), "research")[:3]


def of_source(one: Passage, source_id: str, start: int) -> Passage:
    end = start + len(one.text)
    return replace(
        one,
        source_id=source_id,
        passage_id=f"{source_id}#{start}",
        start=start,
        end=end,
        sentences=(Sentence(start, end),),
    )


def test_the_line_of_treatment_that_is_asked_for_comes_first() -> None:
    question = "What is the first-line drug for knee pain?"
    third = "As third choice for knee pain, when first-choice drugs fail, the Board suggests betacaine."
    first = "As first choice for knee pain, the Board suggests alphacaine."
    draft = compose(question, evidence(question, ("a", "guideline", third, 0.82), ("b", "guideline", first, 0.8)))
    assert texts(draft, "guidelines")[0] == first
    assert texts(draft, "short_answer")[0] == first


def test_both_halves_of_a_recommendation_stand_in_the_short_answer() -> None:
    mild = "In mild knee pain, relief by rest is recommended."
    strong = "In strong knee pain, relief by splints is recommended."
    draft = compose(KNEE, evidence(KNEE, ("a", "guideline", mild, 0.8), ("b", "guideline", strong, 0.8)))
    assert set(texts(draft, "short_answer")) == {mild, strong}


def test_a_guideline_opens_the_short_answer_where_it_is_nearly_as_good_as_a_trial() -> None:
    planted = (("r", "research", REST.replace("rest", "ice"), 0.85),)
    draft = compose(KNEE, evidence(KNEE, ("g", "guideline", REST, 0.78), *planted))  # type: ignore[arg-type]
    assert texts(draft, "short_answer") == [REST, planted[0][2]]


def test_a_trial_that_is_far_behind_is_not_in_the_short_answer_but_a_guideline_is() -> None:
    far = "In 80 people with knee trouble, pain fell with ice and with swimming alike."
    behind = compose(KNEE, evidence(KNEE, ("g", "guideline", REST, 0.9), ("r", "research", far, 0.65)))
    assert texts(behind, "research") == [far]
    assert texts(behind, "short_answer") == [REST]
    other_way = compose(KNEE, evidence(KNEE, ("r", "research", REST, 0.9), ("g", "guideline", far, 0.6)))
    assert texts(other_way, "short_answer") == [REST, far]


def test_asked_to_compare_two_drugs_a_sentence_on_both_comes_before_one_on_a_third() -> None:
    question = "Alphacaine versus betacaine for knee pain?"
    third = "For knee pain, alphacaine was no better than gammacaine."
    both = "For knee pain, alphacaine was better than betacaine."
    draft = compose(question, evidence(question, ("a", "research", third, 0.9), ("b", "research", both, 0.8)))
    assert texts(draft, "research")[0] == both


def test_sources_on_record_as_conflicting_stand_side_by_side() -> None:
    planted = (
        ("a", "guideline", "Knee pain is relieved by rest, says the Board.", 0.8),
        ("b", "guideline", "For relief of knee pain the College advises exercise.", 0.7),
    )
    draft = compose(KNEE, evidence(KNEE, *planted, conflicts=("a", "b")))
    assert len(texts(draft, "guidelines")) == 2
    assert [claim.relation for claim in draft.claims if claim.part == "agreement"] == ["differ_within"]


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
    assert ExtractiveComposer(READER).repair(question, found, "clinician", failures) == (None,)


def test_a_question_about_an_animal_is_not_answered() -> None:
    question = "What relieves knee pain in my dog?"
    assert compose(question, evidence(question, ("g", "guideline", REST, 0.9))).claims == ()
