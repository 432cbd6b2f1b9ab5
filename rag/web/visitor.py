"""Who a request comes from: a signed-in account, or an unknown reader known by a cookie alone."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from starlette.requests import Request

from rag.accounts.base import Account

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks.

    Args:
        owner: the account id, or an opaque id of the browser; what they ask is kept under it.
        account: who is signed in, or None.
        csrf: what a form must carry in the field `csrf_token`, and a script in the header `X-CSRF-Token`.
        by_token: signed in by a token of the interface: no cookie was used, so no forged form can have sent it.
    """

    owner: str
    account: Account | None
    csrf: str
    by_token: bool = False


def visitor_of(request: Request) -> Visitor:
    """Who a request comes from, as the middleware has found out."""
    return cast(Visitor, request.state.visitor)


def csrf_of(secret: str, binding: str) -> str:
    """The token that forms must carry, bound to the cookie of the session or browser."""
    return hmac.new(secret.encode(), f"csrf:{binding}".encode(), sha256).hexdigest()


def csrf_fits(visitor: Visitor, given: str | None) -> bool:
    """Whether a form or script was given its token by us."""
    return visitor.by_token or hmac.compare_digest(visitor.csrf.encode(), (given or "").encode())
