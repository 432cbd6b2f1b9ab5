"""Signing in and out, and one's own tokens for the interface."""

from __future__ import annotations

import math
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from rag.accounts.base import Account, IssuedToken
from rag.errors import AccountError, SignInError
from rag.web.pages.doors import Caller, Opened, account_with, line_of, see
from rag.web.pages.templating import render
from rag.web.security.cookies import clear_session, session_cookie, set_session
from rag.web.security.limits import address_of
from rag.web.services import Services

router = APIRouter()
_NOT_SIGNED_IN = "Name or password is not right, or the account cannot be used."


@router.get("/sign-in")
def show_sign_in(request: Request, services: Opened, visitor: Caller, next: str = "/") -> Response:  # noqa: A002
    """The form to sign in with."""
    if visitor.account is not None:
        return see(_own_page(next))
    return _sign_in_page(request, services, _own_page(next))


def _sign_in_page(
    request: Request,
    services: Services,
    onward: str,
    *,
    status: int = 200,
    problem: str = "",
    name: str = "",
    wait_s: float | None = None,
) -> Response:
    headers = {} if wait_s is None else {"Retry-After": str(math.ceil(wait_s))}
    minutes = None if wait_s is None else max(1, math.ceil(wait_s / 60))
    return render(
        request,
        "sign_in.html",
        status,
        headers,
        openid=services.rules.openid,
        onward=onward,
        problem=problem,
        name=name,
        minutes=minutes,
        required=services.rules.sign_in == "required",
    )


@router.post("/sign-in")
def sign_in(
    request: Request,
    services: Opened,
    name: Annotated[str, Form(max_length=300)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    onward: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Open a session. Every failure reads the same, but for the time to wait where guessing has locked the door."""
    try:
        _, opened = services.accounts.sign_in(name, password, address=address_of(request))
    except SignInError as error:
        status = 401 if error.retry_after_s is None else 429
        return _sign_in_page(
            request,
            services,
            _own_page(onward),
            status=status,
            problem=_NOT_SIGNED_IN,
            name=name,
            wait_s=error.retry_after_s,
        )
    response = see(_own_page(onward))
    set_session(response, services.rules, opened)
    return response


@router.post("/sign-out")
def sign_out(request: Request, services: Opened) -> Response:
    """End the session."""
    secret = request.cookies.get(session_cookie(services.rules))
    if secret is not None:
        services.accounts.sign_out(secret)
    response = see("/")
    clear_session(response, services.rules)
    return response


def _own_page(path: str) -> str:
    """A path of this application; anything that could lead elsewhere becomes the first page."""
    parts = urlsplit(path)
    odd = parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//") or "\\" in path
    return "/" if odd or any(ord(letter) < 32 for letter in path) else path


@router.get("/account")
def show_account(request: Request, services: Opened, visitor: Caller) -> Response:
    """One's account and its tokens."""
    return _account_page(request, services, account_with(visitor, "reader", request))


def _account_page(
    request: Request,
    services: Services,
    account: Account,
    *,
    status: int = 200,
    issued: IssuedToken | None = None,
    problem: str = "",
) -> Response:
    return render(
        request,
        "account.html",
        status,
        tokens=services.accounts.tokens(account.account_id),
        issued=issued,
        problem=problem,
    )


@router.post("/account/tokens")
def issue_token(
    request: Request,
    services: Opened,
    visitor: Caller,
    label: Annotated[str, Form(max_length=100)] = "",
    days: Annotated[int, Form(ge=1, le=365)] = 90,
) -> Response:
    """Issue a token and show it this once."""
    account = account_with(visitor, "reader", request)
    if not label.strip():
        return _account_page(request, services, account, status=422, problem="Give the token a name.")
    try:
        issued = services.accounts.issue_token(account.account_id, label.strip(), days=days)
    except AccountError as error:
        return _account_page(request, services, account, status=422, problem=line_of(error, services))
    return _account_page(request, services, account, issued=issued)


@router.post("/account/tokens/{token_id}/revoke")
def revoke_token(token_id: str, request: Request, services: Opened, visitor: Caller) -> Response:
    """End a token."""
    services.accounts.revoke_token(account_with(visitor, "reader", request).account_id, token_id)
    return see("/account")
