"""A real browser before a real server: the shipped corpus, the real pipeline, and a ledger on disk behind it.

Every page that a test opens is watched: a request to another host, an error in the console, or one that a script
raises fails the test.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from rag.config import Settings
from rag.factory import build
from rag.web.app import create_app
from rag.web.opening import opened_services

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
def open_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site in a browser of its own; `watch` of the page has what may be said on the console."""
    changes = "changing_site" in request.fixturenames
    site: LiveSite = request.getfixturevalue("changing_site" if changes else "site")
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


class WatchedTalk:
    """A conversation that waits before each step, and fails where it is told to."""

    def __init__(self, site: LiveSite, inner: Any) -> None:
        self._site, self._inner = site, inner

    @property
    def conversation(self) -> Any:
        return self._inner.conversation

    def condense(self, question: str) -> Any:
        return self._inner.condense(question)

    def stream(self, *asked: Any) -> Generator[Any, None, None]:
        with contextlib.closing(self._inner.stream(*asked)) as steps:
            for step in steps:
                time.sleep(self._site.pause_s)
                if self._site.fail is not None:
                    raise self._site.fail
                yield step


class LiveSite:
    """The application as `rag serve` opens it, over a ledger of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pause_s = 0.0
        self.fail: Exception | None = None
        opened = opened_services(settings, "127.0.0.1", lambda _: None)
        self._talk = opened.talk
        rules = replace(opened.rules, asks_per_minute=10_000)
        self.services = replace(opened, talk=self._watched, rules=rules)
        self.app = create_app(self.services)
        self.url = ""
        for name, role in (("rita", "reader"), ("vera", "reviewer"), ("ada", "admin")):
            shown = f"Dr {name.title()}"
            self.services.accounts.add(name, role, shown_name=shown, password=password_of(name), by="console")  # type: ignore[arg-type]

    def _watched(self, *which: Any, **how: Any) -> Any:
        return WatchedTalk(self, self._talk(*which, **how))

    def quotes(self, answer_id: str) -> list[str]:
        """The cited words of the short answer, in the order of reading."""
        record = self.services.answers.find(answer_id).record
        return [one["quote"] for claim in record["short_answer"] for one in claim["citations"]]

    def change_source(self, source_id: str, before: str, after: str) -> None:
        """Change words of a source, and build the index anew."""
        path = next(self.settings.corpus_dir.glob(f"*/{source_id}.md"))
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")
        build(self.settings)


def password_of(name: str) -> str:
    return f"correct horse {name}"


@pytest.fixture
def site(real_settings: Settings, tmp_path: Path) -> Iterator[LiveSite]:
    made = LiveSite(real_settings.model_copy(update={"ledger_url": f"sqlite:///{tmp_path / 'ledger.sqlite'}"}))
    with served(made.app) as made.url:
        yield made


@pytest.fixture
def changing_site(real_settings: Settings, tmp_path: Path) -> Iterator[LiveSite]:
    """A site with a corpus and an index of its own, which a test may change."""
    shutil.copytree(real_settings.corpus_dir, tmp_path / "corpus")
    shutil.copytree(real_settings.indexes_dir, tmp_path / "indexes")
    own = {
        "ledger_url": f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        "corpus_dir": tmp_path / "corpus",
        "indexes_dir": tmp_path / "indexes",
    }
    made = LiveSite(real_settings.model_copy(update=own))
    with served(made.app) as made.url:
        yield made


@pytest.fixture
def ask() -> Callable[..., str]:
    """Asks on the page that is open, and waits for the whole answer; its id."""

    def asked(page: Page, question: str = SEED) -> str:
        page.fill("#question", question)
        page.click("form.ask button[type=submit]")
        page.wait_for_selector(".answer:not(.making)")
        return page.get_attribute(".answer", "data-answer") or ""

    return asked


@pytest.fixture
def sign_in() -> Callable[[Page, str], None]:
    """Signs in on the page for it."""

    def signed_in(page: Page, name: str) -> None:
        page.goto("/sign-in")
        page.fill("#name", name)
        page.fill("#password", password_of(name))
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "sign-in" not in url)

    return signed_in
