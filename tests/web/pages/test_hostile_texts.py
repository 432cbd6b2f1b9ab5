"""Texts of a hostile corpus and hostile questions show nothing but text."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from lxml import html

from rag.types import Notice, Source

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "</template></mark></textarea></title><svg onload=alert(1)>",
    "safe \u202egnisrever\u202c \u2066isolated\u2069 \u200eend",
    "bell\x07 null\x00 escape\x1b[31m c1\x9b",
    "javascript:alert(1)",
    "x" * 5000,
)
UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x08\x0b-\x1f\x7f-\x9f]")


def hostile_source(text: str) -> Source:
    return Source(
        "evil", "guideline", text, 2020, "current", authors=text, organisation=text, journal=text, doi=text, pmid=text,
        url="javascript:alert(1)", study_type=text, population=text, n=text, strength=text, topics=(text,),
        notices=(Notice("correction", text, text),),
    )  # fmt: skip


def hostile_record(record: dict[str, Any], text: str) -> dict[str, Any]:
    """The record with every text of it replaced."""
    made = copy.deepcopy(record)
    for name in ("question", "standalone_question", "abstention_reason", "incomplete"):
        made[name] = f"{name} {text}"
    for part in ("short_answer", "guidelines", "research", "agreement"):
        for claim in made[part]:
            claim |= {"text": text, "topic": text, "claim_id": text[:40]}
            claim["verdict"]["reason"] = text
            for citation in claim["citations"]:
                citation |= {"quote": text}
    made["withheld"] = [{"claim": made["guidelines"][0], "reason": text}]
    for option in made["options"]:
        option |= {"option": text, "reason": text}
    for reference in made["references"]:
        for name in (
            "title",
            "organisation",
            "authors",
            "journal",
            "doi",
            "url",
            "study_type",
            "population",
            "n",
            "strength",
        ):
            reference[name] = text
    for one in made["left_out"]:
        one |= {"title": text, "why": text, "source_id": text[:30]}
    for one in made["not_found"]:
        one |= {"text": text, "topic": text}
    made["provenance"] |= {"composer": text, "searched_within": text, "created_at": text}
    return made


def assert_only_text(page: str) -> None:
    root = html.fromstring(page)
    assert not UNSEEN.search(page)
    assert not root.xpath("//script[not(starts-with(@src, '/static/'))] | //img | //*[@onload] | //*[@onerror]")
    assert not root.xpath("//a[starts-with(@href, 'javascript')]")
    assert "7 * 7" in page if "{{" in page else "49" not in root.findtext(".//h1", "")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_record_shows_nothing_but_text(
    site_of: Any, shelf_of: Any, seed_record: dict[str, Any], text: str
) -> None:
    site = site_of(shelf=lambda: shelf_of({"evil": (hostile_source(text), f"{text} walking. {text}")}))
    answer_id = site.keep(hostile_record(seed_record, text))
    board = site.reader("ada")
    site.services.board.submit(site.services.answers.find(answer_id), site.desk.accounts.people["ada"])
    for path in (
        f"/answers/{answer_id}", "/sources", "/sources?q=walking", "/sources/evil", "/sources/evil?start=0&end=6",
        "/review", f"/review/{answer_id}/1", "/history",
    ):  # fmt: skip
        page = board.get(path)
        assert board.status == 200, path
        assert_only_text(page)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_question_shows_nothing_but_text(site: Any, text: str) -> None:
    reader = site.reader()
    reader.get("/")
    page = reader.send("/ask", question=f"why {text[:1900]}")
    assert reader.status in (200, 422)
    assert_only_text(page)
    assert_only_text(reader.get("/history"))
    for path in ("/sources", "/"):
        page = reader._took(reader.client.get(path, params={"q": text[:400], "question": text, "kind": text[:50]}))
        assert_only_text(page)


def test_the_mark_of_a_hostile_quote_is_its_plain_text(
    site_of: Any, shelf_of: Any, seed_record: dict[str, Any]
) -> None:
    text = "<b>bold</b> & \u202ereversed\u202c"
    site = site_of(shelf=lambda: shelf_of({}))
    page = html.fromstring(site.reader().get(f"/answers/{site.keep(hostile_record(seed_record, text))}"))
    assert {one.text_content() for one in page.xpath("//mark")} == {"<b>bold</b> & reversed"}


def test_other_texts_are_set_apart_from_ours_in_both_directions(seeded: Any) -> None:
    site, answer_id = seeded
    page = html.fromstring(site.reader().get(f"/answers/{answer_id}"))
    for path in ("//h1", "//p[@class='said']", "//template//h2", "//div[@class='passage']/p[1]"):
        for one in page.xpath(path):
            assert one.get("dir") == "auto", path
