"""The way from a question to an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.config import DEFAULT_INDEX, Settings
from rag.factory.conversing import privacy_guard
from rag.factory.indexes import build, chunking, encoder_spec, index_folder
from rag.factory.models import composer_of, verifier
from rag.indexing.layout import MANIFEST
from rag.ingestion.corpus_file import corpus_digests, corpus_hash
from rag.types import Progress, no_progress

if TYPE_CHECKING:
    from rag.pipeline import AnswerPipeline
    from rag.serving import LivePipeline


Notice = Callable[[str], None]


def _untold(message: str) -> None:
    """Tell nobody."""


def pipeline(settings: Settings, notice: Notice = _untold) -> AnswerPipeline:
    """The way from a question to an answer over an index that exists and fits the settings.

    Args:
        settings: what is asked for.
        notice: told of identifiers in a question, where it is not refused for them.

    Raises:
        IndexMissingError, IndexMismatchError, IndexBrokenError: the index is not there, does not fit, or is damaged.
        ConfigError: the composer or the verifier cannot be made.
        EntailmentError: as of `entailment_model`.
    """
    from rag.conversation.mentions import Vocabulary
    from rag.conversation.rules import RuleCondenser
    from rag.conversation.several import QuestionSplitter
    from rag.indexing.index import check_fits, open_index
    from rag.models.onnx_encoder import OnnxEncoder
    from rag.pipeline import AnswerPipeline
    from rag.retrieval.evidence_search import EvidenceSearch
    from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever
    from rag.stages import IndexIdentity

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
    manifest, vocabulary = index.manifest, Vocabulary(tuple(index.topics))
    return AnswerPipeline(
        search,
        composer,
        checks,
        IndexIdentity(manifest.name, manifest.fingerprint, manifest.corpus_hash, str(manifest.encoder["name"])),
        question_max_chars=settings.question_max_chars,
        admit=privacy_guard(settings, notice).admit,
        split=QuestionSplitter(RuleCondenser(vocabulary), vocabulary).split,
    )


def ready_pipeline(settings: Settings, notice: Notice, progress: Progress) -> AnswerPipeline:
    """As `pipeline`, after building the default index where there is none yet. Another name must have been built."""
    if not (index_folder(settings) / MANIFEST).exists() and settings.index == DEFAULT_INDEX:
        notice(f"No index '{settings.index}' yet: building it from {settings.corpus_dir} (once, about a minute).")
        build(settings, progress)
    return pipeline(settings, notice)


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
    return LivePipeline(lambda: pipeline(settings, notice), published, notice)
