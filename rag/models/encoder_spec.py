"""What is asked of an encoder: which models, which prompts, how many dimensions, which runtime. Loads nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
RuntimeChoice = Literal["auto", "onnx-int8", "onnx-float32", "sentence-transformers"]
Runtime = Literal["onnx-int8", "onnx-float32", "sentence-transformers"]
Pooling = Literal["mean", "cls", "lasttoken"]

_CPU_FLAGS = Path("/proc/cpuinfo")
_DOT_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni", "asimddp", "i8mm"})
_NUMPY_DOT_PRODUCTS = ("AVX512VNNI", "ASIMDDP")


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """An encoder as the settings ask for it.

    Attributes:
        name: the packaged default, a folder, or a model of the local Hugging Face cache. It encodes documents, and
            queries too where there is no `query_name`.
        query_name: a second model for queries alone, as MedCPT has one.
        query_prompt, document_prompt: put before each text. None: the prompt that the model's own files name.
        dimension: keep this many leading dimensions (Matryoshka models). None: all.
        runtime: what computes document vectors. `auto` is onnx-int8 where the processor multiplies bytes in one
            step, else onnx-float32. Queries are always computed by ONNX Runtime.
        pooling: for a folder without modules.json, which does not say how token vectors become one. None: the mean,
            as in sentence-transformers, but the first token for a model named MedCPT, which was trained so.
    """

    name: str = DEFAULT_ENCODER
    query_name: str | None = None
    query_prompt: str | None = None
    document_prompt: str | None = None
    dimension: int | None = None
    runtime: RuntimeChoice = "auto"
    pooling: Pooling | None = None

    @property
    def resolved_runtime(self) -> Runtime:
        """The runtime on this machine."""
        if self.runtime != "auto":
            return self.runtime
        return "onnx-int8" if multiplies_bytes() else "onnx-float32"

    def settings(self) -> dict[str, Any]:
        """The settings by their names, with their values as asked."""
        return {
            "RAG_ENCODER": self.name,
            "RAG_QUERY_ENCODER": self.query_name,
            "RAG_QUERY_PROMPT": self.query_prompt,
            "RAG_DOCUMENT_PROMPT": self.document_prompt,
            "RAG_ENCODER_DIMENSION": self.dimension,
            "RAG_ENCODER_POOLING": self.pooling,
            "RAG_ENCODER_RUNTIME": self.runtime,
        }

    def difference(self, description: Mapping[str, Any]) -> tuple[str, Any, Any] | None:
        """The first setting that an encoder described in a manifest was not made with: its name, asked, found.

        Needs no model on this machine. The runtime `auto` fits an encoder of any runtime.
        """
        found: Mapping[str, Any] = description.get("settings", {})
        for name, asked in self.settings().items():
            if name == "RAG_ENCODER_RUNTIME":
                if asked not in {"auto", description.get("runtime")}:
                    return name, asked, description.get("runtime")
            elif asked != found.get(name):
                return name, asked, found.get(name)
        return None


def multiplies_bytes() -> bool:
    """Whether the processor has a dot product of 8-bit integers (VNNI on x86, DotProd on Arm).

    Without it, int8 is hardly faster than float32, and on x86 its 16-bit sums can overflow.
    """
    try:
        text = _CPU_FLAGS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    flags = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    if flags:
        return not _DOT_PRODUCTS.isdisjoint(flags[1].split())
    features = import_module("numpy._core._multiarray_umath").__cpu_features__
    return any(features.get(name, False) for name in _NUMPY_DOT_PRODUCTS)
