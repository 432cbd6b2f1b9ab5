"""Gathers the sources of a build: writes their texts to the index's file, and collects what is to be embedded.

A source whose file has not changed is taken over from the old index, unread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from pathlib import Path

from rag.indexing.index import Index
from rag.indexing.texts import PassageTerms, Texts, TextsWriter, WrittenPassage
from rag.text import wide_terms
from rag.types import Document, Passage, Progress, Source

_TOLD_EVERY = 100


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
    return _indexed(title, passage.heading, passage.text)


def _indexed(title: str, heading: str, text: str) -> str:
    return f"{title}. {heading}. {text}"


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
    places = _unchanged(offered, old) if old else {}
    with TextsWriter(path, old.texts.path if old else None) as writer:
        done = 0
        for run in _runs(offered, places):
            first = run[0]
            if first.source_id in places:
                writer.take_over(places[first.source_id], places[run[-1].source_id])
                gathered.reused_sources += len(run)
            else:
                document, passages = first.read()
                terms = [terms_of(passage, document.source.title) for passage in passages]
                writer.add(document.source, document.text, passages, terms)
                gathered.term_counts.update(_sentence_terms(terms))
            done += len(run)
            if done % _TOLD_EVERY < len(run) or done == len(offered):
                progress("reading the corpus", done, len(offered))
        if old is not None:
            for source_id in old.manifest.source_hashes.keys() - places.keys():
                gathered.term_counts.subtract(_sentence_terms(old.texts.terms(source_id)))
        writer.add_terms(+gathered.term_counts)
        for source, written in writer.written():
            _collect(gathered, source, written)
        writer.add_topics(topic for source in gathered.sources for topic in source.topics)
    return gathered


def _unchanged(offered: Sequence[Offered], old: Index) -> dict[str, int]:
    """The sources whose files have not changed since the old index, each with its place there."""
    hashes, places = old.manifest.source_hashes, old.texts.places()
    return {one.source_id: places[one.source_id] for one in offered if hashes.get(one.source_id) == one.file_hash}


def _runs(offered: Sequence[Offered], places: Mapping[str, int]) -> Iterator[list[Offered]]:
    """The sources in order: those that also stood side by side in the old index together, each other one alone."""

    def run_of(numbered: tuple[int, Offered]) -> tuple[bool, int]:
        number, one = numbered
        place = places.get(one.source_id)
        return (False, number) if place is None else (True, place - number)

    for _, run in groupby(enumerate(offered), run_of):
        yield [one for _, one in run]


def _collect(gathered: Gathered, source: Source, written: Sequence[WrittenPassage]) -> None:
    place = len(gathered.sources)
    gathered.sources.append(source)
    for passage in written:
        gathered.texts.append(_indexed(source.title, passage.heading, passage.text))
        gathered.sentences += passage.sentences
        gathered.sentence_counts.append(len(passage.sentences))
        gathered.source_of_row.append(place)


def _sentence_terms(terms: list[PassageTerms]) -> Iterator[str]:
    """The terms of each sentence, each once a sentence."""
    return (term for _, sentences in terms for own in sentences for term in set(own))


def lexical_terms(path: Path) -> Iterator[list[str]]:
    """The terms of each passage in order, read back source by source, so that never all are in memory."""
    texts = Texts(path)
    try:
        for of_source in texts.all_terms():
            for lead, sentences in of_source:
                yield [*lead, *chain.from_iterable(sentences)]
    finally:
        texts.close()
