"""What a build would do, before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import IndexBrokenError, IndexMismatchError, IndexMissingError
from rag.indexing.builder import Recipe, sound_index
from rag.indexing.embeddings import FinishedVectors, KnownVectors, keys_of
from rag.indexing.gathering import Offered, indexed_text
from rag.indexing.layout import EMBEDDED, Manifest, read_manifest


@dataclass(frozen=True, slots=True)
class Difference:
    """How the sources offered differ from those of an index, and what a build would have to embed.

    `reasons` says why more than the changed sources is built, if it is. `up_to_date`: a build would change nothing.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    texts: int
    embed: int
    reasons: tuple[str, ...]

    @property
    def up_to_date(self) -> bool:
        """Whether the index is what a build would make."""
        return not (self.added or self.changed or self.removed or self.reasons)


def difference(folder: Path, offered: Sequence[Offered], recipe: Recipe) -> Difference:
    """Compare sources with an index; every offered source that changed is read, nothing is embedded.

    Raises:
        CorpusError: a changed source cannot be read.
    """
    reasons: list[str] = []
    old: Manifest | None = None
    try:
        old = read_manifest(folder)
    except IndexMissingError:
        reasons.append("there is no index of this name yet")
    except (IndexMismatchError, IndexBrokenError) as error:
        reasons.append(str(error))
    hashes = old.source_hashes if old else {}
    if old is not None:
        reasons += _reasons(old, recipe)
    here = {one.source_id for one in offered}
    texts, embed = _texts_to_embed(folder, offered, recipe, reasons)
    return Difference(
        added=tuple(one.source_id for one in offered if one.source_id not in hashes),
        changed=tuple(one.source_id for one in offered if hashes.get(one.source_id, one.file_hash) != one.file_hash),
        removed=tuple(source_id for source_id in hashes if source_id not in here),
        unchanged=sum(hashes.get(one.source_id) == one.file_hash for one in offered),
        texts=texts,
        embed=embed,
        reasons=tuple(reasons),
    )


def _reasons(old: Manifest, recipe: Recipe) -> list[str]:
    reasons = []
    if old.encoder["fingerprint"] != recipe.maker.fingerprint:
        reasons.append(f"the encoder was {_encoder(old.encoder)}, and is {_encoder(recipe.maker.description)} now")
    reasons += [
        f"the chunking's {name} was {old.chunking.get(name)}, and is {value} now"
        for name, value in recipe.chunking.items()
        if old.chunking.get(name) != value
    ]
    if old.search["asked"] != recipe.factory:
        reasons.append(f"the vector index was {old.search['asked'] or 'auto'}, and is {recipe.factory or 'auto'} now")
    return reasons


def _encoder(description: object) -> str:
    fields = dict(description)  # type: ignore[call-overload]
    return f"{fields['name']} ({str(fields['fingerprint'])[:12]})"


def _texts_to_embed(folder: Path, offered: Sequence[Offered], recipe: Recipe, reasons: list[str]) -> tuple[int, int]:
    """How many texts the index would have, passages and sentences, and how many of them would be embedded."""
    index = sound_index(folder)
    if index is None and not reasons:
        reasons.append("the index is damaged: nothing is taken over from it")
    same_chunking = index is not None and index.manifest.chunking == dict(recipe.chunking)
    same_encoder = index is not None and index.manifest.encoder["fingerprint"] == recipe.maker.fingerprint
    known = index.known_vectors() if index is not None and same_encoder else None
    passages, sentences = list[str](), list[str]()
    total = 0
    for one in offered:
        unchanged = index is not None and index.manifest.source_hashes.get(one.source_id) == one.file_hash
        if index is not None and unchanged and same_chunking and same_encoder:
            total += index.texts.text_count(one.source_id)
            continue
        document, made = one.read()
        passages += [indexed_text(passage, document.source.title) for passage in made]
        sentences += [passage.quote(sentence) for passage in made for sentence in passage.sentences]
    total += len(passages) + len(sentences)
    embed = _unknown(folder, passages, known[0] if known else None, recipe)
    embed += _unknown(folder, sentences, known[1] if known else None, recipe)
    if index is not None:
        index.close()
    return total, embed


def _unknown(folder: Path, texts: Sequence[str], known: KnownVectors | None, recipe: Recipe) -> int:
    keys = keys_of(list(dict.fromkeys(texts)))
    if known is not None:
        keys = keys[known.rows_of(keys) < 0]
    finished = 0
    with suppress(OSError):
        finished = FinishedVectors.count(folder / EMBEDDED, recipe.maker.fingerprint, [bytes(key) for key in keys])
    return len(keys) - finished
