"""The edge to LangChain, and the page about it: its code is run as it stands."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from rag.config import Settings
from rag.errors import QuestionError
from rag.pipeline import AnswerPipeline
from rag.types import SourceFilter

PAGE = Path(__file__).resolve().parent.parent / "docs" / "langchain.md"
QUESTION = "Does pregabalin help sciatica?"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def timeless(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"provenance": record["provenance"] | {"created_at": None}}


def test_the_retriever_and_the_pipeline_serve_langchain_programs(real_pipeline: AnswerPipeline) -> None:
    from rag.langchain import SourceboundRetriever, as_runnable

    documents = SourceboundRetriever(search=real_pipeline.search).invoke("shopping cart sign in lumbar spinal stenosis")
    assert documents[0].metadata["kind"] == "guideline"
    research = [one.metadata["source_id"] for one in documents if one.metadata["kind"] == "research"]
    assert {"nadeau-2013-claudication", "tomkins-lane-2016-issls-delphi"} & set(research[:2])
    assert all("2007" not in one.metadata["source_id"] or one.metadata["kind"] == "research" for one in documents)
    answer = as_runnable(real_pipeline).invoke(QUESTION)
    assert answer["schema"] == "sourcebound.answer/1"
    assert answer["outcome"] == "answer"


def test_the_stream_gives_claims_as_they_pass_and_then_what_invoke_gives(real_pipeline: AnswerPipeline) -> None:
    from rag.langchain import as_runnable

    runnable = as_runnable(real_pipeline)
    *steps, last = runnable.stream(QUESTION)
    assert timeless(last) == timeless(runnable.invoke(QUESTION))
    assert [step["step"] for step in steps] == ["claim"] * len(steps)
    parts = ("short_answer", "guidelines", "research", "agreement")
    stated = [(part, claim) for part in parts for claim in last[part] if claim["type"] != "absence"]
    assert [(step["part"], step["claim"]) for step in steps] == stated
    first = steps[0]
    assert {source["source_id"] for source in first["sources"]} == {
        citation["source_id"] for citation in first["claim"]["citations"]
    }


def test_a_batch_keeps_its_order_and_an_error_can_stand_in_its_place(real_pipeline: AnswerPipeline) -> None:
    from rag.langchain import as_runnable

    asked = [QUESTION, "What is the capital of France?", "   "]
    runnable = as_runnable(real_pipeline)
    answered, abstained, failed = runnable.batch(asked, return_exceptions=True)
    assert (answered["question"], answered["outcome"]) == (QUESTION, "answer")
    assert (abstained["question"], abstained["outcome"]) == (asked[1], "abstention")
    assert isinstance(failed, QuestionError)
    with pytest.raises(QuestionError):
        runnable.invoke("   ")


def test_it_answers_for_a_reader_and_from_a_part_of_the_sources(real_pipeline: AnswerPipeline) -> None:
    from rag.langchain import as_runnable

    answer = as_runnable(real_pipeline, "patient", SourceFilter(year_from=2017)).invoke(QUESTION)
    assert answer["audience"] == "patient"
    assert answer["provenance"]["searched_within"] == "years from 2017"
    assert all(one["year"] >= 2017 for one in answer["references"])


def test_a_stream_that_is_given_up_ends_the_work(real_pipeline: AnswerPipeline) -> None:
    from rag.langchain import as_runnable

    ended = []

    class Watched:
        def stream(self, *arguments: Any) -> Any:
            try:
                yield from real_pipeline.stream(*arguments)
            finally:
                ended.append(True)

    stream = as_runnable(Watched()).stream(QUESTION)  # type: ignore[arg-type]
    assert next(stream)["step"] == "claim"
    assert not ended
    stream.close()  # type: ignore[attr-defined]
    assert ended


def test_the_code_of_the_page_runs(
    real_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAG_CORPUS_DIR", str(real_settings.corpus_dir))
    monkeypatch.setenv("RAG_INDEXES_DIR", str(real_settings.indexes_dir))
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    script = tmp_path / "page.py"
    script.write_text("print('====')\n".join(blocks), encoding="utf-8")
    runpy.run_path(str(script))
    printed = capsys.readouterr().out.split("====\n")
    assert printed[0].startswith("guideline 1 ")
    assert "['answer', 'abstention']" in printed[1]
    assert printed[2].splitlines()[0].startswith("short_answer ")
    assert printed[2].splitlines()[-1].startswith("answer ")
    assert "opioid" in printed[3].lower()
