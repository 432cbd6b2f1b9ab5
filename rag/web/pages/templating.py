"""Templates: everything is escaped, and every text is made plain before, so that nothing turns the order of letters
round or hides in a page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from rag import __version__
from rag.rendering.plain import plain
from rag.web.visitor import CSRF_FIELD, Visitor


def _plain_output(value: Any) -> Any:
    """Called on every value that a template prints, before it is escaped."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def day(moment: datetime | str | None) -> str:
    """Such as "26 November 2026"; a text is left as it is."""
    if moment is None:
        return ""
    if isinstance(moment, str):
        return moment
    return f"{moment.day} {moment:%B %Y}"


def minute(moment: datetime) -> str:
    """Such as "26 Nov 2026, 07:48 UTC"."""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def age(moment: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    now = datetime.now(UTC)
    seconds = max(0, int((now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))).total_seconds()))
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "under a minute"


@cache
def environment() -> Environment:
    """The one environment of all pages."""
    made = Environment(
        loader=PackageLoader("rag.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain_output,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": day, "minute": minute, "age": age}
    made.globals |= {"program_version": __version__, "static_version": _static_version(), "csrf_field": CSRF_FIELD}
    return made


def _static_version() -> str:
    """Changes with the files, so that a browser never mixes those of two versions."""
    folder = files("rag.web").joinpath("static")
    pieces = sorted((one.name, one.read_bytes()) for one in folder.iterdir() if one.is_file())
    return sha256(repr(pieces).encode()).hexdigest()[:12]


def render(
    request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A page for the visitor of a request."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    content = (
        environment()
        .get_template(template)
        .render(
            visitor=visitor,
            account=visitor.account if visitor else None,
            csrf=visitor.csrf if visitor else "",
            path=request.url.path,
            **values,
        )
    )
    return HTMLResponse(content, status, dict(headers or {}))
