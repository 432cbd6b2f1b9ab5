"""Routes about the server itself: whether it lives, whether it can answer, who asks, and what is counted."""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from rag.errors import RagError
from rag.web.api.doors import Caller, Opened, problems, signed_in
from rag.web.api.models import Health, VisitorView
from rag.web.metrics import CONTENT_TYPE, Metrics

router = APIRouter(tags=["service"])


@router.get("/v1/health", responses=problems())
def read_health() -> Health:
    """The server runs. Needs no sign-in."""
    return Health()


@router.get("/v1/ready", responses=problems())
def read_ready(request: Request, services: Opened) -> Health:
    """The index opens and the ledger answers; otherwise 503. Needs no sign-in."""
    try:
        services.ready()
    except RagError as error:
        shown = "The index or the ledger cannot be used." if services.rules.public else str(error)
        raise HTTPException(503, shown, {"Retry-After": "10"}) from error
    return Health()


@router.get("/v1/visitor", responses=problems())
def read_visitor(visitor: Caller) -> VisitorView:
    """Who this request comes from, and the token that requests with a cookie must bear."""
    account = visitor.account
    return VisitorView(
        signed_in=account is not None,
        name=account.name if account else None,
        role=account.role if account else None,
        csrf_token=None if visitor.by_token else visitor.csrf,
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses=problems() | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def read_metrics(request: Request, services: Opened, visitor: Caller) -> Response:
    """What Prometheus reads. On a public address for administrators alone, by a token."""
    if services.rules.public or not _on_this_machine(request):
        signed_in(visitor, "admin")
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type=CONTENT_TYPE)


def _on_this_machine(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
