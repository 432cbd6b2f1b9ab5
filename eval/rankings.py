"""Rankings of sources, and which are relevant, as TREC run and qrels lines.

The unit is the source: it stands where its best passage stands (MaxP, Dai and Callan 2019), so that systems with other
passages are measured alike. A source with a sentence of a vital nugget has gain 2, of an okay one gain 1, unless the
question set says more. Guidelines and research are ranked apart: a topic is `QUESTION/KIND`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from eval.datasets import DatasetError, Item
from rag.types import KINDS, Kind

GAIN = {"vital": 2, "okay": 1}
_TAG = "sourcebound"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage that was found: the higher its score, the earlier it stands."""

    passage_id: str
    source_id: str
    kind: Kind
    score: float

    def row(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def topic(question_id: str, kind: Kind) -> str:
    """The TREC topic of one half of a question."""
    return f"{question_id}/{kind}"


def sources_in_order(ranking: Sequence[Ranked], kind: Kind) -> dict[str, float]:
    """The sources of a kind, best first, each with the score of its best passage."""
    best: dict[str, float] = {}
    for one in ranking:
        if one.kind == kind:
            best[one.source_id] = max(one.score, best.get(one.source_id, one.score))
    return dict(sorted(best.items(), key=lambda pair: (-pair[1], pair[0])))


def relevant_sources(item: Item, kinds: Mapping[str, Kind]) -> dict[Kind, dict[str, int]]:
    """The gain of each relevant source of each kind; `kinds` says of what kind a source is."""
    found: dict[Kind, dict[str, int]] = {kind: {} for kind in KINDS}
    for nugget in item.nuggets:
        for tied in nugget.sentences:
            if tied.source_id in kinds:
                gains = found[kinds[tied.source_id]]
                gains[tied.source_id] = max(GAIN[nugget.importance], gains.get(tied.source_id, 0))
    for source_id, gain in item.relevant.items():
        if gain > 0 and source_id in kinds:
            gains = found[kinds[source_id]]
            gains[source_id] = max(gain, gains.get(source_id, 0))
    return found


def trec_lines(
    items: Sequence[Item], rankings: Mapping[str, Sequence[Ranked]], kinds: Mapping[str, Kind]
) -> tuple[list[str], list[str]]:
    """The lines of a run (`topic Q0 source rank score tag`) and of its qrels (`topic 0 source gain`)."""
    run, qrels = [], []
    for item in items:
        gains = relevant_sources(item, kinds)
        for kind in KINDS:
            name = topic(item.question_id, kind)
            ordered = sources_in_order(rankings.get(item.question_id, ()), kind)
            run += [
                f"{name} Q0 {source} {rank} {score:.6f} {_TAG}"
                for rank, (source, score) in enumerate(ordered.items(), start=1)
            ]
            qrels += [f"{name} 0 {source} {gain}" for source, gain in sorted(gains[kind].items())]
    return run, qrels


def read_run_lines(path: Path) -> dict[str, dict[str, float]]:
    """Scores by topic and document of a TREC run file.

    Raises:
        DatasetError: a line has not six fields, or its score is no number.
    """
    return _read(path, 6, 2, 4, float)


def read_qrels_lines(path: Path) -> dict[str, dict[str, int]]:
    """Gains by topic and document of a TREC qrels file.

    Raises:
        DatasetError: a line has not four fields, or its gain is no whole number.
    """
    return _read(path, 4, 2, 3, int)


_Number = TypeVar("_Number", int, float)


def _read(
    path: Path, fields: int, document: int, value: int, number_of: Callable[[str], _Number]
) -> dict[str, dict[str, _Number]]:
    found: dict[str, dict[str, _Number]] = {}
    if not path.is_file():
        raise DatasetError("no such file", value=path)
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            parts = line.decode().split()
            if not parts:
                continue
            if len(parts) != fields:
                raise ValueError(f"{len(parts)} fields")
            found.setdefault(parts[0], {})[parts[document]] = number_of(parts[value])
        except ValueError as error:
            raise DatasetError(f"{path}, line {number} is not a TREC line of {fields} fields", value=error) from error
    return found
