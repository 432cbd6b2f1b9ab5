"""An OpenID Connect issuer on loopback, over real HTTP: it vouches for whom it is told to, truly or falsely."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
import warnings
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "sourcebound-test", "a shared secret of the test"


@dataclass
class Lies:
    """What the issuer says that is not so: changed claims, a changed nonce, another key, another name of itself."""

    claims: dict[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    key: Any = None
    algorithm: str = "RS256"
    issuer: str | None = None
    userinfo_sub: str | None = None
    no_id_token: bool = False


class LocalIssuer:
    """Gives codes at /authorize, and for a code and its verifier a token at /token. Each code is good for one."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "k1"})
        self.person: dict[str, Any] = {"sub": "s-1", "preferred_username": "mara", "name": "Mara Okafor"}
        self.userinfo: dict[str, Any] = {}
        self.lies = Lies()
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", outer.authorize(parts.query))
                    self.end_headers()
                    return
                documents = {
                    "/.well-known/openid-configuration": outer.discovery,
                    "/keys": outer.keys,
                    "/userinfo": outer.who,
                }
                self.answer(200, documents[parts.path]())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                given = {name: values[0] for name, values in parse_qs(body).items()}
                self.answer(*outer.token(given, self.headers.get("Authorization", "")))

            def answer(self, status: int, record: dict[str, Any]) -> None:
                content = json.dumps(record).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.lies.issuer or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    def keys(self) -> dict[str, Any]:
        return dict(KeySet([self.key]).as_dict(private=False))

    def who(self) -> dict[str, Any]:
        return {"sub": self.lies.userinfo_sub or self.person["sub"]} | self.userinfo

    def authorize(self, query: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["nonce"]) >= 20
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '+')}".encode()).decode()
        plainly = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self.codes.pop(given.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        self.tokens.append(given)
        if asked is None or challenge.decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if authorization not in (f"Basic {basic}", f"Basic {plainly}"):
            return 401, {"error": "invalid_client"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= self.person | self.lies.claims
        claims = {name: value for name, value in claims.items() if name not in self.lies.drop}
        record = {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "expires_in": 300}
        if not self.lies.no_id_token:
            header = {"alg": self.lies.algorithm, "kid": "k1"}
            algorithms = ["RS256", "HS256", "none"]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SecurityWarning)
                record["id_token"] = jwt.encode(header, claims, self.lies.key or self.key, algorithms=algorithms)
        return 200, record

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
