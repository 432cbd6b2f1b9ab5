"""What every route of the interface needs: the services, who asks, and the problems it may answer with."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from rag.accounts.base import Account, Role
from rag.web.api.models import ProblemView
from rag.web.problems import PROBLEM_JSON
from rag.web.services import Services
from rag.web.visitor import Visitor, visitor_of

_WHEN = {
    400: "The request is malformed.",
    401: "Sign in, or send a token that holds.",
    403: "Not for this account; or the token against forged requests is missing.",
    404: "There is no such thing, or it is someone else's.",
    408: "The body did not come in time.",
    409: "It does not fit what is there.",
    413: "The body is too large.",
    422: "A field does not fit, or the question cannot be asked.",
    429: "Too many requests; Retry-After says how long to wait.",
    500: "Something failed on the server.",
    502: "The language model did not answer.",
    503: "The server cannot answer at the moment.",
    504: "The answer took too long.",
}
_ALWAYS = (400, 401, 403, 408, 413, 422, 429, 500, 503)


def problems(*more: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for its description."""
    content = {PROBLEM_JSON: {"schema": {"$ref": f"#/components/schemas/{ProblemView.__name__}"}}}
    return {status: {"description": _WHEN[status], "content": content} for status in sorted({*_ALWAYS, *more})}


def services_of(request: Request) -> Services:
    """What the application was made with."""
    return cast(Services, request.app.state.services)


def signed_in(visitor: Visitor, role: Role = "reader") -> Account:
    """The account of a visitor.

    Raises:
        HTTPException: 401, nobody is signed in; 403, the account has another role.
    """
    if visitor.account is None:
        raise HTTPException(401, "Sign in, or send a token.", {"WWW-Authenticate": "Bearer"})
    if not visitor.account.may(role):
        raise HTTPException(403, f"This is for the role {role}.")
    return visitor.account


Opened = Annotated[Services, Depends(services_of)]
Caller = Annotated[Visitor, Depends(visitor_of)]
