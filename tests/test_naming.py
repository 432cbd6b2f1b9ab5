"""The classes of drugs: of which class a drug is, and whether a text speaks of it."""

from __future__ import annotations

import pytest

from rag.naming import drug_class, speaks_of


@pytest.mark.parametrize(
    ("drug", "expected"),
    [
        ("dapagliflozin", "sglt2 inhibitor"),
        ("Forxiga", "sglt2 inhibitor"),
        ("semaglutide", "glp-1 receptor agonist"),
        ("finerenone", "nonsteroidal mineralocorticoid receptor antagonist"),
        ("spironolactone", "mineralocorticoid receptor antagonist"),
        ("budesonide", "inhaled corticosteroid"),
        ("candesartan 8 mg", "angiotensin receptor blocker"),
        ("an SGLT2 inhibitor", None),
        ("walking", None),
        ("", None),
    ],
)
def test_a_drug_is_of_its_narrowest_class(drug: str, expected: str | None) -> None:
    assert drug_class(drug) == expected


def test_a_class_is_spoken_of_under_its_own_name_and_not_under_a_members() -> None:
    long_form = "It recommends a sodium-glucose cotransporter-2 (SGLT2) inhibitor."
    assert speaks_of("sglt2 inhibitor", long_form)
    assert not speaks_of("sglt2 inhibitor", "It recommends empagliflozin.")
    assert not speaks_of(
        "mineralocorticoid receptor antagonist", "It suggests a nonsteroidal mineralocorticoid receptor antagonist."
    )
