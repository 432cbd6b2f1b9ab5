"""The table of planted faults: by fault and by family the share found, with its interval, and the false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.faults.base import Card, Family
from eval.faults.detecting import Detected, Unbroken
from eval.planted.scoring import Share, share_of
from rag.answer import PARTS

AIMS: dict[Family, float] = {
    **dict.fromkeys(("pointer", "lane", "lifecycle", "absence"), 1.0),
    **dict.fromkeys(("figure", "unit", "comparator"), 0.98),
    **dict.fromkeys(("negation", "direction"), 0.90),
    **dict.fromkeys(("population", "drug", "condition", "citation"), 0.85),
}
"""The share of each family that is to be found; none is set for strength and for blocks."""
ALLOWED = 0.05
"""The share of unbroken claims that may be objected to."""


@dataclass(frozen=True, slots=True)
class Row:
    """A fault, or a family as a whole: `found`; `named` by a name that fits; and `turned`, the share found of those
    whose claim passed before it was broken."""

    name: str
    family: Family
    whole_family: bool
    found: Share
    named: Share
    turned: Share
    aim: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the measurement: its rows, and the false alarms over claims that cite and over all claims."""

    name: str
    rows: tuple[Row, ...]
    statements: Share
    claims: Share


def part_of(name: str, detected: Sequence[Detected], unbroken: Sequence[Unbroken], cards: Sequence[Card]) -> Part:
    """The figures of some broken and unbroken claims; a fault that could be planted nowhere has 0 of 0."""
    rows: list[Row] = []
    for family in dict.fromkeys(card.family for card in cards):
        mine = [card for card in cards if card.family == family]
        of_family = [one for one in detected if one.broken.card.family == family]
        rows.append(_row(family, family, of_family, whole=True))
        if len(mine) > 1:
            rows += [
                _row(card.name, family, [one for one in of_family if one.broken.card.name == card.name])
                for card in mine
            ]
    claims = [one for one in unbroken if one.site.part in PARTS]
    statements = [one for one in claims if one.site.is_statement]
    return Part(name, tuple(rows), _alarms(statements), _alarms(claims))


def _row(name: str, family: Family, detected: Sequence[Detected], *, whole: bool = False) -> Row:
    turned = [one.found for one in detected if one.passed_before]
    return Row(
        name,
        family,
        whole,
        share_of(sum(one.found for one in detected), len(detected)),
        share_of(sum(one.named for one in detected), len(detected)),
        share_of(sum(turned), len(turned)),
        AIMS.get(family) if whole else None,
    )


def _alarms(unbroken: Iterable[Unbroken]) -> Share:
    alarms = [bool(one.findings) for one in unbroken]
    return share_of(sum(alarms), len(alarms))


def markdown(part: Part) -> str:
    """A part as a Markdown table: families in bold, their faults below them."""
    lines = [
        f"### {part.name}",
        "",
        "| fault | found | of | share | 95 % interval | named rightly | found, of claims that passed before | aim |",
        "|---|--:|--:|--:|---|--:|--:|---|",
        *(_line(row) for row in part.rows),
        _alarm_line("**false alarms**, statements with citations", part.statements),
        _alarm_line("**false alarms**, all claims", part.claims),
    ]
    return "\n".join(lines)


def summary(parts: Sequence[Part]) -> str:
    """The families of all parts side by side: the share found, its interval, and of how many."""
    lines = [
        f"| family | aim | {' | '.join(part.name for part in parts)} |",
        f"|---|---|{'--:|' * len(parts)}",
    ]
    for rows in zip(*(tuple(row for row in part.rows if row.whole_family) for part in parts), strict=True):
        aim = "none set" if rows[0].aim is None else f"{rows[0].aim:.0%}"
        lines.append(f"| {rows[0].name} | {aim} | {' | '.join(_cell(row.found, row.aim) for row in rows)} |")
    alarms = " | ".join(_cell(part.claims, None) for part in parts)
    lines.append(f"| **false alarms** | at most {ALLOWED:.0%} | {alarms} |")
    return "\n".join(lines)


def _cell(share: Share, aim: float | None) -> str:
    if not share.of:
        return "not planted"
    missed = ": missed" if aim is not None and share.share < aim else ""
    return f"{share.share:.1%} ({_interval(share)}) of {share.of}{missed}"


def _line(row: Row) -> str:
    name = f"**{row.name}**" if row.whole_family else row.name
    if not row.found.of:
        return f"| {name} | 0 | 0 | not planted | | | | {_aim(row)} |"
    turned = f"{row.turned.share:.1%} of {row.turned.of}" if row.turned.of else "none"
    return (
        f"| {name} | {row.found.hits} | {row.found.of} | {row.found.share:.1%} | {_interval(row.found)} "
        f"| {row.named.share:.1%} | {turned} | {_aim(row)} |"
    )


def _aim(row: Row) -> str:
    if row.aim is None:
        return "none set" if row.whole_family else ""
    missed = row.found.of and row.found.share < row.aim
    return f"{row.aim:.0%}{': missed' if missed else ''}"


def _alarm_line(name: str, share: Share) -> str:
    aim = f"at most {ALLOWED:.0%}{': missed' if share.share > ALLOWED else ''}"
    return f"| {name} | {share.hits} | {share.of} | {share.share:.1%} | {_interval(share)} | | | {aim} |"


def _interval(share: Share) -> str:
    return f"{share.low:.1%} to {share.high:.1%}"


def content_of(part: Part) -> dict[str, Any]:
    """A part as JSON content."""
    return asdict(part)
