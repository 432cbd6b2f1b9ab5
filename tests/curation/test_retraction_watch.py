"""A Retraction Watch export brings the lives of sources up to date: the right ones, once, and nothing else."""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.curation.retraction_watch import Change, Row, _merged, mark_checked, refresh, rows
from rag.errors import CorpusError, ReadingError
from rag.ingestion.corpus_file import read_corpus
from rag.types import NOTICE_KINDS, Notice, Source

COLUMNS = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,RetractionDate,"
    "RetractionDOI,RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,"
    "Reason,Paywalled,Notes"
).split(",")
USUAL = {
    "Record ID": "1",
    "Title": 'A "quoted", title',
    "RetractionDate": "6/4/2020 0:00",
    "RetractionDOI": "10.1000/notice",
    "RetractionPubMedID": "0",
    "OriginalPaperDOI": "unavailable",
    "OriginalPaperPubMedID": "0",
    "RetractionNature": "Retraction",
    "Reason": "+Falsification of Data;+Investigation by Journal;",
    "Notes": "",
}


def export(path: Path, *records: dict[str, str], trailing: bool = True) -> Path:
    """A CSV file as Retraction Watch publishes it, with the comma at the end of its lines."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, [*COLUMNS, *([""] if trailing else [])], restval="")
    table.writeheader()
    table.writerows(USUAL | record for record in records)
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    return path


Refresh = Callable[..., tuple[list[Change], list[str]]]


@pytest.fixture
def corpus(tmp_path: Path, write_source: Callable[..., Path]) -> Path:
    folder = tmp_path / "corpus"
    write_source(folder, "a-2020", "Text a.", doi="10.1000/ABC", pmid="11")
    write_source(folder, "b-2020", "Text b.", "research", doi=None, pmid="22", url="https://example.org")
    write_source(folder, "c-2010", "Text c.", doi="10.1000/c", status="superseded", superseded_by=["a-2020"], pmid=None)
    return folder


@pytest.fixture
def refreshed(corpus: Path, tmp_path: Path) -> Refresh:
    def run(*records: dict[str, str], dry_run: bool = False) -> tuple[list[Change], list[str]]:
        path = export(tmp_path / "export.csv", *records)
        return refresh(sources(corpus), rows(path), corpus, dry_run=dry_run)

    return run


def sources(corpus: Path) -> list[Source]:
    return [document.source for document in read_corpus(corpus)]


def source(corpus: Path, source_id: str) -> Source:
    return next(one for one in sources(corpus) if one.source_id == source_id)


def test_a_retraction_is_found_by_doi_in_any_case_and_by_pmid(corpus: Path, refreshed: Refresh) -> None:
    changes, doubtful = refreshed(
        {"OriginalPaperDOI": "https://doi.org/10.1000/aBc"},
        {"OriginalPaperPubMedID": "22", "RetractionDOI": "Unavailable", "Reason": "Error in Data;"},
        {"OriginalPaperDOI": "10.1000/other", "OriginalPaperPubMedID": "220"},
    )
    assert [str(one) for one in changes] == [
        "a-2020: current -> retracted; new: retraction 2020-06-04",
        "b-2020: current -> retracted; new: retraction 2020-06-04",
    ]
    assert doubtful == []
    reason = "Falsification of Data; Investigation by Journal"
    assert source(corpus, "a-2020").notices == (Notice("retraction", "2020-06-04", reason, "10.1000/notice"),)
    assert source(corpus, "b-2020").notices == (Notice("retraction", "2020-06-04", "Error in Data"),)


def test_a_second_refresh_changes_nothing(corpus: Path, refreshed: Refresh) -> None:
    records = [{"OriginalPaperPubMedID": "22"}, {"OriginalPaperPubMedID": "22", "RetractionNature": "Correction"}]
    assert refreshed(*records)[0]
    before = {path: path.read_bytes() for path in corpus.glob("*/*.md")}
    assert refreshed(*records) == ([], [])
    assert {path: path.read_bytes() for path in corpus.glob("*/*.md")} == before


def test_a_dry_run_says_the_same_and_writes_nothing(corpus: Path, refreshed: Refresh) -> None:
    before = {path: path.read_bytes() for path in corpus.glob("*/*.md")}
    wanted = refreshed({"OriginalPaperPubMedID": "22"}, dry_run=True)
    assert {path: path.read_bytes() for path in corpus.glob("*/*.md")} == before
    assert refreshed({"OriginalPaperPubMedID": "22"}) == wanted


def test_a_correction_leaves_a_retraction_and_a_reinstatement_takes_it_back(corpus: Path, refreshed: Refresh) -> None:
    about: dict[str, Any] = {"OriginalPaperDOI": "10.1000/c"}
    records = [about]
    for nature, day, status in (
        ("Retraction", "6/4/2020 0:00", "retracted"),
        ("Correction", "7/4/2020 0:00", "retracted"),
        ("Expression of concern", "8/4/2020 0:00", "retracted"),
        ("Reinstatement", "9/4/2020 0:00", "superseded"),
    ):
        record = {"RetractionNature": nature, "RetractionDate": day, "RetractionDOI": f"10.1000/{nature.split()[0]}"}
        records.append(about | record)
        refreshed(*records[1:])
        assert source(corpus, "c-2010").status == status
    kinds = [one.kind for one in source(corpus, "c-2010").notices]
    assert kinds == ["retraction", "correction", "expression-of-concern", "reinstatement"]
    assert source(corpus, "c-2010").superseded_by == ("a-2020",)


def test_two_rows_of_one_day_are_two_notices_where_they_differ(corpus: Path, refreshed: Refresh) -> None:
    about = {"OriginalPaperPubMedID": "22", "RetractionNature": "Correction"}
    refreshed(about, about, about | {"RetractionDOI": "10.1000/second"}, about | {"RetractionNature": "Retraction"})
    found = source(corpus, "b-2020")
    assert [(one.kind, one.doi) for one in found.notices] == [
        ("correction", "10.1000/notice"),
        ("correction", "10.1000/second"),
        ("retraction", "10.1000/notice"),
    ]
    assert found.status == "retracted"


def test_a_retraction_and_a_reinstatement_of_one_day_leave_it_retracted(corpus: Path, refreshed: Refresh) -> None:
    about = {"OriginalPaperPubMedID": "22"}
    refreshed(about | {"RetractionNature": "Reinstatement"}, about)
    assert source(corpus, "b-2020").status == "retracted"


def test_a_row_that_mixes_up_two_sources_changes_neither_but_other_rows_do(corpus: Path, refreshed: Refresh) -> None:
    mixed = {"OriginalPaperDOI": "10.1000/abc", "OriginalPaperPubMedID": "22"}
    assert refreshed(mixed) == ([], ["a-2020", "b-2020"])
    changes, doubtful = refreshed(mixed, {"OriginalPaperPubMedID": "22"})
    assert [one.source_id for one in changes] == ["b-2020"]
    assert doubtful == ["a-2020", "b-2020"]


def test_a_row_that_names_one_source_twice_counts_once(corpus: Path, refreshed: Refresh) -> None:
    changes, doubtful = refreshed({"OriginalPaperDOI": "10.1000/abc", "OriginalPaperPubMedID": "11"})
    assert ([one.source_id for one in changes], doubtful) == (["a-2020"], [])
    assert len(source(corpus, "a-2020").notices) == 1


def test_two_sources_with_one_doi_are_both_retracted(
    corpus: Path, refreshed: Refresh, write_source: Callable[..., Path]
) -> None:
    write_source(corpus, "d-2020", "Text d.", doi="10.1000/abc")
    changes, _ = refreshed({"OriginalPaperDOI": "10.1000/abc"})
    assert [one.source_id for one in changes] == ["a-2020", "d-2020"]


def test_a_notice_on_record_is_completed_and_its_words_stay(
    corpus: Path, refreshed: Refresh, write_source: Callable[..., Path]
) -> None:
    known = [{"kind": "retraction", "date": "2020-06", "reason": "As we know it."}]
    path = write_source(corpus, "e-2020", "Text e.", doi="10.1000/e", status="retracted", notices=known)
    path.write_text("---\n# by hand\n" + path.read_text().removeprefix("---\n"))
    changes, _ = refreshed({"OriginalPaperDOI": "10.1000/e"})
    assert [str(one) for one in changes] == ["e-2020: retracted; 1 notice completed"]
    assert source(corpus, "e-2020").notices == (Notice("retraction", "2020-06-04", "As we know it.", "10.1000/notice"),)
    assert path.read_text().startswith("---\n# by hand\n")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("6/4/2020 0:00", "2020-06-04"),
        ("12/31/2019", "2019-12-31"),
        ("2020-06-04", "2020-06-04"),
        ("2020-06-04 00:00:00", "2020-06-04"),
        ("4 June 2020", None),
        ("13/40/2020 0:00", None),
        ("", None),
    ],
)
def test_dates_are_read_as_they_are_published(tmp_path: Path, written: str, read: str | None) -> None:
    path = export(tmp_path / "x.csv", {"RetractionDate": written, "OriginalPaperPubMedID": "1"}, trailing=False)
    (row,) = rows(path)
    assert row.notice.date == read


def test_rows_without_an_identifier_or_of_another_nature_are_passed_over(tmp_path: Path) -> None:
    named = {"OriginalPaperPubMedID": "5"}
    path = export(
        tmp_path / "x.csv",
        {},
        {"OriginalPaperDOI": "Unavailable"},
        named | {"RetractionNature": "Rumour"},
        named | {"RetractionNature": " EXPRESSION OF CONCERN ", "Reason": "+A \u2028 b;;+;", "RetractionPubMedID": "9"},
    )
    assert list(rows(path)) == [
        Row(None, "5", Notice("expression-of-concern", "2020-06-04", "A b", "10.1000/notice", "9"))
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "columns are missing"),
        (b"Title,Journal\na,b\n", "RetractionDate, RetractionDOI"),
        (",".join(COLUMNS).encode() + b'\n1,"a', "cut off or damaged"),
        (",".join(COLUMNS).encode() + b"\n1,a,b\n", "line 2 lacks columns"),
        (b"%PDF-1.7\n\x00\xff", "columns are missing"),
    ],
)
def test_a_file_that_is_no_whole_export_changes_nothing(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ReadingError, match=message) as caught:
        list(rows(path))
    assert "\n" not in str(caught.value)
    for other in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(ReadingError, match="cannot be read"):
            list(rows(other))


def test_a_file_that_went_meanwhile_is_named(corpus: Path) -> None:
    known = sources(corpus)
    for path in corpus.glob("*/b-2020.md"):
        path.unlink()
    with pytest.raises(CorpusError, match="b-2020: its file is gone"):
        refresh(known, [Row(None, "22", Notice("retraction"))], corpus)


def test_the_day_of_the_look_is_dated_once_and_never_back(corpus: Path, write_source: Callable[..., Path]) -> None:
    write_source(corpus, "n-2020", "Text n.", doi=None, url="https://example.org")
    assert mark_checked(sources(corpus), corpus, "2025-08-22") == 3
    assert mark_checked(sources(corpus), corpus, "2025-08-22") == 0
    assert mark_checked(sources(corpus), corpus, "2024-01-01") == 0
    assert [one.notices_checked for one in sources(corpus)] == ["2025-08-22", "2025-08-22", None, "2025-08-22"]


def test_seventy_thousand_rows_take_a_few_seconds(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    export(path, *({"OriginalPaperDOI": f"10.1000/{number}", "Notes": "x" * 200} for number in range(70_000)))
    start = time.process_time()
    assert refresh(sources(corpus), rows(path), corpus) == ([], [])
    assert time.process_time() - start < 30


NOTICES = st.builds(
    Notice,
    st.sampled_from(NOTICE_KINDS),
    st.sampled_from([None, "2020", "2020-06", "2020-06-04", "2021-01-01", "2022-01-01"]),
    st.sampled_from([None, "Why.", "Because."]),
    st.sampled_from([None, "10.1000/x", "10.1000/y"]),
    st.sampled_from([None, "7", "8"]),
)


def in_memory(known: Source, notices: Iterable[Notice]) -> tuple[Notice, ...]:
    return _merged(known.notices, notices)[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.lists(NOTICES, max_size=3), st.lists(NOTICES, max_size=6), st.randoms(use_true_random=False))
def test_neither_the_order_of_the_rows_nor_a_second_refresh_makes_a_difference(
    known: list[Notice], reported: list[Notice], chance: random.Random
) -> None:
    before = Source("a-2020", "research", "Title", 2020, "current", notices=tuple(known))
    after = in_memory(before, reported)
    assert in_memory(before, chance.sample(reported, len(reported))) == after
    assert _merged(after, reported) == (after, (), 0)
    for one in known:
        assert any(one.kind == other.kind and (not one.doi or one.doi == other.doi) for other in after)
