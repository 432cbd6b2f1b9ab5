"""Turns a float32 ONNX graph into one that multiplies bytes. Used when an index is built, never for a question.

Weights get one scale a column, word embeddings one scale a word, and activations one scale a token, found as the graph
runs: the token-wise scheme of ZeroQuant (Yao et al. 2022, arXiv:2206.01861). ONNX Runtime's own `quantize_dynamic`
takes one activation scale for the whole tensor; with one a token, all-MiniLM-L6-v2 has less than half of its error
(docs/encoders.md), at the same speed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rag.errors import EncoderError

_LEVELS = 127
_ZERO_POINT = 128
_SMALLEST_SCALE = 1e-10
_LARGE_TABLE = 2**18
_LEAST_GELU = 0.17  # GELU(x) is never below -0.17 (Hendrycks and Gimpel 2016, arXiv:1606.08415).
_GELU_ZERO_POINT = 16
_CONSTANTS = {
    "int8_step": np.array(1 / _LEVELS, np.float32),
    "int8_smallest": np.array(_SMALLEST_SCALE, np.float32),
    "int8_one": np.array(1, np.float32),
    "int8_zero_point": np.array(_ZERO_POINT, np.uint8),
    "int8_gelu_step": np.array(1 / (255 - _GELU_ZERO_POINT), np.float32),
    "int8_gelu_smallest": np.array(_LEAST_GELU / _GELU_ZERO_POINT, np.float32),
    "int8_gelu_zero_point": np.array(_GELU_ZERO_POINT, np.uint8),
    "int8_outer": np.array([0, 2], np.int64),
}


def quantize(model: Any) -> Any:
    """A copy of an `onnx.ModelProto` with the products of tokens and weights, and large word tables, in 8 bits.

    The graph takes one text, so that activations of tokens have the shape (1, tokens, width). Products of two
    activations (attention), products of other shapes (layers after the pooling) and small tables stay as they are.

    Raises:
        EncoderError: no product of the graph can be written so.
    """
    import onnx

    quantized = onnx.ModelProto()
    quantized.CopyFrom(model)
    _Rewriting(quantized).run()
    if not any(step.op_type == "MatMulIntegerToFloat" for step in quantized.graph.node):
        raise EncoderError("no layer of the encoder can be written in 8 bits", mend="RAG_ENCODER_RUNTIME=onnx-float32")
    return quantized


def _rounded(weights: Any, axis: int) -> tuple[Any, Any]:
    """Signed bytes and their scales, so that bytes * scales is near the weights."""
    scales = np.maximum(np.abs(weights).max(axis=axis, keepdims=True) / _LEVELS, _SMALLEST_SCALE).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def _made_by_gelu(model: Any) -> set[str]:
    """The tensors that are a GELU: as one operation, or as x * (1 + erf(x / sqrt 2)) / 2."""
    after_erf: set[str] = set()
    found: set[str] = set()
    for step in model.graph.node:
        if step.op_type == "Gelu":
            found.add(step.output[0])
        elif step.op_type == "Erf" or (step.op_type == "Add" and after_erf & set(step.input)):
            after_erf.add(step.output[0])
        elif step.op_type == "Mul" and (after_erf | found) & set(step.input):
            found.add(step.output[0])
    return found


class _Rewriting:
    """One pass over a graph, in its order."""

    def __init__(self, model: Any) -> None:
        import onnx.shape_inference
        from onnx import numpy_helper

        self._model = model
        self._weights = {
            tensor.name: tensor for tensor in model.graph.initializer if len(tensor.dims) == 2 and tensor.data_type == 1
        }
        inferred = onnx.shape_inference.infer_shapes(model).graph.value_info
        self._of_tokens = {value.name for value in inferred if len(value.type.tensor_type.shape.dim) == 3}
        self._array = numpy_helper.to_array
        self._steps: list[Any] = []
        self._constants: dict[str, Any] = dict(_CONSTANTS)
        self._quantized: set[str] = set()
        self._of_gelu = _made_by_gelu(model)

    def run(self) -> None:
        from onnx import helper, numpy_helper

        graph = self._model.graph
        for step in list(graph.node):
            if step.op_type == "MatMul" and step.input[0] in self._of_tokens and step.input[1] in self._weights:
                self._multiply(step.input[0], step.input[1], step.output[0])
            elif step.op_type == "Gather" and self._is_large(step.input[0]):
                self._look_up(step.input[0], step.input[1], step.output[0])
            else:
                self._steps.append(step)
        del graph.node[:]
        graph.node.extend(self._steps)
        used = {name for step in self._steps for name in step.input}
        kept = [tensor for tensor in graph.initializer if tensor.name in used]
        kept += [numpy_helper.from_array(array, name) for name, array in self._constants.items() if name in used]
        del graph.initializer[:]
        graph.initializer.extend(kept)
        if "com.microsoft" not in {entry.domain for entry in self._model.opset_import}:
            self._model.opset_import.append(helper.make_opsetid("com.microsoft", 1))

    def _add(self, operation: str, inputs: list[str], output: str, **how: Any) -> str:
        from onnx import helper

        self._steps.append(helper.make_node(operation, inputs, [output], name=output, **how))
        return output

    def _is_large(self, name: str) -> bool:
        return name in self._weights and int(np.prod(self._weights[name].dims)) >= _LARGE_TABLE

    def _quantize_tokens(self, source: str) -> None:
        """Bytes of an activation with one scale a token; written once for all products that read it.

        What GELU gives is hardly below zero: nearly all bytes go to what is above, which halves the steps.
        """
        from onnx import helper

        at = f"{source}/int8"
        self._quantized.add(source)
        gelu = source in self._of_gelu
        kind, sizes = ("int8_gelu", source) if gelu else ("int8", self._add("Abs", [source], f"{at}/sizes"))
        self._add("ReduceMax", [sizes], f"{at}/largest", axes=[-1], keepdims=1)
        self._add("Mul", [f"{at}/largest", f"{kind}_step"], f"{at}/step")
        self._add("Max", [f"{at}/step", f"{kind}_smallest"], f"{at}/scale")
        self._add("Squeeze", [f"{at}/scale", "int8_outer"], f"{at}/scales")
        self._add("Shape", [f"{at}/scales"], f"{at}/count")
        middle = helper.make_tensor("middle", 2, [1], [_GELU_ZERO_POINT if gelu else _ZERO_POINT])
        self._add("ConstantOfShape", [f"{at}/count"], f"{at}/zero_points", value=middle)
        self._add("QuantizeLinear", [source, f"{at}/scales", f"{at}/zero_points"], f"{at}/bytes", axis=1)

    def _multiply(self, source: str, weights: str, output: str) -> None:
        if source not in self._quantized:
            self._quantize_tokens(source)
        bytes_, scales = _rounded(self._array(self._weights[weights]), axis=0)
        self._constants[f"{weights}/int8"] = bytes_
        self._constants[f"{weights}/scales"] = scales[0]
        zero_point = "int8_gelu_zero_point" if source in self._of_gelu else "int8_zero_point"
        factors = [f"{source}/int8/bytes", f"{weights}/int8", "int8_one", f"{weights}/scales", zero_point]
        self._add("MatMulIntegerToFloat", factors, f"{output}/product", domain="com.microsoft")
        self._add("Mul", [f"{output}/product", f"{source}/int8/scale"], output)

    def _look_up(self, table: str, rows: str, output: str) -> None:
        bytes_, scales = _rounded(self._array(self._weights[table]), axis=1)
        self._constants[f"{table}/int8"] = bytes_
        self._constants[f"{table}/scales"] = scales
        self._add("Gather", [f"{table}/int8", rows], f"{output}/bytes")
        self._add("Cast", [f"{output}/bytes"], f"{output}/numbers", to=1)
        self._add("Gather", [f"{table}/scales", rows], f"{output}/scale")
        self._add("Mul", [f"{output}/numbers", f"{output}/scale"], output)
