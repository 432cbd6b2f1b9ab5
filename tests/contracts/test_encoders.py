"""What every encoder keeps: shape, type, length one, the same vector for the same text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import EncoderError
from rag.models.base import Encoder
from rag.models.encoder_maker import encoder_maker
from rag.models.encoder_spec import EncoderSpec
from rag.models.onnx_encoder import OnnxEncoder
from rag.models.sentence_encoder import SentenceTransformerEncoder

TEXTS = ["Pain relieved by walking.", "x", "95% CI 0.60 to 0.85; P = 0.0002", "word " * 400, "Behçet’s disease"]
WAYS = ["encode_queries", "encode_documents"]


@pytest.fixture(scope="module")
def reference() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


@pytest.fixture(scope="module")
def int8(tmp_path_factory: pytest.TempPathFactory) -> OnnxEncoder:
    return export("onnx-int8", tmp_path_factory.mktemp("int8"))


@pytest.fixture(scope="module")
def float32(tmp_path_factory: pytest.TempPathFactory) -> OnnxEncoder:
    return export("onnx-float32", tmp_path_factory.mktemp("float32"))


def export(runtime: Any, folder: Path) -> OnnxEncoder:
    """The default encoder, as an index carries it."""
    encoder_maker(EncoderSpec(runtime=runtime)).export(folder)
    return OnnxEncoder(folder)


@pytest.fixture(params=["letters", "reference", "int8", "float32"])
def encoder(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("way", WAYS)
def test_vectors_have_the_stated_shape_type_and_length_one(encoder: Encoder, way: str) -> None:
    vectors = getattr(encoder, way)(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Encoder, way: str) -> None:
    together = getattr(encoder, way)(TEXTS)
    alone = np.concatenate([getattr(encoder, way)([text]) for text in TEXTS])
    assert together == pytest.approx(alone, abs=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_no_texts_give_no_vectors(encoder: Encoder, way: str) -> None:
    assert getattr(encoder, way)([]).shape == (0, encoder.dimension)


def test_the_fingerprint_is_a_sha256(encoder: Encoder) -> None:
    assert len(encoder.fingerprint) == 64
    assert int(encoder.fingerprint, 16)


def test_the_float32_copy_reproduces_the_reference(reference: Encoder, float32: OnnxEncoder) -> None:
    texts = [f"{text} {more}" for text in TEXTS for more in ("", "knee", "vasculitis of large vessels")]
    assert float32.encode_documents(texts) == pytest.approx(reference.encode_documents(texts), abs=1e-5)
    assert float32.name == reference.name


def test_the_int8_copy_stays_near_the_reference(reference: Encoder, int8: OnnxEncoder) -> None:
    texts = [f"{text} {more}" for text in TEXTS for more in ("", "knee", "vasculitis of large vessels")]
    cosines = (int8.encode_documents(texts) * reference.encode_documents(texts)).sum(axis=1)
    assert cosines.mean() > 0.995
    assert cosines.min() > 0.985


@pytest.mark.parametrize("copy", ["int8", "float32"])
def test_known_texts_keep_their_known_cosines(copy: str, request: pytest.FixtureRequest) -> None:
    vectors = request.getfixturevalue(copy).encode_documents(
        ["buttock pain relieved by walking", "gluteal pain eased by walking", "capital of France"]
    )
    assert float(vectors[0] @ vectors[1]) == pytest.approx(0.567, abs=0.02)
    assert float(vectors[0] @ vectors[2]) < 0.15


def test_a_folder_without_an_encoder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be opened"):
        OnnxEncoder(tmp_path)
