"""How often: "three times daily", "tid" and "every 8 hours" are one rate; "every 4 weeks" is not "monthly"."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from rag.verification.figures.figure import Rate
from rag.verification.figures.numbers import ONES, value_of

_DAYS = {
    "hour": Fraction(1, 24),
    "day": Fraction(1),
    "night": Fraction(1),
    "morning": Fraction(1),
    "evening": Fraction(1),
    "week": Fraction(7),
    "fortnight": Fraction(14),
    "month": Fraction(1461, 48),
    "quarter": Fraction(1461, 16),
    "year": Fraction(1461, 4),
}
_SHORT = {
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "w": "week",
    "wk": "week",
    "mo": "month",
    "yr": "year",
    "24 hour": "day",
}
_ADVERB = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
    "nightly": "night",
}
_ADVERB |= {"hourly": "hour", "fortnightly": "fortnight", "quarterly": "quarter", "annual": "year"}
_LATIN = {"qd": 1, "od": 1, "bd": 2, "bid": 2, "tid": 3, "tds": 3, "qid": 4, "qds": 4}
_OTHER = {"other": 2, "second": 2, "alternate": 2, "third": 3}
_NUMBER = rf"\d{{1,3}}|{'|'.join(ONES)}"
_ADVERBS = "daily|weekly|monthly|yearly|annually|nightly|hourly"
_PERIODS = "hours?|hrs?|h|days?|weeks?|months?|years?|fortnights?"

_RATE = re.compile(
    # Where nothing of this can begin it fails at once, which halves the time.
    r"(?=/|(?<![a-z])[a-z\d])(?:"
    rf"(?<![\w.])(?P<count>once|twice|thrice|(?:{_NUMBER})(?:[ -]times?| ?x))[ ,-]{{0,2}}"
    rf"(?:(?P<adverb>{_ADVERBS})"
    r"|(?:an? |per |each |every |in a |in |/ ?)(?P<period>24 hours?|day|week|month|year|hour|night)s?)\b"
    rf"|\b(?:every|each) (?:(?P<step>{_NUMBER}|other|second|alternate|third)[ -])?"
    rf"(?P<steps>{_PERIODS}|morning|night|evening)\b"
    rf"|\b(?:on )?alternate (?P<alternate>day)s?\b"
    rf"|\bq ?(?P<q>\d{{1,2}}) ?-?(?P<qs>hours?|h|days?|d|w|weeks?)\b"
    rf"|(?<![\w.])(?P<gap>{_NUMBER})(?: (?=hourly)|-)(?P<gaps>hourly|weekly|monthly|yearly)\b"
    rf"|\b(?P<latin>qd|q\.d\.|od|bd|bid|b\.i\.d\.?|tid|t\.i\.d\.?|tds|qid|q\.i\.d\.?|qds)(?![a-z\d])"
    rf"|\b(?P<alone>{_ADVERBS}|fortnightly|quarterly"
    rf"|annual(?= (?:[a-z]+ )?(?:rates?|risk|incidence|mortality|frequency)))\b"
    r"(?! (?:li[fv]|activit|routine|practice|number|average|mean))"
    rf"|(?P<per>/ ?|\bper |\b(?P<article>an? ))(?P<unit>day|week|month|year|hour|d|wk|yr|h|hr)\b"
    r"(?![-']))"
)
# "a day or two", "a year later" are lengths of time, unless an amount stands before: "200 mg a day and then less".
_LENGTH_AFTER = re.compile(
    r" (?:later|after|before|ago|earlier|or|and|following|on|from|of|old)\b(?! (?:less|more|fewer)\b)"
)
_AMOUNT_BEFORE = re.compile(
    r"\d ?(?:mg|g|µg|mcg|ug|ng|ml|l|iu|u|units?|mmol|meq|%|micrograms?|grams?|milligrams?|times?)? $"
)
_RANGE_BEFORE = re.compile(rf"(?:\d|\b(?:{'|'.join(ONES)})) ?(?:to|or|-|and) ?$")
_TOTAL_BEFORE = re.compile(r"\btotal(?:ling)?(?: [a-z]+)?[ -]$")
_TOTAL_AFTER = re.compile(r" (?:total|(?:dose|intake|amount)s?\b)|,? in total\b")
_PARTS = re.compile(rf"[^;.\d]{{0,24}}?\b(?P<parts>{_NUMBER}) (?:equally )?divided doses\b")


def _period(name: str) -> Fraction:
    name = _SHORT.get(name.rstrip("s"), name.rstrip("s"))
    return _DAYS[name]


def _times(found: re.Match[str]) -> tuple[Fraction, Literal["once", "times"]]:
    words = found["count"]
    count = {"once": 1, "twice": 2, "thrice": 3}.get(words) or int(value_of(re.split(r"[ -]|x", words)[0]))
    period = _period(_ADVERB[found["adverb"]]) if found["adverb"] else _period(found["period"])
    return Fraction(count) / period, "once" if count == 1 else "times"


def _every(step: str | None, period: str) -> tuple[Fraction, Literal["once", "times"]]:
    number = _OTHER.get(step or "") or int(value_of(step or "1")) or 1
    per_day = 1 / (number * _period(period))
    return per_day, "times" if per_day > 1 else "once"


def _read(found: re.Match[str], lower: str) -> tuple[Fraction, Literal["once", "times", "daily", "per"]]:
    if found["count"]:
        return _times(found)
    if found["steps"] or found["q"]:
        return _every(found["step"] or found["q"], found["steps"] or found["qs"])
    if found["gap"] or found["alternate"]:
        return _every(found["gap"] or "other", _ADVERB.get(found["gaps"] or "", "day"))
    if found["latin"]:
        count = _LATIN[found["latin"].replace(".", "")]
        return Fraction(count), "once" if count == 1 else "times"
    if found["alone"]:
        total = _TOTAL_BEFORE.search(lower[max(0, found.start() - 24) : found.start()])
        total = total or _TOTAL_AFTER.match(lower, found.end())
        return 1 / _period(_ADVERB[found["alone"]]), "per" if total else "daily"
    return 1 / _period(found["unit"]), "per"


def _is_length(found: re.Match[str], lower: str) -> bool:
    """Whether "a day" is a length of time here, and not how often an amount is given."""
    if lower[: found.start()].endswith("half "):
        return True
    amount = _AMOUNT_BEFORE.search(lower[max(0, found.start() - 24) : found.start()])
    return amount is None and _LENGTH_AFTER.match(lower, found.end()) is not None


def read_rates(lower: str) -> list[Rate]:
    """The frequencies of a text in lower case, in order. "2 to 3 times a week" is a range of numbers, not a rate."""
    rates = []
    for found in _RATE.finditer(lower):
        if (found["count"] or found["gap"]) and _RANGE_BEFORE.search(lower[max(0, found.start() - 12) : found.start()]):
            continue
        if (found["step"] or found["count"] or found["q"]) and " 0" in f" {found[0]}":
            continue
        if found["article"] and _is_length(found, lower):
            continue
        per_day, kind = _read(found, lower)
        parts, end = 1, found.end()
        if divided := _PARTS.match(lower, end):
            parts, end, kind = int(value_of(divided["parts"])) or 1, divided.end(), "per"
        rates.append(Rate(per_day, kind, found[0].strip(), found.start(), end, parts))
    return rates


def is_article(rate: Rate) -> bool:
    """Whether the rate is "a day", "a week": a rate after an amount, and otherwise only a length of time."""
    return rate.shown.startswith(("a ", "an ")) and rate.kind == "per"


def show_rate(rate: Rate) -> str:
    """A rate to be read: "once daily", "3 times daily", "every 2 weeks", "per year"."""
    if rate.kind in {"per", "daily"} and rate.parts == 1:
        return re.sub(r"^(?:/ ?|an? )", "per ", rate.shown)
    if rate.parts > 1:
        return f"per day in {rate.parts} divided doses"
    return "once daily" if rate.per_day == 1 else rate.shown


def same_rate(mine: Rate, theirs: Rate) -> bool:
    """Whether both are as often. An amount a day taken once is the daily amount."""
    return mine.per_day * mine.parts == theirs.per_day * theirs.parts and not (
        {mine.kind, theirs.kind} == {"per", "times"} and mine.parts == theirs.parts
    )
