"""Browsing the sources, and reading one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html

from rag.types import Source


@pytest.fixture
def reader(seeded: Any) -> Any:
    return seeded[0].reader()


def titles(page: str) -> list[str]:
    return [one.text_content() for one in html.fromstring(page).xpath("//ul[@class='source-list']//h2")]


def test_all_sources_are_listed_and_counted(reader: Any, real_shelf: Any) -> None:
    page = reader.get("/sources")
    assert titles(page) == [source.title for source in real_shelf.sources()]
    assert f"{len(titles(page))} of {len(titles(page))} sources" in page


LEFT: dict[str, Callable[[Source], bool]] = {
    "kind=guideline": lambda one: one.kind == "guideline",
    "status=retracted": lambda one: one.status == "retracted",
    "topic=gout": lambda one: "gout" in one.topics,
    "kind=research&status=current": lambda one: (one.kind, one.status) == ("research", "current"),
    "kind=nothing": lambda one: False,
}


@pytest.mark.parametrize(("query", "left"), LEFT.items())
def test_filters_leave_what_fits(reader: Any, real_shelf: Any, query: str, left: Any) -> None:
    assert titles(reader.get(f"/sources?{query}")) == [one.title for one in real_shelf.sources() if left(one)]


def test_the_choices_say_how_many_sources_they_leave(reader: Any, real_shelf: Any) -> None:
    page = html.fromstring(reader.get("/sources"))
    choices = {one.get("value"): one.text for one in page.xpath("//select/option")}
    retracted = sum(one.status == "retracted" for one in real_shelf.sources())
    assert choices["retracted"] == f"Retracted ({retracted})"


def test_words_find_titles_first_and_then_what_the_texts_say(reader: Any) -> None:
    page = html.fromstring(reader.get("/sources?q=Takayasu"))
    found = page.xpath("//ul[@class='source-list']/li")
    assert found
    assert all("excerpt" in html.tostring(one, encoding="unicode") for one in found[:2])
    assert "Takayasu" in found[0].text_content()


def test_superseded_and_retracted_sources_are_found_and_say_so(reader: Any) -> None:
    page = reader.get("/sources/nass-2007-lumbar-stenosis")
    assert "Superseded by nass-2011-lumbar-stenosis" in page
    assert "Diagnosis and treatment of degenerative lumbar spinal stenosis" in page


def test_the_whole_text_of_a_source_stands_on_its_page(reader: Any, real_shelf: Any) -> None:
    source_id = "nass-2011-lumbar-stenosis"
    page = html.fromstring(reader.get(f"/sources/{source_id}"))
    shown = [one.text_content() for one in page.xpath("//section[@class='whole']/p[@id]")]
    assert shown == [one.text for one in real_shelf.passages(source_id)]
    assert page.xpath("//p[@id]")[0].get("id") == real_shelf.passages(source_id)[0].passage_id
    assert not page.xpath("//mark")


@pytest.mark.parametrize(
    "query", ["start=-5&end=99999999", "start=10&end=5", "start=5", "end=5", "start=99999&end=99999"]
)
def test_offsets_that_mark_nothing_leave_the_text_whole(reader: Any, real_shelf: Any, query: str) -> None:
    source_id = "nass-2011-lumbar-stenosis"
    page = html.fromstring(reader.get(f"/sources/{source_id}?{query}"))
    shown = [one.text_content() for one in page.xpath("//section[@class='whole']/p[@id]")]
    assert shown == [one.text for one in real_shelf.passages(source_id)]
    assert len(page.xpath("//mark[@id='cited']")) <= 1


def test_a_source_that_is_not_there_is_a_calm_page(reader: Any) -> None:
    assert "There is no such source" in reader.get("/sources/none")
    assert reader.status == 404
