"""JSON lines as open collections publish them, and as nobody should."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading, clean
from rag.ingestion.readers.json_lines import LINE_MAX_BYTES, JsonLinesReader


def read_all(tmp_path: Path, *records: Any, field_map: dict[str, str] | None = None) -> list[Reading]:
    path = tmp_path / "r.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return list(JsonLinesReader(field_map).read(path))


def read_one(tmp_path: Path, **record: Any) -> Reading:
    (reading,) = read_all(tmp_path, record)
    return reading


def test_a_snippet_of_a_pubmed_collection_is_read(tmp_path: Path) -> None:
    reading = read_one(
        tmp_path,
        id="pubmed23n0001_0",
        title="Alphacaine for knees.",
        content="It does not help. Rest does.",
        contents="Alphacaine for knees. It does not help. Rest does.",
        PMID=123,
    )
    assert (reading.title, reading.pmid) == ("Alphacaine for knees.", "123")
    assert reading.blocks == (Block("It does not help. Rest does."),)


def test_a_record_of_a_guideline_collection_is_read(tmp_path: Path) -> None:
    reading = read_one(
        tmp_path,
        id="a1",
        source="board",
        title="Care of knees",
        clean_text="# Care of knees\n\n## Rest\n\nRest is recommended for\ntwo weeks.\n\n## Dose\n\nGive 15 mg.",
        raw_text="Raw.",
        url="https://example.org/knees",
        overview="",
    )
    assert (reading.organisation, reading.url, reading.title) == ("board", "https://example.org/knees", "Care of knees")
    assert reading.blocks == (
        Block("Rest", 2),
        Block("Rest is recommended for two weeks."),
        Block("Dose", 2),
        Block("Give 15 mg."),
    )


def test_a_field_map_names_the_keys(tmp_path: Path) -> None:
    record = {"heading": "Knees", "prose": "Rest.", "text": "Not this.", "when": "May 2019"}
    (reading,) = read_all(tmp_path, record, field_map={"title": "heading", "text": "prose", "year": "when"})
    assert (reading.title, reading.year, reading.blocks) == ("Knees", 2019, (Block("Rest."),))


@pytest.mark.parametrize(
    ("written", "year"),
    [
        (2019, 2019),
        (2019.0, 2019),
        ("2019-03-01T00:00:00Z", 2019),
        ("20190301", 2019),
        ("03/2019", 2019),
        (1520193000, None),
        ("PMC1201955", None),
        (None, None),
        (True, None),
        (["2018"], 2018),
    ],
)
def test_a_year_is_a_year_and_no_part_of_a_number(tmp_path: Path, written: Any, year: int | None) -> None:
    assert read_one(tmp_path, text="Rest.", year=written).year == year


@pytest.mark.parametrize(
    ("written", "authors"),
    [
        (["Ana Lee", {"name": "Bo Day"}, {"name": None}, {"other": 1}], "Lee A, Day B"),
        ([5, None, {"name": 7}], "5, 7"),
        ("Lee A, Day B", "Lee A, Day B"),
        (["A B", "C D", "E F", "G H"], "B A, D C, F E, et al."),
        ([], None),
        ({"name": "x"}, "{'name': 'x'}"),
    ],
)
def test_authors_come_in_many_shapes(tmp_path: Path, written: Any, authors: str | None) -> None:
    assert read_one(tmp_path, text="Rest.", authors=written).authors == authors


def test_values_that_are_no_address_are_no_address_and_numbers_lose_their_point_nought(tmp_path: Path) -> None:
    reading = read_one(tmp_path, text="Rest.", url="see web", pmid=77.0)
    assert (reading.url, reading.pmid) == (None, "77")


def test_a_record_without_text_says_so(tmp_path: Path) -> None:
    reading = read_one(tmp_path, title="Knees", text="  ", content=None)
    assert (reading.blocks, reading.remarks, reading.place) == ((), ("has no text",), "line 1")


def test_a_text_in_pieces_is_read_in_order(tmp_path: Path) -> None:
    assert read_one(tmp_path, text=["One.", "Two."]).blocks == (Block("One."), Block("Two."))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"[1]", "no JSON object: list"),
        (b'"text"', "no JSON object: str"),
        (b"{", "line 2 is not JSON"),
        (b'{"text": "x"', "line 2 is not JSON"),
        (b'{"text": "\xe4"}', "line 2 is not UTF-8"),
        ('{"text": "x"}'.encode("utf-16"), "line 2 is not UTF-8"),
        (b'{"year": ' + b"1" * 5000 + b"}", "line 2 is not JSON"),
        (b"[" * 100_000, "line 2 is not JSON"),
    ],
)
def test_a_bad_line_is_named_after_the_good_ones(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "Rest."}\n' + line + b"\n")
    readings = JsonLinesReader().read(path)
    assert next(readings).blocks == (Block("Rest."),)
    with pytest.raises(ReadingError, match=message) as caught:
        next(readings)
    assert "\n" not in str(caught.value)


def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"text": "' + b"x" * (LINE_MAX_BYTES + 10))
    with pytest.raises(ReadingError, match="line 1 is too long"):
        list(JsonLinesReader().read(path))


printable = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(printable, st.lists(printable, min_size=1, max_size=8), st.integers(1800, 2099)), max_size=5))
def test_what_is_written_as_json_lines_is_read_back(tmp_path: Path, given: list[tuple[str, list[str], int]]) -> None:
    records = [{"title": title, "text": f"a {' '.join(words)} .", "year": year} for title, words, year in given]
    read = [
        (reading.title, " ".join(block.text for block in reading.blocks), reading.year)
        for reading in read_all(tmp_path, *records)
    ]
    assert read == [(clean(one["title"]) or None, clean(one["text"]), one["year"]) for one in records]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["title", "text", "year", "authors", "pmid", "doi", "url", "kind", "journal", "source", "licence"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(names, json_values))
def test_any_value_of_any_field_gives_a_reading(tmp_path: Path, record: dict[str, Any]) -> None:
    assert len(read_all(tmp_path, record)) == 1
