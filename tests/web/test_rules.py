"""Settings that are not safe where other machines reach the server are refused, in one line that names each."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from rag.config import load_settings
from rag.errors import ConfigError
from rag.web.rules import is_loopback, kept_secret, weakness_of, web_rules

GOOD = "hJ8kQ2vX0pLr7TzB4mNw9sYd6fGa1cEu3iVo5xRq"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - never listened on: it is refused
SAFE: dict[str, Any] = {
    "web_sign_in": "required",
    "web_secret": GOOD,
    "web_secure_cookies": True,
    "web_allowed_hosts": "answers.hospital.example, 10.0.0.7",
}
OPENID: dict[str, Any] = {"oidc_issuer": "https://id.example", "oidc_client_id": "us", "oidc_client_secret": "shared"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.9.1"])
def test_this_machine_alone_needs_nothing_set(host: str, tmp_path: Path) -> None:
    rules = web_rules(load_settings(), host, tmp_path)
    assert not rules.public
    assert len(rules.secret) >= 32
    assert rules.allowed_hosts == ("localhost", "127.0.0.1", "::1", "[::1]")
    assert is_loopback(host)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1", "answers.hospital.example", ""])
def test_elsewhere_everything_that_is_missing_is_named(host: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        web_rules(load_settings(), host, tmp_path)
    line = str(refused.value)
    assert "\n" not in line
    for name in ("RAG_WEB_SIGN_IN", "RAG_WEB_SECRET", "RAG_WEB_SECURE_COOKIES", "RAG_WEB_ALLOWED_HOSTS"):
        assert name in line
    assert refused.value.exit_status == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", list(SAFE))
def test_each_of_them_is_needed(missing: str, tmp_path: Path) -> None:
    settings = load_settings(**{name: value for name, value in SAFE.items() if name != missing})
    with pytest.raises(ConfigError, match=f"RAG_{missing.upper()}"):
        web_rules(settings, EVERYWHERE, tmp_path)


def test_with_all_of_them_it_may_be_public(tmp_path: Path) -> None:
    rules = web_rules(load_settings(**SAFE), EVERYWHERE, tmp_path)
    assert rules.public
    assert rules.secret == GOOD
    assert rules.allowed_hosts == ("answers.hospital.example", "10.0.0.7")
    assert GOOD not in repr(rules)
    assert list(tmp_path.iterdir()) == []


def test_behind_a_proxy_loopback_is_public_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="RAG_WEB_SIGN_IN"):
        web_rules(load_settings(web_trusted_proxies="127.0.0.1"), "127.0.0.1", tmp_path)


@pytest.mark.parametrize(
    "change", [{"web_allowed_hosts": "*"}, {"web_allowed_hosts": "a.example,*.b.example"}, {"web_trusted_proxies": "*"}]
)
def test_everyone_is_no_name(change: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"RAG_{next(iter(change)).upper()}"):
        web_rules(load_settings(**(SAFE | change)), EVERYWHERE, tmp_path)


@pytest.mark.parametrize(
    "secret", ["short", "x" * 64, "changeme-" * 8, "0123456789" * 4, "Password-" + GOOD, "sourcebound" + GOOD, " " * 40]
)
def test_secrets_that_can_be_guessed_are_none_anywhere(secret: str, tmp_path: Path) -> None:
    assert weakness_of(secret)
    for host, more in ((EVERYWHERE, SAFE), ("127.0.0.1", {})):
        with pytest.raises(ConfigError, match="RAG_WEB_SECRET") as refused:
            web_rules(load_settings(**(more | {"web_secret": secret})), host, tmp_path)
        assert secret not in str(refused.value)


def test_the_kept_secret_is_private_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    first = kept_secret(folder)
    assert weakness_of(first) is None
    assert kept_secret(folder) == first
    assert stat.S_IMODE((folder / "web-secret").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["web-secret"]


def test_all_who_begin_at_once_have_the_same_secret(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(kept_secret(tmp_path / "x"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_damaged_or_unreadable_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "web-secret").write_text("short", encoding="ascii")
    with pytest.raises(ConfigError, match="damaged"):
        kept_secret(tmp_path)
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(ConfigError, match="cannot be kept"):
        kept_secret(tmp_path / "file" / "below")


def test_openid_is_set_whole_or_not_at_all(tmp_path: Path) -> None:
    rules = web_rules(load_settings(**OPENID), "127.0.0.1", tmp_path)
    assert rules.openid is not None
    assert rules.openid.issuer == "https://id.example"
    assert "shared" not in repr(rules)
    for missing in OPENID:
        part = {name: value for name, value in OPENID.items() if name != missing}
        with pytest.raises(ConfigError, match="RAG_OIDC_CLIENT_SECRET"):
            web_rules(load_settings(**part), "127.0.0.1", tmp_path)
    plain = OPENID | {"oidc_issuer": "http://id.example"}
    with pytest.raises(ConfigError, match="https"):
        web_rules(load_settings(**(SAFE | plain)), EVERYWHERE, tmp_path)
    with pytest.raises(ConfigError, match="RAG_OIDC_SCOPES"):
        load_settings(oidc_scopes="profile email")


def test_a_wrong_secret_setting_does_not_show_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_WEB_ASKS_PER_MINUTE", "none")
    with pytest.raises(ConfigError, match="RAG_WEB_ASKS_PER_MINUTE"):
        load_settings()


@pytest.mark.parametrize("arguments", [["--host", EVERYWHERE], ["--host", "not a host"], ["--port", "70000"]])
def test_rag_serve_refuses_in_one_line_with_status_2(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from rag.cli import main; main()", "serve", "--port", "0", *arguments]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env=os.environ | {"HOME": str(tmp_path)}
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
