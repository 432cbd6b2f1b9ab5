"""Pages with all that stands around a text, and what is read of them."""

from __future__ import annotations

import html
import re
import socket
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading, clean
from rag.ingestion.readers.html import HtmlReader

READER = HtmlReader(5 * 2**20)
FIRST = (
    "Patients with chronic pain of the imaginary joints were randomised to alphacaine or to placebo for twelve weeks."
)
SECOND = (
    "Intensity fell by 2.4 points with alphacaine and by 1.1 points with placebo, and no serious event was reported."
)
THIRD = "The Board recommends 15 mg of alphacaine daily for adults, <em>with</em> food, unless the liver is impaired."
PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Alphacaine for joints | Journal of Joints</title>
<meta name="citation_title" content="Alphacaine for imaginary joints">
<meta name="citation_author" content="Smith, Ann"><meta name="citation_author" content="Bo Li">
<meta name="citation_journal_title" content="Journal of Joints"><meta name="citation_doi" content="doi:10.1000/j.14">
<meta name="citation_pmid" content="12345678"><meta name="citation_publication_date" content="2021/03/04">
<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">
<link rel="canonical" href="https://example.org/joints/14"><script>var words = "never shown";</script></head>
<body><header><a href="/">Journal of Joints</a></header>
<nav><ul><li><a href="/a">Current issue</a></li><li><a href="/b">Archive of all issues</a></li></ul></nav>
<div id="cookie-banner" class="cookie-banner"><p>We use cookies to improve your experience on this website. By
continuing to browse you agree to their use.</p></div>
<main><article><h1>Alphacaine for imaginary joints</h1>
<div class="share-buttons"><a href="#">Share on all networks</a></div>
<h2>Methods</h2><p>{FIRST}</p>
<h2>Results</h2><p>{SECOND}</p><h3>Harms</h3><ul><li>Seven participants were dizzy for less than an hour.</li>
<li>One participant in each group withdrew from the trial.</li></ul>
<table><tr><td>Age</td><td>54.1</td></tr><tr><td>Women</td><td>61%</td></tr></table>
<h2>Discussion</h2><p>{THIRD}</p>
<h2>References</h2><ol><li>Jones C. An earlier trial of betacaine. J Joints 2001;1:1.
<a href="https://pubmed.example">PubMed</a> <a href="#">CrossRef</a></li></ol></article></main>
<aside><h2>Related articles</h2><ul><li><a href="/c">Another article about something else</a></li></ul></aside>
<footer><p>© 2024 Joints Publishing. All rights reserved. Terms and conditions apply to all use.</p></footer>
</body></html>"""


def saved(folder: Path, content: str | bytes) -> Path:
    path = folder / "page.html"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes) -> Reading:
    [reading] = READER.read(saved(folder, content))
    return reading


def test_the_main_text_comes_with_its_headings_and_nothing_around_it(tmp_path: Path) -> None:
    assert read(tmp_path, PAGE).blocks == (
        Block("Methods", 2),
        Block(FIRST),
        Block("Results", 2),
        Block(SECOND),
        Block("Harms", 3),
        Block("Seven participants were dizzy for less than an hour."),
        Block("One participant in each group withdrew from the trial."),
        Block("Discussion", 2),
        Block(THIRD.replace("<em>", "").replace("</em>", "")),
    )


def test_what_the_page_says_of_itself_is_read(tmp_path: Path) -> None:
    reading = read(tmp_path, PAGE)
    assert reading.title == "Alphacaine for imaginary joints"
    assert reading.authors == "Smith A, Li B"
    assert (reading.journal, reading.organisation) == ("Journal of Joints", None)
    assert (reading.doi, reading.pmid, reading.year) == ("10.1000/j.14", "12345678", 2021)
    assert reading.url == "https://example.org/joints/14"
    assert reading.licence == "https://creativecommons.org/licenses/by/4.0/"


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    assert read(tmp_path, PAGE).remarks == ("the list of references was left out", "1 table was left out")


def test_dublin_core_and_open_graph_stand_in_for_citation_fields(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        f"""<html lang="de"><head><meta charset="utf-8"><title>Window</title><meta property="og:title" content="Graph">
<meta name="DC.Creator" content="Ann Smith"><meta name="DC.Date" content="20190708"><meta name="DC.Publisher"
content="Board of Joints"><meta name="DC.Identifier" content="https://doi.org/10.1000/x"></head>
<body><p>{FIRST}</p><p>{SECOND}</p></body></html>""",
    )
    assert (reading.title, reading.authors, reading.year) == ("Graph", "Smith A", 2019)
    assert (reading.organisation, reading.doi) == ("Board of Joints", "10.1000/x")
    assert "the page says that its language is de, not English" in reading.remarks


def test_a_page_that_says_nothing_of_itself_still_has_its_text(tmp_path: Path) -> None:
    reading = read(tmp_path, f"<html><body><p>{FIRST}</p><p>{SECOND}</p></body></html>")
    assert [part.text for part in reading.blocks] == [FIRST, SECOND]
    assert (reading.title, reading.year, reading.doi) == (None, None, None)
    assert "no year of publication was found" in reading.remarks


def test_a_page_laid_out_by_one_table_is_read(tmp_path: Path) -> None:
    reading = read(
        tmp_path, f"<html><body><table><tr><td><p>{FIRST}</p><p>{SECOND}</p></td></tr></table></body></html>"
    )
    text = " ".join(part.text for part in reading.blocks)
    assert FIRST in text
    assert SECOND in text


def test_a_formula_is_read_as_its_symbols(tmp_path: Path) -> None:
    formula = '<math alttext="x \\leq 2"><mi>x</mi><mo>≤</mo><mn>2</mn></math>'
    reading = read(tmp_path, f"<html><body><p>{FIRST}</p><p>It held that {formula}. {SECOND}</p></body></html>")
    assert f"It held that x≤2. {SECOND}" in [part.text for part in reading.blocks]


@pytest.mark.parametrize(
    ("mark", "encoding"), [("\ufeff", "utf-8"), ("\ufeff", "utf-16-le"), ("\ufeff", "utf-16-be"), ("", "utf-8")]
)
def test_the_encoding_is_taken_from_the_byte_order_mark(tmp_path: Path, mark: str, encoding: str) -> None:
    page = f"{mark}<html><body><p>Café – {FIRST}</p><p>{SECOND}</p></body></html>"
    assert read(tmp_path, page.encode(encoding)).blocks[0].text == f"Café – {FIRST}"


@pytest.mark.parametrize(
    "declared", ['<meta charset="iso-8859-1">', '<meta content="text/html; charset=windows-1252">']
)
def test_the_encoding_is_taken_from_what_the_page_declares(tmp_path: Path, declared: str) -> None:
    page = f"<html><head>{declared}</head><body><p>Café – {FIRST}</p><p>{SECOND}</p></body></html>"
    assert read(tmp_path, page.encode("cp1252")).blocks[0].text == f"Café – {FIRST}"


@pytest.mark.parametrize(
    ("declared", "message"),
    [("", "not in its encoding, utf-8"), ('<meta charset="klingon">', "unknown encoding: klingon")],
)
def test_a_page_in_another_encoding_than_it_says_is_refused(tmp_path: Path, declared: str, message: str) -> None:
    page = f"<html><head>{declared}</head><body><p>Café {FIRST}</p></body></html>".encode("latin-1")
    with pytest.raises(ReadingError, match=rf"page\.html: .*{message}.*save it as UTF-8"):
        read(tmp_path, page)


@pytest.mark.parametrize(
    "content", ["", " ", "<html></html>", "<html><body><nav><a>Home</a></nav></body></html>", "\0"]
)
def test_a_page_without_main_text_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ReadingError, match=r"page\.html: the page has no main text"):
        read(tmp_path, content)


def test_a_page_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="too large to read as one document"):
        next(HtmlReader(100).read(saved(tmp_path, PAGE)))


def test_nothing_is_fetched_and_no_other_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a reader called out")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    (tmp_path / "other.txt").write_text("the secret of another file")
    outside = f"""<!DOCTYPE html SYSTEM "file://{tmp_path}/other.txt" [<!ENTITY other SYSTEM "other.txt">]>
