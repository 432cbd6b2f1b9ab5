"""Statements about passages of public abstracts, written for the training: pairs of evidence and claim.

A line of `statements/*.jsonl` names its passage (`set/document:first-last`, sentences counted from 0) and has
statements that it makes true in other words (`same`), that it contradicts (`against`), and that go beyond it
(`beyond`), most of them a true one with a few words changed. The abstracts themselves are read from the public data.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.training.construction.sources import scifact
from eval.training.examples import ONLY, Example
from eval.training.written import abstracts_of
from rag.ingestion.sentences import sentence_spans

FOLDER = Path(__file__).parent / "statements"
_RELATIONS = {"same": ONLY["supports"], "against": ONLY["refutes"], "beyond": ONLY["neutral"]}
_HELD = 14
_REACH = 2
Abstracts = Mapping[str, Sequence[str]]
"""The sentences of each abstract, by set and document."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What was written about sentences `first` to `last` of an abstract, by its relation to them."""

    document: str
    abstract: tuple[str, ...]
    first: int
    last: int
    statements: Mapping[str, tuple[str, ...]]

    @property
    def passage(self) -> str:
        """The sentences that all of it is about."""
        return self.between(self.first, self.last)

    @property
    def is_held(self) -> bool:
        """Whether it is of the part that no network learns from and the combiner is fitted on: by its abstract."""
        return hashlib.sha256(f"cal{self.abstract[0]}".encode()).digest()[0] % _HELD == 0

    def between(self, first: int, last: int) -> str:
        """The sentences from one place to another, both included."""
        return " ".join(" ".join(self.abstract[first : last + 1]).split())


def abstracts_to_learn_from(data: Path) -> dict[str, tuple[str, ...]]:
    """SciFact's abstracts less every one that a dev claim uses, and those of Check-COVID's train pairs."""
    claims = data / "claims"
    allowed = {source.name.removeprefix("scifact:") for source in scifact(claims)}
    found = {
        f"scifact/{name}": sentences
        for name, (_, sentences) in abstracts_of(claims / "scifact" / "corpus.jsonl").items()
        if name in allowed
    }
    with (claims / "check_covid/derived_pairs/pairs_train.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            name = f"check_covid/{row['cord_id']}"
            if row["kind"] != "rationale" and name not in found:
                text = row["passage"]
                found[name] = tuple(text[one.start : one.end] for one in sentence_spans(text))
    return found


def read_stated(abstracts: Abstracts, folder: Path = FOLDER, pattern: str = "*.jsonl") -> list[Stated]:
    """All that was written, in the order of its files; what is about an abstract that is not there is left out."""
    found = []
    for path in sorted(folder.glob(pattern)):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            document, places = row["id"].rsplit(":", 1)
            if document in abstracts:
                first, last = map(int, places.split("-"))
                statements = {name: tuple(row[name]) for name in _RELATIONS}
                found.append(Stated(document, tuple(abstracts[document]), first, last, statements))
    return found


def statement_examples(stated: Sequence[Stated], seed: int, *, around: float, beside: float) -> list[Example]:
    """Each statement with its passage; a part (`around`) again with sentences around it, and of those that are true or
    contradicted a part (`beside`) with a sentence beside it, which says neither. Never with the last of an abstract,
    which often says the same again."""
    draw = random.Random(seed)  # noqa: S311
    found = []
    for one in stated:
        end = len(one.abstract) - 1
        near = [place for place in (one.first - 2, one.first - 1, one.last + 1) if 0 <= place < end]
        for name, allowed in _RELATIONS.items():
            for claim in one.statements[name]:
                found.append(Example(one.passage, claim, allowed, f"statements/{name}"))
                if draw.random() < around:
                    first = draw.randint(max(0, one.first - _REACH), one.first)
                    last = draw.randint(one.last, min(end, one.last + _REACH))
                    if last - first > one.last - one.first:
                        found.append(Example(one.between(first, last), claim, allowed, f"statements/{name}"))
                if name != "beyond" and near and draw.random() < beside:
                    place = draw.choice(near)
                    found.append(Example(one.between(place, place), claim, ONLY["neutral"], "statements/beside"))
    return found
