"""Adding to the corpus: what a reader understood becomes corpus files, all of a batch or none of it.

The files are written beside the corpus and moved in when the last of the batch is whole. What is missing is asked for
where someone can answer, and is an error where nobody can; nothing is made up. A source that is already there is left
as it is.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rag.curation.identities import Identities
from rag.curation.lives import set_superseded
from rag.curation.sources import Ask, Statements, Unfit, nobody, once, source_of
from rag.errors import CorpusError
from rag.ingestion.corpus_file import FOLDERS, body_of
from rag.ingestion.front_matter import front_matter_of
from rag.ingestion.readers.base import Reading
from rag.ingestion.sentences import sentence_spans
from rag.leftovers import clear_leftovers
from rag.types import Source

_SHOWN = 5
_STAGING = ".adding-"
_FOLDER_OF = {kind: folder for folder, kind in FOLDERS.items()}
_OWN_EACH = ("title", "doi", "pmid")


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of one source: its record, its headings, the number of its sentences, and remarks."""

    source: Source
    headings: tuple[str, ...]
    sentences: int
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Batch:
    """What became of the sources of one file, or one fetch.

    `already` counts those that the corpus has, `left_out` those passed over, by the reason; `first` are the first few
    that were added; `linked` says which sources a later version took the place of, `unlinked` where that failed.
    """

    origin: str
    added: int = 0
    already: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    first: list[Understood] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)


