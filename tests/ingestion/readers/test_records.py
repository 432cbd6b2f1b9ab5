"""RIS and BibTeX."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ReadingError
from rag.ingestion.readers.base import Reading
from rag.ingestion.readers.records import BibtexReader, RisReader


def ris(tmp_path: Path, content: str) -> list[Reading]:
    path = tmp_path / "a.ris"
    path.write_text(content, encoding="utf-8")
    return list(RisReader(10**7).read(path))


def bibtex(tmp_path: Path, content: str) -> list[Reading]:
    path = tmp_path / "a.bib"
    path.write_text(content, encoding="utf-8")
    return list(BibtexReader(10**7).read(path))


RIS = """TY  - JOUR
AU  - Lee, Ana B.
AU  - Day, Bo
TI  - Alphacaine for knees
T2  - Journal of joints
PY  - 2019/05/01/
DO  - https://doi.org/10.1000/knees.1
AN  - 12345
DB  - {database}
UR  - https://example.org/knees
AB  - No harm was seen at 10⁹/L, p < 0.05.
ER  -

TY  - RPRT
TI  - Care of elbows
PB  - Joint Board
Y1  - 2021
ER  -
"""


def test_ris_records_are_read_in_order(tmp_path: Path) -> None:
    first, second = ris(tmp_path, RIS.format(database="PubMed"))
    assert (first.title, first.year, first.doi, first.pmid) == (
        "Alphacaine for knees",
        2019,
        "10.1000/knees.1",
        "12345",
    )
    assert (first.authors, first.journal, first.url) == (
        "Lee AB, Day B",
        "Journal of joints",
        "https://example.org/knees",
    )
    assert [block.text for block in first.blocks] == ["No harm was seen at 10⁹/L, p < 0.05."]
    assert (second.organisation, second.year, second.blocks, second.remarks) == (
        "Joint Board",
        2021,
        (),
        ("has no abstract",),
    )


def test_a_number_of_another_database_is_no_pmid(tmp_path: Path) -> None:
    assert ris(tmp_path, RIS.format(database="Embase"))[0].pmid is None


@pytest.mark.parametrize("content", ["no record at all", "TI  - x\nER  -\n", "\x00", "ER  -\nER  -"])
def test_what_is_not_ris_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ReadingError) as caught:
        ris(tmp_path, content)
    assert "\n" not in str(caught.value)


def abstract(tmp_path: Path, latex: str) -> str:
    (reading,) = bibtex(tmp_path, f"@article{{a, title={{Knees}}, year=2020, abstract={{{latex}}}}}")
    return " ".join(block.text for block in reading.blocks)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("A 95% CI of 0.5 to 0.9.", "A 95% CI of 0.5 to 0.9."),
        ("A 95\\% CI of 0.5.", "A 95% CI of 0.5."),
        ("at 10\\textsuperscript{9}/L", "at 10⁹/L"),
        ("at 10$^{9}$/L and 10$^9$/L and $10^{-6}$", "at 10⁹/L and 10⁹/L and 10⁻⁶"),
        ("CO\\textsubscript{2} and CO$_2$", "CO2 and CO2"),
        ("p $<$ 0.05 and $\\alpha$ = 1", "p < 0.05 and α = 1"),
        ("it cost $5 and not $6", "it cost $5 and not $6"),
        ('M{\\"u}ller, na\\"{\\i}ve, \\^{o}', "Müller, naïve, ô"),
        ("\\emph{not} given, 5~mg", "not given, 5 mg"),
        ("x < y > z & 5 # 6 _ 7", "x < y > z & 5 # 6 _ 7"),
    ],
)
def test_latex_becomes_characters_and_loses_no_figure(tmp_path: Path, latex: str, text: str) -> None:
    assert abstract(tmp_path, latex) == text


def test_bibtex_entries_are_read_with_groups_and_braces(tmp_path: Path) -> None:
    (reading,) = bibtex(
        tmp_path,
        '@string{jj = "Journal of joints"}\n@comment{x}\n@Article{key, author={Lee, Ana and {The Joint Board}}, '
        "title={{Alphacaine} for {HIV}}, journal=jj, date={2019-05}, DOI={https://doi.org/10.1000/a\\_b}, "
        "note={PMID: 123}, url={https://example.org/a%20b_c~d}}",
    )
    assert (reading.title, reading.authors, reading.year) == ("Alphacaine for HIV", "Lee A, The Joint Board", 2019)
    assert (reading.doi, reading.pmid, reading.journal) == ("10.1000/a_b", "123", "Journal of joints")
    assert reading.url == "https://example.org/a%20b_c~d"


def test_entries_and_fields_that_stand_twice_are_still_read(tmp_path: Path) -> None:
    entries = "@article{a, title={One title}, year=2020}\n@article{a, title={Two}, title={Three}, year=2021}"
    assert [reading.title for reading in bibtex(tmp_path, entries)] == ["One title", "Two"]


def test_a_broken_entry_is_named_by_its_line_and_nothing_else_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ReadingError, match="line 2"):
        bibtex(
            tmp_path, "@article{a, title={One}, year=2020}\n@article{b, title={Two {open}, year=2020}\n@book{c, a={b}}"
        )
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", ["no entry", "@", "@article", "@comment{x}", "%"])
def test_a_file_without_entries_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ReadingError) as caught:
        bibtex(tmp_path, content)
    assert "\n" not in str(caught.value)
