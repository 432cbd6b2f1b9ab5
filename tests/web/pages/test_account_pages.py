"""Signing in and out, tokens, and the pages of administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html

from rag.ledger.base import AuditEntry

PASSWORD = "correct horse vera"  # noqa: S105


def test_who_signs_in_comes_back_to_where_they_wanted_to_go(site: Any) -> None:
    reader = site.reader()
    reader.get("/review")
    assert reader.path == "/sign-in"
    onward = html.fromstring(reader.page).xpath("//input[@name='onward']/@value")[0]
    reader.send("/sign-in", name="vera", password=PASSWORD, onward=onward)
    assert (reader.status, reader.path) == (200, "/review")
    reader.send("/sign-out")
    assert reader.path == "/"
    assert "Sign in" in reader.get("/")


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/ok\r\nX: y"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(site: Any, onward: str) -> None:
    reader = site.reader()
    reader.get("/sign-in")
    token = html.fromstring(reader.page).xpath("//input[@name='csrf_token']/@value")[0]
    fields = {"name": "vera", "password": PASSWORD, "onward": onward, "csrf_token": token}
    response = reader.client.post("/sign-in", data=fields, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/")


def test_every_failure_to_sign_in_reads_the_same(site: Any) -> None:
    reader = site.reader()
    reader.get("/sign-in")
    pages = set()
    for name, password in (("vera", "wrong"), ("nobody", "wrong"), ("vera", "")):
        page = html.fromstring(reader.send("/sign-in", name=name, password=password))
        assert reader.status == 401
        pages.add(page.xpath("//p[@role='alert']")[0].text_content())
    assert len(pages) == 1


def test_a_locked_door_says_how_long(site: Any, locked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def sign_in(*_: Any, **__: Any) -> Any:
        raise locked

    monkeypatch.setattr(site.services.accounts, "sign_in", sign_in)
    reader = site.reader()
    reader.get("/sign-in")
    page = reader.send("/sign-in", name="vera", password="guess")  # noqa: S106
    assert reader.status == 429
    assert reader.headers["retry-after"] == "125"
    assert "wait 3 minutes" in page


def test_a_session_is_for_the_server_alone(site: Any) -> None:
    reader = site.reader()
    reader.get("/sign-in")
    token = html.fromstring(reader.page).xpath("//input[@name='csrf_token']/@value")[0]
    fields = {"name": "vera", "password": PASSWORD, "csrf_token": token}
    cookie = reader.client.post("/sign-in", data=fields, follow_redirects=False).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_token_is_shown_once_and_can_be_revoked(site: Any) -> None:
    reader = site.reader("rita")
    reader.get("/account")
    page = html.fromstring(reader.send("/account/tokens", label="laptop", days="30"))
    secret = page.xpath("//code[@class='secret']")[0].text_content()
    assert secret in site.desk.accounts.issued
    assert secret not in reader.get("/account")
    assert "laptop" in reader.page
    reader.send("/account/tokens/t1/revoke")
    assert not site.desk.accounts.issued


def test_the_audit_trail_is_for_administrators(site: Any) -> None:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    site.trail.kept.append(AuditEntry(1, now, "id-vera", "approved", "a1/1", {"remark": "fine"}, "ab" * 32))
    reader = site.reader("vera")
    reader.get("/admin/audit")
    assert reader.status == 403
    admin = site.reader("ada")
    page = admin.get("/admin/audit")
    assert "The chain is whole" in page
    assert "remark: fine" in page
    site.trail.broken = 1
    assert "The chain is broken at entry 1" in admin.get("/admin/audit")


def test_an_administrator_disables_others_and_not_themselves(site: Any) -> None:
    admin = site.reader("ada")
    admin.get("/admin/accounts")
    admin.send("/admin/accounts/rita", disabled="true")
    assert site.desk.accounts.people["rita"].disabled
    admin.send("/admin/accounts/rita", disabled="false")
    assert not site.desk.accounts.people["rita"].disabled
    admin.send("/admin/accounts/ada", disabled="true")
    assert admin.status == 409
    assert not site.desk.accounts.people["ada"].disabled
    other = site.reader("vera")
    other.get("/")
    other.send("/admin/accounts/rita", disabled="true")
    assert other.status == 403
