"""Writes a model as one ONNX graph from token ids to a unit vector. Used when an index is built, never for a question.

The graph takes one text without padding, so it has no attention mask: the mask's handling costs an eighth of the time.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rag.errors import EncoderError
from rag.models.encoder_files import Side
from rag.models.encoder_spec import Runtime
from rag.models.sentence_encoder import silence

_OPSET = 17
_LARGEST_FILE = 2**31 - 2**20


def export_side(model: Any, side: Side, dimension: int, runtime: Runtime, stem: Path) -> dict[str, Any]:
    """Write `<stem>.onnx` and `<stem>.tokenizer.json`; what comes back describes them for `encoder.json`.

    Raises:
        EncoderError: the model's layers cannot be written as a graph, or its tokenizer has no fast form.
    """
    folder, model_name, tokenizer_name = stem.parent, f"{stem.name}.onnx", f"{stem.name}.tokenizer.json"
    max_tokens = int(model.max_seq_length or 512)
    try:
        _write_tokenizer(model.tokenizer, max_tokens, folder / tokenizer_name)
        with silence(), tempfile.TemporaryDirectory(dir=folder) as work:
            graph = Path(work) / "float32.onnx"
            _write_graph(model, side.prompt, dimension, graph)
            if runtime == "onnx-int8":
                graph = _quantized(graph)
            _write_optimized(graph, folder / model_name)
    except EncoderError:
        raise
    except Exception as error:
        raise EncoderError(f"the encoder {side.name} cannot be exported", value=error) from error
    return {"model": model_name, "tokenizer": tokenizer_name, "max_tokens": max_tokens, "prompt": side.prompt}


def prompt_tokens(model: Any, prompt: str) -> int:
    """How many leading tokens the model leaves out of its pooling: those of the prompt, where it was trained so."""
    leaves_out = any(getattr(module, "include_prompt", True) is False for module in model)
    return int(model[0]._get_prompt_length(prompt) or 0) if leaves_out and prompt else 0


def _write_tokenizer(tokenizer: Any, max_tokens: int, path: Path) -> None:
    from tokenizers import Tokenizer

    if not getattr(tokenizer, "is_fast", False):
        raise EncoderError("the encoder's tokenizer has no tokenizer.json", value=type(tokenizer).__name__)
    copy = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    copy.no_padding()
    copy.enable_truncation(max_tokens)
    copy.save(str(path))


def _write_graph(model: Any, prompt: str, dimension: int, path: Path) -> None:
    """The whole model in float32: transformer, pooling, further layers, truncation to `dimension`, length 1."""
    import torch

    skipped = prompt_tokens(model, prompt)

    class Whole(torch.nn.Module):  # type: ignore[misc]  # torch is not followed by mypy
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
            if "token_type_ids" in model.tokenizer.model_input_names:
                features["token_type_ids"] = torch.zeros_like(input_ids)
            if skipped:
                features["prompt_length"] = skipped
            first, *others = self.model
            features = first(features, attention_mask=None)
            for module in others:
                features = module(features)
            return torch.nn.functional.normalize(features["sentence_embedding"][:, :dimension], dim=1)

    with torch.no_grad():
        torch.onnx.export(
            Whole().eval(),
            (torch.ones(1, 8, dtype=torch.long),),
            str(path),
            input_names=["input_ids"],
            output_names=["sentence_embedding"],
            dynamic_axes={"input_ids": {1: "tokens"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def _quantized(path: Path) -> Path:
    import onnx

    from rag.models.encoder_quantization import quantize

    written = path.with_name("int8.onnx")
    onnx.save(quantize(onnx.load(str(path))), str(written))
    return written


def _write_optimized(source: Path, target: Path) -> None:
    """Let ONNX Runtime fuse the graph once, here, so that opening it for a question takes less time."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    if sum(path.stat().st_size for path in source.parent.iterdir()) > _LARGEST_FILE:
        weights = "session.optimized_model_external_initializers_file_name"
        options.add_session_config_entry(weights, f"{target.name}.weights")
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
