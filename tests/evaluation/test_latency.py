"""The phases of an answer: each question is measured once in each, and the table has their median and tail."""

from __future__ import annotations

from eval.datasets import Item
from eval.latency import PHASES, latency_table, measured
from rag.config import Settings
from rag.pipeline import AnswerPipeline


def test_every_phase_of_every_question_is_measured(real_pipeline: AnswerPipeline, real_settings: Settings) -> None:
    items = [Item(question_id="a", question="What relieves the pain of lumbar spinal stenosis?")] * 2
    spent = measured(items, real_pipeline, real_settings)
    assert list(spent) == list(PHASES)
    assert all(len(seconds) == 2 and min(seconds) > 0 for seconds in spent.values())
    assert sum(median_of for median_of in (min(spent[phase]) for phase in PHASES[:2])) < max(spent["whole answer"])


def test_the_table_has_median_and_95th_percentile_in_milliseconds() -> None:
    table = latency_table({"parse": [0.001, 0.002, 0.003], "search": [0.5]})
    assert "| parse | 2.0 | 2.9 |" in table
    assert "| search | 500.0 | 500.0 |" in table
