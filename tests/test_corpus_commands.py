"""`rag corpus ...` as a user calls it: what is shown, one line for an error, exit status, nothing half-written."""

from __future__ import annotations

import csv
import gzip
import json
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from rag.cli import rag as command
from rag.console import run

ABSTRACT = "Rest relieves imaginary knee pain. Ice does not."


@dataclass(frozen=True)
class Done:
    """What a call left: its exit status and what it printed."""

    status: int
    out: str
    err: str


Call = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    (folder / "corpus").mkdir(parents=True)
    monkeypatch.chdir(folder)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return folder


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls `rag corpus` in this process."""

    def calling(*arguments: str | Path) -> Done:
        status = 0
        try:
            run(command, ["corpus", *map(str, arguments)])
        except SystemExit as left:
            status = int(left.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert all(len(line) < 1_000 for line in err.splitlines())
        return Done(status, out, err)

    return calling


def written(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def held(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home / "corpus")) for path in (home / "corpus").rglob("*") if path.is_file())


def pubmed_record(pmid: int, more: str = "", types: str = "", text: str | None = None) -> str:
    """A record in PubMed's shape that claims nothing of anything real."""
    return f"""<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article>
      <Journal><JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue>
      <Title>Journal of Tests</Title></Journal>
      <ArticleTitle>A record for testing, number {pmid}.</ArticleTitle>
      <Abstract><AbstractText>{text or f"Record {pmid} claims nothing."}</AbstractText></Abstract>
      <PublicationTypeList>{types}</PublicationTypeList></Article>
      <CommentsCorrectionsList>{more}</CommentsCorrectionsList></MedlineCitation></PubmedArticle>"""


def comment(kind: str, pmid: int) -> str:
    inner = f"<RefSource>J Tests. 2021 Jun 4</RefSource><PMID>{pmid}</PMID>"
    return f'<CommentsCorrections RefType="{kind}">{inner}</CommentsCorrections>'


def record_set(*records: str) -> str:
    return f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"


