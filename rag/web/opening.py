"""Opens what the application calls, by the settings: the index, the ledger, and what stands on both."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import text
from sqlalchemy.engine import make_url

from rag import factory
from rag.config import Settings
from rag.factory import keeping
from rag.ledger.base import SavedAnswer
from rag.rendering.json_format import answer_record
from rag.types import EVERYTHING, Audience, Progress, SourceFilter, no_progress
from rag.web.rules import web_rules
from rag.web.services import Services

if TYPE_CHECKING:
    from rag.conversation.talk import Talk
    from rag.retrieval.evidence_search import EvidenceSearch
    from rag.review.base import Shelf
    from rag.serving import LivePipeline


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
    rules = web_rules(settings, host, _private_folder(settings))
    answering = factory.live_pipeline(settings, notice, progress)
    opened = _Opened(settings, answering)
    opened.ready()
    return Services(
        talk=opened.talk,
        ask_again=opened.ask_again,
        answers=keeping.answer_store(settings),
        shelf=opened.shelf,
        rechecking=keeping.rechecking(opened.shelf),
        board=keeping.board(settings, opened.shelf),
        accounts=keeping.accounts(settings),
        audit=keeping.audit_trail(settings),
        repeats=keeping.idempotency(settings),
        ready=opened.ready,
        rules=rules,
        suggest=factory.suggester(settings, answering, opened.shelf),
    )


class _Opened:
    """A pipeline and a ledger, and what takes both."""

    def __init__(self, settings: Settings, answering: LivePipeline) -> None:
        self._settings = settings
        self._answering = answering
        self._answers = keeping.answer_store(settings)

    def search(self) -> EvidenceSearch:
        return cast("EvidenceSearch", self._answering.search)

    def shelf(self) -> Shelf:
        return self.search().shelf

    def talk(
        self,
        conversation_id: str | None = None,
        *,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
        owner: str | None = None,
    ) -> Talk:
        return factory.talk(
            self._settings,
            self._answering,
            self.search,
            resume=conversation_id,
            audience=audience,
            within=within,
            owner=owner,
        )

    def ask_again(self, saved: SavedAnswer, *, by: str) -> SavedAnswer:
        answer = self.talk(saved.conversation_id, owner=saved.owner).again(saved)
        return self._answers.add_version(saved.answer_id, json.loads(json.dumps(answer_record(answer))), by=by)

    def ready(self) -> None:
        self._answering.current()
        with keeping.database(self._settings).reading() as session:
            session.execute(text("SELECT 1"))


def _private_folder(settings: Settings) -> Path:
    """Where the server may keep what only it may read: beside a ledger that is a file, else with what is cached."""
    url = make_url(settings.ledger_url)
    is_file = url.get_backend_name() == "sqlite" and url.database
    return Path(str(url.database)).parent if is_file else settings.cache_dir
