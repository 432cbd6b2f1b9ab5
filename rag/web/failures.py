"""Turns what routes raise into problems and pages. What a server keeps to itself is not told on a public address."""

from __future__ import annotations

import logging
import math
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from rag.errors import RagError
from rag.web.problems import INVALID, Problem, problem_of, refusal
from rag.web.services import Services

_LOG = logging.getLogger("rag.web.faults")
_MOST_FIELDS = 20


def add_failures(app: FastAPI) -> None:
    """Have an application answer errors so."""
    app.add_exception_handler(RagError, _rag_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)


def told(error: RagError, *, public: bool) -> tuple[Problem, str]:
    """What an error is to the outside, and its line: of the server's own troubles on a public address only the kind,
    for the line may name files and machines."""
    problem = problem_of(error)
    return problem, problem.title if problem.status >= 500 and public else str(error)


async def _rag_error(request: Request, error: Exception) -> Response:
    services = cast(Services, request.app.state.services)
    problem, detail = told(cast(RagError, error), public=services.rules.public)
    if problem.status >= 500:
        _LOG.error("%s: %s", request.state.request_id, type(error).__name__)
    wait_s = getattr(error, "retry_after_s", None)
    headers = {"Retry-After": str(math.ceil(wait_s))} if wait_s is not None else {}
    return refusal(request.scope, problem.status, detail, headers, problem=problem)


async def _refused(request: Request, error: Exception) -> Response:
    given = cast(HTTPException, error)
    headers = dict(given.headers or {})
    if given.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return refusal(request.scope, given.status_code, given.detail, headers)


def _methods(request: Request) -> set[str]:
    """All that a path can be called with: several routes may share it, each with a method of its own."""
    routes = [one for one in request.app.routes if one.matches(request.scope)[0] is Match.PARTIAL]
    return {method for route in routes for method in getattr(route, "methods", None) or ()}


async def _invalid(request: Request, error: Exception) -> Response:
    """The fields that do not fit and why; what stood in them is not repeated."""
    faults: list[dict[str, Any]] = list(cast(RequestValidationError, error).errors())[:_MOST_FIELDS]
    fields = [{"field": ".".join(map(str, one["loc"])), "message": str(one["msg"])} for one in faults]
    detail = "; ".join(f"{one['field']}: {one['message']}" for one in fields)
    return refusal(request.scope, INVALID.status, detail, problem=INVALID, fields=fields)
