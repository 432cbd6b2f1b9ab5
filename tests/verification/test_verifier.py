"""The verifier on planted evidence: each kind of fault fails with its own reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rag.answer import Draft, DraftAbsence, DraftClaim, Part
from rag.evidence import Evidence, Found, ScoredHit, SearchRecord
from rag.factory import entailment_model
from rag.fixed_words import agree_text, both_text, diverge_text, reverse_text
from rag.models.lexical_entailment import LexicalEntailment
from rag.pipeline import AnswerPipeline
from rag.question import parse_question
from rag.text import terms
from rag.types import KINDS, Hit, Kind, Passage, Query, Sentence, Source
from rag.verification.objections import MOST_SENTENCES
from rag.verification.verifier import REPOINT_THRESHOLD, Verifier

DOSE = "The Board recommends 15 mg of alphacaine daily for knee pain."
REST = "Knee pain is provoked by running and relieved by rest."
TRIAL = "Rest relieved knee pain in 40 of 80 patients."
NOT = "Surgery is not recommended for knee pain."


@pytest.fixture
def evidence() -> Evidence:
    def hits(kind: Kind, *sentences: str) -> tuple[ScoredHit, ...]:
        found = []
        for rank, text in enumerate(sentences, start=1):
            name = f"{kind[0]}{rank}"
            one = Passage(f"{name}#1", name, kind, "Findings", 0, len(text), text, (Sentence(0, len(text)),))
            found.append(ScoredHit(Hit(one, 1.0, rank), (0.5,)))
        return tuple(found)

    found = Found(
        Query("knee pain"), {"guideline": hits("guideline", DOSE, REST, NOT), "research": hits("research", TRIAL)}, {}
    )
    sources = {
        name: Source(name, kind, name, 2020, "current")
        for name, kind in (("g1", "guideline"), ("g2", "guideline"), ("g3", "guideline"), ("r1", "research"))
    }  # type: ignore[arg-type]
    return Evidence((found,), sources, (), {kind: SearchRecord("i", ("knee pain",), 3) for kind in KINDS})


@pytest.fixture
def verifier() -> Verifier:
    return Verifier(LexicalEntailment())


def claim(text: str, *pointers: str, part: Part = "guidelines") -> DraftClaim:
    return DraftClaim(part, "background", text, pointers)


def verify(verifier: Verifier, evidence: Evidence, *claims: DraftClaim, absences: tuple[DraftAbsence, ...] = ()):  # type: ignore[no-untyped-def]
    return verifier.verify(Draft(claims, absences, "test", "test"), evidence)


@pytest.mark.parametrize(
    ("text", "pointers", "support", "reason"),
    [
        (DOSE, ("G1.1",), "full", "the words of the source"),
        ("For knee pain, the Board recommends alphacaine 15 mg daily.", ("G1.1",), "full", "support"),
        ("The Board recommends 50 mg of alphacaine daily for knee pain.", ("G1.1",), "contradicted", "50 mg"),
        ("The Board recommends 15 g of alphacaine daily for knee pain.", ("G1.1",), "contradicted", "15 g"),
        ("Surgery is recommended for knee pain.", ("G3.1",), "contradicted", "not"),
        ("Knee pain is relieved by running.", ("G2.1",), "contradicted", "relieve"),
        ("Alphacaine cures most children.", ("G1.1",), "none", "not in the cited sentences"),
        (DOSE, (), "none", "cites nothing"),
        (DOSE, ("G7.1",), "none", "G7.1"),
        (TRIAL, ("R1.1",), "none", "guideline claim cites R1.1"),
    ],
)
def test_each_fault_has_its_verdict_and_reason(
    verifier: Verifier, evidence: Evidence, text: str, pointers: tuple[str, ...], support: str, reason: str
) -> None:
    verdict = verifier.check(claim(text, *pointers), evidence)
    assert verdict.support == support
    assert reason in verdict.reason


def test_a_claim_whose_sentence_does_not_carry_it_is_pointed_to_one_that_does(
    verifier: Verifier, evidence: Evidence
) -> None:
    done = verify(verifier, evidence, claim(DOSE, "G2.1"))
    ((accepted, verdict),) = done.passed
    assert accepted.pointers == ("G1.1",)
    assert "pointed to another sentence" in verdict.reason


def test_a_claim_is_never_pointed_out_of_its_lane(verifier: Verifier, evidence: Evidence) -> None:
    done = verify(verifier, evidence, claim(TRIAL, "G2.1"))
    assert done.passed == ()


def test_cited_sentences_count_together(verifier: Verifier, evidence: Evidence) -> None:
    both = "Knee pain is relieved by rest and the Board recommends 15 mg of alphacaine daily."
    assert verifier.check(claim(both, "G1.1", "G2.1"), evidence).support == "full"
    assert verifier.check(claim(both, "G1.1"), evidence).support != "full"


@pytest.mark.parametrize(
    ("absence", "held"),
    [
        (DraftAbsence("gout", "guideline", "knee pain"), True),
        (DraftAbsence("alphacaine", "research"), True),
        (DraftAbsence("alphacaine", "guideline"), False),
        (DraftAbsence("surgery", "guideline", "knee pain"), False),
        (DraftAbsence("the", "guideline"), False),
    ],
)
def test_an_absence_holds_only_where_no_sentence_speaks_of_it(
    verifier: Verifier, evidence: Evidence, absence: DraftAbsence, held: bool
) -> None:
    done = verify(verifier, evidence, absences=(absence,))
    assert (done.absences == (absence,)) is held
    assert bool(done.failed) is not held


def agreement(text: str, relation: str, *pointers: str) -> DraftClaim:
    return DraftClaim("agreement", "background", text, pointers, "knee pain", relation)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "relation", "pointers", "support"),
    [
        (agree_text("knee pain"), "agree", ("G2.1", "R1.1"), "full"),
        (agree_text("knee pain"), "agree", ("G1.1", "R1.1"), "none"),
        (agree_text("knee pain"), "agree", ("G2.1",), "none"),
        (diverge_text("knee pain"), "diverge", ("G2.1", "R1.1"), "none"),
        (both_text("knee pain"), "not_compared", ("G1.1", "R1.1"), "full"),
        ("Guidelines and research agree that rest relieved knee pain.", "agree", ("G2.1", "R1.1"), "full"),
        ("Guidelines and research agree that 50 mg relieved knee pain.", "agree", ("G2.1", "R1.1"), "contradicted"),
        ("Both agree that alphacaine cures children.", "agree", ("G2.1", "R1.1"), "none"),
    ],
)
def test_agreement_needs_both_halves_and_is_held_against_their_sentences(
    verifier: Verifier, evidence: Evidence, text: str, relation: str, pointers: tuple[str, ...], support: str
) -> None:
    assert verifier.check(agreement(text, relation, *pointers), evidence).support == support


def test_sources_on_record_as_conflicting_do_not_agree(verifier: Verifier, evidence: Evidence) -> None:
    sources = dict(evidence.sources)
    sources["g2"] = replace(sources["g2"], conflicts_with=("r1",))
    conflicting = replace(evidence, sources=sources)
    assert verifier.check(agreement(agree_text("knee pain"), "agree", "G2.1", "R1.1"), conflicting).support != "full"
    assert (
        verifier.check(agreement(diverge_text("knee pain"), "diverge", "G2.1", "R1.1"), conflicting).support == "full"
    )


@pytest.mark.parametrize(
    ("text", "denies", "pointers", "support"),
    [
        (reverse_text("knee", "knee pain relieved by running"), "knee pain relieved by running", ("G2.1",), "full"),
        (reverse_text("knee", "knee pain relieved by rest"), "knee pain relieved by rest", ("G2.1",), "none"),
        (
            reverse_text("knee", "knee pain relieved by running"),
            "knee pain relieved by running",
            ("G2.1", "G1.1"),
            "none",
        ),
        ("Knee: anything at all.", "knee pain relieved by running", ("G2.1",), "none"),
        (reverse_text("knee", "knee pain relieved by running"), None, ("G2.1",), "none"),
    ],
)
def test_a_reverse_is_checked_against_the_directions_of_every_cited_sentence(
    verifier: Verifier, evidence: Evidence, text: str, denies: str | None, pointers: tuple[str, ...], support: str
) -> None:
    drafted = DraftClaim("short_answer", "finding", text, pointers, "knee", "reverse", denies)
    assert verifier.check(drafted, evidence).support == support


@pytest.mark.parametrize(
    ("drafted", "fault"),
    [
        (claim(DOSE), "no_pointer"),
        (claim(DOSE, "G7.1"), "invented_pointer"),
        (claim(TRIAL, "R1.1"), "wrong_lane"),
        (claim("Alphacaine cures most children.", "G1.1"), "unsupported"),
        (claim("The Board recommends 50 mg of alphacaine daily for knee pain.", "G1.1"), "figure_mismatch"),
        (claim("Surgery is recommended for knee pain.", "G3.1"), "polarity_mismatch"),
        (claim("Knee pain is relieved by running.", "G2.1"), "polarity_mismatch"),
        (DraftClaim("guidelines", "absence", "No guideline speaks of surgery.", ("G3.1",)), "absence_with_citation"),
        (DraftClaim("agreement", "background", TRIAL, ("R1.1",), None, "agree"), "wrong_lane"),
    ],
)
def test_each_fault_has_its_name(verifier: Verifier, evidence: Evidence, drafted: DraftClaim, fault: str) -> None:
    verdict = verifier.check(drafted, evidence)
    assert verdict.fault == fault
    assert verdict.support != "full"


def test_an_absence_that_a_sentence_refutes_is_named_so(verifier: Verifier, evidence: Evidence) -> None:
    ((_, verdict),) = verify(verifier, evidence, absences=(DraftAbsence("alphacaine", "guideline"),)).failed
    assert (verdict.fault, verdict.support) == ("not_absent", "contradicted")


@pytest.mark.parametrize(
    ("status", "changes", "fault"),
    [
        ("retracted", {}, "lifecycle"),
        ("superseded", {"superseded_by": ("g2",)}, "lifecycle"),
        ("superseded", {"superseded_by": ("not-here",)}, None),
    ],
)
def test_a_source_at_the_end_of_its_life_carries_nothing_not_even_its_own_words(
    verifier: Verifier, evidence: Evidence, status: Any, changes: dict[str, Any], fault: str | None
) -> None:
    source = replace(evidence.sources["g1"], status=status, **changes)
    ended = replace(evidence, sources={**evidence.sources, "g1": source})
    assert verifier.check(claim(DOSE, "G1.1"), ended).fault == fault
    passed = verify(verifier, ended, claim(DOSE, "G2.1")).passed
    assert bool(passed) is (fault is None)


def test_the_words_of_a_source_pass_without_any_model(evidence: Evidence, scripted_entailment: Any) -> None:
    model = scripted_entailment()
    done = verify(Verifier(model), evidence, claim(DOSE, "G1.1"), claim(REST, "G2.1"))
    assert [(verdict.support, verdict.fault, verdict.score) for _, verdict in done.passed] == [("full", None, None)] * 2
    assert model.asked == []


def test_a_draft_is_read_in_one_batch_and_where_else_to_point_in_one_more(
    evidence: Evidence, scripted_entailment: Any
) -> None:
    model = scripted_entailment(("soothes", (0.9, 0.1, 0.0)))
    claims = [claim("Rest soothes the knee in pain.", "G2.1"), claim("Rest heals the knee.", "G2.1")]
    done = verify(Verifier(model), evidence, *claims)
    assert [verdict.score for _, verdict in done.passed] == [0.9]
    assert [len(batch) for batch in model.asked] == [2, 2]
    assert {passage for passage, _ in model.asked[1]} == {DOSE, NOT}


def test_a_claim_that_is_pointed_elsewhere_says_so_and_why(evidence: Evidence, scripted_entailment: Any) -> None:
    class OnlyRest(scripted_entailment):  # type: ignore[misc]
        def predict(self, pairs: Any) -> Any:
            rows = super().predict(pairs)
            for row, (passage, _) in zip(rows, pairs, strict=True):
                row[:] = (sure, 1.0 - sure, 0.0) if passage == REST else (0.1, 0.9, 0.0)
            return rows

    sure = REPOINT_THRESHOLD - 0.01
    assert verify(Verifier(OnlyRest()), evidence, claim("Rest soothes the knee in pain.", "G1.1")).passed == ()
    sure = REPOINT_THRESHOLD + 0.01
    done = verify(Verifier(OnlyRest()), evidence, claim("Rest soothes the knee in pain.", "G1.1"))
    ((accepted, verdict),) = done.passed
    assert accepted.pointers == ("G2.1",)
    assert (verdict.support, verdict.fault, verdict.score) == ("full", "misattributed", 0.86)
    assert "G2.1 for G1.1: not in the cited sentences: Rest" in verdict.reason


def test_a_claim_that_its_sentence_contradicts_is_not_carried_by_another_one(
    evidence: Evidence, scripted_entailment: Any
) -> None:
    class Split(scripted_entailment):  # type: ignore[misc]
        def predict(self, pairs: Any) -> Any:
            rows = super().predict(pairs)
            for row, (passage, _) in zip(rows, pairs, strict=True):
                row[:] = (0.0, 0.1, 0.9) if passage == REST else (0.9, 0.1, 0.0)
            return rows

    done = verify(Verifier(Split()), evidence, claim("Rest soothes the knee in pain.", "G2.1"))
    ((_, verdict),) = done.failed
    assert (verdict.support, verdict.fault) == ("contradicted", "contradicted")
    assert "the model objects, the rules do not" in verdict.reason


def test_where_a_rule_objects_and_the_model_would_not_the_claim_is_withheld(
    evidence: Evidence, scripted_entailment: Any
) -> None:
    model = scripted_entailment(otherwise=(0.97, 0.02, 0.01))
    verdict = Verifier(model).check(claim("Surgery is recommended for knee pain.", "G3.1"), evidence)
    assert (verdict.support, verdict.fault, verdict.score) == ("contradicted", "polarity_mismatch", 0.97)
    assert "the rules object, the model would not" in verdict.reason


def test_what_both_halves_are_said_to_agree_on_each_must_carry(evidence: Evidence, scripted_entailment: Any) -> None:
    class OnlyTrial(scripted_entailment):  # type: ignore[misc]
        def predict(self, pairs: Any) -> Any:
            rows = super().predict(pairs)
            for row, (passage, _) in zip(rows, pairs, strict=True):
                row[:] = (0.9, 0.1, 0.0) if passage == TRIAL else (0.1, 0.9, 0.0)
            return rows

    model = OnlyTrial()
    drafted = agreement("Guidelines and research agree that resting calms a sore knee.", "agree", "G2.1", "R1.1")
    verdict = Verifier(model).check(drafted, evidence)
    assert (verdict.support, verdict.fault, verdict.score) == ("none", "unsupported", 0.1)
    assert model.asked == [[(REST, "resting calms a sore knee."), (TRIAL, "resting calms a sore knee.")]]


def test_the_name_tells_rules_model_and_thresholds(scripted_entailment: Any) -> None:
    name = Verifier(scripted_entailment()).name
    assert name.startswith("rules/4 + scripted/1 (supports >= 0.")
    assert "refutes >= 0." in name


HOSTILE = {
    "a claim of 10,000 characters": "Knee pain is relieved by rest. " * 323,
    "one word of 10,000 letters": "knee" * 2500,
    "many numbers": "knee 15 mg, " * 900,
    "another language": "Les douleurs du genou sont soulagées par le repos.",
    "another script": "膝の痛みは安静で和らぐ。",
    "a script within": "Knee pain is relieved by rest и бегом.",
    "emoji": "🦵🔥😀",
    "emoji within": "🦵 pain is relieved by 🏃 running",
    "a table": "| drug | dose |\n|---|---|\n| alphacaine | 50 mg |",
    "brackets": "((((((" * 90,
    "nothing but stops": "." * 500,
    "control characters": "knee\x00\x1b[31m pain\u202e",
    "an empty claim": "",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_claims_are_withheld_with_a_reason_however_sure_the_model_is(
    evidence: Evidence, scripted_entailment: Any, text: str
) -> None:
    model = scripted_entailment(otherwise=(0.49, 0.51, 0.0))
    verdict = Verifier(model).check(claim(text, "G2.1", "G1.1"), evidence)
    assert verdict.support != "full"
    assert verdict.reason
    assert all(len(asked) <= 700 for batch in model.asked for _, asked in batch)


@pytest.mark.parametrize("name", ["another language", "another script", "a script within", "emoji", "a table"])
def test_what_the_rules_cannot_read_or_find_no_model_can_let_pass(
    evidence: Evidence, scripted_entailment: Any, name: str
) -> None:
    model = scripted_entailment(otherwise=(1.0, 0.0, 0.0))
    assert Verifier(model).check(claim(HOSTILE[name], "G2.1", "G1.1"), evidence).support != "full"


def test_without_evidence_every_claim_is_withheld_for_its_pointer(verifier: Verifier, evidence: Evidence) -> None:
    nothing = replace(evidence, found=())
    done = verify(verifier, nothing, claim(DOSE, "G1.1"), claim(DOSE))
    assert [verdict.fault for _, verdict in done.failed] == ["invented_pointer", "no_pointer"]


def test_a_claim_on_more_sentences_than_a_statement_rests_on_is_withheld(
    evidence: Evidence, scripted_entailment: Any
) -> None:
    many = tuple(f"Knee fact number {chr(97 + place)} is this." for place in range(MOST_SENTENCES + 1))
    (found,) = evidence.found
    hits = []
    for rank, text in enumerate(many, start=1):
        start, end = rank * 100, rank * 100 + len(text)
        one = Passage(f"g1#{rank}", "g1", "guideline", "F", start, end, text, (Sentence(start, end),))
        hits.append(ScoredHit(Hit(one, 1.0, rank), (0.5,)))
    wide = replace(evidence, found=(replace(found, hits={"guideline": tuple(hits)}),))
    checks = Verifier(scripted_entailment(otherwise=(1.0, 0.0, 0.0)))
    labels = list(wide.sentences)
    assert checks.check(claim("A knee fact.", *labels[:-1]), wide).support == "full"
    assert "at most 20" in checks.check(claim("A knee fact.", *labels), wide).reason


SEED = "Buttock pain that improves with walking is most likely lumbar spinal stenosis."
VASCULAR = "Vascular claudication is relieved by walking."


@pytest.mark.parametrize("text", [SEED, VASCULAR])
def test_the_first_question_never_gets_its_classical_errors(real_pipeline: AnswerPipeline, text: str) -> None:
    """Each error is pointed at every sentence found that shares a word with it, alone, and at the nearest together."""
    asked = parse_question(
        "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, "
        "sacroiliac joint dysfunction, lumbar spinal stenosis or vascular claudication?",
        max_chars=500,
    )
    found = real_pipeline.search.gather(asked.stem, asked.queries())
    shared = {label: len(set(terms(text)) & set(terms(one.text))) for label, one in found.sentences.items()}
    nearest = sorted((label for label in shared if shared[label]), key=lambda label: -shared[label])
    assert len(nearest) > 20
    pointers = [*((label,) for label in nearest), tuple(nearest[:3]), tuple(nearest[:8]), tuple(nearest[:20])]
    checks = Verifier(entailment_model())
    drafted = [DraftClaim("short_answer", "background", text, labels) for labels in pointers]
    done = checks.verify(Draft(tuple(drafted), (), "test"), found)
    assert done.passed == ()
    nearest_verdicts = [verdict.support for one, verdict in done.failed if set(one.pointers) <= set(nearest[:3])]
    assert set(nearest_verdicts) <= {"contradicted", "none"}
    assert "contradicted" in nearest_verdicts
