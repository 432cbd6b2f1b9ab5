"""How checkers are measured: baselines, kept predictions, tables, the page, the rate, and the command itself."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from eval.claim_sets.base import ClaimPair
from eval.claim_sets.catalogue import CLAIM_SETS, read_claim_set
from eval.classification import MACRO_F1, outcomes
from eval.datasets import DatasetError
from eval.verifier_quality import __main__ as command
from eval.verifier_quality.baselines import (
    CalibratedFeature,
    ClaimOnly,
    PlainFeature,
    embedding_similarity,
    token_overlap,
)
from eval.verifier_quality.page import BEGIN, END, aims_table, baseline_table, page_written, quality_table
from eval.verifier_quality.predictions import predictions
from eval.verifier_quality.rate import measured_rate, pairs_of_tokens
from eval.verifier_quality.results import SetResult, measure_set
from rag.errors import EntailmentError
from rag.models.base import RELATIONS, Probabilities
from rag.models.lexical_entailment import LexicalEntailment

DATA = Path(os.environ.get("SOURCEBOUND_DATA", "/nonexistent"))
DOCUMENTED = (Path(__file__).resolve().parents[2] / "docs" / "verification.md").read_text(encoding="utf-8")
SIZES = {"supports": 30, "neutral": 20, "refutes": 20}


@dataclass
class ReadsTheFirstWord:
    """Knows the answer where the passage begins with it; shown none, it takes a claim with "no" for refuted."""

    name: str = "first word/1"
    asked: list[tuple[str, str]] = field(default_factory=list)

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        self.asked += pairs
        rows = []
        for passage, claim in pairs:
            word = passage.split(" ")[0] if passage else "refutes" if " no " in claim else "neutral"
            rows.append([0.8 if word == relation else 0.1 for relation in RELATIONS])
        return np.array(rows, dtype=np.float32)


class WordLengths:
    """An encoder made of word lengths: a text is how many of its words are of one, two, ... eight letters."""

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = np.array([[sum(len(word) == size for word in text.split()) for size in range(1, 9)] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def labelled_pairs() -> list[ClaimPair]:
    return [
        ClaimPair(
            f"{label} word {number}", f"claim {'no ' if label == 'refutes' else ''}x {number}", label, str(number)
        )
        for label in RELATIONS
        for number in range(SIZES[label])
    ]


def result_of(name: str, model: ReadsTheFirstWord, tmp_path: Path) -> SetResult:
    pairs = labelled_pairs()
    ours = predictions(tmp_path, model, name, pairs)
    return measure_set(
        CLAIM_SETS[name],
        pairs,
        ours,
        {"claim only": predictions(tmp_path, ClaimOnly(model), name, pairs)},
        resamples=99,
    )


def test_token_overlap_is_the_share_of_the_claims_content_terms_in_the_passage() -> None:
    pairs = [
        ("Aspirin lowers fever.", "Aspirin lowers the fever"),
        ("Aspirin lowers fever.", "Aspirin lowers pain"),
        ("Nothing.", "Zinc heals"),
        ("", "of the"),
    ]
    assert token_overlap(pairs) == pytest.approx([1, 2 / 3, 0, 0])


def test_embedding_similarity_is_the_cosine_and_opens_its_encoder_only_when_asked() -> None:
    opened = []

    def open_encoder() -> WordLengths:
        opened.append(1)
        return WordLengths()

    feature = embedding_similarity(open_encoder)  # type: ignore[arg-type]
    assert not opened
    assert feature([("a bb", "a bb"), ("a bb", "a"), ("ccc", "bb")]) == pytest.approx([1, 0.5**0.5, 0])


def test_a_calibrated_feature_gives_more_support_to_a_higher_value_whatever_the_share_of_labels() -> None:
    claim = "zinc heals ulcers fast"
    words = {"supports": claim, "neutral": "zinc heals bones", "refutes": "copper harms bones"}
    known = [
        ClaimPair(words[label], claim, label, str(number)) for label in RELATIONS for number in range(SIZES[label])
    ]
    baseline = CalibratedFeature("token overlap", token_overlap, lambda: known)
    found = baseline.predict([(words[label], claim) for label in RELATIONS])
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert found.dtype == np.float32
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    assert found[0, 0] > found[1, 0] > found[2, 0]
    assert np.array_equal(found[:1], baseline.predict([(words["supports"], claim)]))


def test_a_plain_feature_ranks_by_the_number_itself_and_supports_above_a_half() -> None:
    shares = np.array([-0.2, 0.4, 0.6, 1.0])
    found = PlainFeature("cosine", lambda pairs: shares).predict([("", "")] * 4)
    assert found[:, 0] == pytest.approx([0, 0.4, 0.6, 1])
    assert found.argmax(axis=1).tolist() == [1, 1, 0, 0]
    assert found.sum(axis=1) == pytest.approx(1)


def test_claim_only_shows_the_checker_no_passage_and_each_claim_once() -> None:
    model = ReadsTheFirstWord()
    found = ClaimOnly(model).predict([("supports a", "b"), ("refutes a", "b"), ("supports a", "has no c")])
    assert model.asked == [("", "b"), ("", "has no c")]
    assert found.argmax(axis=1).tolist() == [1, 1, 2]


def test_predictions_are_kept_and_a_cut_off_file_is_made_anew(tmp_path: Path) -> None:
    pairs, model = labelled_pairs(), ReadsTheFirstWord()
    first = predictions(tmp_path, model, "scifact-dev", pairs)
    again = predictions(tmp_path, model, "scifact-dev", pairs)
    assert len(model.asked) == len(pairs)
    assert np.array_equal(first.probabilities, again.probabilities)
    assert again.seconds == first.seconds
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:100])
    assert np.array_equal(predictions(tmp_path, model, "scifact-dev", pairs).probabilities, first.probabilities)
    assert len(model.asked) == 2 * len(pairs)


def test_kept_predictions_are_not_those_of_another_model_version_or_text(tmp_path: Path) -> None:
    pairs = labelled_pairs()
    for model in (ReadsTheFirstWord(), ReadsTheFirstWord(name="first word/2")):
        predictions(tmp_path, model, "scifact-dev", pairs)
        assert len(model.asked) == len(pairs)
    changed = ReadsTheFirstWord()
    predictions(tmp_path, changed, "scifact-dev", [*pairs[1:], ClaimPair("new", "text", "neutral", "1")])
    assert len(changed.asked) == len(pairs)
    marked = SimpleNamespace(name="first word/1", fingerprint="abc", predict=ReadsTheFirstWord().predict)
    before = len(list(tmp_path.iterdir()))
    predictions(tmp_path, marked, "scifact-dev", pairs)
    assert len(list(tmp_path.iterdir())) == before + 1


def test_a_model_that_does_not_give_three_probabilities_a_pair_is_refused(tmp_path: Path) -> None:
    broken = SimpleNamespace(name="two columns", predict=lambda pairs: np.ones((len(pairs), 2)))
    with pytest.raises(EntailmentError, match="three probabilities a pair: two columns"):
        predictions(tmp_path, broken, "scifact-dev", labelled_pairs())
    assert not list(tmp_path.rglob("*.npz"))


def test_a_checker_that_reads_the_passage_beats_itself_without_it(tmp_path: Path) -> None:
    result = result_of("citation-integrity-dev", ReadsTheFirstWord(), tmp_path)
    assert result.pairs == 70
    assert result.ours["macro F1"].value == 1.0
    # Without passages refuted claims are still known by their "no", the others are all taken for neutral.
    assert result.baselines["claim only"]["macro F1"].value == pytest.approx((0 + 2 * 20 / 70 + 1) / 3)
    assert result.baselines["claim only"]["AUROC"].value == pytest.approx(0.5)
    assert result.p_value(MACRO_F1) == pytest.approx(0.01)
    assert result.beats_every_baseline
    assert [(one.pairs, round(one.confidence, 3)) for one in result.reliability if one.pairs] == [(70, 0.8)]
    assert result.ours["ECE"].value == pytest.approx(0.2, abs=1e-6)


def test_tables_show_values_with_intervals_baselines_and_whether_aims_are_reached(tmp_path: Path) -> None:
    results = [result_of(name, ReadsTheFirstWord(), tmp_path) for name in ("scifact-dev", "nli4ct-dev")]
    quality, perfect = quality_table(results), "1.000 [1.000, 1.000]"
    assert f"\n| SciFact dev | 70 | 3 | {perfect} | {perfect} | 1.000 | 0.200 | 0.010 | 0.010 | " in quality
    assert "\n| NLI4CT dev | 70 | 2 | " in quality
    assert "| SciFact dev | **1.000** | 0.524 | **1.000** | 0.500 |" in baseline_table(results)
    aims = aims_table(results)
    assert "| SciFact dev, macro F1 | ≥ 0.78 | 1.000 | reached |" in aims
    assert "| SciFact dev, ECE | ≤ 0.08 | 0.200 | missed by 0.120 |" in aims
    assert "in both | ≥ 6 of 8 sets | 1 of 1 | missed by 5 |" in aims
    assert "HealthVer" not in aims


def test_results_go_between_the_markers_of_the_page_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "verifier.md"
    page.write_text(f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n", encoding="utf-8")
    page_written(page, "new figures")
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"Before.\n{BEGIN}\n\nnew figures\n")
    assert text.endswith(f"{END}\nAfter.\n")
    assert "old" not in text
    page.write_text("no markers", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"lacks its markers .*verifier\.md"):
        page_written(page, "x")
    with pytest.raises(DatasetError, match="cannot be read"):
        page_written(tmp_path / "absent.md", "x")
    assert page.read_text(encoding="utf-8") == "no markers"


def test_the_rate_is_the_median_of_runs_after_one_that_does_not_count() -> None:
    model = ReadsTheFirstWord()
    rate = measured_rate(model, [("a", "b")] * 20, runs=3)
    assert len(model.asked) == 8 + 3 * 20
    assert sorted(rate.runs)[1] == rate.pairs_per_second > 0
    assert str(rate).startswith(f"{rate.pairs_per_second:.1f} pairs of 150 tokens a second (median of 3")


def test_pairs_for_the_rate_have_150_tokens_and_are_not_alike() -> None:
    from tokenizers import Tokenizer

    from rag.models.encoder_files import encoder_folder
    from rag.models.encoder_spec import DEFAULT_ENCODER

    tokenizer = Tokenizer.from_file(str(encoder_folder(DEFAULT_ENCODER) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    words = " ".join(f"dose {number} of iron" for number in range(700))
    pairs = pairs_of_tokens([words, "and more"], tokenizer, pairs=12)
    assert len(set(pairs)) == 12
    assert all(abs(len(tokenizer.encode(passage, claim).ids) - 150) <= 3 for passage, claim in pairs)
    assert all(abs(len(tokenizer.encode(claim, add_special_tokens=False).ids) - 25) <= 2 for _, claim in pairs)


def write_pairs(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"claim": one.claim, "passage": one.passage, "label": one.label, "claim_id": one.group, "cord_id": one.group}
        for one in labelled_pairs()
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def test_the_command_prints_and_keeps_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, part in (("scifact", "train"), ("scifact", "dev"), ("check_covid", "train")):
        write_pairs(tmp_path / "claims" / name / "derived_pairs" / f"pairs_{part}.jsonl")
    monkeypatch.setattr(command, "_model", lambda name: ReadsTheFirstWord())
    monkeypatch.setattr(command, "_encoder", lambda folder: WordLengths())
    monkeypatch.setattr("eval.verifier_quality.results.RESAMPLES", 50)
    out = tmp_path / "out"
    found = CliRunner().invoke(
        command.quality,
        ["--sets", "scifact-dev", "--data", str(tmp_path), "--out", str(out)],
        catch_exceptions=False,
    )
    assert found.exit_code == 0
    report = (out / "quality.md").read_text(encoding="utf-8")
    assert found.stdout.strip() == report.strip()
    assert "Checker `first word/1`" in report
    assert (
        "| set | macro F1: checker | macro F1: claim only | macro F1: token overlap | macro F1: token overlap, plain |"
        in report
    )
    assert "| SciFact dev | 70 | 3 | 1.000" in report
    assert len(list(out.rglob("*.npz"))) == 6


def test_the_plot_is_a_picture_with_a_panel_a_set(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from eval.verifier_quality.plot import write_reliability_plot

    results = [result_of(name, ReadsTheFirstWord(), tmp_path) for name in ("scifact-dev", "healthver-dev")]
    write_reliability_plot(tmp_path / "one.png", results[:1])
    write_reliability_plot(tmp_path / "two.png", results)
    one, two = ((tmp_path / name).read_bytes() for name in ("one.png", "two.png"))
    assert one.startswith(b"\x89PNG")
    assert int.from_bytes(two[16:20], "big") == pytest.approx(2 * int.from_bytes(one[16:20], "big"), abs=2)


@pytest.mark.skipif(not (DATA / "claims").is_dir(), reason="SOURCEBOUND_DATA is not set")
@pytest.mark.parametrize("name", ["scifact-dev", "check-covid-dev", "healthver-dev"])
def test_the_lexical_baseline_keeps_its_documented_macro_f1(name: str) -> None:
    pairs, chosen = read_claim_set(name, DATA), CLAIM_SETS[name]
    found = outcomes(
        [pair.label for pair in pairs],
        LexicalEntailment().predict([(pair.passage, pair.claim) for pair in pairs]),
        chosen.labels,
    )
    documented = re.search(rf"^\| {chosen.title} \| ([\d,]+) \| ([\d.]+) \|", DOCUMENTED, re.MULTILINE)
    assert documented
    assert int(documented[1].replace(",", "")) == len(pairs)
    assert MACRO_F1.value(found) == pytest.approx(float(documented[2]), abs=0.002)
