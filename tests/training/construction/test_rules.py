"""Each kind of rule on written sentences: what it makes, and what it leaves alone."""

from __future__ import annotations

import random

import pytest

from eval.training.construction import (
    comparators,
    directions,
    negations,
    numbers,
    shortening,
    strengths,
    structure,
    swaps,
    wording,
)
from eval.training.construction.pairs import Flip, Rewrite, Scene, Source, unmarked, with_change
from eval.training.construction.sentences import candidates, parted, without_asides

_FLIPS = {
    flip.name: flip
    for module in (directions, comparators, negations, numbers, strengths, swaps)
    for flip in module.FLIPS
}
_REWRITES = {rule.name: rule for module in (shortening, structure, numbers, wording) for rule in module.REWRITES}


def _scene(*sentences: str) -> Scene:
    source = Source("made-up", sentences, abbreviations=wording.abbreviations_of(sentences))
    return Scene(source, random.Random(1), swaps.terms_of([source]))  # noqa: S311


def _flipped(flip: Flip, text: str, scene: Scene | None = None) -> list[str]:
    scene = scene or _scene(text)
    return [unmarked(with_change(text, change)[1]) for change in flip.find(text, scene)]


def _reworded(rule: Rewrite, text: str, *sentences: str) -> str | None:
    return rule.apply(text, _scene(*(sentences or (text,))))


@pytest.mark.parametrize(
    ("name", "text", "made"),
    [
        ("direction_verb", "Aspirin reduces the risk of stroke.", "Aspirin increases the risk of stroke."),
        ("direction_verb", "Smoking impairs wound healing.", "Smoking enhances wound healing."),
        (
            "direction_participle",
            "Low sleep was associated with increased mortality.",
            "Low sleep was associated with decreased mortality.",
        ),
        ("direction_noun", "The diet led to an increase in weight.", "The diet led to a decrease in weight."),
        ("quality", "Colchicine was effective in acute gout.", "Colchicine was ineffective in acute gout."),
        ("quality", "The vaccine was well tolerated.", "The vaccine was poorly tolerated."),
        ("comparative", "Survival was higher in the drug group.", "Survival was lower in the drug group."),
        (
            "bound",
            "The rule is for people with at least 3 risk factors.",
            "The rule is for people with at most 3 risk factors.",
        ),
        ("sides", "Pain was lower with ice than with heat.", "Pain was lower with heat than with ice."),
        ("negation_inserted", "Sleep was associated with mood.", "Sleep was not associated with mood."),
        ("negation_inserted", "Walking reduces back pain.", "Walking does not reduce back pain."),
        ("negation_inserted", "Ticks can transmit fever.", "Ticks cannot transmit fever."),
        ("not_removed", "Honey did not reduce cough.", "Honey reduced cough."),
        ("not_removed", "Tea was not associated with anaemia.", "Tea was associated with anaemia."),
        ("no_removed", "The brace had no effect on pain.", "The brace had an effect on pain."),
        ("no_inserted", "The brace had a large effect on pain.", "The brace had no large effect on pain."),
        (
            "association_made_cause",
            "Noise was associated with increased mortality.",
            "Noise directly caused increased mortality.",
        ),
        ("may_made_always", "Zinc may reduce cough.", "Zinc always reduces cough."),
        ("some_made_all", "Some infections resolve early.", "All infections resolve early."),
        (
            "recommendation_turned",
            "The board recommends the brace for pain.",
            "The board recommends against the brace for pain.",
        ),
        ("recommendation_turned", "Opioids should not be offered first.", "Opioids should be offered first."),
    ],
)
def test_a_flip_changes_what_is_said_and_nothing_else(name: str, text: str, made: str) -> None:
    assert made in _flipped(_FLIPS[name], text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("direction_verb", "Patients treated with increased doses were older."),
        ("direction_verb", "Aspirin does not increase the risk of falls."),
        ("quality", "The drug was more effective in women."),
        ("negation_inserted", "Zinc may be useful in colds."),
        ("negation_inserted", "All children were vaccinated early."),
        ("comparative", "Pain was not higher in the drug group."),
        ("percent", "Pain fell in at least 40% of patients."),
        ("unit", "Pain was lower after 5 weeks."),
        ("may_made_always", "Zinc may not reduce cough."),
        ("outcome_swapped", "Early lung cancer was found."),
    ],
)
def test_a_flip_leaves_alone_what_it_cannot_be_sure_of(name: str, text: str) -> None:
    assert _flipped(_FLIPS[name], text) == []


