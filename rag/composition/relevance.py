"""How well a sentence answers a query: shared terms weighted by their rarity, and the cosine of their vectors.

Similarity finds sentences here; it never counts as support.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.evidence import Evidence, EvidenceSentence, Found
from rag.text import similarity, wide_terms

NEAR_DUPLICATE = 0.75


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with its cosine with the query and the share of the query's weighted terms that it has."""

    sentence: EvidenceSentence
    cosine: float
    coverage: float

    @property
    def score(self) -> float:
        """Mean of cosine and coverage, 0 to 1 for relevant sentences."""
        return (self.cosine + self.coverage) / 2


def coverage(wanted: Iterable[str], text: str, weights: Mapping[str, float]) -> float:
    """The weighted share of the wanted terms that a text has, 0 to 1. A term without a weight counts fully."""
    unique = dict.fromkeys(wanted)
    have = set(wide_terms(text))
    total = sum(weights.get(term, 1.0) for term in unique)
    return sum(weights.get(term, 1.0) for term in unique if term in have) / total if total else 0.0


def candidates(found: Found, evidence: Evidence) -> Iterator[Candidate]:
    """Every sentence that a query brought, guidelines first, with those that were cut."""
    wanted = wide_terms(found.query.text)
    for scored_hits in found.hits.values():
        for scored in scored_hits:
            passage = scored.hit.passage
            for sentence, cosine in zip(passage.sentences, scored.sentence_scores, strict=True):
                label = evidence.label_at[passage.source_id, sentence.start]
                text = passage.quote(sentence)
                yield Candidate(evidence.found_sentences[label], cosine, coverage(wanted, text, found.term_weights))


def distinct(ranked: Sequence[Candidate], limit: int, taken: Iterable[str] = ()) -> list[Candidate]:
    """The first `limit` candidates that do not nearly repeat an earlier one or a text already taken."""
    kept: list[Candidate] = []
    texts = list(taken)
    for candidate in ranked:
        if len(kept) == limit:
            break
        text = candidate.sentence.text
        if all(similarity(text, other) < NEAR_DUPLICATE for other in texts):
            kept.append(candidate)
            texts.append(text)
    return kept
