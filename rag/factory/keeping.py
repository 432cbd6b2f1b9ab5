"""What is kept: saved answers, accounts, reviews and the audit trail, all in one database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from rag.config import Settings

if TYPE_CHECKING:
    from rag.accounts.base import Accounts
    from rag.ledger.base import AnswerStore, AuditTrail, ConversationStore, FindingStore, IdempotencyStore
    from rag.ledger.database import Database
    from rag.retrieval.shelf import IndexShelf
    from rag.review.base import Board, Rechecking, Shelf


def database(settings: Settings) -> Database:
    """The ledger's database, opened on first use; the same one for the same address."""
    return _database(settings.ledger_url)


@cache
def _database(url: str) -> Database:
    from rag.ledger.database import Database

    return Database(url)


def conversation_store(settings: Settings, owner: str | None = None) -> ConversationStore:
    """What keeps the conversations of an owner; None: those of the command line."""
    from rag.ledger.conversations import Conversations

    return Conversations(database(settings), owner)


def answer_store(settings: Settings) -> AnswerStore:
    """What keeps saved answers."""
    from rag.ledger.answers import Answers

    return Answers(database(settings))


def audit_trail(settings: Settings) -> AuditTrail:
    """What was done, by whom."""
    from rag.ledger.trail import Trail

    return Trail(database(settings))


def findings(settings: Settings) -> FindingStore:
    """What rechecks found."""
    from rag.ledger.findings import Findings

    return Findings(database(settings))


def idempotency(settings: Settings) -> IdempotencyStore:
    """What keeps the keys of requests that may come twice."""
    from rag.ledger.repeats import Repeats

    return Repeats(database(settings))


def accounts(settings: Settings) -> Accounts:
    """Who can sign in."""
    from rag.accounts.doorkeeper import LedgerAccounts

    return LedgerAccounts(
        database(settings),
        session_max=timedelta(hours=settings.session_max_hours),
        session_idle=timedelta(minutes=settings.session_idle_minutes),
    )


def models_in_use(settings: Settings) -> Mapping[str, str | None]:
    """The names of what answers under these settings, which an approval is bound to."""
    return {
        "encoder": settings.encoder,
        "verifier": settings.verifier,
        "composer": settings.chosen_composer,
        "model": settings.model_name if "model" in (settings.chosen_composer, settings.verifier) else None,
    }


def board(settings: Settings, shelf: Callable[[], Shelf]) -> Board:
    """What signs answers off.

    Args:
        settings: what is asked for.
        shelf: gives what the index in use holds.
    """
    from rag.review.board import LedgerBoard

    return LedgerBoard(database(settings), shelf, lambda: models_in_use(settings))


def rechecking(shelf: Callable[[], Shelf]) -> Rechecking:
    """What tells whether an answer's evidence is what it was."""
    from rag.review.staleness import ShelfRechecking

    return ShelfRechecking(shelf)


def shelf(settings: Settings) -> IndexShelf:
    """The sources of the index that the settings name, searched by words alone: no encoder is loaded."""
    from rag.factory.indexes import index_folder
    from rag.indexing.index import open_index
    from rag.retrieval.retrievers import LexicalRetriever
    from rag.retrieval.shelf import IndexShelf

    index = open_index(index_folder(settings))
    return IndexShelf(index, LexicalRetriever(index))
