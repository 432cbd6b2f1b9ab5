"""Ranking: what a candidate sentence is worth to a question, and the limits that selection holds candidates to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.composition.relevance import Candidate
from rag.polarity import directions, negation_scopes
from rag.question import Question
from rag.types import Kind

ABOUT_THE_SOURCE = re.compile(r"\b(?:studied|covers|limits?|status|methods?|limitations|what changed)\b", re.IGNORECASE)
_ASKS_OF_CHANGE = re.compile(
    r"\b(?:chang\w+|became|no longer|still|used to|updated?|dropped|removed|new(?:er)? (?:guideline|version))\b",
    re.IGNORECASE,
)
_LINE = re.compile(r"\b(first|second|third|last)[ -](?:line|choice)\b", re.IGNORECASE)
CHANGED = re.compile(r"\bwhat changed\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a sentence is taken, and how many. The figures were set on the suites in `eval/suites/`."""

    least_probability: float = 0.04
    least_of_option: float = 0.05
    near_best: float = 0.06
    least_of_half: float = 0.2
    alike_cosine_of_change: float = 0.45
    least_cosine: float = 0.35
    about_option: float = 0.6
    answers_stem: float = 0.6
    touches_stem: float = 0.3
    apart: float = 0.1
    per_half: int = 8
    again: float = 0.5
    per_option: int = 3
    per_extra: int = 2


LIMITS = Limits()


def worth(candidate: Candidate, question: Question) -> float:
    """The probability that a candidate answers, or its relevance where that was not assessed.

    Lowered for sentences on how a source was made, raised for those that say what changed where that is asked, and for
    those that point, or deny, as the question does. Asked for the first line of treatment, a sentence that opens with
    another counts half.
    """
    sentence, asked = candidate.sentence, question.stem
    value = candidate.score if candidate.probability is None else candidate.probability
    if CHANGED.search(sentence.heading) and _ASKS_OF_CHANGE.search(asked):
        value += LIMITS.apart
    elif candidate.probability is None and ABOUT_THE_SOURCE.search(sentence.heading):
        value -= LIMITS.apart if candidate.coverage < 1.0 else LIMITS.apart / 2
    line, opening = _LINE.search(asked), _LINE.search(sentence.text)
    if line and opening:
        value = value + LIMITS.apart if line[1].lower() == opening[1].lower() else value / 2
    denied, denies = negation_scopes(asked), negation_scopes(sentence.text)
    if any(mine & theirs for mine in denied for theirs in denies):
        value += LIMITS.apart
    elif not denied and not denies:
        pointing = {(direction.axis, direction.sign) for direction in directions(sentence.text)}
        if any((direction.axis, direction.sign) in pointing for direction in directions(asked)):
            value += LIMITS.apart
    return value


def ranked(pool: Sequence[Candidate], kind: Kind, question: Question) -> list[Candidate]:
    """The candidates of a kind, best first."""
    of_kind = [candidate for candidate in pool if candidate.sentence.kind == kind]
    return sorted(of_kind, key=lambda candidate: -worth(candidate, question))


def in_turn(best_first: Sequence[Candidate], question: Question) -> list[Candidate]:
    """Best first, each further sentence of a source counting less, so that none crowds the others out."""
    counts: dict[str, int] = {}
    turns = []
    for candidate in best_first:
        source_id = candidate.sentence.source_id
        turns.append((worth(candidate, question) * LIMITS.again ** counts.get(source_id, 0), candidate))
        counts[source_id] = counts.get(source_id, 0) + 1
    return [candidate for _, candidate in sorted(turns, key=lambda turn: -turn[0])]
