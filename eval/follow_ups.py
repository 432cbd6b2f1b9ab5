"""Measures how follow-up questions are rewritten: what the rewriting retrieves of what the human one does.

For each follow-up of a conversations file, passages are ranked for the question as a person would ask it alone, and
for each way of making it stand alone: the product's rules, the question as asked, and the previous question joined
with it. A file has one JSON object a line: `{"conversation_id", "topic", "turns": [{...}]}`, a turn having `question`,
`standalone`, `kind` and `sources`.

- `overlap@10`: the share of the stand-alone question's first 10 passages of each kind that are among the first 10 of
  the rewritten one, the mean of the kinds.
- `recall@10`: the share of `sources` of which a passage is among the first 10 of their kind. Its ratio is the mean
over the
  mean of the stand-alone question.

Intervals are 95 % percentile bootstraps over conversations, as turns of one are not independent. Each system goes
through a conversation on its own rewritings, so that an error is carried on as it would be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import click
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.config import load_settings
from rag.console import run
from rag.conversation.base import Asked, Condenser, Relation
from rag.errors import CorpusError
from rag.factory import condenser, pipeline
from rag.retrieval.evidence_search import EvidenceSearch
from rag.types import KINDS, Kind

_DEPTH = 10
_RESAMPLES = 2_000
_SEED = 20
Ranker = Callable[[str, Kind, int], Sequence[tuple[str, str]]]
"""The (passage id, source id) of the passages that rank first for a text within one kind."""


class TurnRecord(BaseModel):
    """One turn of a conversations file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str = Field(min_length=1)
    standalone: str = Field(min_length=1)
    kind: str = "follow_up"
    sources: tuple[str, ...] = ()


class ConversationRecord(BaseModel):
    """One line of a conversations file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    conversation_id: str
    topic: str = ""
    turns: tuple[TurnRecord, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a system's rewriting of one follow-up retrieved. `recall` is None where the turn names no sources."""

    conversation_id: str
    kind: str
    question: str
    standalone: str
    rewritten: str
    overlap: float
    recall: float | None
    recall_standalone: float | None


class Rewriter(Protocol):
    """A way of making follow-ups stand alone."""

    def condense_text(self, question: str, earlier: Sequence[Asked]) -> tuple[str, Relation]:
        """The question to search for, and how it stands to the turns before."""


class AsAsked:
    """The baseline that takes every question as it was asked."""

    def condense_text(self, question: str, earlier: Sequence[Asked]) -> tuple[str, Relation]:
        """The question itself."""
        return question, "follow_up"


class Joined:
    """The baseline that puts the previous question, as it was asked, before the question."""

    def condense_text(self, question: str, earlier: Sequence[Asked]) -> tuple[str, Relation]:
        """Both questions in a row."""
        return f"{earlier[-1].question} {question}", "follow_up"


class ByCondenser:
    """A condenser of the product."""

    def __init__(self, inner: Condenser) -> None:
        self._inner = inner

    def condense_text(self, question: str, earlier: Sequence[Asked]) -> tuple[str, Relation]:
        """As the product rewrites it."""
        condensed = self._inner.condense(question, earlier)
        return condensed.standalone, condensed.relation


