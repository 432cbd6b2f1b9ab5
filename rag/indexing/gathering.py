"""Gathers the sources of a build: writes their texts to the index's file, and collects what is to be embedded.

A source whose file has not changed is taken over from the old index, unread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.indexing.index import Index
from rag.indexing.texts import PassageTerms, SourceTexts, Texts, TextsWriter
from rag.text import wide_terms
from rag.types import Document, Passage, Progress, Source


@dataclass(frozen=True, slots=True)
class Offered:
    """A source offered to a build: its id, the hash of its file, and what reads it, called only if it must be."""

    source_id: str
    file_hash: str
    read: Callable[[], tuple[Document, list[Passage]]]


@dataclass(slots=True)
class Gathered:
    """What a build collects from the sources, row by row."""

    texts: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    sentence_counts: list[int] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    source_of_row: list[int] = field(default_factory=list)
    term_counts: Counter[str] = field(default_factory=Counter)
    reused_sources: int = 0


def indexed_text(passage: Passage, title: str) -> str:
    """The words a passage is found by: its source's title, its heading and its text."""
    return f"{title}. {passage.heading}. {passage.text}"


def terms_of(passage: Passage, title: str) -> PassageTerms:
    """The terms of a passage's title and heading, and those of each of its sentences."""
    lead = list(wide_terms(f"{title}. {passage.heading}."))
    return lead, [list(wide_terms(passage.quote(sentence))) for sentence in passage.sentences]


def gather(path: Path, offered: Sequence[Offered], old: Index | None, progress: Progress) -> Gathered:
    """Write the texts of all sources to a file.

    Args:
        path: the file to write.
        offered: the sources.
        old: the index whose texts and terms are taken over where a source's file has not changed, or None.
        progress: told now and then.

    Raises:
        CorpusError: a source cannot be read.
    """
    gathered = Gathered(term_counts=Counter(old.texts.term_counts() if old else {}))
    reusable = old.manifest.source_hashes if old else {}
    gone = set(reusable)
    with TextsWriter(path) as writer:
        for done, one in enumerate(offered, start=1):
            if old is not None and reusable.get(one.source_id) == one.file_hash:
                texts = old.texts.stored(one.source_id)
                gathered.reused_sources += 1
                gone.remove(one.source_id)
            else:
                document, passages = one.read()
                terms = [terms_of(passage, document.source.title) for passage in passages]
                texts = SourceTexts.of(document.source, document.text, passages, terms)
                gathered.term_counts.update(_sentence_terms(terms))
            writer.add(texts)
            _collect(gathered, texts)
            if done % 100 == 0 or done == len(offered):
                progress("reading the corpus", done, len(offered))
        if old is not None:
            for source_id in gone:
                gathered.term_counts.subtract(_sentence_terms(old.texts.terms(source_id)))
        writer.add_terms(+gathered.term_counts)
    return gathered


def _collect(gathered: Gathered, one: SourceTexts) -> None:
    gathered.sources.append(one.source)
    for passage in one.passages:
        gathered.texts.append(indexed_text(passage, one.source.title))
        gathered.sentences += [passage.quote(sentence) for sentence in passage.sentences]
        gathered.sentence_counts.append(len(passage.sentences))
        gathered.source_of_row.append(len(gathered.sources) - 1)


def _sentence_terms(terms: list[PassageTerms]) -> Iterator[str]:
    """The terms of each sentence, each once a sentence."""
    return (term for _, sentences in terms for own in sentences for term in set(own))


def lexical_terms(path: Path) -> Iterator[list[str]]:
    """The terms of each passage in order, read back source by source, so that never all are in memory."""
    texts = Texts(path)
    try:
        for source_id in texts.source_ids():
            for lead, sentences in texts.terms(source_id):
                yield lead + [term for own in sentences for term in own]
    finally:
        texts.close()
