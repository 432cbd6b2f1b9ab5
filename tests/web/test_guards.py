"""What stands between the network and the routes refuses what it must, with the same headers on everything."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from rag.web.security.cookies import browser_cookie, session_cookie
from rag.web.security.headers import CONTENT_SECURITY_POLICY
from rag.web.security.openid import local_path

ASK = {"question": "What relieves knee pain?"}
Making = Callable[..., Any]


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == status
    assert {"type", "title", "detail", "instance"} <= set(told)
    return dict(told)


@pytest.mark.parametrize(
    ("method", "path", "how"),
    [
        ("GET", "/v1/health", {}),
        ("GET", "/v1/docs", {}),
        ("GET", "/v1/sources", {}),
        ("GET", "/v1/nowhere", {}),
        ("GET", "/nowhere", {}),
        ("GET", "/v1/answers/none", {}),
        ("PUT", "/v1/answers", {}),
        ("POST", "/v1/answers", {"content": b"{"}),
        ("POST", "/v1/answers", {"content": b"x" * 30_000}),
        ("GET", "/v1/health", {"headers": {"host": "evil.example"}}),
        ("POST", "/anything", {"data": {"a": "b"}}),
        ("GET", "/v1/answers", {"headers": {"authorization": "Bearer nothing"}}),
    ],
)
def test_every_response_bears_the_safe_headers(desk: Any, method: str, path: str, how: dict[str, Any]) -> None:
    with desk.client() as client:
        headers = client.request(method, path, **how).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-request-id"])
    assert "strict-transport-security" not in headers
    assert "server" not in headers


def test_a_fault_is_a_calm_500_with_the_headers_and_no_trace(desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    def break_down(_: int) -> None:
        raise ValueError("secret-word in the middle of knee pain")

    desk.memory.on_step = break_down
    with caplog.at_level(logging.DEBUG), desk.client() as client:
        response = client.post("/v1/answers", json=ASK)
        told = problem(response, 500)
        assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "Traceback" not in response.text
    assert "secret-word" not in response.text + caplog.text
    assert "knee" not in caplog.text
    assert "ValueError at" in caplog.text
    assert told["instance"].removeprefix("urn:uuid:") in caplog.text


def test_a_fault_in_the_page_of_errors_is_still_answered(desk: Any) -> None:
    def fails(*_: Any) -> Any:
        raise ValueError("no page")

    desk.services = replace(desk.services, shelf=fails)
    with desk.client() as client:
        client.app.state.error_page = fails
        assert client.get("/v1/sources").status_code == 500
        assert client.get("/nowhere").status_code == 500


def test_secure_servers_say_so_and_name_their_cookies_for_this_host_alone(desk_with: Making) -> None:
    with desk_with(secure_cookies=True).client(base_url="https://127.0.0.1") as client:
        response = client.get("/v1/visitor")
    assert response.headers["strict-transport-security"].startswith("max-age=31536000")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-sourcebound-browser=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "", "[::1"])
def test_other_host_names_are_refused(desk: Any, host: str) -> None:
    with desk.client() as client:
        assert client.get("/v1/health", headers={"host": host}).status_code == 400


def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(desk: Any) -> None:
    def pieces() -> Any:
        yield from (b"x" * 1000 for _ in range(100))

    with desk.client() as client:
        problem(client.post("/v1/answers", json={"question": "x" * 30_000}), 413)
        problem(client.post("/v1/answers", content=pieces()), 413)
        problem(client.post("/v1/answers", content=b"{}", headers={"content-length": "9" * 40}), 413)
    assert desk.memory.versions == {}


async def _slowly() -> AsyncIterator[bytes]:
    import asyncio

    for _ in range(50):
        yield b" "
        await asyncio.sleep(0.1)


def test_a_body_that_comes_slowly_is_refused(desk: Any, run_async: Callable[..., Any]) -> None:
    async def send() -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        parts = _slowly()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": await anext(parts), "more_body": True}

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/answers",
            "raw_path": b"/v1/answers",
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1"), (b"transfer-encoding", b"chunked")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
            "scheme": "http",
            "root_path": "",
            "http_version": "1.1",
        }
        await desk.app(scope, receive, keep)
        return sent

    first = run_async(send)[0]
    assert first["status"] == 408


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"[" * 15_000, 400),
        (b'{"question": "\\ud800 knee"}', 422),
        (b'{"question": "knee\\u0000 pain"}', 422),
        (b'{"question": "\x1b[31mknee"}', 422),
        (b'{"question": NaN}', 422),
        (b'{"question": "knee", "question_max": 3}', 422),
        (b'{"question": ["knee"]}', 422),
        (b'{"question": ""}', 422),
        (b'{"question": "12 34"}', 422),
        (b'{"question": "knee", "from_year": 1e99}', 422),
        (b'{"question": "knee", "from_year": 2020, "to_year": 2010}', 422),
        (b'{"question": "knee", "audience": "surgeon"}', 422),
        (b"\xff\xfe", 422),
    ],
)
def test_malformed_bodies_are_told_what_is_wrong(desk: Any, body: bytes, status: int) -> None:
    with desk.client() as client:
        response = client.post("/v1/answers", content=body, headers={"content-type": "application/json"})
    told = problem(response, status)
    assert told["detail"]
    assert desk.memory.versions == {}


def test_the_fields_that_do_not_fit_are_named_and_not_repeated(desk: Any) -> None:
    with desk.client() as client:
        told = problem(client.post("/v1/answers", json={"question": "knee", "from_year": "hidden words"}), 422)
    assert told["errors"][0]["field"] == "body.from_year"
    assert "hidden words" not in json.dumps(told)
    assert told["type"] == "/v1/docs#problem-invalid"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/answers/..%2f..%2fetc%2fpasswd",
        "/v1/answers/%00",
        "/v1/answers/x/versions/99999999999999999999",
        "/v1/sources/..%2Fknee-2020",
        "/static/..%2f..%2fconfig.py",
        "/static/../app.py",
        "/v1/passages/" + "x" * 300,
    ],
)
def test_no_path_leads_out(desk: Any, path: str) -> None:
    with desk.client() as client:
        response = client.get(path)
    assert response.status_code in (404, 422)
    assert "root:" not in response.text
    assert "import" not in response.text


def test_headers_cannot_be_written_through_a_field(desk: Any) -> None:
    with desk.client() as client:
        response = client.get("/v1/answers/a%0d%0aSet-Cookie:%20evil=1")
        assert response.status_code in (404, 422)
        asked = client.get("/v1/sources", params={"q": "knee\r\nX-Evil: 1"})
    assert "evil" not in response.headers.get("set-cookie", "")
    assert "x-evil" not in asked.headers


def browser(desk: Any, **how: Any) -> Any:
    """A client that has the cookie of an unknown reader."""
    client = desk.client(**how)
    client.get("/v1/visitor")
    return client


def token_in(client: Any) -> dict[str, str]:
    return {"X-CSRF-Token": client.get("/v1/visitor").json()["csrf_token"]}


def test_a_cookie_alone_changes_nothing(desk: Any) -> None:
    client = browser(desk)
    told = problem(client.post("/v1/answers", json=ASK), 403)
    assert "csrf_token" in told["detail"]
    problem(client.post("/v1/answers", json=ASK, headers={"X-CSRF-Token": "0" * 64}), 403)
    problem(client.post("/v1/answers", json=ASK, headers={"X-CSRF-Token": b"\xe9"}), 403)
    assert client.post("/v1/answers", json=ASK, headers=token_in(client)).status_code == 201


def test_the_token_of_another_browser_does_not_fit(desk: Any) -> None:
    mine, other = browser(desk), browser(desk)
    problem(mine.post("/v1/answers", json=ASK, headers=token_in(other)), 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "file://"},
        {"origin": "http://[::1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_requests_from_another_site_are_refused_even_with_the_token(desk: Any, headers: dict[str, str]) -> None:
    client = browser(desk)
    problem(client.post("/v1/answers", json=ASK, headers=headers | token_in(client)), 403)


def test_requests_from_our_own_pages_pass(desk: Any) -> None:
    client = browser(desk)
    ours = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    assert client.post("/v1/answers", json=ASK, headers=ours | token_in(client)).status_code == 201


def test_a_form_needs_the_field_even_without_a_cookie(desk: Any) -> None:
    """Otherwise another site could sign a reader in under a name of its own."""
    reached: list[str] = []

    async def sign_in(request: Any) -> Any:
        from starlette.responses import PlainTextResponse

        async with request.form() as form:
            reached.append(str(form["name"]))
        return PlainTextResponse("in")

    desk.app.add_api_route("/sign-in", sign_in, methods=["POST"], response_model=None)
    sign_in.__annotations__.clear()
    with desk.client() as client:
        assert client.post("/sign-in", data={"name": "rita"}).status_code == 403
        client.get("/v1/visitor")
        assert client.post("/sign-in", data={"name": "rita", "csrf_token": "no"}).status_code == 403


def test_what_a_form_sends_reaches_its_route_whole(desk: Any) -> None:
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def echo(request: Request) -> PlainTextResponse:
        async with request.form() as form:
            return PlainTextResponse(str(form["name"]))

    desk.app.router.routes.append(Route("/echo", echo, methods=["POST"]))
    client = browser(desk)
    token = token_in(client)["X-CSRF-Token"]
    assert client.post("/echo", data={"name": "rita & söhne", "csrf_token": token}).text == "rita & söhne"
    files = {"name": (None, "in parts"), "csrf_token": (None, token)}
    assert client.post("/echo", files=files).text == "in parts"


def test_a_browser_cookie_that_was_tampered_with_is_as_none(desk: Any) -> None:
    name = browser_cookie(desk.services.rules)
    client = browser(desk)
    client.post("/v1/answers", json=ASK, headers=token_in(client))
    assert len(client.get("/v1/answers").json()["answers"]) == 1
    kept = client.cookies[name]
    for forged in (kept[:-1], "id-ada", "id-ada.x", kept.replace(".", "x.", 1), ""):
        stranger = desk.client(cookies={name: forged})
        assert stranger.get("/v1/answers").json()["answers"] == []


def test_nobody_takes_an_account_by_writing_its_id_into_a_cookie(desk: Any) -> None:
    signed_in = desk.client(cookies=desk.session_of("ada"))
    signed_in.post("/v1/answers", json=ASK, headers=token_in(signed_in))
    stranger = desk.client(cookies={browser_cookie(desk.services.rules): "id-ada"})
    assert stranger.get("/v1/answers").json()["answers"] == []
    assert stranger.get("/v1/visitor").json()["signed_in"] is False


def test_a_session_that_is_over_is_taken_away(desk: Any) -> None:
    cookies = desk.session_of("rita")
    client = desk.client(cookies=cookies)
    assert client.get("/v1/visitor").json()["name"] == "rita"
    desk.accounts.sign_out(next(iter(cookies.values())))
    after = client.get("/v1/visitor")
    assert after.json()["signed_in"] is False
    cleared = [one for one in after.headers.get_list("set-cookie") if session_cookie(desk.services.rules) in one]
    assert "Max-Age=0" in cleared[0]


def test_a_disabled_account_is_out_at_once_by_cookie_and_by_token(desk: Any) -> None:
    by_cookie, token = desk.client(cookies=desk.session_of("vera")), desk.token_of("vera")
    assert by_cookie.get("/v1/visitor").json()["role"] == "reviewer"
    assert desk.client(headers=token).get("/v1/visitor").json()["csrf_token"] is None
    desk.accounts.people["vera"] = replace(desk.accounts.people["vera"], disabled=True)
    assert by_cookie.get("/v1/visitor").json()["signed_in"] is False
    refused = desk.client().get("/v1/visitor", headers=token)
    problem(refused, 401)
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_needs_no_cookie_and_no_csrf(desk: Any) -> None:
    headers = desk.token_of("rita")
    with desk.client() as client:
        made = client.post("/v1/answers", json=ASK, headers=headers)
        assert made.status_code == 201
        assert "set-cookie" not in made.headers
        assert len(client.get("/v1/answers", headers=headers).json()["answers"]) == 1


def test_where_sign_in_is_required_strangers_reach_nothing_but_the_door(desk_with: Making) -> None:
    desk = desk_with(sign_in="required")
    with desk.client() as client:
        for path in ("/v1/answers", "/v1/sources", "/v1/passages?q=knee", "/v1/openapi.json", "/v1/docs", "/metrics"):
            refused = client.get(path)
            problem(refused, 401)
            assert refused.headers["www-authenticate"] == "Bearer"
        problem(client.post("/v1/answers", json=ASK), 401)
        sent = client.get("/answers/x?page=2", follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/answers/x%3Fpage%3D2")
        assert client.post("/ask", data={"question": "knee"}).status_code == 401
        assert client.get("/v1/health").status_code == 200
        assert client.get("/v1/ready").status_code == 200
        assert client.post("/v1/answers", json=ASK, headers=desk.token_of("rita")).status_code == 201


def test_who_asks_too_often_waits_and_others_do_not(desk_with: Making) -> None:
    desk = desk_with(asks_per_minute=3)
    rita, vera = desk.token_of("rita"), desk.token_of("vera")
    with desk.client() as client:
        for _ in range(3):
            assert client.post("/v1/answers", json=ASK, headers=rita).status_code == 201
        refused = client.post("/v1/answers", json=ASK, headers=rita)
        problem(refused, 429)
        assert 1 <= int(refused.headers["retry-after"]) <= 61
        assert client.post("/v1/answers", json=ASK, headers=vera).status_code == 201
        assert client.get("/v1/answers", headers=rita).status_code == 200


def test_new_cookies_do_not_buy_new_questions(desk_with: Making) -> None:
    desk = desk_with(asks_per_minute=2)
    statuses = [desk.client().post("/v1/answers", json=ASK).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]
    elsewhere = desk.client(client=("192.0.2.7", 1)).post("/v1/answers", json=ASK)
    assert elsewhere.status_code == 201
    networks = [f"2001:db8::{last}" for last in range(3)]
    assert [desk.client(client=(one, 1)).post("/v1/answers", json=ASK).status_code for one in networks] == [
        201,
        201,
        429,
    ]


def test_calls_are_limited_too_but_health_is_not(desk_with: Making) -> None:
    desk = desk_with(asks_per_minute=1)
    with desk.client() as client:
        statuses = [client.get("/v1/sources").status_code for _ in range(31)]
        assert statuses == [200] * 30 + [429]
        assert client.get("/v1/health").status_code == 200


def test_the_log_has_routes_and_no_words_of_anyone(desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    token = desk.token_of("rita")
    with caplog.at_level(logging.DEBUG), desk.client() as client:
        answer_id = client.post("/v1/answers", json={"question": "Unmistakable words?"}, headers=token).json()[
            "answer_id"
        ]
        client.get("/v1/passages", params={"q": "unmistakable"}, headers=token)
        client.get("/v1/answers/unmistakable", headers=token)
        client.get("/unmistakable%1b[31m%0aforged-line", headers=token)
        client.request("BREW", "/v1/answers", headers=token)
    written = [record.getMessage() for record in caplog.records if record.name == "rag.web.access"]
    assert any(re.fullmatch(r"POST /v1/answers 201 \d+ ms [0-9a-f-]{36}", line) for line in written)
    assert any(line.startswith("GET /v1/answers/{answer_id} 404") for line in written)
    assert any(line.startswith("GET unmatched 404") for line in written)
    assert any(line.startswith("OTHER ") for line in written)
    text = "\n".join(written)
    for word in ("nmistakable", "forged-line", "\x1b", answer_id, token["Authorization"][7:], "rita"):
        assert word not in text
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("rag"))
    assert token["Authorization"][7:] not in ours


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/history?page=2", "/history?page=2"),
        (None, "/"),
        ("", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("/a\r\nX: y", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_a_sign_in_leads_nowhere_but_here(asked: str | None, led: str) -> None:
    assert local_path(asked) == led
