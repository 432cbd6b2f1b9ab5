"""The two cookies: that of a session, and that by which an unknown reader's own history is found again.

Both are for the server alone (HttpOnly) and are not sent along from other sites' forms (SameSite=Lax). Over HTTPS
their names begin with `__Host-`, which browsers take from this very host only. The second is signed: nobody can take
the id of someone else by writing it into a cookie.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from itsdangerous import BadSignature, Signer
from starlette.responses import Response

from rag.accounts.base import OpenedSession
from rag.web.services import WebRules

_YEAR_S = 365 * 24 * 3600
BROWSER_OWNER = "browser:"
"""What the owner id of an unknown reader begins with; no account id does."""


def session_cookie(rules: WebRules) -> str:
    """The name of the session's cookie."""
    return "__Host-sourcebound-session" if rules.secure_cookies else "sourcebound-session"


def browser_cookie(rules: WebRules) -> str:
    """The name of the unknown reader's cookie."""
    return "__Host-sourcebound-browser" if rules.secure_cookies else "sourcebound-browser"


def set_session(response: Response, rules: WebRules, opened: OpenedSession) -> None:
    """Have a response give the browser a session that has just been opened."""
    _set(response, rules, session_cookie(rules), opened.secret, expires=opened.expires_at)


def clear_session(response: Response, rules: WebRules) -> None:
    """Have a response take the session's cookie away."""
    response.delete_cookie(session_cookie(rules), path="/", secure=rules.secure_cookies, httponly=True, samesite="lax")


def set_browser(response: Response, rules: WebRules, browser_id: str) -> None:
    """Have a response give the browser the id of an unknown reader."""
    _set(response, rules, browser_cookie(rules), _signer(rules).sign(browser_id).decode(), max_age=_YEAR_S)


def new_browser_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(18)


def browser_id_in(rules: WebRules, value: str | None) -> str | None:
    """The id in a cookie that we have signed; None for any other."""
    try:
        return _signer(rules).unsign(value or "").decode()
    except (BadSignature, UnicodeError):
        return None


def _signer(rules: WebRules) -> Signer:
    return Signer(rules.secret, salt="sourcebound.browser", digest_method=sha256)


def _set(response: Response, rules: WebRules, name: str, value: str, **until: object) -> None:
    response.set_cookie(
        name,
        value,
        path="/",
        secure=rules.secure_cookies,
        httponly=True,
        samesite="lax",
        **until,  # type: ignore[arg-type]
    )
