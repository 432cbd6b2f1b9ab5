"""The systems that `rag-eval run` asks: Sourcebound with any settings, and a plain baseline over the same index.

The baseline takes the sentences nearest to the question by vector, quotes them, and cites them as a short script does:
`block` puts the one list of all its citations behind each sentence, `each` gives each sentence its own. It never
abstains, checks nothing, and knows no lives.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

from eval.datasets import Item
from eval.execution import Reply
from eval.rankings import Ranked
from rag.evidence import Evidence
from rag.indexing.index import Index
from rag.pipeline import AnswerPipeline
from rag.question import parse_question
from rag.rendering.json_format import SCHEMA, answer_record, source_fields
from rag.retrieval.retrievers import DenseRetriever
from rag.types import KINDS, Audience, Kind, Passage, Sentence, SourceFilter

AUDIENCES: tuple[Audience, ...] = ("clinician", "researcher", "patient")
Citing = Literal["block", "each"]
_PASSAGES = 8


def _ranked(evidence: Evidence) -> list[Ranked]:
    """The passages of the evidence, each with its best fused score over all queries."""
    best: dict[str, Ranked] = {}
    for found in evidence.found:
        for kind in KINDS:
            for scored in found.hits.get(kind, ()):
                passage = scored.hit.passage
                known = best.get(passage.passage_id)
                if known is None or scored.hit.score > known.score:
                    best[passage.passage_id] = Ranked(passage.passage_id, passage.source_id, kind, scored.hit.score)
    return sorted(best.values(), key=lambda one: (KINDS.index(one.kind), -one.score, one.passage_id))


class Sourcebound:
    """The pipeline; with `every_audience` each question is answered for all three readers."""

    def __init__(
        self, pipeline: AnswerPipeline, *, audience: Audience = "clinician", every_audience: bool = False
    ) -> None:
        self._pipeline = pipeline
        self._audience = audience
        self._every_audience = every_audience
        self.name = "sourcebound"

    def answer(self, item: Item) -> Reply:
        """The reply; errors as of `AnswerPipeline.ask`."""
        start = time.perf_counter()
        answer = self._pipeline.ask(item.question, self._audience)
        took_s = time.perf_counter() - start
        record = answer_record(answer)
        others: dict[str, dict[str, Any]] = {
            audience: record
            if audience == self._audience
            else answer_record(self._pipeline.ask(item.question, audience))
            for audience in (AUDIENCES if self._every_audience else ())
        }
        question = parse_question(item.question, max_chars=len(item.question))
        evidence = self._pipeline.search.gather(question.stem, question.queries())
        cost = (record["provenance"].get("usage") or {}).get("cost")
        return Reply(record, others, _ranked(evidence), cost, took_s)


class QuotingBaseline:
    """The `sentences` nearest sentences of each kind, quoted, with citations of one of two manners."""

    def __init__(self, index: Index, dense: DenseRetriever, *, citing: Citing, sentences: int = 3) -> None:
        self._index = index
        self._dense = dense
        self._citing = citing
        self._sentences = sentences
        self.name = f"baseline-{citing}"

    def answer(self, item: Item) -> Reply:
        """The reply: always an answer."""
        ranking: list[Ranked] = []
        parts: dict[str, list[dict[str, Any]]] = {}
        numbers: dict[str, int] = {}
        for kind in KINDS:
            hits = self._dense.search(item.question, SourceFilter(kind=kind), _PASSAGES)
            ranking += [Ranked(hit.passage.passage_id, hit.passage.source_id, kind, hit.score) for hit in hits]
            nearest = self._nearest(item.question, [hit.passage for hit in hits])
            parts["guidelines" if kind == "guideline" else "research"] = self._claims(nearest, kind, numbers)
        references = [
            {"number": number, **source_fields(self._index.sources[source])} for source, number in numbers.items()
        ]
        record = {
            "schema": SCHEMA,
            "outcome": "answer",
            "question": item.question,
            "audience": "clinician",
            **parts,
            "references": references,
        }
        return Reply(record, {}, ranking)

    def _nearest(self, question: str, passages: Sequence[Passage]) -> list[tuple[Passage, Sentence]]:
        vector = self._dense.vector(question)
        scored = [
            (score, place, passage, sentence)
            for place, passage in enumerate(passages)
            for sentence, score in zip(
                passage.sentences,
                self._index.sentence_scores(self._index.row_of(passage.passage_id), vector),
                strict=True,
            )
        ]
        scored.sort(key=lambda one: (-one[0], one[1], one[3].start))
        return [(passage, sentence) for _, _, passage, sentence in scored[: self._sentences]]

    def _claims(
        self, nearest: Sequence[tuple[Passage, Sentence]], kind: Kind, numbers: dict[str, int]
    ) -> list[dict[str, Any]]:
        cited = [
            {
                "number": numbers.setdefault(passage.source_id, len(numbers) + 1),
                "source_id": passage.source_id,
                "passage_id": passage.passage_id,
                "start": sentence.start,
                "end": sentence.end,
                "quote": passage.quote(sentence),
            }
            for passage, sentence in nearest
        ]
        return [
            {
                "claim_id": f"{kind[0]}{place}",
                "type": "finding" if kind == "research" else "recommendation",
                "text": one["quote"],
                "topic": None,
                "relation": None,
                "citations": cited if self._citing == "block" else [one],
            }
            for place, one in enumerate(cited, start=1)
        ]
