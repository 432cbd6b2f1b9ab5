"""A conversation that goes on: each question is admitted, made stand-alone, answered, and kept before it is shown.

Sources keep their numbers through a conversation; what was cited on the same subject is offered to the next turn again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

from rag.answer import PARTS, Answer
from rag.conversation.base import Asked, Condensed, Condenser
from rag.errors import NotKeptError, QuestionError
from rag.ledger.base import ConversationStore, SavedAnswer, StoredConversation, StoredTurn
from rag.pipeline import Step
from rag.types import EVERYTHING, Audience, Earlier, SourceFilter

_CARRIED_PASSAGES = 12
_TOLD_CHARS = 600


class Answering(Protocol):
    """Answers questions: a pipeline, or a live one."""

    def admit(self, text: str) -> str:
        """The text to go on with; PrivacyError where it must not be used."""

    def ask(
        self,
        text: str,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
        earlier: Earlier | None = None,
    ) -> Answer:
        """As `AnswerPipeline.ask`."""

    def stream(
        self,
        text: str,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
        earlier: Earlier | None = None,
    ) -> Generator[Step, None, None]:
        """As `AnswerPipeline.stream`."""


class Forgetful:
    """A store that keeps nothing beyond the conversation at hand."""

    def __init__(self, start: Callable[[], StoredConversation]) -> None:
        self.start = start

    def add(self, conversation_id: str, turn: StoredTurn) -> StoredTurn:
        """The turn; nothing is written."""
        return turn

    def read(self, conversation_id: str | None = None) -> StoredConversation:
        """QuestionError: there is nothing to read."""
        raise QuestionError("this conversation is not kept", mend="leave out --forget")


class Talk:
    """One conversation at a time, over a pipeline.

    Args:
        answering: answers stand-alone questions.
        condenser: makes follow-ups stand alone.
        store: keeps the turns.
        record: makes an answer's record of the schema `sourcebound.answer/1`.
        conversation: the one to go on with; None: a new one.
        audience: who reads.
        within: the sources that may be searched.
    """

    def __init__(
        self,
        answering: Answering,
        condenser: Condenser,
        store: ConversationStore,
        record: Callable[[Answer], dict[str, Any]],
        *,
        conversation: StoredConversation | None = None,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
    ) -> None:
        self._answering = answering
        self._condenser = condenser
        self._store = store
        self._record = record
        self.conversation = conversation or store.start()
        self.audience = audience
        self.within = within

    def condense(self, question: str) -> tuple[str, Condensed]:
        """The question as admitted, and made stand-alone: what `answer` takes. Nothing is kept yet.

        Raises:
            QuestionError: it has no words.
            PrivacyError: it identifies a person, and such questions are refused.
        """
        asked = " ".join(question.split())
        if not re.search(r"[^\W\d_]{2}", asked):
            raise QuestionError("the question has no words in it", value=asked[:60] or None, mend="ask in words")
        admitted = self._answering.admit(asked)
        return admitted, self._condenser.condense(admitted, asked_before(self.conversation))

    def answer(self, question: str, condensed: Condensed, corrects: int | None = None) -> Answer:
        """Answer a stand-alone question and keep the turn. Errors as of `AnswerPipeline.ask`, and LedgerError."""
        earlier = self._earlier(question, condensed, corrects)
        answer = self._answering.ask(condensed.standalone, self.audience, self.within, earlier)
        self._keep(answer, condensed, corrects)
        return answer

    def stream(self, question: str, condensed: Condensed, corrects: int | None = None) -> Generator[Step, None, None]:
        """The steps to the answer that `answer` gives: each claim as soon as it has passed or failed, the answer last.

        The turn is kept before the answer is given; its id is then `conversation.turns[-1].answer_id`. Whoever stops
        before that keeps nothing of the turn. Errors as of `AnswerPipeline.stream`, and LedgerError.
        """
        earlier = self._earlier(question, condensed, corrects)
        with closing(self._answering.stream(condensed.standalone, self.audience, self.within, earlier)) as steps:
            for step in steps:
                if isinstance(step, Answer):
                    self._keep(step, condensed, corrects)
                yield step

    def again(self, saved: SavedAnswer) -> Answer:
        """Answer the stand-alone question of a saved answer of this conversation anew, from the index in use.

        Sources that earlier turns numbered keep their numbers. Nothing is kept: the caller adds the version. Errors as
        of `AnswerPipeline.ask`.

        Raises:
            NotKeptError: the conversation has no such turn, or the filter of its search was not kept.
        """
        turn = next((one for one in self.conversation.turns if one.answer_id == saved.answer_id), None)
        if turn is None:
            raise NotKeptError("this conversation has no such answer", value=saved.answer_id)
        before = replace(
            self.conversation, turns=tuple(one for one in self.conversation.turns if one.number < turn.number)
        )
        carried = tuple(cited_passages(before, leaving=turn.corrects)) if turn.relation == "follow_up" else ()
        earlier = Earlier(turn.question, numbered_sources(before), carried)
        return self._answering.ask(turn.standalone, saved.record["audience"], _filter_of(saved), earlier)

    def _earlier(self, question: str, condensed: Condensed, corrects: int | None) -> Earlier:
        fresh = condensed.relation != "follow_up"
        cited = () if fresh else tuple(cited_passages(self.conversation, leaving=corrects))
        return Earlier(question, numbered_sources(self.conversation), cited)

    def _keep(self, answer: Answer, condensed: Condensed, corrects: int | None) -> None:
        turn = StoredTurn(
            number=len(self.conversation.turns) + 1,
            question=answer.question,
            standalone=answer.standalone_question,
            relation=condensed.relation,
            rewritten_by="asker" if condensed.relation == "first" and corrects is None else condensed.by,
            answer=json.loads(json.dumps(self._record(answer))),  # as it will be read again: lists, no tuples
            corrects=corrects,
            within=_filter_record(self.within),
        )
        turn = self._store.add(self.conversation.conversation_id, turn)
        self.conversation = replace(self.conversation, turns=(*self.conversation.turns, turn))

    def ask(self, question: str) -> Answer:
        """Condense and answer."""
        return self.answer(*self.condense(question))

    def correct(self, standalone: str) -> Answer:
        """Ask the last question again, with a stand-alone form given by hand in the place of the one that was made.

        Raises:
            QuestionError: nothing was asked yet.
        """
        if not self.conversation.turns:
            raise QuestionError("there is no question to correct yet", mend="ask one first")
        last = self.conversation.turns[-1]
        admitted = self._answering.admit(" ".join(standalone.split()))
        return self.answer(last.question, Condensed(admitted, last.relation, "hand"), corrects=last.number)

    def start_afresh(self) -> None:
        """Leave this conversation, and begin a new one with numbers of its own."""
        self.conversation = self._store.start()


def _filter_record(within: SourceFilter) -> dict[str, Any]:
    return {
        "kind": within.kind,
        "year_from": within.year_from,
        "year_to": within.year_to,
        "topics": sorted(within.topics),
    }


def _filter_of(saved: SavedAnswer) -> SourceFilter:
    """The filter that a saved answer was searched with. Those of older ledgers were kept in words only."""
    kept = saved.within
    if kept is not None:
        return SourceFilter(kept["kind"], kept["year_from"], kept["year_to"], frozenset(kept["topics"]))
    if saved.record["provenance"].get("searched_within"):
        raise NotKeptError("the filter of this answer's search was not kept", mend="ask the question anew")
    return EVERYTHING


def standing_turns(conversation: StoredConversation) -> tuple[StoredTurn, ...]:
    """The turns that no later one corrects."""
    corrected = {turn.corrects for turn in conversation.turns}
    return tuple(turn for turn in conversation.turns if turn.number not in corrected)


def asked_before(conversation: StoredConversation) -> tuple[Asked, ...]:
    """What was asked, oldest first, for a condenser."""
    return tuple(
        Asked(turn.question, turn.standalone, turn.relation, _told(turn.answer))
        for turn in standing_turns(conversation)
    )


def _told(answer: Mapping[str, Any]) -> str:
    return " ".join(claim["text"] for claim in answer["short_answer"] if claim["citations"])[:_TOLD_CHARS]


def numbered_sources(conversation: StoredConversation) -> tuple[str, ...]:
    """The ids of the sources that have a number, in the order of their numbers, from 1 without a gap."""
    numbers = {one["number"]: one["source_id"] for turn in conversation.turns for one in turn.answer["references"]}
    return tuple(numbers[number] for number in sorted(numbers))


def cited_passages(conversation: StoredConversation, leaving: int | None = None) -> Iterator[str]:
    """Passages cited since the subject last changed, the latest first, each once; at most twelve.

    Args:
        conversation: the turns.
        leaving: the number of a turn that is being corrected, which is passed over.
    """
    turns = [turn for turn in standing_turns(conversation) if turn.number != leaving]
    found: dict[str, None] = {}
    for turn in reversed(turns):
        for citation in citations_of(turn):
            found.setdefault(citation["passage_id"])
        if turn.relation != "follow_up":
            break
    yield from list(found)[:_CARRIED_PASSAGES]


def citations_of(turn: StoredTurn) -> Iterator[Mapping[str, Any]]:
    """The citations of a turn's shown claims and options, in their order."""
    for part in PARTS:
        for claim in turn.answer[part]:
            yield from claim["citations"]
    for option in turn.answer["options"]:
        yield from option["citations"]