FORMATS = {
    "a.md": f"---\ntitle: Rest for knees\nyear: 2020\nkind: research\n---\n\n## Results\n\n{ABSTRACT}\n",
    "a.txt": f"Rest for knees\n\n{ABSTRACT}\n",
    "a.html": "<html><head><title>Rest for knees</title></head><body><main><h1>Rest for knees</h1>"
    + f"<h2>Results</h2><p>{ABSTRACT} "
    + "More words of the same kind follow here, so that it is a page. " * 5
    + "</p></main></body></html>",
    "a.jsonl": json.dumps({"title": "Rest for knees", "year": 2020, "text": ABSTRACT}) + "\n",
    "a.ris": f"TY  - JOUR\nTI  - Rest for knees\nPY  - 2020\nAB  - {ABSTRACT}\nER  - \n",
    "a.bib": f"@article{{a, title={{Rest for knees}}, year={{2020}}, abstract={{{ABSTRACT}}}}}\n",
    "a.xml": record_set(pubmed_record(5, text=ABSTRACT)),
    "b.xml": "<article article-type='research-article'><front><article-meta><title-group><article-title>Rest for knees"
    "</article-title></title-group><pub-date pub-type='epub'><year>2020</year></pub-date></article-meta></front><body>"
    f"<sec><title>Results</title><p>{ABSTRACT}</p></sec></body></article>",
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_add_takes_a_format_and_shows_what_it_understood(home: Path, call: Call, name: str, packed: bool) -> None:
    path = written(home / name, FORMATS[name])
    if packed:
        path = home / f"{name}.gz"
        path.write_bytes(gzip.compress(FORMATS[name].encode()))
    done = call(
        "add", path, "--kind", "research", "--year", "2020", "--licence", "CC0", "--url", "https://example.org/a"
    )
    assert (done.status, done.err) == (0, "")
    assert re.search(r"^[a-z0-9-]+: (Rest for knees|A record for testing, number 5)$", done.out, re.MULTILINE)
    assert re.search(r"research, 2020, current; \d sections?.* \d+ sentences?", done.out), done.out
    assert "1 added" in done.out
    assert "rag corpus check" in done.out
    assert len(held(home)) == 1
    assert call("check").status == 0
    again = call("add", path, "--kind", "research", "--year", "2020")
    assert (again.status, "0 added, 1 already there" in again.out) == (0, True)
    assert len(held(home)) == 1


def test_bad_files_are_one_line_each_and_the_rest_is_read(home: Path, call: Call) -> None:
    files = [
        written(home / "good.txt", FORMATS["a.txt"]),
        written(home / "empty.txt", ""),
        home / "none.txt",
        home,
        written(home / "odd.xyz", "words"),
        written(home / "cut.xml", FORMATS["a.xml"][:-30]),
        written(home / "broken.jsonl", '{"title": "One title", "year": 2020, "text": "Words."}\n{"title":'),
        written(home / "latin.txt", ""),
        written(home / "utf16.txt", ""),
        written(home / "fake.pdf", "%PDF-1.7 and nothing"),
        written(home / "yaml.md", "---\ntitle: [\n---\nWords."),
        written(home / "outside.md", "---\nid: ../../outside\ntitle: A title\nyear: 2020\n---\nWords."),
        written(home / "last.txt", FORMATS["a.txt"].replace("Rest", "Ice")),
    ]
    files[7].write_bytes("Ménière wrote of pain.".encode("latin-1"))
    files[8].write_bytes(b"\xff\xfeR\x00e\x00\xd8")
    done = call("add", *files, "--kind", "research", "--year", "2020")
    lines = done.err.splitlines()
    assert done.status == 1
    assert [line[:7] for line in lines] == ["Error: "] * 12
    for line, path in zip(lines, files[1:-1], strict=False):
        assert path.name in line, line
    assert "11 of 13 files were not added" in lines[-1]
    assert held(home) == ["research/ice-for-knees-2020.md", "research/rest-for-knees-2020.md"]
    assert not (home.parent / "outside.md").exists()
    checked = call("check")
    assert (checked.status, "2 sources are sound, 4 warnings" in checked.out) == (0, True)


def test_a_record_of_many_that_makes_no_source_is_counted(home: Path, call: Call) -> None:
    records = [
        {"title": "One title", "year": 2020, "text": "Words of one."},
        {"title": "Tw", "year": 2020, "text": "Words of two."},
        {"title": "No year", "text": "Words of three."},
        {"title": "No text", "year": 2020},
        {"title": "Half \ud800", "year": 2020, "text": "Words of five."},
    ]
    path = written(home / "x.jsonl", "\n".join(map(json.dumps, records)))
    done = call("add", path, "--kind", "guideline")
    assert (done.status, done.err) == (0, "")
    assert "1 added" in done.out
    for reason in ("1 passed over (has no year)", "1 passed over (has no text)", "field 'title'"):
        assert reason in done.out
    assert held(home) == ["guidelines/one-title-2020.md"]
    (file,) = json.loads(call("add", path, "--kind", "guideline", "--format", "json").out)["files"]
    assert (file["already"], file["left_out"]["has no year"], sum(file["left_out"].values())) == (1, 1, 4)


def test_what_is_missing_is_an_error_that_names_the_option(home: Path, call: Call) -> None:
    path = written(home / "a.txt", FORMATS["a.txt"])
    done = call("add", path)
    assert done.status == 1
    assert done.err == f"Error: {path}: has no kind (give --kind guideline or --kind research)\n"
    done = call("add", path, "--kind", "research")
    assert done.err.splitlines()[0] == f"Error: {path}: has no year (give --year)"
    assert held(home) == []


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["add"], "FILES"),
        (["add", "a.txt", "--kind", "rumour"], "rumour"),
        (["add", "a.txt", "--year", "99999"], "99999"),
        (["add", "a.txt", "b.txt", "--doi", "10.1000/x"], "--doi names one source: 2 files"),
        (["add", "a.txt", "--map", "text"], "--map wants FIELD=KEY: text"),
        (["fetch", "pubmed"], "QUERY"),
        (["fetch", "pubmed", "x", "--max", "0"], "--max"),
        (["fetch", "pubmed", "x", "--title", "A title"], "--title names one source: a fetch (leave it out)"),
        (["refresh-status", "x.csv", "--mark-checked", "today"], "today"),
        (["refresh-status"], "FILE"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(call: Call, arguments: list[str], part: str) -> None:
    done = call(*arguments)
    assert (done.status, len(done.err.splitlines()), done.out) == (2, 1, "")
    assert part in done.err


def test_add_prints_json_for_machines_and_a_dry_run_writes_nothing(home: Path, call: Call) -> None:
    path = written(home / "a.md", FORMATS["a.md"])
    bad = written(home / "b.txt", "")
    done = call("add", path, bad, "--format", "json", "--dry-run")
    report = json.loads(done.out)
    assert (done.status, report["schema"], report["dry_run"]) == (1, "sourcebound.added/1", True)
    assert report["files"][0]["first"][0]["source"]["title"] == "Rest for knees"
    assert "the file is empty" in report["errors"][0]
    assert held(home) == []


def test_an_unexpected_fault_of_one_file_is_a_line_and_the_rest_is_read(
    home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.ingestion.readers.plain_text import PlainTextReader

    def broken(self: PlainTextReader, path: Path) -> Iterator[None]:
        raise ZeroDivisionError("a fault\nof ours")

    monkeypatch.setattr(PlainTextReader, "read", broken)
    done = call("add", written(home / "a.txt", FORMATS["a.txt"]), written(home / "a.md", FORMATS["a.md"]))
    assert (done.status, len(held(home))) == (1, 1)
    assert "a.txt: cannot be read: a fault of ours" in done.err.splitlines()[0]


def test_on_a_terminal_it_asks_for_what_is_missing(home: Path) -> None:
    written(home / "a.txt", FORMATS["a.txt"])
    ours, theirs = pty.openpty()
    code = "import sys; from rag.cli import main; sys.argv[0] = 'rag'; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "corpus", "add", "a.txt"],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        cwd=home,
    ) as process:
        os.close(theirs)
        os.write(ours, b"research\n1066\n2020\n")
        assert process.stdout is not None
        out = process.stdout.read().decode()
        asked = os.read(ours, 10_000).decode()
        assert process.wait(timeout=20) == 0
    os.close(ours)
    assert "Kind of “Rest for knees” (guideline, research)" in asked
    assert "1 added" in out
    assert held(home) == ["research/rest-for-knees-2020.md"]


@pytest.fixture
def pubmed(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[PubMed]:
    server = PubMed()
    monkeypatch.setenv("RAG_PUBMED_URL", server.address)
    monkeypatch.setenv("RAG_PUBMED_API_KEY", "a-key")
    monkeypatch.setenv("RAG_CACHE_DIR", str(home / "cache"))
    yield server
    server.close()


class PubMed:
    """E-utilities on a local port; `fail_after` fetches, every further one is refused."""

    def __init__(self) -> None:
        self.records: dict[str, str] = {}
        self.fetched: list[int] = []
        self.fail_after: int | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                status, body = outer.answer(self.path, {name: values[0] for name, values in form.items()})
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._http.server_port}/eutils"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        if "esearch" in path:
            start = int(form["retstart"])
            ids = list(self.records)[start : start + int(form["retmax"])] if form["term"] != "nothing" else []
            count = len(self.records) if ids else 0
            result = {"count": str(count), "idlist": ids, "querytranslation": "testing[All Fields]"}
            return 200, json.dumps({"esearchresult": result}).encode()
        if self.fail_after is not None and len(self.fetched) >= self.fail_after:
            return 400, b"no more"
        ids = form["id"].split(",")
        self.fetched.append(len(ids))
        return 200, record_set(*(self.records[pmid] for pmid in ids)).encode()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def test_fetch_adds_records_once_and_keeps_their_lives(home: Path, call: Call, pubmed: PubMed) -> None:
    pubmed.records = {
        "101": pubmed_record(101, comment("UpdateIn", 102)),
        "102": pubmed_record(102, comment("UpdateOf", 101)),
        "103": pubmed_record(
            103, comment("RetractionIn", 900), "<PublicationType>Retracted Publication</PublicationType>"
        ),
        "104": pubmed_record(104, types="<PublicationType>Practice Guideline</PublicationType>"),
    }
    done = call("fetch", "pubmed", "testing", "--topic", "knee")
    assert done.status == 0, done.err
    assert "4 added" in done.out
    assert "pmid-101 is superseded by pmid-102" in done.out
    assert held(home) == ["guidelines/pmid-104.md", *(f"research/pmid-{number}.md" for number in (101, 102, 103))]
    listed = {one["source_id"]: one for one in json.loads(call("list", "--format", "json").out)}
    assert [listed[f"pmid-{number}"]["status"] for number in (101, 102, 103, 104)] == [
        "superseded",
        "current",
        "retracted",
        "current",
    ]
    (notice,) = listed["pmid-103"]["notices"]
    assert (notice["kind"], notice["pmid"], notice["date"]) == ("retraction", "900", "2021-06-04")
    assert listed["pmid-104"]["topics"] == ["knee"]
    checked = call("check")
    assert (checked.status, "4 sources are sound" in checked.out) == (0, True), checked.out
    before, asked = {name: (home / "corpus" / name).read_bytes() for name in held(home)}, len(pubmed.fetched)
    again = call("fetch", "pubmed", "testing")
    assert (again.status, "0 added, 4 already there" in again.out) == (0, True)
    assert len(pubmed.fetched) == asked
    assert {name: (home / "corpus" / name).read_bytes() for name in held(home)} == before


def test_a_fetch_that_was_interrupted_goes_on_where_it_stopped(home: Path, call: Call, pubmed: PubMed) -> None:
    pubmed.records = {str(number): pubmed_record(number) for number in range(1, 251)}
    pubmed.fail_after = 1
    done = call("fetch", "pubmed", "testing", "--max", "250")
    assert (done.status, held(home)) == (1, [])
    assert "400" in done.err.splitlines()[-1]
    assert "a-key" not in done.err
    pubmed.fail_after = None
    done = call("fetch", "pubmed", "testing", "--max", "250")
    assert (done.status, "250 added" in done.out, pubmed.fetched) == (0, True, [200, 50])
    assert "... and 245 more" in done.out


def test_fetch_says_what_it_cannot_do(home: Path, call: Call, pubmed: PubMed) -> None:
    done = call("fetch", "pubmed", "testing", "--max", "10000")
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert "9,999" in done.err
    assert "narrow the query" in done.err
    done = call("fetch", "pubmed", "nothing")
    assert (done.status, "PubMed finds nothing: nothing" in done.err) == (1, True)
    pubmed.records = {"7": pubmed_record(7)}
    done = call("fetch", "pubmed", "testing", "--dry-run", "--format", "json")
    assert (json.loads(done.out)["files"][0]["added"], held(home)) == (1, [])


EXPORT_COLUMNS = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,RetractionDate,"
    "RetractionDOI,RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,"
    "Reason,Paywalled,Notes,"
).split(",")


