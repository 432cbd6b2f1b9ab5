"""Figures read from a text: each number with the unit, comparator, rate, partner and measure that the words give it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from rag.verification.figures.attachments import attach_measures, attach_rates, mark_intervals
from rag.verification.figures.comparators import SPOKEN
from rag.verification.figures.dates import read_dates, show_date
from rag.verification.figures.drafts import Draft, read_drafts
from rag.verification.figures.figure import Figure, Pair
from rag.verification.figures.frequencies import read_rates, show_rate
from rag.verification.figures.joins import compare_numbers, pair_up, set_ages, share_units
from rag.verification.figures.labels import Label, read_labels
from rag.verification.figures.measures import direction_of, noun_after, read_measures, scale_of
from rag.verification.figures.spelling import lower_letters, spell_plainly
from rag.verification.figures.units import show_amount

_ABOUT = re.compile(
    r"(?:\b(?:(?P<near>about|approximately|around|roughly|some|circa|near|next to|virtually|just (?:over|under))"
    r"|(?P<below>nearly|almost|close to|not quite|as good as))|(?P<sign>[~≈])) ?(?:an? )?$"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a text says in numbers: its figures, its labels, and the text in plain lower case."""

    figures: tuple[Figure, ...]
    labels: tuple[Label, ...]
    lower: str


def _plain(value: Decimal) -> str:
    return f"{value:f}" if abs(value.adjusted()) < 18 else f"{value:.6E}"


def _nearness(before: str) -> Literal["near", "below"] | None:
    found = _ABOUT.search(before)
    if found is None:
        return None
    return "below" if found["below"] else "near"


def _finish(lower: str, drafts: Sequence[Draft], draft: Draft) -> Figure:
    rate = f" {show_rate(draft.rate)}" if draft.rate else ""
    pair = None
    if draft.joint:
        join, place, index = draft.joint
        other = drafts[index]
        low, high = (draft, other) if place == 0 else (other, draft)
        word = {"slash": "/", "share": " of "}.get(join, " to ")
        shown = show_amount(f"{_plain(low.value)}{word}{_plain(high.value)}", high.unit) + rate
        pair = Pair(join, place, other.value, shown, other.comparator)
    amount = draft.said or show_amount(_plain(draft.value), draft.unit)
    year = draft.unit is None and 1900 <= draft.value <= 2100 and draft.value == int(draft.value)
    noun = noun_after(lower, draft.unit_end) if draft.unit is None else None
    share = draft.unit in {"%", "pp"}
    return Figure(
        draft.value,
        draft.unit,
        draft.comparator,
        draft.measure,
        f"{SPOKEN.get(draft.comparator or '', '')}{amount}{rate}",
        draft.start,
        draft.unit_end,
        draft.rate,
        pair,
        draft.statistic,
        noun,
        scale_of(draft.before[-40:], lower, draft.unit_end) if share else None,
        "down" if draft.falls else direction_of(draft.before, lower, draft.unit_end),
        draft.estimate,
        (int(draft.value), None, None) if year and noun is None else None,
        draft.age,
        draft.implied,
        _nearness(draft.before),
        draft.limit,
    )


@lru_cache(maxsize=4096)
def read_text(text: str) -> Reading:
    """All figures and labels of a text, in order of place."""
    plain = spell_plainly(text)
    lower = lower_letters(plain)
    dates, (labels, places), rates = read_dates(plain), read_labels(plain, lower), read_rates(lower)
    taken = sorted([*places, *((date.start, date.end) for date in dates), *((rate.start, rate.end) for rate in rates)])
    drafts = read_drafts(lower, taken)
    pair_up(lower, drafts)
    share_units(lower, drafts)
    set_ages(lower, drafts)
    compare_numbers(lower, drafts)
    attach_measures(lower, drafts, read_measures(plain, lower))
    mark_intervals(lower, drafts)
    alone = attach_rates(lower, drafts, rates)
    figures = [_finish(lower, drafts, draft) for draft in drafts]
    figures += [Figure(Decimal(1), "times", None, None, show_rate(rate), rate.start, rate.end, rate) for rate in alone]
    figures += [
        Figure(
            Decimal(date.year),
            None,
            None,
            None,
            show_date(date.year, date.month, date.day),
            date.start,
            date.end,
            date=(date.year, date.month, date.day),
        )
        for date in dates
    ]
    return Reading(tuple(sorted(figures, key=lambda figure: figure.start)), tuple(labels), lower)


def figures(text: str) -> list[Figure]:
    """All figures of a text. The first of a range takes the unit of the last ("40-60 mg" gives two in mg)."""
    return [figure for figure in read_text(text).figures if not figure.implied]
