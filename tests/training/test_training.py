"""The training: labels that leave two relations open, batches by a seed, stages that go on where they were."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertModel

from eval.training.apprentice import Apprentice
from eval.training.averaging import averaged
from eval.training.batches import TokenisedExamples
from eval.training.combining import Part, fitted, write_combiner
from eval.training.examples import (
    NOT_SUPPORTED,
    ONLY,
    Example,
    citation_integrity_examples,
    constructed_examples,
    general_examples,
    with_whole_abstracts,
    without_rationale,
)
from eval.training.export import export
from eval.training.kept import KeptNetworks
from eval.training.loop import Stage, Training, allowed_loss, distilled_loss
from eval.training.network import ClaimNetwork
from eval.training.onward import begun
from eval.training.reading import probabilities
from eval.training.shipped import shipped_weights
from rag.models.onnx_entailment import KIND, OnnxEntailment
from rag.verification.combination import RULES, CombinedEntailment, read_combiner

WORDS = "the drug lowers raises death stroke in adults children . pain rest walking gout".split()
STAGE = Stage("tiny", epochs=2, learning_rate=3e-3, batch_pairs=4, max_tokens=32)


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def tiny_network(seed: int = 0) -> ClaimNetwork:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(WORDS) + 4,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        attention_probs_dropout_prob=0.0,
    )
    return ClaimNetwork(BertModel(config, add_pooling_layer=False), 32)


def examples() -> list[Example]:
    found = []
    for what in ("death", "stroke", "pain", "gout"):
        evidence = f"the drug lowers {what} in adults ."
        found += [
            Example(evidence, f"the drug lowers {what} .", ONLY["supports"], "x"),
            Example(evidence, f"the drug raises {what} .", ONLY["refutes"], "x"),
            Example(evidence, f"the drug lowers {what} in children .", ONLY["neutral"], "x"),
            Example(evidence, "walking lowers rest .", NOT_SUPPORTED, "x"),
        ]
    return found


def trained(folder: Path, tokenizer_file: Path, stage: Stage = STAGE, seed: int = 0) -> ClaimNetwork:
    tokenised = TokenisedExamples(examples(), tokenizer_file, stage.max_tokens)
    return Training(tiny_network(seed), tokenised, stage, folder).run(lambda _: None)


def same(left: ClaimNetwork, right: ClaimNetwork) -> bool:
    return all(torch.equal(left.state_dict()[name], tensor) for name, tensor in right.state_dict().items())


def test_the_loss_asks_only_for_what_the_label_allows() -> None:
    logits = torch.tensor([[0.0, 5.0, 5.0]])
    either = allowed_loss(logits, torch.tensor([[False, True, True]]), 0.0)
    one = allowed_loss(logits, torch.tensor([[False, True, False]]), 0.0)
    wrong = allowed_loss(logits, torch.tensor([[True, False, False]]), 0.0)
    assert float(either) < 0.01 < float(one) < 0.75
    assert float(wrong) > 5


def test_an_epoch_has_every_pair_once_and_the_seed_decides_its_order(tokenizer_file: Path) -> None:
    tokenised = TokenisedExamples(examples(), tokenizer_file, 32)
    batches = tokenised.epoch(4, seed=1)
    assert sorted(place for batch in batches for place in batch) == list(range(len(tokenised)))
    assert batches == tokenised.epoch(4, seed=1)
    assert batches != tokenised.epoch(4, seed=2)


def test_a_batch_marks_the_claim_as_the_second_segment_and_pads_with_nothing_to_attend_to(tokenizer_file: Path) -> None:
    pairs = [
        Example("the drug", "the drug lowers death", ONLY["supports"], "x"),
        Example("pain", "gout", NOT_SUPPORTED, "x"),
    ]
    batch = TokenisedExamples(pairs, tokenizer_file, 32).batch([0, 1])
    assert batch.token_type_ids[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert batch.attention_mask[1].tolist() == [1, 1, 1, 1, 1, 0, 0, 0, 0]
    assert batch.allowed.tolist() == [[True, False, False], [False, True, True]]


def test_the_same_seed_gives_the_same_weights(tmp_path: Path, tokenizer_file: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert same(trained(tmp_path / "a", tokenizer_file), trained(tmp_path / "b", tokenizer_file))


class _StoppedError(Exception):
    pass


def test_an_interrupted_stage_ends_with_the_weights_of_an_uninterrupted_one(
    tmp_path: Path, tokenizer_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "halves").mkdir()
    whole = trained(tmp_path / "whole", tokenizer_file)
    monkeypatch.setattr("eval.training.loop._CHECKPOINT_EVERY_S", -1.0)
    monkeypatch.setattr("eval.training.loop._REPORT_EVERY", 3)

    def stop(_: str) -> None:
        raise _StoppedError

    tokenised = TokenisedExamples(examples(), tokenizer_file, 32)
    with pytest.raises(_StoppedError):
        Training(tiny_network(), tokenised, STAGE, tmp_path / "halves").run(stop)
    assert (tmp_path / "halves" / "tiny.checkpoint.pt").exists()
    resumed = trained(tmp_path / "halves", tokenizer_file, seed=5)
    assert same(whole, resumed)
    assert not (tmp_path / "halves" / "tiny.checkpoint.pt").exists()


def test_a_finished_stage_is_read_and_not_trained_again(tmp_path: Path, tokenizer_file: Path) -> None:
    first = trained(tmp_path, tokenizer_file)
    again = trained(tmp_path, tokenizer_file, replace(STAGE, learning_rate=0.5), seed=9)
    assert same(first, again)


def test_a_checkpoint_of_another_stage_is_refused(tmp_path: Path, tokenizer_file: Path) -> None:
    tokenised = TokenisedExamples(examples(), tokenizer_file, 32)
    one = Training(tiny_network(), tokenised, STAGE, tmp_path)
    one._keep()
    with pytest.raises(ValueError, match="of another stage"):
        Training(tiny_network(), tokenised, replace(STAGE, epochs=7), tmp_path).run(lambda _: None)


def test_the_mean_of_two_networks_lies_between_them(tmp_path: Path) -> None:
    for name, network in (("a", tiny_network(1)), ("b", tiny_network(2))):
        torch.save(network.state_dict(), tmp_path / name)
    mean = averaged([tmp_path / "a", tmp_path / "b"])
    left, right = tiny_network(1).state_dict(), tiny_network(2).state_dict()
    torch.testing.assert_close(mean["head.weight"], (left["head.weight"] + right["head.weight"]) / 2)
    mostly = averaged([tmp_path / "a", tmp_path / "b"], [0.25, 0.75])
    torch.testing.assert_close(mostly["head.weight"], 0.25 * left["head.weight"] + 0.75 * right["head.weight"])
    with pytest.raises(ValueError, match="zip"):
        averaged([tmp_path / "a", tmp_path / "b"], [1.0])
    with pytest.raises(ValueError, match="no weights"):
        averaged([])


def test_the_exported_folder_gives_what_the_network_gives(tmp_path: Path, tokenizer_file: Path) -> None:
    network = trained(tmp_path, tokenizer_file, replace(STAGE, epochs=20))
    description = {"name": "tiny", "version": "1", "temperature": 1.0, "max_tokens": 48}
    export(network, tokenizer_file, tmp_path / "folder", KIND, description)
    pairs = [(one.passage, one.claim) for one in examples()]
    found = OnnxEntailment(tmp_path / "folder").read(pairs)
    tokenised = TokenisedExamples(examples(), tokenizer_file, 32)
    batch = tokenised.batch(range(len(tokenised)))
    with torch.no_grad():
        logits = network(batch.input_ids, batch.attention_mask, batch.token_type_ids)
    # Eight bits are coarse for a network this narrow: near on the whole, and the same where it is sure.
    exact = torch.softmax(logits, -1).numpy()
    sure = exact.max(axis=1) > 0.8
    assert np.abs(found - exact).mean() < 0.08
    np.testing.assert_array_equal(found.argmax(axis=1)[sure], exact.argmax(axis=1)[sure])
    right = [int(row.argmax()) for row, one in zip(found, examples(), strict=True) if one.allowed == ONLY["supports"]]
    assert right == [0] * 4


def test_a_network_comes_back_from_its_graph_as_it_was_but_for_the_rounding(
    tmp_path: Path, tokenizer_file: Path
) -> None:
    network = trained(tmp_path, tokenizer_file)
    description = {"name": "tiny", "version": "1", "temperature": 1.0, "max_tokens": 48}
    export(network, tokenizer_file, tmp_path / "folder", KIND, description)
    found, own = shipped_weights(tmp_path / "folder" / "model.onnx"), network.state_dict()
    assert found.keys() == own.keys()
    for name, weights in found.items():
        assert weights.shape == own[name].shape
        assert float((weights - own[name]).abs().max()) <= 0.01 * float(own[name].abs().max())


def test_a_finished_model_is_taught_on_from_its_graph_and_no_stage_twice(tmp_path: Path, tokenizer_file: Path) -> None:
    base, finished = tmp_path / "base", tmp_path / "finished"
    tiny_network(3).backbone.save_pretrained(base)
    shutil.copy(tokenizer_file, base / "tokenizer.json")
    said: list[str] = []
    kept = KeptNetworks(base, tmp_path / "kept", said.append)
    first = kept.network(seed=1)
    with torch.no_grad():
        for weight in first.backbone.encoder.parameters():
            weight.add_(0.01 * torch.randn_like(weight))  # the exporter writes equal tensors once
    export(first, tokenizer_file, finished, KIND, {"name": "t", "version": "1", "temperature": 1.0, "max_tokens": 48})
    was = begun(finished, kept)
    words = "backbone.embeddings.word_embeddings.weight"
    assert torch.equal(kept.network(was).state_dict()[words], first.state_dict()[words])
    kept.learn(STAGE, examples, was)
    assert not same(kept.network(STAGE.name), kept.network(was))
    kept.keep_mean("mean", {was: 0.5, STAGE.name: 0.5})
    head = [kept.network(name).state_dict()["head.weight"] for name in (was, STAGE.name, "mean")]
    torch.testing.assert_close(head[2], (head[0] + head[1]) / 2)

    def never() -> list[Example]:
        raise AssertionError("read again")

    kept.learn(STAGE, never, was)
    assert said[-1] == "tiny: done before"


def test_a_fitted_combiner_learns_that_a_figure_fault_speaks_against_support(tmp_path: Path) -> None:
    sentence = "Colchicine 0.5 mg daily lowered pain in {} adults with gout."
    counts = range(20, 60)
    held = [
        Example(sentence.format(n), sentence.format(n + (n % 2)), ONLY["neutral" if n % 2 else "supports"], "x")
        for n in counts
    ]
    held += [Example("Gout.", "Walking raised the risk of stroke.", ONLY["refutes"], "x")]
    undecided = np.full((len(held), 3), 1 / 3, np.float32)
    combiner = fitted([Part(held, undecided, np.ones((len(held), 2), np.float32))], "1")
    write_combiner(combiner, tmp_path)
    read = read_combiner(tmp_path)
    assert read.weights[0][6] < 0

    class Undecided:
        name, fingerprint = "undecided/1", "u"

        def read_aligned(self, pairs: Sequence[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
            return np.full((len(pairs), 3), 1 / 3, np.float32), np.ones((len(pairs), 2), np.float32)

    combined = CombinedEntailment(Undecided(), read)
    assert combined.fingerprint.endswith(f"/{RULES}")  # what it predicts depends on what the rules find
    found = combined.predict(
        [(sentence.format(31), sentence.format(31) + " "), (sentence.format(31), sentence.format(32)), ("", "x y z")]
    )
    assert found[0, 0] == 1.0
    assert found[1, 0] < 0.4
    assert found[2, 1] == 1.0
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-5)


def lines(path: Path, *rows: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_general_sets_are_read_in_their_own_formats(tmp_path: Path) -> None:
    lines(
        tmp_path / "snli_subsets/snlisub0/train.jsonl",
        {"sentence1": "A dog runs.", "sentence2": "A dog moves.", "gold_label": "entailment"},
        {"sentence1": "A dog runs.", "sentence2": "Unsure.", "gold_label": "-"},
    )
    for part in ("base_wiki", "sim_wiki", "translate_wiki"):
        lines(tmp_path / f"semi_auto_nli/{part}/train.jsonl", {"premise": part, "hypothesis": "b", "label": "c"})
    tables = {
        "conjnli/adversarial_train_15k.tsv": '\ufeffPremise\tHypothesis\tLabel\nHe "x" ran.\tHe ran.\tentailment\n',
        "cad_nli/all_combined/train.tsv": "sentence1\tsentence2\tgold_label\na\tb\tneutral\n",
        "help/leskexppmb_and.tsv": "ori_sentence\tnew_sentence\tgold_label\nx and y\tx\tentailment\n",
        "help/leskexppmb_or.tsv": "ori_sentence\tnew_sentence\tgold_label\nx\tx or y\tneutral\n",
        "hans_regenerated/hans_train.tsv": "gold_label\tsentence1\tsentence2\nnon-entailment\tp\tq\n",
    }
    for name, text in tables.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = {(one.origin, one.claim): one.allowed for one in general_examples(tmp_path)}
    assert len(found) == 7
    assert found["snli", "A dog moves."] == ONLY["supports"]
    assert found["conjnli", "He ran."] == ONLY["supports"]
    assert found["hans_regenerated", "q"] == NOT_SUPPORTED


def test_scifact_claims_give_whole_abstracts_and_abstracts_without_their_rationale(tmp_path: Path) -> None:
    claim = {"claim": "C.", "evidence": {"7": [{"sentences": [1], "label": "CONTRADICT"}]}}
    lines(tmp_path / "claims.jsonl", claim, {"claim": "D.", "evidence": {}})
    lines(tmp_path / "corpus.jsonl", {"doc_id": 7, "abstract": ["Zero.", "One.", "Two.", "Three.", "Four."]})
    files = tmp_path / "claims.jsonl", tmp_path / "corpus.jsonl"
    assert with_whole_abstracts(*files) == [
        Example("Zero. One. Two. Three. Four.", "C.", ONLY["refutes"], "scifact/abstract")
    ]
    rest = without_rationale(*files, lambda sentences: sentences)
    assert [(one.passage, one.allowed) for one in rest] == [("Zero. Three.", ONLY["neutral"])]


def test_an_inaccurate_citation_may_be_contradicted_or_merely_unsaid(tmp_path: Path) -> None:
    lines(tmp_path / "corpus.jsonl", *({"doc_id": n, "abstract": ["A.", "B."]} for n in (1, 2, 3)))
    rows = [
        {"claim": f"Claim {n} [<|cit|>].", "cited_doc_ids": [n], "evidence": evidence}
        for n, evidence in enumerate(
            ({"1": [{"sentences": [0], "label": "SUPPORT"}]}, {"2": [{"sentences": [0], "label": "REFUTE"}]}, {}), 1
        )
    ]
    lines(tmp_path / "claims_train.jsonl", *rows)
    found = citation_integrity_examples(tmp_path)
    assert [one.allowed for one in found] == [ONLY["supports"], NOT_SUPPORTED, ONLY["neutral"]]
    assert found[0].claim == "Claim 1 ."


def test_constructed_pairs_are_read_one_split_at_a_time(tmp_path: Path) -> None:
    row = {"passage": "p", "claim": "c", "label": "neutral", "family": "swaps", "split": "train"}
    lines(tmp_path / "pairs.jsonl", row, row | {"claim": "held", "split": "held_rules"})
    assert [one.claim for one in constructed_examples(tmp_path / "pairs.jsonl")] == ["c"]
    assert [one.claim for one in constructed_examples(tmp_path / "pairs.jsonl", "held_rules")] == ["held"]


def test_a_pair_that_a_larger_network_read_is_learnt_from_that_too(tmp_path: Path, tokenizer_file: Path) -> None:
    labelled = torch.tensor([1.0, 1.0])
    soft = torch.tensor([[0.5, 0.25, 0.25], [float("nan")] * 3])
    found = distilled_loss(torch.zeros(2, 3), soft, labelled, 0.5)
    assert found.tolist() == pytest.approx([0.5 + 0.5 * float(np.log(3.0)), 1.0])
    nothing = frozenset(("supports", "neutral", "refutes"))
    read = [replace(one, allowed=nothing, soft=_as_read(one)) for one in examples()]
    tokenised = TokenisedExamples(read, tokenizer_file, STAGE.max_tokens)
    stage = replace(STAGE, epochs=30, soft_share=1.0)
    network = Training(tiny_network(), tokenised, stage, tmp_path).run(lambda _: None)
    said = probabilities(network, examples(), tokenizer_file, 32)
    decided = [one.allowed != NOT_SUPPORTED for one in examples()]
    right = [row.argmax() == np.argmax(_as_read(one)) for row, one in zip(said, examples(), strict=True)]
    assert np.array(right)[decided].mean() > 0.9


def _as_read(example: Example) -> tuple[float, ...]:
    return tuple(0.9 if name in example.allowed else 0.05 for name in ("supports", "neutral", "refutes"))


def test_an_apprentice_goes_on_where_it_was_and_goes_back_to_a_stage(tmp_path: Path, tokenizer_file: Path) -> None:
    base = tmp_path / "base"
    tiny_network().backbone.save_pretrained(base)
    shutil.copy(tokenizer_file, base / "tokenizer.json")
    labels = ("supports", "neutral", "refutes")
    said: list[str] = []
    first, second = replace(STAGE, name="first"), replace(STAGE, name="second")
    one = Apprentice(base, 0, tmp_path / "one", labels, said.append)
    one.learn(first, examples())
    after_first = one.read("first", examples(), 32)
    one.learn(second, examples())
    after_second = one.read("second", examples(), 32)
    assert np.abs(after_first - after_second).max() > 0.01
    one.goes_back_to(first)
    np.testing.assert_allclose(one.read("again", examples(), 32), after_first, atol=1e-3)
    other = Apprentice(base, 0, tmp_path / "one", labels, said.append)
    other.learn(first, examples())
    np.testing.assert_array_equal(other.read("first", examples(), 32), after_first)
    with pytest.raises(ValueError, match="of other examples"):
        other.read("first", examples()[1:], 32)
