"""How well a sentence answers a query: shared terms weighted by their rarity, and the cosine of their vectors.

Similarity finds sentences here; it never counts as support.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.evidence import Evidence, EvidenceSentence, Found
from rag.text import similarity, wide_terms
from rag.types import Kind

NEAR_DUPLICATE = 0.75


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with its cosine with the query, the share of the query's weighted terms that it has, the rank of its
    passage, and its cosine with the nearest clause of the question.

    `probability`: that it answers the question; None where that was not assessed.
    """

    sentence: EvidenceSentence
    cosine: float
    coverage: float
    rank: int = 1
    clause_cosine: float = 0.0
    probability: float | None = None

    @property
    def likely(self) -> float:
        """The probability that it answers; 0 where that was not assessed."""
        return self.probability or 0.0

    @property
    def score(self) -> float:
        """Mean of cosine and coverage, 0 to 1 for relevant sentences."""
        return (self.cosine + self.coverage) / 2


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence taken for a topic. `direct`: it speaks to what was asked, not only about the topic."""

    candidate: Candidate
    topic: str | None
    direct: bool

    @property
    def kind(self) -> Kind:
        """The kind of its source."""
        return self.candidate.sentence.kind


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
            nearest = scored.clause_scores or scored.sentence_scores
            for sentence, cosine, near in zip(passage.sentences, scored.sentence_scores, nearest, strict=True):
                label = evidence.label_at[passage.source_id, sentence.start]
                text = passage.quote(sentence)
                share = coverage(wanted, text, found.term_weights)
                yield Candidate(evidence.found_sentences[label], cosine, share, scored.hit.rank, near)


def pooled(evidence: Evidence) -> list[Candidate]:
    """Every sentence that the question or its options brought, once: with its best cosine, coverage and rank."""
    best: dict[str, Candidate] = {}
    for found in evidence.found:
        if found.query.aspect in ("question", "option"):
            for one in candidates(found, evidence):
                known = best.setdefault(one.sentence.label, one)
                best[one.sentence.label] = Candidate(
                    one.sentence,
                    max(known.cosine, one.cosine),
                    max(known.coverage, one.coverage),
                    min(known.rank, one.rank),
                    max(known.clause_cosine, one.clause_cosine),
                )
    return list(best.values())


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
