"""What the faults of a model server mean, as errors of one clear line. No message shows the key."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

from rag.errors import ModelError

_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|n_ctx|too many tokens|prompt is too long",
    re.IGNORECASE,
)
_FILTERED = re.compile(r"content_filter|content management policy|ResponsibleAIPolicy", re.IGNORECASE)
_NO_MONEY = re.compile(r"insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)
_SEEN = "check RAG_MODEL_NAME, RAG_MODEL_BASE_URL and RAG_MODEL_API_KEY"


class RefusedError(Exception):
    """A request that a server refuses as it stands: it may accept another wording of the same.

    `complaint` are the server's words, `fault` the error that it is where nothing else can be tried, `client_fault`
    whether the server says that the request is at fault.
    """

    def __init__(self, complaint: str, fault: ModelError, *, client_fault: bool) -> None:
        super().__init__(complaint)
        self.complaint = complaint
        self.fault = fault
        self.client_fault = client_fault


@contextmanager
def faults_told(server: str, key: str | None) -> Iterator[None]:
    """Turns what the client raises into a `ModelError`, or into `RefusedError`.

    Args:
        server: its address, for the messages.
        key: what no message may show.
    """
    import httpx
    import openai

    def shown(words: object) -> str:
        text = str(words).replace(key, "***") if key else str(words)
        return f"{server}: {''.join(letter if letter.isprintable() else ' ' for letter in text)[:200]}"

    try:
        yield
    except (openai.APITimeoutError, httpx.TimeoutException) as error:
        raise ModelError(
            "the model server did not answer in time", value=server, mend="raise RAG_MODEL_TIMEOUT_S", retryable=True
        ) from error
    except (openai.APIConnectionError, httpx.TransportError) as error:
        cause = error.__cause__ or error
        if isinstance(cause, httpx.ReadError | httpx.RemoteProtocolError):
            raise ModelError("the model server broke off", value=shown(cause), retryable=True) from error
        raise ModelError(
            "the model server cannot be reached",
            value=server,
            mend="start it, or correct RAG_MODEL_BASE_URL",
            retryable=True,
        ) from error
    except openai.APIStatusError as error:
        words = f"{error.message} {error.code or ''} {error.param or ''}"
        raise _status_fault(error.status_code, words, shown(error.message), server, error.response.headers) from error
    except openai.APIError as error:
        raise ModelError("the model server reports an error", value=shown(error.message), retryable=True) from error
    except (openai.OpenAIError, ValueError, RecursionError) as error:
        raise ModelError("the model server's answer cannot be read", value=shown(error)) from error


def _status_fault(status: int, words: str, shown: str, server: str, headers: Mapping[str, Any]) -> Exception:
    """What a status other than success means."""
    if _FILTERED.search(words):
        return ModelError("the model refused to answer", value="stopped by the server's content filter")
    if _TOO_LONG.search(words):
        return ModelError(
            "the question and its evidence are too long for the model",
            value=shown,
            mend="set RAG_MODEL_WINDOW_TOKENS to what the model was started with",
        )
    if status == 429:
        if _NO_MONEY.search(words):
            return ModelError("the quota at the model server is used up", value=shown, mend="see its billing page")
        pause_s = retry_after_s(headers)
        when = "wait" if pause_s is None else f"wait {pause_s:.0f} s"
        return ModelError(
            "the model server says too many requests",
            value=server,
            mend=f"{when} and ask again",
            retryable=True,
            retry_after_s=pause_s,
        )
    pause_s = retry_after_s(headers) if status == 503 else None
    passing = status >= 500 or status == 408
    fault = ModelError(
        f"the model server answered with status {status}",
        value=shown,
        mend="ask again; its own log says more" if passing else _SEEN,
        retryable=passing,
        retry_after_s=pause_s,
    )
    if status in (400, 415, 422, 501):
        return RefusedError(words, fault, client_fault=True)
    return RefusedError(words, fault, client_fault=False) if passing and re.search("grammar|schema", words) else fault


def retry_after_s(headers: Mapping[str, Any]) -> float | None:
    """Seconds of a `retry-after-ms` or `Retry-After` (RFC 9110, 10.2.3), a number or a date; None: not said."""
    try:
        return max(0.0, float(headers.get("retry-after-ms", "")) / 1000)
    except ValueError:
        value = str(headers.get("Retry-After", "")).strip()
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", value):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