<html><body><p>{FIRST} &other;</p><p>{SECOND}</p><iframe src="other.txt"></iframe><img src="http://192.0.2.1/x.png">
</body></html>"""
    assert "the secret" not in " ".join(part.text for part in read(tmp_path, outside).blocks)


def sentence(folder: Path, markup: str) -> str:
    """How a paragraph between two others is read."""
    reading = read(folder, f"<html><body><p>{FIRST}</p><p>{markup}</p><p>{SECOND}</p></body></html>")
    assert [part.text for part in reading.blocks[::2]] == [FIRST, SECOND]
    return reading.blocks[1].text


@pytest.mark.parametrize(
    "marked",
    [
        'pain.<sup><a href="#ref12">12</a></sup>',
        'pain<sup><a href="#bib1">1</a>,<a href="#bib3">3</a>–<a href="#bib5">5</a></sup>.',
        'pain<sup><a href="#B1">1</a></sup><sup>,</sup><sup><a href="#B2">2</a></sup>.',
        'pain<a href="#r1"><sup>1</sup></a>,<a href="#r2"><sup>2</sup></a>.',
        'pain<sup class="reference"><a href="https://example.org/page#cite_note-7"><span>[</span>7<span>]</span></a></sup>.',
        'pain<sup><a href="#fn-a">a–c</a></sup>.',
        'pain<sup><a href="#fn1">†</a></sup>.',
        'pain.<sup><a href="javascript:void(0)">1,2-4</a></sup>',
        'pain <a href="#ref12">[12]</a>.',
        'pain [<a href="#B1-joints">1</a>, <a href="#B2-joints">2</a>–<a href="#B4-joints">4</a>].',
        'pain [<a href="#pone.0012345.ref001">1</a>-3].',
        'pain <span>[<cite><a href="#x81">1</a></cite>,<cite><a href="#x82">2</a></cite>]</span>.',
        'pain (<a href="#R3">3</a>, <a href="#R4">4</a>).',
        'pain<a href="#bibr3-joints"><span style="vertical-align: super">3</span></a>.',
        "pain.<sup>3</sup>",
        "pain <sup>3</sup>.",
        "pain<sup>1</sup><sup>,</sup><sup>4–6</sup>.",
        "pain<sup>[3]</sup>.",
    ],
)
def test_citation_marks_are_dropped(tmp_path: Path, marked: str) -> None:
    lead = "In this trial of twelve weeks the drug alphacaine relieved"
    assert sentence(tmp_path, f"{lead} {marked} It was safe.") == f"{lead} pain. It was safe."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("150 × 10<sup>9</sup>/L", "150 × 10⁹/L"),
        ("150 × 10 <sup>9</sup>/L", "150 × 10 ⁹/L"),
        ("150 × 10<sup>9 </sup>cells", "150 × 10⁹ cells"),
        ("10<sup><i>−3</i></sup> mol", "10⁻³ mol"),
        ("10<sup>1000</sup> mol", "10^1000 mol"),
        ("30 kg/m<sup>2</sup>", "30 kg/m²"),
        ("1.73 m<sup>2</sup>", "1.73 m²"),
        ("4 mL min<sup>−1</sup>", "4 mL min⁻¹"),
        ("4 cm<sup>3</sup><sup><a href='#ref4'>4</a></sup>", "4 cm³"),
        ("30 kg/m<sup>2,<a href='#ref4'>4</a></sup>", "30 kg/m²"),
        ("(<i>I</i> <sup>2</sup> = 45%; Chi<sup>2</sup> = 5.2)", "(I ² = 45%; Chi² = 5.2)"),
        ("<a href='#sec2'>10<sup>9</sup></a> cells", "10⁹ cells"),
        ("[<sup>18</sup>F]FDG", "[¹⁸F]FDG"),
        ("<sup>99m</sup>Tc", "99mTc"),
        ("the 1<sup>st</sup> visit", "the 1st visit"),
        ("CD4<sup>+</sup> cells", "CD4+ cells"),
        ("SO<sub>4</sub><sup>2−</sup> ions", "SO4²⁻ ions"),
        ("<math><msup><mn>10</mn><mn>9</mn></msup></math> cells", "10⁹ cells"),
    ],
)
def test_an_exponent_is_never_glued_to_its_base(tmp_path: Path, markup: str, text: str) -> None:
    lead, end = "In this trial of twelve weeks the investigators counted", "in all of the participants."
    assert sentence(tmp_path, f"{lead} {markup} {end}") == f"{lead} {text} {end}"


@pytest.mark.parametrize(
    "linked",
    [
        'Table <a href="#T2">2</a>',
        'reference <a href="#ref12">12</a>',
        '(equation <a href="#eq3">3</a>)',
        'Jones (<a href="#ref5">2019</a>)',
        "Jones [12]",
        '<a href="#part">a part of it</a>',
    ],
)
def test_links_that_are_words_of_their_sentence_stay(tmp_path: Path, linked: str) -> None:
    lead, end = "The results of this long trial are shown in full by", "and nowhere else in the whole report."
    shown = f"{lead} {re.sub(r'<[^>]+>', '', linked)} {end}"
    assert sentence(tmp_path, f"{lead} {linked} {end}") == shown


def test_a_title_has_its_exponents_and_no_marks(tmp_path: Path) -> None:
    page = f"""<html><body><h1>Alphacaine at 10 mg/m<sup>2</sup><sup><a href="#fn1">*</a></sup></h1><p>{FIRST}</p>
