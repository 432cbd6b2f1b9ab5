"""Claim checkers by name: whatever the classes are called and in whatever order, ours come out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from rag.errors import EntailmentError
from rag.models.cross_encoder import CrossEncoderEntailment, _max_tokens
from rag.models.labels import relations_of
from rag.models.sentence_encoder import silence

PAIRS = [
    ("knee pain is relieved by walking .", "pain is relieved by rest"),
    ("gout", "rest"),
    ("not in", "the trial of"),
]


def library_probabilities(folder: Path) -> np.ndarray:
    """What the CrossEncoder of sentence-transformers gives for each class, in the model's own order."""
    import torch
    from sentence_transformers import CrossEncoder

    with silence():
        model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
        logits = model.predict(PAIRS, activation_fn=torch.nn.Identity(), show_progress_bar=False).reshape(3, -1)
    return (
        np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True) if logits.shape[1] > 1 else 1 / (1 + np.exp(-logits))
    )


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["entailment", "neutral", "contradiction"], (0, 1, 2)),
        (["CONTRADICTION", "ENTAILMENT", "NEUTRAL"], (1, 2, 0)),
        (["REFUTES", "NOT ENOUGH INFO", "SUPPORTS"], (2, 1, 0)),
        (["NotEnoughInfo", "Supports", "Refutes"], (1, 0, 2)),
    ],
)
def test_three_classes_are_known_by_their_names(
    tiny: ModuleType, tmp_path: Path, labels: list[str], order: Sequence[int]
) -> None:
    folder = tiny.write_checker(tmp_path / "checker", labels)
    expected = library_probabilities(folder)[:, order]
    assert np.ptp(expected, axis=0).min() > 0.05
    assert CrossEncoderEntailment(str(folder)).predict(PAIRS) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("labels", "support"), [(["unsupported", "supported"], 1), (["entailment", "not_entailment"], 0)]
)
def test_of_two_classes_the_other_is_neutral_never_refuting(
    tiny: ModuleType, tmp_path: Path, labels: list[str], support: int
) -> None:
    folder = tiny.write_checker(tmp_path / "checker", labels)
    rows, expected = CrossEncoderEntailment(str(folder)).predict(PAIRS), library_probabilities(folder)
    assert rows[:, 0] == pytest.approx(expected[:, support], abs=1e-4)
    assert rows[:, 1] == pytest.approx(1 - expected[:, support], abs=1e-4)
    assert not rows[:, 2].any()


def test_a_single_output_said_to_be_support_is_its_logit(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_checker(tmp_path / "checker", ["LABEL_0"])
    rows = CrossEncoderEntailment(str(folder), ["supports"]).predict(PAIRS)
    assert rows[:, 0] == pytest.approx(library_probabilities(folder)[:, 0], abs=1e-4)
    assert rows[:, 1] == pytest.approx(1 - rows[:, 0], abs=1e-6)
    assert not rows[:, 2].any()


@pytest.mark.parametrize("labels", [["LABEL_0"], ["LABEL_0", "LABEL_1", "LABEL_2"], ["neutral", "contradiction"]])
def test_classes_that_do_not_say_what_supports_are_refused_with_the_setting_that_says_it(
    tiny: ModuleType, tmp_path: Path, labels: list[str]
) -> None:
    folder = tiny.write_checker(tmp_path / "checker", labels)
    with pytest.raises(EntailmentError, match="RAG_VERIFIER_LABELS"):
        CrossEncoderEntailment(str(folder))


def test_labels_that_are_given_come_before_those_of_the_model(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_checker(tmp_path / "checker", ["LABEL_0", "LABEL_1", "LABEL_2"])
    rows = CrossEncoderEntailment(str(folder), ["refutes", "supports", "neutral"]).predict(PAIRS)
    assert rows == pytest.approx(library_probabilities(folder)[:, [1, 2, 0]], abs=1e-4)
    with pytest.raises(EntailmentError, match=r"has 3 outputs: supports, neutral \(name as many\)"):
        CrossEncoderEntailment(str(folder), ["supports", "neutral"])


def test_two_classes_of_one_relation_are_summed() -> None:
    assert relations_of(["supported", "Not Supported", "contradicts", "NEI"], "m") == [
        "supports",
        "neutral",
        "refutes",
        "neutral",
    ]


def test_long_evidence_is_read_to_its_end(tiny: ModuleType, tmp_path: Path) -> None:
    model = CrossEncoderEntailment(str(tiny.write_checker(tmp_path / "checker", ["supports", "neutral", "refutes"])))
    start = "the trial of patients . " * 15
    same, other = model.predict([(start, "walking"), (f"{start} {'pain raised . ' * 10}", "walking")])
    assert not np.allclose(same, other)
    assert model.predict([("gout", "walking " * 40)]).tolist() == [[0.0, 1.0, 0.0]]


def test_a_model_without_a_trained_classifier_is_refused(tiny: ModuleType, tmp_path: Path) -> None:
    from transformers import BertModel

    folder = tiny.write_checker(tmp_path / "checker", ["supports", "neutral", "refutes"])
    with silence():
        BertModel.from_pretrained(folder).save_pretrained(tmp_path / "headless")
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / "headless" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(EntailmentError, match=r"is no trained classifier.*classifier\.weight"):
        CrossEncoderEntailment(str(tmp_path / "headless"))


def test_a_damaged_folder_and_an_unknown_name_are_said_in_one_line(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_checker(tmp_path / "checker", ["supports", "neutral", "refutes"])
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(EntailmentError, match=f"the verifier {folder} cannot be loaded"):
        CrossEncoderEntailment(str(folder))
    with pytest.raises(EntailmentError, match=r"no verifier of that name.*nobody/nothing-of-this-name"):
        CrossEncoderEntailment("nobody/nothing-of-this-name")


def test_a_model_of_the_hub_is_found_in_the_local_cache(
    tiny: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    revision = "0123456789abcdef0123456789abcdef01234567"
    model = tmp_path / "models--board--tiny-checker"
    tiny.write_checker(model / "snapshots" / revision, ["supports", "neutral", "refutes"])
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(revision, encoding="utf-8")
    found = CrossEncoderEntailment("board/tiny-checker")
    assert found.name.startswith("tiny-checker/")
    assert found.predict([PAIRS[0]])[0].max() < 1.0
    with pytest.raises(EntailmentError, match=r"\(hf download board/large\)"):
        CrossEncoderEntailment("board/large")


def test_a_model_that_takes_no_pairs_is_said_when_it_predicts(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_checker(tmp_path / "checker", ["supports", "neutral", "refutes"])
    model = CrossEncoderEntailment(str(folder))
    model._tokenizer.pad_token = None
    with pytest.raises(EntailmentError, match=r"the verifier checker/\w+ cannot be run"):
        model.predict(PAIRS)


def test_the_version_is_that_of_the_weights(tiny: ModuleType, tmp_path: Path) -> None:
    labels = ["supports", "neutral", "refutes"]
    one, same, other = (
        CrossEncoderEntailment(str(tiny.write_checker(tmp_path / place / "checker", labels, seed))).name
        for place, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == same != other
    assert one.startswith("checker/")


def test_positions_of_the_roberta_family_begin_after_the_padding(tmp_path: Path, tiny: ModuleType) -> None:
    folder = tiny.write_checker(tmp_path / "checker", ["supports", "neutral", "refutes"])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokenizer = SimpleNamespace(model_max_length=10**30)
    assert _max_tokens(tokenizer, SimpleNamespace(**config)) == 64
    assert _max_tokens(tokenizer, SimpleNamespace(**config | {"model_type": "xlm-roberta", "pad_token_id": 1})) == 62
