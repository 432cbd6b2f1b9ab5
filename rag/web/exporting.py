"""A saved answer as a file to take away, with the status of its review."""

from __future__ import annotations

import json
import re
from typing import Literal

from starlette.responses import Response

from rag.ledger.base import SavedAnswer
from rag.rendering.exports import EXPORTS, Exported, Signed, export
from rag.rendering.reading import read_answer
from rag.review.base import Standing

ExportFormat = Literal["markdown", "html", "pdf", "json", "ris", "bibtex", "csl", "fhir"]


def exported(saved: SavedAnswer, form: ExportFormat, standing: Standing) -> Exported:
    """The file. As JSON it is the record itself, as it was kept.

    Raises:
        RagError: the answer cannot be put into this format.
    """
    if form == "json":
        return EXPORTS[form].exported(json.dumps(dict(saved.record), ensure_ascii=False, indent=2) + "\n")
    at = standing.at.isoformat(timespec="seconds") if standing.at else None
    signed = Signed(standing.status, standing.by, at, standing.void)
    return export(read_answer(saved.record), form, signed=signed)


def download(saved: SavedAnswer, file: Exported) -> Response:
    """The response that has a browser keep it, never show it as a page of ours."""
    stem = re.sub(r"[^A-Za-z0-9-]", "-", saved.answer_id)
    name = f"sourcebound-{stem}-{saved.version}{file.suffix}"
    return Response(
        file.content, media_type=file.media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