def test_refresh_status_says_what_changed_and_the_second_time_nothing(
    home: Path, call: Call, write_source: Callable[..., Path]
) -> None:
    write_source(home / "corpus", "a-2020", "Text a.", doi="10.1000/ABC", licence="x")
    write_source(home / "corpus", "b-2020", "Text b.", pmid="22", licence="x")
    path = home / "watch.csv"
    usual = {
        "RetractionDate": "6/4/2020 0:00",
        "RetractionNature": "Retraction",
        "Reason": "+Error in Data;",
        "OriginalPaperPubMedID": "0",
        "OriginalPaperDOI": "unavailable",
        "RetractionDOI": "unavailable",
        "RetractionPubMedID": "0",
    }
    with path.open("w", newline="") as stream:
        table = csv.DictWriter(stream, EXPORT_COLUMNS, restval="")
        table.writeheader()
        table.writerow(usual | {"OriginalPaperDOI": "10.1000/abc"})
        table.writerow(usual | {"OriginalPaperDOI": "10.1000/abc", "OriginalPaperPubMedID": "22"})
    dry = call("refresh-status", path, "--dry-run")
    assert "2 sources looked up, 1 would change" in dry.out
    done = call("refresh-status", path, "--mark-checked", "2025-08-22")
    assert done.status == 0
    assert done.out.splitlines() == [
        "a-2020: current -> retracted; new: retraction 2020-06-04",
        "2 sources looked up, 1 changed",
    ]
    assert [line.split(":")[:2] for line in done.err.splitlines()] == [
        ["Warning", " a-2020"],
        ["Warning", " b-2020"],
    ]
    assert "retraction: date 2020-06-04, reason Error in Data" in call("show", "a-2020").out
    again = json.loads(call("refresh-status", path, "--format", "json").out)
    assert (again["changes"], again["doubtful"]) == ([], ["a-2020", "b-2020"])
    assert call("check").status == 0


