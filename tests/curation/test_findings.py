"""The check of a corpus: each fault with its rule and its line, and no false alarm."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.curation.findings import Finding, check_corpus
from rag.ingestion.corpus_file import corpus_files

REPOSITORY = Path(__file__).resolve().parents[2]
LONG = "Rest relieves knee pain " + "and so on " * 20 + "in adults."
GARBLED = "Pain fell by 5 Âµg after the Î²-blocker."


@pytest.fixture
def sound(tmp_path: Path, write_source: Callable[..., Path]) -> Path:
    """Three sources without a fault: wrapped paragraphs, a successor, a publication that says "it"."""
    folder = tmp_path / "corpus"
    licensed: dict[str, Any] = {"licence": "Apache-2.0"}
    body = "Rest relieves knee pain\nin adults. Ice relieves\nit too.\n\n## Limits\n\nThe trial of rest was\nsmall."
    write_source(folder, "knee-2020", body, supersedes=["knee-2010"], **licensed)
    write_source(
        folder, "knee-2010", "Running relieves knee pain.", status="superseded", superseded_by=["knee-2020"], **licensed
    )
    write_source(
        folder,
        "trial-2019",
        f"It was a trial of rest.\n\n{LONG}",
        "research",
        text_type="publication",
        pmid="12",
        **licensed,
    )
    return folder


def found(folder: Path) -> list[tuple[str, int, str]]:
    return [(one.path.stem, one.line, one.rule) for one in check_corpus(corpus_files(folder))[1]]


def edited(folder: Path, name: str, old: str, new: str) -> int:
    """Edit a file; the line of the edit."""
    (path,) = folder.glob(f"*/{name}.md")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


MUTATORS: list[tuple[str, str, str, str, str]] = [
    ("knee-2020", 'doi: "10.1000/knee-2020"', 'doi: "doi 10.1000/knee"', "field", ""),
    ("knee-2020", "year: 2020", "year: 1492", "field", ""),
    ("knee-2020", "year: 2020", "year: 2099", "year", ""),
    ("trial-2019", 'pmid: "12"', 'pmid: "0"', "field", ""),
    ("knee-2020", 'licence: "Apache-2.0"', "licence: null", "licence", ""),
    ("knee-2020", "Title of knee-2020", "Title of cafÃ©", "mojibake", ""),
    ("knee-2020", 'organisation: "Board of Tests"', 'organisation: "Board of Ã©tudes"', "mojibake", ""),
    ("knee-2020", "Limits", "Limits of â‰¥ 5", "mojibake", ""),
    ("knee-2020", "small.", "small (5 Âµg).", "mojibake", "The trial"),
    ("trial-2019", "trial of rest.", "trial of \ufffd rest.", "mojibake", ""),
    ("knee-2020", "in adults. Ice", "in adults. They say ice", "pronoun", ""),
    ("knee-2020", "The trial of rest was", "(Its trial of rest was", "pronoun", ""),
    ("knee-2020", "The trial of rest was", LONG.replace("in adults.", "in a"), "long", ""),
    ("knee-2020", 'status: "current"', 'status: "current"\nretraction: "2020: why"', "field", "extra"),
    ("knee-2010", 'superseded_by: ["knee-2020"]', 'superseded_by: ["knee-2020", "unlisted"]', "chain", ""),
    ("knee-2020", 'supersedes: ["knee-2010"]', 'supersedes: ["knee-2010", "trial-2019"]', "chain", ""),
    (
        "knee-2020",
        "Rest relieves knee pain\nin adults. Ice relieves\nit too.\n\n## Limits\n\nThe trial of rest was\nsmall.",
        "",
        "empty",
        "body",
    ),
    ("knee-2020", 'id: "knee-2020"', 'id: "knee-2021"', "id", ""),
    ("trial-2019", 'kind: "research"', 'kind: "guideline"', "kind", ""),
    ("trial-2019", 'doi: "10.1000/trial-2019"', 'doi: "10.1000/KNEE-2020"', "duplicate-doi", ""),
]


def test_a_sound_corpus_has_no_finding(sound: Path) -> None:
    assert check_corpus(corpus_files(sound)) == (3, [])


@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: f"{mutator[3]} {mutator[2][:20]!r}")
def test_each_fault_is_found_with_its_rule_and_its_line(sound: Path, mutator: tuple[str, str, str, str, str]) -> None:
    name, old, new, rule, anchor = mutator
    line = edited(sound, name, old, new)
    line += {"extra": 1, "The trial": -1, "body": -2}.get(anchor, 0)
    assert (name, line, rule) in found(sound)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(2, 4))
def test_several_faults_of_one_corpus_are_all_named(sound: Path, chance: random.Random, count: int) -> None:
    before = {path: path.read_bytes() for path in corpus_files(sound)}
    lone = [one for one in MUTATORS if one[3] in ("field", "licence", "mojibake", "pronoun", "long") and not one[4]]
    chosen: dict[tuple[str, str], tuple[str, str, str, str, str]] = {}
    for one in chance.sample(lone, count):
        chosen.setdefault((one[0], one[1]), one)
    for name, old, new, _, _ in chosen.values():
        if "\n" not in new:
            edited(sound, name, old, new)
    rules = {(name, rule) for name, _, rule in found(sound)}
    broken = {name for name, _, _, rule, _ in chosen.values() if rule == "field"}
    for name, _, _, rule, _ in chosen.values():
        of_record = rule in ("licence",) or (rule == "mojibake" and name in broken)
        assert (name, rule) in rules or (name in broken and of_record)
    for path, content in before.items():
        path.write_bytes(content)
    assert found(sound) == []


def test_faults_of_fields_and_of_the_text_of_one_file_are_named_together(sound: Path) -> None:
    edited(sound, "knee-2020", "year: 2020", "year: soon")
    edited(sound, "knee-2020", 'doi: "10.1000/knee-2020"', "doi: none")
    edited(sound, "knee-2020", "Rest relieves", "This relieves")
    assert [rule for _, _, rule in found(sound)] == ["field", "field", "pronoun"]


def test_a_file_that_cannot_be_read_breaks_no_chain_of_others(sound: Path) -> None:
    edited(sound, "knee-2020", "year: 2020", "year: soon")
    assert [(name, rule) for name, _, rule in found(sound)] == [("knee-2020", "field")]


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (b"---\nid: a\nyear: [2020\ntitle: x\n---\nx", "front-matter", 4),
        (b"---\nid: a\nnotices_checked: 2021-02-30\n---\nx", "front-matter", 1),
        (b"No front matter.", "front-matter", 1),
        (b"{", "front-matter", 1),
        (b"", "front-matter", 1),
        (b"---\nid: a\n\xff", "encoding", 1),
    ],
)
def test_a_file_that_is_no_source_is_one_finding(sound: Path, content: bytes, rule: str, line: int) -> None:
    (sound / "research" / "a.md").write_bytes(content)
    assert found(sound) == [("a", line, rule)]


def test_a_folder_named_like_a_source_is_a_finding(sound: Path) -> None:
    (sound / "research" / "a.md").mkdir()
    assert found(sound) == [("a", 1, "unreadable")]


def test_duplicates_are_named_at_the_later_file(sound: Path, write_source: Callable[..., Path]) -> None:
    write_source(sound, "z-2020", "Running relieves\nknee pain.", licence="x", doi="10.1000/Knee-2010", pmid="77")
    write_source(sound, "z-2021", "Swimming relieves knee pain.", "research", licence="x", pmid="77")
    assert [(name, rule) for name, _, rule in found(sound)] == [
        ("z-2020", "duplicate-doi"),
        ("z-2020", "duplicate-text"),
        ("z-2021", "duplicate-pmid"),
    ]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_of_successors_is_named_in_each_of_its_files(
    tmp_path: Path, write_source: Callable[..., Path], length: int
) -> None:
    names = [f"s{number}-2020" for number in range(length)]
    for number, name in enumerate(names):
        after, before = names[(number + 1) % length], names[number - 1]
        fields: dict[str, Any] = {"superseded_by": [after], "supersedes": [before], "status": "superseded"}
        write_source(tmp_path, name, f"Text of {name}.", licence="x", **fields)
    rules = [rule for _, _, rule in found(tmp_path)]
    assert rules == ["field"] if length == 1 else rules == ["circle"] * length


def test_a_republication_names_a_source_a_doi_or_a_pmid(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    for number, (new, sound) in enumerate(
        {"10.1000/x": True, "pmid-12": True, "s0-2020": True, "nobody": False}.items()
    ):
        notices = [{"kind": "correction"}, {"kind": "correction", "republished_as": new}]
        path = write_source(tmp_path, f"s{number}-2020", f"Text number {number}.", licence="x", notices=notices)
        assert sound or found(tmp_path) == [
            (path.stem, path.read_text()[: path.read_text().index("notices")].count("\n") + 1, "chain")
        ]


GOOD = (
    "Vitamin D 10 µg, β-blockers, ≥ 5 %, 2 × 10⁹/L, 5–10 °C, ±2, ≤ 3 and ½ were given.",
    "Škoda, Ångström, Núñez, São, Müller, Sjögren, Đoković, Łukasz, Ñandú, Çelik, Bartók and Őry wrote of Ménière’s.",
    "That-is-all is a phrase.",
    "Its-me is a name.",
    "He-Ne lasers relieve knee pain.",
    "His‑Purkinje conduction was normal.",
    "Items were counted.",
    "Thesis work was excluded.",
    "Hers et al. counted items.",
    "HER2-positive tumours were excluded.",
    "IT staff and US sites took part.",
    "Theirs was no trial name in the review.",
    "Weight fell by 2 kg (“a lot”).",
    "The surface is 130 Å² or 20 Å³.",
    "«Guide» of the Île-de-France and d’Île, ÉCOLE and NÃO.",
    "Hit rates and shelves were counted.",
)


@pytest.mark.parametrize("sentence", GOOD)
def test_no_false_alarm(sound: Path, sentence: str) -> None:
    edited(sound, "knee-2010", "Running relieves knee pain.", sentence)
    edited(sound, "knee-2010", "Title of knee-2010", sentence.replace('"', ""))
    assert found(sound) == []


@pytest.mark.parametrize(
    "sentence",
    ["It helps.", "“This helps.”", "- They help.", "*Its* use helps.", "(These help.)", "There is help.",
     "We advise rest.", "It's helpful.", "You should rest.", "Our trial helped."],
)  # fmt: skip
def test_a_sentence_that_leans_on_another_is_found(sound: Path, sentence: str) -> None:
    edited(sound, "knee-2010", "Running relieves knee pain.", f"Running relieves knee pain. {sentence}")
    assert [rule for _, _, rule in found(sound)] == ["pronoun"]


@pytest.mark.parametrize(
    "sentence",
    ["â‰¥ 5 mg", "5 Âµg", "the Î²-blocker", "2â€“3 days", "cafÃ©", "MÃ©niÃ¨re",
     "Â±2", "37 Â°C", "2 Ã— 3", "patientâ€™s", "a\ufffdb"],
)  # fmt: skip
def test_garbled_characters_are_found(sound: Path, sentence: str) -> None:
    edited(sound, "knee-2010", "Running relieves knee pain.", f"Running relieves {sentence}.")
    assert [rule for _, _, rule in found(sound)] == ["mojibake"]


def test_sixty_words_pass_and_sixty_one_do_not(sound: Path) -> None:
    edited(sound, "knee-2010", "Running relieves knee pain.", "Rest " * 59 + "helps.")
    assert found(sound) == []
    edited(sound, "knee-2010", "helps.", "helps adults.")
    assert [rule for _, _, rule in found(sound)] == ["long"]


def test_a_publication_without_licence_or_identifier_is_a_warning(sound: Path) -> None:
    edited(sound, "trial-2019", 'licence: "Apache-2.0"', "licence: null")
    edited(sound, "trial-2019", 'doi: "10.1000/trial-2019"', "doi: null")
    edited(sound, "trial-2019", 'pmid: "12"', "pmid: null")
    severities = {one.rule: one.severity for one in check_corpus(corpus_files(sound))[1]}
    assert severities == {"licence": "warning", "identifier": "warning"}


def test_a_finding_reads_as_one_line() -> None:
    finding = Finding(Path("a.md"), 3, "error", "year", "year is in the future: 2099", "correct it")
    assert str(finding) == "a.md:3: error: year is in the future: 2099 (correct it)"


def test_every_line_of_a_finding_lies_in_its_file(sound: Path) -> None:
    for name, old, new, _, _ in MUTATORS:
        (path,) = sound.glob(f"*/{name}.md")
        before = path.read_text()
        path.write_text(before.replace(old, new, 1).replace("\n", "\r\n"), newline="")
        for one in check_corpus(corpus_files(sound))[1]:
            assert 1 <= one.line <= len(one.path.read_text().splitlines()), json.dumps(str(one))
        path.write_text(before)


def test_the_shipped_corpus_is_sound() -> None:
    count, findings = check_corpus(corpus_files(REPOSITORY / "corpus"))
    assert count >= 100
    assert [str(one) for one in findings if one.severity == "error"] == []
