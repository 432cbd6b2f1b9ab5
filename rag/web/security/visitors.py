"""Finds out who a request comes from, and turns those away who must sign in first.

A bearer token counts for the interface alone, never for pages. A cookie that we did not sign is as none.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.accounts.base import Account, Accounts
from rag.web.problems import is_api, refusal
from rag.web.security.cookies import (
    BROWSER_OWNER,
    browser_cookie,
    browser_id_in,
    clear_session,
    new_browser_id,
    session_cookie,
    set_browser,
)
from rag.web.security.headers import STATIC
from rag.web.services import WebRules
from rag.web.visitor import Visitor, csrf_of

VISITOR = "visitor"
_OPEN_PATHS = ("/sign-in", "/sign-in/oidc", "/sign-in/oidc/callback", "/v1/health", "/v1/ready", "/favicon.ico")
_IMPERSONAL_PATHS = ("/v1/health", "/v1/ready", "/metrics", "/favicon.ico")


@dataclass(frozen=True, slots=True)
class _Found:
    """A visitor, with what the answer must do to the cookies; `browser_id` is of one who is new."""

    visitor: Visitor
    browser_id: str | None = None
    stale_session: bool = False


class KnownVisitors:
    """Puts the visitor into the state of each request.

    Args:
        app: what answers.
        accounts: knows sessions and tokens.
        rules: whether one must sign in; how cookies are named and signed.
    """

    def __init__(self, app: ASGIApp, *, accounts: Accounts, rules: WebRules) -> None:
        self._app = app
        self._accounts = accounts
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its visitor, or answer 401, or send a reader to the page for signing in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bearer = _bearer(scope)
        found = await self._found(scope, bearer)
        if bearer is not None and found.visitor.account is None:
            await _token_refused(scope)(scope, receive, send)
            return
        scope.setdefault("state", {})[VISITOR] = found.visitor
        if self._must_sign_in(scope, found.visitor):
            await _sign_in_first(scope)(scope, receive, self._with_cookies(scope, found, send))
            return
        await self._app(scope, receive, self._with_cookies(scope, found, send))

    async def _found(self, scope: Scope, bearer: str | None) -> _Found:
        if bearer is not None:
            account = await run_in_threadpool(self._accounts.of_token, bearer)
            return _Found(Visitor(account.account_id if account else "", account, "", by_token=account is not None))
        cookies = HTTPConnection(scope).cookies
        session = cookies.get(session_cookie(self._rules))
        account = await self._of_session(session)
        if session is not None and account is not None:
            return _Found(Visitor(account.account_id, account, csrf_of(self._rules.secret, session)))
        known = browser_id_in(self._rules, cookies.get(browser_cookie(self._rules)))
        browser_id = known or new_browser_id()
        csrf = csrf_of(self._rules.secret, browser_id)
        visitor = Visitor(f"{BROWSER_OWNER}{browser_id}", None, csrf)
        return _Found(visitor, None if known else browser_id, session is not None)

    async def _of_session(self, secret: str | None) -> Account | None:
        return None if secret is None else await run_in_threadpool(self._accounts.of_session, secret)

    def _must_sign_in(self, scope: Scope, visitor: Visitor) -> bool:
        path = scope["path"]
        is_open = path in _OPEN_PATHS or path.startswith(STATIC)
        return self._rules.sign_in == "required" and visitor.account is None and not is_open

    def _with_cookies(self, scope: Scope, found: _Found, send: Send) -> Send:
        """Sends a response together with the cookies that the visitor must have."""
        path, rules = scope["path"], self._rules
        if path in _IMPERSONAL_PATHS or path.startswith(STATIC):
            return send
        jar = Response()
        if found.browser_id is not None:
            set_browser(jar, rules, found.browser_id)
        if found.stale_session:
            clear_session(jar, rules)
        written = jar.headers.getlist("set-cookie")

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                already = {value.partition("=")[0] for value in headers.getlist("set-cookie")}
                for value in written:
                    if value.partition("=")[0] not in already:
                        headers.append("set-cookie", value)
            await send(message)

        return send_with_cookies


def _bearer(scope: Scope) -> str | None:
    """The token that a request to the interface bears."""
    kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and is_api(scope) else None


def _token_refused(scope: Scope) -> Response:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return refusal(scope, 401, "The token does not hold: it is unknown, ended, or its account is disabled.", headers)


def _sign_in_first(scope: Scope) -> Response:
    if is_api(scope):
        return refusal(scope, 401, "Sign in, or send a token.", {"WWW-Authenticate": "Bearer"})
    if scope["method"] not in ("GET", "HEAD"):
        return refusal(scope, 401, "Sign in first.")
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse(f"/sign-in?next={quote(wanted, safe='/')}", status_code=303)
