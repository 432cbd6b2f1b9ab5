"""No other site may act through a reader's browser: requests that change something must come from our own pages.

Three bars, each enough by itself: cookies that are not sent along (SameSite), the browser's own word on where a
request comes from (Sec-Fetch-Site, Origin), and a token that only our pages know.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.web.problems import is_api, refusal
from rag.web.security.bodies import BODY, replayed
from rag.web.security.cookies import browser_cookie, session_cookie
from rag.web.security.visitors import VISITOR
from rag.web.services import WebRules
from rag.web.visitor import CSRF_FIELD, CSRF_HEADER, Visitor, csrf_fits

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NoForgery:
    """Refuses requests that another site may have had a browser send.

    Args:
        app: what answers.
        rules: which cookies are ours, and whether we are reached by HTTPS.
    """

    def __init__(self, app: ASGIApp, *, rules: WebRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403."""
        if scope["type"] != "http" or scope["method"] in _SAFE_METHODS:
            await self._app(scope, receive, send)
        elif not self._from_here(Headers(scope=scope)):
            await refusal(scope, 403, "This request comes from another site.")(scope, receive, send)
        elif not await self._has_token(scope, receive):
            detail = f"The token against forged requests is missing or wrong: field {CSRF_FIELD}, header X-CSRF-Token."
            await refusal(scope, 403, detail)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _from_here(self, headers: Headers) -> bool:
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = headers.get("origin")
        if origin is None:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        schemes = ("https",) if self._rules.secure_cookies else ("http", "https")
        return parts.scheme in schemes and parts.netloc.lower() == headers.get("host", "").lower()

    async def _has_token(self, scope: Scope, receive: Receive) -> bool:
        visitor: Visitor = scope["state"][VISITOR]
        if visitor.by_token or (is_api(scope) and not self._has_cookie(scope)):
            return True  # nothing that a browser adds of itself says who sends this
        headers = Headers(scope=scope)
        given = headers.get(CSRF_HEADER)
        if given is None and headers.get("content-type", "").lower().startswith(_FORMS):
            given = await _form_field(scope, receive)
        return csrf_fits(visitor, given)

    def _has_cookie(self, scope: Scope) -> bool:
        cookies = HTTPConnection(scope).cookies
        return session_cookie(self._rules) in cookies or browser_cookie(self._rules) in cookies


async def _form_field(scope: Scope, receive: Receive) -> str | None:
    """The token's field in a form, of which the body is left to be read again."""
    request = Request(scope, replayed(scope["state"][BODY], receive))
    try:
        async with request.form(max_files=0) as form:
            given = form.get(CSRF_FIELD)
    except (HTTPException, MultiPartException):
        return None
    return given if isinstance(given, str) else None
