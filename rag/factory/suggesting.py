"""What suggests further questions. Each is tried with the extractive composer, which asks no language model: a
suggestion costs nothing. Where a model composes the answers, it may still abstain where quoting would not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rag.config import Settings

if TYPE_CHECKING:
    from rag.review.base import Shelf
    from rag.serving import LivePipeline


def suggester(
    settings: Settings, answering: LivePipeline, shelf: Callable[[], Shelf]
) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """From the record of an answer to further questions that were found to be answered.

    Args:
        settings: what is asked for.
        answering: the pipeline of the server; questions are tried with it where it asks no model.
        shelf: gives what the index in use holds.
    """
    from rag.conversation.suggestions import Suggester

    if settings.chosen_composer == "extractive" and settings.verifier != "model":
        return Suggester(answering.ask, shelf)
    from rag.factory.answering import live_pipeline

    quoting = settings.model_copy(update={"composer": "extractive", "verifier": "shipped"})
    return Suggester(live_pipeline(quoting, lambda _: None).ask, shelf)
