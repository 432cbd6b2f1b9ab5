"""Signing in through an OpenID Connect issuer that runs on loopback: true words open a session, false ones nothing."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from rag.web.security.openid import role_of
from rag.web.services import OpenIdRules

sys.path.insert(0, str(Path(__file__).parent))
from local_issuer import CLIENT_ID, CLIENT_SECRET, Lies, LocalIssuer

Making = Callable[..., Any]


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    running = LocalIssuer()
    yield running
    running.close()


def rules_of(issuer: LocalIssuer, **more: Any) -> OpenIdRules:
    groups = {"reviewer_group": "board", "admin_group": "keepers"}
    return OpenIdRules(issuer.url, CLIENT_ID, CLIENT_SECRET, **(groups | more))


@pytest.fixture
def desk(desk_with: Making, issuer: LocalIssuer) -> Any:
    return desk_with(openid=rules_of(issuer), sign_in="required")


def leave(client: Any, wanted: str = "/history") -> str:
    """To the issuer, and back to where it sends the browser."""
    away = client.get("/sign-in/oidc", params={"next": wanted}, follow_redirects=False)
    assert away.status_code == 302, away.text
    back = httpx.get(away.headers["location"], follow_redirects=False)
    return str(back.headers["location"])


def sign_in(client: Any) -> Any:
    return client.get(leave(client), follow_redirects=False)


def test_whom_the_issuer_vouches_for_is_signed_in_and_led_on(desk: Any, issuer: LocalIssuer) -> None:
    with desk.client() as client:
        assert client.get("/v1/visitor").status_code == 401
        back = sign_in(client)
        assert (back.status_code, back.headers["location"]) == (303, "/history")
        assert client.get("/v1/visitor").json() | {"csrf_token": ""} == {
            "signed_in": True,
            "name": "mara",
            "role": "reader",
            "csrf_token": "",
        }
    assert desk.accounts.vouched == [(issuer.url, "s-1", "mara", "reader")]
    assert issuer.tokens[0]["code_verifier"]


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["ward", "board"], "reviewer"), (["keepers", "board"], "admin"), ("board", "reviewer"), (["Board"], "reader")],
)
def test_groups_give_roles(desk: Any, issuer: LocalIssuer, groups: Any, role: str) -> None:
    issuer.person["groups"] = groups
    with desk.client() as client:
        sign_in(client)
        assert client.get("/v1/visitor").json()["role"] == role


def test_groups_may_be_told_at_the_second_door_of_the_same_person_alone(desk: Any, issuer: LocalIssuer) -> None:
    issuer.userinfo = {"groups": ["board"]}
    with desk.client() as client:
        sign_in(client)
        assert client.get("/v1/visitor").json()["role"] == "reviewer"
    issuer.lies = Lies(userinfo_sub="someone-else")
    with desk.client() as client:
        assert sign_in(client).status_code == 401


def test_groups_may_lie_within_another_claim_and_give_nothing_where_no_group_is_named() -> None:
    within = OpenIdRules("i", "c", "s", groups_claim="realm_access.roles", reviewer_group="board")
    assert role_of({"realm_access": {"roles": ["board"]}}, within) == "reviewer"
    assert role_of({"realm_access": "board"}, within) == "reader"
    assert role_of({"groups": [None, "board"]}, OpenIdRules("i", "c", "s")) == "reader"


FALSE = {
    "wrong nonce": Lies(claims={"nonce": "another"}),
    "no nonce": Lies(drop=("nonce",)),
    "wrong issuer": Lies(claims={"iss": "http://evil.example"}),
    "wrong audience": Lies(claims={"aud": "another-program"}),
    "among audiences, for another": Lies(claims={"aud": [CLIENT_ID, "other"], "azp": "other"}),
    "expired": Lies(claims={"exp": int(time.time()) - 3600}),
    "no end": Lies(drop=("exp",)),
    "not yet": Lies(claims={"nbf": int(time.time()) + 3600}),
    "no subject": Lies(drop=("sub",)),
    "another key": Lies(key=RSAKey.generate_key(2048)),
    "signed with what is shared": Lies(key=OctKey.import_key(CLIENT_SECRET), algorithm="HS256"),
    "not signed": Lies(algorithm="none"),
    "no word at all": Lies(no_id_token=True),
}


@pytest.mark.parametrize("lie", list(FALSE))
def test_false_words_open_nothing(desk: Any, issuer: LocalIssuer, lie: str, caplog: pytest.LogCaptureFixture) -> None:
    issuer.lies = FALSE[lie]
    with caplog.at_level(logging.DEBUG, "rag"), desk.client() as client:
        refused = sign_in(client)
        assert refused.status_code == 401
        assert "did not succeed" in refused.text
        assert client.get("/v1/visitor").status_code == 401
    assert desk.accounts.vouched == []
    assert "refused" in caplog.text
    assert CLIENT_SECRET not in caplog.text + refused.text


def test_an_issuer_that_calls_itself_otherwise_is_refused_at_the_door(desk: Any, issuer: LocalIssuer) -> None:
    issuer.lies = Lies(issuer="http://evil.example")
    with desk.client() as client:
        assert client.get("/sign-in/oidc", follow_redirects=False).status_code == 401


def test_an_issuer_that_is_away_is_a_calm_refusal(desk_with: Making, issuer: LocalIssuer) -> None:
    desk = desk_with(openid=rules_of(issuer))
    issuer.close()
    with desk.client() as client:
        assert client.get("/sign-in/oidc", follow_redirects=False).status_code == 401
    issuer.close = lambda: None  # type: ignore[method-assign]


def test_a_state_is_redeemed_once_even_with_the_old_cookie(desk: Any, issuer: LocalIssuer) -> None:
    with desk.client() as client:
        back = leave(client)
        begun = dict(client.cookies)
        assert client.get(back, follow_redirects=False).status_code == 303
    code = dict(issuer.codes)
    asked = len(issuer.tokens)
    with desk.client(cookies=begun) as replaying:
        assert replaying.get(back, follow_redirects=False).status_code == 401
    assert len(issuer.tokens) == asked, "the issuer was not even asked"
    assert code == issuer.codes


def test_a_sign_in_that_another_browser_began_is_refused(desk: Any, issuer: LocalIssuer) -> None:
    """Otherwise someone could be signed in under another's name without noticing."""
    with desk.client() as attacker, desk.client() as victim:
        back = leave(attacker)
        assert victim.get(back, follow_redirects=False).status_code == 401
        leave(victim)
        assert victim.get(back, follow_redirects=False).status_code == 401
    assert issuer.tokens == []


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?error=access_denied", "?code=x&state=y&state=z"])
def test_a_return_without_a_beginning_is_refused(desk: Any, query: str) -> None:
    with desk.client() as client:
        assert client.get(f"/sign-in/oidc/callback{query}", follow_redirects=False).status_code == 401


def test_a_sign_in_leads_to_our_own_pages_only(desk: Any, issuer: LocalIssuer) -> None:
    with desk.client() as client:
        back = leave(client, "https://evil.example/")
        assert client.get(back, follow_redirects=False).headers["location"] == "/"


def test_over_https_the_issuer_is_told_an_address_of_https(desk_with: Making, issuer: LocalIssuer) -> None:
    desk = desk_with(openid=rules_of(issuer), secure_cookies=True)
    with desk.client(base_url="http://127.0.0.1") as client:
        away = client.get("/sign-in/oidc", follow_redirects=False)
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://127.0.0.1/sign-in/oidc/callback"]
    cookie = next(one for one in away.headers.get_list("set-cookie") if "openid" in one)
    assert cookie.startswith("__Host-sourcebound-openid=")
    assert "secure" in cookie.lower()
    assert "httponly" in cookie.lower()


def test_without_settings_there_is_no_such_door(desk_with: Making) -> None:
    with desk_with().client() as client:
        assert client.get("/sign-in/oidc").status_code == 404
