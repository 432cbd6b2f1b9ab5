"""Indexes, and the corpus they are built from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.config import Settings
from rag.indexing.layout import MANIFEST, Manifest, read_manifest
from rag.ingestion.corpus_file import corpus_digests, corpus_hash, read_corpus_file
from rag.text import lexicon_fingerprint
from rag.types import Document, Passage, Progress, no_progress

if TYPE_CHECKING:
    from rag.curation.adding import Adder
    from rag.curation.pubmed import PubMedClient
    from rag.indexing.builder import Built, Recipe
    from rag.indexing.difference import Difference
    from rag.indexing.gathering import Offered
    from rag.indexing.soundness import Soundness
    from rag.ingestion.readers.base import Reader
    from rag.models.encoder_spec import EncoderSpec


_LOADED_MEANWHILE = ("rag.ingestion.chunking", "onnxruntime", "tokenizers", "faiss")
_SPLITTER = "langchain RecursiveCharacterTextSplitter at sentence ends (sentencex)"


def chunking(settings: Settings) -> dict[str, Any]:
    """The settings that make passages, as a manifest records them."""
    return {
        "splitter": _SPLITTER,
        "passage_chars": settings.passage_chars,
        "embedded_text": "title. heading. passage",
        "lexicon": lexicon_fingerprint(),
    }


def index_folder(settings: Settings, name: str | None = None) -> Path:
    """Where an index lies."""
    return settings.indexes_dir / (name or settings.index)


def passages_of(document: Document, settings: Settings) -> list[Passage]:
    """The passages of a document under these settings."""
    from rag.ingestion.chunking import chunk

    return chunk(document, max_chars=settings.passage_chars)


def offered_sources(settings: Settings, digests: Sequence[tuple[Path, str]]) -> list[Offered]:
    """The sources of some corpus files for a build, each with its file's hash, read only when asked for."""
    from rag.indexing.gathering import Offered

    def reading(path: Path) -> Callable[[], tuple[Document, list[Passage]]]:
        def read() -> tuple[Document, list[Passage]]:
            document = read_corpus_file(path)
            return document, passages_of(document, settings)

        return read

    return [Offered(path.stem, digest, reading(path)) for path, digest in digests]


def encoder_spec(settings: Settings) -> EncoderSpec:
    """What the settings ask of the encoder."""
    from rag.models.encoder_spec import EncoderSpec

    return EncoderSpec(
        name=settings.encoder,
        query_name=settings.query_encoder,
        query_prompt=settings.query_prompt,
        document_prompt=settings.document_prompt,
        dimension=settings.encoder_dimension,
        runtime=settings.encoder_runtime,
        pooling=settings.encoder_pooling,
    )


def recipe(settings: Settings, digests: Sequence[tuple[Path, str]], progress: Progress = no_progress) -> Recipe:
    """What makes an index of some corpus files under these settings."""
    from rag.indexing.builder import Recipe
    from rag.models.encoder_process import EncoderProcess

    return Recipe(
        maker=EncoderProcess(encoder_spec(settings), progress),
        corpus_hash=corpus_hash(digests),
        chunking=chunking(settings),
        factory=settings.index_kind,
    )


def build(settings: Settings, progress: Progress = no_progress, *, anew: bool = False) -> Built:
    """Build and publish the index that the settings name from the corpus, taking over what has not changed."""
    from rag.indexing.builder import build_index

    with ThreadPoolExecutor(1) as pool:
        # What a changed source needs takes a while to load: meanwhile corpus, model and old index are hashed.
        pool.map(import_module, _LOADED_MEANWHILE)
        digests = corpus_digests(settings.corpus_dir)
        offered, made = offered_sources(settings, digests), recipe(settings, digests, progress)
        return build_index(index_folder(settings), offered, made, anew=anew, progress=progress)


def compare(settings: Settings) -> Difference:
    """What `build` would do."""
    from rag.indexing.difference import difference

    digests = corpus_digests(settings.corpus_dir)
    return difference(index_folder(settings), offered_sources(settings, digests), recipe(settings, digests))


def verify(settings: Settings, sample: int | None, progress: Progress = no_progress) -> Soundness:
    """Check every byte of the index that the settings name, and that its vectors come out again."""
    from rag.indexing.soundness import check_soundness
    from rag.models.onnx_encoder import OnnxEncoder

    return check_soundness(index_folder(settings), OnnxEncoder, sample=sample, progress=progress)


def manifests(settings: Settings) -> list[Manifest]:
    """The manifests of all indexes, by name."""
    if not settings.indexes_dir.is_dir():
        return []
    folders = sorted(path for path in settings.indexes_dir.iterdir() if path.is_dir() and path.name[0] != ".")
    return [read_manifest(folder) for folder in folders if (folder / MANIFEST).exists()]


def adder(settings: Settings, **how: Any) -> Adder:
    """What adds sources to the corpus; `how` goes to `Adder`."""
    from rag.curation.adding import Adder
    from rag.curation.identities import known_identities

    return Adder(settings.corpus_dir, known_identities(settings.corpus_dir), **how)


def reader(path: Path, settings: Settings, field_map: Mapping[str, str] | None = None) -> Reader:
    """The reader of a file, by what is in it."""
    from rag.ingestion.readers.formats import reader_for

    return reader_for(path, max_bytes=settings.file_max_mb * 2**20, field_map=field_map)


def pubmed_client(settings: Settings) -> PubMedClient:
    """The client of the literature server that the settings name."""
    from rag.curation.pubmed import PubMedClient

    return PubMedClient(
        settings.pubmed_url,
        cache_dir=settings.cache_dir,
        api_key=settings.ncbi_key(),
        tool="sourcebound",
        email=settings.pubmed_email,
    )
