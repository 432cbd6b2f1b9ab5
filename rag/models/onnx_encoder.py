"""The light encoder that answers questions: ONNX Runtime and a tokenizer file, no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.errors import EncoderError
from rag.models.base import Vectors

_BATCH = 64


class OnnxEncoder:
    """An encoder exported by `SentenceTransformerEncoder.export`.

    Raises:
        EncoderError: files of the folder are missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            description = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
            self.name: str = description["name"]
            self.fingerprint: str = description["fingerprint"]
            self.dimension: int = description["dimension"]
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            raise EncoderError(
                "the query encoder of the index cannot be opened",
                value=f"{folder}: {error}",
                mend="rag index build",
            ) from error
        self._tokenizer.enable_truncation(description["max_tokens"])
        self._tokenizer.enable_padding(pad_id=description["pad_id"], pad_token=description["pad_token"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, unit length."""
        blocks = [self._encode(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(blocks) if blocks else np.zeros((0, self.dimension), dtype=np.float32)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        tokens = self._tokenizer.encode_batch(list(texts))
        feed = {
            "input_ids": np.array([token.ids for token in tokens], dtype=np.int64),
            "attention_mask": np.array([token.attention_mask for token in tokens], dtype=np.int64),
        }
        return np.asarray(self._session.run(None, feed)[0], dtype=np.float32)
