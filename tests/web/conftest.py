"""An application over services that live in memory: a scripted talk, and stores that are lists."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag.accounts.base import Account, IssuedToken, OpenedSession, Role
from rag.answer import Answer, Citation, Claim, ClaimHeld, ClaimShown, Provenance, Reference, Verdict
from rag.conversation.base import Condensed
from rag.errors import NotKeptError, QuestionError, RepeatedKeyError, ReviewError, SignInError
from rag.ledger.base import SavedAnswer, StoredConversation, StoredTurn
from rag.pipeline import Step
from rag.rendering.json_format import answer_record
from rag.review.base import Comment, Standing
from rag.types import Notice, Passage, Sentence, Source
from rag.web.app import create_app
from rag.web.security.cookies import session_cookie
from rag.web.services import Services, WebRules

NOW = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
SOURCE = Source("knee-2020", "guideline", "Pain of the imaginary knee", 2020, "current", topics=("knee",))
CONCERN = Notice("expression-of-concern", "2021", "the figures are doubted")
PAPER = Source(
    "trial-2019",
    "research",
    "A trial of rest",
    2019,
    "current",
    authors="A. Author",
    topics=("knee",),
    superseded_by=("trial-2022",),
    notices=(CONCERN,),
)
TEXT = "Knee pain is relieved by rest. The Board recommends 15 mg of alphacaine daily."
PASSAGE = Passage("knee-2020#0", "knee-2020", "guideline", "Findings", 0, 78, TEXT, (Sentence(0, 30), Sentence(31, 78)))
CLAIM = Claim(
    "c1",
    "recommendation",
    "Knee pain is relieved by rest.",
    None,
    (Citation(1, "knee-2020", "knee-2020#0", 0, 30, TEXT[:30]),),
    Verdict("full", "the sentence says it", "scripted/1"),
)


def scripted_answer(asked: str, standalone: str, audience: Any = "clinician") -> Answer:
    provenance = Provenance(
        "small", "0" * 64, "1" * 64, "letters", "extractive", None, "scripted/1", NOW.isoformat(timespec="seconds"), "0"
    )
    return Answer(
        outcome="answer",
        question=asked,
        standalone_question=standalone,
        audience=audience,
        short_answer=(CLAIM,),
        guidelines=(CLAIM,),
        research=(),
        agreement=(),
        not_found=(),
        withheld=(),
        left_out=(),
        references=(Reference(1, SOURCE),),
        status="not_reviewed",
        provenance=provenance,
    )


@dataclass
class Memory:
    """Everything that is kept, and what the next question meets on its way."""

    conversations: dict[str, tuple[str | None, StoredConversation]] = field(default_factory=dict)
    versions: dict[str, list[SavedAnswer]] = field(default_factory=dict)
    on_step: Callable[[int], None] = lambda _: None
    closed: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def keep(self, conversation: StoredConversation, record: Mapping[str, Any], owner: str | None) -> str:
        number = next(self.numbers)
        answer_id = f"a{number}-{secrets.token_hex(4)}"
        made = NOW + timedelta(seconds=number)
        turn = len(conversation.turns) + 1
        saved = SavedAnswer(answer_id, 1, 1, record, made, conversation.conversation_id, turn, owner)
        self.versions[answer_id] = [saved]
        return answer_id


class ScriptedTalk:
    """A conversation whose every question has the same answer."""

    def __init__(self, memory: Memory, conversation: StoredConversation, owner: str | None, audience: Any) -> None:
        self._memory, self._owner, self._audience = memory, owner, audience
        self.conversation = conversation

    def condense(self, question: str) -> tuple[str, Condensed]:
        asked = " ".join(question.split())
        if not any(letter.isalpha() for letter in asked):
            raise QuestionError("the question has no words in it", mend="ask in words")
        return asked, Condensed(asked, "follow_up" if self.conversation.turns else "first", "rules")

    def stream(self, question: str, condensed: Condensed, corrects: int | None = None) -> Generator[Step, None, None]:
        ended = False
        try:
            self._memory.on_step(0)
            yield ClaimShown("guidelines", CLAIM, (SOURCE,))
            self._memory.on_step(1)
            yield ClaimHeld("research", "the figure is not in the sentence")
            self._memory.on_step(2)
            answer = scripted_answer(question, condensed.standalone, self._audience)
            self._keep(answer_record(answer), condensed, corrects)
            yield answer
            ended = True
        finally:
            self._memory.closed += not ended

    def _keep(self, record: dict[str, Any], condensed: Condensed, corrects: int | None) -> None:
        answer_id = self._memory.keep(self.conversation, record, self._owner)
        number = len(self.conversation.turns) + 1
        turn = StoredTurn(
            number,
            record["question"],
            condensed.standalone,
            condensed.relation,
            condensed.by,
            record,
            corrects,
            answer_id,
        )
        self.conversation = replace(self.conversation, turns=(*self.conversation.turns, turn))
        self._memory.conversations[self.conversation.conversation_id] = (self._owner, self.conversation)


class ListedAnswers:
    def __init__(self, memory: Memory) -> None:
        self._versions = memory.versions

    def find(self, answer_id: str, version: int | None = None) -> SavedAnswer:
        found = self._versions.get(answer_id, [])
        if not found or (version is not None and version > len(found)):
            raise NotKeptError("there is no such answer", value=answer_id)
        return replace(found[(version or len(found)) - 1], latest=len(found))

    def add_version(self, answer_id: str, record: Mapping[str, Any], *, by: str) -> SavedAnswer:
        last = self.find(answer_id)
        self._versions[answer_id].append(replace(last, version=last.version + 1, record=record))
        return self.find(answer_id)

    def versions(self, answer_id: str) -> tuple[SavedAnswer, ...]:
        return tuple(self._versions[answer_id])

    def history(self, owner: str | None, *, limit: int = 50, before: datetime | None = None) -> tuple[SavedAnswer, ...]:
        newest = [self.find(answer_id) for answer_id in self._versions]
        mine = [one for one in newest if one.owner == owner and (before is None or one.made_at < before)]
        return tuple(sorted(mine, key=lambda one: one.made_at, reverse=True)[:limit])

    def everything(self) -> Iterator[SavedAnswer]:
        return (self.find(answer_id) for answer_id in self._versions)


class ListedAccounts:
    """Accounts of which the password is "correct horse " and the name."""

    def __init__(self) -> None:
        self.people: dict[str, Account] = {}
        self.sessions: dict[str, str] = {}
        self.issued: dict[str, str] = {}
        self.vouched: list[tuple[str, str, str, Role]] = []
        for name, role in (("rita", "reader"), ("vera", "reviewer"), ("ada", "admin")):
            self.people[name] = Account(f"id-{name}", name, name.title(), role, False, NOW)  # type: ignore[arg-type]

    def named(self, name: str) -> Account:
        return self.people[name]

    def sign_in(self, name: str, password: str, *, address: str) -> tuple[Account, OpenedSession]:
        if name not in self.people or password != f"correct horse {name}":
            raise SignInError("name or password is wrong")
        return self.people[name], self.open(name)

    def sign_in_as(
        self, issuer: str, subject: str, *, name: str, shown_name: str, role: Role
    ) -> tuple[Account, OpenedSession]:
        self.vouched.append((issuer, subject, name, role))
        self.people[name] = Account(f"id-{subject}", name, shown_name, role, False, NOW, issuer, subject)
        return self.people[name], self.open(name)

    def open(self, name: str) -> OpenedSession:
        secret = secrets.token_urlsafe(32)
        self.sessions[secret] = name
        return OpenedSession(secret, datetime.now(UTC) + timedelta(hours=1))

    def of_session(self, secret: str) -> Account | None:
        return self._able(self.sessions.get(secret))

    def sign_out(self, secret: str) -> None:
        self.sessions.pop(secret, None)

    def issue_token(self, account_id: str, label: str, *, days: int) -> IssuedToken:
        secret = secrets.token_urlsafe(32)
        self.issued[secret] = account_id.removeprefix("id-")
        return IssuedToken("t1", label, secret, NOW + timedelta(days=days))

    def of_token(self, secret: str) -> Account | None:
        return self._able(self.issued.get(secret))

    def _able(self, name: str | None) -> Account | None:
        account = self.people.get(name or "")
        return None if account is None or account.disabled else account


class ListedBoard:
    def __init__(self) -> None:
        self.standings: dict[tuple[str, int], Standing] = {}

    def standing(self, answer: SavedAnswer) -> Standing:
        return self.standings.get((answer.answer_id, answer.version), Standing("not_reviewed"))

    def _move(self, answer: SavedAnswer, by: Account, before: tuple[str, ...], after: Any) -> Standing:
        now = self.standing(answer)
        if now.status not in before:
            raise ReviewError(f"this answer is {now.status}")
        moved = replace(now, status=after, by=by.shown_name, at=NOW)
        self.standings[answer.answer_id, answer.version] = moved
        return moved

    def submit(self, answer: SavedAnswer, by: Account) -> Standing:
        return self._move(answer, by, ("not_reviewed", "returned"), "submitted")

    def take(self, answer: SavedAnswer, by: Account) -> Standing:
        return self._move(answer, by, ("submitted",), "under_review")

    def approve(self, answer: SavedAnswer, by: Account, remark: str = "") -> Standing:
        return self._move(answer, by, ("under_review",), "approved")

    def give_back(self, answer: SavedAnswer, by: Account, remark: str) -> Standing:
        if not remark:
            raise ReviewError("say why")
        return self._move(answer, by, ("under_review",), "returned")

    def comment(self, answer: SavedAnswer, by: Account, text: str, claim_id: str | None = None) -> Comment:
        now = self._move(answer, by, ("under_review",), "under_review")
        comment = Comment(len(now.comments) + 1, claim_id, text, by.shown_name, NOW)
        self.standings[answer.answer_id, answer.version] = replace(now, comments=(*now.comments, comment))
        return comment


class SmallShelf:
    fingerprint = "0" * 64

    def sources(self) -> tuple[Source, ...]:
        return (SOURCE, PAPER)

    def source(self, source_id: str) -> Source | None:
        return next((one for one in self.sources() if one.source_id == source_id), None)

    def text(self, source_id: str) -> str | None:
        return TEXT if source_id == "knee-2020" else None

    def passages(self, source_id: str) -> tuple[Passage, ...]:
        return (PASSAGE,) if source_id == "knee-2020" else ()

    def passage(self, passage_id: str) -> Passage | None:
        return PASSAGE if passage_id == PASSAGE.passage_id else None

    def find(self, words: str, *, kind: Any = None, topic: Any = None, limit: int = 20) -> tuple[Passage, ...]:
        return (PASSAGE,) if any(word in TEXT.lower() for word in words.lower().split()) else ()


class ListedRepeats:
    """A request of the digest "*" is like any other."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], list[Any]] = {}

    def begin(self, key: str, owner: str, request_digest: str) -> str | None:
        if (owner, key) not in self.kept:
            self.kept[owner, key] = [request_digest, None]
            return None
        digest, answer_id = self.kept[owner, key]
        if digest not in (request_digest, "*"):
            raise RepeatedKeyError("another request was made under this key", under_way=False)
        if answer_id is None:
            raise RepeatedKeyError("it is still being answered", under_way=True)
        return str(answer_id)

    def finish(self, key: str, owner: str, answer_id: str) -> None:
        self.kept[owner, key][1] = answer_id

    def abandon(self, key: str, owner: str) -> None:
        del self.kept[owner, key]


