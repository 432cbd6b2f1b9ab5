"""References for reference managers: read back as they were written, and nothing in them that the source has not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bibtexparser
import jsonschema
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware

from rag.answer import Answer
from rag.ingestion.corpus_file import read_corpus_file
from rag.ingestion.readers.records import RisReader
from rag.rendering.bibliography import Body, Person, authors_of, notes_of, web_address, work_of
from rag.rendering.bibtex import sources_to_bibtex, to_bibtex
from rag.rendering.csl import sources_to_csl, to_csl
from rag.rendering.plain import plain_line
from rag.rendering.ris import sources_to_ris, to_ris
from rag.types import Notice, Source

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = {
    "type": "object",
    "oneOf": [
        {"required": ["literal"], "properties": {"literal": {"type": "string", "minLength": 1}}, "maxProperties": 1},
        {
            "required": ["family", "given"],
            "properties": {one: {"type": "string", "minLength": 1} for one in ("family", "given", "suffix")},
            "additionalProperties": False,
        },
    ],
}
ITEM = {
    "type": "object",
    "required": ["id", "type", "title", "issued"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["article-journal", "report", "webpage", "document"]},
        "author": {"type": "array", "items": NAME, "minItems": 1},
        "issued": {
            "type": "object",
            "required": ["date-parts"],
            "additionalProperties": False,
            "properties": {
                "date-parts": {
                    "type": "array",
                    "maxItems": 2,
                    "items": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3},
                }
            },
        },
        **{
            one: {"type": "string", "minLength": 1}
            for one in (
                "id",
                "title",
                "container-title",
                "publisher",
                "genre",
                "DOI",
                "PMID",
                "URL",
                "note",
            )
        },
    },
}
"""What the CSL-JSON schema asks of the fields that are written."""


def entries(text: str) -> dict[str, dict[str, str]]:
    """The fields of BibTeX entries by their keys, LaTeX decoded."""
    library = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert library.failed_blocks == []
    assert len(library.blocks) == len(library.entries)
    return {one.key: {field.key: field.value for field in one.fields} for one in library.entries}


@pytest.fixture(scope="module")
def corpus() -> list[Source]:
    files = [*(REPOSITORY / "corpus" / "guidelines").glob("*.md"), *(REPOSITORY / "corpus" / "research").glob("*.md")]
    return [read_corpus_file(path).source for path in sorted(files)]


@pytest.mark.parametrize(
    ("written", "names", "cut_short"),
    [
        ("Doe J, O'Roe RS", (Person("Doe", "J"), Person("O'Roe", "RS")), False),
        ("Van Gelder IC, et al.", (Person("Van Gelder", "IC"),), True),
        (
            "Wright JT Jr, Müller-Lüdenscheidt Ä",
            (Person("Wright", "JT", "Jr"), Person("Müller-Lüdenscheidt", "Ä")),
            False,
        ),
        ("REST Group (Doe J, et al.)", (Body("REST Group"), Person("Doe", "J")), True),
        ("Doe J, et al. (REST Group)", (Person("Doe", "J"), Body("REST Group")), True),
        ("Doe J, et al.; REST Investigators", (Person("Doe", "J"), Body("REST Investigators")), True),
        ("Global Initiative for Asthma (GINA)", (Body("Global Initiative for Asthma (GINA)"),), False),
        ("Institute for Health, Care and Welfare", (Body("Institute for Health, Care and Welfare"),), False),
        ("College of Knees UK", (Body("College of Knees UK"),), False),
    ],
)
def test_people_are_told_from_organisations(
    make_source: Callable[..., Source], written: str, names: tuple[Any, ...], cut_short: bool
) -> None:
    found = authors_of(make_source(authors=written))
    assert (found.names, found.cut_short) == (names, cut_short)


def test_without_authors_the_organisations_stand_for_them(make_guideline: Callable[..., Source]) -> None:
    assert authors_of(make_guideline()).names == (Body("Board of Tests"), Body("College of Knees"))


def test_every_name_of_the_corpus_keeps_all_its_words(corpus: list[Source]) -> None:
    for source in corpus:
        names = authors_of(source).names
        kept = " ".join(
            one.name if isinstance(one, Body) else f"{one.family} {one.initials} {one.suffix or ''}" for one in names
        )
        written = source.authors or source.organisation or ""
        assert sorted(re.findall(r"\w+", kept)) == sorted(re.findall(r"\w+", re.sub(r"\bet al\b", "", written)))


def test_a_guideline_without_a_journal_is_a_report_and_an_address_alone_a_page(
    make_source: Callable[..., Source], make_guideline: Callable[..., Source]
) -> None:
    assert work_of(make_source()) == "article"
    assert work_of(make_guideline()) == "report"
    assert work_of(make_guideline(journal="J")) == "article"
    assert work_of(make_source(journal=None, doi=None)) == "page"
    assert work_of(make_source(journal=None)) == "document"


def test_ris_is_read_back_as_it_was_written(small_answer: Answer) -> None:
    board, trial = rispy.loads(to_ris(small_answer))
    assert trial["type_of_reference"] == "JOUR"
    assert trial["authors"] == ["Doe, J.", "Roe, R. S.", "Poe, T., Jr", "REST Study Group"]
    assert (trial["title"], trial["year"], trial["journal_name"]) == (
        "Rest for knee pain",
        "2019",
        "Journal of Imaginary Joints",
    )
    assert (trial["doi"], trial["accession_number"], trial["name_of_database"]) == (
        "10.1000/knee_2019",
        "12345",
        "PubMed",
    )
    assert trial["urls"] == ["https://example.org/knee?a=1&b=2#c"]
    assert trial["notes"][-1] == "The list of authors is cut short (et al.)."
    assert board["type_of_reference"] == "RPRT"
    assert (board["id"], board["authors"]) == ("knee-2020", ["Board of Tests", "College of Knees"])
    assert not {"doi", "accession_number", "name_of_database", "journal_name"} & set(board)


def test_what_is_exported_as_ris_can_be_added_to_a_corpus(small_answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "answer.ris"
    path.write_text(to_ris(small_answer), encoding="utf-8")
    _, trial = RisReader(10_000).read(path)
    assert (trial.title, trial.doi, trial.pmid, trial.year) == (
        "Rest for knee pain",
        "10.1000/knee_2019",
        "12345",
        2019,
    )


def test_bibtex_is_read_back_as_it_was_written(small_answer: Answer) -> None:
    found = entries(to_bibtex(small_answer))
    assert list(found) == ["knee-2020", "trial-2019"]
    trial = found["trial-2019"]
    assert trial["author"] == "Doe, J. and Roe, R. S. and Poe, Jr, T. and REST Study Group and others"
    assert (trial["title"], trial["journal"], trial["year"]) == (
        "Rest for knee pain",
        "Journal of Imaginary Joints",
        "2019",
    )
    assert (trial["doi"], trial["pmid"]) == ("10.1000/knee_2019", "12345")
    assert found["knee-2020"]["institution"] == "Board of Tests and College of Knees"
    assert "@techreport{knee-2020," in to_bibtex(small_answer)
    assert "url = {https://example.org/knee?a=1&b=2#c}" in to_bibtex(small_answer)


def test_bibtex_is_ascii_where_latex_has_a_command_and_escapes_what_is_special(
    make_source: Callable[..., Source],
) -> None:
    text = sources_to_bibtex([make_source(title="Müller & Köber: 50 % of α_1 {a} $5 #1 ~x^2 \\y")])
    assert r"M{\"u}ller {\&} K{\"o}ber: 50 {\%} of" in text
    assert text.isascii()
    assert re.search(r"(?<!\\)[&%$#~^]", text.split("title = ")[1].split("\n")[0]) is None
    assert entries(text)["trial-2019"]["title"].replace("ˆ", "^") == ("Müller & Köber: 50 % of α_1 {a} $5 #1 ~x^2 \\y")


def test_bibtex_keys_are_unique_also_where_ids_differ_only_in_case_or_signs(make_source: Callable[..., Source]) -> None:
    ids = ["a 1", "a,1", "A{1", "a-1-2", "漢"]
    assert list(entries(sources_to_bibtex(map(make_source, ids)))) == ["a-1", "a-1-2", "A-1-3", "a-1-2-2", "source"]


def test_csl_has_the_fields_of_the_source_and_no_other(small_answer: Answer) -> None:
    board, trial = json.loads(to_csl(small_answer))
    assert (trial["id"], trial["type"], board["type"]) == ("trial-2019", "article-journal", "report")
    assert trial["author"] == [
        {"family": "Doe", "given": "J."},
        {"family": "Roe", "given": "R. S."},
        {"family": "Poe", "given": "T.", "suffix": "Jr"},
        {"literal": "REST Study Group"},
    ]
    assert trial["issued"] == {"date-parts": [[2019]]}
    assert (trial["DOI"], trial["PMID"]) == ("10.1000/knee_2019", "12345")
    assert not {"DOI", "PMID", "container-title"} & set(board)


def test_retractions_concerns_and_successors_stand_in_the_notes_of_every_format(
    make_source: Callable[..., Source],
) -> None:
    gone = make_source(
        status="retracted", notices=(Notice("retraction", "2021-03-04", "fabricated records", "10.1000/r"),)
    )
    old = make_source("old", status="superseded", superseded_since="2020", superseded_by=("new",))
    assert notes_of(gone)[:2] == (
        "RETRACTED.",
        "Retraction 2021-03-04: fabricated records; doi:10.1000/r.",
    )
    assert notes_of(old)[0] == "Superseded since 2020 by new."
    for write in (sources_to_ris, sources_to_bibtex, sources_to_csl):
        text = write([gone, old])
        assert "RETRACTED." in text
        assert "fabricated records" in text
        assert "Superseded since 2020 by new." in text


def test_the_whole_corpus_goes_through_every_format_and_back(corpus: list[Source]) -> None:
    assert len(corpus) > 100
    titles = [plain_line(source.title) for source in corpus]
    assert [one["title"] for one in rispy.loads(sources_to_ris(corpus))] == titles
    items = json.loads(sources_to_csl(corpus))
    jsonschema.validate(items, {"type": "array", "items": ITEM})
    assert [(one["title"], one.get("DOI")) for one in items] == [
        (title, source.doi) for title, source in zip(titles, corpus, strict=True)
    ]
    found = entries(sources_to_bibtex(corpus))
    assert list(found) == [source.source_id for source in corpus]
    assert [one["title"] for one in found.values()] == titles


def test_hostile_references_stay_one_record_each(hostile_answer: Answer, nasty: str) -> None:
    records = rispy.loads(to_ris(hostile_answer))
    assert [one["type_of_reference"] for one in records] == ["RPRT", "JOUR"]
    assert records[1]["title"] == plain_line(nasty)
    assert re.findall(r"^(?:TY|ER)  - .*", to_ris(hostile_answer), re.M) == [
        "TY  - RPRT",
        "ER  - ",
        "TY  - JOUR",
        "ER  - ",
    ]
    items = json.loads(to_csl(hostile_answer))
    jsonschema.validate(items, {"type": "array", "items": ITEM})
    assert items[1]["title"] == plain_line(nasty)
    found = entries(to_bibtex(hostile_answer))
    assert list(found) == ["knee-2020", "trial-2019"]
    assert "injected" in found["trial-2019"]["title"]
    assert r"\input{" not in to_bibtex(hostile_answer)
    for text in (to_ris(hostile_answer), to_csl(hostile_answer), to_bibtex(hostile_answer)):
        assert "javascript:" not in text
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\ud800-\udfff]", text)


def test_only_addresses_of_the_web_are_passed_on(make_source: Callable[..., Source]) -> None:
    assert web_address(make_source(url="javascript:alert(1)")) is None
    assert web_address(make_source(url="file:///etc/passwd")) is None
    assert web_address(make_source(url="http://[broken")) is None
    assert web_address(make_source(url="https://e.org/a b")) == "https://e.org/a%20b"
