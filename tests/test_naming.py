"""The classes of drugs: of which class a drug is, and whether a text speaks of it."""

from __future__ import annotations

import pytest

from rag.naming import asked_class, asked_drug, drug_class, member_in, members_of, speaks_of, unnamed


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
    ("question", "of_class"),
    [
        ("Do SGLT2 inhibitors slow kidney disease?", "sglt2 inhibitor"),
        ("Do NOACs bleed less than warfarin?", "direct oral anticoagulant"),
        ("Should clopidogrel be added to a DOAC?", None),
        ("On empagliflozin: must the gliflozin be stopped?", None),
        ("An ACE inhibitor with an ARB?", None),
        ("How should corticosteroids be tapered?", None),
        ("What relieves sciatica?", None),
    ],
)
def test_the_class_that_a_question_asks_of_is_the_only_drug_it_names(question: str, of_class: str | None) -> None:
    assert asked_class(question) == of_class


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Does dapagliflozin slow kidney disease?", ("dapagliflozin", "sglt2 inhibitor")),
        (
            "Does sacubitril-valsartan help in heart failure?",
            ("sacubitril", "angiotensin receptor-neprilysin inhibitor"),
        ),
        ("Does dapagliflozin beat other SGLT2 inhibitors?", None),
        ("Does dapagliflozin beat empagliflozin?", None),
        ("Which dose of dapagliflozin is given in heart failure?", None),
        ("Does dexamethasone help in croup?", None),
    ],
)
def test_the_drug_that_a_yes_or_no_question_asks_of_comes_with_its_class(
    question: str, expected: tuple[str, str] | None
) -> None:
    assert asked_drug(question) == expected


def test_a_member_of_a_class_is_found_where_the_class_itself_is_not_named() -> None:
    assert member_in("sglt2 inhibitor", "In CREDENCE, Canagliflozin was compared with placebo.") == "Canagliflozin"
    assert member_in("bisphosphonate", "Alendronate was given for 5 years.") == "Alendronate"
    assert member_in("sglt2 inhibitor", "SGLT2 inhibitors, such as dapagliflozin, are advised.") is None
    assert member_in("sglt2 inhibitor", "Semaglutide was compared with placebo.") is None
    assert "finerenone" in members_of("nonsteroidal mineralocorticoid receptor antagonist")
    assert members_of("corticosteroid") == ()


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
