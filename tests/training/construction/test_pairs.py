"""What comes out of the construction: balance, determinism, and documents held out for good."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from eval.training.construction.__main__ import construct, main
from eval.training.construction.overlap import coverage, token_overlap
from eval.training.construction.pairs import Pair, Source
from eval.training.construction.selection import select
from eval.training.construction.shortcuts import overlap_auroc
from eval.training.construction.sources import own_corpus

_CORPUS = Path(__file__).parents[3] / "corpus"
_WANTED = 600


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return list(own_corpus(_CORPUS))


@pytest.fixture(scope="module")
def pairs(sources: list[Source]) -> list[Pair]:
    return construct(sources, _WANTED, seed=0)


def test_each_label_has_a_third(pairs: list[Pair]) -> None:
    assert Counter(pair.label for pair in pairs) == {"supports": 200, "neutral": 200, "refutes": 200}


def test_the_same_seed_gives_the_same_pairs_and_another_seed_others(sources: list[Source], pairs: list[Pair]) -> None:
    assert construct(sources, _WANTED, seed=0) == pairs
    assert construct(sources, _WANTED, seed=1) != pairs


def test_a_held_out_document_is_never_in_train(sources: list[Source], pairs: list[Pair]) -> None:
    held = {source.name for source in sources if source.held}
    assert held
    assert {pair.source for pair in pairs if pair.split == "held_documents"} <= held
    assert not held & {pair.source for pair in pairs if pair.split != "held_documents"}


def test_the_sentences_of_a_held_out_document_never_serve_as_evidence_in_train(
    sources: list[Source], pairs: list[Pair]
) -> None:
    train = {sentence for source in sources if not source.held for sentence in source.sentences}
    held = {sentence for source in sources if source.held for sentence in source.sentences} - train
    assert not [pair for pair in pairs if pair.split == "train" and any(sentence in pair.passage for sentence in held)]


def test_no_mark_of_a_change_is_left_in_a_pair(pairs: list[Pair]) -> None:
    assert not [pair for pair in pairs if set("⟦⟧") & set(pair.claim + pair.passage)]


def test_a_neutral_pair_without_its_sentence_has_no_sentence_that_says_half_of_it(pairs: list[Pair]) -> None:
    parted = [pair for pair in pairs if pair.rule in ("sentence_taken_away", "near_abstract")]
    assert parted
    assert max(coverage(pair.claim, pair.passage) for pair in parted) <= 0.72


def test_too_few_pairs_of_a_label_are_an_error_that_says_so() -> None:
    pair = Pair("Evidence.", "Claim.", "supports", "rule", "family", "source", "train")
    with pytest.raises(ValueError, match="only 0 pairs of label 'neutral'"):
        select([pair], 3, seed=0)


def test_overlap_is_told_apart_where_it_tells_the_label() -> None:
    told = [
        Pair("zinc helps colds", claim, label, "r", "f", "s", "train")  # type: ignore[arg-type]
        for claim, label in (("zinc helps colds", "supports"), ("iron harms sleep", "neutral"))
    ]
    assert overlap_auroc(told) == {"sentence": 1.0}
    assert token_overlap("zinc helps sleep", "zinc helps colds") == pytest.approx(2 / 3)


def test_the_command_writes_one_json_line_a_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SOURCEBOUND_DATA", raising=False)
    out = tmp_path / "pairs.jsonl"
    assert main(["--out", str(out), "--pairs", "300", "--corpus", str(_CORPUS)]) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 300
    assert set(rows[0]) == {"passage", "claim", "label", "rule", "family", "source", "split"}
    assert "supports=100 neutral=100 refutes=100" in capsys.readouterr().out
