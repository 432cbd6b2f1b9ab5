"""Numbers on their way to being figures: each with its own unit; those that belong to names are left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rag.verification.figures.figure import Join, Rate
from rag.verification.figures.numbers import Numeral, read_numbers
from rag.verification.figures.units import read_unit

_PREFIX = re.compile(
    r"(?:^|[^a-z\d-])(?:mid|pre|post|under|over|sub|aged?|early|late|since|non|day|week|month|year|n|to|of)-$|[^a-z\d]-$|^-$"
)
_ENDING = re.compile(r"(?:st|nd|rd|th|s|k)(?![a-z\d])|x(?![a-z])")
_OR_MORE = re.compile(
    r" or (?:more|fewer|less|greater|higher|lower|longer)(?= )| \((?:sd|se|standard deviation)?[ ±]*[\d.]+\)(?= )"
    r"| ±[\d.]+(?=[ %-])| ?[\[(][<≥\d.]+(?: ?-|,| to) ?[\d.]+[\])](?= ?%)"
)
_NAMED_AFTER = re.compile(
    r"-(?:ht|fu|mp|asa|oh|hiaa|hydroxy|mercapto|fluoro|alpha|beta|deoxy|dihydroxy|methyl|amino|aza|lipoxygenase|kinase|oxo)"
    r"|\(oh\)"
)
_DAY_NUMBER = re.compile(r"\b(?P<unit>day|week|month|year|hour)s? $")
_NTH = re.compile(
    r"\b(?P<nth>second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twelfth) (?P<unit>day|week|month|year)\b"
)
_PLACES = {
    word: number
    for number, word in enumerate(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 2
    )
}
_AS_MUCH = re.compile(
    r"(?: (?:and|or) (?:[a-z]+ ){0,3}?\d+ times)? (?:higher|more|as|greater|the|lower|less|larger|upper|that|those)\b"
)
_A_UNIT = re.compile(
    r"\b(?:an?|one|a single|single) (?=(?:second|minute|hour|day|week|month|year|decade)\b(?! later| after| before))"
)


@dataclass(slots=True)
class Draft:
    """A figure while it is being read."""

    value: Decimal
    start: int
    end: int
    unit: str | None = None
    unit_end: int = 0
    comparator: str | None = None
    measure: str | None = None
    statistic: str | None = None
    rate: Rate | None = None
    joint: tuple[Join, int, int] | None = None
    of: Decimal | None = None
    estimate: Decimal | None = None
    falls: bool = False
    implied: bool = False
    age: bool = False
    limit: bool = False
    said: str = ""
    numbered: bool = False
    before: str = field(default="", repr=False)


def _in_name(lower: str, numeral: Numeral) -> bool:
    """Whether a number belongs to a name ("IL-6", "3D")."""
    before, after = lower[max(0, numeral.start - 8) : numeral.start], lower[numeral.end : numeral.end + 1]
    if before.endswith("-") and re.search(r"[a-z]\d*\)?-$", before) and not _PREFIX.search(before):
        return True
    if not numeral.word and _NAMED_AFTER.match(lower, numeral.end):
        return True
    if not ("a" <= after <= "z" or after in {"_", "µ"}) or numeral.word:
        return False
    return not _ENDING.match(lower, numeral.end) and read_unit(lower, numeral.end)[0] is None


def _draft(lower: str, numeral: Numeral) -> Draft:
    draft = Draft(numeral.value, numeral.start, numeral.end, numeral.unit, numeral.end, of=numeral.of)
    draft.falls, draft.said = numeral.falls, numeral.shown
    draft.before = lower[max(0, numeral.start - 64) : numeral.start]
    ending = _ENDING.match(lower, numeral.end) if not numeral.word else None
    if ending:
        draft.unit_end = ending.end()
        if ending[0] == "k":
            draft.value *= 1000
    if draft.unit is None:
        draft.unit, draft.unit_end = _unit(lower, draft)
    if draft.unit is None and draft.value < 1900 and (named := _DAY_NUMBER.search(draft.before)):
        draft.unit, draft.numbered = named["unit"], True
    draft.implied = lower[numeral.start : numeral.end] == "one" and draft.unit in {None, "times"}
    return draft


def _unit(lower: str, draft: Draft) -> tuple[str | None, int]:
    unit, end = read_unit(lower, draft.unit_end)
    if unit is None and (more := _OR_MORE.match(lower, draft.unit_end)):
        unit = read_unit(lower, more.end())[0]
        return unit if unit and unit not in {"dose", "point", "times"} else None, draft.unit_end
    if unit == "times" and _AS_MUCH.match(lower, end):
        unit = "fold"
    if unit in {"m", "second", "point", "dose"} and re.match(r"[a-z-]", lower[end : end + 1]):
        return None, draft.unit_end
    return unit, end


def _free(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return all(end <= first or last <= start for first, last in spans)


def read_drafts(lower: str, taken: Sequence[tuple[int, int]]) -> list[Draft]:
    """The numbers of a text that are no part of a name, a date or a frequency (`taken`), in order."""
    found = [
        _draft(lower, numeral)
        for numeral in read_numbers(lower)
        if _free(taken, numeral.start, numeral.end) and not _in_name(lower, numeral)
    ]
    found = [draft for index, draft in enumerate(found) if index == 0 or draft.start >= found[index - 1].unit_end]
    starts = {draft.start for draft in found}
    for article in _A_UNIT.finditer(lower):
        unit, end = read_unit(lower, article.end())
        if article.start() not in starts and unit:
            found.append(Draft(Decimal(1), article.start(), article.end(), unit, end, implied=True))
    for nth in _NTH.finditer(lower):
        if not (starts & {nth.start(), nth.start("nth")}) and not _every(lower, nth.start()):
            value = Decimal(_PLACES[nth["nth"]])
            found.append(Draft(value, nth.start(), nth.end("nth"), nth["unit"], nth.end()))
    return sorted(found, key=lambda draft: draft.start)


def _every(lower: str, start: int) -> bool:
    return lower[:start].endswith(("every ", "each ", "a "))
