"""Makes encoders: finds one on this machine, writes the copy that an index carries, checks it, and opens it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import EncoderError
from rag.models.base import Encoder, EncoderMaker, Vectors
from rag.models.encoder_files import EncoderFiles, find_encoder
from rag.models.encoder_spec import EncoderSpec, Runtime
from rag.models.onnx_encoder import DESCRIPTION, FORMAT, OnnxEncoder
from rag.models.sentence_encoder import SentenceTransformerEncoder
from rag.types import Progress, no_progress

_STAGE = "exporting the encoder"
_LARGEST_DISTANCE: dict[Runtime, float] = {
    "onnx-int8": 0.25,
    "onnx-float32": 2e-4,
    "sentence-transformers": 2e-4,
}
_PROBES = (
    "walking",
    "Pain relieved by sitting or bending forward, 95% CI 0.60 to 0.85.",
    "Is methotrexate 15 mg once weekly safe in an adult with polymyalgia rheumatica and an eGFR of 45 mL/min?",
    "Prednisolone was tapered by 1 mg every four weeks; 12 of 80 patients relapsed. " * 4,
    "word " * 600,
)


def encoder_maker(spec: EncoderSpec, progress: Progress = no_progress) -> EncoderMaker:
    """The maker of an encoder. Loads no model: files are found and hashed.

    Args:
        spec: what is asked.
        progress: told when models are loaded, written and checked.

    Raises:
        EncoderError: a model is not on this machine, or its weights are missing or refused.
    """
    return _Maker(spec, find_encoder(spec), progress)


class _Maker:
    def __init__(self, spec: EncoderSpec, files: EncoderFiles, progress: Progress) -> None:
        self._files = files
        self._progress = progress
        self.fingerprint = files.fingerprint
        self.description: Mapping[str, Any] = {
            "name": spec.name,
            "query_name": spec.query_name,
            "fingerprint": files.fingerprint,
            "dimension": files.dimension,
            "runtime": files.runtime,
            "query_prompt": files.queries.prompt,
            "document_prompt": files.documents.prompt,
            "settings": spec.settings(),
        }

    def export(self, folder: Path) -> None:
        from rag.models.encoder_export import export_side, prompt_tokens

        folder.mkdir(parents=True, exist_ok=True)
        files, reference = self._files, SentenceTransformerEncoder(self._files)
        self._progress(_STAGE, 0, 3)
        # The reference path computes documents itself; questions still need a graph, of the same precision.
        runtime: Runtime = "onnx-float32" if files.runtime == "sentence-transformers" else files.runtime
        queries = export_side(reference.query_model, files.queries, files.dimension, runtime, folder / "queries")
        self._progress(_STAGE, 1, 3)
        skipped = {prompt_tokens(reference.query_model, side.prompt) for side in (files.queries, files.documents)}
        if files.queries.folder == files.documents.folder and len(skipped) == 1:
            documents = queries | {"prompt": files.documents.prompt}
        else:
            documents = export_side(
                reference.document_model, files.documents, files.dimension, runtime, folder / "documents"
            )
        content = {"format": FORMAT, **self.description, "queries": queries, "documents": documents}
        (folder / DESCRIPTION).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        self._progress(_STAGE, 2, 3)
        _check(OnnxEncoder(folder), reference, files.runtime)
        self._progress(_STAGE, 3, 3)

    def abandon(self) -> None:
        """An export in this process cannot be ended."""

    def open(self, folder: Path) -> Encoder:
        carried = OnnxEncoder(folder)
        if carried.fingerprint != self.fingerprint:
            raise EncoderError(
                "the folder carries another encoder", value=f"{folder}: {carried.name}", mend="rag index build"
            )
        if self._files.runtime == "sentence-transformers":
            return _ReferenceWithCarriedQueries(SentenceTransformerEncoder(self._files), carried)
        return carried


class _ReferenceWithCarriedQueries:
    """Documents by sentence-transformers, queries by the carried graph, as an index of this runtime is asked."""

    def __init__(self, reference: SentenceTransformerEncoder, carried: OnnxEncoder) -> None:
        self.name, self.fingerprint, self.dimension = carried.name, carried.fingerprint, carried.dimension
        self.encode_queries = carried.encode_queries
        self.encode_documents = reference.encode_documents


def _check(carried: Encoder, reference: SentenceTransformerEncoder, runtime: Runtime) -> None:
    """Refuse a copy whose vectors are not near those of the reference."""
    for ways in (
        (carried.encode_queries, reference.encode_queries),
        (carried.encode_documents, reference.encode_documents),
    ):
        copied, wanted = (_unit_rows(way(_PROBES), carried.dimension) for way in ways)
        distance = float(np.linalg.norm(copied - wanted, axis=1).max())
        if not distance <= _LARGEST_DISTANCE[runtime]:
            mend = "set RAG_ENCODER_RUNTIME=onnx-float32" if runtime == "onnx-int8" else None
            raise EncoderError(
                f"the exported encoder does not reproduce the vectors of {carried.name}",
                value=f"distance {distance:.2g}, at most {_LARGEST_DISTANCE[runtime]} is allowed",
                mend=mend,
            )


def _unit_rows(vectors: Vectors, dimension: int) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1)
    if vectors.shape != (len(_PROBES), dimension) or not np.allclose(lengths, 1, atol=1e-3):
        raise EncoderError(
            "the encoder's vectors are not as its files say", value=f"{vectors.shape}, not {dimension} long"
        )
    return vectors
