"""What pages need of a request: the services, who asks, and who they must be."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from rag.accounts.base import Account, Role
from rag.errors import RagError
from rag.web.api.doors import services_of
from rag.web.failures import told
from rag.web.services import Services
from rag.web.visitor import Visitor, visitor_of

Opened = Annotated[Services, Depends(services_of)]
Caller = Annotated[Visitor, Depends(visitor_of)]


def account_with(visitor: Visitor, role: Role, request: Request) -> Account:
    """The account of a visitor who has a role.

    Raises:
        HTTPException: 303 to the page for signing in, nobody is signed in; 403, the account has a lower role.
    """
    if visitor.account is None:
        wanted = request.url.path if request.method == "GET" else "/"
        raise HTTPException(303, "Sign in first.", {"Location": f"/sign-in?next={quote(wanted, safe='/')}"})
    if not visitor.account.may(role):
        raise HTTPException(403, f"This page is for the role {role}.")
    return visitor.account


def see(path: str) -> RedirectResponse:
    """Go on to a page after a form was taken."""
    return RedirectResponse(path, status_code=303)


def line_of(error: RagError, services: Services) -> str:
    """What a page says of an error."""
    return told(error, public=services.rules.public)[1]