class Adder:
    """Adds sources to a corpus folder.

    Args:
        corpus_dir: the folder; made where it is not there.
        known: what it holds; brought up to date with each batch.
        given: fields that the user states for every source of the call, over what a file says.
        among_many: whether a batch is one of several; then, as in a batch of many, a year only fills in.
        topics: topics for every source of the call.
        ask: asks for what is missing.
        dry_run: understand everything, write nothing.
    """

    def __init__(
        self,
        corpus_dir: Path,
        known: Identities,
        *,
        given: Mapping[str, Any] | None = None,
        topics: tuple[str, ...] = (),
        among_many: bool = False,
        ask: Ask = nobody,
        dry_run: bool = False,
    ) -> None:
        self._corpus_dir = corpus_dir
        self._known = known
        given_fields = {name: value for name, value in (given or {}).items() if value is not None}
        self._stated = Statements(given_fields, topics, ask, among_many)
        self._dry_run = dry_run

    def add(
        self,
        origin: str,
        readings: Iterable[Reading],
        *,
        many: bool,
        seen: Callable[[Reading], None] = lambda reading: None,
    ) -> Batch:
        """Add what was read.

        Args:
            origin: the file or the query, for messages.
            readings: what a reader gives; it may raise on the way, and then nothing of the batch is added.
            many: whether single records that lack or break a field are passed over, and not errors.
            seen: told of each reading.

        Raises:
            CorpusError: something is missing or wrong that a record must have; nothing of the batch was added.
            ReadingError: from the reader; nothing of the batch was added.
        """
        batch = Batch(origin)
        known = Identities(self._known)
        links: list[tuple[str, str]] = []
        stated = self._stated
        if many:
            stated = replace(stated, ask=once(stated.ask), among_many=True)
        with self._staging() as folder:
            for number, reading in enumerate(readings):
                if number and (own := next((name for name in _OWN_EACH if name in self._stated.fields), None)):
                    raise CorpusError(f"{origin}: holds more than one source", mend=f"leave --{own} out")
                seen(reading)
                try:
                    source_id = self._stage(reading, stated, folder, known, batch)
                except Unfit as reason:
                    _pass_over(reading, reason, batch, many)
                    continue
                links += [(old, source_id) for old in reading.replaces]
                links += [(source_id, new) for new in reading.replaced_by]
            _refuse_nothing(batch)
            self._publish(folder)
        self._known.absorb(known)
        self._link(links, batch)
        return batch

    @contextmanager
    def _staging(self) -> Iterator[Path]:
        folder = self._corpus_dir / f"{_STAGING}{os.getpid()}"
        try:
            if not self._dry_run:
                clear_leftovers(self._corpus_dir, _STAGING)
                for name in FOLDERS:
                    (folder / name).mkdir(parents=True)
            yield folder
        except OSError as error:
            raise CorpusError("the corpus cannot be written", value=f"{self._corpus_dir}: {error.strerror}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _publish(self, folder: Path) -> None:
        """Move the files of a batch in, and out again where one of them cannot be."""
        moved: list[Path] = []
        try:
            for path in () if self._dry_run else sorted(folder.glob("*/*.md")):
                target = self._corpus_dir / path.relative_to(folder)
                target.parent.mkdir(exist_ok=True)
                if target.exists():
                    raise CorpusError(f"{target}: was written meanwhile", mend="run the command again")
                path.rename(target)
                moved.append(target)
        except BaseException:
            for target in moved:
                target.unlink(missing_ok=True)
            raise

    def _stage(self, reading: Reading, stated: Statements, folder: Path, known: Identities, batch: Batch) -> str:
        """Write one source into the staging folder, unless it is known; its id.

        Raises:
            Unfit: it makes no source.
        """
        if not any(block.level == 0 for block in reading.blocks):
            raise Unfit(reading.remarks[0] if reading.remarks else "has no text")
        source, remarks = source_of(reading, stated, known)
        same = known.find(source)
        if same is not None:
            batch.already += 1
            return same
        if known.holds(source.source_id):
            raise Unfit("has the id of another publication", value=source.source_id, mend="give it another id")
        if not self._dry_run:
            _write(folder / _FOLDER_OF[source.kind], source, reading)
        known.add(source)
        batch.added += 1
        if len(batch.first) < _SHOWN:
            batch.first.append(_understood(source, reading, remarks))
        return source.source_id

    def _link(self, links: Iterable[tuple[str, str]], batch: Batch) -> None:
        """Let each later version take the place of the earlier one, where both are in the corpus."""
        for old, new in links:
            old_id, new_id = self._known.id_of(old), self._known.id_of(new)
            if self._dry_run or not old_id or not new_id or old_id == new_id:
                continue
            try:
                if set_superseded(self._corpus_dir, old_id, new_id):
                    batch.linked.append(f"{old_id} is superseded by {new_id}")
            except CorpusError as error:
                batch.unlinked.append(f"{old_id} was not marked as superseded by {new_id}: {error}")


def _pass_over(reading: Reading, reason: Unfit, batch: Batch, many: bool) -> None:
    """Count a source that makes none.

    Raises:
        CorpusError: it is the only one of its file, or the user can mend all of them with one option.
    """
    has_text = any(block.level == 0 for block in reading.blocks)
    if not has_text or (many and reason.what != "has no kind"):
        batch.left_out[reason.what] += 1
        return
    where = f"{batch.origin}{f', {reading.place}' if reading.place else ''}"
    raise CorpusError(f"{where}: {reason.what}", value=reason.value, mend=reason.mend) from reason


def _write(folder: Path, source: Source, reading: Reading) -> None:
    try:
        content = f"{front_matter_of(source)}\n{body_of(reading.blocks)}".encode()
    except UnicodeEncodeError as error:
        raise Unfit("has characters that are no text", value=repr(error.object[error.start : error.end])) from error
    (folder / f"{source.source_id}.md").write_bytes(content)


def _refuse_nothing(batch: Batch) -> None:
    """Say so where a batch brought nothing at all."""
    if not batch.added and not batch.already:
        reason, count = batch.left_out.most_common(1)[0] if batch.left_out else ("holds no record", 0)
        many = f"each of {count} records {reason}" if count > 1 else f"the source {reason}" if count else reason
        raise CorpusError(f"{batch.origin}: nothing to add", value=many)


def _understood(source: Source, reading: Reading, remarks: tuple[str, ...]) -> Understood:
    sentences = sum(len(sentence_spans(block.text)) for block in reading.blocks if block.level == 0)
    headings = tuple(block.text for block in reading.blocks if block.level)
    return Understood(source, headings, sentences, remarks)
