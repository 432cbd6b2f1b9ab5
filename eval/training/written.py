"""Statements and questions about single sentences of public abstracts, written for the training.

A line of `written/*.jsonl` names its sentence (`document:number` in SciFact's corpus) and has statements that it makes
true in other words (`same`), that it contradicts (`against`), that go beyond it (`beyond`), questions that it answers
(`question`) and one that it does not (`miss`). The abstracts themselves are read from the public data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.training.construction.sources import scifact

FOLDER = Path(__file__).parent / "written"
_HELD = 10
_STATEMENTS = ("same", "against", "beyond")
Abstracts = Mapping[str, tuple[str, Sequence[str]]]
"""Title and sentences by document."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written about one sentence: its abstract and place there, statements by label, and questions."""

    title: str
    abstract: tuple[str, ...]
    place: int
    statements: Mapping[str, tuple[str, ...]]
    questions: tuple[str, ...]
    miss: str
    document: str

    @property
    def sentence(self) -> str:
        """The sentence that all of it is about."""
        return self.abstract[self.place]

    @property
    def is_held(self) -> bool:
        """Whether it is of the tenth that no network learns from: by its document."""
        return hashlib.sha256(self.document.encode()).digest()[0] % _HELD == 0


def abstracts_of(corpus: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Title and sentences of each of SciFact's abstracts, by document."""
    with corpus.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {str(row["doc_id"]): (row["title"], tuple(row["abstract"])) for row in rows}


def read_written(abstracts: Abstracts, folder: Path = FOLDER) -> list[Written]:
    """All that was written, in the order of its files; a sentence whose abstract is not there is left out."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            document, place = row["id"].split(":")
            if document in abstracts:
                title, sentences = abstracts[document]
                statements = {name: tuple(row[name]) for name in _STATEMENTS}
                questions = tuple(row["question"])
                found.append(Written(title, tuple(sentences), int(place), statements, questions, row["miss"], document))
    return found


def learnable(data: Path) -> tuple[Abstracts, list[Written]]:
    """SciFact's abstracts less every one that a dev claim uses, and what was written about them and may be learnt."""
    folder = data / "claims" / "scifact"
    allowed = {source.name.removeprefix("scifact:") for source in scifact(data / "claims")}
    abstracts = {name: one for name, one in abstracts_of(folder / "corpus.jsonl").items() if name in allowed}
    return abstracts, [one for one in read_written(abstracts) if not one.is_held]
