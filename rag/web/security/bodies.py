"""No body may be larger, or come more slowly, than a question needs: each is read whole before anything looks at it."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.problems import refusal

BODY = "body"
"""Under what the state of a request has its body."""


class _TooLargeError(Exception):
    """More came than may."""


class _GoneError(Exception):
    """The client went away in the middle."""


class BoundedBodies:
    """Reads the body of each request, within bounds, and plays it again for what comes after.

    Args:
        app: what answers.
        max_bytes: of one body; also of one that does not say its length beforehand.
        timeout_s: in which it must have come.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a body that has come whole, or answer 400, 408 or 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        closing = {"Connection": "close"}
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await self._read(Headers(scope=scope), receive)
        except _GoneError:
            return
        except _TooLargeError:
            detail = f"The body of a request may have {self._max_bytes} bytes at most."
            await refusal(scope, 413, detail, headers=closing)(scope, receive, send)
        except TimeoutError:
            detail = f"The body of the request did not come within {self._timeout_s:g} seconds."
            await refusal(scope, 408, detail, headers=closing)(scope, receive, send)
        else:
            scope.setdefault("state", {})[BODY] = body
            await self._app(scope, replayed(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes:
        stated = headers.get("content-length", "0")
        if stated.isdecimal() and int(stated[:20]) > self._max_bytes:
            raise _TooLargeError
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _GoneError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_bytes:
                raise _TooLargeError
            more = message.get("more_body", False)
        return b"".join(parts)


def replayed(body: bytes, then: Receive) -> Receive:
    """What gives a body that has been read already, and after it whatever comes."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return await then()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
