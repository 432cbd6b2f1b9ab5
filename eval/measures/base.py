"""What a measure is, and what it looks at. It knows no file, no model and no other measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from eval.answers import AnswerRecord
from eval.datasets import Item
from eval.judging import Judgements
from rag.types import Document, Kind

Better = Literal["higher", "lower"]
Family = Literal[
    "outcome", "absence", "attribution", "nuggets", "pointers", "lifecycle", "agreement", "retrieval", "reading"
]


@dataclass(frozen=True, slots=True)
class Score:
    """A measure's value for one question, and why.

    `value` is None where the measure does not apply (`applies` is false), or where it applies and could not be scored:
    a row that failed, a judgement that is missing. The first is left out of means, the second is counted and shown.
    """

    value: float | None
    applies: bool
    why: str

    @property
    def is_unscored(self) -> bool:
        """Whether it applies and has no value."""
        return self.applies and self.value is None


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its answer and all that measures look up.

    Attributes:
        item: the question.
        answer: None where asking failed.
        error: how it failed.
        audiences: answers for other readers, by audience.
        judgements: by pair of passage and claim.
        documents: by source.
        ranked: the sources found of each kind with their scores; None where the system does not tell.
        latency_s: None where not measured.
        cost: None where not known.
    """

    item: Item
    answer: AnswerRecord | None
    error: str | None
    audiences: Mapping[str, AnswerRecord]
    judgements: Judgements
    documents: Mapping[str, Document]
    ranked: Mapping[Kind, Mapping[str, float]] | None
    latency_s: float | None = None
    cost: float | None = None


def every(case: Case) -> bool:
    """A measure that says something of every question."""
    return True


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's card.

    Attributes:
        name: as in tables and files.
        family: what it is grouped with.
        meaning: in plain words.
        definition: how it is counted.
        paper: where it is defined; empty for our own.
        value: the score of a case with an answer.
        better: whether higher or lower is better.
        concerns: whether it would say something of a question whose answer is missing.
    """

    name: str
    family: Family
    meaning: str
    definition: str
    value: Callable[[Case, AnswerRecord], Score]
    paper: str = ""
    better: Better = "higher"
    concerns: Callable[[Case], bool] = every

    def score(self, case: Case) -> Score:
        """The score of any case: a failed row is unscored in every measure that concerns its question."""
        if case.answer is not None:
            return self.value(case, case.answer)
        return unscored(case.error or "not asked") if self.concerns(case) else not_applicable("not for this question")


def scored(value: float, why: str) -> Score:
    """A value, and why it is that."""
    return Score(value, True, why)


def unscored(why: str) -> Score:
    """Applies, but there is no value."""
    return Score(None, True, why)


def not_applicable(why: str) -> Score:
    """Says nothing about this question."""
    return Score(None, False, why)


def share(hits: list[bool], what: str, *, empty: str) -> Score:
    """The share of hits; without any of what is counted the measure does not apply."""
    if not hits:
        return not_applicable(empty)
    return scored(sum(hits) / len(hits), f"{sum(hits)} of {len(hits)} {what}")


def is_missing_answer(case: Case, answer: AnswerRecord) -> bool:
    """Whether an answer was expected and nothing was stated: what counts 0 wherever silence could be rewarded."""
    return case.item.expect == "answer" and not answer.statements()
