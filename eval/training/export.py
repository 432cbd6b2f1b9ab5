"""Writes a trained network as the folder that ships: an int8 ONNX graph, its tokenizer, and what describes them.

The graph takes one pair without padding: `input_ids` and `token_type_ids` of shape (1, tokens) give `logits` of shape
(1, labels), and `alignment` of shape (1, tokens): how near the nearest token of the
evidence is to each token, as the cosine of their word embeddings. A pair alone has the same values whatever is judged
beside it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from eval.training.network import ClaimNetwork
from rag.models.network_folder import NetworkKind
from rag.models.sentence_encoder import silence

_OPSET = 17


class _WithoutMask(torch.nn.Module):  # type: ignore[misc]  # torch is not followed by mypy
    """The network for one pair, all of whose tokens count."""

    def __init__(self, network: ClaimNetwork, special: tuple[int, int]) -> None:
        super().__init__()
        self._network = network
        self._special = special

    def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = self._network(input_ids, torch.ones_like(input_ids), token_type_ids)
        words = torch.nn.functional.normalize(self._network.backbone.embeddings.word_embeddings(input_ids), dim=-1)
        special = (input_ids == self._special[0]) | (input_ids == self._special[1])
        closed = (special | (token_type_ids == 1)).to(words.dtype).unsqueeze(1)
        return logits, (words @ words.transpose(1, 2) - 4.0 * closed).amax(-1)


def _write_float(network: ClaimNetwork, special: tuple[int, int], path: Path) -> None:
    ids = torch.ones(1, 8, dtype=torch.long)
    segments = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1]])
    with silence(), torch.no_grad():
        torch.onnx.export(
            _WithoutMask(network.float().cpu().eval(), special),
            (ids, segments),
            str(path),
            input_names=["input_ids", "token_type_ids"],
            output_names=["logits", "alignment"],
            dynamic_axes={name: {1: "tokens"} for name in ("input_ids", "token_type_ids", "alignment")},
            opset_version=_OPSET,
            dynamo=False,
        )


def _write_graph(network: ClaimNetwork, special: tuple[int, int], target: Path) -> None:
    import onnx
    import onnxruntime

    from rag.models.encoder_quantization import quantize

    with tempfile.TemporaryDirectory() as work:
        exact, rounded = Path(work) / "float32.onnx", Path(work) / "int8.onnx"
        _write_float(network, special, exact)
        onnx.save(quantize(onnx.load(str(exact))), str(rounded))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(target)
        onnxruntime.InferenceSession(str(rounded), options, providers=["CPUExecutionProvider"])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export(
    network: ClaimNetwork, tokenizer_file: Path, folder: Path, kind: NetworkKind, description: Mapping[str, Any]
) -> None:
    """Write `model.onnx`, `tokenizer.json` and the kind's description into a folder. Attention must have no dropout
    left."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    first, between = (int(tokenizer.token_to_id(name) or 0) for name in ("[CLS]", "[SEP]"))
    _write_graph(network, (first, between), folder / "model.onnx")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    described = {
        "schema": kind.schema,
        **description,
        "model_sha256": _sha256(folder / "model.onnx"),
        "tokenizer_sha256": _sha256(folder / "tokenizer.json"),
    }
    (folder / kind.description).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
