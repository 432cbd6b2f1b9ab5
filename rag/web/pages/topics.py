"""The topics of the sources, as words for a reader."""

from __future__ import annotations

from collections import Counter

from rag.review.base import Shelf

_UPPER = {"hiv": "HIV", "mmr": "MMR", "ckd": "CKD", "ef": "EF"}


def topic_title(topic: str) -> str:
    """Such as "Low back and buttock pain" for "low-back-and-buttock-pain"."""
    words = [_UPPER.get(word, word) for word in topic.replace("-", " ").split()]
    title = " ".join(words).replace("COVID 19", "COVID-19").replace("covid 19", "COVID-19")
    return title[:1].upper() + title[1:]


def shown_topics(shelf: Shelf) -> list[str]:
    """The topics that several sources have, by name."""
    counts = Counter(topic for source in shelf.sources() for topic in source.topics)
    return sorted(topic for topic, count in counts.items() if count > 1)
