"""Which sources may be cited: retracted ones never, superseded ones only where nothing current takes their place."""

from __future__ import annotations

from collections.abc import Mapping

from rag.evidence import LeftOut
from rag.lives import current_successors, standing_retraction
from rag.types import Source


def left_out(source: Source, sources: Mapping[str, Source]) -> LeftOut | None:
    """Why a source may not be cited, since when, and what took its place; None where it may be cited."""
    successors = current_successors(source, sources)
    if source.status == "retracted":
        retraction = standing_retraction(source.notices)
        republished = retraction.republished_as if retraction else None
        replaced_by = tuple(dict.fromkeys((*((republished,) if republished else ()), *successors)))
        return LeftOut(
            source.source_id,
            "retracted",
            source.title,
            source.year,
            replaced_by,
            retraction.date if retraction else None,
            retraction.reason if retraction else None,
        )
    if source.status == "superseded" and successors:
        return LeftOut(
            source.source_id, "superseded", source.title, source.year, successors, source.superseded_since, None
        )
    return None
