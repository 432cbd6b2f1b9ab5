"""Retraction Watch exports (CSV, as Crossref publishes them): which notices concern our sources, and what follows.

Columns and natures are those of the public export. A correction or a concern does not undo a retraction; only a
reinstatement does. Identifiers that stand for "none" (0, unavailable) match nothing.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rag.curation.identities import plain_doi
from rag.curation.lives import change_fields, path_of
from rag.errors import CorpusError, ReadingError
from rag.ingestion.front_matter import DOI, PMID
from rag.ingestion.readers.base import clean, counted
from rag.lives import standing_retraction
from rag.types import Notice, NoticeKind, Source, SourceStatus

COLUMNS = (
    "RetractionDate",
    "RetractionDOI",
    "RetractionPubMedID",
    "OriginalPaperDOI",
    "OriginalPaperPubMedID",
    "RetractionNature",
    "Reason",
)
_NATURES: dict[str, NoticeKind] = {
    "retraction": "retraction",
    "expression of concern": "expression-of-concern",
    "correction": "correction",
    "reinstatement": "reinstatement",
}
_DATE_FORMATS = ("%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
_FIELD_MAX_CHARS = 2**24


@dataclass(frozen=True, slots=True)
class Row:
    """A notice of the export, with the DOI (lower case) and the PMID of the paper it is about."""

    doi: str | None
    pmid: str | None
    notice: Notice


@dataclass(frozen=True, slots=True)
class Change:
    """What a refresh changes in a source's life."""

    source_id: str
    title: str
    before: SourceStatus
    after: SourceStatus
    new: tuple[Notice, ...]
    completed: int

    def __str__(self) -> str:
        kinds = ", ".join(f"{one.kind.replace('-', ' ')} {one.date or 'undated'}" for one in self.new)
        parts = [f"{self.before} -> {self.after}" if self.before != self.after else f"{self.after}"]
        parts += [f"new: {kinds}"] if kinds else []
        parts += [f"{counted(self.completed, 'notice')} completed"] if self.completed else []
        return f"{self.source_id}: {'; '.join(parts)}"


def _identifier(value: str | None, pattern: str) -> str | None:
    text = plain_doi(value or "")
    return text if re.match(pattern, text) else None


def _date(value: str) -> str | None:
    for written in _DATE_FORMATS:
        try:
            return datetime.strptime(value.strip(), written).date().isoformat()
        except ValueError:
            continue
    return None


def _row(record: Mapping[str, Any]) -> Row | None:
    kind = _NATURES.get(str(record["RetractionNature"] or "").strip().lower())
    doi = _identifier(record["OriginalPaperDOI"], DOI)
    pmid = _identifier(record["OriginalPaperPubMedID"], PMID)
    if kind is None or not (doi or pmid):
        return None
    reasons = [clean(one).lstrip("+").strip() for one in str(record["Reason"] or "").split(";")]
    notice = Notice(
        kind,
        _date(str(record["RetractionDate"] or "")),
        "; ".join(one for one in reasons if one) or None,
        _identifier(record["RetractionDOI"], DOI),
        _identifier(record["RetractionPubMedID"], PMID),
    )
    return Row(doi.lower() if doi else None, pmid, notice)


def rows(path: Path) -> Iterator[Row]:
    """The notices of an export, in order, one at a time; rows without a usable identifier or nature are passed over.

    Raises:
        ReadingError: the file cannot be read, lacks a column, or is cut off.
    """
    csv.field_size_limit(_FIELD_MAX_CHARS)
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            table = csv.DictReader(stream, strict=True)
            lacking = [name for name in COLUMNS if name not in (table.fieldnames or ())]
            if lacking:
                raise ReadingError(
                    f"{path}: no Retraction Watch export; columns are missing",
                    value=", ".join(lacking),
                    mend="give the CSV file as published",
                )
            for record in table:
                if any(record[name] is None for name in COLUMNS):
                    raise csv.Error(f"line {table.line_num} lacks columns")
                row = _row(record)
                if row is not None:
                    yield row
    except OSError as error:
        raise ReadingError(f"{path}: cannot be read", value=error.strerror) from error
    except csv.Error as error:
        raise ReadingError(f"{path}: the CSV is cut off or damaged", value=error, mend="fetch it again") from error


def _same(known: Notice, other: Notice) -> bool:
    if known.kind != other.kind:
        return False
    pairs = ((known.doi, other.doi), (known.pmid, other.pmid))
    if any(mine and theirs and mine.lower() == theirs.lower() for mine, theirs in pairs):
        return True
    if any(mine and theirs for mine, theirs in pairs):
        return False
    if known.date and other.date:
        shorter = min(len(known.date), len(other.date))
        return known.date[:shorter] == other.date[:shorter]
    return True


