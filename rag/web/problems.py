"""What went wrong, said to a program as problem+json (RFC 9457) and to a reader as a calm page. Never a stack trace."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from rag.errors import (
    AccountError,
    BudgetError,
    ConfigError,
    EncoderError,
    EntailmentError,
    IndexBrokenError,
    IndexBusyError,
    IndexMismatchError,
    IndexMissingError,
    LedgerError,
    ModelError,
    NotKeptError,
    PrivacyError,
    QuestionError,
    RagError,
    RepeatedKeyError,
    ReviewError,
    SignInError,
)

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """A way in which a request fails. `kind` is the last part of its `type`, which /v1/docs explains."""

    status: int
    kind: str
    title: str


_OF_ERRORS: dict[type[RagError], Problem] = {
    QuestionError: Problem(422, "question", "The question cannot be asked."),
    PrivacyError: Problem(422, "privacy", "The question identifies a person."),
    NotKeptError: Problem(404, "not-kept", "There is no such answer, version or conversation."),
    AccountError: Problem(400, "account", "The account cannot be made or changed so."),
    SignInError: Problem(401, "sign-in", "Nobody is signed in by this."),
    ReviewError: Problem(409, "review", "This step of a review cannot be taken now."),
    ModelError: Problem(502, "model", "The language model did not answer."),
    BudgetError: Problem(503, "budget", "The budget for language models is spent."),
    IndexMissingError: Problem(503, "index", "There is no index to answer from."),
    IndexMismatchError: Problem(503, "index", "The index does not fit the settings."),
    IndexBrokenError: Problem(503, "index", "The index is damaged."),
    IndexBusyError: Problem(503, "index", "The index is being built."),
    EncoderError: Problem(503, "index", "The encoder cannot be used."),
    EntailmentError: Problem(503, "verifier", "The verifier cannot be used."),
    LedgerError: Problem(503, "ledger", "Saved answers cannot be read or written at the moment."),
    ConfigError: Problem(503, "settings", "The server's settings do not fit."),
}
_REUSED = Problem(422, "repeated-key", "The Idempotency-Key was used for another request.")
_UNDER_WAY = Problem(409, "repeated-key", "The request with this Idempotency-Key is still being answered.")
_UNKNOWN = Problem(500, "internal", "Something failed on the server.")
_LOCKED = Problem(429, "locked", "Signing in is locked for a while.")
_RETRYABLE_MODEL = Problem(503, "model", "The language model did not answer; it may later.")
INVALID = Problem(422, "invalid", "The request does not have the form that is asked for.")
EXPLAINED: tuple[Problem, ...] = (*_OF_ERRORS.values(), INVALID, _REUSED, _LOCKED, _UNKNOWN)
"""All that have a kind of their own; the others are named by their status alone."""


_PHRASES = {int(one): one.phrase for one in HTTPStatus} | {499: "The client went away."}


def problem_of(error: RagError) -> Problem:
    """What an error is to the outside: by its class, or the nearest class above it."""
    if isinstance(error, SignInError) and error.retry_after_s is not None:
        return _LOCKED
    if isinstance(error, RepeatedKeyError):
        return _UNDER_WAY if error.under_way else _REUSED
    if isinstance(error, ModelError) and error.retryable:
        return _RETRYABLE_MODEL
    return next((_OF_ERRORS[kind] for kind in type(error).__mro__ if kind in _OF_ERRORS), _UNKNOWN)


def is_api(scope: Scope) -> bool:
    """Whether a request is a program's: it is answered with problems, not with pages."""
    path: str = scope["path"]
    return path == "/v1" or path.startswith("/v1/") or path == "/metrics"


def problem_record(scope: Scope, status: int, detail: str, problem: Problem | None = None) -> dict[str, Any]:
    """The fields of a problem. `instance` names the request, as the access log does."""
    title = problem.title if problem else _PHRASES.get(status, "The request failed.")
    return {
        "type": f"/v1/docs#problem-{problem.kind}" if problem else "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{scope.get('state', {}).get('request_id', '0' * 32)}",
    }


def refusal(
    scope: Scope,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    *,
    problem: Problem | None = None,
    fields: list[dict[str, str]] | None = None,
) -> Response:
    """The response to a request that fails: a problem for a program, a page for a reader."""
    record = problem_record(scope, status, detail, problem) | ({"errors": fields} if fields else {})
    if is_api(scope):
        content = json.dumps(record, ensure_ascii=False)
        return Response(content, status, dict(headers or {}), media_type=PROBLEM_JSON)
    page = getattr(scope["app"].state, "error_page", None)
    if page is not None:
        response: Response = page(scope, status, str(record["title"]), detail)
        response.headers.update(headers or {})
        return response
    return HTMLResponse(_plain_page(str(record["title"]), detail), status, dict(headers or {}))


def _plain_page(title: str, detail: str) -> str:
    title, detail = html.escape(title), html.escape(detail)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        f'<body><main><h1>{title}</h1><p>{detail}</p><p><a href="/">Back to the question</a></p></main></body></html>'
    )
