"""Adding: what was read becomes corpus files, all of a batch or none of it, and never outside the corpus."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.curation.adding import Adder, Batch
from rag.curation.findings import check_corpus
from rag.curation.identities import Identities, known_identities, plain_doi, slug
from rag.errors import CorpusError, ReadingError
from rag.ingestion.corpus_file import corpus_files, read_corpus
from rag.ingestion.readers.base import Block, Reading
from rag.types import Notice, Source

TEXT = (Block("Findings", 2), Block("Rest relieves knee pain. Ice does not."))
Add = Callable[..., Batch]


def reading(title: str = "Rest for knee pain", year: int | None = 2020, **fields: Any) -> Reading:
    return Reading(**{"title": title, "year": year, "kind": "research", "blocks": TEXT} | fields)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


@pytest.fixture
def add(corpus: Path) -> Add:
    """Adds readings to what the corpus holds at the time."""

    def adding(*readings: Reading, many: bool = False, **how: Any) -> Batch:
        return Adder(corpus, known_identities(corpus), **how).add("x.txt", readings, many=many)

    return adding


def held(corpus: Path) -> dict[str, bytes]:
    """Everything that lies in the corpus folder, hidden or not."""
    return {str(path.relative_to(corpus)): path.read_bytes() for path in corpus.rglob("*") if path.is_file()}


def test_a_reading_becomes_a_file_and_what_was_understood_is_told(corpus: Path, add: Add) -> None:
    batch = add(reading(doi="https://doi.org/10.1000/X", licence="CC BY"), topics=("knee",))
    (document,) = read_corpus(corpus)
    source = document.source
    assert (source.source_id, source.doi, source.topics) == ("rest-for-knee-pain-2020", "10.1000/X", ("knee",))
    assert (source.status, source.text_type) == ("current", "publication")
    (understood,) = batch.first
    assert (understood.headings, understood.sentences, batch.added) == (("Findings",), 2, 1)
    assert list(held(corpus)) == ["research/rest-for-knee-pain-2020.md"]
    assert check_corpus(corpus_files(corpus))[1] == []


def test_what_is_given_stands_above_what_was_read_and_asking_is_last(corpus: Path, add: Add) -> None:
    asked = []

    def ask(name: str, reading: Reading) -> str:
        asked.append(name)
        return "2021"

    add(reading(year=None, authors="Them"), given={"kind": "guideline", "authors": "Us", "journal": None}, ask=ask)
    (document,) = read_corpus(corpus)
    assert (document.source.kind, document.source.authors, document.source.year) == ("guideline", "Us", 2021)
    assert asked == ["year"]


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (reading(title=""), r"x.txt: has no title \(give --title\)"),
        (reading(year=None, place="page 1"), r"x.txt, page 1: has no year \(give --year\)"),
        (reading(kind=None), r"has no kind \(give --kind guideline or --kind research\)"),
        (reading(blocks=()), r"nothing to add: the source has no text"),
        (reading(blocks=(Block("Only a heading", 2),), remarks=("is a scan",)), "is a scan"),
        (reading(year=99999), r"field 'year': .*: 99999 \(give --year\)"),
        (reading(url="nowhere"), r"field 'url': .*give --url"),
        (reading(study_type=["x"]), r"give --study-type"),
        (reading(further={"status": "odd"}), r"field 'status': .*: 'odd' \(correct it in the file\)"),
        (reading(further={"topics": "knee"}), r"field 'topics'"),
        (reading(further={"topics": 5}), r"field 'topics'"),
        (reading(further={"notices": [{"kind": "x"}]}), r"field 'notices.0.kind'.*correct it in the file"),
        (reading(title="Lone \ud800 half"), "field 'title'"),
        (reading(blocks=(Block("Lone \ud800 half."),)), "characters that are no text"),
        (reading(kind="rumour"), r"field 'kind'.*'rumour'"),
    ],
)
def test_a_lone_source_that_makes_none_is_one_line_and_writes_nothing(
    corpus: Path, add: Add, one: Reading, message: str
) -> None:
    with pytest.raises(CorpusError, match=message) as caught:
        add(one)
    assert "\n" not in str(caught.value)
    assert not corpus.exists() or held(corpus) == {}
    assert [path.name for path in corpus.glob(".adding*")] == []


@pytest.mark.parametrize("one", [{"year": 99999}, {"url": "nowhere"}, {"title": ""}, {"year": None}, {"kind": "odd"},
                                 {"title": "Lone \ud800 half"}, {"blocks": ()}])  # fmt: skip
def test_a_record_among_many_that_makes_no_source_is_counted_with_the_reason(
    corpus: Path, add: Add, one: dict[str, Any]
) -> None:
    batch = add(reading("One title"), reading(**{"title": "Another title"} | one), reading("Third title"), many=True)
    assert (batch.added, sum(batch.left_out.values())) == (2, 1)
    assert len(read_corpus(corpus)) == 2


def test_the_kind_of_many_records_is_asked_for_once_and_nothing_else(corpus: Path, add: Add) -> None:
    asked = []

    def ask(name: str, reading: Reading) -> str:
        asked.append(name)
        return "research"

    records = [reading(f"Title number {number}", kind=None) for number in range(3)]
    batch = add(*records, reading("No year", year=None, kind=None), many=True, ask=ask)
    assert (asked, batch.added, batch.left_out) == (["kind"], 3, {"has no year": 1})
    with pytest.raises(CorpusError, match="give --kind"):
        add(*records, many=True)


@pytest.mark.parametrize("name", ["title", "doi", "pmid"])
def test_a_field_of_one_source_is_not_given_to_many(corpus: Path, add: Add, name: str) -> None:
    value = {"title": "A title", "doi": "10.1000/x", "pmid": "5"}[name]
    with pytest.raises(CorpusError, match=f"more than one source .*--{name}"):
        add(reading("One title"), reading("Another title"), many=True, given={name: value})
    assert held(corpus) == {}
    assert add(reading("One title"), many=True, given={name: value}).added == 1


@pytest.mark.parametrize(
    "stated", ["../../x", "/etc/x", "a/b", "..", ".hidden", "A-2020", "a\n", "a\x00b", "é", "x" * 300, 5.5]
)
def test_no_stated_id_leads_outside_the_corpus(tmp_path: Path, corpus: Path, add: Add, stated: Any) -> None:
    with pytest.raises(CorpusError):
        add(reading(further={"id": stated}))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("stated", [None, "", 0])
def test_an_empty_id_is_none(corpus: Path, add: Add, stated: Any) -> None:
    add(reading(further={"id": stated}))
    assert list(held(corpus)) == ["research/rest-for-knee-pain-2020.md"]


@pytest.mark.parametrize("title", ["../../etc/passwd", "膝の痛み", "😀😀😀", "CON: a title / with \\ signs", "a" * 500])
def test_any_title_makes_a_safe_id(corpus: Path, add: Add, title: str) -> None:
    add(reading(title, doi="10.1000/one"), reading(title, doi="10.1000/other"), many=True)
    names = [path.name for path in corpus_files(corpus)]
    assert len(names) == 2
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") and len(name) < 80 for name in names)


def test_a_stated_id_of_another_publication_is_an_error_and_the_file_stays(corpus: Path, add: Add) -> None:
    add(reading(further={"id": "a-2020"}, doi="10.1000/a"))
    before = held(corpus)
    with pytest.raises(CorpusError, match=r"id of another publication: a-2020 \(give it another id"):
        add(reading("Another title", doi="10.1000/b", further={"id": "a-2020"}))
    assert held(corpus) == before
    assert add(reading("Changed title", doi="10.1000/A", further={"id": "a-2020"})).already == 1


@pytest.mark.parametrize("name", ["a-2020.md", "A-2020.md"])
def test_a_broken_file_of_the_corpus_is_never_written_over(corpus: Path, add: Add, name: str) -> None:
    broken = corpus / "guidelines" / name
    broken.parent.mkdir(parents=True)
    broken.write_text("---\nid: [\n---\nMy notes.")
    with pytest.raises(CorpusError, match="id of another publication"):
        add(reading(further={"id": "a-2020"}))
    assert held(corpus) == {f"guidelines/{name}": b"---\nid: [\n---\nMy notes."}
    batch = add(reading("A" * 3, 2020))
    assert batch.added == 1


def test_a_link_in_the_corpus_is_not_followed(tmp_path: Path, corpus: Path, add: Add) -> None:
    outside = tmp_path / "outside.md"
    (corpus / "research").mkdir(parents=True)
    (corpus / "research" / "rest-for-knee-pain-2020.md").symlink_to(outside)
    add(reading())
    assert not outside.exists()
    assert (corpus / "research" / "rest-for-knee-pain-2020-2.md").is_file()


def test_the_same_publication_is_added_once(corpus: Path, add: Add) -> None:
    first = reading(doi="10.1000/X", pmid="7")
    assert add(first).added == 1
    for same in (
        first,
        reading("Other title", doi="10.1000/x"),
        reading("Other title", pmid="7"),
        reading("REST for Knee—pain"),
    ):
        assert add(same).already == 1
    assert add(reading(doi="10.1000/other")).added == 1
    long = "A very long title that goes on and on and on, about the pain of imaginary joints, part"
    assert add(reading(f"{long} one"), reading(f"{long} two"), many=True).added == 2
    assert add(reading(f"{long} one", doi="10.1000/late")).already == 1


def test_a_doi_that_is_none_is_left_out_and_told(corpus: Path, add: Add) -> None:
    batch = add(reading(doi="see the web", pmid="0"))
    assert batch.first[0].remarks == (
        "DOI left out, as it is none: see the web",
        "PMID left out, as it is none: 0",
    )
    with pytest.raises(CorpusError, match="field 'doi'"):
        add(reading("Another title"), given={"doi": "see the web"})


def test_a_retraction_that_was_read_makes_the_status(corpus: Path, add: Add) -> None:
    add(reading(notices=(Notice("retraction", "2020-06-04", "Fraud."),)))
    assert read_corpus(corpus)[0].source.status == "retracted"


def test_a_later_version_takes_the_place_of_an_earlier_one_whichever_comes_first(corpus: Path, add: Add) -> None:
    old = reading("A review", 2010, pmid="1", replaced_by=("2",))
    new = reading("A review, updated", 2020, pmid="2", replaces=("1",), blocks=(Block("Ice relieves knee pain."),))
    assert add(new, many=True).linked == []
    assert add(old, many=True).linked == ["pmid-1 is superseded by pmid-2"]
    assert add(old, new, many=True).linked == []
    statuses = {one.source.source_id: one.source.status for one in read_corpus(corpus)}
    assert statuses == {"pmid-1": "superseded", "pmid-2": "current"}
    assert [one for one in check_corpus(corpus_files(corpus))[1] if one.severity == "error"] == []


def test_links_that_a_crash_kept_from_being_made_are_made_by_the_next_run(
    corpus: Path, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = reading("A review", 2010, pmid="1"), reading("A review, updated", 2020, pmid="2", replaces=("1",))
    with monkeypatch.context() as patched:
        patched.setattr(Adder, "_link", lambda *arguments: None)
        add(old, new, many=True)
    batch = add(old, new, many=True)
    assert (batch.already, batch.linked) == (2, ["pmid-1 is superseded by pmid-2"])


def test_a_link_to_a_broken_file_is_told_and_the_batch_stays(corpus: Path, add: Add) -> None:
    add(reading("A review", 2010, pmid="1"))
    (path,) = corpus_files(corpus)
    path.write_text(path.read_text().replace("status: current", "status: odd"))
    batch = add(reading("A review, updated", pmid="2", replaces=("1",)), many=True)
    assert (batch.added, batch.linked) == (1, [])
    assert "status" in batch.unlinked[0]


class CrashError(Exception):
    """Stands for anything."""


@pytest.mark.parametrize("error", [ReadingError("the file is cut off"), CrashError(), KeyboardInterrupt()])
def test_a_crash_half_way_leaves_the_corpus_as_it_was(corpus: Path, add: Add, error: BaseException) -> None:
    add(reading("Was there before"))
    before = held(corpus)

    def broken() -> Iterator[Reading]:
        yield reading("One title", pmid="1")
        raise error

    adder = Adder(corpus, known_identities(corpus))
    with pytest.raises(type(error)):
        adder.add("x.jsonl", broken(), many=True)
    assert held(corpus) == before
    assert adder.add("x.jsonl", [reading("One title", pmid="1")], many=True).added == 1


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_disk_that_fills_while_files_are_moved_in_leaves_the_corpus_as_it_was(
    corpus: Path, add: Add, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    add(reading("Was there before"))
    before, moved, rename = held(corpus), [], Path.rename

    def failing(self: Path, target: Path) -> Path:
        moved.append(target)
        if len(moved) == at:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(CorpusError, match=r"cannot be written: .*No space left"):
        add(*(reading(f"Title number {number}") for number in range(3)), many=True)
    assert held(corpus) == before


def test_what_another_process_wrote_meanwhile_is_not_written_over(corpus: Path) -> None:
    one, other = (Adder(corpus, Identities()) for _ in range(2))
    one.add("x.txt", [reading()], many=False)
    before = held(corpus)
    with pytest.raises(CorpusError, match="was written meanwhile"):
        other.add("y.txt", [reading(blocks=(Block("Other words."),))], many=False)
    assert held(corpus) == before


def test_what_a_killed_process_left_is_cleared_away_and_a_living_one_is_left_alone(corpus: Path, add: Add) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, alive, own = (corpus / f".adding-{pid}" for pid in (gone.pid, os.getppid(), os.getpid()))
    for folder in (left, alive, own):
        (folder / "research").mkdir(parents=True)
        (folder / "research" / "half.md").write_text("---")
    add(reading())
    assert (left.exists(), alive.exists(), own.exists()) == (False, True, False)
    assert len(read_corpus(corpus)) == 1


def test_a_dry_run_tells_the_same_and_touches_nothing(corpus: Path, add: Add) -> None:
    batch = add(reading(), reading(), many=True, dry_run=True)
    assert (batch.added, batch.already, corpus.exists()) == (1, 1, False)


def test_a_corpus_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "corpus").write_text("a file")
    with pytest.raises(CorpusError, match=r"cannot be written: .*corpus: (Not a directory|File exists)"):
        Adder(tmp_path / "corpus", Identities()).add("x.txt", [reading()], many=False)


def test_many_records_take_bounded_memory_and_time(corpus: Path) -> None:
    def records(count: int) -> Iterable[Reading]:
        for number in range(count):
            text = f"Record {number} has words of its own. " * 50
            yield reading(f"Title of record {number}", pmid=str(number + 1), blocks=(Block(text.strip()),))

    tracemalloc.start()
    start = time.process_time()
    batch = Adder(corpus, Identities()).add("x.jsonl", records(1_500), many=True)
    took = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (batch.added, len(batch.first)) == (1_500, 5)
    assert peak < 1_500 * 1_500 + 4e6
    assert took < 60


def test_identities_above_others_leave_them_as_they_are() -> None:
    below = Identities()
    below.add(Source("a-2020", "research", "Title a", 2020, "current", doi="10.1000/A"))
    above = Identities(below)
    new = Source("b-2020", "research", "Title b", 2020, "current", pmid="5")
    above.add(new)
    assert (above.find(new), below.find(new), above.id_of("5"), below.id_of("5")) == ("b-2020", None, "b-2020", None)
    assert (above.free_id("A-2020"), above.free_id("b-2020"), below.free_id("b-2020")) == (
        "A-2020-2",
        "b-2020-2",
        "b-2020",
    )
    below.absorb(above)
    assert below.find(new) == "b-2020"


def test_slugs_and_plain_dois() -> None:
    assert slug("Ménière’s disease: β-blockers?") == "menieres-disease-blockers"
    assert len(slug("word " * 50)) <= 60
    assert {
        plain_doi(one) for one in ("10.1/x", " doi: 10.1/x", "https://doi.org/10.1/x", "HTTP://DX.DOI.ORG/10.1/x")
    } == {"10.1/x"}
