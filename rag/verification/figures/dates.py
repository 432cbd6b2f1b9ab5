"""Dates and years: "4 September 2024", "September 4, 2024" and "2024-09-04" are one day."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = "January February March April May June July August September October November December".split()
_NUMBER = {month.lower()[:3]: number for number, month in enumerate(_MONTHS, 1)}
_MONTH = rf"(?:{'|'.join(_MONTHS)}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b(?P<year1>(?:19|20)\d\d)-(?P<number>0[1-9]|1[0-2])-(?P<day1>[0-3]\d)\b"
    rf"|\b(?P<day2>{_DAY}) (?:of )?(?P<month2>{_MONTH})(?:,? (?P<year2>(?:19|20)\d\d)\b)?"
    rf"|\b(?P<month3>{_MONTH}) (?P<day3>{_DAY})\b(?!\.\d|,\d|\s?[%/-])(?:,? (?P<year3>(?:19|20)\d\d)\b)?"
    rf"|\b(?P<month4>{_MONTH}),? (?:of )?(?P<year4>(?:19|20)\d\d)\b"
)


@dataclass(frozen=True, slots=True)
class Date:
    """A date as far as it is told; `year` is 0 where none is."""

    year: int
    month: int
    day: int | None
    start: int
    end: int


def read_dates(plain: str) -> list[Date]:
    """The dates of a text that name a month; bare years are numbers."""
    dates = []
    for found in _DATE.finditer(plain):
        parts = {name.rstrip("1234"): text for name, text in found.groupdict().items() if text}
        month = int(parts["number"]) if "number" in parts else _NUMBER[parts["month"].lower()[:3]]
        day = int(re.sub(r"\D", "", parts["day"])) if "day" in parts else None
        dates.append(Date(int(parts.get("year", 0)), month, day, found.start(), found.end()))
    return dates


def show_date(year: int, month: int | None, day: int | None) -> str:
    """A date to be read: "4 September 2024"."""
    words = [str(day) if day else "", _MONTHS[month - 1] if month else "", str(year) if year else ""]
    return " ".join(word for word in words if word)


def within_date(mine: tuple[int, int | None, int | None], theirs: tuple[int, int | None, int | None]) -> bool:
    """Whether all that one date tells is told by the other: "September 2024" by "4 September 2024"."""
    return all(not part or part == other for part, other in zip(mine, theirs, strict=True))
