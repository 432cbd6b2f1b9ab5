"""Makes the system that a run asks, from the settings; the only place of `eval` that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.datasets import Item
from eval.execution import System, import_answers, run_suite
from eval.run_folder import read_documents
from rag.config import Settings, load_settings
from rag.types import Document, Progress


def corpus_documents(settings: Settings) -> dict[str, Document]:
    """The corpus by source."""
    from rag.ingestion.corpus_file import read_corpus

    return {document.source.source_id: document for document in read_corpus(settings.corpus_dir)}


def imported(items: Sequence[Item], answers: Path, out: Path, *, name: str, documents: Path | None) -> int:
    """Make a run of another system's answers; how many there are. Errors as of `import_answers`."""
    known = corpus_documents(load_settings()) | (read_documents(documents) if documents else {})
    return import_answers(items, answers, out, name=name, documents=known)


def ran(
    items: Sequence[Item], out: Path, how: Mapping[str, Any], notice: Callable[[str], None], progress: Progress
) -> int:
    """Run the questions through the system that `how` names; how many there are."""
    from rag.factory import index_folder
    from rag.indexing.layout import read_manifest

    settings = load_settings(composer=how["composer"], verifier=how["verifier"], index=how["index"])
    system = _system(settings, how, notice, progress)
    about = {
        "composer": settings.chosen_composer,
        "model": settings.model_name,
        "verifier": settings.verifier,
        "index_fingerprint": read_manifest(index_folder(settings)).fingerprint,
        "guideline_quota": settings.guideline_quota,
        "research_quota": settings.research_quota,
        "audience": how["audience"],
        "every_audience": how["every_audience"],
    }
    run_suite(
        items,
        system,
        out,
        settings=about,
        documents=corpus_documents(settings),
        workers=how["workers"],
        progress=progress,
    )
    return len(items)


def _system(settings: Settings, how: Mapping[str, Any], notice: Callable[[str], None], progress: Progress) -> System:
    from eval.systems import QuotingBaseline, Sourcebound
    from rag.factory import index_folder, ready_pipeline

    pipeline = ready_pipeline(settings, notice, progress)
    if how["system"] == "sourcebound":
        return Sourcebound(pipeline, audience=how["audience"], every_audience=how["every_audience"])
    from rag.indexing.index import open_index
    from rag.models.onnx_encoder import OnnxEncoder
    from rag.retrieval.retrievers import DenseRetriever

    index = open_index(index_folder(settings))
    dense = DenseRetriever(index, OnnxEncoder(index.encoder_folder))
    return QuotingBaseline(index, dense, citing="block" if how["system"] == "baseline-block" else "each")
