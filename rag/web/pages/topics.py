"""The topics of the sources, as words for a reader."""

from __future__ import annotations

from collections import Counter

from rag.conversation.suggestions import topic_words
from rag.review.base import Shelf


def topic_title(topic: str) -> str:
    """Such as "Low back and buttock pain" for "low-back-and-buttock-pain"."""
    title = topic_words(topic)
    return title[:1].upper() + title[1:]


def shown_topics(shelf: Shelf) -> list[str]:
    """The topics that several sources have, by name."""
    counts = Counter(topic for source in shelf.sources() for topic in source.topics)
    return sorted(topic for topic, count in counts.items() if count > 1)
