"""Which notice stands, and what took a source's place."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.lives import current_successors, standing_concern, standing_retraction
from rag.types import NOTICE_KINDS, Notice, Source, SourceStatus

DATES = st.one_of(
    st.dates().map(str).filter(lambda day: "1900" < day < "2090"), st.sampled_from(["2020", "2020-06", "2021"])
)
NOTICES = st.lists(
    st.builds(
        Notice,
        st.sampled_from(NOTICE_KINDS),
        st.one_of(st.none(), DATES),
        st.sampled_from([None, "a", "b"]),
        st.sampled_from([None, "10.1000/x"]),
    ),
    max_size=6,
)
RETRACTED = Notice("retraction", "2020-06-04", "Fraud.")


@pytest.mark.parametrize(
    ("others", "stands"),
    [
        ((), True),
        ((Notice("correction", "2021-01-01"),), True),
        ((Notice("expression-of-concern", "2021-01-01"),), True),
        ((Notice("reinstatement", "2020-06-05"),), False),
        ((Notice("reinstatement", "2020-06-04"),), True),
        ((Notice("reinstatement", "2020-06-03"),), True),
        ((Notice("reinstatement", "2020-06"),), True),
        ((Notice("reinstatement", "2020"),), True),
        ((Notice("reinstatement", "2020-07"),), False),
        ((Notice("reinstatement", "2021"),), False),
        ((Notice("reinstatement"),), True),
        ((Notice("reinstatement", "2021"), Notice("retraction", "2022")), True),
    ],
)
def test_only_a_reinstatement_that_came_later_takes_a_retraction_back(others: tuple[Notice, ...], stands: bool) -> None:
    assert (standing_retraction((RETRACTED, *others)) is not None) is stands


def test_a_reinstatement_within_the_year_of_a_retraction_leaves_it_in_doubt_and_so_standing() -> None:
    retracted = Notice("retraction", "2020")
    assert standing_retraction((retracted, Notice("reinstatement", "2020-06-04"))) == retracted


@given(NOTICES, st.randoms(use_true_random=False))
def test_the_order_of_the_notices_does_not_matter(notices: list[Notice], chance: random.Random) -> None:
    shuffled = chance.sample(notices, len(notices))
    assert standing_retraction(shuffled) == standing_retraction(notices)
    assert standing_concern(shuffled) == standing_concern(notices)


@given(NOTICES)
def test_a_reinstatement_after_all_dated_retractions_undoes_them(notices: list[Notice]) -> None:
    dated = [notice for notice in notices if notice.kind != "retraction" or notice.date]
    assert standing_retraction([*dated, Notice("reinstatement", "2095-01-01")]) is None


@given(NOTICES, DATES, st.sampled_from(["correction", "expression-of-concern"]))
def test_a_correction_or_a_concern_never_changes_a_retraction(notices: list[Notice], day: str, kind: str) -> None:
    added = [*notices, Notice(kind, day)]  # type: ignore[arg-type]
    assert standing_retraction(added) == standing_retraction(notices)


@given(NOTICES)
def test_an_undated_retraction_stands_whatever_follows(notices: list[Notice]) -> None:
    assert standing_retraction([*notices, Notice("retraction")]) is not None


def source(source_id: str, status: SourceStatus, *superseded_by: str) -> Source:
    return Source(source_id, "guideline", "A title", 2020, status, superseded_by=superseded_by)


def test_current_successors_are_found_through_others_and_circles_end() -> None:
    known = {
        one.source_id: one
        for one in (
            source("a", "superseded", "b", "c", "unlisted"),
            source("b", "superseded", "d", "a"),
            source("c", "current"),
            source("d", "current"),
            source("e", "superseded", "f"),
            source("f", "superseded", "e"),
        )
    }
    assert current_successors(known["a"], known) == ("c", "d")
    assert current_successors(known["e"], known) == ()
