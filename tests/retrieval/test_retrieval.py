from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.errors import QuestionError
from rag.evidence import LeftOut
from rag.indexing.index import Index, open_index
from rag.lives import current_successors
from rag.retrieval.eligibility import left_out
from rag.retrieval.evidence_search import EvidenceSearch
from rag.retrieval.fusion import fuse
from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever
from rag.types import Query, Source, SourceFilter


def source(source_id: str, status: Any = "current", *successors: str) -> Source:
    return Source(source_id, "guideline", source_id, 2020, status, superseded_by=successors)


def test_the_fused_ranking_is_that_of_its_parts(small_index: Index, letters: Any) -> None:
    dense, lexical = DenseRetriever(small_index, letters), LexicalRetriever(small_index)
    query, within = "elbow pain relieved by ice", SourceFilter("guideline")
    expected = fuse(dense.ranked(query, within, 100), lexical.ranked(query, within, 100), 5)
    hits = FusedRetriever(small_index, dense, lexical).search(query, within, 5)
    assert [(small_index.row_of(hit.passage.passage_id), hit.score) for hit in hits] == expected


def test_a_retracted_source_is_never_eligible() -> None:
    sources = {"a": source("a", "retracted")}
    assert left_out(sources["a"], sources) == LeftOut("a", "retracted", "a", 2020)


def test_a_superseded_source_gives_way_to_its_current_successor_through_others() -> None:
    sources = {
        "old": source("old", "superseded", "middle"),
        "middle": source("middle", "superseded", "new"),
        "new": source("new"),
    }
    assert current_successors(sources["old"], sources) == ("new",)
    assert left_out(sources["old"], sources) == LeftOut("old", "superseded", "old", 2020, ("new",))


@pytest.mark.parametrize("successor", ["unlisted", "gone"])
def test_a_superseded_source_without_a_current_successor_stays(successor: str) -> None:
    sources = {"old": source("old", "superseded", successor), "gone": source("gone", "retracted")}
    assert left_out(sources["old"], sources) is None


def test_sources_that_supersede_each_other_do_not_hang() -> None:
    sources = {"a": source("a", "superseded", "b"), "b": source("b", "superseded", "a")}
    assert left_out(sources["a"], sources) is None


@pytest.fixture
def search(small_index: Index, letters: Any) -> EvidenceSearch:
    dense = DenseRetriever(small_index, letters)
    fused = FusedRetriever(small_index, dense, LexicalRetriever(small_index))
    return EvidenceSearch(small_index, fused, dense, {"guideline": 2, "research": 1})


def test_evidence_keeps_the_quota_of_each_kind_and_leaves_the_ineligible_out(search: EvidenceSearch) -> None:
    queries = [Query("knee pain relieved by rest"), Query("knee pain was cured in all patients")]
    evidence = search.gather("knee pain relieved by rest", queries)
    found = evidence.found[0]
    assert len(found.hits["guideline"]) == 2
    assert len(found.hits["research"]) == 1
    assert [scored.hit.rank for scored in found.hits["guideline"]] == [1, 2]
    assert {one.source_id: one.reason for one in evidence.left_out} == {
        "knee-2010": "superseded",
        "fraud-2018": "retracted",
    }
    cited = {sentence.source_id for sentence in evidence.sentences.values()}
    assert cited.isdisjoint({"knee-2010", "fraud-2018"})


def test_a_superseded_guideline_is_eligible_where_nothing_current_exists(search: EvidenceSearch) -> None:
    evidence = search.gather("elbow ice", [Query("elbow pain relieved by ice")])
    assert "elbow-2005" in {sentence.source_id for sentence in evidence.sentences.values()}


def test_labels_name_kind_source_and_sentence(search: EvidenceSearch) -> None:
    evidence = search.gather("knee", [Query("knee pain relieved by rest")])
    for label, sentence in evidence.sentences.items():
        assert label[0] == {"guideline": "G", "research": "R"}[sentence.kind]
        assert evidence.label_at[sentence.source_id, sentence.start] == label
    assert next(iter(evidence.sentences)) == "G1.1"


