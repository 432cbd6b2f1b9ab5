from __future__ import annotations

import pytest

from rag.text import fold, kin_terms, similarity, terms, wide_terms


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("LSS", "lumbar spinal stenosis"),
        ("Patients with PAD", "patients with peripheral artery disease"),
        ("an MRI scan", "an magnetic resonance imaging"),
        ("padded", "padded"),
        ("bending forward (lumbar flexion)", "bending forward (bending forward)"),
        ("10–20 mg", "10-20 mg"),
        ("COVID-19", "covid-19"),
        ("covid", "covid-19"),
        ("post-covid-19 fatigue and COVID-19-related fever", "post-covid-19 fatigue and covid-19-related fever"),
    ],
)
def test_synonyms_fold_into_one_name_and_words_that_only_contain_them_do_not(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folding_what_is_folded_changes_nothing() -> None:
    for text in ("COVID-19", "covid", "SARS-CoV-2 infection", "SGLT-2 inhibitors", "heart attack in CKD"):
        assert fold(fold(text)) == fold(text)
        assert terms(fold(text)) == terms(text)


def test_terms_are_stems_without_stop_words_in_order() -> None:
    assert terms("The pain was relieved by sitting") == ("pain", "reliev", "sit")


def test_wide_families_are_for_finding_only() -> None:
    assert wide_terms("ibuprofen") == wide_terms("NSAIDs")
    assert terms("ibuprofen") != terms("NSAIDs")
    assert wide_terms("confirming") == wide_terms("diagnosis")
    assert wide_terms("exercise") != wide_terms("walking")
    assert kin_terms("exercise") == kin_terms("walking")


def test_negations_are_never_stop_words() -> None:
    assert "not" in terms("not recommended")
    assert "no" in terms("no benefit")


def test_similarity_is_one_for_the_same_words_and_nought_for_none_shared() -> None:
    assert similarity("knee pain at night", "Night pain: knee") == 1.0
    assert similarity("knee pain", "elbow rash") == 0.0
