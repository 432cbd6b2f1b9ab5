"""All that the web application calls, opened once. It receives these and no settings of retrieval or composition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rag.accounts.base import Accounts
from rag.conversation.talk import Talk
from rag.ledger.base import AnswerStore, AuditTrail
from rag.review.base import Board, Rechecking, Shelf
from rag.types import EVERYTHING, Audience, SourceFilter


class OpensTalks(Protocol):
    """Begins conversations and goes on with them."""

    def __call__(
        self,
        conversation_id: str | None = None,
        *,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
        owner: str | None = None,
    ) -> Talk:
        """A new conversation, or the one of an id as it stands; its turns are kept under `owner`.

        Raises:
            NotKeptError: there is no such conversation, or it is another owner's.
        """


@dataclass(frozen=True, slots=True)
class WebRules:
    """What the application holds its visitors to.

    Args:
        sign_in: "none": anyone may ask and read, reviewing needs an account; "required": all need one.
        public: the address that is listened on can be reached from other machines.
        secret: signs cookies; at least 32 bytes.
        secure_cookies: they are sent by HTTPS alone.
        allowed_hosts: host names that requests may bear.
        asks_per_minute: of one visitor.
        body_max_bytes: of one request.
        answer_timeout_s: the longest time for one answer.
    """

    sign_in: str
    public: bool
    secret: str
    secure_cookies: bool
    allowed_hosts: tuple[str, ...]
    asks_per_minute: int
    body_max_bytes: int
    answer_timeout_s: float


@dataclass(frozen=True, slots=True)
class Services:
    """What pages and interface call. `shelf` gives that of the index in use at the moment."""

    talk: OpensTalks
    answers: AnswerStore
    shelf: Callable[[], Shelf]
    rechecking: Rechecking
    board: Board
    accounts: Accounts
    audit: AuditTrail
    ready: Callable[[], None]
    rules: WebRules
