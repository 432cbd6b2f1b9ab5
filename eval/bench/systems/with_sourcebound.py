"""Sourcebound: the command `rag index build` by its own entry point, and the hybrid search that an answer begins with.

Corpus, index and the other settings come from the environment, as for the command itself. `ask` and `serve` only
search, so that they compare with the peers; the whole of `rag ask` is timed apart.
"""

from __future__ import annotations

from pathlib import Path

from eval.bench.systems.command import LIMIT, Search, run_system
from rag.cli import rag
from rag.console import run


class Sourcebound:
    """Both rankings, by vector and by words, fused."""

    packages = ("sourcebound", "faiss-cpu", "onnxruntime", "bm25s")

    def build(self, model: str, texts: Path, store: Path) -> None:
        """`rag index build`: every sentence is embedded too, the lexical index written, the encoder exported."""
        run(rag, ["index", "build"])

    def update(self, model: str, texts: Path, store: Path) -> None:
        """The same command."""
        self.build(model, texts, store)

    def open(self, model: str, texts: Path, store: Path) -> Search:
        """Open the index and search it, of both kinds."""
        from rag.config import load_settings
        from rag.factory import index_folder
        from rag.indexing.index import open_index
        from rag.models.onnx_encoder import OnnxEncoder
        from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever
        from rag.types import SourceFilter

        index = open_index(index_folder(load_settings()))
        dense = DenseRetriever(index, OnnxEncoder(index.encoder_folder))
        retriever = FusedRetriever(index, dense, LexicalRetriever(index))
        return lambda question: [hit.passage.passage_id for hit in retriever.search(question, SourceFilter(), LIMIT)]


if __name__ == "__main__":
    run_system(Sourcebound())