@pytest.mark.parametrize(
    ("name", "text", "old"),
    [
        ("percent", "Relapse was seen in 40% of patients.", "40%"),
        ("amount", "The dose was 20 mg daily.", "20 mg"),
        ("fold", "Risk rose threefold after surgery.", "three"),
        ("count", "The gene has three exons in mammals.", "three"),
        ("unit", "The attack lasted about 20 minutes.", "minutes"),
        ("population_swapped", "Migraine is frequent in women.", "women"),
        ("drug_swapped", "Bleeding was rare with apixaban.", "apixaban"),
        ("condition_swapped", "Salt raises the risk of heart failure.", "heart failure"),
        ("outcome_swapped", "The diet had no effect on mortality.", "mortality"),
        ("tissue_swapped", "The receptor is found on T cells.", "T cells"),
        ("time_swapped", "Pain was lower at 6 months.", "6 months"),
    ],
)
def test_a_number_or_a_swap_puts_another_of_its_kind_in_place(name: str, text: str, old: str) -> None:
    made = _flipped(_FLIPS[name], text)
    assert made
    assert all(old not in one for one in made)


def test_a_swap_never_takes_what_the_source_also_speaks_of() -> None:
    text = "Migraine is frequent in women."
    speaking_of_all = "It is rare in men, children, adolescents, infants, older adults, pregnant women and adults."
    rest = "Smokers, newborns, athletes and veterans were left out."
    assert _flipped(_FLIPS["population_swapped"], text, _scene(text, speaking_of_all, rest)) == []


def test_a_gene_is_swapped_for_another_of_the_same_source() -> None:
    text = "Loss of STAT3 delays healing."
    assert _flipped(_FLIPS["gene_swapped"], text, _scene(text, "Neither FOXP3 nor DNA was found.")) == [
        "Loss of FOXP3 delays healing."
    ]


@pytest.mark.parametrize(
    ("name", "text", "made"),
    [
        ("passive", "Aspirin reduces fever in children.", "Fever is reduced by aspirin in children."),
        ("comparison_mirrored", "Pain was higher in men than in women.", "Pain was lower in women than in men."),
        ("result_reshaped", "Heavy lifting leads to back pain.", "Back pain is caused by heavy lifting."),
        ("result_reshaped", "The brace had no effect on pain.", "Pain was not affected by the brace."),
        (
            "nominalised",
            "Aspirin inhibits platelet aggregation.",
            "Aspirin leads to inhibition of platelet aggregation.",
        ),
        ("share_in_words", "Relapse was seen in 40% of patients.", "Relapse was seen in two in five patients."),
        ("percent_in_words", "Relapse was seen in 41% of patients.", "Relapse was seen in 41 percent of patients."),
        ("time_in_other_units", "Pain was lower after 12 months.", "Pain was lower after one year."),
        ("rounded", "Relapse was seen in 41.3% of patients.", "Relapse was seen in about 41% of patients."),
        (
            "introduction_dropped",
            "In this large cohort, tobacco was associated with gout.",
            "Tobacco was associated with gout.",
        ),
        (
            "clause_dropped",
            "Smoking was associated with severe gout, suggesting a shared cause.",
            "Smoking was associated with severe gout.",
        ),
        ("adverbs_dropped", "Smoking strongly increases the risk.", "Smoking increases the risk."),
    ],
)
def test_a_rewording_says_the_same_or_less(name: str, text: str, made: str) -> None:
    assert _reworded(_REWRITES[name], text) == made


def test_a_hedge_is_put_on_a_strong_statement_only() -> None:
    assert _reworded(_REWRITES["hedged"], "Aspirin reduces fever.") in {
        "Aspirin may reduce fever.",
        "Aspirin can reduce fever.",
    }
    assert _reworded(_REWRITES["hedged"], "Aspirin might reduce fever.") is None


def test_an_abbreviation_is_expanded_as_its_source_defines_it() -> None:
    defining = "Chronic kidney disease (CKD) is common."
    assert (
        _reworded(_REWRITES["abbreviation_expanded"], "Salt worsens CKD.", defining)
        == "Salt worsens chronic kidney disease."
    )
    assert _reworded(_REWRITES["abbreviation_expanded"], "Salt worsens COPD.", defining) is None


def test_a_changed_stretch_is_never_reworded() -> None:
    before, after = with_change(
        "Renal pain was reduced.",
        next(iter(directions.flip_direction_participle("Renal pain was reduced.", _scene("")))),
    )
    assert "⟦reduced⟧" in before
    assert "⟦increased⟧" in after


def test_an_opener_is_parted_from_the_statement_it_introduces() -> None:
    assert parted("RESULTS We found that zinc reduces cough.") == ("RESULTS We found that ", "zinc reduces cough.")
    assert parted("Second messengers carry the signal.")[0] == ""
    assert parted("ANDROGENS carry the signal.")[0] == ""


def test_only_sentences_that_stand_alone_are_claimed() -> None:
    sentences = (
        "These cells promote growth of the tumour.",
        "Zinc reduces the length of a cold (P<0.01).",
        "We measured zinc in the blood of 40 men.",
    )
    assert [candidate.place for candidate in candidates(sentences)] == [1]
    assert without_asides(sentences[1]) == "Zinc reduces the length of a cold."
