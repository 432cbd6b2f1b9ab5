"""Opens what the application calls, by the settings: the index, the ledger, and what stands on both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from rag import factory
from rag.config import Settings
from rag.conversation.again import answer_again
from rag.ledger.base import SavedAnswer
from rag.rendering.json_format import answer_record
from rag.types import EVERYTHING, Audience, Progress, SourceFilter, no_progress
from rag.web.rules import web_rules
from rag.web.services import Services

if TYPE_CHECKING:
    from rag.conversation.talk import Talk
    from rag.retrieval.evidence_search import EvidenceSearch
    from rag.review.base import Shelf


def opened_services(
    settings: Settings, host: str, notice: Callable[[str], None], progress: Progress = no_progress
) -> Services:
    """All services of a server that listens on `host`. The default index is built where there is none.

    Unless RAG_PHI says otherwise, questions that identify a person are refused: what is asked here is kept, and may
    be read by others.

    Raises:
        ConfigError: a setting is not safe on that address, or does not fit.
        RagError: the index or the ledger cannot be opened.
    """
    if settings.phi is None:
        settings = settings.model_copy(update={"phi": "refuse"})
    rules = web_rules(settings, host, factory.secret_folder(settings))
    answering = factory.live_pipeline(settings, notice, progress)
    raise NotImplementedError(rules, answering)


__all__ = ["EVERYTHING", "Audience", "EvidenceSearch", "SavedAnswer", "Shelf", "SourceFilter", "Talk", "answer_again"]
_ = (answer_record, cast)