class NothingStale:
    def stale(self, record: Mapping[str, Any]) -> tuple[()]:
        return ()


@dataclass
class Desk:
    """An application and what is behind it."""

    services: Services
    memory: Memory
    accounts: ListedAccounts
    board: ListedBoard
    repeats: ListedRepeats

    @property
    def app(self) -> FastAPI:
        self._app: FastAPI = getattr(self, "_app", None) or create_app(self.services)
        return self._app

    def client(self, **how: Any) -> TestClient:
        how = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50000)} | how
        return TestClient(self.app, **how)

    def session_of(self, name: str) -> dict[str, str]:
        """The cookie of someone who has signed in."""
        return {session_cookie(self.services.rules): self.accounts.open(name).secret}

    def token_of(self, name: str) -> dict[str, str]:
        """The header of someone who has a token."""
        return {"Authorization": f"Bearer {self.accounts.issue_token(f'id-{name}', 'test', days=1).secret}"}


RULES = WebRules(
    sign_in="none",
    public=False,
    secret="x" * 40,
    secure_cookies=False,
    allowed_hosts=("127.0.0.1", "localhost", "testserver"),
    asks_per_minute=100_000,
    body_max_bytes=20_000,
    answer_timeout_s=10.0,
    body_timeout_s=0.5,
)


