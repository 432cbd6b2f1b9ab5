"""The graph and the tokenizer of a network that reads two texts together: pairs into logits, each pair alone.

It cuts what is too long into windows and computes; what the numbers mean is its caller's.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.models.base import Probabilities
from rag.models.windows import windows
from rag.text import STOPWORDS

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"

Tokens = dict[str, NDArray[np.int64]]


class PairNetwork:
    """The opened graph and its tokenizer. Safe to share between threads: it is never changed.

    Args:
        folder: where `model.onnx` and `tokenizer.json` lie.
        max_tokens: of a pair; longer passages are read by windows.
        labels: what its logits mean, in their order.
    """

    def __init__(self, folder: Path, max_tokens: int, labels: Sequence[str]) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        self._outputs = [entry.name for entry in self._session.get_outputs()]
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._max_tokens = max_tokens
        probe = self._tokenizer.encode("a passage", "a claim")
        self._outputs_count = len(labels)
        if self._one(_tokens(probe, max_tokens))[0].shape != (len(labels),):
            raise ValueError(f"{MODEL} does not give one logit for each of {', '.join(labels)}")

    def readings(self, pairs: Sequence[tuple[str, str]]) -> list[list[Tokens]]:
        """The token rows of each pair: one, or one a window; none for a pair that cannot be read whole."""
        encodings = self._tokenizer.encode_batch(list(pairs))
        return [self._reading(pair, encoding) for pair, encoding in zip(pairs, encodings, strict=True)]

    def _reading(self, pair: tuple[str, str], encoding: Any) -> list[Tokens]:
        passage, claim = pair
        beside = sum(segment != 0 for segment in encoding.sequence_ids)
        if beside > self._max_tokens // 2:
            return []
        if len(encoding.ids) <= self._max_tokens:
            return [_tokens(encoding, self._max_tokens)]
        spans = [span for span, segment in zip(encoding.offsets, encoding.sequence_ids, strict=True) if segment == 0]
        cut = windows(passage, spans, self._max_tokens - beside)
        encodings = self._tokenizer.encode_batch([(window, claim) for window in cut])
        return [_tokens(encoding, self._max_tokens) for encoding in encodings]

    def run(self, rows: Sequence[Tokens]) -> tuple[Probabilities, list[Probabilities]]:
        """Logits of shape (len(rows), labels), and of each row the alignment of the claim's tokens."""
        found = np.zeros((len(rows), self._outputs_count), np.float32)
        alignments = [np.zeros(0, np.float32)] * len(rows)

        def compute(place: int) -> None:
            found[place], alignment = self._one(rows[place])
            alignments[place] = alignment[rows[place]["token_type_ids"][0] == 1]

        # Longest first, so that no thread is left alone with a long one at the end.
        places = sorted(range(len(rows)), key=lambda place: -rows[place]["input_ids"].shape[1])
        workers = min(_cores(), len(rows))
        if workers <= 1:
            list(map(compute, places))
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(compute, places))
        return found, alignments

    def _one(self, row: Tokens) -> tuple[Probabilities, Probabilities]:
        values = self._session.run(None, {name: row[name] for name in self._inputs})
        named = dict(zip(self._outputs, values, strict=True))
        aligned = named["alignment"][0] if "alignment" in named else np.ones(row["input_ids"].shape[1], np.float32)
        return named["logits"][0], aligned

    def nearness(self, claim: str, alignments: Sequence[Probabilities]) -> tuple[float, float]:
        """Mean and least nearness of the claim's content words; of several windows the best counts for each token."""
        encoding = self._tokenizer.encode(claim, add_special_tokens=False)
        best = np.max(np.stack([alignment[: len(encoding.ids)] for alignment in alignments]), axis=0)
        by_word: dict[int, list[float]] = {}
        for value, word in zip(best, encoding.word_ids, strict=True):
            by_word.setdefault(-1 if word is None else word, []).append(float(value))
        means = [
            sum(values) / len(values)
            for word, values in by_word.items()
            if word >= 0 and _is_content(claim, encoding.word_to_chars(word))
        ]
        return (sum(means) / len(means), min(means)) if means else (1.0, 1.0)


def _is_content(claim: str, span: tuple[int, int] | None) -> bool:
    if span is None:
        return False
    word = claim[span[0] : span[1]].lower()
    return word.isalnum() and word not in STOPWORDS


def _tokens(encoding: Any, max_tokens: int) -> Tokens:
    """The inputs of one pair, each of shape (1, tokens).

    A window cut inside of a word can come out some tokens longer than it was in the whole: its last ones, which the
    next window has too, are left out.
    """
    kept = np.ones(len(encoding.ids), bool)
    excess = len(encoding.ids) - max_tokens
    if excess > 0:
        kept[np.flatnonzero(np.array(encoding.sequence_ids, float) == 0)[-excess:]] = False
    ids, types = (np.array([row], np.int64)[:, kept] for row in (encoding.ids, encoding.type_ids))
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}


def _cores() -> int:
    """The cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
