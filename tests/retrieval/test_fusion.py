"""What a fusion of two rankings keeps, whatever the rankings."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.fusion import DEPTH, fuse

Key = TypeVar("Key", int, str)
Ranking = list[tuple[str, float]]
_KEYS = [f"p{number:02}" for number in range(40)]


@st.composite
def rankings(draw: st.DrawFn, lowest: float, highest: float, min_size: int = 0) -> Ranking:
    keys = draw(st.lists(st.sampled_from(_KEYS), unique=True, min_size=min_size))
    scores = draw(st.lists(st.floats(lowest, highest, width=32), min_size=len(keys), max_size=len(keys)))
    return list(zip(keys, sorted(scores, reverse=True), strict=True))


def by_vector(min_size: int = 0) -> st.SearchStrategy[Ranking]:
    return rankings(-1, 1, min_size)


def by_words(min_size: int = 0) -> st.SearchStrategy[Ranking]:
    return rankings(0.125, 40, min_size)


def keys(ranking: Sequence[tuple[Key, float]]) -> list[Key]:
    return [key for key, _ in ranking]


@given(by_vector(), by_words(), st.integers(1, 50))
def test_every_item_of_either_ranking_comes_once_and_scores_never_rise(
    dense: Ranking, lexical: Ranking, depth: int
) -> None:
    fused = fuse(dense, lexical, 1000, depth=depth)
    assert sorted(keys(fused)) == sorted({*keys(dense), *keys(lexical)})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
    assert all(score <= 1 for _, score in fused)


@given(by_vector(), by_words(), st.integers(1, 10), st.integers(1, 80), st.integers(1, 80))
def test_the_first_hits_do_not_depend_on_the_limit(
    dense: Ranking, lexical: Ranking, depth: int, limit: int, larger: int
) -> None:
    limit, larger = sorted((limit, larger))

    def searched(limit: int) -> Ranking:
        asked = max(limit, depth)
        return fuse(dense[:asked], lexical[:asked], limit, depth=depth)

    assert searched(limit) == searched(larger)[:limit]


@given(by_vector(1), by_words(1), st.floats(0.01, 0.99))
def test_an_item_first_in_both_is_first(dense: Ranking, lexical: Ranking, weight: float) -> None:
    fused = fuse([("first", 1.01), *dense], [("first", 41.0), *lexical], 5, weight=weight)
    assert fused[0] == ("first", pytest.approx(1.0))


@given(by_vector(), by_words())
def test_an_item_better_in_both_is_never_below(dense: Ranking, lexical: Ranking) -> None:
    fused = keys(fuse(dense, lexical, 1000))
    cosine, bm25 = dict(dense), dict(lexical)
    both = sorted(cosine.keys() & bm25.keys())
    for better in both:
        for worse in both:
            if cosine[better] > cosine[worse] + 1e-3 and bm25[better] > bm25[worse] + 1e-3:
                assert fused.index(better) < fused.index(worse)


@given(by_vector())
def test_a_query_that_shares_no_word_keeps_the_dense_order(dense: Ranking) -> None:
    cosines = dict(dense)
    fused = fuse(dense, [], 1000)
    assert [cosines[key] for key in keys(fused)] == pytest.approx([score for _, score in dense], abs=1e-6)


@given(by_words())
def test_without_vectors_the_lexical_order_stays(lexical: Ranking) -> None:
    scores = dict(lexical)
    fused = fuse([], lexical, 1000)
    assert [scores[key] for key in keys(fused)] == pytest.approx([score for _, score in lexical], abs=1e-6)


@given(by_vector(), by_words(), st.randoms(use_true_random=False))
def test_the_order_in_which_equal_scores_come_in_changes_nothing(
    dense: Ranking, lexical: Ranking, chance: Random
) -> None:
    def shuffled(ranking: Ranking) -> Ranking:
        mixed = list(ranking)
        chance.shuffle(mixed)
        return sorted(mixed, key=lambda item: -item[1])

    assert fuse(shuffled(dense), shuffled(lexical), 1000) == fuse(dense, lexical, 1000)


@given(by_vector(), by_words(), st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_the_scale_of_the_lexical_scores_does_not_matter(dense: Ranking, lexical: Ranking, factor: float) -> None:
    assert fuse(dense, [(key, score * factor) for key, score in lexical], 1000) == fuse(dense, lexical, 1000)


@given(by_vector(), by_words())
def test_an_encoder_of_narrow_cosines_fuses_alike_with_its_own_lowest_cosine(dense: Ranking, lexical: Ranking) -> None:
    narrow = [(key, 0.75 + 0.25 * cosine) for key, cosine in dense]
    fused = dict(fuse(dense, lexical, 1000))
    assert dict(fuse(narrow, lexical, 1000, lowest=0.5)) == pytest.approx(fused, abs=1e-3)


def test_planted_rankings_get_the_scores_worked_out_by_hand() -> None:
    dense = [("a", 0.6), ("b", 0.2), ("c", -0.2)]
    lexical = [("b", 12.0), ("d", 6.0), ("a", 3.0)]
    assert fuse(dense, lexical, 10, weight=0.75) == [
        ("a", pytest.approx(0.75 + 0.25 * 0.25)),
        ("b", pytest.approx(0.75 * 0.75 + 0.25)),
        ("d", pytest.approx(0.75 * 0.5 + 0.25 * 0.5)),
        ("c", pytest.approx(0.75 * 0.5)),
    ]


def test_what_a_full_lexical_ranking_lacks_counts_as_its_last() -> None:
    fused = dict(fuse([("a", 1.0), ("b", 1.0)], [("a", 8.0), ("c", 4.0)], 10, weight=0.5, depth=2))
    assert fused["b"] == pytest.approx(0.5 + 0.5 * 0.5)


def test_what_stands_deeper_follows_by_its_better_rank() -> None:
    dense = [("a", 0.9), ("b", 0.5), ("c", 0.4), ("d", 0.3)]
    lexical = [("a", 9.0), ("e", 5.0), ("d", 4.0)]
    fused = fuse(dense, lexical, 10, depth=2)
    assert keys(fused) == ["a", "b", "e", "c", "d"]
    assert [score for _, score in fused][-2:] == [-1.0, -1.0]


def test_rows_may_be_keys() -> None:
    assert keys(fuse([(3, 0.5)], [(1, 2.0), (3, 1.0)], 10)) == [1, 3]


def test_nothing_comes_of_nothing_and_the_depth_is_beyond_the_quotas() -> None:
    assert fuse([], [], 10) == []
    assert DEPTH >= 50
