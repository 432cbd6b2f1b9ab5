"""Faults of figures: each is found, and the reason names what clashes."""

from __future__ import annotations

import pytest

from rag.verification.figures import figure_fault

FAULTS = [
    ("The hazard of death fell by 30%.", "Deaths were fewer with it (hazard ratio 0.80, 95% CI 0.70 to 0.91)."),
    ("The hazard of death rose by 20%.", "Deaths were fewer with it (hazard ratio 0.80, 95% CI 0.70 to 0.91)."),
    (
        "It more than halved bleeding.",
        "Bleeding was less frequent (hazard ratio 0.62, 95% CI 0.4 to 0.8).",
    ),
    ("Rashes were nearly twice as common (5.3% against 3.8%).", "Rashes were more common (5.3% compared with 3.8%)."),
    ("Four drugs, alphacaine, betazole and etanol, were named.", "It named alphacaine, betazole and etanol."),
    ("No sign had a specificity above 0.62.", "Specificity ranged from 0.62 to 0.88."),
    ("Atorvastatin 40 mg once daily.", "Atorvastatin 20 mg once daily."),
    ("Atorvastatin 20 mg twice daily.", "Atorvastatin 20 mg once daily."),
    ("Atorvastatin 20 g once daily.", "Atorvastatin 20 mg once daily."),
    ("Digoxin 125 mg.", "Digoxin 125 micrograms."),
    ("Give 15 g.", "Give 1500 mg."),
    ("Methotrexate 15 mg daily.", "Methotrexate 15 mg weekly."),
    ("Methotrexate 15 mg every 2 weeks.", "Methotrexate 15 mg weekly."),
    ("Amoxicillin 500 mg every 6 hours.", "Amoxicillin 500 mg three times daily."),
    ("Amoxicillin 500 mg per day.", "Amoxicillin 500 mg three times daily."),
    ("Amoxicillin 1500 mg once daily.", "Amoxicillin 500 mg three times daily."),
    ("Amoxicillin 1500 mg three times daily.", "Amoxicillin 1500 mg a day."),
    ("Amoxicillin for 7 days.", "Amoxicillin for 5 days."),
    ("Amoxicillin for 5 weeks.", "Amoxicillin for five days."),
    ("A seven-day course.", "A five-day course."),
    ("Denosumab every 3 months.", "Denosumab every 6 months."),
    ("Injected monthly, 70 mg.", "Injected every 4 weeks, 70 mg."),
    ("Heparin 5000 mg.", "Heparin 5000 units."),
    ("Dose of 1 mg.", "Dose of 1 mg/kg."),
    ("Mortality fell by 5%.", "Mortality fell by 5 percentage points."),
    ("Mortality fell by 5 percentage points.", "Mortality fell by 5%."),
    ("A relative reduction of 5%.", "An absolute reduction of 5%."),
    ("The hazard ratio was 0.6.", "Hazard ratio 0.73 (95% CI 0.6 to 0.9)."),
    ("HR 0.73 (95% CI 0.6 to 1.9).", "HR 0.73 (95% CI 0.6 to 0.9)."),
    ("HR 0.73 (90% CI 0.6 to 0.9).", "HR 0.73 (95% CI 0.6 to 0.9)."),
    ("OR 0.73.", "HR 0.73."),
    ("HR 0.91 (0.6 to 0.8).", "HR 0.73 (95% CI 0.6 to 0.8) and HR 0.91 (95% CI 0.7 to 1.2)."),
    ("P = 0.001.", "P < 0.001."),
    ("p<0.01.", "p<0.001."),
    ("Prednisone 40 mg.", "Prednisone 40-60 mg."),
    ("Prednisone 40-80 mg.", "Prednisone 40-60 mg."),
    ("Prednisone 40 to 60 mg.", "Prednisone 40 mg, then 60 mg."),
    ("Adults aged 40 years.", "Adults aged 40 to 75 years."),
    ("Adults aged 40 and over.", "Adults aged 40 to 75 years."),
    ("People over 65 qualify.", "People aged 65 and over qualify."),
    ("People aged 65 or younger qualify.", "People aged 65 or older qualify."),
    ("At most 30 patients.", "At least 30 patients."),
    ("30 patients are needed.", "At least 30 patients are needed."),
    ("More than 30 patients are needed.", "At least 30 patients are needed."),
    ("Below 130 mmHg.", "Above 130 mmHg."),
    ("Below 140/80 mmHg.", "Below 130/80 mmHg, and 140/90 mmHg if frail."),
    ("Systolic 80 and diastolic 130 mmHg.", "Blood pressure of 130/80 mmHg."),
    ("One in five relapsed.", "25% relapsed."),
    ("A third relapsed, two thirds of them women.", "A third relapsed, a quarter of them women."),
    ("The risk was halved.", "The relative risk was 0.5."),
    ("The risk was halved.", "A risk of 50% was seen."),
    ("A threefold rise.", "A 2-fold rise."),
    ("Risk doubled.", "Risk tripled."),
    ("A T score of 2.5.", "A T score of -2.5."),
    ("Mortality was 5% higher.", "Mortality was 5% lower."),
    ("Sensitivity was 69%.", "Sensitivity and specificity were 88% and 69%, respectively."),
    ("A mean of 27 months.", "A median of 27 months."),
    ("48 trials were pooled.", "48 patients were studied."),
    ("Of 120 patients, 34 of 120 improved.", "34 of 116 patients improved; 120 were screened."),
    ("In 31% it changed.", "It changed in 34 of 116 patients."),
    ("In type 1 diabetes.", "In type 2 diabetes."),
    ("Stage 4 disease.", "Stage 3 disease."),
    ("NYHA class I to IV.", "NYHA class II to IV."),
    ("A grade A recommendation.", "A grade C recommendation."),
    ("Class I, level A.", "Class IIa, level A."),
    ("First-line treatment.", "Second-line treatment."),
    ("IL-17 blockers work.", "IL-6 blockers work."),
    ("Vitamin B6 is low.", "Vitamin B12 is low."),
    ("CYP2D6 matters.", "CYP3A4 matters."),
    ("Retracted in May 2019.", "Retracted in June 2019."),
    ("Published on 5 September 2024.", "Published on 4 September 2024."),
    ("The 2018 guideline.", "The 2019 guideline."),
    ("The guideline of 2018.", "From 2018 to 2026 the guideline held."),
    ("Glucose of 7.5 mmol/L.", "Glucose of 126 mg/dL."),
    ("Glucose of 126 mmol/L.", "Glucose of 126 mg/dL."),
    ("Sodium of 7.0 mmol/L.", "Sodium of 126 mg/dL."),
    ("Follow-up of 2 months.", "Follow-up of 2 years."),
    ("A year of 52 days.", "A year of 52 weeks."),
    ("12 weeks is 3 months.", "12 weeks."),
    ("About 30% relapsed.", "26% relapsed."),
    ("Hazard ratio 0,73.", "Hazard ratio 0.73."),
    ("17,802 women.", "17,820 women."),
    ("1.5 million.", "1.5 thousand."),
    ("27 died.", "27% died."),
    ("2.7% had a bleed.", "2.7% per year had a bleed."),
    ("The drug was given 3 times a day.", "The drug was given."),
    ("Thirty patients.", "Thirteen patients."),
    ("The hazard ratio for stroke was 0.73.", "The hazard ratio for death was 0.73 and for stroke 0.91."),
    ("Stroke had a hazard ratio of 0.73.", "Death (hazard ratio 0.73) and stroke (0.91) were fewer."),
    ("Death occurred in 41% in the drug group.", "34% in the drug group and 41% in the placebo group died."),
    (
        "Death: 41% in the drug group and 34% in the placebo group.",
        "Death: 34% in the drug group and 41% in the placebo group.",
    ),
    ("27.0% died with usual care.", "27.0% died with hydroxychloroquine and 25.0% with usual care."),
    ("Apixaban 20 mg.", "Apixaban 5 mg or rivaroxaban 20 mg."),
    ("A diastolic pressure of 140.", "Systolic 140 and diastolic 90 mmHg."),
    ("The dose should not go beyond 60 mg.", "The dose should be at least 60 mg."),
    ("Nobody had a score above 4.", "All patients had a score of 4 or more."),
    ("Onset after 30 years of age.", "Age at onset under 30 years."),
    ("At most one sign of it.", "At least one sign of it."),
    ("No less than one sign of it.", "No more than 1 sign of it."),
    ("Start it from a potassium of 5.5 mmol/L.", "Start it at a potassium of 5.5 mmol/L or less."),
    ("Nearly half relapsed.", "Relapse followed in 32% of them."),
    ("Less than half, 56%, relapsed.", "Relapse followed in 56%; in 44% it did not."),
    ("The dose is halved.", "The dose of 8 mg is reduced to 6 mg."),
    ("The level was 20 and went down to 30.", "The level was 30, which was lowered to 20."),
    ("It was given at 60 mg a week or not at all.", "It was given at 60 mg daily or not at all."),
    ("Two relapses in the second week.", "Two relapses during year 2."),
    ("Three of the five signs.", "At least 3 of the 7 signs."),
    ("NYHA class I.", "NYHA class II to III symptoms (class 1, level A)."),
    ("A specificity between 0.2 and 0.4.", "Sensitivity ranged from 0.2 (95% CI 0.1 to 0.3) to 0.4."),
    ("40% on coffee, 50% on tea.", "More often with coffee than with tea (50% versus 40%)."),
    ("40% with tea and 50% with coffee.", "50% drank their cup below 60 °C with tea and 40% with coffee."),
    ("300 observed, 200 randomised.", "A randomised cohort of 300 and an observational cohort of 200."),
    (
        "Below 50 mg where the risk is low and below 90 mg where it is high.",
        "Below 90 mg at low risk and below 50 mg at high risk.",
    ),
    ("Fever is absent in few people with it.", "Most people with it have no fever."),
    ("Few people with it have fever.", "Most people with it have fever."),
    ("Bleeding: 3.36% with dabigatran.", "Bleeding was 2.71% with dabigatran and 3.36% with warfarin."),
]


