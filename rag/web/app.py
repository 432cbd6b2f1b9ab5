"""The application: the interface for programs under /v1, the pages for readers, and what guards both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from rag.web.api import answers, reference, reviews, service, sources
from rag.web.asking import Asks
from rag.web.failures import add_failures
from rag.web.metrics import Metrics
from rag.web.pages import add_pages
from rag.web.security.bodies import BoundedBodies
from rag.web.security.forgery import NoForgery
from rag.web.security.headers import SafeHeaders
from rag.web.security.journal import CaughtFaults, Journal
from rag.web.security.limits import LimitedCalls, RateLimits
from rag.web.security.visitors import KnownVisitors
from rag.web.services import Services


def create_app(services: Services) -> FastAPI:
    """The application over services that are open.

    Its state has what routes call: `services`, `limits` (`spend_ask` counts an ask), `asks` (has questions answered)
    and `metrics`; and `error_page`, which makes the pages of errors.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.asks = opened_asks()
        yield
        app.state.asks.close()

    def opened_asks() -> Asks:
        return Asks(rules.asks_at_once, rules.answer_timeout_s, metrics)

    rules, metrics = services.rules, Metrics()
    app = FastAPI(title="Sourcebound", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.services = services
    app.state.metrics = metrics
    app.state.limits = RateLimits(rules)
    app.state.asks = opened_asks()
    add_failures(app)
    for part in (answers, sources, reviews, service, reference):
        app.include_router(part.router)
    reference.describe(app)
    if rules.openid is not None:
        from rag.web.security.openid import add_openid

        add_openid(app, services, rules.openid)
    add_pages(app, services)
    _guard(app)
    return app


def _guard(app: FastAPI) -> None:
    """Put the guards around it: the last one added is the outermost."""
    services: Services = app.state.services
    rules = services.rules
    app.add_middleware(NoForgery, rules=rules)
    app.add_middleware(KnownVisitors, accounts=services.accounts, rules=rules)
    app.add_middleware(LimitedCalls, limits=app.state.limits)
    app.add_middleware(BoundedBodies, max_bytes=rules.body_max_bytes, timeout_s=rules.body_timeout_s)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(rules.allowed_hosts), www_redirect=False)
    app.add_middleware(CaughtFaults)
    app.add_middleware(SafeHeaders, secure=rules.secure_cookies)
    app.add_middleware(Journal, observe=app.state.metrics.request)
