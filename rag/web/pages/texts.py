"""Pages on the program itself: editorial policy, how verification works, how well it does.

The policy is the very text of docs/editorial-policy.md; where the program was installed without its documents, the
page says where to find it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import Response

from rag.web.pages.templating import render
from rag.web.pages.views import LEGEND

router = APIRouter()
_ROOT = Path(__file__).resolve().parents[3]
_REPORT = ("runs", "starter", "report.md")
_RESULTS = re.compile(r"<!-- results -->(.*?)(?:<!-- /results -->|\Z)", re.DOTALL)


def _document(name: str) -> str | None:
    """The text of a file of docs/, None where it is not there."""
    path = _ROOT / "docs" / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


@cache
def _markdown() -> MarkdownIt:
    """No raw HTML: what a document holds is text."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _as_html(text: str) -> Markup:
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"\[([^\]]+)\]\((?!https?://)[^)]*\)", r"\1", text)  # links between files lead nowhere on a page
    made = _markdown().render(text)
    made = made.replace("<table>", '<div class="table" tabindex="0" role="region" aria-label="Table"><table>')
    made = made.replace("</table>", "</table></div>")
    made = re.sub(r' style="text-align:(left|right|center)"', r' class="\1"', made)
    return Markup(made)  # noqa: S704 -- markdown-it escaped it, and HTML in the source is off


@router.get("/policy")
def show_policy(request: Request) -> Response:
    """The editorial policy."""
    text = _document("editorial-policy.md")
    body = re.sub(r"\A# .*\n", "", text) if text else None
    return render(request, "policy.html", body=_as_html(body) if body else None)


@router.get("/verification")
def show_verification(request: Request) -> Response:
    """How verification works, for readers."""
    return render(request, "verification.html", legend=LEGEND)


@router.get("/evaluation")
def show_evaluation(request: Request) -> Response:
    """The figures of the latest evaluation: of the run on this machine where there is one, else those of the docs."""
    run = _ROOT.joinpath(*_REPORT)
    own_run = run.is_file()
    found = _RESULTS.search(_document("evaluation.md") or "")
    results = run.read_text(encoding="utf-8") if own_run else found.group(1) if found else ""
    first, rest = _after_first_table(results)
    return render(
        request,
        "evaluation.html",
        results=_as_html(first) if first else None,
        rest=_as_html(rest) if rest.strip() else None,
        own_run=own_run,
    )


def _after_first_table(text: str) -> tuple[str, str]:
    """What comes up to the end of the first table, and what comes behind it."""
    lines = text.splitlines(keepends=True)
    rows = [place for place, line in enumerate(lines) if line.startswith("|")]
    end = next((place for place in rows if place + 1 == len(lines) or not lines[place + 1].startswith("|")), -1) + 1
    return "".join(lines[:end]), "".join(lines[end:])
