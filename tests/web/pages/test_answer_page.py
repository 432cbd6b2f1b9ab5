"""What the page of an answer shows: everything that its record has, each number with its evidence."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lxml import html

from rag.answer import PARTS
from rag.review.base import Comment, Stale, Standing

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def headings(page: str) -> list[str]:
    return [words(one) for one in html.fromstring(page).xpath("//main//h2[not(ancestor::template)]")]


def test_the_parts_stand_in_the_order_of_the_design(seeded: Any) -> None:
    site, answer_id = seeded
    page = site.reader().get(f"/answers/{answer_id}")
    assert headings(page) == [
        "Short answer",
        "Option by option",
        "From the Guidelines",
        "From the Research",
        "Where they agree, where they differ",
        "Not found",
        "Withheld",
        "References",
        "Status",
        "Ask your own",
    ]


def test_every_statement_of_the_record_stands_on_the_page(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, answer_id = seeded
    said = words(html.fromstring(site.reader().get(f"/answers/{answer_id}")).find(".//main"))
    for part in PARTS:
        for claim in seed_record[part]:
            assert " ".join(claim["text"].split()) in said
    for option in seed_record["options"]:
        assert option["reason"] in said
    for one in seed_record["left_out"]:
        assert one["title"] in said


def test_every_cited_place_has_a_number_whose_panel_marks_exactly_the_quote(
    seeded: Any, seed_record: dict[str, Any]
) -> None:
    site, answer_id = seeded
    page = html.fromstring(site.reader().get(f"/answers/{answer_id}"))
    marked = {
        (template.get("id"), template.xpath(".//mark")[0].text_content()) for template in page.xpath("//template")
    }
    opened = {one.get("data-place") for one in page.xpath("//main//a[@class='cite'][not(ancestor::template)]")}
    assert opened == {place for place, _ in marked}
    quotes = {citation["quote"] for part in PARTS for claim in seed_record[part] for citation in claim["citations"]}
    assert {quote for _, quote in marked} == quotes


def test_without_a_script_a_number_leads_to_the_marked_words_in_the_text_of_its_source(seeded: Any) -> None:
    site, answer_id = seeded
    reader = site.reader()
    page = html.fromstring(reader.get(f"/answers/{answer_id}"))
    for number in page.xpath("//main//a[@class='cite'][not(ancestor::template)]"):
        place = number.get("data-place")
        quote = page.xpath(f"//template[@id='{place}']//mark")[0].text_content()
        source = html.fromstring(reader.get(number.get("href")))
        assert number.get("href").endswith("#cited")
        assert source.xpath("//mark[@id='cited']")[0].text_content() == quote


def test_a_panel_tells_what_the_source_is_and_what_rests_on_it(seeded: Any) -> None:
    site, answer_id = seeded
    page = html.fromstring(site.reader().get(f"/answers/{answer_id}"))
    panel = page.xpath("//template")[0]
    text = words(panel)
    for part in ("Guideline", "Study type", "evidence-based guideline", "2011", "Strength", "Population", "Current."):
        assert part in text
    assert "Lumbar spinal stenosis: the cited sentence describes the reverse" in text
    assert "Also cited from this source: 1b" in text
    links = {one.get("href"): one.get("rel") for one in panel.xpath(".//a[@target='_blank']")}
    assert links["https://doi.org/10.1016/j.spinee.2012.11.059"] == "noopener noreferrer"
    assert "https://pubmed.ncbi.nlm.nih.gov/23830297/" in links


def test_marks_differ_in_shape_and_in_words(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, _ = seeded
    record = copy.deepcopy(seed_record)
    guidelines = record["guidelines"]
    guidelines[0]["text"] = "EULAR does not list buttock pain among the key symptoms."
    guidelines[0]["verdict"] |= {"reason": "", "score": 0.9}
    guidelines[1]["verdict"]["fault"] = "misattributed"
    record["withheld"] = [
        {
            "claim": guidelines[2] | {"claim_id": "c90", "verdict": guidelines[2]["verdict"] | {"support": support}},
            "reason": why,
        }
        for support, why in (("partial", "half of it"), ("contradicted", "the contrary"))
    ]
    page = html.fromstring(site.reader().get(f"/answers/{site.keep(record)}"))
    seen = {
        words(one): html.tostring(one.find("svg")).split(b"</svg>")[0]
        for one in page.xpath("//main//span[starts-with(@class, 'mark mark-')]")
    }
    names = ("Word for word", "Reworded", "Re-pointed", "Compared by rule", "Supported in part", "Contradicted")
    assert len({seen[name] for name in names}) == len(names)
    assert "half of it" in words(page)
    assert "the contrary" in words(page)


def test_there_is_exactly_one_status_with_the_reviewer_and_the_date(seeded: Any) -> None:
    site, answer_id = seeded
    site.desk.board.standings[answer_id, 1] = Standing("approved", "Dr Vera", NOW, "ab" * 32)
    page = html.fromstring(site.reader().get(f"/answers/{answer_id}"))
    statuses = {words(one) for one in page.xpath("//main//span[contains(@class, 'status')]")}
    assert statuses == {"Approved by Dr Vera, 4 March 2026"}


def test_a_void_approval_says_why(seeded: Any) -> None:
    site, answer_id = seeded
    why = "the text of source [2] has changed"
    site.desk.board.standings[answer_id, 1] = Standing("submitted", "Dr Vera", NOW, void=why)
    page = site.reader().get(f"/answers/{answer_id}")
    assert f"An earlier approval no longer holds: {why}." in words(html.fromstring(page))


def test_a_stale_answer_says_which_source_and_what_happened(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, _ = seeded
    site.reasons.stale_now = (
        Stale("nass-2011-lumbar-stenosis", 1, "retracted", "Source [1] was retracted on 2026-03-01."),
    )
    reader = site.reader()
    reader.get("/")
    mine = site.keep(seed_record, owner=_owner(site, reader))
    page = reader.get(f"/answers/{mine}")
    banner = html.fromstring(page).xpath("//section[contains(@class, 'stale')]")[0]
    assert "Source [1] was retracted on 2026-03-01." in words(banner)
    reader.send(f"/answers/{mine}/again")
    assert reader.path == f"/answers/{mine}/versions/2"
    assert "Version 1" in reader.page
    assert "version 2 of 2" in words(html.fromstring(reader.page))


def _owner(site: Any, reader: Any) -> str:
    """What the site calls the browser of a reader."""
    name = next(one for one in reader.client.cookies if "browser" in one)
    return "browser:" + reader.client.cookies[name].rpartition(".")[0].strip('"')


def test_nobody_else_may_ask_again(seeded: Any) -> None:
    site, answer_id = seeded
    site.reasons.stale_now = (Stale("x", 1, "removed", "Source [1] is gone."),)
    reader = site.reader()
    assert "Ask again with today" not in reader.get(f"/answers/{answer_id}")
    reader.send(f"/answers/{answer_id}/again")
    assert reader.status == 403


def test_where_the_text_has_changed_the_panel_shows_the_words_of_then(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, _ = seeded
    record = copy.deepcopy(seed_record)
    for part in PARTS:
        for claim in record[part]:
            for citation in claim["citations"]:
                citation["quote"] = citation["quote"].replace("NASS", "The old NASS")
    page = html.fromstring(site.reader().get(f"/answers/{site.keep(record)}"))
    panel = page.xpath("//template")[0]
    assert panel.xpath(".//mark")[0].text_content().startswith("According to The old NASS")
    assert "The text of this source has changed since." in words(panel)


def test_an_older_version_points_to_the_newest(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, answer_id = seeded
    site.services.answers.add_version(answer_id, seed_record, by="console")
    page = site.reader().get(f"/answers/{answer_id}/versions/1")
    assert "There is a newer version of this answer" in page
    assert "There is a newer version" not in site.reader().get(f"/answers/{answer_id}")


def test_patients_who_are_not_covered_are_named_with_whom_the_sources_are_about(
    seeded: Any, seed_record: dict[str, Any]
) -> None:
    site, _ = seeded
    gap = {"population": "dialysis", "text": "None of the cited sentences speaks of “dialysis”.", "sources": [2]}
    page = site.reader().get(f"/answers/{site.keep(seed_record | {'not_covered': [gap]})}")
    about = next(one for one in seed_record["references"] if one["number"] == 2)["population"]
    assert "Not covered by what is cited" in headings(page)
    assert gap["text"] in words(html.fromstring(page))
    assert f"is about {about}" in words(html.fromstring(page))


def test_an_abstention_says_so_and_has_no_halves(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, _ = seeded
    nothing: dict[str, Any] = {part: [] for part in PARTS} | {"references": [], "options": []}
    record = seed_record | nothing | {"outcome": "abstention", "abstention_reason": "Nothing speaks of dragons."}
    page = site.reader().get(f"/answers/{site.keep(record)}")
    assert "The sources searched do not answer this." in page
    assert "Nothing speaks of dragons." in page
    assert "From the Guidelines" not in page


def test_a_patient_gets_words_explained_and_a_disclaimer_for_patients(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, _ = seeded
    record = seed_record | {"audience": "patient"}
    page = site.reader().get(f"/answers/{site.keep(record)}")
    assert {"In short", "Words explained"} <= set(headings(page))
    assert "not advice about you" in page


def test_more_than_twelve_statements_are_folded_and_none_is_lost(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, _ = seeded
    record = copy.deepcopy(seed_record)
    more = [record["research"][1] | {"claim_id": f"x{number}", "text": f"Statement {number}."} for number in range(20)]
    record["research"] += more
    page = html.fromstring(site.reader().get(f"/answers/{site.keep(record)}"))
    folded = page.xpath("//section[contains(@class, 'half')]/details")
    shown = page.xpath("//div[@class='halves']//li[@class='claim'][not(ancestor::details)]")
    assert len(shown) == 12
    counts = [int(words(one.find("summary")).removesuffix(" more")) for one in folded]
    assert sum(counts) == len(record["guidelines"] + record["research"]) - 12
    assert "Statement 19." in words(folded[-1])


def test_no_page_has_a_style_or_a_script_of_its_own(seeded: Any) -> None:
    site, answer_id = seeded
    reader = site.reader("ada")
    for path in (
        "/",
        f"/answers/{answer_id}",
        "/sources",
        "/policy",
        "/evaluation",
        "/review",
        "/admin/audit",
        "/gone",
    ):
        page = html.fromstring(reader.get(path))
        assert not page.xpath("//style | //*[@style] | //script[not(@src)] | //*[starts-with(name(@*), 'on')]"), path


def test_an_answer_that_is_not_kept_is_a_calm_page(site: Any) -> None:
    reader = site.reader()
    page = reader.get("/answers/none")
    assert reader.status == 404
    assert "Back to the question" in page


def test_the_shorter_address_of_a_version_leads_to_it(seeded: Any) -> None:
    site, answer_id = seeded
    reader = site.reader()
    reader.get(f"/answers/{answer_id}/1")
    assert (reader.status, reader.path) == (200, f"/answers/{answer_id}/versions/1")


def test_another_readers_conversation_cannot_be_gone_on_with(seeded: Any, seed_record: dict[str, Any]) -> None:
    site, _ = seeded
    theirs = site.keep(seed_record, owner="browser:someone")
    page = site.reader().get(f"/answers/{theirs}")
    assert "Ask a follow-up" not in page
    assert 'name="conversation_id"' not in page


def test_every_format_can_be_exported(seeded: Any) -> None:
    site, answer_id = seeded
    page = html.fromstring(site.reader().get(f"/answers/{answer_id}"))
    hrefs = [one.get("href") for one in page.xpath("//details[@class='menu']//a")]
    names = ["pdf", "html", "markdown", "json", "ris", "bibtex", "csl", "fhir"]
    assert hrefs == [f"/v1/answers/{answer_id}/export/{name}?version=1" for name in names]


def test_remarks_of_the_board_are_not_shown_to_readers(seeded: Any) -> None:
    site, answer_id = seeded
    standing = Standing("under_review", "Dr Vera", NOW)
    site.desk.board.standings[answer_id, 1] = replace(
        standing, comments=(Comment(1, None, "Only among us.", "V", NOW),)
    )
    assert "Only among us." not in site.reader().get(f"/answers/{answer_id}")
