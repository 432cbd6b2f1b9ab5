"""RIS and BibTeX: bibliographic records, by rispy and bibtexparser. An abstract, where there is one, is the text."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.errors import ReadingError
from rag.ingestion.readers.base import Reading, block, clean, read_bounded
from rag.ingestion.readers.names import family_first, short_list
from rag.ingestion.readers.plain_text import decoded
from rag.ingestion.readers.xml import superscript

_YEAR = re.compile(r"(?:18|19|20)\d\d")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PMID = re.compile(r"(?:PMID:?\s*|pubmed[^\d]*/)(\d{1,9})\b", re.IGNORECASE)
_RAISED = re.compile(r"\\textsuperscript\s*\{([^{}]*)\}|(?<!\\)\^\s?(?:\{([-+−–0-9.,]+)\}|([0-9]))")
_LOWERED = re.compile(r"\\textsubscript\s*\{([^{}]*)\}|(?<=\$)_\s?(?:\{(\w+)\}|(\w))(?=\$)")
_BARE_PERCENT = re.compile(r"(?<!\\)%")
_DOLLARS = re.compile(r"(?<!\\)\$(?:([^$]{0,200})(?<!\\)\$)?")
_FORMULA = re.compile(r"[\\^_<>=≤≥±×⁰-⁹²³¹]")
_ADDRESSES = ("url", "doi", "pmid", "urls")
_DESIGNS = {"JOUR": "journal article", "article": "journal article", "RPRT": "report", "techreport": "report"}


def _first(entry: Mapping[str, Any], *keys: str) -> str | None:
    for key in keys:
        value = entry.get(key)
        text = clean(" ".join(map(str, value)) if isinstance(value, list) else str(value or ""))
        if text:
            return text
    return None


def _reading(entry: Mapping[str, Any], kind_of_entry: str, names: list[str], place: str) -> Reading:
    """A reading of an entry whose keys are those of BibTeX."""
    year = _YEAR.search(_first(entry, "year", "date") or "")
    doi = _DOI.search(_first(entry, "doi") or "")
    pmid = _first(entry, "pmid")
    if not (pmid and pmid.isdigit()):
        named = _PMID.search(_first(entry, "note", "url", "urls") or "")
        pmid = named[1] if named else None
    abstract = tuple(block(_first(entry, "abstract") or ""))
    url = re.search(r"https?://\S+", _first(entry, "url", "urls") or "")
    return Reading(
        title=_first(entry, "title"),
        year=int(year[0]) if year else None,
        authors=short_list(names),
        organisation=_first(entry, "institution", "organization", "publisher"),
        journal=_first(entry, "journal", "journaltitle"),
        doi=doi[0].rstrip(".,;") if doi else None,
        pmid=pmid,
        url=url[0] if url else None,
        study_type=_DESIGNS.get(kind_of_entry),
        blocks=abstract,
        remarks=() if abstract else ("has no abstract",),
        place=place,
    )


class RisReader:
    """Reads RIS records.

    Args:
        max_bytes: the largest file that is read.
    """

    format = "RIS"

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def read(self, path: Path) -> Iterator[Reading]:
        """Every record, in order.

        Raises:
            ReadingError: not text, or not RIS.
        """
        import rispy

        text = decoded(read_bounded(path, self._max_bytes), path)
        try:
            entries = rispy.loads(text)
        except Exception as error:
            raise ReadingError(f"{path}: is not RIS", value=error, mend="export it again") from error
        if not entries:
            raise ReadingError(f"{path}: no record in this RIS file", mend="records begin with 'TY  - '")
        for number, entry in enumerate(entries, start=1):
            kind_of_entry = str(entry.get("type_of_reference", ""))
            yield _reading(self._renamed(entry), kind_of_entry, self._names(entry), f"record {number}")

    @staticmethod
    def _names(entry: Mapping[str, Any]) -> list[str]:
        return [family_first(name) for name in entry.get("authors") or entry.get("first_authors") or ()]

    @staticmethod
    def _renamed(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "title": entry.get("title") or entry.get("primary_title"),
            "year": entry.get("year") or entry.get("publication_year") or entry.get("date"),
            "journal": entry.get("alternate_title3")
            or entry.get("journal_name")
            or entry.get("secondary_title")
            or entry.get("alternate_title2"),
            "doi": entry.get("doi"),
            "pmid": entry.get("accession_number") if _of_pubmed(entry) else None,
            "abstract": entry.get("abstract") or entry.get("notes_abstract"),
            "url": entry.get("urls"),
            "institution": entry.get("publisher") if entry.get("type_of_reference") == "RPRT" else None,
            "note": entry.get("notes"),
        }


def _of_pubmed(entry: Mapping[str, Any]) -> bool:
    """Whether an accession number is a PMID: those of other databases are numbers too."""
    origin = f"{entry.get('name_of_database', '')} {entry.get('database_provider', '')}".lower()
    return any(name in origin for name in ("pubmed", "medline", "nlm"))


class BibtexReader:
    """Reads BibTeX and BibLaTeX entries; LaTeX commands in them become characters.

    Args:
        max_bytes: the largest file that is read.
    """

    format = "BibTeX"

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def read(self, path: Path) -> Iterator[Reading]:
        """Every entry, in order.

        Raises:
            ReadingError: not text, or an entry that cannot be parsed.
        """
        import bibtexparser
        from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry

        text = decoded(read_bounded(path, self._max_bytes), path)
        logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
        library = bibtexparser.parse_string(text)
        twice = (DuplicateBlockKeyBlock, DuplicateFieldKeyBlock)
        failed = next((one for one in library.failed_blocks if not isinstance(one, twice)), None)
        if failed:
            raise ReadingError(
                f"{path}: an entry cannot be parsed", value=f"line {(failed.start_line or 0) + 1}", mend="correct it"
            )
        entries = [getattr(one, "ignore_error_block", one) for one in library.blocks]
        entries = [one for one in entries if isinstance(one, Entry)]
        if not entries:
            raise ReadingError(f"{path}: no entry in this BibTeX file", mend="entries begin with '@'")
        for entry in entries:
            braced = {one.key.lower(): _plain(one.key.lower(), str(one.value)) for one in reversed(entry.fields)}
            fields = {key: _unbraced(value) for key, value in braced.items()}
            names = [_author(name) for name in re.split(r"\s+and\s+", braced.get("author", "")) if name]
            yield _reading(fields, entry.entry_type, names, f"entry {entry.key}")


def _author(name: str) -> str:
    """A name as the corpus writes it; one that is braced as a whole is that of a group."""
    return _unbraced(name) if re.fullmatch(r"\{.*\}", name.strip()) else family_first(_unbraced(name))


def _plain(key: str, value: str) -> str:
    """A value without its LaTeX commands. A bare "%" is what it looks like here, and not the start of a comment."""
    from pylatexenc.latex2text import LatexNodes2Text

    if key in _ADDRESSES or not any(character in value for character in "\\$%^~`'-"):
        return value.replace("\\", "")
    marked = _RAISED.sub(lambda found: superscript(found[1] or found[2] or found[3] or "", _before(found)), value)
    lowered = _LOWERED.sub(lambda found: found[1] or found[2] or found[3] or "", marked)
    money = _DOLLARS.sub(lambda found: found[0] if _is_formula(found[1]) else found[0].replace("$", "\\$"), lowered)
    try:
        decoder = LatexNodes2Text(keep_braced_groups=True, math_mode="text", keep_comments=True)
        return str(decoder.latex_to_text(_BARE_PERCENT.sub(r"\\%", money)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return value


def _before(found: re.Match[str]) -> str:
    return found.string[: found.start()].rstrip("$ ")[-1:]


def _is_formula(text: str | None) -> bool:
    """Whether what stands between two dollars is a formula, and not a price and what follows it."""
    return text is not None and bool(_FORMULA.search(text) or len(text.split()) == 1)


def _unbraced(value: str) -> str:
    """A value without the braces that only protect its letters' case."""
    return value.replace("{", "").replace("}", "")
