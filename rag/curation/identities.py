"""Who is already in the corpus: ids, DOIs, PMIDs and titles, read from the front matter alone."""

from __future__ import annotations

import re
import unicodedata
from collections import ChainMap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from rag.ingestion.corpus_file import FOLDERS
from rag.ingestion.front_matter import loaded, parted
from rag.types import Source

_DOI_PREFIX = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_SLUG_CHARS = 60
_Titled = tuple[str, bool, bool]
"""A source as its title names it: its id, and whether it has a DOI and a PMID."""


def plain_doi(doi: str) -> str:
    """A DOI without an address or "doi:" before it."""
    return _DOI_PREFIX.sub("", doi.strip())


def slug(text: str) -> str:
    """A text as part of an id: ASCII letters, digits and hyphens; "" where nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    return words if len(words) <= _SLUG_CHARS else words[:_SLUG_CHARS].rpartition("-")[0] or words[:_SLUG_CHARS]


class Identities:
    """What the sources of a corpus can be known by. DOIs, ids and titles are compared without regard to case.

    Args:
        below: further sources, which are known as well and stay as they are.
    """

    def __init__(self, below: Identities | None = None) -> None:
        self._ids: ChainMap[str, str] = below._ids.new_child() if below else ChainMap()
        self._by_doi: ChainMap[str, str] = below._by_doi.new_child() if below else ChainMap()
        self._by_pmid: ChainMap[str, str] = below._by_pmid.new_child() if below else ChainMap()
        self._by_title: ChainMap[tuple[str, int], _Titled] = below._by_title.new_child() if below else ChainMap()

    def add(self, source: Source) -> None:
        """Remember a source."""
        self._ids[source.source_id.lower()] = source.source_id
        if source.doi:
            self._by_doi.setdefault(source.doi.lower(), source.source_id)
        if source.pmid:
            self._by_pmid.setdefault(source.pmid, source.source_id)
        self._by_title.setdefault(_title_of(source), (source.source_id, bool(source.doi), bool(source.pmid)))

    def absorb(self, above: Identities) -> None:
        """Remember what was added to an `Identities` that has this one below."""
        self._ids.update(above._ids.maps[0])
        self._by_doi.update(above._by_doi.maps[0])
        self._by_pmid.update(above._by_pmid.maps[0])
        self._by_title.update(above._by_title.maps[0])

    def find(self, source: Source) -> str | None:
        """The id of the source that is the same publication: same DOI, else same PMID, else same title and year where
        the two have neither a DOI each nor a PMID each."""
        if source.doi and source.doi.lower() in self._by_doi:
            return self._by_doi[source.doi.lower()]
        if source.pmid and source.pmid in self._by_pmid:
            return self._by_pmid[source.pmid]
        source_id, has_doi, has_pmid = self._by_title.get(_title_of(source), (None, False, False))
        return None if (has_doi and source.doi) or (has_pmid and source.pmid) else source_id

    def holds(self, source_id: str) -> bool:
        """Whether an id is taken, in whatever case."""
        return source_id.lower() in self._ids

    def id_of(self, name: str) -> str | None:
        """The id of the source that an id or a PMID names."""
        return self._ids.get(name) or self._by_pmid.get(name)

    def free_id(self, wanted: str) -> str:
        """The wanted id, or the first of "wanted-2", "wanted-3" ... that is free."""
        if not self.holds(wanted):
            return wanted
        number = 2
        while self.holds(f"{wanted}-{number}"):
            number += 1
        return f"{wanted}-{number}"


def _title_of(source: Source) -> tuple[str, int]:
    words = re.sub(r"\W+", " ", unicodedata.normalize("NFKC", source.title).casefold()).strip()
    return words or source.title, source.year


def wanted_id(source: Source) -> str:
    """The id that a new source should have: by PMID, else by title and year."""
    return f"pmid-{source.pmid}" if source.pmid else f"{slug(source.title) or 'source'}-{source.year}"


def front_matters(corpus_dir: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The front matter of each corpus file as it stands, unchecked; empty where it cannot be read."""
    for folder in FOLDERS:
        for path in sorted((corpus_dir / folder).glob("*.md")):
            try:
                parts = parted(path.read_text(encoding="utf-8"))
                yield path, loaded(parts.fields) if parts else {}
            except (OSError, UnicodeDecodeError, yaml.YAMLError):
                yield path, {}


def known_identities(corpus_dir: Path) -> Identities:
    """What the corpus holds now; nothing where the folder is not there yet.

    A file that cannot be read is known by its name, so that none is ever written over it.
    """
    known = Identities()
    for path, fields in front_matters(corpus_dir):
        year = fields.get("year")
        source = Source(
            source_id=path.stem,
            kind="research",
            title=str(fields.get("title") or path.name),
            year=year if isinstance(year, int) else 0,
            status="current",
            doi=str(fields["doi"]) if fields.get("doi") else None,
            pmid=str(fields["pmid"]) if fields.get("pmid") else None,
        )
        known.add(source)
    return known
