"""Files that are broken, hostile or not what they say: one line each, never another exception, the rest still read."""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.cli import main
from rag.errors import RagError, ReadingError
from rag.ingestion.readers.base import Reading, opened, read_bounded
from rag.ingestion.readers.formats import reader_for
from rag.ingestion.readers.jats import JatsReader
from rag.ingestion.readers.pubmed import PubMedReader
from rag.ingestion.readers.xml import RECORD_MAX_BYTES, elements

BOMB = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 12))
RECORD = "<PubmedArticle><MedlineCitation><PMID>1</PMID></MedlineCitation></PubmedArticle>"
ARTICLE = f"<PubmedArticleSet>{RECORD}</PubmedArticleSet>"


def read_all(path: Path, max_bytes: int = 2**20) -> list[Reading]:
    return list(reader_for(path, max_bytes=max_bytes).read(path))


def refusal(path: Path) -> str | None:
    """Why a file is refused; None where it is read."""
    try:
        read_all(path)
    except RagError as error:
        return str(error)
    return None


def written(tmp_path: Path, name: str, content: bytes | str) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("reader", [JatsReader(), PubMedReader()])
@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE x [<!ENTITY a0 "ha">{BOMB}]>',
        '<!DOCTYPE x [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a11 SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p; <!ENTITY a11 "x">]>',
    ],
)
def test_entities_are_refused_before_they_are_expanded(
    tmp_path: Path, reader: JatsReader | PubMedReader, doctype: str
) -> None:
    root = "article" if isinstance(reader, JatsReader) else "PubmedArticleSet"
    path = written(tmp_path, "a.xml", f"{doctype.replace('x [', f'{root} [', 1)}<{root}><front>&a11;</front></{root}>")
    started = time.process_time()
    with pytest.raises(ReadingError, match="declares entities") as caught:
        list(reader.read(path))
    assert time.process_time() - started < 20
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.xml", ARTICLE[:-30]),
        ("wrong.xml", f"<?xml version='1.0' encoding='utf-8'?>{ARTICLE}".encode().replace(b"1</PMID>", b"\xe4</PMID>")),
        ("klingon.xml", f"<?xml version='1.0' encoding='klingon'?>{ARTICLE}"),
        ("deep.xml", f"<PubmedArticleSet>{'<b>' * 5000}{'</b>' * 5000}</PubmedArticleSet>"),
        ("deep.xml", f"<article>{'<sec>' * 5000}{'</sec>' * 5000}</article>"),
        ("two.xml", ARTICLE + ARTICLE),
        ("latin.txt", "Schmerz für 5 µg".encode("latin-1")),
        ("latin.md", "Schmerz für 5 µg".encode("latin-1")),
        ("latin.ris", "TY  - JOUR\nTI  - für\nER  - \n".encode("latin-1")),
        ("latin.bib", "@article{a, title={für}}".encode("latin-1")),
        ("latin.jsonl", '{"text": "für"}'.encode("latin-1")),
        ("odd.bin", b"\x00\x01\x02"),
        ("odd", b"words without a name"),
        ("empty.txt", b""),
        ("empty.xml.gz", gzip.compress(b"")),
        ("blank.md", b" \n\t"),
        ("cut.xml.gz", gzip.compress(ARTICLE.encode())[:-12]),
        ("cut.txt.gz", gzip.compress(b"words " * 5000)[:40]),
        ("head.txt.gz", b"\x1f\x8b"),
        ("no.jsonl.gz", b"\x1f\x8bnothing of the kind"),
        ("sheet.xml", "<workbook><sheet/></workbook>"),
        ("a.pdf", b"%PDF-1.7 and no more"),
    ],
)
def test_a_bad_file_is_one_clear_line_that_names_it(tmp_path: Path, name: str, content: bytes | str) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(ReadingError) as caught:
        read_all(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_what_is_not_there_or_is_a_folder_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.md", tmp_path, tmp_path / ("n" * 300)):
        with pytest.raises(ReadingError):
            read_all(path)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.write(b"Words.\n")
        file.truncate(2 * 2**30)
    started = time.process_time()
    with pytest.raises(ReadingError, match="too large"):
        read_all(path)
    assert time.process_time() - started < 20


def test_a_small_gzip_of_a_large_file_is_refused_too(tmp_path: Path) -> None:
    path = written(tmp_path, "bomb.txt.gz", gzip.compress(b"a" * 2**23, 1))
    with pytest.raises(ReadingError, match="too large"):
        read_bounded(path, 2**20)


@pytest.mark.parametrize("junk", ["<PubmedArticle><b/>", "<x/>"])
def test_xml_without_the_end_of_a_record_is_not_kept_in_memory(tmp_path: Path, junk: str) -> None:
    path = written(tmp_path, "a.xml", "<PubmedArticleSet>" + junk + "<b/>" * 300_000 + "</PubmedArticleSet>")
    with pytest.raises(ReadingError, match="too large to read as one record"):
        list(elements(path, ("PubmedArticle",), max_bytes=2**20))
    assert RECORD_MAX_BYTES <= 64 * 2**20


def test_one_very_long_text_is_refused_by_the_parser(tmp_path: Path) -> None:
    long = f"<PubmedArticleSet><PubmedArticle><PMID>{'1' * 11_000_000}</PMID></PubmedArticle></PubmedArticleSet>"
    with pytest.raises(ReadingError):
        list(PubMedReader().read(written(tmp_path, "a.xml", long)))


@pytest.mark.parametrize("inner", ["i", "sup", "list", "boxed-text", "xref", "p"])
def test_deep_nesting_is_read_or_refused(tmp_path: Path, inner: str) -> None:
    nested = f"<{inner}>" * 240 + "x" + f"</{inner}>" * 240
    meta = "<article-meta><title-group><article-title>T</article-title></title-group></article-meta>"
    path = written(tmp_path, "a.xml", f"<article><front>{meta}</front><body><p>{nested}</p></body></article>")
    assert (refusal(path) or "nested too deeply").endswith(("nested too deeply", "is like this)"))


def test_an_error_of_the_one_who_reads_is_not_taken_for_the_files(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "Words.")
    with pytest.raises(KeyError), opened(path):
        raise KeyError


STARTS = [
    b"",
    b"%PDF-1.4\n",
    b"<article>",
    b"<PubmedArticleSet>",
    b"<html><body>",
    b"\x1f\x8b\x08",
    b"---\n",
    b"---\ntitle: ",
    b"TY  - JOUR\n",
    b"@article{a, title={",
    b'{"text": ',
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'<?xml version="1.0"?><!DOCTYPE article [',
]
SUFFIXES = [".md", ".txt", ".html", ".jsonl", ".ris", ".bib", ".xml", ".nxml", ".xml.gz", ".unknown", ""]
pieces = st.sampled_from(
    [
        b"<p>",
        b"</p>",
        b"&a;",
        b"\n",
        b"---",
        b"TY  - ",
        b"ER  - ",
        b"AU  - ",
        b"}",
        b"{",
        b"@",
        b"$",
        b"\\",
        b"%",
        b"# ",
        b"[",
        b"\xc3\xa4",
        b"1" * 20,
    ]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(STARTS), st.lists(st.binary(max_size=20) | pieces, max_size=12), st.sampled_from(SUFFIXES))
def test_any_bytes_under_any_name_are_read_or_refused(
    tmp_path: Path, start: bytes, rest: list[bytes], suffix: str
) -> None:
    path = written(tmp_path, f"garbage{suffix}", start + b"".join(rest))
    assert "\n" not in (refusal(path) or "")


Add = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Add:
    """Run `rag corpus add`: its exit status, and what it says on stderr."""
    monkeypatch.setenv("RAG_CORPUS_DIR", str(tmp_path / "corpus"))

    def run(*files: Path) -> tuple[int, list[str]]:
        given = ["rag", "corpus", "add", *map(str, files), "--kind", "research", "--year", "2020"]
        monkeypatch.setattr(sys, "argv", given)
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        return status, capsys.readouterr().err.splitlines()

    return run


def test_the_rest_of_a_batch_is_still_read_and_nothing_is_half_written(tmp_path: Path, add: Add) -> None:
    good = written(tmp_path, "good.md", "# Care of knees\n\nRest helps.\n")
    later = written(tmp_path, "later.md", "# Care of elbows\n\nRest helps.\n")
    lines = [json.dumps({"title": f"Study number {number}", "text": "Rest helps."}) for number in range(20)]
    bad = [
        written(tmp_path, "cut.xml.gz", gzip.compress(ARTICLE.encode())[:-12]),
        written(tmp_path, "bomb.xml", f'<!DOCTYPE article [<!ENTITY a0 "ha">{BOMB}]><article>&a11;</article>'),
        written(tmp_path, "latin.txt", "Schmerz für".encode("latin-1")),
        written(tmp_path, "half.jsonl", "\n".join([*lines, "{"])),
        tmp_path / ".." / "nowhere" / ".." / "none.md",
    ]
    status, errors = add(good, *bad, later)
    assert status == 1
    assert len(errors) == len(bad) + 1
    assert all(path.name in error for path, error in zip(bad, errors, strict=False))
    corpus = tmp_path / "corpus"
    names = sorted(str(path.relative_to(corpus)) for path in corpus.rglob("*") if path.is_file())
    assert names == ["research/care-of-elbows-2020.md", "research/care-of-knees-2020.md"]
    assert not list(corpus.glob(".adding*"))


@pytest.mark.parametrize("title", ["../../escape", "/etc/passwd", "..", "a\x00b/../../c title"])
def test_no_title_leads_out_of_the_corpus(tmp_path: Path, add: Add, title: str) -> None:
    path = written(tmp_path, "a.jsonl", json.dumps({"title": f"{title} words", "text": "Rest helps."}))
    add(path)
    outside = {one.name for one in tmp_path.iterdir()} - {"a.jsonl", "corpus"}
    assert not outside
    assert len(list((tmp_path / "corpus" / "research").iterdir())) == 1


def test_a_file_name_with_dots_is_read_where_it_is(tmp_path: Path, add: Add) -> None:
    (tmp_path / "sub").mkdir()
    written(tmp_path, "a.md", "# Care of knees\n\nRest helps.\n")
    assert add(tmp_path / "sub" / ".." / "a.md")[0] == 0
    assert [path.name for path in (tmp_path / "corpus" / "research").iterdir()] == ["care-of-knees-2020.md"]
