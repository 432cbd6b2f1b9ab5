"""Figures of a claim held against those of its cited sentences: which one fits, and in what the nearest one differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from rag.verification.figures.comparators import same_comparator
from rag.verification.figures.conversion import rounds_to, same_amount
from rag.verification.figures.dates import within_date
from rag.verification.figures.figure import Figure, Rate
from rag.verification.figures.measures import PROPORTION_WORDS, PROPORTIONS, RATIOS, SOFT
from rag.verification.figures.units import DOSE_UNITS, LOOSE_UNITS

# In what two figures may differ, the farthest first: the reason names the nearest figure's difference.
DIFFERENCES = (
    "value", "unit", "half", "direction", "comparator", "measure", "statistic", "noun", "scale", "rate", "pair",
    "estimate",
)  # fmt: skip
_HALVED = re.compile(r"halv|by half")
_HALF = Decimal("0.5")
_SPOKEN = Decimal("2.5")
_ENDS = ({">=", "not <"}, {"<=", "not >"})
_LESS = re.compile(r"\b(?:less|lower|fewer|rarer|reduc\w+|decreas\w+|fell)\b")
_ABOUT = Decimal("0.025")
# How far from a share in words a percentage may lie, as parts of it, by the side that the words name.
_SIDES: dict[str | None, tuple[Decimal, Decimal]] = {
    None: (Decimal("0.88"), Decimal("1.12")),
    ">": (Decimal(1), Decimal("1.3")),
    ">=": (Decimal(1), Decimal("1.3")),
    "<": (Decimal("0.8"), Decimal(1)),
    "<=": (Decimal("0.8"), Decimal(1)),
}
_PERIODS = {
    1: re.compile(r"\b(?:daily|(?:a|per|each|every) day|24[- ]h)\b|/ ?d(?:ay)?\b"),
    7: re.compile(r"\b(?:weekly|(?:a|per|each|every) week)\b|/ ?w(?:ee)?k\b"),
    Fraction(1461, 4): re.compile(r"\b(?:yearly|annual|annually|(?:a|per|each|every) year)\b|/ ?ye?a?r\b"),
}
_LEAST_AGE, _MOST_AGE = 10, 110
_RATE_UNITS = frozenset({"times", "day", None})


def _dose_and_times(figure: Figure) -> tuple[Fraction, Fraction] | None:
    """The single dose and how often it is taken, where the figure tells both."""
    rate = figure.rate
    if rate is None or (rate.kind == "per" and rate.parts == 1):
        return None
    return Fraction(figure.value) / rate.parts, rate.per_day * rate.parts


def _same_schedule(mine: Figure, theirs: Figure) -> bool | None:
    """Whether doses with their frequencies come to the same; None where one has no frequency to compare.

    An amount a day follows from "500 mg three times daily"; the single dose does not follow from the amount a day.
    """
    if mine.rate is None or theirs.rate is None:
        return None
    if mine.rate.kind == "per" and mine.rate.parts == 1:
        return Fraction(mine.value) * mine.rate.per_day == Fraction(theirs.value) * theirs.rate.per_day and (
            theirs.rate.kind != "per" or theirs.rate.parts > 1 or mine.rate.per_day == theirs.rate.per_day
        )
    if mine.rate.kind == "daily" and theirs.rate.kind == "per" and theirs.rate.parts == 1:
        return mine.value == theirs.value and mine.rate.per_day == theirs.rate.per_day
    return _dose_and_times(mine) == _dose_and_times(theirs)


def _fits_sign(mine: Figure, theirs: Figure) -> bool:
    """The same value, or the same size where one says "reduced by" and the other has a minus."""
    if mine.value == theirs.value:
        return True
    if mine.value != -theirs.value or not mine.value:
        return False
    direction = (mine if mine.value > 0 else theirs).direction
    return direction == "down" or (direction is None and mine.unit is not None)


def _fits_unit(mine: Figure, theirs: Figure) -> bool:
    if mine.unit == theirs.unit:
        return True
    if {mine.unit, theirs.unit} == {"%", "pp"}:
        return (mine if mine.unit == "%" else theirs).scale == "absolute"
    if {mine.unit, theirs.unit} in ({"£", "lb"}, {"times", None}):
        return True
    return None in {mine.unit, theirs.unit} and (mine.unit or theirs.unit) in LOOSE_UNITS


def _is_proportion(figure: Figure, words: str) -> bool:
    named = figure.measure in PROPORTIONS or (figure.measure is None and PROPORTION_WORDS.search(words))
    return figure.unit is None and 0 <= figure.value <= 1 and bool(named)


def _follows(mine: Figure, theirs: Figure, words: str) -> bool:
    """Whether the value follows from the other by conversion, as a share, or rounded with "about"."""
    if mine.unit and theirs.unit and mine.unit != theirs.unit and not {mine.unit, theirs.unit} <= {"%", "pp"}:
        return mine.value != theirs.value and same_amount(mine.value, mine.unit, theirs.value, theirs.unit, words)
    if mine.unit == "%" and _is_proportion(theirs, words):
        return mine.value == theirs.value * 100
    if theirs.unit == "%" and _is_proportion(mine, words):
        return theirs.value == mine.value * 100
    if (
        mine.unit == "%"
        and theirs.pair
        and theirs.pair.join == "share"
        and theirs.pair.place == 0
        and theirs.pair.other
    ):
        return rounds_to(100 * theirs.value / theirs.pair.other, mine.value)
    if mine.unit == "%" == theirs.unit and ("%" in mine.shown) != ("%" in theirs.shown):
        fraction, percent = (mine, theirs) if "%" in theirs.shown else (theirs, mine)
        return rounds_to(fraction.value, percent.value)
    return _about(mine, theirs)


def _about(mine: Figure, theirs: Figure) -> bool:
    rounder = len(mine.value.normalize().as_tuple().digits) < len(theirs.value.normalize().as_tuple().digits)
    loose = mine.about is not None and theirs.about is None and rounder and _fits_unit(mine, theirs)
    return loose and abs(mine.value - theirs.value) <= _ABOUT * abs(theirs.value)


def is_spoken_share(mine: Figure, theirs: Figure) -> bool:
    """Whether the first is a share in words and limited ("nearly half"), the second a plain percentage."""
    spoken = mine.unit == "%" == theirs.unit and not any(letter.isdigit() or letter == "%" for letter in mine.shown)
    plain = "%" in theirs.shown and not (theirs.comparator or theirs.about)
    return spoken and plain and (mine.about is not None or mine.comparator in _SIDES)


def is_roughly(mine: Figure, theirs: Figure) -> bool:
    """Whether a share in words is so near a percentage as one says: "nearly half" of 45 %, "more than a third" of 39 %.

    A comparator on such a word is no limit that the source should have, but says on which side the percentage lies.
    """
    if not is_spoken_share(mine, theirs):
        return False
    side = mine.comparator or ("<" if mine.about == "below" else None)
    low, high = _SIDES[side]
    return low * mine.value <= theirs.value <= high * mine.value and (side is None or mine.value != theirs.value)


def _tells_ratio(mine: Figure, theirs: Figure, words: str) -> bool:
    """Whether a change in per cent says what a ratio says: "20 % lower" of a ratio of 0.80, "halved" of about 0.5
    where a word says that something is less."""
    if theirs.measure not in RATIOS or theirs.unit or theirs.pair or mine.unit != "%":
        return False
    halved = bool(_HALVED.match(mine.shown)) or "halved" in mine.shown
    if halved:
        if not _LESS.search(words):
            return False
        low, high = _SIDES[{">": "<", "<": ">"}.get(mine.comparator or "", mine.comparator)]
        return low * _HALF <= theirs.value <= high * _HALF and (mine.comparator is None or theirs.value != _HALF)
    change = 100 * (theirs.value - 1) * (-1 if mine.direction == "down" else 1)
    if mine.direction is None or mine.comparator is not None:
        return False
    spoken = "%" not in mine.shown and not any(letter.isdigit() for letter in mine.shown)
    return rounds_to(change, mine.value) or (spoken and abs(change - mine.value) <= _SPOKEN)


def _differing_amount(mine: Figure, theirs: Figure, words: str) -> str | None:
    if mine.date or theirs.date:
        if mine.date and theirs.date and within_date(mine.date, theirs.date):
            return None
        same = mine.value == theirs.value and not (mine.date and mine.date[1]) and mine.unit == theirs.unit
        return None if same else "value"
    if is_roughly(mine, theirs):
        return None
    equal = _fits_sign(mine, theirs)
    if equal and _fits_unit(mine, theirs):
        return None
    if _follows(mine, theirs, words) or (mine.unit == theirs.unit and mine.rate and _same_schedule(mine, theirs)):
        return None
    return "unit" if equal else "value"


def _differing_words(mine: Figure, theirs: Figure) -> str | None:
    """In what the words about two equal amounts differ."""
    if bool(_HALVED.match(mine.shown)) != bool(_HALVED.match(theirs.shown)):
        other = theirs if _HALVED.match(mine.shown) else mine
        if other.direction != "down" and "half" not in other.shown:
            return "half"
    if mine.direction and theirs.direction and mine.direction != theirs.direction and mine.unit in {"%", "pp", "fold"}:
        return "direction"
    if not _fits_comparator(mine, theirs):
        return "comparator"
    if mine.measure and theirs.measure and mine.measure != theirs.measure and not {mine.measure, theirs.measure} & SOFT:
        return "measure"
    for name in ("statistic", "noun", "scale"):
        one, other_word = getattr(mine, name), getattr(theirs, name)
        if one and other_word and one != other_word:
            return name
    return None


def _fits_comparator(mine: Figure, theirs: Figure) -> bool:
    same = same_comparator(mine.comparator, theirs.comparator)
    return same or _end_of_range(mine, theirs) or is_roughly(mine, theirs)


def _end_of_range(mine: Figure, theirs: Figure) -> bool:
    """ "up to 60 mg" follows from "40 to 60 mg"; of ages, where it would widen who is meant, it does not."""
    if mine.pair or theirs.pair is None or theirs.pair.join != "range" or theirs.age:
        return False
    return mine.comparator in _ENDS[theirs.pair.place] and theirs.comparator in {None, mine.comparator}


def _fits_rate(mine: Figure, theirs: Figure, rates: Sequence[Rate]) -> bool:
    if mine.rate is None:
        dose = theirs.unit is not None and theirs.unit.split("/")[0] in DOSE_UNITS
        return theirs.rate is None or dose or theirs.rate.kind != "per"
    if theirs.rate is None:
        return any(mine.rate.per_day * mine.rate.parts == rate.per_day * rate.parts for rate in rates)
    return bool(_same_schedule(mine, theirs))


def _fits_pair(  # noqa: PLR0911 - one return a kind of pair
    mine: Figure, theirs: Figure, words: str
) -> bool:
    if mine.pair is None:
        ranged = theirs.pair is not None and theirs.pair.join in {"range", "interval", "quartiles"}
        return not ranged or mine.limit or _end_of_range(mine, theirs)
    if mine.date and theirs.date:
        return True
    if theirs.pair is None:
        return mine.pair.join in {"share", "change"} or (mine.pair.join == "slash" and mine.measure == theirs.measure)
    if {mine.pair.join, theirs.pair.join} == {"interval", "quartiles"} or mine.pair.place != theirs.pair.place:
        return False
    if mine.pair.other == theirs.pair.other:
        ends = {mine.pair.other_comparator, theirs.pair.other_comparator}
        return same_comparator(*sorted(ends, key=str)) if len(ends) > 1 and ends != {None, "<="} else True
    if mine.unit and theirs.unit and mine.unit != theirs.unit:
        return same_amount(mine.pair.other, mine.unit, theirs.pair.other, theirs.unit, words)
    proportion = {mine.unit, theirs.unit} == {"%", None}
    larger, smaller = sorted((mine.pair.other, theirs.pair.other), reverse=True)
    return proportion and larger == 100 * smaller


def difference(mine: Figure, theirs: Figure, words: str = "", rates: Sequence[Rate] = ()) -> str | None:
    """In what a claim's figure differs from a source's, one of `DIFFERENCES`; None where it follows from it.

    `words`, in lower case, may name the substance of a concentration; `rates` are the frequencies of all the sources.
    """
    if _tells_ratio(mine, theirs, words):
        return None
    found = _differing_amount(mine, theirs, words) or _differing_words(mine, theirs)
    if found:
        return found
    if not _fits_rate(mine, theirs, rates):
        return "rate"
    if not _fits_pair(mine, theirs, words):
        return "pair"
    if mine.estimate is not None and theirs.estimate is not None and mine.estimate != theirs.estimate:
        return "estimate"
    return None


class Sources:
    """The figures of the cited sentences, found by value first: a table against a table must end in bounded time."""

    def __init__(self, figures: Iterable[Figure], mine: str, theirs: str, claim: Sequence[Figure] = ()) -> None:
        self._mine, self._theirs = mine, theirs
        self._words = f"{mine} {theirs}"
        self._claim = claim
        self._claim_rates = {figure.rate.per_day for figure in claim if figure.rate}
        self._all = list(figures)[:600]
        self._by_value: dict[Decimal, list[Figure]] = {}
        for figure in self._all:
            self._by_value.setdefault(abs(figure.value), []).append(figure)
        self.rates = tuple(figure.rate for figure in self._all if figure.rate)
        self._searches = 30

    def fits(self, mine: Figure, theirs: Figure) -> bool:
        """Whether a figure of the claim follows from one of the sources."""
        found = difference(mine, theirs, self._words, self.rates)
        if found == "rate" and mine.rate is None and theirs.rate and theirs.rate.per_day in self._claim_rates:
            # "Yearly stroke rates were 1.3 % and 1.6 %": said once, elsewhere in the claim.
            found = difference(replace(mine, rate=theirs.rate), theirs, self._words, self.rates)
        if found == "unit" and mine.unit is None and theirs.unit and self._unit_left_out(mine, theirs):
            mine = replace(mine, unit=theirs.unit, age=theirs.age)
            found = difference(mine, theirs, self._words, self.rates)
        if found == "rate" and self._period_said(mine, theirs):
            found = difference(replace(mine, rate=None), replace(theirs, rate=None), self._words, self.rates)
        return found is None

    def _unit_left_out(self, mine: Figure, theirs: Figure) -> bool:
        """Whether the claim may mean a unit without saying it: it says it of another number, or speaks of an age."""
        age = theirs.age and _LEAST_AGE <= mine.value <= _MOST_AGE and mine.noun is None
        return age or any(figure.unit == theirs.unit for figure in self._claim)

    def _period_said(self, mine: Figure, theirs: Figure) -> bool:
        """Whether the side whose number has no "a year" beside it says "annual", "yearly" or the like elsewhere."""
        rate = mine.rate or theirs.rate
        if (mine.rate is None) == (theirs.rate is None) or rate is None or rate.kind not in {"per", "daily"}:
            return False
        period = _PERIODS.get(1 / rate.per_day) if rate.parts == 1 else None
        return period is not None and period.search(self._theirs if mine.rate else self._mine) is not None

    def has_levels(self) -> bool:
        """Whether the sources say at which level an interval is."""
        return any(figure.measure == "confidence level" for figure in self._all)

    def limits(self, value: Decimal) -> bool:
        """Whether any of the sources' figures of a value has a comparator and no unit ("at least one")."""
        return any(figure.comparator and figure.unit is None for figure in self._by_value.get(abs(value), ()))

    def has(self, mine: Figure) -> bool:
        """Whether a figure of the claim follows from any of the sources."""
        if mine.bare and mine.rate:
            return self._has_rate(mine.rate)
        if any(self.fits(mine, theirs) for theirs in self._by_value.get(abs(mine.value), [])[:60]):
            return True
        if mine.unit == "fold" or _HALVED.match(mine.shown):
            return self._has_change(mine) or any(self.fits(mine, theirs) for theirs in self._all)
        self._searches -= 1
        return self._searches >= 0 and any(self.fits(mine, theirs) for theirs in self._all)

    def _has_change(self, mine: Figure) -> bool:
        """Whether the claim names two amounts of its sources of which one is that many times the other."""
        times = Decimal(2) if mine.unit == "%" else mine.value
        if mine.unit == "%" and mine.shown == "half":
            return False
        amounts = {(figure.value, figure.unit) for figure in self._claim if figure.unit not in {None, "fold", "times"}}
        known = {(figure.value, figure.unit) for figure in self._all} & amounts
        low = high = Decimal(1)
        if mine.about or mine.comparator in {"<", "<=", ">", ">="}:
            low, high = _SIDES[mine.comparator or ("<" if mine.about == "below" else None)]
        return any(
            unit == other_unit and low * times * value <= other <= high * times * value
            for value, unit in known
            for other, other_unit in known
            if value > 0
        )

    def _has_rate(self, mine: Rate) -> bool:
        """A frequency alone: as often as any of the sources', in words or as "3 sessions a week"."""
        times = mine.per_day * mine.parts
        counted = (
            Fraction(f.value) * f.rate.per_day for f in self._all if f.rate and f.unit in _RATE_UNITS and not f.bare
        )
        plain = mine.kind in {"daily", "once"} and not self.rates
        return plain or any(times == rate.per_day * rate.parts for rate in self.rates) or times in set(counted)

    def nearest(self, mine: Figure) -> tuple[Figure | None, str]:
        """The figure that a claim's comes nearest to, and in what they differ."""
        best: Figure | None = None
        kind = "value"
        for theirs in self._all[:200]:
            found = difference(mine, theirs, self._words, self.rates) or "value"
            if best is None or DIFFERENCES.index(found) > DIFFERENCES.index(kind):
                best, kind = theirs, found
        return best, kind

    def alike(self, mine: Figure) -> Iterator[Figure]:
        """Figures of other value that the claim's may stand for: same unit, same measure."""
        for theirs in self._all[:200]:
            same_unit = mine.unit is not None and theirs.unit == mine.unit and mine.measure in {theirs.measure, None}
            if same_unit or (mine.bare and theirs.rate):
                yield theirs
