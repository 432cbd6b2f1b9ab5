"""LangChain with FAISS, as its page on the FAISS vector store has it: `from_texts`, `save_local`, `load_local`."""

from __future__ import annotations

from pathlib import Path

import sentence_transformers  # noqa: F401 - LangChain imports it late, and imports are not counted as work
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings

from eval.bench.systems.command import LIMIT, Search, read_change, read_passages, run_system


def _embeddings(model: str) -> HuggingFaceEmbeddings:
    return HuggingFaceEmbeddings(model_name=model, encode_kwargs={"normalize_embeddings": True})


def _load(model: str, store: Path) -> FAISS:
    # Its saved form has a pickle in it, which it asks to be trusted.
    return FAISS.load_local(str(store), _embeddings(model), allow_dangerous_deserialization=True)


class LangChain:
    """FAISS's exact index over unit vectors; texts and ids in LangChain's in-memory store."""

    packages = ("langchain-community", "langchain-huggingface", "faiss-cpu", "sentence-transformers", "torch")

    def build(self, model: str, texts: Path, store: Path) -> None:
        """Embed and save."""
        passages = read_passages(texts)
        ids = [passage.passage_id for passage in passages]
        FAISS.from_texts([passage.text for passage in passages], _embeddings(model), ids=ids).save_local(str(store))

    def update(self, model: str, texts: Path, store: Path) -> None:
        """Its own way: delete by id, add, save."""
        old_ids, added = read_change(texts)
        index = _load(model, store)
        index.delete(old_ids)
        index.add_texts([passage.text for passage in added], ids=[passage.passage_id for passage in added])
        index.save_local(str(store))

    def open(self, model: str, texts: Path, store: Path) -> Search:
        """Load and search."""
        index = _load(model, store)
        return lambda question: [str(found.id) for found in index.similarity_search(question, k=LIMIT)]


if __name__ == "__main__":
    run_system(LangChain())
