"""One E-utilities server of NCBI over HTTP: polite requests about PubMed, and what to make of their failing.

Requests keep to the server's pace and to the pauses it asks for, and a fault that may pass is tried again. Every
request is a POST, so that neither the query nor the API key stands in a web address, which programs and proxies write
to their logs; no message shows the key or a password. Redirects are not followed. What a reply means, and whether it
is whole, is for the caller to say.

What the server asks for: "The E-utilities In-Depth" (NCBI Bookshelf NBK25499) and the usage policy in NBK25497.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from rag.errors import ConfigError, FetchError

Reply = TypeVar("Reply")

_REQUESTS_PER_S, _REQUESTS_PER_S_WITH_KEY = 3, 10
_GAP_MARGIN = 1.05
"""Requests are spaced a little wider than allowed, as their ways to the server differ in length."""
_LONGEST_PAUSE_S = 300.0
_BACKOFF = wait_exponential_jitter(initial=1, max=60)
_KEPT = "try again later; the records fetched so far are kept"


class PassingError(FetchError):
    """A fault that the same request may not meet again, after `retry_after_s` seconds where the server says so."""

    def __init__(self, what: str, *, value: object, mend: str = _KEPT, retry_after_s: float | None = None) -> None:
        super().__init__(what, value=value, mend=mend)
        self.retry_after_s = retry_after_s


class EUtilities:
    """One E-utilities server, asked about PubMed from one thread. Close it after use.

    Args:
        base_url: the folder of the server's endpoints.
        api_key: an NCBI key, which allows 10 requests a second instead of 3; None for none.
        tool: the program's name as NCBI is told it, without spaces.
        email: where NCBI can write to about this use; None is not sent.
        timeout_s: the longest silence of the server, in seconds.
        max_retries: how often a passing fault is tried again.
        clock: seconds from some fixed moment, never going back.
        sleep: waits for some seconds.

    Raises:
        ConfigError: `base_url` is no web address.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None,
        tool: str,
        email: str | None,
        timeout_s: float,
        max_retries: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._host = _host(base_url)
        self._api_key = api_key
        sent = {"db": "pubmed", "tool": tool, "email": email, "api_key": api_key}
        self._always_sent = {name: value for name, value in sent.items() if value}
        self._pace = _Pace(_REQUESTS_PER_S_WITH_KEY if api_key else _REQUESTS_PER_S, clock, sleep)
        self._http = httpx.Client(
            base_url=base_url, timeout=timeout_s, headers={"User-Agent": tool}, follow_redirects=False
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type(PassingError),
            stop=stop_after_attempt(max_retries + 1),
            wait=_pause_s,
            sleep=sleep,
            reraise=True,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def post(self, endpoint: str, fields: Mapping[str, str], read: Callable[[bytes], Reply]) -> Reply:
        """What `read` makes of an endpoint's reply, after as many attempts as allowed.

        `read` raises a `PassingError` for a reply that may be better next time.

        Raises:
            FetchError: no reply that could be read, or one that another attempt would not mend.
        """
        reply: Reply = self._retrying(self._post_once, endpoint, fields, read)
        return reply

    def shown(self, text: str | bytes) -> str:
        """The beginning of a server's words: no markup, no control characters, never the API key."""
        words = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
        if self._api_key:
            words = words.replace(self._api_key, "***")
        words = re.sub(r"<[^>]*>", " ", words[:2_000])
        words = "".join(letter if letter.isprintable() else " " for letter in words)
        return " ".join(words.split())[:120] or "nothing"

    def _post_once(self, endpoint: str, fields: Mapping[str, str], read: Callable[[bytes], Reply]) -> Reply:
        self._pace.wait()
        try:
            reply = self._http.post(endpoint, data={**self._always_sent, **fields})
        except httpx.TimeoutException as error:
            raise PassingError("the PubMed server did not answer in time", value=self._host) from error
        except httpx.RequestError as error:
            fault = f"{self._host}: {error or type(error).__name__}"
            raise PassingError("the PubMed server cannot be reached, or broke off", value=self.shown(fault)) from error
        self._check_status(reply)
        return read(reply.content)

    def _check_status(self, reply: httpx.Response) -> None:
        """Raise what a status other than success means."""
        if reply.is_success:
            return
        if reply.is_redirect:
            where = self.shown(reply.headers.get("Location", "").partition("?")[0])
            raise FetchError("the PubMed server redirects", value=where, mend="set its base address to where it is now")
        status, value = reply.status_code, f"{self._host}: {self.shown(reply.content)}"
        if status != httpx.codes.TOO_MANY_REQUESTS and status < httpx.codes.INTERNAL_SERVER_ERROR:
            what = f"the PubMed server refused the request with status {status}"
            raise FetchError(what, value=value, mend="check its base address, the API key and the query")
        pause_s = _retry_after_s(reply.headers)
        if pause_s is not None and pause_s > _LONGEST_PAUSE_S:
            what = f"the PubMed server wants a pause of {pause_s:.0f} s"
            raise FetchError(what, value=self._host, mend="ask again after it; the records fetched so far are kept")
        raise PassingError(f"the PubMed server answered with status {status}", value=value, retry_after_s=pause_s)


class _Pace:
    """Keeps requests as far apart as a limit per second wants."""

    def __init__(self, per_second: int, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._gap_s, self._clock, self._sleep = _GAP_MARGIN / per_second, clock, sleep
        self._free_at_s = -math.inf

    def wait(self) -> None:
        now_s = self._clock()
        if now_s < self._free_at_s:
            self._sleep(self._free_at_s - now_s)
        self._free_at_s = max(now_s, self._free_at_s) + self._gap_s


def _host(base_url: str) -> str:
    """The host of a web address, without a password that may stand before it."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigError("the PubMed server's base address is no web address", mend="begin it with https://")
    return url.host if url.port is None else f"{url.host}:{url.port}"


def _pause_s(state: RetryCallState) -> float:
    """Seconds until the next attempt: doubling, with jitter, and no less than the server asked for."""
    fault = state.outcome.exception() if state.outcome else None
    asked_s = fault.retry_after_s if isinstance(fault, PassingError) else None
    return max(_BACKOFF(state), asked_s or 0.0)


def _retry_after_s(headers: httpx.Headers) -> float | None:
    """Seconds of a `Retry-After` (RFC 9110, 10.2.3): a number, or a date, which is compared with the reply's own."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return float(value)
    try:
        return (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (TypeError, ValueError):
        return None
