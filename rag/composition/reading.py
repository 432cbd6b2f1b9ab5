"""How a sentence is shown to what reads it beside a question: under the title of its source."""

from __future__ import annotations


def under_title(title: str, sentence: str) -> str:
    """The sentence under its source's title, so that what the title names need not stand in it."""
    return f"{title.rstrip('.')}. {' '.join(sentence.split())}"
