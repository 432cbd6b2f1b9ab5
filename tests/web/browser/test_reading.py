"""A reader asks, watches the answer come, and opens what stands behind its numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag.errors import ModelError


def test_statements_come_one_by_one_and_the_page_becomes_the_permalink(site: Any, open_page: Any, ask: Any) -> None:
    site.pause_s = 0.15
    page = open_page("/")
    page.fill("#question", "How is Takayasu arteritis treated?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".making .claim")
    first = page.locator(".making .claim").count()
    assert page.get_attribute(".making .claims >> nth=0", "aria-live") == "polite"
    page.wait_for_function("count => document.querySelectorAll('.making .claim').length > count", arg=first)
    page.mouse.wheel(0, 120)
    page.wait_for_selector(".answer:not(.making)")
    answer_id = page.get_attribute(".answer", "data-answer")
    assert page.url == f"{site.url}/answers/{answer_id}/versions/1"
    assert page.locator("h1").inner_text() == "How is Takayasu arteritis treated?"
    assert "The answer is complete" in page.locator("[data-announce]").inner_text()
    page.reload()
    assert page.locator("h1").inner_text() == "How is Takayasu arteritis treated?"


def test_the_place_in_the_page_is_kept_when_the_answer_is_complete(site: Any, open_page: Any) -> None:
    site.pause_s = 0.12
    page = open_page("/", viewport={"width": 390, "height": 500})
    page.fill("#question", "How is Takayasu arteritis treated?")
    page.click("form.ask button[type=submit]")
    page.wait_for_function("() => document.querySelectorAll('.making .claim').length > 4")
    page.evaluate("scrollTo(0, 160)")
    page.wait_for_selector(".answer:not(.making)")
    assert page.evaluate("scrollY") == 160


def test_a_click_on_a_number_opens_its_source_with_exactly_the_quoted_words_marked(
    site: Any, open_page: Any, ask: Any
) -> None:
    page = open_page("/")
    quotes = site.quotes(ask(page))
    numbers = page.locator(".short .cite")
    assert numbers.count() == len(quotes)
    for place, quote in enumerate(quotes):
        numbers.nth(place).click()
        assert page.locator(".panel mark").text_content() == quote
        assert quote in page.locator(".panel .passage p").first.inner_text()
        assert numbers.nth(place).get_attribute("aria-expanded") == "true"
    page.locator(".panel").get_by_text("Close").click()
    assert page.locator(".panel").is_hidden()


def test_the_keyboard_alone_opens_walks_and_closes(site: Any, open_page: Any, ask: Any) -> None:
    page = open_page("/")
    page.keyboard.type("Is buttock pain relieved by walking related to lumbar spinal stenosis?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer:not(.making)")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('cite')"):
            break
    first = page.evaluate("document.activeElement.dataset.place")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.panel') !== null")
    label = page.locator(".panel .number").first.inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".panel .number").first.inner_text() != label
    page.keyboard.press("ArrowLeft")
    assert page.locator(".panel .number").first.inner_text() == label
    page.keyboard.press("Escape")
    assert page.locator(".panel").is_hidden()
    assert page.evaluate("document.activeElement.dataset.place") == first
    page.keyboard.press(" ")
    assert page.locator(".panel").is_visible()


def test_every_number_of_the_page_opens_something(open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page)
    total = page.evaluate("new Set([...document.querySelectorAll('main .cite')].map(one => one.dataset.place)).size")
    page.locator(".short .cite").first.click()
    seen = set()
    for _ in range(total):
        seen.add(page.locator(".panel mark").text_content())
        page.keyboard.press("ArrowRight")
    assert len(seen) == total
    assert page.locator("[data-panel-place]").inner_text() == f"{total} of {total}"


def test_on_a_narrow_screen_the_source_comes_from_below(open_page: Any, ask: Any) -> None:
    page = open_page("/", viewport={"width": 320, "height": 640}, has_touch=True)
    ask(page)
    page.locator(".short .cite").first.tap()
    page.wait_for_timeout(350)
    box = page.locator(".panel").bounding_box()
    assert (box["x"], box["width"]) == (0, 320)
    assert box["y"] > 150
    assert box["y"] + box["height"] == 640
    mark = page.locator(".panel mark").bounding_box()
    assert box["y"] < mark["y"] < 640
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_follow_up_joins_the_conversation_on_one_page(open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page, "How is Takayasu arteritis treated?")
    page.fill("#follow-up", "And what are its symptoms?")
    page.click(".follow-up form button >> nth=0")
    page.wait_for_selector(".earlier")
    assert page.locator("h1").inner_text() == "And what are its symptoms?"
    assert page.locator(".earlier summary").inner_text() == "How is Takayasu arteritis treated?"
    assert "Takayasu" in page.locator(".understood summary").inner_text()
    page.locator(".earlier summary").click()
    page.locator(".earlier .cite").first.click()
    assert page.locator(".panel mark").is_visible()


def test_how_a_question_was_understood_can_be_corrected(open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page, "How is Takayasu arteritis treated?")
    page.fill("#follow-up", "And what are its symptoms?")
    page.click(".follow-up form button >> nth=0")
    page.wait_for_selector(".earlier")
    page.click(".understood summary")
    page.fill("#standalone", "What are the symptoms of piriformis syndrome?")
    page.click(".understood button")
    page.wait_for_function(
        "() => document.querySelector('.answer:not(.making) #standalone')?.value.includes('piriformis')"
    )
    assert page.locator("h1").inner_text() == "And what are its symptoms?"
    assert page.locator(".earlier summary").all_inner_texts() == ["How is Takayasu arteritis treated?"]


def test_how_a_question_is_understood_can_be_seen_before(site: Any, open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page, "How is Takayasu arteritis treated?")
    page.fill("#follow-up", "And what are its symptoms?")
    page.click("[data-understood]")
    page.wait_for_url("**/ask/understood")
    assert "Takayasu" in page.input_value("#standalone")
    page.fill("#standalone", "What are the symptoms of Takayasu arteritis in children?")
    page.click("text=Ask it this way")
    page.wait_for_selector(".answer:not(.making)")
    assert page.input_value("#standalone") == "What are the symptoms of Takayasu arteritis in children?"


def test_suggestions_come_by_themselves_and_are_answered(open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page)
    page.wait_for_selector(".suggested button")
    questions = page.locator(".suggested button").all_inner_texts()
    assert len(questions) == 3
    page.locator(".suggested button").first.click()
    page.wait_for_selector(".earlier")
    assert page.locator("h1").inner_text() == questions[0]
    assert page.locator(".abstention").count() == 0


def test_a_question_that_identifies_someone_is_told_kindly(site: Any, open_page: Any) -> None:
    page = open_page("/")
    page.watch.allowed.append("422")
    page.fill("#question", "Jane, born 1 May 1960: knee pain?")
    page.click("form.ask button[type=submit]")
    page.wait_for_selector("[data-problem]:not([hidden])")
    assert "neither answered nor kept" in page.locator("[data-problem]").inner_text()
    assert page.input_value("#question") == "Jane, born 1 May 1960: knee pain?"


def test_what_fails_on_the_way_is_said_and_can_be_tried_again(site: Any, open_page: Any) -> None:
    site.fail = ModelError("the model server did not answer", retryable=True)
    page = open_page("/")
    page.fill("#question", "How is Takayasu arteritis treated?")
    page.click("form.ask button[type=submit]")
    page.wait_for_selector("[data-problem]:not([hidden])")
    assert "model" in page.locator("[data-problem]").inner_text()
    site.fail = None
    page.click("form.ask button[type=submit]")
    page.wait_for_selector(".answer:not(.making)")


def test_a_lost_connection_is_said_and_the_question_is_kept(site: Any, open_page: Any) -> None:
    page = open_page("/")
    page.watch.allowed.append("Failed to load resource")
    page.route("**/v1/answers", lambda route: route.abort("connectionreset"))
    page.fill("#question", "How is Takayasu arteritis treated?")
    page.click("form.ask button[type=submit]")
    page.wait_for_selector("[data-problem]:not([hidden])")
    assert "The connection was lost" in page.locator("[data-problem]").inner_text()
    assert page.locator("form.ask button[type=submit]").inner_text() == "Try again"
    page.unroute("**/v1/answers")
    page.click("form.ask button[type=submit]")
    page.wait_for_selector(".answer:not(.making)")


def test_without_scripts_one_can_ask_read_and_open_a_source(site: Any, open_page: Any) -> None:
    page = open_page("/", java_script_enabled=False)
    page.fill("#question", "How is Takayasu arteritis treated?")
    page.click("form.ask button[type=submit]")
    assert "/answers/" in page.url
    answer_id = page.get_attribute(".answer", "data-answer")
    page.locator(".short .cite").first.click()
    assert "/sources/" in page.url
    assert page.locator("mark#cited").text_content() == site.quotes(answer_id)[0]
    page.go_back()
    page.fill("#follow-up", "And what are its symptoms?")
    page.click(".follow-up form button >> nth=0")
    assert page.locator(".earlier summary").inner_text() == "How is Takayasu arteritis treated?"
    assert page.locator("[data-theme-toggle]").is_hidden()


def test_the_scheme_that_was_chosen_is_remembered(open_page: Any) -> None:
    page = open_page("/", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("[data-theme-toggle]")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.goto("/sources")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert page.locator("[data-theme-word]").inner_text() == "Light"


def test_the_systems_dark_scheme_is_followed(open_page: Any) -> None:
    page = open_page("/", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 27)"


def test_on_paper_there_is_the_answer_alone(open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page)
    page.emulate_media(media="print")
    for hidden in (".masthead", ".colophon", ".follow-up", ".tools"):
        assert page.locator(hidden).is_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".withheld li").first.is_visible()
    assert page.locator(".references li").first.is_visible()


def test_the_link_of_an_answer_can_be_copied(site: Any, open_page: Any, ask: Any) -> None:
    page = open_page("/", permissions=["clipboard-read", "clipboard-write"])
    answer_id = ask(page)
    page.click("[data-copy]")
    page.wait_for_function("() => document.querySelector('[data-copy]').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/answers/{answer_id}/versions/1"


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_is_wider_than_the_screen(open_page: Any, ask: Any, width: int) -> None:
    page = open_page("/", viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    ask(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for path in (
        "/sources?q=walking",
        "/sources/nass-2011-lumbar-stenosis",
        "/evaluation",
        "/verification",
        "/nowhere",
    ):
        page.watch.allowed.append("404")
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path


def test_lines_of_reading_text_keep_their_measure(open_page: Any, ask: Any) -> None:
    page = open_page("/", viewport={"width": 1920, "height": 1000})
    ask(page)
    widest = page.evaluate("Math.max(...[...document.querySelectorAll('.said')].map(one => one.clientWidth))")
    em = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.short .said')).fontSize)")
    assert widest / em < 40


def test_the_way_back_leads_to_the_page_before(open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page, "How is Takayasu arteritis treated?")
    first = page.url
    page.fill("#follow-up", "And what are its symptoms?")
    page.click(".follow-up form button >> nth=0")
    page.wait_for_selector(".earlier")
    page.go_back()
    page.wait_for_url(first)
    page.wait_for_function("() => document.querySelector('h1').textContent === 'How is Takayasu arteritis treated?'")
    page.go_back()
    page.wait_for_selector("form.ask")


def test_who_goes_back_before_the_script_has_come_sees_the_page_before_too(open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page, "How is Takayasu arteritis treated?")
    page.fill("#follow-up", "And what are its symptoms?")
    page.click(".follow-up form button >> nth=0")
    page.wait_for_selector(".earlier")
    held: list[Any] = []
    let_go: list[bool] = []
    page.route("**/asking.js*", lambda route: route.continue_() if let_go else held.append(route))
    page.go_back(wait_until="commit")
    page.wait_for_function("() => document.querySelector('h1').textContent === 'How is Takayasu arteritis treated?'")
    page.wait_for_timeout(200)
    assert held, "the script has not been asked for"
    page.evaluate("history.back()")
    page.wait_for_function("() => location.pathname === '/'")
    let_go.append(True)
    for one in held:
        one.continue_()
    page.wait_for_selector("form.ask")


def test_every_export_is_there(site: Any, open_page: Any, ask: Any) -> None:
    page = open_page("/")
    ask(page)
    hrefs = [one.get_attribute("href") for one in page.locator(".menu a").all()]
    assert len(hrefs) == 8
    for href in hrefs:
        reply = page.request.get(href)
        assert reply.ok, href
        assert reply.body()


@pytest.mark.parametrize("width", [320, 1280])
def test_a_hostile_record_neither_acts_nor_breaks_the_page(site: Any, open_page: Any, ask: Any, width: int) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)> \u202egnisrever\u202c \x07" + "w" * 3000
    page = open_page("/", viewport={"width": width, "height": 700})
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    answer_id = ask(page)
    record = json.loads(json.dumps(dict(site.services.answers.find(answer_id).record)))
    record["question"] = hostile[:1900]
    for part in ("short_answer", "guidelines", "research", "agreement"):
        for claim in record[part]:
            claim |= {"text": hostile, "topic": hostile}
            for citation in claim["citations"]:
                citation["quote"] = hostile
    for one in [*record["references"], *record["left_out"]]:
        one["title"] = hostile
    for one in record["options"]:
        one |= {"option": hostile, "reason": hostile}
    site.services.answers.add_version(answer_id, record, by="console")
    page.goto(f"/answers/{answer_id}")
    wider = f"[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > {width + 1})"
    assert page.evaluate(f"{wider}.map(one => one.outerHTML.slice(0, 80))") == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator(".short .cite").first.click()
    assert page.locator(".panel mark").text_content() == hostile.replace("\u202e", "").replace("\u202c", "").replace(
        "\x07", " "
    )
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("main img, main script, .panel img").count() == 0
