"""Gathers the evidence of a question: every query, both kinds, a quota for each, and the left-outs on record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from rag.errors import QuestionError
from rag.evidence import Evidence, Found, LeftOut, ScoredHit, SearchRecord, WordWeight
from rag.indexing.index import Index
from rag.models.base import Vectors
from rag.question import clauses
from rag.retrieval.base import Retriever
from rag.retrieval.eligibility import left_out
from rag.retrieval.retrievers import DenseRetriever
from rag.retrieval.shelf import IndexShelf
from rag.retrieval.subjects import SourceSubjects
from rag.text import wide_terms, words
from rag.types import EVERYTHING, KINDS, Hit, Kind, Passage, Query, SourceFilter

_SLACK = 4
LEFT_OUT_COSINE = 0.45
ESSENTIAL = 0.055
ESSENTIAL_IF_UNKNOWN = 0.09
_ADULT_YEARS = 18
_ASKS_A_DOSE = re.compile(
    r"\b(?:dos(?:es?|age|ing)|(?:how|as) (?:much|many) (?:mg|milligrams?|units|tablets?|puffs?))\b", re.IGNORECASE
)
_AGE = re.compile(r"\b(\d{1,3})[\s-]*(?:years?|yrs?|y)?[\s/-]*(?:old|o)\b", re.IGNORECASE)


def _less(question: str, word: str) -> str:
    return re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w])", "", question)


def _of_a_minor(question: str) -> bool:
    """Whether a question gives an age under 18 years, or one in months or weeks."""
    small = re.search(r"\b\d{1,2}[\s-]*(?:months?|weeks?)[\s-]*old\b", question, re.IGNORECASE)
    return bool(small) or any(int(age) < _ADULT_YEARS for age in _AGE.findall(question))


class EvidenceSearch:
    """Searches one index.

    Args:
        index: what is searched.
        retriever: ranks passages.
        dense: gives the query vectors that single sentences are scored with.
        quota: how many eligible passages of each kind a query may bring.
    """

    def __init__(self, index: Index, retriever: Retriever, dense: DenseRetriever, quota: Mapping[Kind, int]) -> None:
        self._index = index
        self._retriever = retriever
        self._dense = dense
        self._quota = dict(quota)
        self.subjects = SourceSubjects(index, retriever)
        """What the sources of the index speak of."""
        self.shelf = IndexShelf(index, retriever)
        """The sources of the index, to browse."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the index."""
        return tuple(self._index.topics)

    def first(self, text: str, kind: Kind, limit: int) -> list[Hit]:
        """The citable passages of one kind that rank first for a text, at most `limit`."""
        hits = self._retriever.search(text, SourceFilter(kind=kind), limit * _SLACK + 20)
        return [
            hit for hit in hits if left_out(self._index.sources[hit.passage.source_id], self._index.sources) is None
        ][:limit]

    def gather(self, question: str, queries: Sequence[Query], within: SourceFilter = EVERYTHING) -> Evidence:
        """The evidence for these queries.

        Args:
            question: what the essential words are taken from.
            queries: what is searched for.
            within: the sources that may be searched; its kind is not looked at.

        Raises:
            QuestionError: no source of the index has one of the filter's topics, or none is left by it.
        """
        self._check(within)
        excluded: dict[str, LeftOut] = {}
        weights = self._weights(question)
        essential = [one for one in weights if one.weight >= (ESSENTIAL if one.known else ESSENTIAL_IF_UNKNOWN)]
        parts = self._dense.vectors(list(clauses(question)))
        found = tuple(self._search(query, parts, within, excluded) for query in queries)
        seen = {kind: {scored.hit.passage.passage_id for one in found for scored in one.hits[kind]} for kind in KINDS}
        return Evidence(
            found=found,
            sources=self._index.sources,
            left_out=tuple(excluded.values()),
            searched={
                kind: SearchRecord(self._index.manifest.name, tuple(query.text for query in queries), len(seen[kind]))
                for kind in KINDS
            },
            named_terms=tuple(self._named(question)),
            essential_terms=tuple(term for one in essential for term in one.terms),
            unknown_words=tuple(one.word for one in essential if not one.known),
            word_weights=weights,
        )

    def with_carried(
        self, evidence: Evidence, passage_ids: Sequence[str], within: SourceFilter = EVERYTHING
    ) -> Evidence:
        """The evidence with passages that were cited before added to it, marked as carried, behind what was found.

        A passage that the index no longer has, that may no longer be cited, or that the filter leaves out is not added.
        """
        rows = {row for row in map(self._row_if_there, passage_ids) if row is not None}
        passages = [self._index.passages[row] for row in sorted(rows)]
        fit = [one for one in passages if self._may_be_carried(one, within)]
        return replace(evidence, found=tuple(self._carrying(found, fit) for found in evidence.found))

    def _row_if_there(self, passage_id: str) -> int | None:
        try:
            return self._index.row_of(passage_id)
        except KeyError:
            return None

    def _may_be_carried(self, passage: Passage, within: SourceFilter) -> bool:
        source = self._index.sources[passage.source_id]
        return within.admits(source) and left_out(source, self._index.sources) is None

    def _carrying(self, found: Found, passages: Sequence[Passage]) -> Found:
        if found.query.aspect not in ("question", "option"):
            return found
        vector = self._dense.vector(found.query.text)
        hits = dict(found.hits)
        for passage in passages:
            known = hits.get(passage.kind, ())
            if all(scored.hit.passage.passage_id != passage.passage_id for scored in known):
                scores = self._index.sentence_scores(self._index.row_of(passage.passage_id), vector)
                hit = Hit(passage, min((scored.hit.score for scored in known), default=0.0), len(known) + 1)
                hits[passage.kind] = (*known, ScoredHit(hit, scores, carried=True))
        return replace(found, hits=hits)

    def _named(self, question: str) -> list[str]:
        """The terms of each condition that the question names, of those that the index's sources are about; "dose"
        where it asks for one; "child" and "pregnancy" where it is about either, as adults' figures are not theirs."""
        asked = {*wide_terms(question), *(wide_terms("child") if _of_a_minor(question) else ())}
        conditions = [wide_terms(topic.replace("-", " ")) for topic in self._index.topics]
        others = [
            wide_terms(name) for name in ("child", "pregnancy", *(("dose",) if _ASKS_A_DOSE.search(question) else ()))
        ]
        return [term for terms in (*conditions, *others) if set(terms) <= asked for term in terms]

    def _weights(self, question: str) -> tuple[WordWeight, ...]:
        """How much each word of a question matters: see `WordWeight`.

        A number is left out: ages and dates need not stand in a source.
        """
        whole_terms = wide_terms(question)
        without: dict[str, tuple[str, ...]] = {}
        for word in dict.fromkeys(words(question)):
            rest = set(wide_terms(_less(question, word)))
            lost = tuple(dict.fromkeys(term for term in whole_terms if term not in rest))
            if lost and not word[0].isdigit():
                without[word] = lost
        if not without:
            return ()
        cosines = self._dense.vectors([_less(question, word) for word in without]) @ self._dense.vector(question)
        found = []
        for (word, lost), cosine in zip(without.items(), cosines, strict=True):
            rarity = max(self._index.term_weight(term) for term in lost)
            known = any(self._index.knows(term) for term in lost)
            found.append(WordWeight(word, lost, float(1 - cosine) * rarity, known))
        return tuple(found)

    def _check(self, within: SourceFilter) -> None:
        unknown = sorted(within.topics - set(self._index.topics))
        if unknown:
            near = get_close_matches(unknown[0], self._index.topics, n=3)
            mend = f"did you mean {' or '.join(near)}?" if near else "rag corpus list --format json shows them"
            raise QuestionError("no source of the index has the topic", value=unknown[0], mend=mend)
        if not self._index.passages_within(within):
            raise QuestionError("no source of the index is left by the filter", value=within.shown)

    def _search(self, query: Query, parts: Vectors, within: SourceFilter, excluded: dict[str, LeftOut]) -> Found:
        vector = self._dense.vector(query.text)
        hits: dict[Kind, tuple[ScoredHit, ...]] = {}
        for kind in KINDS:
            eligible = self._eligible(query.text, vector, replace(within, kind=kind), excluded)
            hits[kind] = tuple(self._scored(hit, vector, parts) for hit in eligible)
        weights = {term: self._index.term_weight(term) for term in wide_terms(query.text)}
        return Found(query, hits, weights)

    def _scored(self, hit: Hit, vector: Vectors, parts: Vectors) -> ScoredHit:
        row = self._index.row_of(hit.passage.passage_id)
        of_parts = [self._index.sentence_scores(row, part) for part in parts]
        nearest = tuple(max(scores) for scores in zip(*of_parts, strict=True))
        return ScoredHit(hit, self._index.sentence_scores(row, vector), nearest)

    def _eligible(self, text: str, vector: Vectors, within: SourceFilter, excluded: dict[str, LeftOut]) -> list[Hit]:
        """The first hits that may be cited, up to the quota; near ones passed over on the way go on record."""
        quota, taken = self._quota[within.kind or "research"], list[Hit]()
        for hit in self._retriever.search(text, within, quota * _SLACK + 20):
            reason = left_out(self._index.sources[hit.passage.source_id], self._index.sources)
            if reason is not None:
                near = (
                    max(self._index.sentence_scores(self._index.row_of(hit.passage.passage_id), vector))
                    >= LEFT_OUT_COSINE
                )
                if near:
                    excluded.setdefault(reason.source_id, reason)
            else:
                taken.append(Hit(hit.passage, hit.score, len(taken) + 1))
            if len(taken) == quota:
                break
        return taken
