"""What a question brings to the comparison with sentences, and what a sentence stands under."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from rag.composition.drug_names import DrugsAsked, drugs_asked
from rag.composition.reading import under_title
from rag.composition.relevance import Candidate
from rag.evidence import Evidence
from rag.question import Question
from rag.text import wide_terms


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question brings to the comparison: its terms by weight, and its words by how much it turns on them."""

    question: Question
    evidence: Evidence
    weights: dict[str, float]
    drugs: DrugsAsked = field(default_factory=DrugsAsked)

    @property
    def unknown(self) -> float:
        """The weight of the weightiest word that no sentence of the index has."""
        return max((word.weight for word in self.evidence.word_weights if not word.known), default=0.0)

    @property
    def length(self) -> float:
        """The logarithm of the number of its terms."""
        return math.log1p(len(self.weights))

    def shown(self, candidate: Candidate) -> str:
        """A candidate as it is shown to what reads it beside the question: under the title of its source."""
        sentence = candidate.sentence
        title = self.evidence.sources[sentence.source_id].title
        return self.drugs.shown(under_title(title, sentence.text), sentence.kind)


def asked_of(question: Question, evidence: Evidence) -> Asked:
    """A question made ready to be compared with sentences."""
    weights: dict[str, float] = {}
    for found in evidence.found:
        if found.query.aspect in ("question", "option"):
            weights |= found.term_weights
    wanted = dict.fromkeys(wide_terms(question.text))
    weighed = {term: weights.get(term, 1.0) for term in wanted}
    return Asked(question, evidence, weighed, drugs_asked(question))


def surroundings(candidate: Candidate, evidence: Evidence) -> str:
    """What a sentence stands under: its source's title, topics, issuer and year, and its heading."""
    source = evidence.sources[candidate.sentence.source_id]
    topics = " ".join(topic.replace("-", " ") for topic in source.topics)
    return f"{source.title} {candidate.sentence.heading} {topics} {source.organisation or ''} {source.year}"
