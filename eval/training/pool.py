"""Pairs without labels: real claims with evidence of every kind and length, for a larger network to read.

What the network learns from its reading does not hang on who labelled what: short evidence that says nothing of a claim
and whole abstracts that carry it are as frequent here as the other way round.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import bm25s

from eval.claim_sets.biomedical import without_markers
from eval.training.examples import OPEN, Example
from eval.training.written import Written
from rag.ingestion.sentences import sentence_spans

_NEAR = 6
_MOST_WORDS = 170
_SPANS = (1, 1, 1, 2, 2, 3, 4, 6, 40)
"""How many sentences evidence has: mostly few, sometimes all."""

Abstracts = Mapping[str, tuple[str, Sequence[str]]]


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def span_of(sentences: Sequence[str], draw: random.Random, through: int | None = None) -> str:
    """Some neighbouring sentences, of at most about 170 words; with the one numbered `through` among them."""
    width = min(draw.choice(_SPANS), len(sentences))
    place = draw.randrange(len(sentences)) if through is None else through
    first = max(0, min(place - draw.randrange(width), len(sentences) - width))
    chosen = list(sentences[first : first + width])
    while len(" ".join(chosen).split()) > _MOST_WORDS and len(chosen) > 1:
        chosen.pop(0 if place - first > len(chosen) // 2 else -1)
        first += int(place - first > len(chosen) // 2)
    return " ".join(chosen)


class _Near:
    """Documents near a claim by BM25."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._documents = documents
        self._index = bm25s.BM25()
        texts = [" ".join(document) for document in documents]
        self._index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    def of(self, claims: Sequence[str]) -> list[list[Sequence[str]]]:
        """The nearest documents of each claim, best first."""
        tokens = bm25s.tokenize(list(claims), stopwords="en", show_progress=False)
        found, _ = self._index.retrieve(tokens, k=min(_NEAR, len(self._documents)), show_progress=False, n_threads=1)
        return [[self._documents[int(place)] for place in row] for row in found]


def _with_near(claims: Sequence[str], near: _Near, times: int, draw: random.Random, origin: str) -> list[Example]:
    return [
        Example(span_of(document, draw), claim, OPEN, origin)
        for claim, documents in zip(claims, near.of(claims), strict=True)
        for document in documents
        for _ in range(times)
    ]


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


def unlabelled(data: Path, abstracts: Abstracts, written: Sequence[Written], seed: int) -> list[Example]:
    """Claims of SciFact, Check-COVID and Citation-Integrity train and all that was written, with spans of the evidence
    they came with and of the nearest other documents. `abstracts`: none that a dev claim uses."""
    draw = random.Random(seed)  # noqa: S311
    claims = data / "claims"
    near = _Near([sentences for _, sentences in abstracts.values()])
    found: list[Example] = []
    rows = list(_rows(claims / "scifact" / "claims_train.jsonl"))
    for row in rows:
        for document in row["cited_doc_ids"]:  # type: ignore[attr-defined]
            if str(document) in abstracts:
                sentences = abstracts[str(document)][1]
                found += [Example(span_of(sentences, draw), str(row["claim"]), OPEN, "pool/scifact") for _ in range(12)]
    found += _with_near([str(row["claim"]) for row in rows], near, 3, draw, "pool/scifact near")
    covid = list(_rows(claims / "check_covid" / "derived_pairs" / "pairs_train.jsonl"))
    passages = {str(row["passage"]): _sentences(str(row["passage"])) for row in covid}
    told = list(dict.fromkeys(str(row["claim"]) for row in covid))
    for row in covid:
        found += [
            Example(span_of(passages[str(row["passage"])], draw), str(row["claim"]), OPEN, "pool/check_covid")
            for _ in range(4)
        ]
    found += _with_near(told, _Near(list(passages.values())), 2, draw, "pool/check_covid near")
    folder = claims / "citation_integrity"
    cited = {str(row["doc_id"]): list(row["abstract"]) for row in _rows(folder / "corpus.jsonl")}  # type: ignore[call-overload]
    for row in _rows(folder / "claims_train.jsonl"):
        claim = without_markers(str(row["claim"]))
        for document in row["cited_doc_ids"]:  # type: ignore[attr-defined]
            found += [Example(span_of(cited[str(document)], draw), claim, OPEN, "pool/cited") for _ in range(5)]
    for one in written:
        for statement in (text for texts in one.statements.values() for text in texts):
            found.append(Example(span_of(one.abstract, draw, one.place), statement, OPEN, "pool/written"))
            found.append(Example(span_of(one.abstract, draw), statement, OPEN, "pool/written"))
    told = [draw.choice(one.statements[name]) for one in written for name in ("same", "against")]
    found += _with_near(told, near, 1, draw, "pool/written near")
    return list(dict.fromkeys(found))
