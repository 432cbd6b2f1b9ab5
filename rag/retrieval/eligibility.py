"""Which sources may be cited: retracted ones never, superseded ones only where nothing current takes their place."""

from __future__ import annotations

from collections.abc import Mapping

from rag.evidence import LeftOut
from rag.types import Source


def current_successors(source: Source, sources: Mapping[str, Source]) -> tuple[str, ...]:
    """The current sources, among those given, that took a source's place, directly or through others."""
    found: list[str] = []
    seen = {source.source_id}
    ahead = [*source.superseded_by]
    while ahead:
        source_id = ahead.pop(0)
        if source_id in seen:
            continue
        seen.add(source_id)
        successor = sources.get(source_id)
        if successor is None:
            continue
        if successor.status == "current":
            found.append(source_id)
        else:
            ahead.extend(successor.superseded_by)
    return tuple(found)


def left_out(source: Source, sources: Mapping[str, Source]) -> LeftOut | None:
    """Why a source may not be cited, or None where it may."""
    if source.status == "retracted":
        return LeftOut(source.source_id, "retracted", source.title, source.year)
    if source.status == "superseded":
        replaced_by = current_successors(source, sources)
        if replaced_by:
            return LeftOut(source.source_id, "superseded", source.title, source.year, replaced_by)
    return None
