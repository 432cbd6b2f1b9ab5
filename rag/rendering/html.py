"""An answer as one self-contained page: no script, no picture, no font and no address from which anything is loaded.

Made from the template answer.html with everything escaped; its policy forbids whatever is not its own style.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from rag import __version__
from rag.answer import Answer
from rag.rendering.sheet import LANGUAGE, Sheet, sheet_of, sheets_of
from rag.rendering.wording import EVIDENCE, EVIDENCE_NOTE, READERS, Signed

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, slots=True)
class _Words:
    evidence: str = EVIDENCE
    evidence_note: str = EVIDENCE_NOTE


def to_html(answer: Answer, *, signed: Signed | None = None) -> str:
    """The whole answer as a page: each number leads to the quoted words, and these to their reference."""
    sheet = sheet_of(answer, signed=signed)
    return _page((sheet,), sheet.question)


def answers_to_html(answers: Sequence[Answer], title: str) -> str:
    """The answers of a conversation on one page, one after the other."""
    return _page(sheets_of(answers), title)


def _page(sheets: Sequence[Sheet], title: str) -> str:
    style = _style()
    return _template().render(
        sheets=sheets,
        title=title,
        level=1 if len(sheets) == 1 else 2,
        language=LANGUAGE,
        version=__version__,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        words=_Words(),
        readers=READERS,
    )


def _file(name: str) -> str:
    return files("rag.rendering").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    return _file("answer.css")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_file("answer.html"))
