"""A kept question is answered anew as it was asked: for the same reader, sources and conversation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rag.conversation.again import answer_again, filter_of
from rag.errors import QuestionError
from rag.ledger.base import StoredConversation, StoredTurn
from rag.types import Earlier, SourceFilter

TOPICS = ("asthma", "low back pain", "gout")


def record(numbers: dict[int, str], cited: list[str], searched_within: str | None = None) -> dict[str, Any]:
    claim = {"citations": [{"passage_id": passage_id} for passage_id in cited]}
    return {
        "audience": "patient",
        "short_answer": [claim],
        "guidelines": [],
        "research": [],
        "agreement": [],
        "options": [],
        "references": [{"number": number, "source_id": source_id} for number, source_id in numbers.items()],
        "provenance": {"searched_within": searched_within},
    }


def conversation() -> StoredConversation:
    first = StoredTurn(1, "Rest?", "Rest?", "first", "asker", record({1: "knee", 2: "hip"}, ["knee#1"]))
    second = StoredTurn(
        2, "And ice?", "Does ice help?", "follow_up", "rules", record({3: "ice"}, ["ice#1"], "years to 2020")
    )
    third = StoredTurn(3, "And heat?", "Does heat help?", "follow_up", "rules", record({4: "heat"}, ["heat#1"]))
    return StoredConversation("c1", datetime(2026, 1, 2, tzinfo=UTC), (first, second, third))


class Listening:
    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def admit(self, text: str) -> str:
        return text

    def ask(self, *asked: Any) -> Any:
        self.asked.append(asked)
        return "answered"


def test_a_follow_up_is_asked_with_what_came_before_it_and_all_numbers_of_its_conversation() -> None:
    listening = Listening()
    assert answer_again(listening, conversation(), 2, TOPICS) == "answered"
    earlier = Earlier("And ice?", ("knee", "hip", "ice", "heat"), ("knee#1",))
    assert listening.asked == [("Does ice help?", "patient", SourceFilter(year_to=2020), earlier)]


def test_a_first_question_carries_nothing_on() -> None:
    listening = Listening()
    answer_again(listening, conversation(), 1, TOPICS)
    assert listening.asked[0][3].passage_ids == ()


@pytest.mark.parametrize(
    "within",
    [
        SourceFilter(),
        SourceFilter(year_from=2015),
        SourceFilter(year_to=2020),
        SourceFilter(year_from=2015, year_to=2020, topics=frozenset(("asthma",))),
        SourceFilter(topics=frozenset(("gout", "low back pain"))),
    ],
)
def test_every_filter_is_read_back_from_its_words(within: SourceFilter) -> None:
    assert filter_of(record({}, [], within.shown), TOPICS) == within


@pytest.mark.parametrize("shown", ["topic malaria", "topic asthma or malaria", "years of old", "something else"])
def test_what_cannot_be_read_back_for_sure_is_refused(shown: str) -> None:
    with pytest.raises(QuestionError, match="cannot be told any more"):
        filter_of(record({}, [], shown), TOPICS)
