"""The checker's rate: pairs of 150 tokens a second on two cores, the median of five runs."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from rag.models.base import EntailmentModel

TOKENS = 150
CLAIM_TOKENS = 25
PAIRS = 96
RUNS = 5
CORES = 2
_SPECIAL_TOKENS = 3  # [CLS] passage [SEP] claim [SEP]


@dataclass(frozen=True, slots=True)
class Rate:
    """Pairs a second: the median of the runs, and each run."""

    pairs_per_second: float
    runs: tuple[float, ...]

    def __str__(self) -> str:
        spread = f"{min(self.runs):.1f} to {max(self.runs):.1f}"
        return f"{self.pairs_per_second:.1f} pairs of {TOKENS} tokens a second (median of {len(self.runs)}: {spread})"


@contextmanager
def on_two_cores() -> Iterator[None]:
    """This process, and every thread it starts meanwhile, on two of its cores, where the system lets one choose."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def pairs_of_tokens(texts: Sequence[str], tokenizer: Any, pairs: int = PAIRS) -> list[tuple[str, str]]:
    """Pairs cut from texts, no two alike, each of 150 tokens with its special ones: 25 in the claim, the rest before.

    Args:
        tokenizer: of the `tokenizers` library; decoding may move a pair's length by a few tokens.
    """
    ids: list[int] = [one for text in texts for one in tokenizer.encode(text, add_special_tokens=False).ids]
    passage_tokens = TOKENS - CLAIM_TOKENS - _SPECIAL_TOKENS
    endless = cycle(ids)
    made = []
    for _ in range(pairs):
        passage = tokenizer.decode(list(islice(endless, passage_tokens)))
        made.append((passage, tokenizer.decode(list(islice(endless, CLAIM_TOKENS)))))
    return made


def corpus_pairs() -> list[tuple[str, str]]:
    """Pairs of 150 tokens cut from the shipped corpus."""
    from tokenizers import Tokenizer

    from rag.config import load_settings
    from rag.ingestion.corpus_file import read_corpus
    from rag.models.encoder_files import encoder_folder
    from rag.models.encoder_spec import DEFAULT_ENCODER

    tokenizer = Tokenizer.from_file(str(encoder_folder(DEFAULT_ENCODER) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return pairs_of_tokens([document.text for document in read_corpus(load_settings().corpus_dir)], tokenizer)


def measured_rate(model: EntailmentModel, pairs: Sequence[tuple[str, str]], runs: int = RUNS) -> Rate:
    """A model's rate on pairs, after one run that does not count."""
    model.predict(pairs[:8])
    rates = []
    for _ in range(runs):
        begun = time.perf_counter()
        model.predict(pairs)
        rates.append(len(pairs) / (time.perf_counter() - begun))
    return Rate(statistics.median(rates), tuple(rates))
