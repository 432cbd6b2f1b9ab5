"""Reads the JSON of a draft while it is written, and gives each object of its lists as soon as it is whole.

What stands before the JSON (Markdown, prose, a model's thoughts) and after it is passed over. What is inside is read
by jiter, which bounds the depth; only where an object begins and ends is found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jiter

from rag.errors import UnreadableReplyError

_OPENING = re.compile(r"\{\s*[\"}]")
_CONTROL = re.compile(r"[\x00-\x1f]")
_THOUGHT_END = "</think>"
_MEND = "ask again, or use a model or server that supports structured output"


class DraftReader:
    """Reads one reply. `feed` it piece by piece, then `finish`."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._begin: int | None = None
        self._end: int | None = None
        self._open: list[str] = []
        self._string_at: int | None = None
        self._escaped = False
        self._name = ""
        self._item_at = 0
        self.malformed = 0

    def feed(self, piece: str) -> Iterator[tuple[str, Any]]:
        """The objects that this piece finishes, each with the name of the list that it stands in."""
        # A control character may not stand in a JSON string as it is; servers let models write them all the same.
        self._text += _CONTROL.sub(" ", piece)
        if self._begin is None and not self._find_opening():
            return
        while self._at < len(self._text) and self._end is None:
            place, self._at = self._at, self._at + 1
            finished = self._step(self._text[place], place)
            if finished is not None:
                yield finished

    def finish(self) -> dict[str, Any]:
        """The whole object, now that the reply has ended.

        Raises:
            UnreadableReplyError: there is none, or it is not whole.
        """
        if self._begin is None or self._end is None:
            raise self._unreadable()
        try:
            whole = jiter.from_json(self._text[self._begin : self._end].encode("utf-8", "surrogatepass"))
        except ValueError as error:
            raise _not_json(str(error), self._text[self._begin :]) from error
        return dict(whole)

    def _find_opening(self) -> bool:
        """Find where the object begins; thoughts that a model writes first are not it."""
        start = 0
        if "<think>" in self._text:
            start = self._text.find(_THOUGHT_END) + len(_THOUGHT_END)
            if start < len(_THOUGHT_END):
                return False
        found = _OPENING.search(self._text, start)
        if found:
            self._begin = self._at = found.start()
        return found is not None

    def _step(self, letter: str, place: int) -> tuple[str, Any] | None:
        """Take one character; the object that it ends, if any."""
        if self._string_at is not None:
            if self._escaped:
                self._escaped = False
            elif letter == "\\":
                self._escaped = True
            elif letter == '"':
                if len(self._open) == 1:
                    self._name = self._text[self._string_at + 1 : place]
                self._string_at = None
        elif letter == '"':
            self._string_at = place
        elif letter in "{[":
            self._open.append(letter)
            if len(self._open) == 3:
                self._item_at = place
        elif letter in "}]" and self._open:
            opened = self._open.pop()
            if not self._open:
                self._end = place + 1
            elif len(self._open) == 2 and opened == "{" and self._open[1] == "[":
                return self._item(place)
        return None

    def _item(self, place: int) -> tuple[str, Any] | None:
        try:
            return self._name, jiter.from_json(self._text[self._item_at : place + 1].encode("utf-8", "surrogatepass"))
        except ValueError:
            self.malformed += 1
            return None

    def _unreadable(self) -> UnreadableReplyError:
        body = self._text.strip()
        if self._begin is not None:
            return _not_json("it ends before its JSON does", body)
        try:
            jiter.from_json(body.encode("utf-8", "surrogatepass"))
        except ValueError as error:
            return _not_json(str(error), body)
        return UnreadableReplyError("the model's answer is not of the form asked for", value=body[:80], mend=_MEND)


def _not_json(why: str, body: str) -> UnreadableReplyError:
    return UnreadableReplyError("the model's answer is not valid JSON", value=f"{why}: {body[:80]!r}", mend=_MEND)
