"""What is done to each request and reply on its way: nothing about this machine is sent, and no reply takes for ever.

A socket's own time-out only limits each silence: a server that sends a byte now and then would hold a question.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx

_ABOUT_US = tuple(
    f"x-stainless-{part}" for part in ("lang", "package-version", "os", "arch", "runtime", "runtime-version")
)
_ABOUT_AN_ACCOUNT = ("openai-organization", "openai-project")


def keep_quiet(*, own_server: bool) -> Callable[[httpx.Request], None]:
    """A hook for httpx's `request` event: the client's headers about this machine are not sent, nor, to a server of
    one's own, what the environment says of an account with OpenAI."""

    def hook(request: httpx.Request) -> None:
        for name in list(request.headers):
            if name.lower() in _ABOUT_US or (own_server and name.lower() in _ABOUT_AN_ACCOUNT):
                del request.headers[name]

    return hook


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
