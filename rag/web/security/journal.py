"""Gives each request an id, writes one line about it, and catches what nobody expected.

A line has the method, the pattern of the route, the status and the time: no address asked for, no question, no name,
no cookie. Of a fault it has the kind and the places in the code, not the message, which may quote a question.
"""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.problems import refusal

ACCESS = logging.getLogger("rag.web.access")
FAULTS = logging.getLogger("rag.web.faults")
_PARTS = ("/static", "/sign-in/oidc")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

Observer = Callable[[str, str, int, float], None]
"""Told of each request: method, pattern of the route, status, seconds."""


class Journal:
    """Writes one line on each request.

    Args:
        app: what answers.
        observe: told the same.
    """

    def __init__(self, app: ASGIApp, *, observe: Observer) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under an id, which its response bears as X-Request-Id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        status, began = 499, time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            took_s = time.perf_counter() - began
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = route_pattern(scope)
            self._observe(method, route, status, took_s)
            ACCESS.info("%s %s %d %.0f ms %s", method, route, status, took_s * 1000, request_id)


def route_pattern(scope: Scope) -> str:
    """The route that answered, as it is declared; never what stood in its place."""
    pattern = getattr(scope.get("route"), "path", None)
    if pattern is not None:
        return str(pattern)
    if "endpoint" not in scope:
        return "unmatched"
    return next((part for part in _PARTS if scope["path"].startswith(part)), "other")


class CaughtFaults:
    """Answers 500 where something fails that nobody expected.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception as error:
            FAULTS.error("%s: %s", scope["state"]["request_id"], places(error))
            if begun:
                raise ConnectionAbortedError("a fault after the response had begun") from None
            await _told(scope)(scope, receive, send)


def _told(scope: Scope) -> ASGIApp:
    detail = "Something failed on the server. It is noted there under the number of this request."
    try:
        return refusal(scope, 500, detail)
    except Exception as error:  # the page that says so may be what fails
        FAULTS.error("%s: %s", scope["state"]["request_id"], places(error))
        return refusal({**scope, "path": "/v1"}, 500, detail)


def places(error: BaseException) -> str:
    """The kind of a fault, and where in the code it came from, innermost last; not its message."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return f"{type(error).__name__} at " + " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