<p>{SECOND}</p></body></html>"""
    assert read(tmp_path, page).title == "Alphacaine at 10 mg/m²"


def test_a_mark_between_two_words_leaves_them_two(tmp_path: Path) -> None:
    marked = 'There was less pain<sup><a href="#ref1">1</a></sup>and more sleep in each of the two groups.'
    assert sentence(tmp_path, marked) == "There was less pain and more sleep in each of the two groups."


def test_an_unclosed_raised_text_does_not_swallow_its_paragraph(tmp_path: Path) -> None:
    assert FIRST in " ".join(
        part.text for part in read(tmp_path, f"<html><body><p><sup>1 {FIRST}</p><p>{SECOND}</p></body></html>").blocks
    )


@settings(max_examples=40, deadline=None)
@given(st.text("[]()0123456789,–- .abm<>", max_size=30), st.sampled_from(["#ref1", "#x", "/other", ""]))
def test_whatever_is_raised_the_words_around_it_stay(raised: str, target: str) -> None:
    inner = f'<a href="{target}">{html.escape(raised)}</a>' if target else html.escape(raised)
    page = f"<html><body><p>{FIRST} The dose<sup>{inner}</sup>. {SECOND}</p><p>{SECOND}</p></body></html>"
    with tempfile.TemporaryDirectory() as folder:
        text = read(Path(folder), page).blocks[0].text
    assert text.startswith(f"{FIRST} The dose")
    assert text.endswith(f". {SECOND}")
    assert "\ufdd0" not in text


WORD = st.text(st.characters(categories=("L", "N"), max_codepoint=0x24F), min_size=1, max_size=9)
TEXT = st.lists(WORD, min_size=12, max_size=30).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=2, max_size=8, unique=True))
def test_any_paragraphs_come_back_word_for_word(texts: list[str]) -> None:
    body = "".join(f"<p>{html.escape(text)}.</p>" for text in texts)
    with tempfile.TemporaryDirectory() as folder:
        reading = read(Path(folder), f"<html><body><nav><a>Home</a></nav><article>{body}</article></body></html>")
    assert [part.text for part in reading.blocks] == [clean(f"{text}.") for text in texts]
