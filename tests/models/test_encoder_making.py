"""Encoders of every kind, as tiny random models: each gives what sentence-transformers gives for the same words."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import EncoderError
from rag.models import encoder_files
from rag.models.encoder_maker import encoder_maker
from rag.models.encoder_spec import EncoderSpec, multiplies_bytes
from rag.models.onnx_encoder import OnnxEncoder
from rag.models.sentence_encoder import silence

WORDS = ["query", "passage", "knee", "pain", "is", "relieved", "by", "walking", "rest", "vasculitis", ":", ".", "the"]
TEXTS = ["knee pain is relieved by walking .", "Vasculitis", "  the   knee ", "rest " * 90, ""]
FLOAT32 = "onnx-float32"


def write_words(folder: Path, seed: int, **config: Any) -> Path:
    """A folder of a plain transformers model: a random BERT of two layers, with a vocabulary of a few words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *"abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    torch.manual_seed(seed)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    settings = BertConfig(
        vocab_size=len(vocabulary), max_position_embeddings=64, initializer_range=0.5, **sizes, **config
    )
    with silence():
        BertModel(settings).eval().save_pretrained(folder)
        BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return folder


def write_model(folder: Path, seed: int = 1, pooling: str = "mean", *, unit: bool = True, **how: Any) -> Path:
    """A folder of a sentence-transformers model; `how` goes to the library (prompts)."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer

    dense = how.pop("dense", None)
    include_prompt = how.pop("include_prompt", True)
    words = write_words(folder.with_name(f"{folder.name}-words"), seed)
    with silence():
        modules: list[Any] = [Transformer(str(words)), Pooling(32, pooling, include_prompt=include_prompt)]
        if dense:
            modules.append(Dense(32, dense))
        model = SentenceTransformer(modules=[*modules, *([Normalize()] if unit else [])], device="cpu", **how)
        model.save(str(folder), create_model_card=False)
    return folder


def library_vectors(folder: Path, prompt: str = "", **how: Any) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    with silence():
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        return np.asarray(model.encode(TEXTS, prompt=prompt, normalize_embeddings=True, show_progress_bar=False, **how))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with mean pooling, normalised, without prompts."""
    return write_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def exported(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that model's float32 copy. Tests that damage it take a copy of their own."""
    folder = tmp_path_factory.mktemp("exported") / "encoder"
    encoder_maker(spec(model)).export(folder)
    return folder


@pytest.fixture
def carried(tmp_path: Path) -> Callable[[EncoderSpec], OnnxEncoder]:
    """Exports an encoder and opens it from its folder alone."""

    def make(spec: EncoderSpec) -> OnnxEncoder:
        encoder_maker(spec).export(tmp_path / "encoder")
        return OnnxEncoder(tmp_path / "encoder")

    return make


@pytest.fixture(autouse=True)
def logging_stays() -> Iterator[None]:
    yield
    assert logging.root.manager.disable == logging.NOTSET


def spec(folder: Path, **how: Any) -> EncoderSpec:
    return EncoderSpec(str(folder), **{"runtime": FLOAT32, **how})


def fingerprint(folder: Path, **how: Any) -> str:
    return encoder_maker(spec(folder, **how)).fingerprint


def test_prompts_of_the_settings_reach_the_model(model: Path, carried: Callable[..., OnnxEncoder]) -> None:
    encoder = carried(spec(model, query_prompt="query: ", document_prompt="passage: "))
    assert encoder.encode_queries(TEXTS) == pytest.approx(library_vectors(model, "query: "), abs=1e-5)
    assert encoder.encode_documents(TEXTS) == pytest.approx(library_vectors(model, "passage: "), abs=1e-5)
    assert np.abs(encoder.encode_queries(TEXTS) - encoder.encode_documents(TEXTS)).max() > 0.01


def test_prompts_of_the_models_own_files_are_taken_unless_set(
    tmp_path: Path, carried: Callable[..., OnnxEncoder]
) -> None:
    folder = write_model(tmp_path / "prompted", prompts={"query": "query : ", "passage": "passage : "})
    encoder = carried(spec(folder, document_prompt=""))
    assert encoder.encode_queries(TEXTS) == pytest.approx(library_vectors(folder, "query : "), abs=1e-5)
    assert encoder.encode_documents(TEXTS) == pytest.approx(library_vectors(folder), abs=1e-5)
    assert encoder_maker(spec(folder)).description["document_prompt"] == "passage : "


def test_a_prompt_that_pooling_leaves_out_is_left_out(tmp_path: Path, carried: Callable[..., OnnxEncoder]) -> None:
    folder = write_model(tmp_path / "instructed", include_prompt=False)
    encoder = carried(spec(folder, query_prompt="the query : "))
    assert encoder.encode_queries(TEXTS) == pytest.approx(library_vectors(folder, "the query : "), abs=1e-5)
    assert encoder.encode_documents(TEXTS) == pytest.approx(library_vectors(folder), abs=1e-5)


@pytest.mark.parametrize("how", [{"pooling": "cls", "unit": False}, {"pooling": "max"}, {"dense": 16}])
def test_other_poolings_and_layers_give_the_librarys_vectors(
    tmp_path: Path, carried: Callable[..., OnnxEncoder], how: dict[str, Any]
) -> None:
    folder = write_model(tmp_path / "other", **how)
    encoder = carried(spec(folder))
    assert encoder.encode_documents(TEXTS) == pytest.approx(library_vectors(folder), abs=1e-5)
    assert encoder.dimension == how.get("dense", 32)


def test_a_pair_encodes_queries_and_documents_by_two_models(
    model: Path, tmp_path: Path, carried: Callable[..., OnnxEncoder]
) -> None:
    other = write_model(tmp_path / "queries", seed=2, pooling="cls")
    encoder = carried(spec(model, query_name=str(other)))
    assert encoder.encode_documents(TEXTS) == pytest.approx(library_vectors(model), abs=1e-5)
    assert encoder.encode_queries(TEXTS) == pytest.approx(library_vectors(other), abs=1e-5)


def test_a_pair_of_different_dimensions_is_refused(model: Path, tmp_path: Path) -> None:
    other = write_model(tmp_path / "narrow", dense=16)
    with pytest.raises(EncoderError, match=r"dimensions do not fit: \[16, 32\]"):
        encoder_maker(spec(model, query_name=str(other)))


def test_truncated_vectors_have_length_one_and_are_the_librarys(
    model: Path, carried: Callable[..., OnnxEncoder]
) -> None:
    encoder = carried(spec(model, dimension=12))
    vectors = encoder.encode_documents(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension) == (len(TEXTS), 12)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors == pytest.approx(library_vectors(model, truncate_dim=12), abs=1e-5)
    with pytest.raises(EncoderError, match="RAG_ENCODER_DIMENSION=33"):
        encoder_maker(spec(model, dimension=33))


def test_a_plain_transformers_folder_is_pooled_as_asked(tmp_path: Path, carried: Callable[..., OnnxEncoder]) -> None:
    from transformers import AutoModel, AutoTokenizer

    folder = write_words(tmp_path / "plain", seed=3)
    with silence():
        tokens = AutoTokenizer.from_pretrained(folder)(TEXTS[:1], return_tensors="pt")
        states = AutoModel.from_pretrained(folder).eval()(**tokens).last_hidden_state.detach().numpy()[0]
    for pooling, wanted in (("cls", states[0]), (None, states.mean(axis=0))):
        vector = carried(spec(folder, pooling=pooling)).encode_documents(TEXTS[:1])[0]
        assert vector == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5)


