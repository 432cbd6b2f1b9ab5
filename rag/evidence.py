"""Evidence: what a search found for each aspect of a question, what it left out and why, and what it looked through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from rag.types import KINDS, Hit, Kind, Passage, Query, Sentence, Source

LeftOutReason = Literal["retracted", "superseded"]
CutReason = Literal["room", "order"]
"""Why a sentence is not offered to a language model: its window has no room, or the sentence speaks to the model."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A source that would have been among the hits but may not be cited.

    `replaced_by` are ids (or, for a republication outside the corpus, a DOI), `since` the date of its retraction or of
    its successor, `why` what the retraction says.
    """

    source_id: str
    reason: LeftOutReason
    title: str
    year: int
    replaced_by: tuple[str, ...] = ()
    since: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """What was looked through for one kind: the index, the queries, and how many passages were ranked and read."""

    index: str
    queries: tuple[str, ...]
    passages_seen: int


@dataclass(frozen=True, slots=True)
class ScoredHit:
    """A hit, with the cosine of each of its sentences with the query, and with the nearest clause of the question.

    `carried`: the search did not bring it; an earlier turn of the conversation cited it.
    """

    hit: Hit
    sentence_scores: tuple[float, ...]
    clause_scores: tuple[float, ...] = ()
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of one query, by kind, and the weight of each of its terms (1: in no sentence of the index)."""

    query: Query
    hits: Mapping[Kind, tuple[ScoredHit, ...]]
    term_weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EvidenceSentence:
    """A citable sentence under the short label it is offered by: "G2.3" is the third of the second guideline."""

    label: str
    kind: Kind
    source_id: str
    passage_id: str
    start: int
    end: int
    text: str
    heading: str


@dataclass(frozen=True, slots=True)
class WordWeight:
    """A word of the question, the terms that only it brings, and how much the question turns on it.

    `weight` is how far the question's vector moves without the word (1 - cosine), times how rare its terms are (1 for
    one that no sentence has): high for "colchicine", low for "quickly". `known`: some sentence of the index has a term
    of it.
    """

    word: str
    terms: tuple[str, ...]
    weight: float
    known: bool


@dataclass(frozen=True)
class Evidence:
    """All that a composer may cite, and what it may not.

    `earlier` are the sentences of an earlier search for the same question, which keep their labels; `cut` the labels of
    sentences that were found and not offered to the composer, each with the reason: they cannot be cited.

    `named_terms` are the terms of the conditions that the question names; `essential_terms` those without which the
    question would be another one; `unknown_words` are words that bring such terms, of which no sentence has any.
    """

    found: tuple[Found, ...]
    sources: Mapping[str, Source]
    left_out: tuple[LeftOut, ...]
    searched: Mapping[Kind, SearchRecord]
    named_terms: tuple[str, ...] = ()
    essential_terms: tuple[str, ...] = ()
    unknown_words: tuple[str, ...] = ()
    word_weights: tuple[WordWeight, ...] = ()
    earlier: Mapping[str, EvidenceSentence] = field(default_factory=dict)
    cut: Mapping[str, CutReason] = field(default_factory=dict)

    def without(self, cut: Mapping[str, CutReason]) -> Evidence:
        """The same evidence, of which these sentences alone are cut."""
        return replace(self, cut=cut)

    def following(self, before: Evidence) -> Evidence:
        """The same evidence, in which what an earlier search had found keeps its labels."""
        return replace(self, earlier=before.found_sentences)

    def conflict(self, left: EvidenceSentence, right: EvidenceSentence) -> bool:
        """Whether the sources of two sentences are on record as conflicting."""
        return (
            right.source_id in self.sources[left.source_id].conflicts_with
            or left.source_id in self.sources[right.source_id].conflicts_with
        )

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Each passage once, guidelines first, best rank first."""
        best: dict[str, tuple[int, Passage]] = {}
        for found in self.found:
            for kind in KINDS:
                for scored in found.hits.get(kind, ()):
                    passage = scored.hit.passage
                    rank = best.get(passage.passage_id, (scored.hit.rank, passage))[0]
                    best[passage.passage_id] = (min(rank, scored.hit.rank), passage)
        order = {kind: place for place, kind in enumerate(KINDS)}
        ranked = sorted(best.values(), key=lambda pair: (order[pair[1].kind], pair[0], pair[1].passage_id))
        return tuple(passage for _, passage in ranked)

    @cached_property
    def sentences(self) -> Mapping[str, EvidenceSentence]:
        """Every citable sentence by its label, in the order of the labels."""
        found = self.found_sentences
        return {label: found[label] for label in found if label not in self.cut} if self.cut else found

    @cached_property
    def found_sentences(self) -> Mapping[str, EvidenceSentence]:
        """Every sentence that was found by its label, in the order of the labels, with those that were cut."""
        by_source: dict[str, list[tuple[Passage, Sentence]]] = {}
        for passage in self.passages:
            by_source.setdefault(passage.source_id, []).extend((passage, sentence) for sentence in passage.sentences)
        labelled: dict[str, EvidenceSentence] = dict(self.earlier)
        known = {(sentence.source_id, sentence.start) for sentence in labelled.values()}
        names = {sentence.source_id: sentence.label.split(".")[0] for sentence in labelled.values()}
        places = Counter(sentence.source_id for sentence in labelled.values())
        numbers: Counter[Kind] = Counter({sentence.source_id: sentence.kind for sentence in labelled.values()}.values())
        for source_id, pairs in by_source.items():
            kind = pairs[0][0].kind
            if source_id not in names:
                numbers[kind] += 1
                names[source_id] = f"{'G' if kind == 'guideline' else 'R'}{numbers[kind]}"
            for passage, sentence in sorted(pairs, key=lambda pair: pair[1].start):
                if (source_id, sentence.start) in known:
                    continue
                places[source_id] += 1
                label = f"{names[source_id]}.{places[source_id]}"
                labelled[label] = EvidenceSentence(
                    label,
                    kind,
                    source_id,
                    passage.passage_id,
                    sentence.start,
                    sentence.end,
                    passage.quote(sentence),
                    passage.heading,
                )
        return labelled

    @cached_property
    def label_at(self) -> Mapping[tuple[str, int], str]:
        """The label of the sentence of a source that starts at an offset."""
        return {(sentence.source_id, sentence.start): label for label, sentence in self.found_sentences.items()}
