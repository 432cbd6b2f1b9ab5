"""Chunking: a document into passages of whole sentences, by LangChain's recursive splitter.

The splitter sees the text with a mark after each sentence and may only cut there; the marks are taken out again, so
that the offsets are exact by construction.
"""

from __future__ import annotations

from itertools import pairwise

from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.ingestion.sentences import sentence_spans
from rag.types import Document, Passage, Section, Sentence

_MARK = "\x1e"


def _groups(text: str, section: Section, sentences: list[Sentence], max_chars: int) -> list[list[Sentence]]:
    """The sentences of a section in groups of at most `max_chars` characters (a longer sentence stands alone)."""
    edges = [section.start, *(sentence.end for sentence in sentences)]
    marked = "".join(text[left:right] + _MARK for left, right in pairwise(edges))
    splitter = RecursiveCharacterTextSplitter(
        separators=[_MARK],
        keep_separator="end",
        chunk_size=max_chars,
        chunk_overlap=0,
        strip_whitespace=False,
    )
    groups, used = [], 0
    for piece in splitter.split_text(marked):
        count = piece.count(_MARK)
        groups.append(sentences[used : used + count])
        used += count
    return [group for group in groups if group]


def chunk(document: Document, *, max_chars: int) -> list[Passage]:
    """The passages of a document, in order, none across two sections.

    Args:
        document: what to cut.
        max_chars: the size aimed at, in characters.
    """
    source = document.source
    passages: list[Passage] = []
    for section in document.sections:
        sentences = [
            span
            for offset, paragraph in _paragraphs(document.text, section)
            for span in sentence_spans(paragraph, offset)
        ]
        for group in _groups(document.text, section, sentences, max_chars):
            start, end = group[0].start, group[-1].end
            passages.append(
                Passage(
                    passage_id=f"{source.source_id}#{len(passages) + 1}",
                    source_id=source.source_id,
                    kind=source.kind,
                    heading=section.heading,
                    start=start,
                    end=end,
                    text=document.text[start:end],
                    sentences=tuple(group),
                )
            )
    return passages


def _paragraphs(text: str, section: Section) -> list[tuple[int, str]]:
    found, offset = [], section.start
    for paragraph in text[section.start : section.end].split("\n\n"):
        found.append((offset, paragraph))
        offset += len(paragraph) + 2
    return found
