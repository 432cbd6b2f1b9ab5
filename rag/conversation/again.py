"""The question of a kept turn, answered anew: in its stand-alone form, for the same reader, within the same sources.

What was cited before it is offered again, and sources keep the numbers of their conversation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from rag.answer import Answer
from rag.conversation.talk import Answering, cited_passages, numbered_sources
from rag.errors import QuestionError
from rag.ledger.base import StoredConversation, StoredTurn
from rag.types import EVERYTHING, Earlier, SourceFilter

_YEARS = re.compile(r"years(?: from (\d+))?(?: to (\d+))?")


def answer_again(
    answering: Answering, conversation: StoredConversation, number: int, topics: Collection[str]
) -> Answer:
    """The answer of today to a turn's question. Nothing is kept.

    Args:
        answering: answers.
        conversation: the whole of it.
        number: of the turn, from 1.
        topics: those that the sources of today have.

    Raises:
        QuestionError: the sources were held to topics that are no longer there.
    """
    turn = next(turn for turn in conversation.turns if turn.number == number)
    within = filter_of(turn.answer, topics)
    return answering.ask(turn.standalone, turn.answer["audience"], within, _earlier(conversation, turn))


def _earlier(conversation: StoredConversation, turn: StoredTurn) -> Earlier:
    before = replace(conversation, turns=tuple(one for one in conversation.turns if one.number < turn.number))
    carries_on = turn.relation == "follow_up"
    cited = tuple(cited_passages(before, leaving=turn.corrects)) if carries_on else ()
    return Earlier(turn.question, numbered_sources(conversation), cited)


def filter_of(record: Mapping[str, Any], topics: Collection[str]) -> SourceFilter:
    """The filter that an answer's provenance tells in words, read back.

    Raises:
        QuestionError: it names topics that are not among these.
    """
    shown = record["provenance"]["searched_within"]
    if shown is None:
        return EVERYTHING
    years = _YEARS.search(shown)
    first, last = years.groups() if years else (None, None)
    named = shown.partition("topic ")[2].split(" or ") if "topic " in shown else []
    found = SourceFilter(
        year_from=int(first) if first else None, year_to=int(last) if last else None, topics=frozenset(named)
    )
    if found.shown != shown or not found.topics <= set(topics):
        raise QuestionError("the sources that this was asked of cannot be told any more", value=shown, mend="ask anew")
    return found
