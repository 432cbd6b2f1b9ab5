"""What every retriever keeps, whatever it ranks by."""

from __future__ import annotations

from typing import Any

import pytest

from rag.indexing.index import Index
from rag.retrieval.base import Retriever
from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever
from rag.types import SourceFilter

GUIDELINES, RESEARCH = SourceFilter("guideline"), SourceFilter("research")


@pytest.fixture(params=["dense", "lexical", "fused"])
def retriever(request: pytest.FixtureRequest, small_index: Index, letters: Any) -> Retriever:
    dense, lexical = DenseRetriever(small_index, letters), LexicalRetriever(small_index)
    return {"dense": dense, "lexical": lexical, "fused": FusedRetriever(small_index, dense, lexical)}[request.param]


def test_ranks_count_from_one_and_scores_never_rise(retriever: Retriever) -> None:
    hits = retriever.search("knee pain relieved by rest", GUIDELINES, 10)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits


def test_no_passage_comes_twice_and_all_are_of_the_kind(retriever: Retriever) -> None:
    hits = retriever.search("knee pain relieved by rest", RESEARCH, 10)
    ids = [hit.passage.passage_id for hit in hits]
    assert len(ids) == len(set(ids))
    assert {hit.passage.kind for hit in hits} == {"research"}


@pytest.mark.parametrize("limit", [1, 2])
def test_the_limit_holds_and_cuts_from_the_end(retriever: Retriever, limit: int) -> None:
    query = "knee pain relieved by rest"
    whole = retriever.search(query, GUIDELINES, 10)
    assert [hit.passage for hit in retriever.search(query, GUIDELINES, limit)] == [hit.passage for hit in whole[:limit]]


def test_the_same_query_gives_the_same_hits(retriever: Retriever) -> None:
    assert retriever.search("elbow ice", GUIDELINES, 5) == retriever.search("elbow ice", GUIDELINES, 5)


def test_the_planted_passage_comes_first(retriever: Retriever) -> None:
    hits = retriever.search("Title of elbow-2005. Findings. Elbow pain is relieved by ice.", GUIDELINES, 5)
    assert hits[0].passage.source_id == "elbow-2005"