def _completed(known: Notice, other: Notice) -> Notice:
    """A notice on record with what the export knows beyond it; what is on record stays."""
    return replace(
        known,
        date=other.date if not known.date or (other.date or "").startswith(known.date) else known.date,
        reason=known.reason or other.reason,
        doi=known.doi or other.doi,
        pmid=known.pmid or other.pmid,
    )


def _order(notice: Notice) -> tuple[str, ...]:
    return tuple(value or "" for value in astuple(notice))


def _merged_once(known: Iterable[Notice], reported: Iterable[Notice]) -> list[Notice]:
    """The notices on record, each completed by what is reported of it, and the others after them."""
    notices = list(known)
    for notice in reported:
        places = [number for number, one in enumerate(notices) if _same(one, notice)]
        if any(_completed(notices[place], notice) == notices[place] for place in places):
            continue
        if places:
            notices[places[0]] = _completed(notices[places[0]], notice)
        else:
            notices.append(notice)
    return notices


def _merged(known: Sequence[Notice], reported: Iterable[Notice]) -> tuple[tuple[Notice, ...], tuple[Notice, ...], int]:
    """All notices by date, those that are new, and how many on record were completed.

    The reported ones are gone through until they bring nothing more, so that neither their order nor a second refresh
    makes a difference.
    """
    ordered = sorted(set(reported), key=_order)
    before, notices = None, list(known)
    while notices != before:
        before, notices = notices, _merged_once(notices, ordered)
    completed = sum(one != other for one, other in zip(known, notices, strict=False))
    return tuple(sorted(notices, key=lambda one: one.date or "")), tuple(notices[len(known) :]), completed


def status_of(source: Source, notices: Iterable[Notice]) -> SourceStatus:
    """The status that follows from a source's notices and successors."""
    if standing_retraction(notices):
        return "retracted"
    return "superseded" if source.superseded_by else "current"


def refresh(
    sources: Iterable[Source], export: Iterable[Row], corpus_dir: Path, *, dry_run: bool = False
) -> tuple[list[Change], list[str]]:
    """Bring the lives of sources up to date with an export.

    The whole export is read before the first file is changed, and each file is changed as a whole.

    Returns:
        The changes, made unless `dry_run`; and the ids of sources that a row names together with another one, the DOI
        of the one and the PMID of the other. Such a row changes nothing.

    Raises:
        ReadingError: from the export; nothing was changed.
        CorpusError: a file cannot be changed; those before it are.
    """
    known = list(sources)
    reported, doubtful = _reported(known, export)
    changes = []
    for source in known:
        notices, new, completed = _merged(source.notices, reported.get(source.source_id, ()))
        if new or completed:
            after = status_of(source, notices)
            changes.append(Change(source.source_id, source.title, source.status, after, new, completed))
            if not dry_run:
                _write(corpus_dir, source.source_id, after, notices)
    return changes, sorted(doubtful)


def _reported(known: Iterable[Source], export: Iterable[Row]) -> tuple[dict[str, list[Notice]], set[str]]:
    """What an export reports of each source, by id; and the ids that it mixes up."""
    by_doi, by_pmid = defaultdict(set), defaultdict(set)
    for source in known:
        by_doi[(source.doi or "").lower()].add(source.source_id)
        by_pmid[source.pmid or ""].add(source.source_id)
    reported: dict[str, list[Notice]] = defaultdict(list)
    doubtful: set[str] = set()
    for row in export:
        named = [by_doi.get(row.doi, set()) if row.doi else set(), by_pmid.get(row.pmid, set()) if row.pmid else set()]
        if all(named) and not set.intersection(*named):
            doubtful |= set.union(*named)
            continue
        for source_id in set.union(*named):
            reported[source_id].append(row.notice)
    return reported, doubtful


def _write(corpus_dir: Path, source_id: str, status: SourceStatus, notices: Iterable[Notice]) -> None:
    path = path_of(corpus_dir, source_id)
    if path is None:
        raise CorpusError(f"{source_id}: its file is gone", mend="run the command again")
    change_fields(path, {"status": status, "notices": [asdict(notice) for notice in notices]})


def mark_checked(sources: Iterable[Source], corpus_dir: Path, day: str) -> int:
    """Record the day on which every source with a DOI or a PMID was looked up; how many files that changed."""
    changed = 0
    for source in sources:
        path = path_of(corpus_dir, source.source_id)
        if path is not None and (source.doi or source.pmid) and (source.notices_checked or "") < day:
            change_fields(path, {"notices_checked": day})
            changed += 1
    return changed
