"""What chat models spend: counted for each answer, and held to budgets before a request is made.

A request is only made where even its longest reply would stay within what is left. Where a server does not say what it
counted, the tokens are estimated, and marked so.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from rag.answer import Usage
from rag.errors import BudgetError, ModelError
from rag.models.base import ChatReply, Message, Pieces, StreamingChatModel
from rag.models.token_counting import TokenCounter

Step = TypeVar("Step")


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens sent and received, and what they cost in the currency of the prices; None: no prices are set."""

    tokens: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be spent; None: any amount."""

    tokens: int | None = None
    cost: float | None = None

    def __bool__(self) -> bool:
        return self.tokens is not None or self.cost is not None

    def check(self, spent: Spent, expected: Spent, whose: str, mend: str) -> None:
        """Refuse what could exceed the budget.

        Raises:
            BudgetError: naming whose budget it is, what is spent of it, and what the request may take.
        """
        over = self.tokens is not None and spent.tokens + expected.tokens > self.tokens
        if over:
            told = f"{spent.tokens} of {self.tokens} tokens spent, this request may take {expected.tokens}"
            raise BudgetError(f"the budget for {whose} does not allow another request", value=told, mend=mend)
        known, wanted = spent.cost or 0.0, expected.cost or 0.0
        if self.cost is not None and known + wanted > self.cost:
            told = f"{known:.4f} of {self.cost:g} spent, this request may take {wanted:.4f}"
            raise BudgetError(f"the budget for {whose} does not allow another request", value=told, mend=mend)


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a million tokens, in one currency of your choice."""

    input: float
    output: float

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What some tokens cost."""
        return (prompt_tokens * self.input + completion_tokens * self.output) / 1_000_000


class Tally:
    """Adds up what one answer takes, whichever part of the program asks a model for it."""

    def __init__(self) -> None:
        self.usage = Usage()

    def add(self, prompt: int, completion: int, cost: float | None, *, estimated: bool) -> None:
        """Count one request."""
        before = self.usage
        known = [one for one in (before.cost, cost) if one is not None]
        self.usage = Usage(
            before.requests + 1,
            before.cached,
            before.prompt_tokens + prompt,
            before.completion_tokens + completion,
            round(sum(known), 8) if known else None,
            before.estimated or estimated,
        )

    def add_cached(self) -> None:
        """Count a reply that cost nothing."""
        one = self.usage
        self.usage = Usage(
            one.requests, one.cached + 1, one.prompt_tokens, one.completion_tokens, one.cost, one.estimated
        )

    @property
    def spent(self) -> Spent:
        """What has been spent."""
        return Spent(self.usage.prompt_tokens + self.usage.completion_tokens, self.usage.cost)


_CURRENT: ContextVar[Tally | None] = ContextVar("tally", default=None)


def current_tally() -> Tally | None:
    """The tally of the answer that is being made, or None."""
    return _CURRENT.get()


def tallied(steps: Generator[Step, None, None], tally: Tally) -> Generator[Step, None, None]:
    """The steps on the way to an answer, each taken with its tally as the current one: answers may be made in turns."""
    try:
        while True:
            before = _CURRENT.set(tally)
            try:
                step = next(steps)
            except StopIteration:
                return
            finally:
                _CURRENT.reset(before)
            yield step
    finally:
        steps.close()


class Ledger(Protocol):
    """Keeps what is spent beyond one answer."""

    def reserve(self, expected: Spent) -> str:
        """Set an amount aside; gives the name of the account that it was taken from.

        Raises:
            BudgetError: there is not enough left.
        """

    def settle(self, account: str, expected: Spent, actual: Spent) -> None:
        """Put the actual amount in place of one that was set aside."""


class MeteredChat:
    """A chat model whose requests are counted and held to budgets.

    Args:
        chat: the model.
        tokens: estimates tokens.
        reply_tokens: the most that a reply may have.
        prices: None: costs are not known.
        budget: for one question.
        ledger: for all questions together; None: no such budget.
    """

    def __init__(
        self,
        chat: StreamingChatModel,
        tokens: TokenCounter,
        *,
        reply_tokens: int,
        prices: Prices | None,
        budget: Budget,
        ledger: Ledger | None,
    ) -> None:
        self._chat = chat
        self._tokens = tokens
        self._reply_tokens = reply_tokens
        self._prices = prices
        self._budget = budget
        self._ledger = ledger
        self.name = chat.name

    def complete(self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        """As of `ChatModel`. Raises `BudgetError` where a budget does not allow the request."""
        *_, last = self.stream(messages, schema_name, schema)
        if not isinstance(last, ChatReply):
            raise ModelError("the model's answer broke off", value=self.name, retryable=True)
        return last

    def stream(
        self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any], *, in_words: bool = False
    ) -> Pieces:
        """As of `StreamingChatModel`. Raises `BudgetError` where a budget does not allow the request."""
        tally = current_tally()
        sent = self._tokens.count_messages(messages)
        if self._budget or self._ledger is not None:
            # A server may count the schema, too.
            sent += self._tokens.count(json.dumps(schema))
        expected = self._spent(sent, self._reply_tokens)
        if tally is not None:
            self._budget.check(
                tally.spent,
                expected,
                "one question",
                "raise RAG_MODEL_TOKENS_PER_QUESTION or RAG_MODEL_COST_PER_QUESTION",
            )
        account = self._ledger.reserve(expected) if self._ledger else ""
        received: list[str] = []
        reply: ChatReply | None = None
        try:
            with closing(self._chat.stream(messages, schema_name, schema, in_words=in_words)) as pieces:
                for piece in pieces:
                    if isinstance(piece, str):
                        received.append(piece)
                    else:
                        reply = piece
                    yield piece
        finally:
            prompt, completion, estimated = self._counts(reply, sent, "".join(received))
            actual = self._spent(prompt, completion)
            if self._ledger:
                self._ledger.settle(account, expected, actual)
            if tally is not None and (prompt or completion):
                tally.add(prompt, completion, actual.cost, estimated=estimated)

    def _counts(self, reply: ChatReply | None, sent: int, received: str) -> tuple[int, int, bool]:
        """Tokens sent and received. A request that failed before its reply began is not charged for."""
        if reply is None and not received:
            return 0, 0, False
        prompt = reply.prompt_tokens if reply else None
        completion = reply.completion_tokens if reply else None
        if prompt is not None and completion is not None:
            return prompt, completion, False
        return (
            sent if prompt is None else prompt,
            self._tokens.count(received) if completion is None else completion,
            True,
        )

    def _spent(self, prompt_tokens: int, completion_tokens: int) -> Spent:
        cost = self._prices.cost(prompt_tokens, completion_tokens) if self._prices else None
        return Spent(prompt_tokens + completion_tokens, cost)
