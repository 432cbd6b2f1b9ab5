"""An answer as PDF, set by typst with the fonts that it brings: the same answer gives the same bytes anywhere.

The text reaches the template answer.typ as JSON values, which typst puts down as text and never reads as markup.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from rag.answer import Answer
from rag.errors import RagError
from rag.rendering.sheet import LANGUAGE, Sheet, sheet_of, sheets_of
from rag.rendering.wording import EVIDENCE, EVIDENCE_NOTE, READERS, Signed

_SHORT_CHARS = 80


def to_pdf(answer: Answer, *, signed: Signed | None = None) -> bytes:
    """The whole answer with its evidence and references, on A4 pages. The date of the file is that of the answer.

    Raises:
        RagError: typst cannot set it.
    """
    sheet = sheet_of(answer, signed=signed)
    return _pdf((sheet,), sheet.question)


def answers_to_pdf(answers: Sequence[Answer], title: str) -> bytes:
    """The answers of a conversation, each beginning on a page of its own."""
    return _pdf(sheets_of(answers), title)


def _pdf(sheets: Sequence[Sheet], title: str) -> bytes:
    import typst

    given = json.dumps(_given(sheets, title), ensure_ascii=False)
    compiler = typst.Compiler(_template(), ignore_system_fonts=True, sys_inputs={"given": given})
    try:
        pages = compiler.compile(format="pdf", timestamp=_made_at(sheets[0].created_at))
    except typst.TypstError as error:
        raise RagError("the answer cannot be set as PDF", value=error.message, mend="export it as html") from error
    assert isinstance(pages, bytes)  # noqa: S101 - one file, as there is no other output than a PDF
    return pages


def _given(sheets: Sequence[Sheet], title: str) -> dict[str, Any]:
    first = sheets[0]
    return {
        "title": title,
        "language": LANGUAGE,
        "keywords": [first.status_line, first.made_from],
        "imprint": f"Sourcebound · index {first.fingerprint} · {first.created_at}",
        "words": {"evidence": EVIDENCE, "evidence_note": EVIDENCE_NOTE},
        "sheets": [_sheet(sheet) for sheet in sheets],
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return asdict(sheet) | {
        "kicker": f"Sourcebound · for {READERS[sheet.audience]}",
        "short_question": _shortened(sheet.question),
        "short_status": sheet.status.replace("_", " ").capitalize(),
        "evidence_after": sheet.evidence_after,
    }


def _shortened(text: str) -> str:
    if len(text) <= _SHORT_CHARS:
        return text
    return f"{text[:_SHORT_CHARS].rsplit(' ', 1)[0]} …"


def _made_at(created_at: str) -> datetime:
    """When the answer was made; the beginning of 1970 where its record does not say: never the time of the export."""
    try:
        made = datetime.fromisoformat(created_at)
    except ValueError:
        made = datetime.fromtimestamp(0, UTC)
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)


@cache
def _template() -> bytes:
    return files("rag.rendering").joinpath("templates", "answer.typ").read_bytes()
