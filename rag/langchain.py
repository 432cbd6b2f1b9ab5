"""Sourcebound for LangChain programs: the retriever as a `BaseRetriever`, the pipeline as a `Runnable`.

langchain-core is imported here and in chunking, nowhere else, and never on the way of a question asked with `rag ask`.
"""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict

from rag.pipeline import AnswerPipeline, Search
from rag.rendering.json_format import answer_record
from rag.types import KINDS, Query


class SourceboundRetriever(BaseRetriever):
    """Passages of both kinds, guidelines first, retracted and superseded sources left out.

    Each document's metadata has `source_id`, `passage_id`, `kind`, `title`, `year`, `start`, `end`, `score` and `rank`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Search

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        evidence = self.search.gather(query, [Query(query)])
        documents = []
        for kind in KINDS:
            for scored in evidence.found[0].hits[kind]:
                passage, source = scored.hit.passage, evidence.sources[scored.hit.passage.source_id]
                metadata: dict[str, Any] = {
                    "source_id": source.source_id,
                    "passage_id": passage.passage_id,
                    "kind": kind,
                    "title": source.title,
                    "year": source.year,
                    "start": passage.start,
                    "end": passage.end,
                    "score": scored.hit.score,
                    "rank": scored.hit.rank,
                }
                documents.append(Document(page_content=passage.text, metadata=metadata))
        return documents


def as_runnable(pipeline: AnswerPipeline) -> Runnable[str, dict[str, Any]]:
    """A runnable from a question to an answer record of the schema `sourcebound.answer/1`."""
    return RunnableLambda(lambda question: answer_record(pipeline.ask(question)))
