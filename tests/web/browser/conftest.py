"""A real browser before a real server: the shipped corpus, the real pipeline, and services in memory behind it.

Every page that a test opens is watched: a request to another host, an error in the console, or one that a script
raises fails the test.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from rag.answer import Answer
from rag.config import Settings
from rag.conversation.suggestions import Suggester
from rag.conversation.talk import Talk, cited_passages, numbered_sources
from rag.errors import NotKeptError
from rag.factory import condenser
from rag.ledger.base import StoredConversation, StoredTurn
from rag.rendering.json_format import answer_record
from rag.retrieval.shelf import IndexShelf
from rag.review.base import Waiting
from rag.types import EVERYTHING, Earlier
from rag.web.app import create_app

SEED = (
    "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, sacroiliac joint "
    "dysfunction, or lumbar spinal stenosis?"
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's browser, or the one that Playwright has brought."""
    with sync_playwright() as playwright:
        found = next(
            (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
        )
        try:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Exception as error:
            pytest.skip(f"no browser is found here: install chromium ({str(error).splitlines()[0]})")
        yield browser
        browser.close()


@dataclass
class Watch:
    """What went wrong on the pages of a test."""

    host: str
    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(f"raised: {error.error}"))

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != self.host:
            self.faults.append(f"asked another host: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(one in message.text for one in self.allowed):
            self.faults.append(f"console: {message.text}")


@contextlib.contextmanager
def served(app: Any) -> Generator[str, None, None]:
    """The address of an application that is served on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def open_page(chromium: Browser, site: Any) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site in a browser of its own; `watch` of the page has what may be said on the console."""
    watch, contexts = Watch(urlsplit(site.url).netloc), []

    def opened(path: str = "/", **how: Any) -> Page:
        context = chromium.new_context(
            base_url=site.url, viewport=how.pop("viewport", {"width": 1280, "height": 900}), **how
        )
        context.set_default_timeout(15_000)
        watch.over(context)
        contexts.append(context)
        page = context.new_page()
        page.watch = watch  # type: ignore[attr-defined]
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert watch.faults == []


class LiveTalk:
    """A conversation over the real pipeline, kept in memory; it waits before each step."""

    def __init__(self, site: LiveSite, conversation: Any, owner: str | None, audience: Any, within: Any) -> None:
        self.site, self.conversation, self.owner, self.audience, self.within = (
            site,
            conversation,
            owner,
            audience,
            within,
        )

    def condense(self, question: str) -> Any:
        talk = Talk(self.site.pipeline, self.site.condenser, _Starts(), answer_record, conversation=self.conversation)
        return talk.condense(question)

    def stream(self, question: str, condensed: Any, corrects: int | None = None) -> Any:
        carried = condensed.relation == "follow_up"
        cited = tuple(cited_passages(self.conversation, leaving=corrects)) if carried else ()
        earlier = Earlier(question, numbered_sources(self.conversation), cited)
        for step in self.site.pipeline.stream(condensed.standalone, self.audience, self.within, earlier):
            self.site.before_step()
            if isinstance(step, Answer):
                self._keep(step, condensed, corrects)
            yield step

    def _keep(self, answer: Answer, condensed: Any, corrects: int | None) -> None:
        memory = self.site.desk.memory
        record = json.loads(json.dumps(answer_record(answer)))
        answer_id = memory.keep(self.conversation, record, self.owner)
        number = len(self.conversation.turns) + 1
        turn = StoredTurn(
            number,
            answer.question,
            answer.standalone_question,
            condensed.relation,
            condensed.by,
            record,
            corrects,
            answer_id,
        )
        self.conversation = replace(self.conversation, turns=(*self.conversation.turns, turn))
        memory.conversations[self.conversation.conversation_id] = (self.owner, self.conversation)


class _Starts:
    def start(self) -> StoredConversation:
        return StoredConversation(f"c-{secrets.token_hex(4)}", datetime.now(UTC))


class _NoTrail:
    def entries(self, **_: Any) -> tuple[()]:
        return ()

    def broken_at(self) -> None:
        return None


class LiveSite:
    """The application over the real pipeline."""

    def __init__(self, desk: Any, pipeline: Any, condenser: Any) -> None:
        self.desk, self.pipeline, self.condenser = desk, pipeline, condenser
        self.pause_s = 0.0
        self.fail: Exception | None = None
        shelf = IndexShelf(pipeline.search._index, pipeline.search._retriever)
        desk.board.queue = self._queue
        desk.accounts.all = lambda: tuple(desk.accounts.people.values())
        desk.accounts.tokens = lambda _: ()
        self.services = replace(
            desk.services,
            talk=self._talk,
            shelf=lambda: shelf,
            audit=_NoTrail(),
            suggest=Suggester(pipeline.ask, lambda: shelf),
        )
        self.app = create_app(self.services)
        self.url = ""

    def before_step(self) -> None:
        time.sleep(self.pause_s)
        if self.fail is not None:
            raise self.fail

    def _talk(self, conversation_id: str | None = None, **how: Any) -> LiveTalk:
        owner = how.get("owner")
        conversation = _Starts().start()
        if conversation_id is not None:
            kept_by, conversation = self.desk.memory.conversations.get(conversation_id, (None, None))
            if conversation is None or kept_by != owner:
                raise NotKeptError("there is no such conversation", value=conversation_id)
        return LiveTalk(self, conversation, owner, how.get("audience", "clinician"), how.get("within", EVERYTHING))

    def _queue(self) -> tuple[Waiting, ...]:
        pairs = [(self.services.answers.find(*key), standing) for key, standing in self.desk.board.standings.items()]
        return tuple(Waiting(*pair) for pair in pairs if pair[1].status in ("submitted", "under_review"))

    def quotes(self, answer_id: str) -> list[str]:
        """The cited words of an answer, in the order of reading."""
        record = self.services.answers.find(answer_id).record
        return [one["quote"] for claim in record["short_answer"] for one in claim["citations"]]


@pytest.fixture
def site(desk_with: Any, real_settings: Settings, real_pipeline: Any) -> Iterator[LiveSite]:
    made = LiveSite(
        desk_with(allowed_hosts=("127.0.0.1",)), real_pipeline, condenser(real_settings, lambda: real_pipeline.search)
    )
    with served(made.app) as made.url:
        yield made


@pytest.fixture
def ask(site: LiveSite) -> Callable[..., str]:
    """Asks on the page that is open, and waits for the whole answer; its id."""

    def asked(page: Page, question: str = SEED) -> str:
        page.fill("#question", question)
        page.click("form.ask button[type=submit]")
        page.wait_for_selector(".answer:not(.making)")
        return page.get_attribute(".answer", "data-answer") or ""

    return asked


@pytest.fixture
def sign_in(site: LiveSite) -> Callable[[Page, str], None]:
    def signed_in(page: Page, name: str) -> None:
        page.goto("/sign-in")
        page.fill("#name", name)
        page.fill("#password", f"correct horse {name}")
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "sign-in" not in url)

    return signed_in
