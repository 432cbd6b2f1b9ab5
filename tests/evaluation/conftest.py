"""A scene: small documents, answers that cite them, and a judge that says what it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.answers import AnswerRecord, read_answer
from eval.datasets import Item
from eval.execution import Reply, run_suite
from eval.judging import Judgement, Judgements, pair_key
from eval.measures.base import Case, Measure
from eval.measures.catalogue import measure_named
from eval.rankings import Ranked
from eval.run_folder import Run, open_run
from rag.errors import ModelError
from rag.types import Document, Kind, Source

Said = float | tuple[float, float] | None
JUDGE = "scripted/1"


class ScriptedJudge:
    """Says of each pair what its script says; a pair that is in none raises as a server that does not answer."""

    name = JUDGE

    def __init__(self, script: Mapping[tuple[str, str], float | tuple[float, float]], fingerprint: str = "") -> None:
        self.script = dict(script)
        self.asked: list[list[tuple[str, str]]] = []
        if fingerprint:
            self.fingerprint = fingerprint

    def predict(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        self.asked.append(list(pairs))
        rows = []
        for pair in pairs:
            if pair not in self.script:
                raise ModelError("the model server did not answer in time", value="60 s", retryable=True)
            said = self.script[pair]
            supports, refutes = said if isinstance(said, tuple) else (said, 0.0)
            rows.append([supports, 1 - supports - refutes, refutes])
        return np.array(rows, np.float32).reshape(len(rows), 3)


class ScriptedSystem:
    """Gives each question the reply that its script has; raises what stands there instead of one."""

    def __init__(self, replies: Mapping[str, Reply | Exception], name: str = "scripted") -> None:
        self.name = name
        self.replies = dict(replies)
        self.asked: list[str] = []

    def answer(self, item: Item) -> Reply:
        self.asked.append(item.question_id)
        reply = self.replies[item.question_id]
        if isinstance(reply, Exception):
            raise reply
        return reply


@dataclass
class Scene:
    """Writes what a test needs of it."""

    documents: dict[str, Document] = field(default_factory=dict)

    def add(self, source_id: str, text: str, kind: Kind = "guideline", **life: Any) -> Document:
        source = Source(source_id, kind, f"Title of {source_id}", 2020, life.pop("status", "current"), **life)
        self.documents[source_id] = Document(source, text, (), "")
        return self.documents[source_id]

    def cite(self, source_id: str, quote: str, number: int = 1, /, **other: Any) -> dict[str, Any]:
        start = self.documents[source_id].text.index(quote) if source_id in self.documents else 0
        place = {"number": number, "source_id": source_id, "start": start, "end": start + len(quote), "quote": quote}
        return place | other

    def claim(self, text: str, *citations: dict[str, Any], claim_id: str = "", **other: Any) -> dict[str, Any]:
        return {"claim_id": claim_id or text[:24], "text": text, "citations": list(citations)} | other

    def record(self, *guidelines: dict[str, Any], research: Sequence[dict[str, Any]] = (), **other: Any) -> Any:
        """An answer record whose references follow from its citations."""
        parts = {"guidelines": list(guidelines), "research": list(research), "agreement": other.pop("agreement", [])}
        cited = [one for claims in parts.values() for claim in claims for one in claim["citations"]]
        numbers = {one["source_id"]: one["number"] for one in cited}
        references = [{"number": number, "source_id": source} for source, number in numbers.items()]
        stated = any(parts.values())
        return {"outcome": "answer" if stated else "abstention", "references": references} | parts | other

    @staticmethod
    def ranked(source_id: str, score: float, kind: Kind = "guideline", passage: int = 1) -> Ranked:
        return Ranked(f"{source_id}#{passage}", source_id, kind, score)

    def answer(self, *guidelines: dict[str, Any], **other: Any) -> AnswerRecord:
        return read_answer(self.record(*guidelines, **other), "the test's")

    def case(
        self,
        answer: AnswerRecord | None,
        said: Mapping[tuple[str, str], Said] | None = None,
        *,
        item: Mapping[str, Any] | None = None,
        **other: Any,
    ) -> Case:
        """A case whose judge said `said`: a probability of support, one of support and one of refutation, or None for
        a judgement that failed. What is not in it was not judged."""
        found = {pair_key(JUDGE, pair): _judgement(one) for pair, one in (said or {}).items()}
        fields = {"question_id": "q", "question": "What?", **(item or {})}
        return Case(
            Item.model_validate(fields),
            answer,
            None if answer else "server gone",
            other.pop("audiences", {}),
            Judgements(JUDGE, found),
            self.documents,
            other.pop("ranked", None),
            **other,
        )

    def run(
        self, folder: Path, items: Sequence[Mapping[str, Any]], replies: Mapping[str, Any], name: str = "scripted"
    ) -> Run:
        """A run folder of scripted replies: answer records, or what is raised instead."""
        given = {
            question: one if isinstance(one, Exception | Reply) else Reply(one, {}) for question, one in replies.items()
        }
        system = ScriptedSystem(given, name)
        run_suite(
            [Item.model_validate({"question": "What?", **item}) for item in items],
            system,
            folder,
            settings={"temperature": 0},
            documents=self.documents,
        )
        return open_run(folder)


def _judgement(said: Said) -> Judgement:
    if said is None:
        return Judgement(None, None, "ModelError: timed out")
    return Judgement(*said) if isinstance(said, tuple) else Judgement(said, 0.0)


Example = tuple[str, Callable[[Scene], Case], float | str, str]
"""A measure, a case of it, the value worked out by hand ("unscored", "does not apply"), and what is missing in it."""


def _hold(example: Example) -> None:
    name, case, expected, _ = example
    score = measure_named(name).score(case(Scene()))
    if expected == "does not apply":
        assert not score.applies, score
    elif expected == "unscored":
        assert score.is_unscored, score
    else:
        assert score.value == pytest.approx(expected), score


@pytest.fixture
def holds() -> Callable[[Example], None]:
    """Fails unless the measure gives what was worked out by hand."""
    return _hold


def _cover(measures: Sequence[Measure], examples: Sequence[Example]) -> None:
    for measure in measures:
        gaps = [gap for name, _, _, gap in examples if name == measure.name]
        assert len(gaps) >= 3, f"{measure.name} has {len(gaps)} examples"
        assert any(gaps), f"{measure.name} has no example with a gap"
    assert {name for name, *_ in examples} <= {measure.name for measure in measures}


@pytest.fixture
def cover() -> Callable[[Sequence[Measure], Sequence[Example]], None]:
    """Fails unless each measure has three examples, one of them with a gap."""
    return _cover


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def new_scene() -> type[Scene]:
    """For property tests, which need a new one each time."""
    return Scene


@pytest.fixture
def scripted_judge() -> type[ScriptedJudge]:
    return ScriptedJudge


@pytest.fixture
def scripted_system() -> type[ScriptedSystem]:
    return ScriptedSystem
