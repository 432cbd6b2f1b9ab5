"""Whether an index folder is what it was when it was built: every byte, and vectors that can be made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import RagError
from rag.indexing.gathering import indexed_text
from rag.indexing.index import Index, open_index
from rag.indexing.layout import MANIFEST, Manifest, file_entry, fingerprint_of, generation_folder, read_manifest
from rag.models.base import Encoder, Vectors
from rag.types import Progress, no_progress

LEAST_COSINE = 0.99
"""Vectors made again on another kind of processor differ in their last digits; those of other texts by far more."""
_SLAB = 64


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with which part of an index."""

    part: str
    what: str


@dataclass(frozen=True, slots=True)
class Soundness:
    """What was checked, and what was found wrong."""

    files: int
    size: int
    vectors: int
    least_cosine: float | None
    faults: tuple[Fault, ...]


def check_soundness(
    folder: Path,
    open_encoder: Callable[[Path], Encoder],
    *,
    sample: int | None = 200,
    progress: Progress = no_progress,
) -> Soundness:
    """Check every byte of an index folder, and that its vectors come out again.

    Args:
        folder: the index folder.
        open_encoder: opens the encoder that the index carries.
        sample: how many passages and how many sentences are embedded again, evenly spread; None: all.
        progress: told of each stage.

    Raises:
        IndexMissingError, IndexMismatchError, IndexBrokenError: there is no index of this format, or no manifest.
    """
    manifest = read_manifest(folder)
    faults = [*_manifest_faults(folder, manifest), *_file_faults(folder, manifest, progress)]
    size = sum(entry.size for entry in manifest.files.values())
    if faults:
        return Soundness(len(manifest.files), size, 0, None, tuple(faults))
    index = open_index(folder)
    try:
        checked, least, found = _vector_faults(index, open_encoder(index.encoder_folder), sample, progress)
        faults += [*found, *_text_faults(index)]
    except RagError as error:
        checked, least = 0, None
        faults.append(Fault("encoder", str(error)))
    finally:
        index.close()
    return Soundness(len(manifest.files), size, checked, least, tuple(faults))


def _manifest_faults(folder: Path, manifest: Manifest) -> Iterator[Fault]:
    if (folder / MANIFEST).read_text(encoding="utf-8") != manifest.written():
        yield Fault(MANIFEST, "is not as it was written")
    if fingerprint_of(manifest.files) != manifest.fingerprint:
        yield Fault(MANIFEST, "its fingerprint is not that of the files it names")


def _file_faults(folder: Path, manifest: Manifest, progress: Progress) -> Iterator[Fault]:
    generation = generation_folder(folder, manifest)
    for done, (name, entry) in enumerate(manifest.files.items(), start=1):
        path = generation / name
        if not path.is_file():
            yield Fault(name, "is missing")
        elif path.stat().st_size != entry.size:
            yield Fault(name, f"has {path.stat().st_size} bytes, not {entry.size}")
        elif file_entry(path) != entry:
            yield Fault(name, "has other bytes than when it was built")
        progress("checking files", done, len(manifest.files))
    present = {path.relative_to(generation).as_posix() for path in generation.rglob("*") if path.is_file()}
    for name in sorted(present - set(manifest.files)):
        yield Fault(name, "does not belong to the index")


def _spread(count: int, sample: int | None) -> list[int]:
    """At most `sample` of the numbers below `count`, evenly spread, first and last among them."""
    wanted = count if sample is None else min(sample, count)
    return [int(row) for row in np.unique(np.linspace(0, count - 1, wanted).round())] if wanted else []


def _vector_faults(
    index: Index, encoder: Encoder, sample: int | None, progress: Progress
) -> tuple[int, float | None, list[Fault]]:
    """How many vectors were made again, the least cosine of a pair, and those that are not the same."""
    passages, sentences = index.known_vectors()
    rows = _spread(len(index.passages), sample)
    texts = [
        indexed_text(passage, index.sources[passage.source_id].title)
        for passage in map(index.passages.__getitem__, rows)
    ]
    pairs = [("passage", rows, texts, passages.vectors)]
    places = _spread(len(sentences.keys), sample)
    pairs.append(("sentence", places, _sentences(index, places), sentences.vectors))
    total, checked, least, faults = len(rows) + len(places), 0, 1.0, list[Fault]()
    for name, numbers, of, stored in pairs:
        for start in range(0, len(numbers), _SLAB):
            slab = numbers[start : start + _SLAB]
            cosines = _cosines(
                stored(np.array(slab, dtype=np.int64)), encoder.encode_documents(of[start : start + _SLAB])
            )
            least = min(least, float(cosines.min()))
            faults += [
                Fault(f"vector of {name} {number}", f"does not come out again: cosine {cosine:.3f}")
                for number, cosine in zip(slab, cosines, strict=True)
                if not cosine >= LEAST_COSINE
            ]
            checked += len(slab)
            progress("embedding again", checked, total)
    return checked, least if checked else None, faults


def _cosines(stored: Vectors, made: Vectors) -> NDArray[np.float32]:
    lengths = np.linalg.norm(stored, axis=1) * np.linalg.norm(made, axis=1)
    cosines: NDArray[np.float32] = (stored * made).sum(axis=1) / np.maximum(lengths, 1e-12)
    return cosines


def _sentences(index: Index, places: Sequence[int]) -> list[str]:
    """The sentences at some places of the order of all sentences."""
    found = []
    for place in places:
        row, first = index.row_of_sentence(place)
        passage = index.passages[row]
        found.append(passage.quote(passage.sentences[place - first]))
    return found


def _text_faults(index: Index) -> Iterator[Fault]:
    """Counts that differ between the parts of an index that belong together."""
    counts = index.manifest.counts
    for part, found, stated in (
        ("passages", len(index.passages), counts["passages"]),
        ("sources", len(index.sources), counts["sources"]),
        ("vectors", index.vector_count, counts["passages"]),
    ):
        if found != stated:
            yield Fault(part, f"there are {found}, the manifest says {stated}")
