from __future__ import annotations

import pytest

from rag.verification.figures import figures, foreign_figures


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("prednisone 40-60 mg/day", ["40 mg/day", "60 mg/day"]),
        ("prednisone 40 to 60 mg per day", ["40 mg/day", "60 mg/day"]),
        ("at least 12 weeks", [">=12 week"]),
        ("12 weeks or more", [">=12 week"]),
        ("onset before age 45 and more than 3 months", ["45", ">3 month"]),
        ("rivaroxaban 2.5 mg twice daily", ["2.5 mg/twice daily"]),
        ("95% CI -2.1 to 0.1; P=0.07", ["95 %", "-2.1", "0.1", "0.07"]),
        ("an index of 0.90 or less; above 1.40", ["<=0.90", ">1.40"]),
        ("1,234 of 2,000 patients", ["1234", "2000"]),
        ("three or more of six tests", [">=3", "6"]),
        ("up to 80 mg/day", ["<=80 mg/day"]),
        ("aged 65 years or older", [">=65 year"]),
        ("it was 6.2 (95% CI 1.9-30).", ["6.2", "95 %", "1.9", "30"]),
        ("a 20% rise", ["20 %"]),
        ("20 percent", ["20 %"]),
        ("in the year 2020.", ["2020"]),
        ("1 mg/kg/day", ["1 mg/kg/day"]),
        ("15 mg of methotrexate weekly", ["15 mg/week"]),
        ("aspirin 81 mg daily for life", ["81 mg/day"]),
        ("walking 30 minutes and 5 mg", ["30 minute", "5 mg"]),
        ("HLA-B27", []),
        ("one of them", []),
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
