"""Measures the rewriting of follow-ups on TREC CAsT (2019 to 2021): how near the terms come to a person's rewriting.

The conversations are open-domain and their passages are not at hand, so no retrieval is measured here. Terms are those
of `rag.text.terms`. For each follow-up, the F1 of the terms of the rewriting against those of the manual one (as the
unigram F1 of Elgohary et al., CANARD, EMNLP 2019), and over all follow-ups the precision and the recall of the terms
added to the question as it was asked. Health topics are told apart by their numbers, which the data set's note lists.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from eval.datasets import DatasetError
from eval.follow_ups import AsAsked, ByCondenser, Joined, Rewriter
from rag.console import run
from rag.conversation.base import Asked
from rag.conversation.mentions import Vocabulary
from rag.conversation.rules import RuleCondenser
from rag.text import terms

HEALTH = frozenset("2019-31 2019-38 2019-44 2019-57 2019-69 2020-92 2021-106 2021-114 2021-129".split())
_FOLDER = Path("conversation") / "trec_cast"
_MANUAL = {year: Path(year) / f"{year}_manual_evaluation_topics_v1.0.json" for year in ("2020", "2021")}
_RESOLVED = Path("2019", "evaluation", "evaluation_topics_annotated_resolved_v1.0.tsv")
_TOPICS = Path("2019", "evaluation", "evaluation_topics_v1.0.json")
_RESAMPLES = 2_000
_SEED = 20


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The terms of one follow-up: as asked, as a person rewrote it, as a system did."""

    topic: str
    asked: frozenset[str]
    manual: frozenset[str]
    system: frozenset[str]

    @property
    def f1(self) -> float:
        """Of the system's terms against the manual ones, 0 to 1; 1 where neither has any."""
        both = len(self.manual) + len(self.system)
        return 2 * len(self.manual & self.system) / both if both else 1.0


def read_topics(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Of each topic the turns: the utterance, and its manual rewriting.

    Raises:
        DatasetError: a file is missing or is not of the format.
    """
    try:
        with (folder / _RESOLVED).open(encoding="utf-8", newline="") as lines:
            resolved = {
                row[0]: row[1] for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) > 1
            }
        found = {
            f"2019-{topic['number']}": [
                (turn["raw_utterance"], resolved[f"{topic['number']}_{turn['number']}"])
                for turn in topic["turn"]
                if f"{topic['number']}_{turn['number']}" in resolved
            ]
            for topic in json.loads((folder / _TOPICS).read_text(encoding="utf-8"))
        }
        for year, path in _MANUAL.items():
            for topic in json.loads((folder / path).read_text(encoding="utf-8")):
                found[f"{year}-{topic['number']}"] = [
                    (turn["raw_utterance"], turn["manual_rewritten_utterance"]) for turn in topic["turn"]
                ]
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(
            "TREC CAsT cannot be read", value=error, mend="set SOURCEBOUND_DATA to the data folder"
        ) from error
    return {topic: turns for topic, turns in found.items() if turns}


def rewrite_all(topics: Mapping[str, Sequence[tuple[str, str]]], system: Rewriter) -> list[Rewritten]:
    """Every follow-up as a system rewrites it, going on from its own rewritings."""
    found = []
    for topic, turns in topics.items():
        earlier = [Asked(turns[0][0], turns[0][1])]
        for asked, manual in turns[1:]:
            text, relation = system.condense_text(asked, tuple(earlier))
            found.append(Rewritten(topic, *(frozenset(terms(one)) for one in (asked, manual, text))))
            earlier.append(Asked(asked, text, relation))
    return found


def added_shares(rewritten: Sequence[Rewritten]) -> tuple[float, float]:
    """The precision and the recall of the terms that a system added, against those that people added; 0 where none."""
    added, wanted = (sum(len(terms_of(one) - one.asked) for one in rewritten) for terms_of in (_system, _manual))
    right = sum(len((one.system & one.manual) - one.asked) for one in rewritten)
    return (right / added if added else 0.0, right / wanted if wanted else 0.0)


def _system(one: Rewritten) -> frozenset[str]:
    return one.system


def _manual(one: Rewritten) -> frozenset[str]:
    return one.manual


def _interval(rewritten: Sequence[Rewritten]) -> str:
    """The mean F1 with its 95 % percentile-bootstrap interval over topics, in percent."""
    groups: dict[str, list[float]] = {}
    for one in rewritten:
        groups.setdefault(one.topic, []).append(one.f1)
    values, rng = list(groups.values()), np.random.default_rng(_SEED)
    means = [
        np.mean([f1 for place in rng.integers(len(values), size=len(values)) for f1 in values[place]])
        for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{100 * np.mean([one.f1 for one in rewritten]):.1f} [{100 * low:.1f}, {100 * high:.1f}]"


@click.command()
def cast() -> None:
    """Measure the rules on TREC CAsT in SOURCEBOUND_DATA, beside the question as asked and the joined one."""
    if "SOURCEBOUND_DATA" not in os.environ:
        raise DatasetError("no public data", mend="set SOURCEBOUND_DATA to the data folder")
    topics = read_topics(Path(os.environ["SOURCEBOUND_DATA"]) / _FOLDER)
    systems: dict[str, Rewriter] = {
        "rules": ByCondenser(RuleCondenser(Vocabulary())),
        "as asked": AsAsked(),
        "joined": Joined(),
    }
    click.echo("| topics | n | system | term F1 | added terms: precision | recall |\n|---|---|---|---|---|---|")
    for name, chosen in (("health", HEALTH), ("all", frozenset(topics))):
        for system, rewriter in systems.items():
            found = rewrite_all({topic: turns for topic, turns in topics.items() if topic in chosen}, rewriter)
            precision, recall = added_shares(found)
            click.echo(
                f"| {name} | {len(found)} | {system} | {_interval(found)} | {100 * precision:.1f} | "
                f"{100 * recall:.1f} |"
            )


def main() -> None:
    """Entry point of `python -m eval.cast`."""
    import sys

    run(cast, sys.argv[1:])


if __name__ == "__main__":
    main()
