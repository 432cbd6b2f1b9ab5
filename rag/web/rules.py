"""Settings -> what visitors are held to. What is not safe where other machines reach the server is refused at once."""

from __future__ import annotations

import os
import secrets
from ipaddress import ip_address
from pathlib import Path

from rag.config import Settings
from rag.errors import ConfigError
from rag.web.services import OpenIdRules, WebRules

LEAST_SECRET_CHARS = 32
_LEAST_VARIETY = 10
_KNOWN_WORDS = ("changeme", "change-me", "change_me", "password", "example", "default", "sourcebound", "01234567")
_OWN_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")
_SEE = "see docs/deployment.md"


def web_rules(settings: Settings, host: str, keep_in: Path) -> WebRules:
    """The rules of a server that listens on `host`.

    Args:
        settings: what is asked for.
        host: a name or an address.
        keep_in: the folder where a secret is kept that is not set.

    Raises:
        ConfigError: other machines reach the server, and a setting is not safe there; or OpenID Connect is set in part.
    """
    public = not is_loopback(host) or settings.web_trusted_proxies is not None
    if public:
        _refuse_what_is_unsafe(settings)
    given = settings.web_secret.get_secret_value() if settings.web_secret is not None else None
    if given is not None and (weakness := weakness_of(given)):
        raise ConfigError(f"setting RAG_WEB_SECRET: {weakness}", value="(hidden)", mend=_how_to_make_one())
    return WebRules(
        sign_in=settings.web_sign_in,
        public=public,
        secret=given or kept_secret(keep_in),
        secure_cookies=settings.web_secure_cookies,
        allowed_hosts=listed(settings.web_allowed_hosts) or _OWN_NAMES,
        asks_per_minute=settings.web_asks_per_minute,
        body_max_bytes=settings.web_body_max_bytes,
        answer_timeout_s=settings.web_answer_timeout_s,
        asks_at_once=settings.web_asks_at_once,
        openid=_openid(settings, public=public),
    )


def listed(text: str | None) -> tuple[str, ...]:
    """The parts of a list with commas."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own, so that no other reaches it."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def weakness_of(secret: str) -> str | None:
    """Why a secret is none; None where it will do."""
    if len(secret) < LEAST_SECRET_CHARS:
        return f"a secret has {LEAST_SECRET_CHARS} characters or more"
    if len(set(secret)) < _LEAST_VARIETY or any(word in secret.lower() for word in _KNOWN_WORDS):
        return "this can be guessed"
    return None


def kept_secret(folder: Path) -> str:
    """A random secret in a file that only its owner reads: made on first use, and the same from then on.

    Raises:
        ConfigError: it cannot be written or read.
    """
    path = folder / "web-secret"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise ConfigError("the secret of the page cannot be kept", value=path, mend="set RAG_WEB_SECRET") from error
    if weakness_of(found):
        raise ConfigError("the kept secret of the page is damaged", value=path, mend="remove the file")
    return found


def _write_once(path: Path, secret: str) -> None:
    """Write it whole under another name, then give it its own; whoever was first stays first."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(secret)
    try:
        os.link(beside, path)
    except FileExistsError:
        return
    finally:
        beside.unlink()


def _refuse_what_is_unsafe(settings: Settings) -> None:
    missing = [
        what
        for what, lacks in (
            ("RAG_WEB_SIGN_IN=required", settings.web_sign_in != "required"),
            (f"RAG_WEB_SECRET ({_how_to_make_one()})", settings.web_secret is None),
            ("RAG_WEB_SECURE_COOKIES=true", not settings.web_secure_cookies),
            ("RAG_WEB_ALLOWED_HOSTS", not listed(settings.web_allowed_hosts)),
        )
        if lacks
    ]
    if missing:
        raise ConfigError(
            "other machines can reach this address, and these are not set", value="; ".join(missing), mend=_SEE
        )
    if any("*" in host for host in listed(settings.web_allowed_hosts)):
        raise ConfigError("setting RAG_WEB_ALLOWED_HOSTS: name the hosts", value=settings.web_allowed_hosts, mend=_SEE)
    if "*" in (settings.web_trusted_proxies or ""):
        value = settings.web_trusted_proxies
        raise ConfigError("setting RAG_WEB_TRUSTED_PROXIES: name the proxies", value=value, mend=_SEE)


def _how_to_make_one() -> str:
    return "openssl rand -base64 48 makes one"


def _openid(settings: Settings, *, public: bool) -> OpenIdRules | None:
    parts = (settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    if not any(parts):
        return None
    issuer, client_id, secret = parts
    if issuer is None or client_id is None or secret is None:
        raise ConfigError("set RAG_OIDC_ISSUER, RAG_OIDC_CLIENT_ID and RAG_OIDC_CLIENT_SECRET, or none", mend=_SEE)
    if public and not issuer.startswith("https://"):
        raise ConfigError("setting RAG_OIDC_ISSUER: by https alone", value=issuer, mend=_SEE)
    return OpenIdRules(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret.get_secret_value(),
        scopes=settings.oidc_scopes,
        groups_claim=settings.oidc_groups_claim,
        reviewer_group=settings.oidc_reviewer_group,
        admin_group=settings.oidc_admin_group,
        shown_name=settings.oidc_name,
    )
