"""What went wrong, as a calm page that says what can be done."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from rag.web.pages.templating import render

_ADVICE = {
    401: "Sign in, and then try again.",
    403: "If you came here from an old page, go back, load it anew and try again. Some pages are for reviewers or "
    "administrators alone.",
    404: "The address may be mistyped, or what stood here is kept for someone else.",
    409: "Someone may have been quicker. Load the page anew to see where things stand.",
    413: "What was sent is too large. Shorten it.",
    422: "Go back, and change what was asked.",
    429: "Wait a little, and try again.",
    500: "It is not your doing. Nothing half-written was kept; try again in a while.",
    502: "Nothing was kept. Ask again in a while.",
    503: "Nothing was kept. Try again in a while.",
    504: "Nothing was kept. Ask again, or ask less at once.",
}


def error_page(scope: Scope, status: int, title: str, detail: str) -> Response:
    """The page of an error; it needs no visitor, for it may come before anyone is known."""
    request = Request(scope)
    number = scope.get("state", {}).get("request_id", "")
    advice = _ADVICE.get(status, "Go back, and try again.")
    return render(
        request, "error.html", status, code=status, heading=title, detail=detail, advice=advice, number=number
    )
