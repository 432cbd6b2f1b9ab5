"""The self-contained page: everything of the answer on it, every number leads to its words, nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from lxml import html

from rag.answer import PARTS, Answer
from rag.pipeline import AnswerPipeline
from rag.rendering.html import answers_to_html, to_html
from rag.rendering.outline import outline
from rag.rendering.parity import content_in, content_of
from rag.rendering.plain import plain_line
from rag.rendering.wording import Signed

QUESTION = "Is buttock pain relieved by walking related to Takayasu arteritis or lumbar spinal stenosis?"


def page_of(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def words_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.fixture(scope="module")
def answer(real_pipeline: AnswerPipeline) -> Answer:
    return real_pipeline.ask(QUESTION)


def test_the_page_says_all_that_the_outline_says(answer: Answer) -> None:
    shown = words_of(page_of(to_html(answer)).body)
    for block in outline(answer, long=True):
        assert block.heading in shown
        for line in block.lines:
            assert plain_line(line.text) in shown
            assert plain_line(line.detail) in shown
    assert content_in(answer, shown) == content_of(answer)


def test_every_number_opens_the_words_that_it_stands_for(answer: Answer) -> None:
    page = page_of(to_html(answer))
    cited = [one.quote for part in PARTS for claim in answer.part(part) for one in claim.citations]
    opened = []
    for mark in page.xpath("//section[not(contains(@class, 'references'))]//span[@class='marks']/a"):
        (quote,) = page.xpath(f"//li[@id='{mark.get('href')[1:]}']//blockquote")
        opened.append(quote.text)
    assert set(opened) == set(cited)


def test_a_quote_leads_to_its_reference_and_back_to_each_statement_on_it(small_answer: Answer) -> None:
    page = page_of(to_html(small_answer))
    (first,) = page.xpath("//li[@id='evidence-1-1']")
    behind = [page.get_element_by_id(link.get("href")[1:]) for link in first.xpath(".//p/a")]
    assert [words_of(one).split(". ")[0] for one in behind] == [
        "✓Supported by the cited words: Knee pain is relieved by rest",
        "✓Supported by the cited words: As quoted above: “Knee pain is relieved by rest” 1a "
        "Board of Tests; College of Knees, 2019",
        "✓Supported by the cited words: Rest: the halves agree",
    ]
    (heading,) = page.xpath("//div[@class='quoted'][1]/h3/a/@href")
    assert "Board of Tests" in words_of(page.get_element_by_id(heading[1:]))
    assert (
        words_of(page.get_element_by_id("statement-1")).endswith("1a Board of Tests; College of Knees, 2020") is False
    )
    assert [mark.text for mark in page.xpath("//section[@class='guidelines']//span[@class='marks']/a")] == ["1a", "1b"]


def test_anchors_are_unique_and_every_link_within_the_page_leads_to_one(
    small_answer: Answer, abstention: Answer
) -> None:
    for text in (to_html(small_answer), answers_to_html([small_answer, abstention, small_answer], "Conversation")):
        page = page_of(text)
        anchors = Counter(page.xpath("//@id"))
        assert set(anchors.values()) == {1}
        inner = [one for one in page.xpath("//a/@href") if one.startswith("#")]
        assert inner
        assert {one[1:] for one in inner} <= set(anchors)


def test_headings_come_in_order_under_one_main_heading(small_answer: Answer, abstention: Answer) -> None:
    for text in (
        to_html(small_answer),
        to_html(abstention),
        answers_to_html([small_answer, abstention], "Conversation"),
    ):
        levels = [int(one.tag[1]) for one in page_of(text).xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_has_a_language_a_title_a_main_part_and_a_way_past_the_beginning(small_answer: Answer) -> None:
    page = page_of(to_html(small_answer))
    assert page.get("lang") == "en"
    assert page.findtext(".//title") == small_answer.question
    assert page.xpath("count(//main)") == 1
    assert page.xpath("//body/a[1]/@href") == ["#answer"]
    assert page.xpath("//main/@id") == ["answer"]


def test_nothing_is_loaded_and_no_script_can_run(small_answer: Answer, hostile_answer: Answer) -> None:
    for answer in (small_answer, hostile_answer):
        text = to_html(answer)
        page = page_of(text)
        assert not page.xpath("//script|//link|//img|//iframe|//object|//base|//form|//@src|//@style")
        assert not [name for name in page.xpath("//@*") if getattr(name, "attrname", "").startswith("on")]
        style = page.findtext(".//style") or ""
        assert "url(" not in style
        assert "@import" not in style
        allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{allowed}'")
        assert all(one.startswith(("#", "https://", "http://")) for one in page.xpath("//a/@href"))


def test_hostile_words_are_shown_as_words(hostile_answer: Answer, nasty: str) -> None:
    text = to_html(hostile_answer)
    page = page_of(text)
    assert plain_line(nasty) in words_of(page.body)
    assert words_of(page.xpath("//h1")[0]) == plain_line(nasty)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    text.encode("utf-8")


def test_verdicts_are_told_by_sign_and_word_and_what_was_withheld_is_folded(small_answer: Answer) -> None:
    page = page_of(to_html(small_answer))
    (folded,) = page.xpath("//details")
    assert folded.get("open") is None
    assert [words_of(one) for one in folded.xpath(".//li")] == [
        "✗Contradicted by the cited words: “Heat cures it.” contradicted: the sentence says it was not tried",
        "–Knee pain, 2010 (2010) not cited: superseded since 2020; now knee-2020",
    ]
    assert words_of(folded.find("summary")) == "Withheld (2)"
    first = page.get_element_by_id("statement-1")
    assert words_of(first).startswith("✓Supported by the cited words: Knee pain is relieved by rest.")
    assert first.xpath(".//span[@class='sign']/@aria-hidden") == ["true"]


def test_the_status_is_that_of_the_review_where_there_is_one(small_answer: Answer) -> None:
    assert "Not reviewed" in to_html(small_answer)
    signed = Signed("approved", "Dr <b>A</b>", "2026-12-01", "Dose checked")
    shown = words_of(page_of(to_html(small_answer, signed=signed)).body)
    assert "Approved. By Dr <b>A</b>, 2026-12-01. Note: Dose checked." in shown
    assert "Not reviewed" not in shown


def test_an_abstention_has_no_evidence_and_says_why(abstention: Answer) -> None:
    page = page_of(to_html(abstention))
    assert "do not answer this. No sentence has: knee." in words_of(page.body)
    assert not page.xpath("//*[@id='evidence']")


def test_a_source_with_many_quotes_has_letters_to_the_end(small_answer: Answer) -> None:
    claim = small_answer.research[0]
    many = tuple(
        replace(
            claim,
            claim_id=f"m{place}",
            text=f"Claim {place}.",
            citations=(replace(claim.citations[0], start=place, end=place + 9),),
        )
        for place in range(30)
    )
    page = page_of(to_html(replace(small_answer, research=many, agreement=())))
    labels = [mark.text for mark in page.xpath("//section[@class='research']//span[@class='marks']/a")]
    assert labels == [f"2{letter}" for letter in [*"abcdefghijklmnopqrstuvwxyz", "aa", "ab", "ac", "ad"]]
