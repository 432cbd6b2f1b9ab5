"""What a figure is: a number with everything that the words around it say about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Join = Literal["range", "interval", "quartiles", "slash", "change", "share"]
Day = tuple[int, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Rate:
    """How often: `per_day` times. "once" and "times" are doses; "per" is an amount a day, "daily" may be either."""

    per_day: Fraction
    kind: Literal["once", "times", "daily", "per"]
    shown: str
    start: int
    end: int
    parts: int = 1

    @property
    def total(self) -> bool:
        """Whether the amount is that of the whole period."""
        return self.kind == "per"


@dataclass(frozen=True, slots=True)
class Pair:
    """The other number of a range, of "130/80" or of "34 of 116", and which of the two this one is (0 or 1)."""

    join: Join
    place: int
    other: Decimal
    shown: str = ""
    other_comparator: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it stands in a text: value, unit ("mg/kg"), comparator (">="), measure ("sensitivity"), rate."""

    value: Decimal
    unit: str | None
    comparator: str | None
    measure: str | None
    shown: str
    start: int = 0
    end: int = 0
    rate: Rate | None = None
    pair: Pair | None = None
    statistic: str | None = None
    noun: str | None = None
    scale: Literal["absolute", "relative"] | None = None
    direction: Literal["up", "down"] | None = None
    estimate: Decimal | None = None
    date: Day | None = None
    age: bool = False
    implied: bool = False
    about: Literal["near", "below"] | None = None
    limit: bool = False

    @property
    def bare(self) -> bool:
        """Whether it is a frequency alone ("three times a day") with no amount."""
        return self.unit == "times" and self.rate is not None
