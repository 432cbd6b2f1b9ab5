"""Sourcebound for LangChain programs: the retriever as a `BaseRetriever`, the pipeline as a `Runnable`.

langchain-core is imported here and in chunking, nowhere else, and never on the way of a question asked with `rag ask`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict

from rag.answer import Answer, ClaimShown
from rag.pipeline import AnswerPipeline, Step
from rag.rendering.json_format import answer_record, claim_record, source_fields
from rag.stages import Search
from rag.types import EVERYTHING, KINDS, Audience, Query, SourceFilter


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


def as_runnable(
    pipeline: AnswerPipeline, audience: Audience = "clinician", within: SourceFilter = EVERYTHING
) -> Runnable[str, dict[str, Any]]:
    """A runnable from a question to an answer record of the schema `sourcebound.answer/1`.

    `stream` gives the steps to it as they come: `{"step": "claim", "part", "claim", "sources"}` for a claim that has
    passed, `{"step": "held", "part", "reason"}` for one that has failed as it was drafted, and last the record that
    `invoke` gives. A chain that goes on from it works on the last.
    """

    def steps(question: str) -> Iterator[dict[str, Any]]:
        with closing(pipeline.stream(question, audience, within)) as stream:
            for step in stream:
                yield _step_record(step)

    # Of a function that yields, `invoke` gives the last value, since dicts cannot be added to one another.
    return cast("Runnable[str, dict[str, Any]]", RunnableLambda(steps, name="sourcebound"))


def _step_record(step: Step) -> dict[str, Any]:
    if isinstance(step, Answer):
        return answer_record(step)
    if isinstance(step, ClaimShown):
        sources = [source_fields(source) for source in step.sources]
        return {"step": "claim", "part": step.part, "claim": claim_record(step.claim), "sources": sources}
    return {"step": "held", "part": step.part, "reason": step.reason}
