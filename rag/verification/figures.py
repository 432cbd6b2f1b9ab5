"""Numbers, units, comparators and the measures they belong to: every figure of a claim must be one of its sources'."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rag.text import NUMBER_WORDS, fold

_UNITS = {
    "mg": "milligrams? milligrammes? mg",
    "g": "grams? grammes? g",
    "µg": "micrograms? µg mcg ug",
    "kg": "kilograms? kg",
    "ml": "millilit(?:er|re)s? ml",
    "mmhg": "mmhg",
    "mmol/l": r"mmol/l",
    "iu": "iu units? international units?",
    "%": r"% percent per\scent percentage\spoints?",
    "year": "years? yrs?",
    "month": "months?",
    "week": "weeks? wks?",
    "day": "days?",
    "hour": "hours? hrs? h",
    "minute": "minutes? mins?",
    "cm": "cm centimet(?:er|re)s?",
    "mm": "mm millimet(?:er|re)s?",
    "point": "points?",
    "fold": "fold times",
}
_UNIT_OF = [(name, re.compile(rf"(?:{'|'.join(forms.split(' '))})(?![a-z])")) for name, forms in _UNITS.items()]
_RATE = re.compile(
    r"\s*(?:/|per |an? |each |every )\s*(kg|day|week|month|year|hour|dose)\b"
    r"|\s+((?:once |twice |three times )?(?:daily|weekly|monthly))\b"
)
_RATE_AFTER_DRUG = re.compile(rf"\s+(?:of\s+)?[a-z][a-z-]+(?:{_RATE.pattern})")
_RATE_NAME = {
    "daily": "day",
    "once daily": "day",
    "weekly": "week",
    "once weekly": "week",
    "monthly": "month",
    "once monthly": "month",
}

_WORDS = "|".join(
    sorted((word for word in NUMBER_WORDS if word not in {"once", "twice", "one"}), key=len, reverse=True)
)
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<sign>-)?(?P<value>\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)|\b(?P<word>{_WORDS})\b"
)
_RANGE = re.compile(r"\s*(?:-|to|and)\s*(?=-?\d)")

_BEFORE = (
    (">=", r"(?:>=|≥|at least|no (?:less|fewer) than|minimum(?: of)?)"),
    ("<=", r"(?:<=|≤|at most|up to|no more than|maximum(?: of)?|not more than)"),
    (">", r"(?:>|more than|over|above|greater than|longer than|older than|higher than|exceed(?:s|ing)?)"),
    ("<", r"(?:<|less than|under|below|fewer than|shorter than|younger than|lower than)"),
)
_AFTER = (
    (">=", r"or (?:more|above|older|longer|higher|greater|over)|and (?:over|above|older)"),
    ("<=", r"or (?:less|below|younger|shorter|lower|fewer|under)"),
)
_BEFORE_NUMBER = [
    (sign, re.compile(rf"{words}\s*(?:about |approximately |age |the age of |an? )?$")) for sign, words in _BEFORE
]
_AFTER_NUMBER = [(sign, re.compile(rf"[^,;.]{{0,24}}?\b(?:{words})\b")) for sign, words in _AFTER]

_MEASURE = re.compile(
    r"\b(sensitivity|specificity|(?:positive |negative )?likelihood ratio|(?:positive |negative )?predictive value"
    r"|odds ratio|hazard ratio|risk ratio|relative risk|kappa|area under|prevalence|incidence|mortality)\b"
)
_RATIOS = (
    (re.compile(r"\bOR\b"), "odds ratio"),
    (re.compile(r"\bHR\b"), "hazard ratio"),
    (re.compile(r"\bRR\b|\brelative risk\b"), "risk ratio"),
)
_DOSE_UNITS = frozenset({"mg", "g", "µg", "ml", "iu"})


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it stands in a text: value, unit ("mg/day"), comparator (">=") and measure ("sensitivity")."""

    value: Decimal
    unit: str | None
    comparator: str | None
    measure: str | None
    shown: str


def _unit_at(text: str, position: int) -> tuple[str | None, int]:
    """The unit that starts at or just after `position`, and where it ends."""
    start = position + len(text[position:]) - len(text[position:].lstrip(" -"))
    if start - position > 2:
        return None, position
    for name, pattern in _UNIT_OF:
        match = pattern.match(text, start)
        if match:
            unit, end = name, match.end()
            while rate := _RATE.match(text, end) or _RATE_AFTER_DRUG.match(text, end):
                per = rate.group(1) or rate.group(2)
                unit, end = f"{unit}/{_RATE_NAME.get(per, per)}", rate.end()
            return unit, end
    return None, position


def _measure_before(text: str, position: int) -> str | None:
    """The measure a number belongs to: the nearest one named before it in its clause."""
    clause = re.split(r"[;.]\s", text[max(0, position - 80) : position])[-1]
    named = _MEASURE.findall(clause)
    return named[-1] if named else None


def figures(text: str) -> list[Figure]:
    """All figures of a text. The first of a range takes the unit of the last ("40-60 mg" gives two in mg)."""
    for short, name in _RATIOS:
        text = short.sub(name, text)
    plain = fold(text).replace("·", ".")
    plain = re.sub(r"(?<=\d)\.(?=\s|$)", " .", plain)
    found: list[Figure] = []
    for match in _NUMBER.finditer(plain):
        raw = match["word"] or match["value"]
        value = Decimal(NUMBER_WORDS[raw]) if match["word"] else Decimal(raw.replace(",", ""))
        before, negative = plain[: match.start()], bool(match["sign"])
        in_range = bool(re.search(r"\d\s*$", before)) and negative
        value = -value if negative and not in_range else value
        unit, end = _unit_at(plain, match.end())
        if unit is None and (joined := _RANGE.match(plain, match.end())):
            upper = _NUMBER.match(plain, joined.end())
            unit = _unit_at(plain, upper.end())[0] if upper else None
        comparator = next((sign for sign, pattern in _BEFORE_NUMBER if pattern.search(before)), None)
        if comparator is None:
            comparator = next((sign for sign, pattern in _AFTER_NUMBER if pattern.match(plain, end)), None)
        measure = _measure_before(plain, match.start())
        shown = f"{comparator or ''}{value}{' ' + unit if unit else ''}"
        found.append(Figure(value, unit, comparator, measure, shown))
    return found


def _fits(mine: Figure, theirs: Figure) -> bool:
    if mine.value != theirs.value or mine.comparator != theirs.comparator:
        return False
    if mine.measure and theirs.measure and mine.measure != theirs.measure:
        return False
    dose_lost = mine.unit is None and theirs.unit is not None and theirs.unit.split("/")[0] in _DOSE_UNITS
    return mine.unit == theirs.unit or (mine.unit is None and not dose_lost)


def foreign_figures(claim: str, sources: Iterable[str]) -> list[Figure]:
    """The figures of a claim that none of its sources has with the same value, unit, comparator and measure."""
    theirs = [figure for source in sources for figure in figures(source)]
    return [mine for mine in figures(claim) if not any(_fits(mine, other) for other in theirs)]
