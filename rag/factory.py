"""Settings -> objects: the only place where concrete classes are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.composition.base import Composer
from rag.composition.extractive import ExtractiveComposer
from rag.config import DEFAULT_INDEX, Settings
from rag.errors import ConfigError
from rag.indexing.layout import Manifest, read_manifest
from rag.ingestion.corpus_file import corpus_hash, read_corpus
from rag.pipeline import AnswerPipeline, IndexIdentity
from rag.text import lexicon_fingerprint
from rag.types import Document, Passage, Progress, no_progress

if TYPE_CHECKING:
    from rag.curation.adding import Adder
    from rag.curation.pubmed import PubMedClient
    from rag.ingestion.readers.base import Reader

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


def build(settings: Settings, progress: Progress = no_progress) -> Manifest:
    """Read the corpus, cut it, embed it, and publish the index that the settings name."""
    from rag.indexing.builder import build_index
    from rag.models.sentence_encoder import SentenceTransformerEncoder

    documents = read_corpus(settings.corpus_dir)
    progress("reading the corpus", len(documents), len(documents))
    passages = [passage for document in documents for passage in passages_of(document, settings)]
    progress("loading the encoder", 0, 1)
    encoder = SentenceTransformerEncoder(settings.encoder, progress=progress)
    progress("loading the encoder", 1, 1)
    return build_index(
        index_folder(settings),
        documents,
        passages,
        encoder,
        corpus_hash=corpus_hash(settings.corpus_dir),
        chunking=chunking(settings),
        progress=progress,
    )


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


def manifests(settings: Settings) -> list[Manifest]:
    """The manifests of all indexes, by name."""
    if not settings.indexes_dir.is_dir():
        return []
    folders = sorted(path for path in settings.indexes_dir.iterdir() if path.is_dir() and path.name[0] != ".")
    return [read_manifest(folder) for folder in folders]


def composer_of(settings: Settings) -> Composer:
    """The composer that the settings ask for.

    Raises:
        ConfigError: the model composer without a model.
    """
    if settings.chosen_composer == "extractive":
        return ExtractiveComposer()
    if settings.model_name is None:
        raise ConfigError(
            "the model composer needs a model",
            mend="set RAG_MODEL_NAME, and RAG_MODEL_BASE_URL for a server of your own",
        )
    from rag.composition.language_model import LanguageModelComposer
    from rag.models.openai_chat import OpenAIChatModel

    return LanguageModelComposer(
        OpenAIChatModel(
            settings.model_name,
            base_url=settings.model_base_url,
            api_key=settings.api_key(),
            timeout_s=settings.model_timeout_s,
            max_retries=settings.model_max_retries,
        )
    )


def pipeline(settings: Settings) -> AnswerPipeline:
    """The way from a question to an answer over an index that exists and fits the settings.

    Raises:
        IndexMissingError, IndexMismatchError, IndexBrokenError: the index is not there, does not fit, or is damaged.
        ConfigError: the composer cannot be made.
    """
    from rag.indexing.index import check_fits, open_index
    from rag.models.lexical_entailment import LexicalEntailment
    from rag.models.onnx_encoder import OnnxEncoder
    from rag.models.sentence_encoder import DEFAULT_ENCODER, DEFAULT_SHA256
    from rag.retrieval.evidence_search import EvidenceSearch
    from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever
    from rag.verification.verifier import Verifier

    composer = composer_of(settings)
    index = open_index(index_folder(settings))
    check_fits(
        index.manifest,
        encoder_name=settings.encoder,
        encoder_fingerprint=DEFAULT_SHA256 if settings.encoder == DEFAULT_ENCODER else None,
        chunking=chunking(settings),
        corpus_hash=corpus_hash(settings.corpus_dir) if settings.corpus_dir.is_dir() else None,
    )
    dense = DenseRetriever(index, OnnxEncoder(index.encoder_folder))
    search = EvidenceSearch(
        index,
        FusedRetriever([dense, LexicalRetriever(index)]),
        dense,
        {"guideline": settings.guideline_quota, "research": settings.research_quota},
    )
    manifest = index.manifest
    return AnswerPipeline(
        search,
        composer,
        Verifier(LexicalEntailment()),
        IndexIdentity(manifest.name, manifest.fingerprint, manifest.corpus_hash, str(manifest.encoder["name"])),
        question_max_chars=settings.question_max_chars,
    )


Notice = Callable[[str], None]


def ready_pipeline(settings: Settings, notice: Notice, progress: Progress) -> AnswerPipeline:
    """As `pipeline`, after building the default index where there is none yet. Another name must have been built."""
    from rag.indexing.builder import recover

    folder = index_folder(settings)
    recover(folder)
    if not folder.exists() and settings.index == DEFAULT_INDEX:
        notice(f"No index '{settings.index}' yet: building it from {settings.corpus_dir} (once, about a minute).")
        build(settings, progress)
    return pipeline(settings)
