"""The life of a source: whether its retraction stands, and what took its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple

from rag.types import Notice, NoticeKind, Source


def _is_later(date: str, than: str) -> bool:
    """Whether a date is later for certain: a year and a day of that year are in no order."""
    shorter = min(len(date), len(than))
    return date[:shorter] > than[:shorter]


def _standing(notices: Iterable[Notice], kind: NoticeKind) -> Notice | None:
    known = tuple(notices)
    reinstated = [notice.date for notice in known if notice.kind == "reinstatement" and notice.date]
    standing = [
        notice
        for notice in known
        if notice.kind == kind and not (notice.date and any(_is_later(date, notice.date) for date in reinstated))
    ]
    return max(standing, key=lambda notice: tuple(value or "" for value in astuple(notice)), default=None)


def standing_retraction(notices: Iterable[Notice]) -> Notice | None:
    """The latest retraction that no later reinstatement took back, or None.

    A correction or a concern that follows a retraction does not undo it. Where a date is missing, or the dates do not
    say which came first, the retraction stands: in doubt a paper is not cited.
    """
    return _standing(notices, "retraction")


def standing_concern(notices: Iterable[Notice]) -> Notice | None:
    """The latest expression of concern that no later reinstatement took back, or None."""
    return _standing(notices, "expression-of-concern")


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