def test_refresh_status_of_no_export_is_one_line(home: Path, call: Call, write_source: Callable[..., Path]) -> None:
    write_source(home / "corpus", "a-2020", "Text a.")
    for path in (written(home / "x.csv", "a,b\n1,2\n"), home / "none.csv", home):
        done = call("refresh-status", path)
        assert (done.status, len(done.err.splitlines()), done.out) == (1, 1, "")
        assert str(path) in done.err


def test_check_names_each_fault_with_its_line_and_for_machines(
    home: Path, call: Call, write_source: Callable[..., Path]
) -> None:
    path = write_source(home / "corpus", "a-2020", "Rest relieves\npain. It helps.", doi="none", year=99999)
    done = call("check")
    assert done.status == 1
    assert [line.split(": ")[0].removeprefix(str(path)) for line in done.out.splitlines()] == [":6", ":7", ":15"]
    assert done.err.splitlines() == [f"Error: 3 errors in the corpus: {home / 'corpus'} (each is named above)"]
    report = json.loads(call("check", "--format", "json").out)
    assert (report["schema"], report["sources"]) == ("sourcebound.findings/1", 0)
    assert set(report["findings"][0]) == {"path", "line", "severity", "rule", "what", "mend"}


def test_check_of_a_folder_that_is_not_there_is_one_line(
    home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CORPUS_DIR", str(home / "none"))
    done = call("check")
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert "RAG_CORPUS_DIR" in done.err


def test_adding_many_records_takes_seconds(home: Path, call: Call) -> None:
    records = ({"title": f"Title number {number}", "year": 2020, "text": ABSTRACT} for number in range(1_000))
    path = written(home / "x.jsonl", "\n".join(map(json.dumps, records)))
    start = time.perf_counter()
    assert "1000 added" in call("add", path, "--kind", "research").out
    assert time.perf_counter() - start < 60
