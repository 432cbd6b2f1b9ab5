"""All that the web application calls, opened once. It receives these and no settings of retrieval or composition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rag.accounts.base import Accounts
from rag.conversation.talk import Talk
from rag.ledger.base import AnswerStore, AuditTrail, IdempotencyStore, SavedAnswer
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


class AsksAgain(Protocol):
    """Answers the question of a saved answer anew, from the index of today."""

    def __call__(self, saved: SavedAnswer, *, by: str) -> SavedAnswer:
        """The newer version, kept. Errors as of `AnswerPipeline.ask`, and NotKeptError."""


def no_suggestions(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Suggest nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class OpenIdRules:
    """Who vouches for people, by OpenID Connect.

    Args:
        issuer: its address, under which the discovery document is found.
        client_id: what it knows this program as.
        client_secret: shared with it.
        scopes: what is asked for, with spaces between.
        groups_claim: the claim that lists a person's groups.
        reviewer_group: makes a reviewer of its members; None: nobody becomes one so.
        admin_group: makes an administrator of its members; None: nobody becomes one so.
        shown_name: what the button says.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = "openid profile"
    groups_claim: str = "groups"
    reviewer_group: str | None = None
    admin_group: str | None = None
    shown_name: str = "OpenID Connect"


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
        answer_timeout_s: the longest time for one answer, with the time it waits for its turn.
        asks_at_once: how many answers are worked on at one time; more wait for their turn.
        body_timeout_s: the longest time in which the body of a request must have come.
        openid: who vouches for people; None: they sign in with a password alone.
    """

    sign_in: str
    public: bool
    secret: str = field(repr=False)
    secure_cookies: bool
    allowed_hosts: tuple[str, ...]
    asks_per_minute: int
    body_max_bytes: int
    answer_timeout_s: float
    asks_at_once: int = 4
    body_timeout_s: float = 10.0
    openid: OpenIdRules | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """What pages and interface call. `shelf` gives that of the index in use at the moment; `suggest` further questions
    to the record of an answer, each of which has been found to be answered."""

    talk: OpensTalks
    ask_again: AsksAgain
    answers: AnswerStore
    shelf: Callable[[], Shelf]
    rechecking: Rechecking
    board: Board
    accounts: Accounts
    audit: AuditTrail
    repeats: IdempotencyStore
    ready: Callable[[], None]
    rules: WebRules
    suggest: Callable[[Mapping[str, Any]], tuple[str, ...]] = no_suggestions
