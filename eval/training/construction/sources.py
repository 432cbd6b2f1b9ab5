"""Where the sentences come from: public sets that may train, and our own corpus. Dev documents never pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.training.construction.pairs import Source
from eval.training.construction.wording import abbreviations_of
from rag.ingestion.corpus_file import read_corpus
from rag.ingestion.sentences import sentence_spans

_HELD_SHARE = 5


def source_of(name: str, sentences: list[str]) -> Source:
    """A source; about one in twenty, chosen by a digest of its text, is held out whatever its name."""
    kept = tuple(sentence.strip() for sentence in sentences if len(sentence.strip()) > 3)
    digest = hashlib.sha256(" ".join(kept).encode()).digest()
    held = int.from_bytes(digest[:4], "big") % 100 < _HELD_SHARE
    return Source(name, kept, held, abbreviations_of(kept))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def scifact(claims_dir: Path) -> Iterator[Source]:
    """The abstracts, less every one that a dev claim cites or is paired with."""
    folder = claims_dir / "scifact"
    dev = {
        str(cited) for row in _rows(folder / "claims_dev.jsonl") for cited in [*row["cited_doc_ids"], *row["evidence"]]
    }
    dev |= {str(row["doc_id"]) for row in _rows(folder / "derived_pairs" / "pairs_dev.jsonl")}
    for row in _rows(folder / "corpus.jsonl"):
        if str(row["doc_id"]) not in dev:
            yield source_of(f"scifact:{row['doc_id']}", row["abstract"])


def citation_integrity(claims_dir: Path) -> Iterator[Source]:
    """The cited sentences of the train claims, less any text that a dev claim cites too."""
    folder = claims_dir / "citation_integrity"
    cited = {
        part: {str(one) for row in _rows(folder / f"claims_{part}.jsonl") for one in row["cited_doc_ids"]}
        for part in ("train", "dev")
    }
    rows = {str(row["doc_id"]): row["abstract"] for row in _rows(folder / "corpus.jsonl")}
    dev_sentences = {sentence.strip() for name in cited["dev"] for sentence in rows.get(name, [])}
    seen: set[str] = set()
    for name in sorted(cited["train"] - cited["dev"]):
        sentences = [sentence for sentence in rows.get(name, []) if sentence.strip() not in dev_sentences | seen]
        seen |= {sentence.strip() for sentence in sentences}
        if sentences:
            yield source_of(f"citation_integrity:{name}", sentences)


def check_covid(claims_dir: Path) -> Iterator[Source]:
    """The passages of the train pairs, one source an article."""
    texts: dict[str, dict[str, None]] = {}
    for row in _rows(claims_dir / "check_covid" / "derived_pairs" / "pairs_train.jsonl"):
        spans = sentence_spans(row["passage"])
        texts.setdefault(row["cord_id"], {}).update(
            dict.fromkeys(row["passage"][span.start : span.end] for span in spans)
        )
    for name, sentences in texts.items():
        yield source_of(f"check_covid:{name}", list(sentences))


def own_corpus(corpus_dir: Path) -> Iterator[Source]:
    """Our own summaries, one source a section."""
    for document in read_corpus(corpus_dir):
        for place, section in enumerate(document.sections):
            text = document.text[section.start : section.end]
            sentences = [text[span.start : span.end] for span in sentence_spans(text)]
            if sentences:
                yield source_of(f"corpus:{document.source.source_id}:{place}", sentences)


def all_sources(claims_dir: Path | None, corpus_dir: Path) -> list[Source]:
    """Every source that may train; our own corpus alone where there is no public data."""
    found = list(own_corpus(corpus_dir))
    if claims_dir is not None and claims_dir.is_dir():
        for read in (scifact, citation_integrity, check_covid):
            found += read(claims_dir)
    return found
