"""About whom a question asks, and whether what a sentence says is said of others."""

from __future__ import annotations

import pytest

from rag.polarity.measured import Measured, ranges_of
from rag.polarity.patients import ages_of, covers, grades_of, of_others, patient_of


@pytest.mark.parametrize(
    ("question", "groups"),
    [
        ("Is allopurinol safe in pregnancy?", ("pregnancy",)),
        ("A 5-year-old with migraine: what now?", ("children",)),
        ("A 9 month old with a cough?", ("children",)),
        ("Apixaban for a man on haemodialysis?", ("dialysis",)),
        ("Metformin in T2DM with an eGFR of 22?", ("reduced kidney function", "diabetes")),
        ("Metformin at eGFR 95?", ()),
        ("Statin in cirrhosis?", ("liver disease",)),
        ("Severe pneumonia on the ICU?", ("intensive care",)),
        ("Back pain, no cancer, not pregnant, without diabetes?", ()),
        ("Does eradication lower the chance of stomach cancer?", ()),
        ("Does dapagliflozin prevent heart failure?", ()),
        ("What relieves sciatica?", ()),
    ],
)
def test_the_groups_of_patients_that_a_question_names(question: str, groups: tuple[str, ...]) -> None:
    assert patient_of(question).groups == groups


@pytest.mark.parametrize(
    ("question", "age"),
    [
        ("I'm 87 and go dizzy", 87),
        ("37M, back pain", 37),
        ("An 82 year old on warfarin", 82),
        ("My patient is 82, 71 kg", 82),
        ("Adults aged 60 to 80: which target?", None),
        ("Give 25 mg?", None),
    ],
)
def test_an_age_is_read_in_the_ways_that_people_write_it(question: str, age: int | None) -> None:
    assert patient_of(question).age == age


@pytest.mark.parametrize(
    ("question", "measured"),
    [
        ("ABI 1.45 in suspected PAD", Measured("ankle-brachial index", 1.45)),
        ("eGFR has just hit 27", Measured("eGFR", 27)),
        ("CURB-65 of 3: admit?", Measured("CURB-65", 3)),
        ("Apixaban with CrCl 22 mL/min?", Measured("creatinine clearance", 22)),
    ],
)
def test_a_measured_value_is_read_with_what_was_measured(question: str, measured: Measured) -> None:
    assert patient_of(question).measured == (measured,)


@pytest.mark.parametrize("question", ["Only from eGFR 30?", "An ABI of 0.90 or less?", "eGFR 30 to 44?"])
def test_a_limit_that_a_question_names_is_no_measured_value(question: str) -> None:
    assert patient_of(question).measured == ()


@pytest.mark.parametrize(
    ("text", "grades"),
    [
        ("severe CAP", {"severe"}),
        ("uncontrolled moderate-to-severe asthma", {"moderate", "severe"}),
        ("mild to moderate-severe community-acquired pneumonia", {"mild", "moderate"}),
        ("moderately severe community-acquired pneumonia", {"moderate"}),
        ("nonsevere community-acquired pneumonia", {"mild", "moderate"}),
        ("severe exacerbations in asthma", set()),
        ("severe hypoglycaemia in kidney disease", set()),
    ],
)
def test_a_grade_is_that_of_the_illness_not_of_its_attacks(text: str, grades: set[str]) -> None:
    assert grades_of(text) == grades


def test_the_ranges_of_a_measure_are_read_with_their_ends() -> None:
    (low, high) = ranges_of("ankle-brachial index", "An ankle-brachial index of 0.90 or less, and above 1.40.")
    assert low == (float("-inf"), 0.90)
    assert high[0] > 1.40
    assert high[0] == pytest.approx(1.40)
    assert list(ranges_of("eGFR", "At an eGFR of 30-44 mL/min/1.73 m² and albuminuria of 300 mg/g")) == [(30, 44)]
    assert list(ranges_of("eGFR", "The eGFR declined more slowly.")) == []


ASTHMA = "In mild asthma, what reduces severe exacerbations?"