def test_medcpt_is_pooled_by_its_first_token(tmp_path: Path) -> None:
    folder = write_words(tmp_path / "MedCPT-Article-Encoder", seed=3)
    assert encoder_files.find_encoder(spec(folder)).documents.pooling == "cls"


def test_the_older_weight_format_and_shards_are_read(tmp_path: Path, carried: Callable[..., OnnxEncoder]) -> None:
    import torch
    from transformers import AutoModel

    folder = write_words(tmp_path / "plain", seed=4)
    whole = carried(spec(folder)).encode_documents(TEXTS)
    with silence():
        weights = AutoModel.from_pretrained(folder)
        (folder / "model.safetensors").unlink()
        torch.save(weights.state_dict(), folder / "pytorch_model.bin")
        assert carried(spec(folder)).encode_documents(TEXTS) == pytest.approx(whole, abs=1e-5)
        (folder / "pytorch_model.bin").unlink()
        weights.save_pretrained(folder, max_shard_size="30KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    assert carried(spec(folder)).encode_documents(TEXTS) == pytest.approx(whole, abs=1e-5)


def test_the_fingerprint_changes_with_what_decides_the_vectors(model: Path, tmp_path: Path) -> None:
    other = write_model(tmp_path / "other", seed=2)
    prompted = tmp_path / "prompted"
    shutil.copytree(model, prompted)
    (prompted / "config_sentence_transformers.json").write_text('{"prompts": {"query": "query: "}}', encoding="utf-8")
    found = [
        fingerprint(model),
        fingerprint(other),
        fingerprint(prompted),
        fingerprint(model, query_name=str(other)),
        fingerprint(model, document_prompt="passage: "),
        fingerprint(model, dimension=12),
        fingerprint(model, runtime="onnx-int8"),
        fingerprint(model, runtime="sentence-transformers"),
    ]
    assert len(set(found)) == len(found)
    assert fingerprint(model, query_prompt="query: ") == fingerprint(prompted)


def test_the_fingerprint_changes_with_nothing_else(model: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(model, moved)
    (moved / "README.md").write_text("A model card.", encoding="utf-8")
    assert fingerprint(moved) == fingerprint(model)
    assert fingerprint(model, query_prompt="", document_prompt="") == fingerprint(model)
    resolved = "onnx-int8" if multiplies_bytes() else FLOAT32
    assert fingerprint(model, runtime="auto") == fingerprint(model, runtime=resolved)


def test_settings_that_an_encoder_was_not_made_with_are_named(model: Path) -> None:
    made = spec(model, query_prompt="query: ", runtime="onnx-int8")
    description = json.loads(json.dumps(encoder_maker(made).description))
    assert made.difference(description) is None
    assert spec(model, query_prompt="query: ", runtime="auto").difference(description) is None
    assert spec(model).difference(description) == ("RAG_QUERY_PROMPT", None, "query: ")
    other = spec(model, query_prompt="query: ", runtime=FLOAT32)
    assert other.difference(description) == ("RAG_ENCODER_RUNTIME", FLOAT32, "onnx-int8")


@pytest.mark.parametrize("runtime", ["onnx-int8", FLOAT32])
def test_a_text_has_the_same_vector_from_eight_threads_at_once(
    model: Path, carried: Callable[..., OnnxEncoder], runtime: str
) -> None:
    encoder = carried(spec(model, runtime=runtime))
    alone = {text: encoder.encode_queries([text]) for text in TEXTS}
    with ThreadPoolExecutor(8) as pool:
        for text, vector in zip(
            TEXTS * 20, pool.map(lambda text: encoder.encode_queries([text]), TEXTS * 20), strict=True
        ):
            assert np.array_equal(vector, alone[text])
        for vectors in pool.map(encoder.encode_documents, [TEXTS] * 20):
            assert np.array_equal(vectors, np.concatenate(list(alone.values())))


def test_the_reference_runtime_embeds_with_the_library_and_asks_without_it(model: Path, tmp_path: Path) -> None:
    maker = encoder_maker(spec(model, runtime="sentence-transformers", query_prompt="query: "))
    maker.export(tmp_path / "encoder")
    encoder = maker.open(tmp_path / "encoder")
    assert encoder.encode_documents(TEXTS) == pytest.approx(library_vectors(model), abs=1e-6)
    assert np.array_equal(encoder.encode_queries(TEXTS), OnnxEncoder(tmp_path / "encoder").encode_queries(TEXTS))
    assert encoder.fingerprint == maker.fingerprint


def test_a_carried_encoder_answers_where_its_makers_are_not_installed(model: Path, tmp_path: Path) -> None:
    maker = encoder_maker(spec(model, runtime="onnx-int8"))
    maker.export(tmp_path / "encoder")
    code = """if True:
        import sys
        for name in ("torch", "transformers", "sentence_transformers", "huggingface_hub", "onnx"):
            sys.modules[name] = None
        from pathlib import Path
        from rag.models.onnx_encoder import OnnxEncoder
        print(OnnxEncoder(Path(sys.argv[1])).encode_queries(["knee pain"]).tolist())"""
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "encoder")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert np.array_equal(
        np.array(json.loads(done.stdout), np.float32), maker.open(tmp_path / "encoder").encode_queries(["knee pain"])
    )


def test_nothing_is_printed_and_the_float32_graph_is_not_kept(
    model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    encoder_maker(spec(model, runtime="onnx-int8")).export(tmp_path / "encoder")
    assert sorted(path.name for path in (tmp_path / "encoder").iterdir()) == [
        "encoder.json",
        "queries.onnx",
        "queries.tokenizer.json",
    ]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["encoder.json", "queries.onnx", "queries.tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_missing_or_damaged_file_is_one_clear_line(
    model: Path, exported: Path, tmp_path: Path, name: str, damage: str
) -> None:
    shutil.copytree(exported, tmp_path / "encoder")
    path = tmp_path / "encoder" / name
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    with pytest.raises(EncoderError, match=r"cannot be opened.*rag index build") as caught:
        encoder_maker(spec(model)).open(tmp_path / "encoder")
    assert "\n" not in str(caught.value)


def test_the_folder_of_another_encoder_or_an_earlier_format_is_refused(
    model: Path, exported: Path, tmp_path: Path
) -> None:
    shutil.copytree(exported, tmp_path / "encoder")
    with pytest.raises(EncoderError, match="carries another encoder"):
        encoder_maker(spec(model, dimension=12)).open(tmp_path / "encoder")
    earlier = {"name": "all-MiniLM-L6-v2", "fingerprint": "0" * 64, "dimension": 384, "max_tokens": 256}
    (tmp_path / "encoder" / "encoder.json").write_text(json.dumps(earlier), encoding="utf-8")
    with pytest.raises(EncoderError, match="not of the format"):
        OnnxEncoder(tmp_path / "encoder")


def test_a_copy_that_does_not_give_the_vectors_is_refused(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = OnnxEncoder.encode_documents
    monkeypatch.setattr(OnnxEncoder, "encode_documents", lambda encoder, texts: right(encoder, texts)[::-1])
    with pytest.raises(EncoderError, match="does not reproduce the vectors"):
        encoder_maker(spec(model)).export(tmp_path / "encoder")
