"""The figures: of each kind of fault the share found, of true rewordings the share withheld, each with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.planted.cases import FAULT_KINDS
from eval.planted.judging import Judged
from eval.stats import wilson

WANTED = {"figure": 0.98, "unit": 0.98, "comparator": 0.98, "negation": 0.90, "direction": 0.90} | dict.fromkeys(
    ("population", "drug", "condition"), 0.85
)
"""The share of each kind that must be found."""
ALLOWED = 0.05
"""The share of true rewordings that may be withheld."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the 95 % interval of Wilson (J Am Stat Assoc 1927;22:209-12)."""

    hits: int
    of: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was counted, the share withheld, and the bound it must keep (None: no bound)."""

    name: str
    withheld: Share
    bound: float | None = None


def share_of(hits: int, of: int) -> Share:
    """A share with Wilson's interval; 0 of 0 is 0 with the interval from 0 to 1."""
    if of == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    return Share(hits, of, hits / of, *wilson(hits, of))


def _row(name: str, judged: Iterable[Judged], bound: float | None = None) -> Row:
    withheld = [one.withheld for one in judged]
    return Row(name, share_of(sum(withheld), len(withheld)), bound)


def score(judged: Sequence[Judged]) -> list[Row]:
    """The rows of a table: every kind of fault, in all and by who planted it, then the true rewordings by style."""
    rows = []
    for kind in FAULT_KINDS:
        of_kind = [one for one in judged if one.case.kind == kind]
        rows.append(_row(kind, of_kind, WANTED[kind]))
        rows.append(_row(f"{kind}, by hand", (one for one in of_kind if one.case.way == "hand")))
        rows.append(_row(f"{kind}, by rule", (one for one in of_kind if one.case.way != "hand")))
    true = [one for one in judged if one.case.kind == "true"]
    rows.append(_row("true", true, ALLOWED))
    for style in sorted({one.case.style for one in true}):
        rows.append(_row(f"true, {style}", (one for one in true if one.case.style == style)))
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; a bound that the measured share misses is marked."""
    lines = ["| claims | withheld | of | share | 95 % interval | bound |", "|---|--:|--:|--:|---|---|"]
    for row in rows:
        one = row.withheld
        if one.of:
            lines.append(
                f"| {row.name} | {one.hits} | {one.of} | {one.share:.1%} | {one.low:.1%} to {one.high:.1%} "
                f"| {_bound(row)} |"
            )
    return "\n".join(lines)


def _bound(row: Row) -> str:
    if row.bound is None:
        return ""
    true = row.name == "true"
    kept = row.withheld.share <= row.bound if true else row.withheld.share >= row.bound
    return f"{'at most' if true else 'at least'} {row.bound:.0%}{'' if kept else ': missed'}"


def content_of(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as JSON content."""
    return [asdict(row) for row in rows]
