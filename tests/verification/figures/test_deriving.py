"""Figures that follow from the sentences' by reading signs as what they mean, or by one step of arithmetic."""

from __future__ import annotations

import pytest

from rag.verification.figures import figure_fault

READ = [
    ("The rise was 14% with it and 51% without.", "The rise was 14+/-6% with it and 51 ± 9% without."),
    ("Weight was 61 kg.", "Weight was 61 ± 4 kg."),
    ("Uptake was 12.5%.", "Uptake was 12.5 [3.0-16.1] %."),
    ("The dose was 200,000 units.", "The dose was 2.0 x 10(5) units."),
    ("Counts reached 10^4.", "Counts reached 10(4)."),
    ("A BMI below 27 kg/m2 was worse.", "A body mass index <27 kg/m(2) was worse."),
    ("They took 0.3 g/kg of it.", "They took 0.3 g kg-1 of it."),
    ("Uptake was 31 mL/kg/min.", "Uptake was 31 mL · kg−1 · min−1."),
    ("The count rose in 1983 to 1989.", "The count rose in 1983--89."),
    ("From 1993 to 1996 it fell.", "In 1993-6 it fell."),
    ("It rose 2.4-fold and 6.1-fold.", "It rose 2.4- and 6.1-fold."),
    ("Visits at intervals of 3 to 4 years.", "Visits at three- to four-year intervals."),
    ("A fast of 26 hours.", "A 26-h fast."),
    ("Children of 12 452 mothers took part.", "The children of 12,452 mothers took part."),
    ("A narrowing of 60% or more.", "A narrowing of > or =60%."),
    ("The exposure was 0.004 Sv.", "The exposure was 4 mSv."),
    ("The doses were 300 and 500 µg.", "The doses were 300 microg and 500 microg."),
    ("It cost $310 a head.", "It cost US$ 310 a head."),
    ("The effect was 0.71 (0.42 to 1.03).", "The effect was 0.71 (0.42, 1.03)."),
    ("Follow-up took two and a half years.", "Follow-up took 2.5 years."),
]
NAMED = [
    ("Etanol acts on 5-HT2 receptors.", "Etanol acts on serotonin receptors."),
    ("Blood levels of 25(OH)D fell.", "Blood levels of vitamin D fell."),
    ("They are in Phase 1B and 2 trials.", "They are in Phase 1B and Phase 2 trials."),
    ("Blockers of PI3K helped.", "Blockers of PI3 kinase helped."),
    ("More interleukin 12 was found.", "More IL-12 was found."),
    ("People with type 2 diabetes took part.", "People with non-insulin dependent diabetes took part."),
    ("Diagnosis came sooner under the 2015 rules.", "With the 2015 criteria diagnosis came sooner."),
    ("It was given with the 95% CI (1.2 to 2.1).", "The ratio was 1.6 (1.2 to 2.1)."),
]
BOUND = [
    ("At the maximum dose, 40 mg/m2, three fell ill.", "At the maximum tolerated dose of 40 mg/m2 three fell ill."),
    ("In the highest third the risk was 0.83.", "The risk of the highest third against the lowest was 0.83."),
    ("Of those cured 91% were seen at 12 months.", "91% of those cured were seen for at least a year, 12 months."),
    ("Of 52 patients 47 had a risk factor.", "Of 52 patients 47 had one or more risk factors."),
    ("The oldest were 81.", "The oldest people in it were aged 81 years."),
    ("Women who had not yet reached 55 did worse.", "Women younger than 55 years did worse."),
    ("In their first two months few died.", "Few died at under 2 months."),
    ("Between days 4 and 9 it rose.", "From days 4 to 9 it rose."),
]
DERIVED = [
    ("Its risk was 31% higher.", "The risk ratio was 1.31 (95% CI 1.12 to 1.53)."),
    ("Falls were 31% more frequent (8% to 59%).", "The risk ratio was 1.31 (95% CI 1.08 to 1.59)."),
    ("Falls were about a quarter less common.", "Falls were fewer (0.76, 0.61 to 0.94)."),
    ("It had almost three times the odds.", "The odds ratio was 2.91 (95% CI 1.2 to 5.8)."),
    ("Levels more than doubled.", "Levels were 118% higher."),
    ("Relapse was more than twice as frequent with it.", "Relapse followed in 49% with it and 22% without it."),
    ("It shortened the visit by 2.4 minutes.", "The visit took 5.1 minutes with it and 7.5 minutes without."),
    ("The gap was 3.6 percentage points.", "Quit rates were 9.4% and 5.8%."),
    ("Of the 61 adults 36 survived.", "There were 61 adults, 25 of whom died."),
    ("In all 147 were randomised.", "75 were assigned to the diet and 72 to usual meals."),
    ("The test missed fewer than 6%.", "The sensitivity was 94.8%."),
    ("Only about one in five were treated.", "Some 79% were not treated."),
    ("One person in 14 had it.", "Its prevalence was 7.2%."),
    ("Half of them lived for 13.4 months or longer.", "The median survival was 13.4 months."),
    ("Just over 80% of it was gone.", "Between 82 and 99% of it was gone."),
    ("Nearly 12 million had it.", "11.9 million had it."),
    ("Over the next decade it fell.", "It fell in the 10 years that followed."),
    ("It took ten years, 2001 to 2010.", "It ran from January 2001 to December 2010."),
    ("The interval included 1.", "The risk ratio was 0.88 (95% CI 0.61 to 1.20)."),
    ("An annual 340 would be spared.", "340 a year would be spared."),
    ("Two causes are named.", "It names either shared causes or harm by the drug."),
    ("Two thirds of them slept better.", "Eleven of 17 slept better."),
]


