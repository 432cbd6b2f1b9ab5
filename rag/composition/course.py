"""The course of a symptom: what relieves or provokes it in a statement, and whether a sentence has it move alike."""

from __future__ import annotations

from rag.composition.relevance import Candidate
from rag.polarity import Axis, Direction, directions, negation_scopes, reversed_terms
from rag.text import kin_of, terms


def moves_alike(statement: str, sentence: str) -> bool:
    """Whether a sentence has a symptom move as a statement does: relieved, or provoked, by the same or its kin, and by
    none of it the other way round. Of a statement in which nothing relieves or provokes, every sentence does."""
    asked = [direction for direction in directions(statement) if direction.axis == "relief" and direction.governs]
    if not asked:
        return True
    if reversed_terms(statement, sentence):
        return False
    found = [direction for direction in directions(sentence) if direction.axis == "relief"]
    return any(
        mine.sign == theirs.sign and {kin_of(term) for term in mine.governs} & {kin_of(term) for term in theirs.governs}
        for mine in asked
        for theirs in found
    )


def turns_on(statement: str) -> frozenset[str]:
    """What a statement's directions govern: "walk" in "relieved by walking"."""
    return frozenset[str]().union(*(direction.governs for direction in directions(statement)))


def points_along(candidate: Candidate, axes: set[Axis]) -> bool:
    """Whether a sentence says what the question turns on in kind: what relieves or provokes, raises or lowers, ..."""
    found: list[Direction] = directions(candidate.sentence.text)
    return any(direction.axis in axes for direction in found)


def denies(sentence: str, statement: str) -> bool:
    """Whether a sentence negates what a statement turns on."""
    wanted = turns_on(statement) or frozenset(terms(statement))
    return any(scope & wanted for scope in negation_scopes(sentence))
