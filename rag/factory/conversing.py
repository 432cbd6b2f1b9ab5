"""Conversations: what rewrites follow-ups, what keeps the turns, and what guards the door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.factory.keeping import conversation_store
from rag.factory.models import chat_model
from rag.types import EVERYTHING, Audience, SourceFilter

if TYPE_CHECKING:
    from rag.conversation.base import Condenser
    from rag.conversation.talk import Answering, Talk
    from rag.privacy.guard import PrivacyGuard
    from rag.retrieval.evidence_search import EvidenceSearch


def uses_chat_model(settings: Settings) -> bool:
    """Whether questions asked under these settings are sent to a chat model."""
    return settings.model_name is not None and "model" in (settings.chosen_composer, settings.verifier)


def privacy_guard(settings: Settings, notice: Callable[[str], None]) -> PrivacyGuard:
    """What admits questions: by RAG_PHI, else refusing where a remote chat model is used and warning elsewhere."""
    from rag.privacy.guard import PrivacyGuard, is_remote

    if not uses_chat_model(settings):
        return PrivacyGuard(settings.phi or "warn", "no other machine", notice)
    remote = is_remote(settings.model_base_url)
    where = f"the model server {settings.model_base_url or 'of OpenAI'}"
    return PrivacyGuard(settings.phi or ("refuse" if remote else "warn"), where, notice)


def fetch_guard(settings: Settings, notice: Callable[[str], None]) -> PrivacyGuard:
    """What admits queries to the literature server: as `privacy_guard` for a remote model, by where that server
    stands."""
    from rag.privacy.guard import PrivacyGuard, is_remote

    remote = is_remote(settings.pubmed_url)
    return PrivacyGuard(settings.phi or ("refuse" if remote else "warn"), settings.pubmed_url, notice)


def condenser(settings: Settings, search: Callable[[], EvidenceSearch]) -> Condenser:
    """What makes follow-ups stand alone: the chat model where the composer is one, checked; else rules.

    Args:
        settings: what is asked for.
        search: gives the search over the index in use: its topics are names of conditions.
    """
    from rag.conversation.mentions import Vocabulary
    from rag.conversation.rules import RuleCondenser

    vocabulary = Vocabulary(search().topics)
    rules = RuleCondenser(vocabulary, _CurrentSubjects(search))
    if settings.chosen_composer != "model":
        return rules
    from rag.conversation.language_model import LanguageModelCondenser

    chat = chat_model(settings, "the model composer")
    return LanguageModelCondenser(chat, rules, vocabulary, max_chars=settings.question_max_chars)


class _CurrentSubjects:
    """The subjects of the index in use, which may change under a program that runs on."""

    def __init__(self, search: Callable[[], EvidenceSearch]) -> None:
        self._search = search

    def near(self, text: str) -> frozenset[str]:
        return self._search().subjects.near(text)

    def speak_of(self, phrase: str, topics: frozenset[str]) -> bool:
        return self._search().subjects.speak_of(phrase, topics)


def talk(
    settings: Settings,
    answering: Answering,
    search: Callable[[], EvidenceSearch],
    *,
    resume: str | None = None,
    forget: bool = False,
    audience: Audience = "clinician",
    within: SourceFilter = EVERYTHING,
    owner: str | None = None,
) -> Talk:
    """A conversation over a pipeline.

    Args:
        settings: what is asked for.
        answering: the pipeline.
        search: gives its search.
        resume: the id of a conversation to go on with, or "last"; None: a new one.
        forget: keep nothing.
        audience: who reads.
        within: the sources that may be searched.
        owner: whose conversation it is; None: the command line's.

    Raises:
        NotKeptError: the conversation to go on with is not there, or another owner's.
    """
    from rag.conversation.talk import Forgetful, Talk
    from rag.rendering.json_format import answer_record

    kept = conversation_store(settings, owner)
    conversation = kept.read(None if resume == "last" else resume) if resume is not None else None
    store = Forgetful(kept.start) if forget else kept
    return Talk(
        answering,
        condenser(settings, search),
        store,
        answer_record,
        conversation=conversation,
        audience=audience,
        within=within,
    )
