"""Pages for administrators: the audit trail, to read, and the accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from rag.errors import AccountError
from rag.web.pages.doors import Caller, Opened, account_with, line_of, see
from rag.web.pages.templating import render
from rag.web.services import Services

router = APIRouter(prefix="/admin")


@router.get("/audit")
def show_audit(request: Request, services: Opened, visitor: Caller, subject: str = "") -> Response:
    """The newest entries, and whether the chain holds."""
    account_with(visitor, "admin", request)
    entries = services.audit.entries(subject=subject or None, limit=200)
    return render(request, "audit.html", entries=entries, broken_at=services.audit.broken_at(), subject=subject)


@router.get("/accounts")
def list_accounts(request: Request, services: Opened, visitor: Caller) -> Response:
    """Who can sign in."""
    account_with(visitor, "admin", request)
    return _accounts_page(request, services)


def _accounts_page(request: Request, services: Services, status: int = 200, problem: str = "") -> Response:
    return render(request, "accounts.html", status, accounts=services.accounts.all(), problem=problem)


@router.post("/accounts/{name}")
def change_account(
    name: str, request: Request, services: Opened, visitor: Caller, disabled: Annotated[bool, Form()]
) -> Response:
    """Disable or enable an account; one's own stays as it is."""
    account = account_with(visitor, "admin", request)
    if name == account.name:
        return _accounts_page(request, services, 409, "Your own account cannot be disabled here.")
    try:
        services.accounts.change(name, by=account.account_id, disabled=disabled)
    except AccountError as error:
        return _accounts_page(request, services, 409, line_of(error, services))
    return see("/admin/accounts")
