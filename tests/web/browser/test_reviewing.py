"""A board signs an answer off, and what it signed changes."""

from __future__ import annotations

from typing import Any

NASS = "According to NASS, symptomatic lumbar spinal stenosis causes buttock pain, leg pain or fatigue"


def test_an_answer_is_approved_and_loses_that_when_its_source_changes(
    changing_site: Any, open_page: Any, ask: Any, sign_in: Any
) -> None:
    site = changing_site
    reader = open_page("/")
    sign_in(reader, "rita")
    reader.goto("/")
    answer_id = ask(reader)
    quote = site.quotes(answer_id)[0]
    assert quote.startswith(NASS)
    reader.click("text=Submit for review")
    assert "Submitted for review" in reader.locator(".standing").inner_text()

    board = open_page("/")
    sign_in(board, "vera")
    board.click("nav >> text=Review")
    board.click(".queue a")
    first = board.locator(".judged").first
    assert first.locator("mark").first.text_content() == quote
    board.click("text=Take it under review")
    first.locator("summary").click()
    first.locator("textarea").fill("Of walking alone?")
    first.locator("form button").click()
    assert "Of walking alone?" in board.locator(".judged").first.inner_text()
    board.fill("#decision-remark", "Sound.")
    board.click("button[value=approve]")
    assert "Approved by Dr Vera" in board.locator(".decision").inner_text()
    assert "approved" in board.locator(".trail").inner_text()

    reader.reload()
    assert "Approved by Dr Vera" in reader.locator(".asked .status").inner_text()
    assert reader.locator(".stale").count() == 0

    site.change_source("nass-2011-lumbar-stenosis", NASS, f"{NASS} and numbness".replace("fatigue and", "fatigue, and"))
    reader.goto("/")
    ask(reader, "How is gout treated?")  # the next question takes the new index up
    reader.goto(f"/answers/{answer_id}")
    status = reader.locator(".asked .status").inner_text()
    assert "Approved" not in status
    assert "no longer holds" in reader.locator(".standing").inner_text()
    assert "[1]" in reader.locator(".standing .caution").inner_text()
    assert "[1]" in reader.locator(".stale li").first.inner_text()
    reader.locator(".short .cite").first.click()
    assert reader.locator(".panel mark").text_content() == quote
    assert "has changed since" in reader.locator(".panel .caution").inner_text()
    reader.click("[data-panel-close]")

    board.reload()
    assert "void" in board.locator(".caution").first.inner_text()
    reader.click("text=Ask again with today’s sources")
    assert reader.url.endswith("/versions/2")
    assert reader.locator(".stale").count() == 0
    assert "and numbness" in reader.locator(".half-guidelines").inner_text()
    assert reader.locator(".versions li").count() == 2


def test_a_returned_answer_can_be_submitted_again(site: Any, open_page: Any, ask: Any, sign_in: Any) -> None:
    page = open_page("/")
    sign_in(page, "vera")
    page.goto("/")
    answer_id = ask(page, "How is Takayasu arteritis treated?")
    page.click("text=Submit for review")
    page.click("text=Open on the review desk")
    page.click("text=Take it under review")
    page.watch.allowed.append("409")
    page.click("button[value=return]")
    assert page.locator(".problem").inner_text()
    page.fill("#decision-remark", "Say the dose.")
    page.click("button[value=return]")
    page.goto(f"/answers/{answer_id}")
    assert "Returned by Dr Vera" in page.locator(".asked .status").inner_text()
    page.click("text=Submit for review")
    assert "Submitted for review" in page.locator(".standing").inner_text()


def test_signing_out_ends_what_was_open(site: Any, open_page: Any, sign_in: Any) -> None:
    page = open_page("/")
    sign_in(page, "ada")
    page.goto("/admin/audit")
    assert "The chain is whole" in page.locator("main").inner_text()
    page.click("text=Sign out")
    page.goto("/admin/audit")
    assert "/sign-in" in page.url