def test_the_record_says_what_was_searched(search: EvidenceSearch) -> None:
    queries = [Query("knee pain"), Query("elbow pain")]
    evidence = search.gather("knee pain", queries)
    record = evidence.searched["guideline"]
    assert record.index == "small"
    assert record.queries == ("knee pain", "elbow pain")
    assert record.passages_seen == len({s.passage_id for s in evidence.sentences.values() if s.kind == "guideline"})


def test_a_word_that_no_sentence_has_and_the_question_turns_on_is_unknown(search: EvidenceSearch) -> None:
    assert search.gather("zzzzzzz knee", [Query("knee")]).unknown_words == ("zzzzzzz",)
    assert search.gather("knee pain", [Query("knee")]).unknown_words == ()


def test_conflicts_on_record_hold_both_ways(search: EvidenceSearch) -> None:
    evidence = search.gather("knee", [Query("knee pain relieved by rest")])
    guideline = next(s for s in evidence.sentences.values() if s.source_id == "knee-2020")
    trial = next(s for s in evidence.sentences.values() if s.source_id == "trial-2019")
    assert not evidence.conflict(guideline, trial)
    sources = dict(evidence.sources)
    sources["trial-2019"] = replace(sources["trial-2019"], conflicts_with=("knee-2020",))
    declared = replace(evidence, sources=sources)
    assert declared.conflict(guideline, trial)
    assert declared.conflict(trial, guideline)


def dated_search(
    corpus: Path, folder: Path, letters: Any, build_from: Callable[..., Any], write_source: Callable[..., Path]
) -> EvidenceSearch:
    """Three guidelines on the knee, of different years and topics."""
    for year, topic in ((1999, "rest"), (2010, "rest"), (2024, "ice")):
        write_source(corpus, f"knee-of-{year}", f"Knee pain is relieved by {topic}.", year=year, topics=[topic])
    build_from(corpus, folder, letters)
    index = open_index(folder)
    dense = DenseRetriever(index, letters)
    fused = FusedRetriever(index, dense, LexicalRetriever(index))
    return EvidenceSearch(index, fused, dense, {"guideline": 8, "research": 8})


@pytest.fixture
def dated(tmp_path: Path, letters: Any, build_from: Callable[..., Any], write_source: Callable[..., Path]) -> Any:
    return dated_search(tmp_path / "dated", tmp_path / "indexes" / "dated", letters, build_from, write_source)


def found_by(search: EvidenceSearch, within: SourceFilter) -> set[str]:
    evidence = search.gather("knee pain", [Query("knee pain is relieved")], within)
    return {sentence.source_id for sentence in evidence.sentences.values()}


@pytest.mark.parametrize(
    ("within", "years"),
    [
        (SourceFilter(), {1999, 2010, 2024}),
        (SourceFilter(year_from=2010), {2010, 2024}),
        (SourceFilter(year_to=2010), {1999, 2010}),
        (SourceFilter(year_from=2000, year_to=2020), {2010}),
        (SourceFilter(topics=frozenset({"ice"})), {2024}),
        (SourceFilter(topics=frozenset({"ice", "rest"}), year_from=2010), {2010, 2024}),
    ],
)
def test_evidence_comes_only_from_sources_within_the_filter(dated: Any, within: SourceFilter, years: set[int]) -> None:
    assert found_by(dated, within) == {f"knee-of-{year}" for year in years}


def test_an_unknown_topic_names_the_near_ones(dated: Any) -> None:
    with pytest.raises(QuestionError, match=r"topic: iec \(did you mean ice\?\)"):
        found_by(dated, SourceFilter(topics=frozenset({"iec"})))


def test_a_filter_that_leaves_nothing_is_an_error_that_names_it(dated: Any) -> None:
    with pytest.raises(QuestionError, match=r"years from 2050"):
        found_by(dated, SourceFilter(year_from=2050))


@pytest.mark.parametrize(
    ("within", "shown"),
    [
        (SourceFilter("research"), None),
        (SourceFilter(year_from=2010), "years from 2010"),
        (SourceFilter(year_to=2010), "years to 2010"),
        (
            SourceFilter(year_from=2010, year_to=2012, topics=frozenset({"b", "a"})),
            "years from 2010 to 2012; topic a or b",
        ),
    ],
)
def test_a_filter_is_shown_in_words(within: SourceFilter, shown: str | None) -> None:
    assert within.shown == shown
