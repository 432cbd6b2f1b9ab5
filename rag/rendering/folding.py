"""Folding: how many claims of the two halves a reader is shown at once. What is folded is counted, never lost: the JSON
has it, and so has the long form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answer import PARTS, Answer, Claim, Part

MOST_CLAIMS = 12
_HALVES: tuple[Part, ...] = ("guidelines", "research")


@dataclass(frozen=True, slots=True)
class Folded:
    """An answer as it is shown, and how many claims of each half are not. Its references are those that are used."""

    answer: Answer
    counts: Mapping[Part, int]


def fold(answer: Answer, most: int = MOST_CLAIMS) -> Folded:
    """At most `most` claims of the two halves together: the first of each topic of each half, then the second, ...

    Each topic of each half keeps one claim, also where there are more topics than `most`.
    """
    groups: dict[tuple[Part, str | None], int] = {}
    turns = []
    for part in _HALVES:
        for place, claim in enumerate(answer.part(part)):
            turn = groups[part, claim.topic] = groups.get((part, claim.topic), 0) + 1
            turns.append((turn, part == "research", place, part))
    kept = {(part, place) for _, _, place, part in sorted(turns)[: max(most, len(groups))]}
    halves = {
        part: tuple(claim for place, claim in enumerate(answer.part(part)) if (part, place) in kept) for part in _HALVES
    }
    counts = {part: left for part in _HALVES if (left := len(answer.part(part)) - len(halves[part]))}
    if not counts:
        return Folded(answer, {})
    shown = replace(answer, guidelines=halves["guidelines"], research=halves["research"])
    used = _numbers(shown)
    return Folded(replace(shown, references=tuple(one for one in answer.references if one.number in used)), counts)


def _numbers(answer: Answer) -> set[int]:
    claims: Sequence[Claim] = [claim for part in PARTS for claim in answer.part(part)]
    cited = [*(claim.citations for claim in claims), *(option.citations for option in answer.options)]
    return {citation.number for citations in cited for citation in citations}


def folded_note(counts: Mapping[Part, int]) -> str:
    """How many statements are folded, of which half, and what shows them."""
    names: dict[Part, str] = {"guidelines": "from the Guidelines", "research": "from the Research"}
    of_half = " and ".join(f"{count} {names[part]}" for part, count in counts.items())
    return f"{sum(counts.values())} more ({of_half}): --long"
