"""Takes the pictures of docs/screenshots (`make screenshots`), over a ledger that is thrown away.

Needs the index `default` (`make index`) and a browser.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from rag.config import load_settings
from rag.web.app import create_app
from rag.web.opening import opened_services

SEED = (
    "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, sacroiliac joint "
    "dysfunction, or lumbar spinal stenosis?"
)
LOOKS = (("wide", 1280, 900), ("narrow", 390, 844))
PASSWORD = "a picture of a desk"  # noqa: S105 -- of accounts in a ledger that is thrown away
MOST_BYTES = 200_000
TOP = {"x": 0, "y": 0, "width": 1280, "height": 2050}
"""Of the page of an answer: down to where the halves agree."""


def served(folder: Path) -> tuple[uvicorn.Server, Any]:
    """A server on a port of its own, and what it serves."""
    settings = load_settings(ledger_url=f"sqlite:///{folder / 'ledger.sqlite'}", composer="extractive")
    services = opened_services(settings, "127.0.0.1", lambda _: None)
    server = uvicorn.Server(uvicorn.Config(create_app(services), port=0, log_config=None))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return server, services


def save(page: Page, path: Path, **how: Any) -> None:
    """A picture in few colours, so that the repository stays small."""
    picture = Image.open(io.BytesIO(page.screenshot(**how))).convert("RGB")
    for colours in (256, 128, 64, 32):
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return
    path.unlink()
    raise SystemExit(f"{path} is larger than {MOST_BYTES} bytes")


def ask(page: Page) -> None:
    page.goto("/")
    page.fill("#question", SEED)
    page.click("form.ask button[type=submit]")
    page.wait_for_selector(".suggested button")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("scrollTo(0, 0)")


def take_answer(browser: Browser, url: str, folder: Path) -> None:
    """The answer to the seed question with a source open, in each look and scheme; and its upper part, wide."""
    for name, width, height in LOOKS:
        for scheme in ("light", "dark"):
            context = browser.new_context(
                base_url=url, viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            ask(page)
            if (name, scheme) == ("wide", "light"):
                save(page, folder / "answer-halves.png", full_page=True, clip=TOP)
            page.locator(".short .cite").first.click()
            save(page, folder / f"answer-{name}-{scheme}.png")
            context.close()


def take_desk(browser: Browser, url: str, folder: Path) -> None:
    """The review desk, with an answer that has been taken and remarked on."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#name", "reviewer")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    ask(page)
    page.click("text=Submit for review")
    page.click("text=Open on the review desk")
    page.click("text=Take it under review")
    remark = page.locator(".judged").first
    remark.locator("summary").click()
    remark.locator("textarea").fill("Both cited sentences name walking as what brings the pain on. Agreed.")
    remark.locator("form button").click()
    page.wait_for_selector("[data-theme-toggle]")
    page.evaluate("scrollTo(0, 0)")
    save(page, folder / "review-desk.png")
    context.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as ledger, sync_playwright() as playwright:
        server, services = served(Path(ledger))
        services.accounts.add("reviewer", "reviewer", shown_name="A reviewer", password=PASSWORD, by="console")
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        take_answer(browser, url, folder)
        take_desk(browser, url, folder)
        browser.close()
        server.should_exit = True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
