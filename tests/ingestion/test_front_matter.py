"""Front matter: its parts lose nothing, its lines are right, its life is consistent, and a source is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rag.ingestion.corpus_file import body_of, read_corpus_file
from rag.ingestion.front_matter import FrontMatter, explained_all, front_matter_of, loaded, parted
from rag.ingestion.readers.base import Block, clean
from rag.lives import standing_retraction
from rag.types import NOTICE_KINDS, Notice, Source

FIELDS: dict[str, Any] = {"id": "a-2020", "kind": "research", "title": "A title", "year": 2020, "status": "current"}
RETRACTION = {"kind": "retraction", "date": "2020-06-04"}
TEXTS = st.text(min_size=1, max_size=40).map(clean).filter(bool)
NAMES = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,15}\Z")
DATES = st.sampled_from([None, "2019", "2019-02", "2019-02-28", "2020-06-04"])
DOIS = st.one_of(st.none(), st.from_regex(r"\A10\.\d{4,9}/[!-~µ]{1,20}\Z"))
PMIDS = st.one_of(st.none(), st.integers(1, 999_999_999).map(str))
NOTICES = st.lists(
    st.builds(
        Notice,
        st.sampled_from(NOTICE_KINDS),
        DATES,
        st.one_of(st.none(), TEXTS),
        DOIS,
        PMIDS,
        st.one_of(st.none(), NAMES),
    ),
    max_size=3,
).map(tuple)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    """Any source that makes a corpus file."""
    notices = draw(NOTICES)
    lists = [tuple(draw(st.lists(NAMES, max_size=3, unique=True))) for _ in range(4)]
    fields = {name: draw(st.one_of(st.none(), TEXTS)) for name in ("authors", "journal", "n", "strength", "licence")}
    named = draw(NAMES)
    successors = tuple(one for one in lists[0] if one != named)
    gone = "superseded" if successors else "current"
    return Source(
        named,
        draw(st.sampled_from(["guideline", "research"])),
        draw(TEXTS.filter(lambda text: len(text) >= 3)),
        draw(st.integers(1800, 2100)),
        "retracted" if standing_retraction(notices) else gone,  # type: ignore[arg-type]
        doi=draw(DOIS),
        pmid=draw(PMIDS),
        superseded_by=successors,
        superseded_since=draw(DATES),
        supersedes=lists[1],
        conflicts_with=lists[2],
        topics=lists[3],
        notices=notices,
        notices_checked=draw(DATES),
        text_type=draw(st.sampled_from(["summary", "publication"])),
        **fields,
    )


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60
)
@given(sources(), st.lists(TEXTS, min_size=1, max_size=4))
def test_a_source_that_is_written_is_read_back_equal(tmp_path: Path, source: Source, paragraphs: list[str]) -> None:
    path = tmp_path / f"{source.source_id}.md"
    body = body_of([Block("Findings", 2), *map(Block, paragraphs)])
    path.write_bytes(f"{front_matter_of(source)}\n{body}".encode())
    document = read_corpus_file(path)
    assert document.source == source
    assert document.text == "\n\n".join(["## Findings", *paragraphs])


@given(st.text(st.sampled_from("-ab:\r\n \ufeff"), max_size=40))
def test_the_parts_of_a_file_lose_nothing(text: str) -> None:
    parts = parted(text)
    if parts is not None:
        assert parts.before + parts.fields + parts.after == text
        body_lines = text.split("\n")[parts.body_line - 1 :]
        assert not parts.body or "\n".join(body_lines).strip() == parts.body


def test_the_line_of_a_field_is_its_own_also_within_notices_and_after_blank_lines() -> None:
    fields = '# a comment\n"title": |\n  doi: not this\ndoi: x\nnotices:\n  - kind: a\n\n  - kind: b\n    date: c\n'
    text = f"\n---\n{fields}---\n\nBody.\n"
    parts = parted(text)
    assert parts is not None
    wanted = {
        "title": 4,
        "doi": 6,
        "notices": 7,
        "notices.1": 10,
        "notices.1.date": 11,
        "notices.1.pmid": 10,
        "year": 1,
    }
    assert {path: parts.line_of(path) for path in wanted} == wanted
    assert (parts.body, parts.body_line) == ("Body.", 14)


def test_a_value_that_is_none_is_a_fault_of_the_yaml() -> None:
    import yaml

    for text in ("year: 2020-13-01", "n: " + "9" * 5000, "a: " + "[" * 5000, "a: [", "a: !!python/name:os.system"):
        with pytest.raises(yaml.YAMLError):
            loaded(text)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"doi": "doi:10.1/x"}, "doi", "pattern"),
        ({"pmid": "0123"}, "pmid", "pattern"),
        ({"year": 1492}, "year", "1800"),
        ({"id": "../../x"}, "id", "pattern"),
        ({"id": "a\n"}, "id", "pattern"),
        ({"title": "x"}, "title", "3 characters"),
        ({"url": "ftp://x"}, "url", "pattern"),
        ({"notices": [{"kind": "rumour"}]}, "notices.0.kind", "retraction"),
        ({"notices": [RETRACTION]}, "status", "must be retracted"),
        ({"status": "retracted"}, "status", "no retraction stands"),
        ({"status": "superseded"}, "status", "by what"),
        ({"superseded_by": ["b"]}, "status", "must be superseded"),
        ({"superseded_by": ["a-2020"], "status": "superseded"}, "status", "by itself"),
        ({"retraction": "2020: why"}, "retraction", "extra"),
        ({"topics": "knee"}, "topics", "tuple"),
    ],
)
def test_a_fault_of_a_field_is_named(changes: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FrontMatter.model_validate(FIELDS | changes)
    ((found, why, _),) = explained_all(caught.value)
    assert (found, reason in why) == (field, True), why


def test_every_fault_is_explained_and_no_value_floods_the_message() -> None:
    laughs = "&a [x, x, x]"
    for name in "bcdefgh":
        laughs = f"&{name} [{laughs}, *{chr(ord(name) - 1)}, *{chr(ord(name) - 1)}]"
    fields = loaded(f"doi: {laughs}\nyear: soon\npmid: {'9' * 3000}")
    with pytest.raises(ValidationError) as caught:
        FrontMatter.model_validate(FIELDS | fields)
    found = {field: value for field, _, value in explained_all(caught.value)}
    assert set(found) == {"doi", "year", "pmid"}
    assert found["year"] == "'soon'"
    assert max(map(len, found.values())) < 2_000


def test_dates_of_yaml_are_texts_and_a_retracted_source_may_have_a_successor() -> None:
    fields = loaded("notices_checked: 2025-08-22\nsuperseded_since: 2024")
    record = FrontMatter.model_validate(
        FIELDS | fields | {"status": "retracted", "superseded_by": ["b"], "notices": [RETRACTION], "topics": None}
    )
    source = record.to_source()
    assert (source.notices_checked, source.superseded_since, source.topics) == ("2025-08-22", "2024", ())
    assert source.notices == (Notice("retraction", "2020-06-04"),)