@pytest.mark.parametrize(
    ("question", "sentence", "population", "others"),
    [
        (ASTHMA, "In TRIAL (moderate-to-severe asthma), exacerbations fell.", "", True),
        (ASTHMA, "In TRIAL, exacerbations fell.", "adults with severe asthma", True),
        (ASTHMA, "In TRIAL (mild asthma), severe exacerbations fell.", "adults with severe asthma", False),
        (ASTHMA, "In TRIAL, severe exacerbations of asthma fell.", "", False),
        ("ABI 1.45: what next?", "With an ABI of above 0.90 to 1.40, a treadmill test follows.", "", True),
        ("ABI 1.1: what next?", "With an ABI of above 0.90 to 1.40, a treadmill test follows.", "", False),
        ("Start at eGFR 22?", "The drug is suggested at an eGFR of 25 or more.", "", False),
        ("Start at eGFR 50?", "The drug is halved at an eGFR of 30-44.", "", True),
        ("A 70 year old with gout: dose?", "In children, 5 mg is given.", "", True),
        ("A 70 year old with gout: dose?", "In adults and children, 5 mg is given.", "", False),
        ("Lost response to drug A after a year: next?", "After primary nonresponse to A, B is advised.", "", True),
        ("Lost response to drug A after a year: next?", "After secondary nonresponse to A, C is advised.", "", False),
        ("Drug A never worked: next?", "After secondary non-response to A, C is advised.", "", True),
        ("Drug A failed: next?", "After primary nonresponse to A, B is advised.", "", False),
        ("Pneumonia in intensive care: how long?", "Five days were enough.", "adults (non-critical care)", True),
        ("Pneumonia in intensive care: how long?", "Intensive care patients were excluded.", "outpatients", False),
        ("Pneumonia: how long?", "Five days were enough.", "outpatients with severe pneumonia", False),
        ("Drug A in T1DM?", "In type 2 diabetes, A is advised.", "", True),
        ("Drug A in T1DM?", "In heart failure, A is advised, with or without type 2 diabetes.", "", False),
        ("Drug A in T1DM?", "In diabetes, A is advised.", "adults with type 2 diabetes", True),
        ("Drug A in T1DM?", "In diabetes, A is advised.", "adults with type 1 or 2 diabetes", False),
        ("Drug A in type 2 diabetes?", "In type 1 diabetes, A is advised against.", "", True),
        ("Drug A in HFpEF?", "In HFrEF, A lowered deaths.", "", True),
        ("Drug A in HFpEF?", "A lowered deaths.", "adults with an ejection fraction of 40% or less", True),
        ("LVEF 58%, breathless: drug A?", "In heart failure with reduced ejection fraction, A is advised.", "", True),
        ("Drug A at an EF of 25%?", "In HFrEF, A is advised.", "", False),
        ("Drug A in HFpEF?", "In mildly reduced or preserved ejection fraction, A is weakly advised.", "", False),
        ("Drug A in HFpEF?", "In heart failure A is advised whatever the ejection fraction.", "", False),
        ("Drug A after a heart attack?", "A lowered deaths.", "adults without cardiovascular disease", True),
        ("Drug A after a heart attack?", "For primary prevention, A is advised.", "", True),
        ("Drug A after a heart attack?", "After a myocardial infarction, A is advised.", "", False),
        ("Drug A at 60 with no heart disease?", "For primary prevention, A is advised.", "", False),
        ("How long in hospital-acquired pneumonia?", "In community-acquired pneumonia, 5 days.", "", True),
        ("How long in CAP?", "In community-acquired pneumonia, 5 days.", "", False),
        ("Drug A or B after ischaemic stroke?", "A lowered strokes.", "adults with atrial fibrillation", True),
        ("Drug A in AF with a previous stroke?", "In AF, A lowered strokes.", "", False),
        ("Drug A in AF after a stroke?", "In AF and acute ischaemic stroke, A is started early.", "", False),
        ("Drug A with a mechanical valve?", "In AF without mitral stenosis or a mechanical heart valve, A.", "", True),
        ("Drug A with a mechanical valve?", "With a mechanical heart valve, A did harm.", "", False),
        ("Drug A for a DVT?", "In atrial fibrillation, A lowered strokes.", "", True),
        ("NSAIDs in rheumatoid arthritis?", "In hip osteoarthritis, they are not advised.", "", True),
        ("NSAIDs in hip osteoarthritis?", "In hip osteoarthritis, they are not advised.", "", False),
        ("Drug A in CKD without diabetes?", "In type 2 diabetes with CKD, A helped.", "", True),
        ("Drug A in CKD without diabetes?", "A helped.", "adults with type 2 diabetes and CKD", True),
        ("Drug A in CKD without diabetes?", "A helped with and without diabetes.", "", False),
        ("Drug A in CKD without diabetes?", "A helped.", "adults with CKD, with or without diabetes", False),
        ("Drug A in CKD without diabetes?", "In CKD without diabetes, A helped.", "", False),
        ("Drug A in CKD, with or without diabetes?", "In diabetes with CKD, A helped.", "", False),
        ("Drug A for people who do not have gout?", "No increased risk was seen with A in gout.", "", True),
        ("Sciatica without surgery: what helps?", "Surgery helped.", "", False),
    ],
)
def test_what_is_said_of_other_patients_is_told_apart(
    question: str, sentence: str, population: str, others: bool
) -> None:
    assert (of_others(question, sentence, population) is not None) is others


def test_a_group_is_spoken_of_in_any_of_its_words() -> None:
    assert covers("pregnancy", "in the third trimester")
    assert not covers("pregnancy", "nonpregnant adults")
    assert covers("reduced kidney function", "Below an eGFR of 30, stop.")
    assert covers("children", "people of all ages with asthma")


def test_the_ages_of_a_source_are_those_on_its_record() -> None:
    assert ages_of("Chinese adults aged 60-80 with hypertension") == (60, 80)
    assert ages_of("people aged 16 or over with low back pain") == (16, 200)
    assert ages_of("adults with episodic migraine (1 to 14 headache days a month)") is None
