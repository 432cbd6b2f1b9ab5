"""Asking without a script, following up, and what is said where a question cannot be asked."""

from __future__ import annotations

from typing import Any

from lxml import html

from rag.errors import PrivacyError


def test_a_question_leads_to_the_permalink_of_its_answer(site: Any) -> None:
    reader = site.reader()
    reader.get("/")
    page = reader.send("/ask", question="What relieves knee pain?")
    answer_id = next(iter(site.desk.memory.versions))
    assert (reader.status, reader.path) == (200, f"/answers/{answer_id}")
    assert "What relieves knee pain?" in page
    assert "What relieves knee pain?" in reader.get("/history")
    assert "What relieves knee pain?" in reader.get("/")
    assert "What relieves knee pain?" not in site.reader().get("/history")


def test_a_form_without_the_token_is_refused(site: Any) -> None:
    reader = site.reader()
    reader.get("/")
    assert reader.client.post("/ask", data={"question": "What relieves knee pain?"}).status_code == 403
    assert not site.desk.memory.versions


def test_a_question_without_words_is_said_where_it_was_asked_and_kept_in_the_box(site: Any) -> None:
    reader = site.reader()
    reader.get("/")
    page = html.fromstring(reader.send("/ask", question="??? 12"))
    assert reader.status == 422
    assert "no words" in page.xpath("//*[@id='question-problem']")[0].text_content()
    assert page.xpath("//textarea")[0].text_content().strip() == "??? 12"


def test_a_question_that_identifies_someone_is_turned_away_kindly(site_of: Any, desk_with: Any) -> None:
    class Refusing:
        conversation = None

        def condense(self, question: str) -> Any:
            raise PrivacyError("the question has a date of birth in it")

    site = site_of(talk=lambda *_, **__: Refusing())
    reader = site.reader()
    reader.get("/")
    page = reader.send("/ask", question="Jane, born 1 May 1960: knee pain?")
    assert reader.status == 422
    assert "seems to identify a person, so it was neither answered nor kept" in page
    assert "a date of birth" in page


def test_a_follow_up_shows_the_turns_before_it_in_order(site: Any) -> None:
    reader = site.reader()
    reader.get("/")
    page = html.fromstring(reader.send("/ask", question="What relieves knee pain?"))
    for question in ("And at night?", "And in children?"):
        conversation = page.xpath("//section[@class='follow-up']//input[@name='conversation_id']/@value")[0]
        page = html.fromstring(reader.send("/ask", question=question, conversation_id=conversation))
    earlier = [one.text_content() for one in page.xpath("//section[@class='earlier']//summary")]
    assert earlier == ["What relieves knee pain?", "And at night?"]
    assert page.findtext(".//h1") == "And in children?"


def test_how_a_follow_up_is_understood_can_be_changed_before_and_after(site: Any) -> None:
    reader = site.reader()
    reader.get("/")
    page = html.fromstring(reader.send("/ask", question="What relieves knee pain?"))
    conversation = page.xpath("//section[@class='follow-up']//input[@name='conversation_id']/@value")[0]
    before = html.fromstring(reader.send("/ask/understood", question="And at night?", conversation_id=conversation))
    assert before.xpath("//textarea[@name='standalone']")[0].text_content().strip() == "And at night?"
    assert len(site.desk.memory.versions) == 1
    fields = {"question": "And at night?", "conversation_id": conversation}
    page = html.fromstring(reader.send("/ask", **fields, standalone="What relieves knee pain at night?"))
    box = page.xpath("//details[@class='understood']//textarea")[0]
    assert box.text_content().strip() == "What relieves knee pain at night?"
    corrected = html.fromstring(reader.send("/ask", **fields, standalone="What relieves knee pain in the morning?"))
    assert [one.text_content() for one in corrected.xpath("//section[@class='earlier']//summary")] == [
        "What relieves knee pain?"
    ]
    assert (
        "What relieves knee pain in the morning?" in corrected.xpath("//details[@class='understood']")[0].text_content()
    )


def test_suggestions_are_what_the_service_found(site_of: Any) -> None:
    site = site_of(suggest=lambda record: (f"What of {record['question']}",))
    reader = site.reader()
    reader.get("/")
    page = html.fromstring(reader.send("/ask", question="Knees?"))
    answer_id = next(iter(site.desk.memory.versions))
    assert page.xpath(f"//*[@data-suggestions='/answers/{answer_id}/suggestions']")
    found = html.fromstring(reader.get(f"/answers/{answer_id}/suggestions"))
    button = found.xpath("//ul[@class='suggested']//button")[0]
    assert button.text_content() == "What of Knees?"
    fields = {one.get("name"): one.get("value") for one in button.getparent().xpath(".//input")}
    assert fields["question"] == fields["standalone"] == "What of Knees?"


def test_years_and_topics_narrow_the_search(site_of: Any, desk_with: Any) -> None:
    seen: list[Any] = []
    inner = desk_with().services.talk

    def talk(*asked: Any, **how: Any) -> Any:
        seen.append(how.get("within"))
        return inner(*asked, **how)

    site = site_of(talk=talk)
    reader = site.reader()
    reader.get("/")
    reader.send("/ask", question="Knees?", from_year="2015", to_year="", topics=["gout", "asthma"])
    assert (seen[0].year_from, seen[0].year_to, seen[0].topics) == (2015, None, frozenset(("gout", "asthma")))
    reader.get("/")
    reader.send("/ask", question="Knees?", from_year="20x5")
    assert reader.status == 422


def test_an_example_stands_in_the_box_when_it_is_followed(site: Any) -> None:
    reader = site.reader()
    href = html.fromstring(reader.get("/")).xpath("//ul[@class='examples']//a/@href")[0]
    box = html.fromstring(reader.get(href)).xpath("//textarea")[0]
    assert box.text_content().strip().startswith("Is buttock pain relieved by walking")


def test_the_corpus_answers_every_example(real_pipeline: Any) -> None:
    from rag.web.pages.asking import EXAMPLES

    assert [one for one in EXAMPLES if real_pipeline.ask(one).outcome != "answer"] == []
