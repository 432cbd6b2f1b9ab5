"""LlamaIndex with FAISS, as its page on the FAISS vector store has it: `VectorStoreIndex`, `persist`, load.

Of its two FAISS stores this takes `FaissMapVectorStore`, because the plain one cannot delete. The passages go in as
ready nodes, so that it cuts nothing itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissMapVectorStore

from eval.bench.systems.command import LIMIT, Search, Text, read_change, read_passages, run_system

DIMENSION = 384


def _nodes(passages: list[Text]) -> list[TextNode]:
    return [TextNode(id_=passage.passage_id, text=passage.text) for passage in passages]


def _load(model: str, store: Path) -> Any:
    vectors = FaissMapVectorStore.from_persist_dir(str(store))
    storage = StorageContext.from_defaults(vector_store=vectors, persist_dir=str(store))
    return load_index_from_storage(storage, embed_model=HuggingFaceEmbedding(model_name=model))


class LlamaIndex:
    """FAISS's exact index over unit vectors; texts in LlamaIndex's document store."""

    packages = (
        "llama-index-core",
        "llama-index-vector-stores-faiss",
        "llama-index-embeddings-huggingface",
        "faiss-cpu",
        "sentence-transformers",
        "torch",
    )

    def build(self, model: str, texts: Path, store: Path) -> None:
        """Embed (which normalises by default) and save."""
        vectors = FaissMapVectorStore(faiss_index=faiss.IndexIDMap2(faiss.IndexFlatL2(DIMENSION)))
        index = VectorStoreIndex(
            _nodes(read_passages(texts)),
            storage_context=StorageContext.from_defaults(vector_store=vectors),
            embed_model=HuggingFaceEmbedding(model_name=model),
        )
        index.storage_context.persist(str(store))

    def update(self, model: str, texts: Path, store: Path) -> None:
        """Its own way: delete the nodes, insert the new ones, save."""
        old_ids, added = read_change(texts)
        index = _load(model, store)
        index.delete_nodes(old_ids, delete_from_docstore=True)
        index.insert_nodes(_nodes(added))
        index.storage_context.persist(str(store))

    def open(self, model: str, texts: Path, store: Path) -> Search:
        """Load and search."""
        retriever = _load(model, store).as_retriever(similarity_top_k=LIMIT)
        return lambda question: [found.node.node_id for found in retriever.retrieve(question)]


if __name__ == "__main__":
    run_system(LlamaIndex())