def read_conversations(path: Path) -> list[ConversationRecord]:
    """The conversations of a file.

    Raises:
        CorpusError: a line is not JSON, or has not the fields.
    """
    conversations = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            conversations.append(ConversationRecord.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise CorpusError(f"{path.name}:{number}: {where or 'line'}: {first['msg']}", mend="see docs") from error
    return conversations


class Measurement:
    """Ranks, and remembers what it ranked."""

    def __init__(self, ranker: Ranker) -> None:
        self._ranker = ranker
        self._known: dict[tuple[str, Kind], Sequence[tuple[str, str]]] = {}

    def _first(self, text: str, kind: Kind) -> Sequence[tuple[str, str]]:
        if (text, kind) not in self._known:
            self._known[text, kind] = self._ranker(text, kind, _DEPTH)
        return self._known[text, kind]

    def overlap(self, rewritten: str, standalone: str) -> float:
        """The mean over the kinds of the share of the stand-alone question's passages, 0 to 1."""
        shares = []
        for kind in KINDS:
            wanted = {passage for passage, _ in self._first(standalone, kind)}
            got = {passage for passage, _ in self._first(rewritten, kind)}
            if wanted:
                shares.append(len(wanted & got) / len(wanted))
        return float(np.mean(shares)) if shares else 1.0

    def recall(self, text: str, sources: Sequence[str]) -> float | None:
        """The share of the sources with a passage among the first of either kind, 0 to 1."""
        if not sources:
            return None
        got = {source for kind in KINDS for _, source in self._first(text, kind)}
        return len(got & set(sources)) / len(set(sources))

    def outcomes(self, conversations: Sequence[ConversationRecord], system: Rewriter) -> list[Outcome]:
        """What a system's rewritings of all follow-ups retrieved."""
        found = []
        for conversation in conversations:
            first = conversation.turns[0]
            earlier = [Asked(first.question, first.question)]
            for turn in conversation.turns[1:]:
                rewritten, relation = system.condense_text(turn.question, tuple(earlier))
                found.append(
                    Outcome(
                        conversation.conversation_id,
                        turn.kind,
                        turn.question,
                        turn.standalone,
                        rewritten,
                        self.overlap(rewritten, turn.standalone),
                        self.recall(rewritten, turn.sources),
                        self.recall(turn.standalone, turn.sources),
                    )
                )
                earlier.append(Asked(turn.question, rewritten, relation))
        return found


def ratio_of(outcomes: Sequence[Outcome]) -> float:
    """The mean recall of the rewritten questions over that of the stand-alone ones; turns without sources are left
    out."""
    judged = [one for one in outcomes if one.recall is not None and one.recall_standalone is not None]
    whole = sum(one.recall_standalone or 0.0 for one in judged)
    return sum(one.recall or 0.0 for one in judged) / whole if whole else float("nan")


def overlap_of(outcomes: Sequence[Outcome]) -> float:
    """The mean overlap."""
    return float(np.mean([one.overlap for one in outcomes])) if outcomes else float("nan")


def interval(outcomes: Sequence[Outcome], value: Callable[[Sequence[Outcome]], float]) -> tuple[float, float]:
    """The ends of the 95 % percentile-bootstrap interval of a value, resampling whole conversations."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(one.conversation_id, []).append(one)
    names, rng = list(groups), np.random.default_rng(_SEED)
    values: NDArray[np.float64] = np.array(
        [
            value([one for place in rng.integers(len(names), size=len(names)) for one in groups[names[place]]])
            for _ in range(_RESAMPLES)
        ]
    )
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)


def _shown(outcomes: Sequence[Outcome], value: Callable[[Sequence[Outcome]], float]) -> str:
    low, high = interval(outcomes, value)
    return f"{100 * value(outcomes):.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def table(by_system: Mapping[str, Sequence[Outcome]]) -> str:
    """A Markdown table, in percent: both measures of each system, for all follow-ups and for each kind of turn."""
    kinds = sorted({one.kind for outcomes in by_system.values() for one in outcomes})
    lines = ["| follow-ups | n | system | overlap@10 | recall@10 ratio |", "|---|---|---|---|---|"]
    for kind in ["all", *kinds]:
        for system, outcomes in by_system.items():
            chosen = [one for one in outcomes if kind in ("all", one.kind)]
            lines.append(
                f"| {kind} | {len(chosen)} | {system} | {_shown(chosen, overlap_of)} | {_shown(chosen, ratio_of)} |"
            )
    return "\n".join(lines)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--index", metavar="NAME", help="Which index to search.")
@click.option("--details", is_flag=True, help="Also print every rewriting, worst first.")
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", help="How to print.")
def follow_ups(file: Path, index: str | None, details: bool, form: str) -> None:
    """Measure the rewriting of the follow-up questions in FILE, a conversations file."""
    settings = load_settings(index=index)
    conversations = read_conversations(file)
    search = cast(EvidenceSearch, pipeline(settings).search)

    def ranked(text: str, kind: Kind, limit: int) -> list[tuple[str, str]]:
        return [(hit.passage.passage_id, hit.passage.source_id) for hit in search.first(text, kind, limit)]

    measurement = Measurement(ranked)
    systems: dict[str, Rewriter] = {
        "rules": ByCondenser(condenser(settings, lambda: search)),
        "as asked": AsAsked(),
        "joined": Joined(),
    }
    by_system = {name: measurement.outcomes(conversations, system) for name, system in systems.items()}
    if form == "json":
        click.echo(
            json.dumps(
                {
                    name: {
                        "overlap@10": [overlap_of(found), *interval(found, overlap_of)],
                        "recall@10 ratio": [ratio_of(found), *interval(found, ratio_of)],
                        "follow_ups": len(found),
                    }
                    for name, found in by_system.items()
                },
                indent=2,
            )
        )
    else:
        click.echo(table(by_system))
    if details:
        for one in sorted(by_system["rules"], key=lambda outcome: outcome.overlap):
            recall = "-" if one.recall is None else f"{one.recall:.2f}/{one.recall_standalone:.2f}"
            click.echo(
                f"\n{one.overlap:.2f} {recall} ({one.kind}) {one.question}\n  = {one.standalone}\n  > {one.rewritten}"
            )


def main() -> None:
    """Entry point of `python -m eval.follow_ups`."""
    import sys

    run(follow_ups, sys.argv[1:])


if __name__ == "__main__":
    main()
