"""PubMed by NCBI's E-utilities: a search gives PMIDs, a fetch gives records as XML files of a cache.

It refuses what it cannot trust. A reply that is cut short, is not PubMed XML or uses entities is asked for again and
never stored; nothing that a reply points to is loaded. How the server is spoken to is for `eutilities` to say.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from lxml import etree
from pydantic import BaseModel, Field

from rag.curation.eutilities import EUtilities, PassingError
from rag.errors import FetchError
from rag.types import Progress, no_progress

_FIRST_IDS = 9_999
"""ESearch lists no more of PubMed than this, whatever the paging; NBK25499 says 10,000, the server says 9,999."""
_BATCH_IDS = 200
_RECORDS = {"PubmedArticle": "MedlineCitation/PMID", "PubmedBookArticle": "BookDocument/PMID"}
_WARNING_WORDS = {
    "phrasesnotfound": "phrase not found: ",
    "quotedphrasesnotfound": "quoted phrase not found: ",
    "fieldsnotfound": "field not found: ",
    "phrasesignored": "phrase ignored: ",
    "outputmessages": "",
}


@dataclass(frozen=True, slots=True)
class PubMedSearch:
    """What a search found: `count` records in all, of which `ids` are the first PMIDs, in the server's order.

    `translation` is the query as PubMed understood it, `warnings` what it ignored or did not find, one line each.
    """

    query: str
    count: int
    ids: tuple[str, ...]
    translation: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PubMedFetch:
    """What a fetch gave: a file per record, in the order asked for, and the PMIDs that the server did not return."""

    paths: tuple[Path, ...]
    missing: tuple[str, ...]


class _SearchReply(BaseModel):
    esearchresult: dict[str, Any] = {}
    error: str | None = None


class _Page(BaseModel):
    count: int = Field(ge=0)
    idlist: list[Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]]
    querytranslation: str = ""
    errorlist: dict[str, list[str]] = {}
    warninglist: dict[str, list[str]] = {}

    def warnings(self) -> tuple[str, ...]:
        lists = [*self.errorlist.items(), *self.warninglist.items()]
        return tuple(_WARNING_WORDS.get(name, f"{name}: ") + text for name, texts in lists for text in texts)


class PubMedClient:
    """A polite client of one E-utilities server, for one thread. Use it in a `with` statement, or close it.

    Args:
        base_url: the folder of `esearch.fcgi` and `efetch.fcgi`.
        cache_dir: records are kept in its folder `pubmed`; made when needed.
        api_key, tool, email, timeout_s, max_retries, clock, sleep: as `EUtilities` takes them.

    Raises:
        ConfigError: `base_url` is no web address.
    """

    def __init__(
        self,
        base_url: str,
        *,
        cache_dir: Path,
        api_key: str | None,
        tool: str,
        email: str | None,
        timeout_s: float = 30.0,
        max_retries: int = 4,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = cache_dir / "pubmed"
        self._server = EUtilities(
            base_url,
            api_key=api_key,
            tool=tool,
            email=email,
            timeout_s=timeout_s,
            max_retries=max_retries,
            clock=clock,
            sleep=sleep,
        )

    def __enter__(self) -> PubMedClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._server.close()

    def search(self, query: str, limit: int) -> PubMedSearch:
        """The PMIDs of the first `limit` records that a query finds; a limit of 0 only counts.

        Raises:
            FetchError: an empty query, a limit that PubMed does not serve, or no usable answer from the server.
        """
        if not query.strip():
            raise FetchError("an empty query finds nothing in PubMed", mend="give it some words")
        if not 0 <= limit <= _FIRST_IDS:
            raise FetchError(
                f"PubMed lists at most the first {_FIRST_IDS:,} records of a search",
                value=f"limit {limit}",
                mend=f"ask for 0 to {_FIRST_IDS}, and narrow the query by date, as in `AND 2020:2024[dp]`",
            )
        first = page = self._page(query, 0, limit)
        wanted, listed = min(limit, first.count), list(first.idlist)
        while page.idlist and len(listed) < wanted:
            page = self._page(query, len(listed), limit - len(listed))
            listed += page.idlist
        ids, warnings = tuple(dict.fromkeys(listed))[:limit], first.warnings()
        if len(ids) < wanted:
            warnings += (f"the server listed {len(ids)} of the {wanted} records asked for",)
        return PubMedSearch(query, first.count, ids, first.querytranslation, warnings)

    def fetch(self, ids: Iterable[str], progress: Progress = no_progress, *, refresh: bool = False) -> PubMedFetch:
        """The records of some PMIDs as files, each a `PubmedArticleSet` of one; what the cache has is not asked for.

        `refresh` asks for all of them again; a file stays as it is when the server no longer has its record.

        Raises:
            FetchError: something that is no PMID, a cache that cannot be written, or no usable answer from the server;
                the records fetched until then stay in the cache.
        """
        paths = {pmid: self._path(pmid) for pmid in ids}
        due = [pmid for pmid, path in paths.items() if refresh or not path.is_file()]
        kept, missing = len(paths) - len(due), set[str]()
        for start in range(0, len(due), _BATCH_IDS):
            progress("fetching records", kept + start, len(paths))
            missing |= self._fetch_batch(due[start : start + _BATCH_IDS], paths)
        progress("fetching records", len(paths), len(paths))
        return PubMedFetch(
            paths=tuple(path for pmid, path in paths.items() if pmid not in missing),
            missing=tuple(pmid for pmid in paths if pmid in missing),
        )

    def _path(self, pmid: str) -> Path:
        if not re.fullmatch(r"[1-9][0-9]{0,8}", pmid):
            raise FetchError("not a PMID", value=repr(pmid), mend="give a number such as 29768149")
        return self._folder / pmid[:4] / f"{pmid}.xml"

    def _fetch_batch(self, batch: list[str], paths: Mapping[str, Path]) -> set[str]:
        """Store the records of one request; the PMIDs that it did not bring."""
        fields = {"id": ",".join(batch), "retmode": "xml"}
        records = self._server.post("efetch.fcgi", fields, self._read_records)
        for pmid in batch:
            if pmid in records:
                _store(paths[pmid], records[pmid])
        return set(batch) - records.keys()

    def _page(self, query: str, start: int, size: int) -> _Page:
        fields = {"term": query, "retmode": "json", "retstart": str(start), "retmax": str(size)}
        return self._server.post("esearch.fcgi", fields, self._read_page)

    def _read_page(self, body: bytes) -> _Page:
        """A page of search results. The server writes line breaks inside JSON strings, hence `strict=False`."""
        try:
            reply = _SearchReply.model_validate(json.loads(body, strict=False))
            if error := reply.error or reply.esearchresult.get("ERROR"):
                self._raise_search_error(str(error))
            return _Page.model_validate(reply.esearchresult)
        except ValueError as error:
            what = "the PubMed server gave something else than search results"
            raise PassingError(what, value=self._server.shown(body)) from error

    def _raise_search_error(self, text: str) -> None:
        """Raise what the server says with status 200. Its search engine and its limit of requests may recover."""
        what, value = "PubMed did not run the search", self._server.shown(text)
        if "Search Backend failed" in text or "rate limit" in text:
            raise PassingError(what, value=value)
        raise FetchError(what, value=value, mend="correct the query")

    def _read_records(self, body: bytes) -> dict[str, bytes]:
        """Every record of a whole `PubmedArticleSet`, as XML of its own, by PMID."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(body, parser)
        except etree.XMLSyntaxError as error:
            what = "the PubMed server's records are cut short, or are no XML"
            raise PassingError(what, value=self._server.shown(body)) from error
        if root.tag != "PubmedArticleSet" or next(root.iter(etree.Entity), None) is not None:
            raise PassingError("the PubMed server gave something else than records", value=self._server.shown(body))
        records = [(record, record.findtext(_RECORDS[record.tag])) for record in root if record.tag in _RECORDS]
        return {pmid.strip(): _alone(record) for record, pmid in records if pmid}


def _alone(record: etree._Element) -> bytes:
    """A `PubmedArticleSet` of one record."""
    record.tail = None
    holder = etree.Element("PubmedArticleSet")
    holder.append(record)
    return etree.tostring(holder, xml_declaration=True, encoding="UTF-8")


def _store(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        mend = "free some space, or choose another cache folder"
        raise FetchError("the cache cannot be written", value=f"{path}: {error.strerror}", mend=mend) from error
