"""A trial speaks of the drug, a guideline of the class: what is compared and shown where a question asks of either."""

from __future__ import annotations

from rag.composition.drug_names import DrugsAsked, drugs_asked
from rag.question import parse_question
from rag.text import wide_terms

TRIAL = "In CREDENCE, canagliflozin was compared with placebo."
GUIDELINE = "The guideline recommends an SGLT2 inhibitor in kidney disease."


def asked(text: str) -> DrugsAsked:
    return drugs_asked(parse_question(text, max_chars=200))


def test_asked_of_a_class_a_sentence_on_a_drug_of_it_has_the_class_too() -> None:
    drugs = asked("Do SGLT2 inhibitors slow kidney disease?")
    wanted = set(wide_terms("sglt2 inhibitor"))
    assert wanted <= drugs.terms_of(TRIAL, "research")
    assert not wanted & drugs.terms_of("In FLOW, semaglutide was compared with placebo.", "research")
    assert drugs.shown(TRIAL, "research") == "In CREDENCE, canagliflozin (sglt2 inhibitor) was compared with placebo."
    assert drugs.shown(GUIDELINE, "guideline") == GUIDELINE


def test_asked_of_a_drug_a_guideline_on_its_class_speaks_of_it_and_a_trial_of_another_does_not() -> None:
    drugs = asked("Does dapagliflozin slow kidney disease?")
    assert set(wide_terms("dapagliflozin")) <= drugs.terms_of(GUIDELINE, "guideline")
    assert not set(wide_terms("dapagliflozin")) & drugs.terms_of(GUIDELINE, "research")
    assert not set(wide_terms("dapagliflozin")) & drugs.terms_of(TRIAL, "research")
    assert drugs.shown(GUIDELINE, "guideline") == f"{GUIDELINE} (sglt2 inhibitor: dapagliflozin)"
    assert drugs.shown(GUIDELINE, "research") == GUIDELINE


def test_each_option_that_is_a_class_is_asked_of() -> None:
    drugs = asked("Should I give gepants or ACE inhibitors in migraine?")
    assert drugs.classes == ("gepant", "ace inhibitor")
    assert asked("Does rest relieve gout?") == DrugsAsked()
