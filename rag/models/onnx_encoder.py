"""The encoder that an index carries: ONNX Runtime and a tokenizer file, no torch. For questions and for texts.

Each text is computed alone, one text a thread on every core: a text then has the same vector whatever is computed with
it, bit for bit, no time goes into padding, and it is faster than batches are (docs/encoders.md).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from rag.errors import EncoderError
from rag.models.base import Vectors

DESCRIPTION = "encoder.json"
FORMAT = "sourcebound.encoder/2"


class _Model:
    """One exported model and its tokenizer. Safe to share between threads: it is never changed."""

    def __init__(self, folder: Path, side: Mapping[str, Any]) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Every text has a length of its own: an arena grows and is searched for each, malloc is quicker.
        options.enable_cpu_mem_arena = False
        # The graph was optimized when it was exported.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self._session = onnxruntime.InferenceSession(
            str(folder / side["model"]), options, providers=["CPUExecutionProvider"]
        )
        # Truncation is fixed here, once: changing it while another thread encodes is an error in tokenizers.
        self._tokenizer = Tokenizer.from_file(str(folder / side["tokenizer"]))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(int(side["max_tokens"]))

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def vector(self, tokens: Sequence[int]) -> Vectors:
        vector: Vectors = self._session.run(None, {"input_ids": np.array([tokens], dtype=np.int64)})[0][0]
        return vector


class OnnxEncoder:
    """An encoder from its exported folder alone (see `encoder_maker`). May be shared by any number of threads.

    Raises:
        EncoderError: files of the folder are missing or damaged, or are of another format.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opening = Lock()
        try:
            self.description: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
            if self.description.get("format") != FORMAT:
                raise ValueError(f"{DESCRIPTION} is not of the format {FORMAT}")
            self.name: str = self.description["name"]
            self.fingerprint: str = self.description["fingerprint"]
            self.dimension: int = self.description["dimension"]
            self._queries: dict[str, Any] = self.description["queries"]
            self._documents: dict[str, Any] = self.description["documents"]
        except Exception as error:
            raise _unopened(folder, error) from error
        for name in (self._documents["model"], self._documents["tokenizer"]):
            if not (folder / name).is_file():
                raise _unopened(folder, f"no file {name}")
        self._models: dict[str, _Model] = {}
        self._model(self._queries)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, unit length."""
        return self._encode(self._queries, texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, unit length."""
        return self._encode(self._documents, texts)

    def _model(self, side: Mapping[str, Any]) -> _Model:
        """The model of a side, opened when first needed: a question does not need that of the documents."""
        with self._opening:
            if side["model"] not in self._models:
                try:
                    self._models[side["model"]] = _Model(self._folder, side)
                except Exception as error:
                    raise _unopened(self._folder, error) from error
            return self._models[side["model"]]

    def _encode(self, side: Mapping[str, Any], texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        model = self._model(side)
        tokens = model.tokens([side["prompt"] + text for text in texts])

        def encode(place: int) -> None:
            vectors[place] = model.vector(tokens[place])

        # Longest first, so that no thread is left alone with a long text at the end.
        places = sorted(range(len(texts)), key=lambda place: -len(tokens[place]))
        workers = min(_cores(), len(texts))
        if workers == 1:
            list(map(encode, places))
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(encode, places))
        return vectors


def _cores() -> int:
    """The cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _unopened(folder: Path, why: object) -> EncoderError:
    return EncoderError("the encoder of the index cannot be opened", value=f"{folder}: {why}", mend="rag index build")
