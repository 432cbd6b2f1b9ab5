"""Reading a draft while it is written: the same statements in whatever pieces it comes, none before it is whole."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.composition.incremental import DraftReader
from rag.errors import UnreadableReplyError

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
STATEMENTS = st.lists(st.fixed_dictionaries({"text": TEXTS, "evidence": st.lists(TEXTS, max_size=3)}), max_size=4)
DRAFTS = st.dictionaries(st.sampled_from(["short_answer", "guidelines", "research"]), STATEMENTS, min_size=1)


def read(pieces: list[str]) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    reader = DraftReader()
    found = [item for piece in pieces for item in reader.feed(piece)]
    return found, reader.finish()


@given(draft=DRAFTS, size=st.integers(1, 50), indent=st.sampled_from([None, 2]), ascii_only=st.booleans())
def test_the_statements_do_not_depend_on_the_pieces(
    draft: dict[str, Any], size: int, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(draft, indent=indent, ensure_ascii=ascii_only)
    found, whole = read([text[start : start + size] for start in range(0, len(text), size)])
    assert found == [(name, one) for name, ones in draft.items() for one in ones]
    assert whole == draft


@given(text=st.text(max_size=60), size=st.integers(1, 9))
def test_whatever_is_fed_there_is_a_reading_or_one_error(text: str, size: int) -> None:
    with suppress(UnreadableReplyError):
        read([text[start : start + size] for start in range(0, len(text), size)])


@given(statement=st.fixed_dictionaries({"text": TEXTS, "evidence": st.lists(TEXTS, max_size=2)}), data=st.data())
def test_no_statement_is_given_before_its_last_brace(statement: dict[str, Any], data: st.DataObject) -> None:
    begun = '{"guidelines": [' + json.dumps(statement)
    cut = data.draw(st.integers(0, len(begun) - 1))
    reader = DraftReader()
    assert list(reader.feed(begun[:cut])) == []
    assert list(reader.feed(begun[cut:])) == [("guidelines", statement)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('{"a": {"b": [{"c": 1}]}, "guidelines": [{"text": "x"}]}', ["guidelines"]),
        ('{"note": "guidelines", "research": [{"text": "}]{"}]}', ["research"]),
        ('{"guidelines": [[{"text": "x"}], {"text": "y"}]}', ["guidelines"]),
        ('{"guidelines": [{"text": "x", "more": {"deep": [{"text": "z"}]}}]}', ["guidelines"]),
        ('{"guidelines": [{"text": "\\"}]"}], "guidelines": [{"text": "again"}]}', ["guidelines", "guidelines"]),
        ('{"guidelines": [{"text": "a\nb"}]}', ["guidelines"]),
    ],
)
def test_only_objects_in_the_lists_of_the_draft_are_statements(text: str, parts: list[str]) -> None:
    assert [name for name, _ in read([text])[0]] == parts


@pytest.mark.parametrize(
    "text", ["", "{", "no braces", "[]", "null", '{"a": }', '{"a": [' + "[" * 9_999 + "]" * 9_999 + "]}"]
)
def test_what_is_no_whole_object_is_an_error(text: str) -> None:
    with pytest.raises(UnreadableReplyError):
        read([text])
