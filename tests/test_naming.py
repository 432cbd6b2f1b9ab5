"""The classes of drugs: of which class a drug is, and whether a text speaks of it."""

from __future__ import annotations

import pytest

from rag.naming import drug_class, speaks_of, unnamed


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


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("It prevents bowel cancer.", "It prevents CRC."),
        ("It cures hepatitis C.", "It cures HCV infection."),
        ("Radiotherapy shrank the tumour.", "Irradiation shrank the glioma."),
        ("Deaths were rarer.", "More were alive."),
        ("ACE inhibitors raise potassium.", "Angiotensin converting enzyme inhibitors raise potassium."),
        ("It lessens blood loss.", "It lessens haemorrhage."),
        ("Nephritis followed.", "Glomerulonephritis followed."),
        ("On the other hand, to have it in hand helps.", "It helps."),
    ],
)
def test_a_name_is_carried_by_its_other_forms(claim: str, sentence: str) -> None:
    assert unnamed(claim, [sentence]) == []


@pytest.mark.parametrize(
    ("claim", "sentence", "missing"),
    [
        ("It prevents breast cancer.", "It prevents colorectal cancer.", "breast"),
        ("It cures hepatitis B.", "It cures HCV infection.", "hepatitis b"),
        ("Bronchitis is treated.", "Bronchiectasis is treated.", "bronchitis"),
        ("Endometritis is treated.", "Endometriosis is treated.", "endometritis"),
        ("Glomerulonephritis followed.", "Nephritis followed.", "glomerulonephritis"),
        ("Steroids help.", "Nonsteroidal drugs help.", "corticosteroid"),
        ("Deaths were rarer.", "Apoptosis was rarer.", "death"),
    ],
)
def test_a_name_is_not_carried_by_what_only_sounds_alike(claim: str, sentence: str, missing: str) -> None:
    assert missing in [name.lower() for name in unnamed(claim, [sentence])]
