"""The desk of the board: the queue, the steps, remarks, and what is refused."""

from __future__ import annotations

from typing import Any

from lxml import html

from rag.review.base import Stale


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_an_answer_goes_from_its_reader_to_the_board_and_back_approved(seeded: Any) -> None:
    site, answer_id = seeded
    reader = site.reader("rita")
    assert "Submit for review" in reader.get(f"/answers/{answer_id}")
    reader.send(f"/answers/{answer_id}/versions/1/submit")
    assert "Submit for review" not in reader.get(f"/answers/{answer_id}")
    vera = site.reader("vera")
    assert "1 answer waits" in vera.get("/review")
    vera.get(f"/review/{answer_id}/1")
    vera.send(f"/review/{answer_id}/1/step", step="take")
    vera.send(f"/review/{answer_id}/1/comments", text="Is this so?", claim_id="c4")
    vera.send(f"/review/{answer_id}/1/comments", text="Sound, in all.")
    page = html.fromstring(vera.page)
    assert "Is this so?" in words(page.xpath("//section[@id='claim-c4']")[0])
    assert "Sound, in all." in words(page.xpath("//section[@id='remarks']")[0])
    vera.send(f"/review/{answer_id}/1/step", step="approve", remark="Fine.")
    shown = words(html.fromstring(site.reader().get(f"/answers/{answer_id}")))
    assert "Approved by Vera, 4 March 2026" in shown
    assert "0 answers wait" in vera.get("/review")


def test_each_statement_stands_beside_its_evidence(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, answer_id = seeded
    page = html.fromstring(site.reader("vera").get(f"/review/{answer_id}/1"))
    ids = [one.get("id") for one in page.xpath("//section[@class='judged']")]
    assert sorted(ids) == sorted(f"claim-{one}" for one in seed_record["content"]["claim_ids"])
    quotes = {
        claim["claim_id"]: [one["quote"] for one in claim["citations"]]
        for part in ("short_answer", "guidelines", "research", "agreement")
        for claim in seed_record[part]
    }
    for one in page.xpath("//section[@class='judged']"):
        marked = [mark.text_content() for mark in one.xpath(".//mark")]
        assert marked == quotes[one.get("id").removeprefix("claim-")]


def test_to_return_without_a_remark_is_refused_and_said(seeded: Any) -> None:
    site, answer_id = seeded
    people = site.desk.accounts.people
    saved = site.services.answers.find(answer_id)
    site.services.board.submit(saved, people["rita"])
    vera = site.reader("vera")
    vera.get(f"/review/{answer_id}/1")
    vera.send(f"/review/{answer_id}/1/step", step="take")
    page = vera.send(f"/review/{answer_id}/1/step", step="return", remark=" ")
    assert vera.status == 409
    assert "say why" in page
    vera.send(f"/review/{answer_id}/1/step", step="return", remark="Wrong year.")
    assert site.services.board.standing(saved).status == "returned"


def test_a_step_that_comes_too_late_is_a_calm_page(seeded: Any) -> None:
    site, answer_id = seeded
    vera = site.reader("vera")
    vera.get(f"/review/{answer_id}/1")
    page = vera.send(f"/review/{answer_id}/1/step", step="approve")
    assert vera.status == 409
    assert "this answer is not_reviewed" in page


def test_a_stale_answer_says_so_in_the_queue_and_cannot_be_approved(seeded: Any) -> None:
    site, answer_id = seeded
    saved = site.services.answers.find(answer_id)
    site.services.board.submit(saved, site.desk.accounts.people["rita"])
    site.services.board.take(saved, site.desk.accounts.people["vera"])
    site.reasons.stale_now = (Stale("x", 2, "text_changed", "The text of source [2] has changed."),)
    vera = site.reader("vera")
    assert "sources have changed" in vera.get("/review")
    page = html.fromstring(vera.get(f"/review/{answer_id}/1"))
    assert "The text of source [2] has changed." in words(page)
    assert page.xpath("//button[@value='approve']/@disabled")


def test_readers_have_no_desk(seeded: Any) -> None:
    site, answer_id = seeded
    reader = site.reader("rita")
    reader.get("/review")
    assert reader.status == 403
    reader.get("/")
    reader.send(f"/review/{answer_id}/1/step", step="take")
    assert reader.status == 403
    assert "/review" not in reader.get("/")
