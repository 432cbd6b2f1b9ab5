from __future__ import annotations

import pytest

from rag.pipeline import AnswerPipeline


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_retriever_and_the_pipeline_serve_langchain_programs(real_pipeline: AnswerPipeline) -> None:
    from rag.langchain import SourceboundRetriever, as_runnable

    documents = SourceboundRetriever(search=real_pipeline.search).invoke("shopping cart sign in lumbar spinal stenosis")
    assert documents[0].metadata["kind"] == "guideline"
    research = [one.metadata["source_id"] for one in documents if one.metadata["kind"] == "research"]
    assert {"nadeau-2013-claudication", "tomkins-lane-2016-issls-delphi"} & set(research[:2])
    assert all("2007" not in one.metadata["source_id"] or one.metadata["kind"] == "research" for one in documents)
    answer = as_runnable(real_pipeline).invoke("Does pregabalin help sciatica?")
    assert answer["schema"] == "sourcebound.answer/1"
    assert answer["outcome"] == "answer"
