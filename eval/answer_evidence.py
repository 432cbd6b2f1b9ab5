"""The evidence that a finished answer is held against: the whole texts of what it cites, whatever was retrieved."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from eval.answer_records import AnswerRecord
from rag.evidence import Evidence, Found, ScoredHit
from rag.ingestion.chunking import chunk
from rag.types import KINDS, Document, Hit, Kind, Passage, Query

_WHOLE_SECTION = 10**9


def evidence_for(record: AnswerRecord, documents: Mapping[str, Document]) -> Evidence:
    """The whole texts of the documents that an answer cites or lists, as passages of one section each.

    The records of all documents stand beside them, so that a successor is known that the answer does not name.
    """
    named = dict.fromkeys([*(one.source_id for one in record.references), *(one.source_id for one in record.citations)])
    hits: dict[Kind, list[ScoredHit]] = {kind: [] for kind in KINDS}
    for source_id in named:
        for passage in _sections(documents[source_id]) if source_id in documents else ():
            hit = Hit(passage, 1.0, len(hits[passage.kind]) + 1)
            hits[passage.kind].append(ScoredHit(hit, tuple(1.0 for _ in passage.sentences)))
    found = Found(Query(record.question), {kind: tuple(some) for kind, some in hits.items()}, {})
    return Evidence((found,), {name: document.source for name, document in documents.items()}, (), {})


@lru_cache(maxsize=4096)
def _sections(document: Document) -> tuple[Passage, ...]:
    return tuple(chunk(document, max_chars=_WHOLE_SECTION))