@pytest.mark.parametrize(("claim", "sentence"), FAULTS)
def test_a_false_figure_is_faulted(claim: str, sentence: str) -> None:
    assert figure_fault(claim, [sentence]) is not None


@pytest.mark.parametrize(
    ("claim", "sentence", "reason"),
    [
        (
            "Atorvastatin 40 mg once daily.",
            "Atorvastatin 20 mg once daily.",
            "says 40 mg once daily, the cited sentences say 20 mg once daily",
        ),
        (
            "Mortality fell by 5 %.",
            "Mortality fell by 5 percentage points.",
            "says 5 % (relative), the cited sentences say 5 percentage points",
        ),
        ("30 patients relapsed.", "Nobody relapsed.", "30 is not in the cited sentences"),
        (
            "The hazard ratio for death was 0.73.",
            "Hazard ratio for stroke 0.73; hazard ratio for death 0.91.",
            "0.73 is the hazard ratio of stroke in the cited sentences, not of death",
        ),
        ("OR 0.73.", "HR 0.73.", "0.73 is the hazard ratio in the cited sentences, not the odds ratio"),
        ("Prednisone 40 mg.", "Prednisone 40-60 mg.", "40 mg is one end of 40 to 60 mg in the cited sentences"),
        (
            "At least 12 weeks.",
            "More than 12 weeks.",
            "says at least 12 weeks, the cited sentences say more than 12 weeks",
        ),
        ("In type 1 diabetes.", "In type 2 diabetes.", "says type 1, the cited sentences say type 2"),
        (
            "A mean of 27 months.",
            "A median of 27 months.",
            "says a mean of 27 months, the cited sentences say a median of 27 months",
        ),
        ("Retracted in May 2019.", "Retracted in June 2019.", "May 2019 is not in the cited sentences"),
    ],
)
def test_the_reason_names_what_clashes(claim: str, sentence: str, reason: str) -> None:
    assert figure_fault(claim, [sentence]) == reason


def test_a_figure_with_no_cited_sentence_is_faulted() -> None:
    assert figure_fault("40 patients.", []) == "40 is not in the cited sentences"


def test_a_claim_without_figures_has_no_figure_fault() -> None:
    assert figure_fault("Rest relieves the pain of one of them.", ["In 12 patients rest relieved it."]) is None
