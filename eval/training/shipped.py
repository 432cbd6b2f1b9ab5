"""The weights of a finished network, read back from the int8 graph that ships, so that it can be taught on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

_PREFIX = "_network."
_BYTES, _SCALES = "/int8", "/scales"


def shipped_weights(graph: Path) -> dict[str, torch.Tensor]:
    """All weights by their names in the network, float32; what was rounded to int8 comes back rounded.

    Of a network that was never taught some are missing: tensors that are equal, as its biases are, are written once.

    Raises:
        OSError: the graph cannot be read.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(graph)).graph
    stored = {one.name: numpy_helper.to_array(one) for one in model.initializer}
    found = {
        name.removeprefix(_PREFIX): torch.tensor(values)
        for name, values in stored.items()
        if name.startswith(_PREFIX) and not name.endswith((_BYTES, _SCALES))
    }

    def whole(name: str) -> NDArray[np.float32]:
        return np.asarray(stored[name + _BYTES].astype(np.float32) * stored[name + _SCALES], np.float32)

    for name in stored:
        if name.startswith(_PREFIX) and name.endswith(_BYTES):
            plain = name.removesuffix(_BYTES)
            found[plain.removeprefix(_PREFIX)] = torch.tensor(whole(plain))
    for node in model.node:
        if node.op_type == "MatMulIntegerToFloat":
            weight = next(one for one in node.input if one.endswith(_BYTES) and one in stored).removesuffix(_BYTES)
            layer = node.output[0].removeprefix(f"/{_PREFIX[:-1]}/").split("/MatMul")[0].replace("/", ".")
            found[f"{layer}.weight"] = torch.tensor(whole(weight)).T.contiguous()
    return found
