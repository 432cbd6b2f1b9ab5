"""A limit on how long one reply of a server may take as a whole. A socket's own time-out only limits each silence: a
server that sends a byte now and then would hold a question for ever."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx


class _Timed(httpx.SyncByteStream):
    """The bytes of a reply, as long as waiting for them takes no longer than allowed. The reader's own time between
    two pieces does not count."""

    def __init__(self, inner: httpx.SyncByteStream, request: httpx.Request, limit_s: float) -> None:
        self._inner = inner
        self._request = request
        self._limit_s = limit_s

    def __iter__(self) -> Iterator[bytes]:
        waited_s = 0.0
        pieces = iter(self._inner)
        while True:
            began = time.monotonic()
            piece = next(pieces, None)
            waited_s += time.monotonic() - began
            if piece is None:
                return
            yield piece
            if waited_s > self._limit_s:
                raise httpx.ReadTimeout("the reply took too long as a whole", request=self._request)

    def close(self) -> None:
        self._inner.close()


def limit_whole_reply(limit_s: float) -> Callable[[httpx.Response], None]:
    """A hook for httpx's `response` event: reading the body raises `httpx.ReadTimeout` after that many seconds of
    waiting, however often the server sends a byte."""

    def hook(response: httpx.Response) -> None:
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Timed(response.stream, response.request, limit_s)

    return hook
