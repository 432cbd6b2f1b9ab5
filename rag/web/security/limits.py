"""How often one visitor may ask, and how often one address may call at all. Counted in the memory of this server."""

from __future__ import annotations

import ipaddress
import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.web.problems import refusal
from rag.web.services import WebRules
from rag.web.visitor import visitor_of

_CALLS_FOR_AN_ASK = 30
_FREE = ("/v1/health", "/v1/ready")


class RateLimits:
    """Counts asks by account or address, and calls by address.

    Args:
        rules: how many asks a minute; calls are thirty times as many.
    """

    def __init__(self, rules: WebRules) -> None:
        self._asks = RateLimitItemPerMinute(rules.asks_per_minute)
        self._calls = RateLimitItemPerMinute(rules.asks_per_minute * _CALLS_FOR_AN_ASK)
        self._counted = SlidingWindowCounterRateLimiter(MemoryStorage())

    def spend_ask(self, who: str) -> float | None:
        """Count one ask; None where it may be made, else after how many seconds."""
        return self._spend(self._asks, "ask", who)

    def spend_call(self, who: str) -> float | None:
        """Count one call; as `spend_ask`."""
        return self._spend(self._calls, "call", who)

    def _spend(self, item: RateLimitItemPerMinute, kind: str, who: str) -> float | None:
        if self._counted.hit(item, kind, who):
            return None
        return max(1.0, self._counted.get_window_stats(item, kind, who).reset_time - time.time())


def address_of(connection: HTTPConnection) -> str:
    """The address a request comes from; of IPv6 its network of 64 bits, of which one may have all."""
    host = connection.client.host if connection.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def spend_ask(request: Request) -> None:
    """Count one ask of a request's visitor. Every route that has a question answered calls this first.

    Raises:
        HTTPException: 429, with the time to wait: too many were made within a minute.
    """
    account = visitor_of(request).account
    limits: RateLimits = request.app.state.limits
    wait_s = limits.spend_ask(account.account_id if account else address_of(request))
    if wait_s is not None:
        raise HTTPException(429, "Too many questions within a minute.", {"Retry-After": str(math.ceil(wait_s))})


class LimitedCalls:
    """Refuses calls of an address that makes too many.

    Args:
        app: what answers.
        limits: counts them.
    """

    def __init__(self, app: ASGIApp, *, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 429."""
        if scope["type"] == "http" and scope["path"] not in _FREE:
            wait_s = self._limits.spend_call(address_of(HTTPConnection(scope)))
            if wait_s is not None:
                retry = {"Retry-After": str(math.ceil(wait_s))}
                await refusal(scope, 429, "Too many calls within a minute.", retry)(scope, receive, send)
                return
        await self._app(scope, receive, send)
