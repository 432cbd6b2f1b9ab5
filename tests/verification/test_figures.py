from __future__ import annotations

import pytest

from rag.verification.figures import figures, foreign_figures


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("prednisone 40-60 mg/day", ["40 mg per day", "60 mg per day"]),
        ("prednisone 40 to 60 mg per day", ["40 mg per day", "60 mg per day"]),
        ("at least 12 weeks", ["at least 12 weeks"]),
        ("12 weeks or more", ["at least 12 weeks"]),
        ("onset before age 45 and more than 3 months", ["less than 45 years", "more than 3 months"]),
        ("rivaroxaban 2.5 mg twice daily", ["2.5 mg twice daily"]),
        ("95% CI -2.1 to 0.1; P=0.07", ["95 %", "-2.1", "0.1", "0.07"]),
        ("an index of 0.90 or less; above 1.40", ["at most 0.90", "more than 1.40"]),
        ("1,234 of 2,000 patients", ["1234", "2000"]),
        ("three or more of six tests", ["at least 3", "6"]),
        ("up to 80 mg/day", ["at most 80 mg per day"]),
        ("aged 65 years or older", ["at least 65 years"]),
        ("it was 6.2 (95% CI 1.9-30).", ["6.2", "95 %", "1.9", "30"]),
        ("a 20% rise", ["20 %"]),
        ("20 percent", ["20 %"]),
        ("in the year 2020.", ["2020"]),
        ("1 mg/kg/day", ["1 mg/kg per day"]),
        ("15 mg of methotrexate weekly", ["15 mg weekly"]),
        ("aspirin 81 mg daily for life", ["81 mg daily"]),
        ("walking 30 minutes and 5 mg", ["30 minutes", "5 mg"]),
        ("one hundred and twenty women, forty-eight men", ["120", "48"]),
        ("an eGFR of 30-44 mL/min/1.73 m²", ["30 mL/min/1.73 m2", "44 mL/min/1.73 m2"]),
        ("5, 10 or 20 mg", ["5 mg", "10 mg", "20 mg"]),
        ("below 130/80 mmHg", ["less than 130 mmHg", "less than 80 mmHg"]),
        ("one in four, two thirds", ["one in four", "two thirds"]),
        ("2½ hours", ["2.5 hours"]),
        ("a difference of −0·3 points", ["-0.3 points"]),
        ("on 4 September 2024", ["4 September 2024"]),
        ("5% to less than 10%", ["5 %", "less than 10 %"]),
        ("IL-6, vitamin B12, COVID-19, HbA1c, SARS-CoV-2, CHA2DS2-VASc", []),
        ("type 2 diabetes, NYHA class II-IV, stage 3, level B-NR", []),
        ("HLA-B27", []),
        ("one of them", []),
        ("daily life, a second trial, a half-life, no one", []),
    ],
)
def test_figures_are_read_with_unit_rate_and_comparator(text: str, shown: list[str]) -> None:
    assert [figure.shown for figure in figures(text)] == shown


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("50 mg daily", "15 mg daily"),
        ("15 mg weekly", "15 mg daily"),
        ("15 g daily", "15 mg daily"),
        ("2.5 mg once daily", "2.5 mg twice daily"),
        ("at least 12 weeks", "12 weeks"),
        ("12 weeks", "at least 12 weeks"),
        ("at most 12 weeks", "at least 12 weeks"),
        ("sensitivity 72.0%", "sensitivity 92.8%, specificity 72.0%"),
        ("hazard ratio 0.72", "odds ratio 0.72"),
        ("a dose of 15", "a dose of 15 mg"),
        ("40 patients", "no patients"),
        ("0.5", "-0.5"),
    ],
)
def test_a_figure_that_differs_in_any_of_these_is_foreign(claim: str, source: str) -> None:
    assert foreign_figures(claim, [source])


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("15 mg daily", "15 mg once daily"),
        ("15 mg per day", "15 mg/day"),
        ("40 to 60 mg/day", "40-60 mg daily"),
        ("1234 patients", "1,234 patients"),
        ("3 tests", "three tests"),
        ("20%", "20 percent"),
        ("OR 23.1", "odds ratio 23.1"),
        ("more than 3 months", "over 3 months"),
        ("0.72 (95% CI 0.60-0.85)", "HR 0.72, 95% CI 0.60 to 0.85"),
    ],
)
def test_another_spelling_of_the_same_figure_is_not_foreign(claim: str, source: str) -> None:
    assert foreign_figures(claim, [source]) == []
