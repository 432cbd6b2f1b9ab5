"""What every encoder keeps: shape, type, length one, the same vector for the same text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.config import Settings
from rag.models.base import Encoder
from rag.models.onnx_encoder import OnnxEncoder
from rag.models.sentence_encoder import SentenceTransformerEncoder

TEXTS = ["Pain relieved by walking.", "x", "95% CI 0.60 to 0.85; P = 0.0002", "word " * 400, "Behçet’s disease"]


@pytest.fixture(scope="module")
def reference() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


@pytest.fixture(scope="module")
def exported(real_settings: Settings) -> OnnxEncoder:
    return OnnxEncoder(real_settings.indexes_dir / "default" / "encoder")


@pytest.fixture(params=["letters", "reference", "exported"])
def encoder(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_vectors_have_the_stated_shape_type_and_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert together == pytest.approx(alone, abs=1e-5)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_the_fingerprint_is_a_sha256(encoder: Encoder) -> None:
    assert len(encoder.fingerprint) == 64
    assert int(encoder.fingerprint, 16)


def test_the_exported_encoder_reproduces_the_reference(reference: Encoder, exported: Encoder) -> None:
    texts = [f"{text} {more}" for text in TEXTS for more in ("", "knee", "vasculitis of large vessels")]
    assert exported.encode(texts) == pytest.approx(reference.encode(texts), abs=1e-5)
    assert (exported.name, exported.fingerprint) == (reference.name, reference.fingerprint)


def test_known_texts_keep_their_known_cosines(exported: Encoder) -> None:
    vectors = exported.encode(
        ["buttock pain relieved by walking", "gluteal pain eased by walking", "capital of France"]
    )
    assert float(vectors[0] @ vectors[1]) == pytest.approx(0.567, abs=0.01)
    assert float(vectors[0] @ vectors[2]) < 0.15


def test_a_folder_without_an_encoder_is_an_error(tmp_path: Path) -> None:
    from rag.errors import EncoderError

    with pytest.raises(EncoderError, match="cannot be opened"):
        OnnxEncoder(tmp_path)
