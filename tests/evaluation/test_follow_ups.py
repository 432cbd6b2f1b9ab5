"""The measure of rewriting: what it counts, and that the rules keep what was reached on the development
conversations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from eval.follow_ups import (
    AsAsked,
    ByCondenser,
    ConversationRecord,
    Joined,
    Measurement,
    Outcome,
    follow_ups,
    interval,
    overlap_of,
    ratio_of,
    read_conversations,
)
from rag.config import Settings
from rag.errors import CorpusError
from rag.factory import condenser
from rag.pipeline import AnswerPipeline
from rag.retrieval.evidence_search import EvidenceSearch
from rag.types import Kind

FOLDER = Path(__file__).parents[1] / "conversation"


def by_words(text: str, kind: Kind, limit: int) -> Sequence[tuple[str, str]]:
    """A passage for each word, of one kind: passage "p-WORD" of source "WORD"."""
    return [(f"p-{word}", word) for word in text.lower().strip("?").split()[:limit]] if kind == "guideline" else []


def talk(*turns: tuple[str, str, list[str]], name: str = "c") -> ConversationRecord:
    shaped = [
        {"question": asked, "standalone": alone, "kind": "k", "sources": sources} for asked, alone, sources in turns
    ]
    return ConversationRecord.model_validate({"conversation_id": name, "turns": shaped})


CONVERSATION = talk(("gout drugs", "gout drugs", []), ("dose", "gout dose", ["gout", "dose"]))


def test_overlap_and_recall_are_shares_of_what_the_human_question_finds() -> None:
    measurement = Measurement(by_words)
    [asked] = measurement.outcomes([CONVERSATION], AsAsked())
    assert (asked.overlap, asked.recall, asked.recall_standalone) == (0.5, 0.5, 1.0)
    [joined] = measurement.outcomes([CONVERSATION], Joined())
    assert (joined.rewritten, joined.overlap, joined.recall) == ("gout drugs dose", 1.0, 1.0)


def test_the_ratio_is_of_means_and_leaves_out_turns_without_sources() -> None:
    def outcome(recall: float | None, alone: float | None, name: str = "c") -> Outcome:
        return Outcome(name, "k", "q", "s", "r", 1.0, recall, alone)

    assert ratio_of([outcome(0.5, 1.0), outcome(1.0, 0.5), outcome(None, None)]) == 1.0
    assert overlap_of([outcome(0.5, 1.0)]) == 1.0


def test_the_interval_holds_the_value_and_is_the_same_every_time() -> None:
    found = [Outcome(f"c{place}", "k", "q", "s", "r", place / 20, None, None) for place in range(20)]
    low, high = interval(found, overlap_of)
    assert low < overlap_of(found) < high
    assert interval(found, overlap_of) == (low, high)


def test_a_line_that_is_no_conversation_is_named(tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text(f"{CONVERSATION.model_dump_json()}\n{{}}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"talks\.jsonl:2: conversation_id"):
        read_conversations(path)


@pytest.mark.parametrize(
    ("name", "overlap", "ratio"), [("development", 0.85, 0.97), ("check", 0.83, 0.94), ("bedside", 0.66, 0.93)]
)
def test_the_rules_find_what_the_human_question_finds(
    name: str, overlap: float, ratio: float, real_settings: Settings, real_pipeline: AnswerPipeline
) -> None:
    search = cast(EvidenceSearch, real_pipeline.search)

    def ranked(text: str, kind: Kind, limit: int) -> list[tuple[str, str]]:
        return [(hit.passage.passage_id, hit.passage.source_id) for hit in search.first(text, kind, limit)]

    conversations = read_conversations(FOLDER / f"{name}.jsonl")
    measurement = Measurement(ranked)
    rules = measurement.outcomes(conversations, ByCondenser(condenser(real_settings, lambda: search)))
    joined = measurement.outcomes(conversations, Joined())
    assert overlap_of(rules) >= overlap
    assert ratio_of(rules) >= ratio
    assert overlap_of(rules) > overlap_of(joined) + 0.2


def test_the_development_conversations_are_whole_and_their_sources_are_in_the_corpus() -> None:
    known = {path.stem for path in (FOLDER.parents[1] / "corpus").glob("*/*.md")}
    names = ("development", "check", "bedside")
    conversations = [one for name in names for one in read_conversations(FOLDER / f"{name}.jsonl")]
    assert len(conversations) >= 25
    for conversation in conversations:
        assert len(conversation.turns) >= 3
        for turn in conversation.turns:
            assert turn.sources
            assert set(turn.sources) <= known


def test_the_command_prints_a_table_and_json(real_settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    lines = (FOLDER / "check.jsonl").read_text(encoding="utf-8").splitlines()[:2]
    path.write_text("\n".join(lines), encoding="utf-8")
    environment = {"RAG_INDEXES_DIR": str(real_settings.indexes_dir), "RAG_CORPUS_DIR": str(real_settings.corpus_dir)}
    shown = CliRunner().invoke(follow_ups, [str(path), "--details"], env=environment)
    assert shown.exit_code == 0, shown.exception
    assert "| all | 6 | rules |" in shown.stdout
    assert "| all | 6 | joined |" in shown.stdout
    found = json.loads(CliRunner().invoke(follow_ups, [str(path), "--format", "json"], env=environment).stdout)
    assert found["rules"]["follow_ups"] == 6
