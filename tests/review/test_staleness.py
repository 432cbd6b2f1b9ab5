"""What has become of an answer's evidence is told by number, in words, and only where something has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record
from rag.review.staleness import ShelfRechecking, stale_reasons
from rag.types import Notice


def told(record: dict[str, Any], shelf: Any) -> list[tuple[int, str]]:
    return [(one.number, one.change) for one in stale_reasons(record, shelf)]


def test_an_answer_whose_sources_are_as_they_were_stands(record: dict[str, Any], shelf: Any) -> None:
    assert told(record, shelf) == []
    assert ShelfRechecking(lambda: shelf).stale(record) == ()


def test_a_source_that_is_gone_is_told_once(record: dict[str, Any], shelf: Any) -> None:
    del shelf.held["g"]
    assert told(record, shelf) == [(1, "removed")]
    assert stale_reasons(record, shelf)[0].text == "Source [1] is no longer among the sources."


def test_a_retraction_is_told_with_its_date_and_reason(record: dict[str, Any], shelf: Any) -> None:
    notices = (*shelf.held["r"].notices, Notice("retraction", "2026-02-03", "fabricated records"))
    shelf.change("r", status="retracted", notices=notices)
    found = stale_reasons(record, shelf)
    assert [(one.source_id, one.number, one.change) for one in found] == [("r", 2, "retracted")]
    assert found[0].text == "Source [2] has been retracted (2026-02-03): fabricated records."


def test_a_successor_is_told(record: dict[str, Any], shelf: Any) -> None:
    shelf.change("g", status="superseded", superseded_by=("g-2026",), superseded_since="2026-01")
    assert stale_reasons(record, shelf)[0].text == "Source [1] has been superseded by g-2026 since 2026-01."


def test_an_expression_of_concern_is_told_if_it_was_not_known(record: dict[str, Any], shelf: Any) -> None:
    concern = Notice("expression-of-concern", "2026-02-03", "the data are being looked into")
    shelf.change("r", notices=(*shelf.held["r"].notices, concern))
    assert told(record, shelf) == [(2, "concern")]
    known = next(one for one in record["references"] if one["number"] == 2)["notices"]
    known.append({"kind": "expression-of-concern", "date": "2026-02-03", "reason": "the data are being looked into"})
    assert told(record, shelf) == []


def test_other_words_where_a_quote_stood_are_told_once_for_a_source(record: dict[str, Any], shelf: Any) -> None:
    shelf.texts["g"] = "Rest relieves knee pain. Walking does not."
    assert [one.text for one in stale_reasons(record, shelf)] == [
        "Source [1] has other words now where the cited sentence stood."
    ]
    shelf.texts["g"] = "Now rest relieves knee pain. Running does not."
    assert [one.text for one in stale_reasons(record, shelf)] == [
        "Source [1] has other words now where 2 cited sentences stood."
    ]


def test_words_that_nobody_cited_may_change(record: dict[str, Any], shelf: Any) -> None:
    shelf.texts["g"] += " Ice may help."
    assert told(record, shelf) == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("year", 2021, "year"), ("doi", "10.1000/x", "DOI"), ("title", "Knees, again", "title"), ("n", "79", "number")],
)
def test_another_bibliographic_record_is_told_by_its_fields(
    record: dict[str, Any], shelf: Any, field: str, value: Any, words: str
) -> None:
    shelf.change("r", **{field: value})
    found = stale_reasons(record, shelf)
    assert [one.change for one in found] == ["record_changed"]
    assert words in found[0].text


def test_what_readers_do_not_see_of_a_record_is_no_reason(record: dict[str, Any], shelf: Any) -> None:
    shelf.change("r", topics=("knees",), notices_checked="2026-03-01", licence="CC BY")
    assert told(record, shelf) == []


def test_reasons_come_in_the_order_of_the_numbers(record: dict[str, Any], shelf: Any) -> None:
    shelf.change("r", status="retracted", year=2018)
    del shelf.held["g"]
    assert told(record, shelf) == [(1, "removed"), (2, "retracted"), (2, "record_changed")]


def test_a_claim_that_was_withheld_makes_nothing_stale(record: dict[str, Any], shelf: Any) -> None:
    record["withheld"][0]["claim"]["citations"][0]["quote"] = "words that never stood there"
    assert told(record, shelf) == []


def test_a_real_answer_stands_on_the_index_it_was_made_from(real_pipeline: AnswerPipeline) -> None:
    for question in ("Which drug is first-line for lowering urate in gout?", "Is it sciatica or spinal stenosis?"):
        record = json.loads(json.dumps(answer_record(real_pipeline.ask(question))))
        assert record["references"]
        assert stale_reasons(record, real_pipeline.search.shelf) == ()  # type: ignore[attr-defined]
