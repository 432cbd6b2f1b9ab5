"""axe-core finds nothing on any page: in both schemes, wide and narrow, with a source open."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

LOOKS = (("light", 1280), ("dark", 1280), ("light", 320))
READER_PAGES = (
    "/",
    "/history",
    "/sources?topic=gout",
    "/sources?q=walking",
    "/sources/nass-2011-lumbar-stenosis?start=589&end=839",
    "/sources/nass-2007-lumbar-stenosis",
    "/policy",
    "/verification",
    "/evaluation",
    "/sign-in",
    "/nowhere",
)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Any) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    return [f"{one['id']}: {node['html'][:160]}" for one in found.response["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_on_the_pages_of_readers(open_page: Any, ask: Any, scheme: str, width: int) -> None:
    page = open_page("/", color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.watch.allowed.append("404")
    found = {}
    for path in READER_PAGES:
        page.goto(path)
        found[path] = faults(page)
    page.goto("/")
    page.click(".narrow-down summary")
    found["/ narrowed down"] = faults(page)
    ask(page)
    page.wait_for_selector(".suggested button")
    for one in page.locator("details").all():
        one.evaluate("one => { one.open = true; }")
    found["answer"] = faults(page)
    page.click(".menu summary")
    page.locator(".short .cite").first.click()
    found["answer with a source open"] = faults(page)
    page.locator("[data-panel-close]").click()
    page.fill("#follow-up", "And what are the symptoms?")
    page.click(".follow-up form button >> nth=0")
    page.wait_for_selector(".earlier")
    found["follow-up"] = faults(page)
    assert {where: ones for where, ones in found.items() if ones} == {}


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_on_the_pages_of_the_board(
    open_page: Any, ask: Any, sign_in: Any, scheme: str, width: int
) -> None:
    page = open_page("/", color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    sign_in(page, "ada")
    page.goto("/")
    answer_id = ask(page)
    page.click("text=Submit for review")
    found = {}
    for path in ("/review", "/account", "/admin/accounts", "/admin/audit", f"/review/{answer_id}/1"):
        page.goto(path)
        found[path] = faults(page)
    page.click("text=Take it under review")
    page.wait_for_selector("button[value=approve]")
    for one in page.locator("details").all():
        one.evaluate("one => { one.open = true; }")
    found["under review"] = faults(page)
    assert {where: ones for where, ones in found.items() if ones} == {}


def test_the_skip_link_is_first_and_leads_to_the_content(open_page: Any) -> None:
    page = open_page("/sources")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    assert page.evaluate("document.activeElement.id") == "main"


def test_what_has_the_focus_is_seen(open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page)
    for _ in range(30):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline not in ("none", ""), page.evaluate("document.activeElement.outerHTML")


def test_nothing_moves_where_motion_is_not_wanted(open_page: Any, ask: Any) -> None:
    page = open_page("/", reduced_motion="reduce")
    ask(page)
    page.locator(".short .cite").first.click()
    assert page.evaluate("getComputedStyle(document.querySelector('.panel')).animationName") == "none"
