"""Intervals, paired tests and Holm's correction: against published values and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.stats import Interval, holm, interval, paired, wilson


def test_wilsons_interval_is_that_of_newcombe_1998_table_1() -> None:
    # Newcombe, Stat Med 1998;17:857-872, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (hits, of), bounds in published.items():
        assert wilson(hits, of) == pytest.approx(bounds, abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_values_that_are_all_0_or_1_have_wilsons_interval_and_others_are_drawn_anew() -> None:
    assert interval([1.0] * 20) == Interval(1.0, *wilson(20, 20))
    found = interval([0.0, 0.25, 0.5, 0.75, 1.0] * 20)
    assert found is not None
    assert found.mean == 0.5
    # The standard error is sqrt(1/8 / 100).
    assert found.low == pytest.approx(0.5 - 1.96 * 0.03536, abs=0.01)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.03536, abs=0.01)
    assert interval([0.4]) == Interval(0.4, 0.4, 0.4)
    assert interval([0.4, 0.4]) == Interval(0.4, 0.4, 0.4)
    assert interval([]) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_a_mean_lies_in_its_interval_whatever_the_order(values: list[float]) -> None:
    found, turned = interval(values), interval(values[::-1])
    assert found is not None
    assert turned is not None
    assert found.low - 1e-9 <= found.mean <= found.high + 1e-9
    assert found.mean == pytest.approx(turned.mean)
    assert interval(values) == found


def test_the_randomisation_test_is_exact_for_few_questions() -> None:
    # Three gaps of one sign: 2 of the 8 ways to turn signs are as far from 0.
    found = paired([0.0, 0.0, 0.0], [1.0, 1.0, 0.5])
    assert found is not None
    assert found.mean == pytest.approx(2.5 / 3)
    assert found.p == pytest.approx(2 / 8)
    # Gaps +1, +1, -1: six of eight sums are at least 1 from 0 ... all of them are.
    turned = paired([0.0, 0.0, 1.0], [1.0, 1.0, 0.0])
    assert turned is not None
    assert turned.p == pytest.approx(1.0)


def test_a_clear_difference_is_found_and_none_is_not() -> None:
    clear = paired([0.0] * 30, [1.0] * 25 + [0.0] * 5)
    assert clear is not None
    assert clear.p < 0.001
    assert clear.low > 0.5
    same = paired([0.3, 0.7], [0.3, 0.7])
    assert same is not None
    assert (same.mean, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)


def test_turned_round_a_difference_changes_its_sign_only() -> None:
    a, b = [0.1, 0.9, 0.4, 0.6, 0.2], [0.3, 0.8, 0.9, 0.9, 0.2]
    there, back = paired(a, b), paired(b, a)
    assert there is not None
    assert back is not None
    assert there.mean == pytest.approx(-back.mean)
    assert there.p == pytest.approx(back.p)


def test_one_question_alone_shows_nothing() -> None:
    found = paired([0.0], [1.0])
    assert found is not None
    assert (found.mean, found.p) == (1.0, 1.0)


def test_pairs_must_be_pairs() -> None:
    assert paired([], []) is None
    with pytest.raises(ValueError, match="1 values against 2"):
        paired([1.0], [1.0, 0.0])


def test_holms_correction_is_stepwise_and_in_the_callers_order() -> None:
    # Smallest first: 4 x 0.005, 3 x 0.01, 2 x 0.03 (raised to no less), 0.04 raised to 0.06.
    assert holm([0.03, 0.005, 0.04, 0.01]) == pytest.approx([0.06, 0.02, 0.06, 0.03])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
