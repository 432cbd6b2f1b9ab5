"""The verifier on planted evidence: each kind of fault fails with its own reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer import Draft, DraftAbsence, DraftClaim, Part, agree_text, both_text, diverge_text, reverse_text
from rag.evidence import Evidence, Found, ScoredHit, SearchRecord
from rag.models.lexical_entailment import LexicalEntailment
from rag.types import KINDS, Hit, Kind, Passage, Query, Sentence, Source
from rag.verification.verifier import Verifier

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
        ("For knee pain, the Board recommends alphacaine 15 mg daily.", ("G1.1",), "full", "100%"),
        ("The Board recommends 50 mg of alphacaine daily for knee pain.", ("G1.1",), "contradicted", "50 mg/day"),
        ("The Board recommends 15 g of alphacaine daily for knee pain.", ("G1.1",), "contradicted", "15 g/day"),
        ("Surgery is recommended for knee pain.", ("G3.1",), "contradicted", "drops a negation"),
        ("Knee pain is relieved by running.", ("G2.1",), "contradicted", "other way"),
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
