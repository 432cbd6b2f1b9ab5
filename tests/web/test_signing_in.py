"""Signing in through the page with real accounts in a real ledger: passwords, sessions, locks, tokens."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from rag.accounts.doorkeeper import LedgerAccounts
from rag.accounts.passwords import Passwords
from rag.ledger.database import Database
from rag.web.security.cookies import session_cookie

PASSWORD = "a long enough phrase"  # noqa: S105 - of the test's own account
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[LedgerAccounts]:
    database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    kept = LedgerAccounts(database, Passwords(FAST), now=clock)
    kept.add("rita", "reader", shown_name="Rita", password=PASSWORD, by="console")
    yield kept
    database.close()


@pytest.fixture
def desk(desk_with: Callable[..., Any], accounts: LedgerAccounts) -> Any:
    made = desk_with(sign_in="required")
    made.services = replace(made.services, accounts=accounts)
    return made


def sign_in(client: Any, password: str = PASSWORD, name: str = "rita", onward: str = "/history") -> Any:
    page = client.get("/sign-in").text
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
    assert token
    form = {"name": name, "password": password, "onward": onward, "csrf_token": token[1]}
    return client.post("/sign-in", data=form, follow_redirects=False)


def test_the_right_password_opens_a_session_and_leads_on(desk: Any) -> None:
    with desk.client() as client:
        done = sign_in(client)
        assert (done.status_code, done.headers["location"]) == (303, "/history")
        name = session_cookie(desk.services.rules)
        cookie = next(one for one in done.headers.get_list("set-cookie") if one.startswith(name))
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


def test_signing_out_ends_the_session_for_good(desk: Any) -> None:
    with desk.client() as client:
        sign_in(client)
        secret = cookie_of(desk, client)
        client.cookies.set(session_cookie(desk.services.rules), secret)
        token = client.get("/v1/visitor").json()["csrf_token"]
        client.post("/sign-out", data={"csrf_token": token}, follow_redirects=False)
    with desk.client(cookies={session_cookie(desk.services.rules): secret}) as thief:
        assert thief.get("/v1/visitor").status_code == 401


def cookie_of(desk: Any, client: Any) -> str:
    """The session's secret; the clock of the ledger is not that of the cookie's end."""
    done = sign_in(client)
    name = session_cookie(desk.services.rules)
    cookie = next(one for one in done.headers.get_list("set-cookie") if one.startswith(name))
    return str(cookie.split(";")[0].partition("=")[2])


@pytest.mark.parametrize(("name", "password"), [("rita", "a wrong long phrase"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_name_read_the_same(desk: Any, name: str, password: str) -> None:
    with desk.client() as client:
        refused = sign_in(client, password, name)
        assert refused.status_code == 401
        assert "not right" in refused.text
        assert password not in refused.text or not password
        assert client.get("/v1/visitor").status_code == 401


def test_guessing_locks_the_name_for_the_right_password_too(desk: Any, clock: Clock) -> None:
    with desk.client() as client:
        for number in range(5):
            assert sign_in(client, f"guess number {number} of many").status_code == 401
        locked = sign_in(client)
        assert locked.status_code == 429
        assert int(locked.headers["retry-after"]) >= 30
        clock.pass_by(seconds=int(locked.headers["retry-after"]) + 1)
        assert sign_in(client).status_code == 303


def test_guessing_from_one_address_is_locked_whatever_the_name(desk: Any) -> None:
    with desk.client(client=("192.0.2.9", 1)) as client:
        statuses = [sign_in(client, "some long phrase", f"name-{number}").status_code for number in range(21)]
        assert statuses == [401] * 20 + [429]
    with desk.client(client=("192.0.2.10", 1)) as client:
        assert sign_in(client).status_code == 303


def test_a_session_ends_by_itself(desk: Any, clock: Clock) -> None:
    with desk.client() as client:
        secret = cookie_of(desk, client)
    name = session_cookie(desk.services.rules)
    for passing, status in (({"minutes": 50}, 200), ({"minutes": 50}, 200), ({"minutes": 61}, 401)):
        clock.pass_by(**passing)
        with desk.client(cookies={name: secret}) as client:
            assert client.get("/v1/visitor").status_code == status


def test_disabling_ends_sessions_and_tokens_at_once(desk: Any, accounts: LedgerAccounts) -> None:
    account = accounts.named("rita")
    token = accounts.issue_token(account.account_id, "script", days=30).secret
    bearer = {"Authorization": f"Bearer {token}"}
    with desk.client() as client:
        secret = cookie_of(desk, client)
        assert client.get("/v1/visitor", headers=bearer).json()["name"] == "rita"
        accounts.change("rita", by="console", disabled=True)
        assert client.get("/v1/visitor", headers=bearer).status_code == 401
        client.cookies.set(session_cookie(desk.services.rules), secret)
        assert client.get("/v1/visitor").status_code == 401
        assert sign_in(client).status_code == 401


def test_tokens_end_by_day_and_by_being_revoked(desk: Any, accounts: LedgerAccounts, clock: Clock) -> None:
    account = accounts.named("rita")
    first = accounts.issue_token(account.account_id, "one", days=1)
    second = accounts.issue_token(account.account_id, "two", days=30)
    accounts.revoke_token(account.account_id, second.token_id)
    with desk.client() as client:
        assert client.get("/v1/visitor", headers={"Authorization": f"Bearer {first.secret}"}).status_code == 200
        assert client.get("/v1/visitor", headers={"Authorization": f"Bearer {second.secret}"}).status_code == 401
        clock.pass_by(days=2)
        assert client.get("/v1/visitor", headers={"Authorization": f"Bearer {first.secret}"}).status_code == 401


def test_no_secret_is_ever_logged(desk: Any, accounts: LedgerAccounts, caplog: pytest.LogCaptureFixture) -> None:
    token = accounts.issue_token(accounts.named("rita").account_id, "script", days=30).secret
    with caplog.at_level(logging.DEBUG), desk.client() as client:
        sign_in(client, "a wrong long phrase")
        secret = cookie_of(desk, client)
        client.get("/v1/visitor", headers={"Authorization": f"Bearer {token}"})
        client.get("/v1/visitor", headers={"Authorization": f"Bearer {token}x"})
    written = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    for hidden in (PASSWORD, "a wrong long phrase", secret, token, desk.services.rules.secret):
        assert hidden not in written
