"""A source's life is changed in its file, and nothing else in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.curation.lives import change_fields, is_day, path_of, set_superseded
from rag.errors import CorpusError
from rag.ingestion.corpus_file import read_corpus_file
from rag.ingestion.front_matter import loaded, parted

FILE = """---
# A guideline that was written by hand.
id:   a-2020      # as the file
kind: guideline
title: 'It''s a "quoted" title: with µ and é'
year: 2020
doi: "10.1000/a"
pmid: ~
n: 0x10
licence:
status: current   # for now
superseded_by: []  # nobody
supersedes:
- c-1999
-   d-1998   # the first
population: >-
  adults with
  pain

notices: []
notices_checked: "2020-01-01"
topics: [knee,pain]
# The end.
---

## Findings

A sentence\x20\x20
in two lines.  --- and a tail
"""
RETRACTION = {
    "kind": "retraction",
    "date": "2020-06-04",
    "reason": 'A "reason": with # signs, \\ and µ; "yes"',
    "doi": "10.1000/r",
    "pmid": None,
    "republished_as": None,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "guidelines" / "a-2020.md"
    found.parent.mkdir(parents=True)
    found.write_bytes(FILE.encode())
    return found


def others(text: str, *names: str) -> list[str]:
    """The lines of a file that belong to none of the fields named."""
    kept, skipping = [], False
    for line in text.splitlines(keepends=True):
        if not line.startswith((" ", "-", "\n", "#")):
            skipping = line.split(":")[0] in names
        if line.startswith(("---", "#")):
            skipping = False
        if not skipping:
            kept.append(line)
    return kept


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_everything_but_the_fields_named_stays_byte_for_byte(path: Path, line_end: str, mark: str) -> None:
    before = (mark + FILE).replace("\n", line_end)
    path.write_bytes(before.encode())
    change_fields(path, {"status": "retracted", "notices": [RETRACTION], "notices_checked": "2025-08-22"})
    after = path.read_bytes().decode()
    names = ("status", "notices", "notices_checked")
    assert others(after.replace(line_end, "\n"), *names) == others(mark + FILE, *names)
    assert after.count("\n") == after.count(line_end)
    assert f"status: retracted   # for now{line_end}" in after
    assert f'  - kind: retraction{line_end}    date: "2020-06-04"{line_end}' in after
    source = read_corpus_file(path).source
    assert (source.status, source.notices[0].reason) == ("retracted", RETRACTION["reason"])


def test_a_field_that_was_not_there_comes_last_and_lists_stay_short(path: Path) -> None:
    change_fields(path, {"superseded_since": "2024", "superseded_by": ["b-2024"], "status": "superseded"})
    text = path.read_text()
    assert "superseded_by: [b-2024]  # nobody\n" in text
    assert text.index('# The end.\nsuperseded_since: "2024"\n---\n') > 0


def test_changing_to_what_stands_there_and_back_restores_the_file(path: Path) -> None:
    change_fields(path, {"status": "superseded", "superseded_by": ["b"], "notices_checked": "2021-01-01"})
    change_fields(path, {"status": "current", "superseded_by": [], "notices_checked": "2020-01-01"})
    assert path.read_text() == FILE


@pytest.mark.parametrize(
    ("content", "changes", "message"),
    [
        (FILE.replace("---", "==="), {"status": "current"}, "no front matter"),
        (FILE.replace("year: 2020", "year: ["), {"status": "current"}, "cannot be read"),
        (FILE, {"status": "superseded"}, "by what"),
        (FILE, {"notices_checked": "tomorrow"}, "field 'notices_checked'"),
        (
            "---\n{id: a-2020, kind: research, title: Title, year: 2020, status: current}\n---\nx",
            {"n": "2"},
            "front matter",
        ),
    ],
)
def test_a_change_that_would_break_the_file_is_refused_and_leaves_it(
    path: Path, content: str, changes: dict[str, Any], message: str
) -> None:
    path.write_text(content)
    with pytest.raises(CorpusError, match=message) as caught:
        change_fields(path, changes)
    assert "\n" not in str(caught.value)
    assert path.read_text() == content
    assert [one.name for one in path.parent.iterdir()] == ["a-2020.md"]


def test_a_crash_while_writing_leaves_the_old_file_and_nothing_beside(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(CorpusError, match="No space left"):
        change_fields(path, {"n": "5"})
    assert path.read_text() == FILE
    assert [one.name for one in path.parent.iterdir()] == ["a-2020.md"]


def test_a_link_is_replaced_and_what_it_leads_to_stays(path: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    path.rename(outside)
    path.symlink_to(outside)
    change_fields(path, {"n": "5"})
    assert outside.read_text() == FILE
    assert 'n: "5"\n' in path.read_text()


def test_the_rights_of_a_file_stay(path: Path) -> None:
    path.chmod(0o640)
    change_fields(path, {"n": "5"})
    assert path.stat().st_mode & 0o777 == 0o640


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co"]), max_size=20)
FREE = st.sampled_from(["n", "population", "strength", "licence", "authors", "journal"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.dictionaries(FREE, st.one_of(st.none(), VALUES), min_size=1))
def test_any_text_is_written_as_it_is_and_changes_nothing_but_its_field(path: Path, changes: dict[str, Any]) -> None:
    path.write_bytes(FILE.encode())
    change_fields(path, changes)
    before, after = parted(FILE), parted(path.read_bytes().decode())
    assert before is not None
    assert after is not None
    assert loaded(after.fields) == loaded(before.fields) | changes
    assert after.after == before.after
    kept = [line for line in FILE.splitlines() if not line.startswith((*changes, "  adults", "  pain"))]
    assert [line for line in path.read_text().splitlines() if line in kept] == kept


def test_a_later_version_takes_the_place_of_an_earlier_one_in_both_files(
    tmp_path: Path, write_source: Callable[..., Path]
) -> None:
    old = write_source(tmp_path, "a-2010", "Some words.")
    new = write_source(tmp_path, "a-2020", "Other words.", "research")
    assert set_superseded(tmp_path, "a-2010", "a-2020")
    source = read_corpus_file(old).source
    assert (source.status, source.superseded_by, source.superseded_since) == ("superseded", ("a-2020",), "2020")
    assert read_corpus_file(new).source.supersedes == ("a-2010",)
    before = old.read_bytes(), new.read_bytes()
    assert not set_superseded(tmp_path, "a-2010", "a-2020")
    assert (old.read_bytes(), new.read_bytes()) == before
    write_source(tmp_path, "a-2024", "Newer words.", year=2024)
    assert set_superseded(tmp_path, "a-2010", "a-2024")
    source = read_corpus_file(old).source
    assert (source.superseded_by, source.superseded_since) == (("a-2020", "a-2024"), "2020")


def test_a_link_that_was_half_written_is_completed_by_the_next_call(
    tmp_path: Path, write_source: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_source(tmp_path, "a-2010", "Some words.")
    write_source(tmp_path, "a-2020", "Other words.", supersedes=["a-2010"])
    assert set_superseded(tmp_path, "a-2010", "a-2020")
    assert read_corpus_file(tmp_path / "guidelines" / "a-2010.md").source.superseded_by == ("a-2020",)


def test_no_circle_of_successors_is_ever_written(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    for name in ("a-2010", "b-2010", "c-2010"):
        write_source(tmp_path, name, "Some words.")
    assert set_superseded(tmp_path, "a-2010", "b-2010")
    assert set_superseded(tmp_path, "b-2010", "c-2010")
    assert not set_superseded(tmp_path, "c-2010", "a-2010")
    assert not set_superseded(tmp_path, "c-2010", "unlisted")


def test_paths_and_days(tmp_path: Path, path: Path) -> None:
    assert path_of(tmp_path, "a-2020") == path
    assert path_of(tmp_path, "unlisted") is None
    assert [is_day(text) for text in ("2025-08-22", "2025-8-22", "20250822", "2025-02-30", "today", "")] == [
        True,
        *[False] * 5,
    ]
    assert os.listdir(path.parent) == ["a-2020.md"]
