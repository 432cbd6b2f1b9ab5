"""The way from a question to an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rag.config import DEFAULT_INDEX, Settings
from rag.factory.indexes import build, chunking, encoder_spec, index_folder
from rag.factory.models import composer_of, verifier
from rag.indexing.layout import MANIFEST
from rag.ingestion.corpus_file import corpus_digests, corpus_hash
from rag.types import Kind, Progress, SourceFilter, no_progress

if TYPE_CHECKING:
    from rag.conversation.base import Condenser
    from rag.pipeline import AnswerPipeline
    from rag.serving import LivePipeline


Notice = Callable[[str], None]


def pipeline(settings: Settings) -> AnswerPipeline:
    """The way from a question to an answer over an index that exists and fits the settings.

    Raises:
        IndexMissingError, IndexMismatchError, IndexBrokenError: the index is not there, does not fit, or is damaged.
        ConfigError: the composer or the verifier cannot be made.
        EntailmentError: as of `entailment_model`.
    """
    from rag.indexing.index import check_fits, open_index
    from rag.models.onnx_encoder import OnnxEncoder
    from rag.pipeline import AnswerPipeline, IndexIdentity
    from rag.retrieval.evidence_search import EvidenceSearch
    from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever

    composer, checks = composer_of(settings), verifier(settings)
    index = open_index(index_folder(settings))
    check_fits(
        index.manifest,
        encoder=encoder_spec(settings),
        chunking=chunking(settings),
        corpus_hash=corpus_hash(corpus_digests(settings.corpus_dir)) if settings.corpus_dir.is_dir() else None,
    )
    dense = DenseRetriever(index, OnnxEncoder(index.encoder_folder))
    search = EvidenceSearch(
        index,
        FusedRetriever(index, dense, LexicalRetriever(index)),
        dense,
        {"guideline": settings.guideline_quota, "research": settings.research_quota},
    )
    manifest = index.manifest
    return AnswerPipeline(
        search,
        composer,
        checks,
        IndexIdentity(manifest.name, manifest.fingerprint, manifest.corpus_hash, str(manifest.encoder["name"])),
        question_max_chars=settings.question_max_chars,
    )


def ranker(settings: Settings) -> Callable[[str, Kind, int], Sequence[tuple[str, str]]]:
    """What ranks the citable passages of one kind for a text: (passage id, source id), best first, up to a limit."""
    from rag.indexing.index import open_index
    from rag.models.onnx_encoder import OnnxEncoder
    from rag.retrieval.eligibility import left_out
    from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever

    index = open_index(index_folder(settings))
    dense = DenseRetriever(index, OnnxEncoder(index.encoder_folder))
    retriever = FusedRetriever(index, dense, LexicalRetriever(index))

    def rank(text: str, kind: Kind, limit: int) -> list[tuple[str, str]]:
        hits = retriever.search(text, SourceFilter(kind=kind), limit * 4 + 20)
        sources = [(hit.passage.passage_id, hit.passage.source_id) for hit in hits]
        return [pair for pair in sources if left_out(index.sources[pair[1]], index.sources) is None][:limit]

    return rank


def condenser(settings: Settings) -> Condenser:
    """What makes follow-up questions stand alone over the index that the settings name."""
    from rag.conversation.mentions import Vocabulary
    from rag.conversation.rules import RuleCondenser
    from rag.indexing.index import open_index
    from rag.models.onnx_encoder import OnnxEncoder
    from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever
    from rag.retrieval.subjects import SourceSubjects

    index = open_index(index_folder(settings))
    dense = DenseRetriever(index, OnnxEncoder(index.encoder_folder))
    subjects = SourceSubjects(index, FusedRetriever(index, dense, LexicalRetriever(index)))
    return RuleCondenser(Vocabulary(index.topics), subjects)


def ready_pipeline(settings: Settings, notice: Notice, progress: Progress) -> AnswerPipeline:
    """As `pipeline`, after building the default index where there is none yet. Another name must have been built."""
    if not (index_folder(settings) / MANIFEST).exists() and settings.index == DEFAULT_INDEX:
        notice(f"No index '{settings.index}' yet: building it from {settings.corpus_dir} (once, about a minute).")
        build(settings, progress)
    return pipeline(settings)


def live_pipeline(settings: Settings, notice: Notice, progress: Progress = no_progress) -> LivePipeline:
    """As `ready_pipeline`, for programs that run on: it changes to a newly published index without a restart."""
    from rag.serving import LivePipeline

    manifest = index_folder(settings) / MANIFEST

    def published() -> tuple[int, int] | None:
        try:
            found = manifest.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    ready_pipeline(settings, notice, progress)
    return LivePipeline(lambda: pipeline(settings), published, notice)
