"""Has questions answered beside the server's loop: a few at a time, within a time, and no longer than someone listens.

Answering is work of many steps on a thread. Between two steps it is asked whether anyone still waits; where nobody
does, the generator is closed, and nothing of that answer is kept.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from rag.conversation.base import Condensed
from rag.conversation.talk import Talk
from rag.errors import RagError
from rag.ledger.base import StoredTurn
from rag.pipeline import Step
from rag.types import EVERYTHING, Audience, SourceFilter
from rag.web.metrics import Metrics
from rag.web.services import OpensTalks

T = TypeVar("T")
_WAITING_FOR_ONE = 32


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as it is asked.

    Args:
        question: its words.
        owner: under whom the turn is kept.
        conversation_id: of the conversation it goes on with; None: it begins one.
        standalone: the stand-alone form, written by hand; None: it is made. Where the question is the last one of its
            conversation in the same words, this corrects that turn.
        audience: who reads.
        within: the sources that may be searched.
    """

    question: str
    owner: str
    conversation_id: str | None = None
    standalone: str | None = None
    audience: Audience = "clinician"
    within: SourceFilter = EVERYTHING


@dataclass(frozen=True, slots=True)
class Kept:
    """The last step: the answer is kept, under the `answer_id` of this turn of a conversation."""

    conversation_id: str
    turn: StoredTurn


AskStep = Condensed | Step | Kept
AskSteps = Generator[AskStep, None, None]


def ask(talks: OpensTalks, asking: Asking) -> AskSteps:
    """The steps of a question: how it was made to stand alone, claims as they pass or fail, the answer, where it is.

    Errors as of `OpensTalks` and `Talk.stream`.
    """
    talk = talks(asking.conversation_id, audience=asking.audience, within=asking.within, owner=asking.owner)
    asked, condensed = talk.condense(asking.question)
    corrects = None
    if asking.standalone is not None:
        condensed = Condensed(talk.condense(asking.standalone)[0], condensed.relation, "hand")
        corrects = _corrected(talk, asked)
    yield condensed
    with closing(talk.stream(asked, condensed, corrects)) as steps:
        yield from steps
    yield Kept(talk.conversation.conversation_id, talk.conversation.turns[-1])


def _corrected(talk: Talk, asked: str) -> int | None:
    """The number of the last turn, where it asked the same."""
    turns = talk.conversation.turns
    return turns[-1].number if turns and turns[-1].question == asked else None


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class _Ended:
    """Nothing more comes."""


class Asks:
    """Runs generators on threads, and hands their steps to the loop.

    Args:
        at_once: how many run at one time; up to 32 times as many wait.
        timeout_s: the longest time for one, waiting included.
        metrics: counts them.
    """

    def __init__(self, at_once: int, timeout_s: float, metrics: Metrics) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="ask")
        self._most = at_once * (1 + _WAITING_FOR_ONE)
        self._timeout_s = timeout_s
        self._metrics = metrics
        self.open = 0

    async def steps(self, begin: Callable[[], Generator[T, None, None]]) -> AsyncGenerator[T, None]:
        """The steps of a generator, one by one; closing this closes it at its next step.

        Raises:
            HTTPException: 503, too many wait already; 504, it took too long.
        """
        if self.open >= self._most:
            self._metrics.failed("refused")
            raise HTTPException(503, "More is being asked than can be answered now.", {"Retry-After": "10"})
        arriving: asyncio.Queue[T | _Failed | _Ended] = asyncio.Queue()
        loop, stop = asyncio.get_running_loop(), threading.Event()
        deadline = loop.time() + self._timeout_s

        def tell(call: Callable[..., None], *arguments: object) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens
                loop.call_soon_threadsafe(call, *arguments)

        self._count(+1)
        future = self._pool.submit(_run, begin, partial(tell, arriving.put_nowait), stop)
        future.add_done_callback(lambda _: tell(self._count, -1))
        try:
            while not isinstance(step := await _next(arriving, deadline - loop.time()), _Ended):
                if isinstance(step, _Failed):
                    raise step.error
                yield step
        finally:
            stop.set()
            future.cancel()

    async def last(self, begin: Callable[[], Generator[T, None, None]]) -> T:
        """The last step of a generator; errors as of `steps`."""
        async with aclosing(self.steps(begin)) as steps:
            last: list[T] = []
            async for step in steps:
                last[:] = [step]
        return last[0]

    async def once(self, call: Callable[[], T]) -> T:
        """What a call gives; errors as of `steps`."""

        def steps() -> Generator[T, None, None]:
            yield call()

        return await self.last(steps)

    def measured(self, steps: AskSteps) -> AskSteps:
        """The same steps of an ask, counted."""
        began, kept = time.perf_counter(), False
        try:
            with closing(steps):
                for step in steps:
                    if isinstance(step, Kept):
                        kept = True
                        self._metrics.answered(step.turn.answer, time.perf_counter() - began)
                    yield step
        except GeneratorExit:
            if not kept:
                self._metrics.failed("cancelled")
            raise
        except RagError:
            self._metrics.failed("refused")
            raise
        except Exception:
            self._metrics.failed("error")
            raise

    def close(self) -> None:
        """Take no more; those under way end at their next step."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _count(self, change: int) -> None:
        self.open += change
        self._metrics.in_flight.set(self.open)


async def while_listened(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What some work gives; it is ended where the client goes away meanwhile.

    Raises:
        HTTPException: 499, which nobody reads.
    """
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise HTTPException(499, "The client went away.")
        return task.result()
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _next(arriving: asyncio.Queue[T], within_s: float) -> T:
    try:
        async with asyncio.timeout(max(0.0, within_s)):
            return await arriving.get()
    except TimeoutError:
        raise HTTPException(504, "The answer took longer than it may; ask again, or ask less at once.") from None


def _run(
    begin: Callable[[], Generator[T, None, None]],
    put: Callable[[T | _Failed | _Ended], None],
    stop: threading.Event,
) -> None:
    try:
        with closing(begin()) as steps:
            for step in steps:
                put(step)
                if stop.is_set():
                    return
        put(_Ended())
    except BaseException as error:
        put(_Failed(error))
