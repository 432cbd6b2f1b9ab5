"""The reference encoder: sentence-transformers. Every other way of computing vectors is measured against it.

torch and sentence-transformers are imported here and in `encoder_export` only, and only when a model is loaded.
"""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cached_property
from typing import Any

import numpy as np

from rag.errors import EncoderError
from rag.models.base import Vectors
from rag.models.encoder_files import EncoderFiles, Side, find_encoder
from rag.models.encoder_spec import EncoderSpec

_BATCH = 64


@contextmanager
def silence() -> Iterator[None]:
    """Let the libraries load and convert models without their bars, notices and warnings."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def load_model(side: Side) -> Any:
    """A model as sentence-transformers loads it from its folder, on the CPU, ready to encode. Nothing is fetched.

    Raises:
        EncoderError: the library cannot load it.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        with silence():
            from sentence_transformers import SentenceTransformer
            from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

            if side.pooling is None:
                return SentenceTransformer(str(side.folder), device="cpu", local_files_only=True).eval()
            words = Transformer(str(side.folder))
            pooling = Pooling(words.get_embedding_dimension(), side.pooling)
            return SentenceTransformer(modules=[words, pooling], device="cpu").eval()
    except Exception as error:
        raise EncoderError(f"the encoder {side.name} cannot be loaded", value=error) from error


class SentenceTransformerEncoder:
    """An encoder computed by sentence-transformers from the models on this machine.

    Raises:
        EncoderError: a model is missing, its weights are not those expected, or the library cannot load it.
    """

    def __init__(self, encoder: EncoderSpec | EncoderFiles | None = None) -> None:
        self.files = encoder if isinstance(encoder, EncoderFiles) else find_encoder(encoder or EncoderSpec())
        self.name = self.files.documents.name
        self.fingerprint = self.files.fingerprint
        self.dimension = self.files.dimension

    @cached_property
    def document_model(self) -> Any:
        """The library's model of documents, loaded when first needed."""
        return load_model(self.files.documents)

    @cached_property
    def query_model(self) -> Any:
        """The library's model of queries: that of documents, unless the encoder is a pair."""
        same = self.files.queries.folder == self.files.documents.folder
        return self.document_model if same else load_model(self.files.queries)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, unit length."""
        return self._encode(self.query_model, self.files.queries.prompt, texts) if texts else self._none()

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, unit length."""
        return self._encode(self.document_model, self.files.documents.prompt, texts) if texts else self._none()

    def _none(self) -> Vectors:
        return np.zeros((0, self.dimension), dtype=np.float32)

    def _encode(self, model: Any, prompt: str, texts: Sequence[str]) -> Vectors:
        vectors = model.encode(
            list(texts),
            prompt=prompt,
            batch_size=_BATCH,
            normalize_embeddings=True,
            truncate_dim=self.dimension,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)
