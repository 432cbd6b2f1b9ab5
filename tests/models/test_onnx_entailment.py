"""The model that ships, as a tiny random one: what the graph says, whole evidence, and what is wrong with a folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rag.errors import EntailmentError
from rag.models.base import RELATIONS
from rag.models.onnx_entailment import OnnxEntailment
from rag.models.windows import joined, windows

PAIRS = [
    ("knee pain is relieved by walking .", "pain is relieved by rest"),
    ("patients with gout", "the risk is not lowered by walking in patients with gout"),
    ("rest . " * 10, "walking"),
    ("the trial", "gout"),
    ("not walking", "the knee pain is not relieved"),
]
LONG = "the trial of patients . knee pain is relieved by walking . gout is not . " * 12


@pytest.fixture(scope="module")
def source(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tiny.write_checker(tmp_path_factory.mktemp("source") / "checker", RELATIONS)
    return folder


@pytest.fixture(scope="module")
def shipped(tiny: ModuleType, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tiny.write_shipped(tmp_path_factory.mktemp("shipped") / "entailment", source)
    return folder


@pytest.fixture
def copied(shipped: Path, tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    return Path(shutil.copytree(shipped, tmp_path / "entailment"))


def changed(folder: Path, **fields: Any) -> Path:
    path = folder / "entailment.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | fields), encoding="utf-8")
    return folder


def library_logits(source: Path) -> np.ndarray:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    network = AutoModelForSequenceClassification.from_pretrained(source, local_files_only=True).eval()
    with torch.no_grad():
        return np.vstack([network(**tokenizer(*pair, return_tensors="pt")).logits.numpy() for pair in PAIRS])


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_probabilities_are_those_of_the_library_at_the_temperature(
    tiny: ModuleType, source: Path, tmp_path: Path, temperature: float
) -> None:
    folder = tiny.write_shipped(tmp_path / "float32", source, int8=False, temperature=temperature)
    expected = softmax(library_logits(source) / temperature)
    assert np.ptp(expected, axis=0).min() > 0.1
    assert OnnxEntailment(folder).predict(PAIRS) == pytest.approx(expected, abs=1e-4)


def test_eight_bits_stay_near_the_library(shipped: Path, source: Path) -> None:
    expected = softmax(library_logits(source))
    found = OnnxEntailment(shipped).predict(PAIRS)
    assert found == pytest.approx(expected, abs=0.1)
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()


def test_a_pair_has_the_same_probabilities_in_any_company_and_order(shipped: Path) -> None:
    model = OnnxEntailment(shipped)
    pairs = [*PAIRS, (LONG, "walking"), *((f"{passage} rest", claim) for passage, claim in PAIRS)]
    together = model.predict(pairs)
    assert np.array_equal(together[::-1], model.predict(pairs[::-1]))
    for pair, row in zip(pairs, together, strict=True):
        assert np.array_equal(model.predict([pair])[0], row)


def test_threads_share_a_model_that_none_has_opened(shipped: Path) -> None:
    model = OnnxEntailment(shipped)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: model.predict(PAIRS), range(8)))
    assert all(np.array_equal(found[0], other) for other in found)


def test_the_first_segment_is_the_passage(shipped: Path) -> None:
    there, back = OnnxEntailment(shipped).predict([("knee pain", "rest walking"), ("rest walking", "knee pain")])
    assert not np.allclose(there, back, atol=0.01)


def test_long_evidence_is_read_to_its_end_by_windows(shipped: Path) -> None:
    """The joined row is the row of one of the windows, and the one that the rule names."""
    model, claim = OnnxEntailment(shipped), "pain is relieved"
    sentences = [f"{part} ." for part in LONG.split(" . ")][:-1]
    runs = [" ".join(sentences[start:end]) for start in range(36) for end in range(start + 1, 37)]
    alone = model.read([(run, claim) for run in runs if len(run.split()) <= 57])
    (row,) = model.predict([(LONG, claim)])
    assert np.isclose(alone, row, atol=1e-6).all(axis=1).any()
    late = model.predict([(LONG, claim), (LONG + "rest raised the risk of gout . " * 8, claim)])
    assert not np.array_equal(late[0], late[1])


def test_a_claim_too_long_to_be_read_whole_is_neutral(shipped: Path) -> None:
    model = OnnxEntailment(shipped)
    fits, exceeds = "walking " * 29, "walking " * 30
    rows = model.predict([("knee pain", fits), ("knee pain", exceeds)])
    assert rows[0].max() < 1.0
    assert rows[1].tolist() == [0.0, 1.0, 0.0]


def test_evidence_of_more_windows_than_are_read_is_neutral(shipped: Path) -> None:
    (row,) = OnnxEntailment(shipped).predict([("knee pain . " * 20_000, "walking")])
    assert row.tolist() == [0.0, 1.0, 0.0]


def test_reading_asks_the_model_even_of_the_empty_and_the_verbatim(shipped: Path) -> None:
    pairs = [("", "pain is relieved"), ("knee pain is relieved", "knee pain is relieved")]
    rows = OnnxEntailment(shipped).read(pairs)
    assert rows.max() < 1.0
    assert OnnxEntailment(shipped).predict(pairs).tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("entailment.json", None, "entailment.json"),
        ("entailment.json", b"{", "Expecting property name"),
        ("entailment.json", b'{"schema": "sourcebound.entailment/9"}', "not of the schema sourcebound.entailment/1"),
        ("entailment.json", b'{"schema": "sourcebound.entailment/1"}', "'name'"),
        ("model.onnx", None, "no file model.onnx"),
        ("tokenizer.json", None, "no file tokenizer.json"),
        ("model.onnx", b"not a graph", "model.onnx is not the one that"),
        ("tokenizer.json", b"{}", "tokenizer.json is not the one that"),
    ],
)
def test_a_damaged_folder_is_refused_with_its_name_and_the_mend(
    copied: Path, name: str, content: bytes | None, said: str
) -> None:
    (copied / name).unlink() if content is None else (copied / name).write_bytes(content)
    with pytest.raises(EntailmentError, match="cannot be opened") as caught:
        OnnxEntailment(copied).predict(PAIRS)
    assert said in str(caught.value)
    assert str(copied) in str(caught.value)
    assert "--verifier lexical" in str(caught.value)


def test_one_flipped_bit_of_the_weights_is_found(copied: Path) -> None:
    graph = bytearray((copied / "model.onnx").read_bytes())
    graph[len(graph) // 2] ^= 1
    (copied / "model.onnx").write_bytes(graph)
    with pytest.raises(EntailmentError, match=r"is not the one that entailment\.json describes"):
        OnnxEntailment(copied).predict(PAIRS)


def test_a_graph_of_two_classes_is_refused(tiny: ModuleType, tmp_path: Path) -> None:
    source = tiny.write_checker(tmp_path / "two", ["supported", "unsupported"])
    folder = tiny.write_shipped(tmp_path / "shipped", source)
    with pytest.raises(EntailmentError, match="one logit for each of supports, neutral, refutes"):
        OnnxEntailment(folder).predict(PAIRS)


def test_the_fingerprint_is_of_what_decides_the_probabilities_not_of_the_name(shipped: Path, copied: Path) -> None:
    original = OnnxEntailment(shipped)
    renamed = OnnxEntailment(changed(copied, name="checker", version="7"))
    assert renamed.name == "checker/7"
    assert renamed.fingerprint == original.fingerprint
    assert OnnxEntailment(changed(copied, temperature=1.5)).fingerprint != original.fingerprint
    assert OnnxEntailment(changed(copied, model_sha256="0")).fingerprint != original.fingerprint


@pytest.mark.parametrize("fields", [{"temperature": 0}, {"temperature": "hot"}, {"max_tokens": 3}])
def test_a_description_that_cannot_be_is_refused(copied: Path, fields: dict[str, Any]) -> None:
    with pytest.raises(EntailmentError, match="cannot be opened"):
        OnnxEntailment(changed(copied, **fields))


def test_judging_imports_neither_torch_nor_transformers(shipped: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rag.models.onnx_entailment import OnnxEntailment\n"
        "OnnxEntailment(Path(sys.argv[1])).predict([('knee pain', 'rest')])\n"
        "print({'torch', 'transformers', 'sentence_transformers', 'onnx', 'huggingface_hub'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(shipped)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def spans(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for word in text.split(" "):
        found.append((start, start + len(word)))
        start += len(word) + 1
    return found


def test_windows_end_at_sentence_ends_hold_every_word_and_overlap() -> None:
    sentences = [f"Sentence {place} {'of words ' * 9}ends here." for place in range(40)]
    text = " ".join(sentences)
    found = windows(text, spans(text), 200)
    assert len(found) > 3
    assert all(len(window.split()) <= 200 and window.endswith("here.") for window in found)
    assert all(window.startswith("Sentence") for window in found)
    for sentence in sentences:
        assert any(sentence in window for window in found)
    for before, after in pairwise(found):
        shared = [sentence for sentence in sentences if sentence in before and sentence in after]
        assert 1 <= len(shared) <= 3


def test_a_sentence_longer_than_a_window_is_cut_with_overlap() -> None:
    text = " ".join(str(place) for place in range(500))
    found = windows(text, spans(text), 100)
    assert all(len(window.split()) <= 100 for window in found)
    assert {int(word) for window in found for word in window.split()} == set(range(500))
    assert set(found[0].split()) & set(found[1].split())


def test_what_fits_is_one_window_and_what_takes_too_many_is_none() -> None:
    text = "one two. three"
    assert windows(text, spans(text), 3) == [text]
    long = "word. " * 10_000
    assert windows(long, spans(long), 30) == []


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([[0.9, 0.1, 0.0], [0.1, 0.8, 0.1]], 0),
        ([[0.1, 0.9, 0.0], [0.6, 0.1, 0.3], [0.2, 0.3, 0.5]], 1),
        ([[0.6, 0.4, 0.0], [0.1, 0.1, 0.8]], 1),
        ([[0.2, 0.8, 0.0], [0.3, 0.7, 0.0]], 1),
    ],
)
def test_the_window_that_supports_most_decides_unless_one_refutes_with_more(
    rows: list[list[float]], chosen: int
) -> None:
    assert joined(np.array(rows, np.float32)).tolist() == pytest.approx(rows[chosen])
