"""What a sentence must have to answer a question at all, whatever words it shares with it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.composition.asked import Asked, surroundings
from rag.composition.relevance import Candidate
from rag.polarity.patients import of_others
from rag.text import exclusive_terms, wide_terms

_FAR = 0.2
"""The cosine under which a sentence is far from the question and each of its clauses: 1 of 581 labelled answers is."""
_STRICT = ("dose",)
"""Named terms that the sentence itself must have: a dose is asked for."""
_STRICT_IN_CONTEXT = ("child", "pregnanc")
"""Named terms that sentence, heading or title must have: adults' figures are not a child's."""


def may_answer(candidate: Candidate, asked: Asked) -> bool:
    """What a sentence must have to answer at all, whatever words it shares with the question.

    Some nearness in meaning; a dose where one is asked for; the child or the pregnancy; of a yes-or-no question about a
    treatment that treatment and the conditions; no other patients, and nothing that excludes what was asked.
    """
    if max(candidate.cosine, candidate.clause_cosine) < _FAR:
        return False
    kind = candidate.sentence.kind
    have = asked.drugs.terms_of(candidate.sentence.text, kind)
    around = have | asked.drugs.terms_of(surroundings(candidate, asked.evidence), kind)
    named = asked.evidence.named_terms
    if named and not around & set(named):
        return False
    if any(term in named and term not in have for term in _STRICT) or _lacks_the_dose(candidate, named):
        return False
    if any(term in named and term not in around for term in _STRICT_IN_CONTEXT):
        return False
    subject = set(wide_terms(asked.question.subject))
    if subject and not {*subject, *named} <= around:
        return False
    return not speaks_of_others(candidate, asked) and not is_of_another(set(wide_terms(asked.question.stem)), have)


def _lacks_the_dose(candidate: Candidate, named: Sequence[str]) -> bool:
    """Whether a dose is asked for, and a sentence only speaks of one ("low-dose"), without a figure."""
    return "dose" in named and not any(character.isdigit() for character in candidate.sentence.text)


def speaks_of_others(candidate: Candidate, asked: Asked) -> bool:
    """Whether a sentence is about other patients than the question: mild illness, asked of severe; another range of
    what was measured."""
    source = asked.evidence.sources[candidate.sentence.source_id]
    return of_others(asked.question.text, candidate.sentence.text, source.population or "") is not None


def is_of_another(asked: set[str], have: set[str]) -> bool:
    """Whether a sentence is only about what excludes what was asked: of the acute, asked of the chronic."""
    return any(left in asked - have and right in have - asked for left, right in exclusive_terms())
