"""A pipeline for programs that run on: it answers from the newest published index, without a restart.

A question is answered by one pipeline from beginning to end. Where the newest index cannot be used, the one before
goes on answering, and the reason is told once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Hashable

from rag.answer import Answer
from rag.errors import RagError
from rag.pipeline import AnswerPipeline, Step
from rag.stages import Search
from rag.types import EVERYTHING, Audience, Earlier, SourceFilter


class LivePipeline:
    """Answers from what `open_pipeline` gave last; opens anew when `version` gives another value.

    Args:
        open_pipeline: opens a pipeline over the published index; its errors on the first opening are the caller's.
        version: tells cheaply which index is published; it must not raise.
        notice: told why a newer index is not used.
    """

    def __init__(
        self,
        open_pipeline: Callable[[], AnswerPipeline],
        version: Callable[[], Hashable],
        notice: Callable[[str], None],
    ) -> None:
        self._open_pipeline = open_pipeline
        self._version = version
        self._notice = notice
        self._opening = threading.Lock()
        self._seen = version()
        self._current = open_pipeline()

    @property
    def search(self) -> Search:
        """The search over the newest index."""
        return self.current().search

    def admit(self, text: str) -> str:
        """As `AnswerPipeline.admit`."""
        return self.current().admit(text)

    def ask(
        self,
        text: str,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
        earlier: Earlier | None = None,
    ) -> Answer:
        """As `AnswerPipeline.ask`."""
        return self.current().ask(text, audience, within, earlier)

    def stream(
        self,
        text: str,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
        earlier: Earlier | None = None,
    ) -> Generator[Step, None, None]:
        """As `AnswerPipeline.stream`."""
        return self.current().stream(text, audience, within, earlier)

    def current(self) -> AnswerPipeline:
        """The pipeline over the newest index that could be opened.

        One thread opens a new one; the others go on with the one there is meanwhile.
        """
        if self._version() != self._seen and self._opening.acquire(blocking=False):
            try:
                self._renew()
            finally:
                self._opening.release()
        return self._current

    def _renew(self) -> None:
        published = self._version()
        if published == self._seen:
            return
        try:
            self._current = self._open_pipeline()
        except RagError as error:
            self._notice(f"The new index is not used: {error}")
        self._seen = published
