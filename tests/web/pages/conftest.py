"""The pages over services that live in memory; and over the answers of the shipped corpus."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from rag.accounts.base import Account, KeptToken
from rag.errors import SignInError
from rag.ledger.base import AuditEntry, StoredConversation, StoredTurn
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record
from rag.retrieval.shelf import IndexShelf
from rag.review.base import Stale, Waiting
from rag.types import Passage, Sentence, Source
from rag.web.app import create_app

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SEED = (
    "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, sacroiliac joint "
    "dysfunction, or lumbar spinal stenosis?"
)


@dataclass
class Trail:
    """An audit trail that is a list."""

    kept: list[AuditEntry] = field(default_factory=list)
    broken: int | None = None

    def entries(self, *, subject: str | None = None, limit: int = 200) -> tuple[AuditEntry, ...]:
        return tuple(one for one in reversed(self.kept) if subject in (None, one.subject))[:limit]

    def broken_at(self) -> int | None:
        return self.broken


@dataclass
class Reasons:
    """Says what it was told to say of every record."""

    stale_now: tuple[Stale, ...] = ()

    def stale(self, record: Mapping[str, Any]) -> tuple[Stale, ...]:
        return self.stale_now


@dataclass
class ShelfOf:
    """A shelf of a few sources with one passage each."""

    texts: dict[str, tuple[Source, str]]
    fingerprint: str = "0" * 64

    def sources(self) -> list[Source]:
        return [source for source, _ in self.texts.values()]

    def source(self, source_id: str) -> Source | None:
        return self.texts[source_id][0] if source_id in self.texts else None

    def text(self, source_id: str) -> str | None:
        return self.texts[source_id][1] if source_id in self.texts else None

    def passages(self, source_id: str) -> tuple[Passage, ...]:
        if source_id not in self.texts:
            return ()
        source, text = self.texts[source_id]
        whole = Sentence(0, len(text))
        return (Passage(f"{source_id}#1", source_id, source.kind, "Findings", 0, len(text), text, (whole,)),)

    def passage(self, passage_id: str) -> Passage | None:
        return next(iter(self.passages(passage_id.split("#", maxsplit=1)[0])), None)

    def find(self, words: str, *, kind: Any = None, topic: Any = None, limit: int = 20) -> list[Passage]:
        found = [self.passages(source_id)[0] for source_id in self.texts]
        return [one for one in found if any(word in one.text.lower() for word in words.lower().split())][:limit]


class Site:
    """An application with its pages, and what is behind it."""

    def __init__(self, desk: Any, **services: Any) -> None:
        self.desk = desk
        self.trail, self.reasons = Trail(), Reasons()
        accounts, board = desk.accounts, desk.board
        accounts.all = lambda: tuple(accounts.people.values())
        accounts.tokens = self._tokens
        accounts.revoke_token = lambda account_id, token_id: accounts.issued.clear()
        accounts.change = self._change
        board.queue = self._queue
        given: dict[str, Any] = {"audit": self.trail, "rechecking": self.reasons} | services
        self.services = replace(desk.services, **given)
        self.app = create_app(self.services)

    def _tokens(self, account_id: str) -> tuple[KeptToken, ...]:
        issued = [name for name in self.desk.accounts.issued.values() if f"id-{name}" == account_id]
        return tuple(KeptToken("t1", "laptop", NOW, NOW + timedelta(days=90), None) for _ in issued)

    def _change(self, name: str, *, by: str, disabled: bool | None = None, **_: Any) -> Account:
        people = self.desk.accounts.people
        people[name] = replace(people[name], disabled=bool(disabled))
        return people[name]

    def _queue(self) -> tuple[Waiting, ...]:
        waiting = []
        for (answer_id, version), standing in self.desk.board.standings.items():
            if standing.status in ("submitted", "under_review"):
                waiting.append(Waiting(self.services.answers.find(answer_id, version), standing))
        return tuple(waiting)

    def keep(self, record: Mapping[str, Any], owner: str | None = None) -> str:
        """Keep a record as the first turn of a conversation; its answer id."""
        memory = self.desk.memory
        conversation = StoredConversation(f"c{len(memory.conversations)}", NOW)
        stored = json.loads(json.dumps(record))
        answer_id: str = memory.keep(conversation, stored, owner)
        turn = StoredTurn(
            1, record["question"], record["standalone_question"], "first", "asker", stored, None, answer_id
        )
        memory.conversations[conversation.conversation_id] = (owner, replace(conversation, turns=(turn,)))
        return answer_id

    def reader(self, name: str | None = None) -> Reader:
        """A browser without scripts; with a name, someone who has signed in."""
        client = TestClient(self.app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))
        if name:
            client.cookies.update(self.desk.session_of(name))
        return Reader(client)


class Reader:
    """Asks for pages, and sends their forms with the token that stands in them."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page = ""
        self.status = 0
        self.path = ""

    def get(self, path: str) -> str:
        return self._took(self.client.get(path))

    def send(self, path: str, /, **fields: Any) -> str:
        """Send a form of the page last seen."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page) or re.search(
            r'name="csrf" content="([^"]+)"', self.page
        )
        assert found, "the page has no token"
        return self._took(self.client.post(path, data=fields | {"csrf_token": found[1]}))

    def _took(self, response: Any) -> str:
        self.page, self.status, self.path = response.text, response.status_code, response.url.path
        self.headers = response.headers
        return self.page


@pytest.fixture
def site_of(desk_with: Callable[..., Any]) -> Callable[..., Site]:
    """Makes a site; rules and services can be put in the place of the usual ones."""

    def made(rules: Mapping[str, Any] | None = None, **services: Any) -> Site:
        return Site(desk_with(**(rules or {})), **services)

    return made


@pytest.fixture
def site(site_of: Callable[..., Site]) -> Site:
    return site_of()


@pytest.fixture(scope="session")
def seed_record(real_pipeline: AnswerPipeline) -> dict[str, Any]:
    """The record of the answer to the seed question, from the shipped corpus."""
    return dict(json.loads(json.dumps(answer_record(real_pipeline.ask(SEED)))))


@pytest.fixture(scope="session")
def real_shelf(real_pipeline: AnswerPipeline) -> IndexShelf:
    search: Any = real_pipeline.search
    return IndexShelf(search._index, search._retriever)


@pytest.fixture
def seeded(site_of: Callable[..., Site], seed_record: dict[str, Any], real_shelf: IndexShelf) -> tuple[Site, str]:
    """A site on whose shelf the shipped corpus stands, and the id of the seed question's answer."""
    site = site_of(shelf=lambda: real_shelf)
    return site, site.keep(seed_record)


@pytest.fixture
def shelf_of() -> type[ShelfOf]:
    return ShelfOf


@pytest.fixture
def locked() -> SignInError:
    return SignInError("locked", retry_after_s=125.0)
