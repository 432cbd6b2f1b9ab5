"""True rewordings keep every figure, by another spelling, another unit or a plain calculation, and are not faulted."""

from __future__ import annotations

import pytest

from rag.verification.figures import figure_fault

REWORDINGS = [
    ("The hazard of death fell by 20%.", "Deaths were fewer with it (hazard ratio 0.80, 95% CI 0.70 to 0.91)."),
    (
        "It more than halved bleeding.",
        "Bleeding was less frequent (hazard ratio 0.42, 95% CI 0.3 to 0.6).",
    ),
    ("Relapse was a quarter less likely (HR 0.74).", "Relapse was rarer with it (hazard ratio 0.74)."),
    ("Rashes were nearly twice as common (5.3% against 2.8%).", "Rashes were more common (5.3% compared with 2.8%)."),
    ("Success after ten and thirty days.", "The outcome was success at days 10 and 30."),
    ("At one of eleven sites, it went wrong.", "It went wrong at 1 of 11 study sites."),
    ("Ten days of alphacaine plus betazole.", "A 10-day course of alphacaine and betazole."),
    ("Three drugs, alphacaine, betazole and etanol, were named.", "It named alphacaine, betazole and etanol."),
    ("From a Fox score of 2 for men and 3 for women.", "A Fox score of 2 or greater in men or 3 or greater in women."),
    ("No sign had a specificity above 0.88.", "Specificity ranged from 0.62 to 0.88."),
    ("Give 1.5 g of the drug.", "The drug was given at 1500 mg."),
    ("Give 1,500 mg of the drug.", "The drug was given at 1.5 g."),
    ("Levothyroxine 50 micrograms is the first dose.", "Start levothyroxine at 50 mcg."),
    ("Levothyroxine 0.05 mg is the first dose.", "Start levothyroxine at 50 µg."),
    ("Amoxicillin 500 mg three times daily for five days.", "Amoxicillin 500 mg tid was prescribed for 5 days."),
    ("Amoxicillin 500 mg every 8 hours in a 5-day course.", "Amoxicillin 500 mg TDS for five days."),
    ("Amoxicillin 500 mg 8-hourly.", "Amoxicillin 500 mg three times a day."),
    ("Amoxicillin 1500 mg per day in total.", "Amoxicillin 500 mg three times daily."),
    ("Amoxicillin 500 mg q8h.", "Amoxicillin 1500 mg daily in three divided doses."),
    ("Apixaban 5 mg twice a day.", "Apixaban 5 mg bid."),
    ("Apixaban 5 mg.", "Apixaban 5 mg twice daily."),
    ("Twice-daily apixaban 5 mg was given.", "Apixaban 5 mg every 12 hours was given."),
    ("Methotrexate 15 mg once a week.", "Methotrexate 15 mg weekly."),
    ("The vaccine is given every 6 months.", "The vaccine is given twice a year."),
    ("Infusions were given fortnightly.", "Infusions were given every 2 weeks."),
    ("Follow-up was 2 years.", "Patients were followed for 24 months."),
    ("Follow-up was 104 weeks.", "Patients were followed for two years."),
    ("The cohort was followed for a decade.", "The cohort was followed for 10 years."),
    ("One in four patients relapsed.", "Relapse occurred in 25% of patients."),
    ("A quarter of patients relapsed.", "Relapse occurred in 25 % of patients."),
    ("Two thirds of the infants recovered.", "Of the infants, 66.7% recovered."),
    ("In 29% the diagnosis changed.", "The diagnosis changed in 34 of 116 patients."),
    ("The test had a sensitivity of 88%.", "The test had a sensitivity of 0.88."),
    ("Half of the patients improved.", "Improvement was seen in 50% of patients."),
    ("The dose is halved below an eGFR of 45.", "Below an eGFR of 45, reduce the dose by 50%."),
    ("People aged 65 years and over qualify.", "Adults who are 65 or older qualify."),
    ("People over 65 qualify.", "Patients older than 65 years qualify."),
    ("At least 30 patients are needed.", "30 or more patients are needed."),
    ("No fewer than thirty patients are needed.", "A minimum of 30 patients is needed."),
    ("Pain for more than three months.", "Pain that lasts over 3 months."),
    ("A BMI of 30 or above.", "A BMI ≥30 kg/m²."),
    ("The dose must not exceed 80 mg.", "Up to 80 mg may be given."),
    ("Prednisone 40 to 60 mg.", "Prednisone between 40 and 60 mg/day."),
    ("Prednisone up to 60 mg a day.", "Prednisone 40-60 mg/day."),
    ("HR 0.73 (95% CI 0.6 to 0.9).", "The hazard ratio was 0.73 (95 % confidence interval 0.60–0.90)."),
    ("The upper limit of the 95% CI was 0.9.", "HR 0.73 (95% CI 0.6 to 0.9)."),
    ("Mortality fell by 5 percentage points.", "Absolute mortality difference -5 percentage points."),
    ("Weight was lower by 3.2 kg, a reduction of 3.2 kg.", "Weight changed by -3.2 kg."),
    ("The paper was retracted in September 2024.", "The paper was retracted on 4 September 2024."),
    ("Published on September 4, 2024.", "Published on 2024-09-04."),
    ("A two-fold rise in risk.", "A 2-fold rise in risk."),
    ("Risk was twice as high.", "Risk was 2 times higher."),
    ("Fasting glucose of 7.0 mmol/L.", "A fasting glucose of 126 mg/dL."),
    ("LDL cholesterol below 1.8 mmol/L.", "LDL cholesterol less than 70 mg/dL."),
    ("Creatinine of 133 µmol/L.", "Serum creatinine of 1.5 mg/dL."),
    ("HbA1c of 53 mmol/mol.", "An HbA1c of 7.0%."),
    ("Temperature of 98.6 °F.", "A temperature of 37.0 degrees C."),
    ("NYHA class 2 to 4 heart failure.", "Heart failure in NYHA class II–IV."),
    ("Type II diabetes in stage 3 kidney disease.", "In type 2 diabetes with CKD stage III."),
    ("T2DM raises the risk.", "Type 2 diabetes raises the risk."),
    ("About 700 adults took part.", "701 adults took part."),
    ("A total of 17,802 people and 1.5 million doses.", "17802 people, 1,500,000 doses."),
    ("One hundred and twenty women.", "120 women."),
    ("n = 40.", "Forty patients took part."),
    ("Death was seen in 0.91 (HR) and stroke in 0.73.", "HR for stroke 0.73; HR for death 0.91."),
    ("The hazard ratio for stroke was 0.91.", "The hazard ratio for death was 0.73 and for stroke 0.91."),
    (
        "In the placebo group 41% died, against 34% on the drug.",
        "Death occurred in 34% in the drug group and 41% in the placebo group.",
    ),
    ("Compared with placebo, the drug led to death in 34%.", "34% died with the drug and 41% with placebo."),
    ("25.0% died.", "27.0% died with hydroxychloroquine and 25.0% with usual care."),
    ("Systolic pressure below 130 mmHg.", "A blood pressure below 130/80 mmHg."),
    ("Specificity was 69%.", "Sensitivity and specificity were 88% and 69%, respectively."),
    ("The 28-day mortality was 6.2%.", "Death within 28 days occurred in 6.2%."),
    ("COVID-19 was studied in 40 adults with a high IL-6.", "In 40 adults, COVID-19 raised interleukin 6 (IL-6)."),
    ("Walk for half an hour three times a week.", "Walking 30 minutes, 3 times per week."),
    ("Rivaroxaban 20 mg a day.", "Rivaroxaban 20 mg od."),
    ("Give 5, 10 or 20 mg.", "Doses were 5 mg, 10 mg and 20 mg."),
    ("Treatment lasted two weeks.", "Treatment lasted 14 days."),
    ("In trial 3, 33% died.", "In trial 3, death occurred in 33%."),
    ("Treat anyone at or above 7 mmol/L.", "Treat a level of 7 mmol/L or higher."),
    ("The dose should not rise above 60 mg.", "Give no more than 60 mg."),
    ("The dose must never go beyond 60 mg.", "The maximum dose is 60 mg."),
    ("No patient had a score below 4.", "All patients had a score of 4 or more."),
    ("The rash does not always clear within 3 weeks.", "The rash may need more than 3 weeks to clear."),
    ("The rash clears within three weeks.", "The rash clears in less than 3 weeks."),
    ("The test is repeated no earlier than six weeks later.", "Repeat the test at least 6 weeks later."),
    ("Give it for two to four weeks at the least.", "Give it for at least 2 to 4 weeks."),
    ("Three of the seven signs or more.", "At least 3 of the 7 signs."),
    ("Screening from 50 years of age is advised.", "Screening is advised at age 50 years or older."),
    ("Start it from a potassium of 5.5 mmol/L.", "Start it at a potassium of 5.5 mmol/L or more."),
    ("The line for fever is drawn at 38 °C.", "Fever is a temperature of 38 °C or higher."),
    ("Onset before 30 years of age.", "Age at onset under 30 years."),
    ("Men of at least 70 and women of at least 75 years.", "Men aged 70 or older and women aged 75 or older."),
    ("Women who were 70 or over took part.", "Women aged 70 years and over took part."),
    ("The drug at 10 mg with a weight of at most 50 kg.", "The drug at 10 mg with a weight of 50 kg or less."),
    ("About one in five relapsed.", "About 20% relapsed."),
    ("This was so in one in five.", "This was so in 20% of them."),
    ("Nearly half relapsed.", "Relapse followed in 46% of them."),
    ("More than a third, 36%, relapsed.", "Relapse followed in 36% of them."),
    ("The dose of 8 mg is halved to 4 mg.", "The dose of 8 mg is reduced to 4 mg."),
    ("Yearly bleeding was 2.4% on A and 3.1% on B.", "Bleeding was 2.4% per year on A and 3.1% per year on B."),
    ("Bleeding came to 2.4% a year on A but 3.1% on B.", "Bleeding was 2.4% per year on A, 3.1% per year on B."),
    ("It began at 60 mg per day.", "It began at 60 mg a day and was then tapered."),
    ("The range was 0.21 to 0.64.", "It ranged from 0.21 (95% CI 0.1 to 0.3) to 0.64 (95% CI 0.5 to 0.7)."),
    ("In 2011 it was advised.", "From 2011 to 2014 it was advised."),
    ("It cost £730.", "It cost 730 pounds."),
    ("Every child is tested one time.", "Every child is tested once."),
    ("The two reviewers agreed.", "A blinded doctor and a blinded nurse agreed."),
    ("Fever and cough are two of the five signs.", "The 5 signs are fever, cough, rash, pain and thirst."),
    ("42 of 80 on the drug (52.5%), 31 of 80 on placebo.", "42 of 80 (52.5%) on the drug and 31 of 80 on placebo."),
    (
        "Home visits brought 71% to the goal, and 64% of those visited took the drug.",
        "With home visits 71% reached the goal. Of those with home visits 64% and with clinic care 40% took the drug.",
    ),
    ("Surgery had been done in 61% of those assigned to it.", "61% of those assigned to surgery had had surgery."),
    ("Few people need a scan.", "Most people do not need a scan."),
    ("Class II heart failure.", "Heart failure in NYHA class II."),
]


@pytest.mark.parametrize(("claim", "sentence"), REWORDINGS)
def test_a_true_rewording_is_not_faulted(claim: str, sentence: str) -> None:
    assert figure_fault(claim, [sentence]) is None


@pytest.mark.parametrize("number", range(8))
def test_a_true_rewording_is_not_faulted_among_other_sentences(number: int) -> None:
    claim, sentence = REWORDINGS[number]
    others = ["Nothing was found in 2011.", "Relapse followed in 12% of 94 patients.", "Pain lasted 3 hours."]
    assert figure_fault(claim, [*others, sentence]) is None


def test_figures_of_two_cited_sentences_may_stand_in_one_claim() -> None:
    sentences = ["The trial had 40 patients.", "Apixaban 5 mg was given twice daily."]
    assert figure_fault("In 40 patients apixaban 5 mg twice daily was given.", sentences) is None