def desk_of(**rules: Any) -> Desk:
    memory, accounts, board, repeats = Memory(), ListedAccounts(), ListedBoard(), ListedRepeats()
    answers = ListedAnswers(memory)

    def talk(conversation_id: str | None = None, **how: Any) -> ScriptedTalk:
        owner = how.get("owner")
        if conversation_id is None:
            conversation = StoredConversation(f"20260304-{secrets.token_hex(3)}", NOW)
        else:
            kept_by, conversation = memory.conversations.get(conversation_id, (None, None))  # type: ignore[assignment]
            if conversation is None or kept_by != owner:
                raise NotKeptError("there is no such conversation", value=conversation_id)
        return ScriptedTalk(memory, conversation, owner, how.get("audience", "clinician"))

    def ask_again(saved: SavedAnswer, *, by: str) -> SavedAnswer:
        return answers.add_version(saved.answer_id, saved.record, by=by)

    services = Services(
        talk=talk,  # type: ignore[arg-type]
        ask_again=ask_again,
        answers=answers,
        shelf=SmallShelf,
        rechecking=NothingStale(),
        board=board,  # type: ignore[arg-type]
        accounts=accounts,  # type: ignore[arg-type]
        audit=None,  # type: ignore[arg-type]
        repeats=repeats,
        ready=lambda: None,
        rules=replace(RULES, **rules),
    )
    return Desk(services, memory, accounts, board, repeats)


@pytest.fixture
def desk() -> Desk:
    return desk_of()


@pytest.fixture
def desk_with() -> Callable[..., Desk]:
    return desk_of


@pytest.fixture
def run_async() -> Callable[[Callable[[], Any]], Any]:
    """Runs a coroutine in a loop of its own, beside the one that a browser's driver may keep in this thread."""

    def run(begin: Callable[[], Any]) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(anyio.run, begin).result(60)

    return run