@pytest.mark.parametrize(("claim", "sentence"), [*READ, *NAMED, *BOUND, *DERIVED])
def test_a_figure_that_follows_is_not_faulted(claim: str, sentence: str) -> None:
    assert figure_fault(claim, [sentence]) is None


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The rise was 41% with it.", "The rise was 14+/-6% with it and 51 ± 9% without."),
        ("The dose was 2,000,000 units.", "The dose was 2.0 x 10(5) units."),
        ("The count rose in 1983 to 1987.", "The count rose in 1983--89."),
        ("More interleukin 10 was found.", "More IL-12 was found."),
        ("People with type 1 diabetes took part.", "People with non-insulin dependent diabetes took part."),
        ("The highest dose was at least 40 mg.", "A maximum dose of 40 mg."),
        ("Its risk was 31% lower.", "The risk ratio was 1.31 (95% CI 1.12 to 1.53)."),
        ("Its risk was 45% higher.", "The risk ratio was 1.31 (95% CI 1.12 to 1.53)."),
        ("It had more than three times the odds.", "The odds ratio was 2.91 (95% CI 1.2 to 5.8)."),
        ("It shortened the visit by 3.4 minutes.", "The visit took 5.1 minutes with it and 7.5 minutes without."),
        ("Of the 61 adults 35 survived.", "There were 61 adults, 25 of whom died."),
        ("Of 42 signs 26 are strong.", "There are 42 signs, 16 of them strong."),
        ("Four in five are backed.", "Only about 20% are backed."),
        ("More than 92% is the line.", "Below 92% is the line."),
        ("The test missed fewer than 4%.", "The sensitivity was 94.8%."),
        ("One person in 20 had it.", "Its prevalence was 7.2%."),
        ("Over 90% of it was gone.", "Between 82 and 99% of it was gone."),
        ("The interval included 1.", "The risk ratio was 0.78 (95% CI 0.61 to 0.94)."),
        ("Three drugs open the treatment.", "It starts with two drugs, a diuretic and another."),
        ("At least three courses were given.", "A mean of 3.4 courses was given."),
        ("The rate was 7.1 per 1000.", "The rate in 1001 women was 7.1 per 100."),
    ],
)
def test_a_figure_that_does_not_follow_is_faulted(claim: str, sentence: str) -> None:
    assert figure_fault(claim, [sentence]) is not None
