"""txtai, as its first page has it: `Embeddings(content=True)`, `index`, `save`, `load`, `search`; FAISS behind it."""

from __future__ import annotations

from pathlib import Path

from txtai import Embeddings

from eval.bench.systems.command import LIMIT, Search, read_change, read_passages, run_system


def _load(store: Path) -> Embeddings:
    embeddings = Embeddings()
    embeddings.load(str(store))
    return embeddings


class Txtai:
    """Cosine by FAISS (exact up to 5,000 passages by its own rule); texts in SQLite."""

    packages = ("txtai", "faiss-cpu", "transformers", "torch")

    def build(self, model: str, texts: Path, store: Path) -> None:
        """Embed (which normalises by default) and save."""
        embeddings = Embeddings(path=model, content=True, backend="faiss")
        embeddings.index([(passage.passage_id, passage.text) for passage in read_passages(texts)])
        embeddings.save(str(store))

    def update(self, model: str, texts: Path, store: Path) -> None:
        """Its own way: delete by id, upsert, save."""
        old_ids, added = read_change(texts)
        embeddings = _load(store)
        embeddings.delete(old_ids)
        embeddings.upsert([(passage.passage_id, passage.text) for passage in added])
        embeddings.save(str(store))

    def open(self, model: str, texts: Path, store: Path) -> Search:
        """Load and search."""
        embeddings = _load(store)
        return lambda question: [str(found["id"]) for found in embeddings.search(question, LIMIT)]


if __name__ == "__main__":
    run_system(Txtai())
