"""Signing in through a hospital's own accounts: OpenID Connect, by code with PKCE, state and nonce (Authlib).

The issuer's word is taken only where its address, our id, the time, the nonce and the signature all fit. What a state
was given out for can be redeemed once. Passwords never come here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any, cast

from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rag.accounts.base import Role
from rag.errors import SignInError
from rag.web.security.cookies import set_session
from rag.web.security.journal import places
from rag.web.services import OpenIdRules, Services, WebRules

_LOG = logging.getLogger("rag.web.sign_in")
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_S = 30
_REACH_S = 10.0
_BEGUN_S = 600
_MOST_BEGUN = 10_000
NEXT = "next"


class BegunSignIns:
    """What was begun and not yet finished, for ten minutes. Each entry is in the memory of this server alone."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, str]] = {}

    async def get(self, key: str) -> str | None:
        """What was kept, while it holds."""
        until, text = self._kept.get(key, (0.0, ""))
        return text if until > time.monotonic() else None

    async def set(self, key: str, text: str, _seconds: int) -> None:
        """Keep it; the oldest go where there are too many."""
        now = time.monotonic()
        held = [(one, entry) for one, entry in self._kept.items() if entry[0] > now]
        self._kept = dict(held[-_MOST_BEGUN + 1 :]) | {key: (now + _BEGUN_S, text)}

    async def delete(self, key: str) -> None:
        """It is redeemed."""
        self._kept.pop(key, None)


class OpenIdDoor:
    """The two routes of the sign-in: away to the issuer, and back from it.

    Args:
        services: opens sessions.
        openid: who vouches.
    """

    def __init__(self, services: Services, openid: OpenIdRules) -> None:
        self._services = services
        self._openid = openid
        self._oauth = OAuth(cache=BegunSignIns())
        self._oauth.register(
            "openid",
            server_metadata_url=f"{openid.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=openid.client_id,
            client_secret=openid.client_secret,
            client_kwargs={"scope": openid.scopes, "code_challenge_method": "S256", "timeout": _REACH_S},
        )

    async def leave(self, request: Request) -> Response:
        """Send the reader to the issuer."""
        request.session[NEXT] = local_path(request.query_params.get(NEXT))
        try:
            client = await self._client()
            response: Response = await client.authorize_redirect(request, _callback(request, self._services.rules))
        except Exception as error:  # whatever an issuer may send, and whatever its library makes of it
            raise self._refused(error) from None
        return response

    async def come_back(self, request: Request) -> Response:
        """Open a session for one whom the issuer vouches for."""
        try:
            claims = await self._claims(request)
        except Exception as error:
            raise self._refused(error) from None
        subject = str(claims["sub"])
        name = str(claims.get("preferred_username") or claims.get("email") or subject)
        _, opened = await run_in_threadpool(
            self._services.accounts.sign_in_as,
            self._openid.issuer,
            subject,
            name=name,
            shown_name=str(claims.get("name") or name),
            role=role_of(claims, self._openid),
        )
        response = RedirectResponse(local_path(request.session.pop(NEXT, None)), status_code=303)
        set_session(response, self._services.rules, opened)
        return response

    async def _client(self) -> StarletteOAuth2App:
        """The client, with what the issuer says of itself, held to what the settings say of it."""
        client = cast(StarletteOAuth2App, self._oauth.create_client("openid"))
        metadata = await client.load_server_metadata()
        if metadata.get("issuer") != self._openid.issuer:
            raise ValueError("the issuer calls itself otherwise")
        stated = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        client.server_metadata["id_token_signing_alg_values_supported"] = [one for one in stated if one in _SIGNATURES]
        return client

    async def _claims(self, request: Request) -> Mapping[str, Any]:
        client = await self._client()
        options = {
            "iss": {"essential": True, "value": self._openid.issuer},
            "aud": {"essential": True, "value": self._openid.client_id},
        }
        token = await client.authorize_access_token(request, claims_options=options, leeway=_LEEWAY_S)
        claims = dict(token["userinfo"])
        if self._openid.groups_claim not in claims and client.server_metadata.get("userinfo_endpoint"):
            more = await client.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise ValueError("the issuer speaks of someone else")
            claims = dict(more) | claims
        return claims

    def _refused(self, error: Exception) -> SignInError:
        _LOG.warning("sign-in through %s refused: %s", self._openid.issuer, places(error))
        return SignInError(
            f"signing in through {self._openid.shown_name} did not succeed: begin again, and if that does not help, "
            "ask who keeps the accounts"
        )


def add_openid(app: FastAPI, services: Services, openid: OpenIdRules) -> None:
    """Give an application the routes /sign-in/oidc and /sign-in/oidc/callback."""
    door, rules = OpenIdDoor(services, openid), services.rules
    name = "__Host-sourcebound-openid" if rules.secure_cookies else "sourcebound-openid"
    begun = Middleware(
        SessionMiddleware,
        secret_key=rules.secret,
        session_cookie=name,
        max_age=_BEGUN_S,
        same_site="lax",
        https_only=rules.secure_cookies,
    )
    app.router.routes += [
        Route("/sign-in/oidc", door.leave, methods=["GET"], middleware=[begun]),
        Route("/sign-in/oidc/callback", door.come_back, methods=["GET"], middleware=[begun], name="openid_callback"),
    ]


def role_of(claims: Mapping[str, Any], openid: OpenIdRules) -> Role:
    """The role that someone's groups give: the highest of them. The claim may lie within others: `realm.roles`."""
    found: Any = claims.get(openid.groups_claim)
    if found is None:
        found = claims
        for part in openid.groups_claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    groups = [found] if isinstance(found, str) else list(found) if isinstance(found, list | tuple) else []
    if openid.admin_group is not None and openid.admin_group in groups:
        return "admin"
    if openid.reviewer_group is not None and openid.reviewer_group in groups:
        return "reviewer"
    return "reader"


def local_path(text: str | None) -> str:
    """A path of this server to go on to; "/" for what could lead elsewhere."""
    whole = text or "/"
    safe = whole.startswith("/") and not whole.startswith(("//", "/\\")) and whole.isprintable() and "\\" not in whole
    return whole if safe else "/"


def _callback(request: Request, rules: WebRules) -> str:
    url = request.url_for("openid_callback")
    return str(url.replace(scheme="https") if rules.secure_cookies else url)
