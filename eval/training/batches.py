"""Batches of token ids: pairs tokenised once, shuffled by a seed, then put with others of about their length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from eval.training.examples import Example
from rag.models.base import RELATIONS

_SORTED_TOGETHER = 40


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids, mask and segments of shape (pairs, tokens), and which relations are allowed, of shape (pairs, 3)."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    token_type_ids: torch.Tensor
    allowed: torch.Tensor


class TokenisedExamples:
    """Examples as token ids, at most `max_tokens` long: a longer pair loses of its longer part, mostly the evidence."""

    def __init__(self, examples: Sequence[Example], tokenizer_file: Path, max_tokens: int) -> None:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_tokens, strategy="longest_first")
        self._encoded = tokenizer.encode_batch([(one.passage, one.claim) for one in examples])
        self._allowed = [[relation in one.allowed for relation in RELATIONS] for one in examples]
        self.lengths = [len(one.ids) for one in self._encoded]

    def __len__(self) -> int:
        return len(self._encoded)

    def epoch(self, batch_pairs: int, seed: int) -> list[list[int]]:
        """The places of each batch of one epoch, in an order that only the seed decides."""
        draw = random.Random(seed)  # noqa: S311
        order = list(range(len(self)))
        draw.shuffle(order)
        batches: list[list[int]] = []
        span = batch_pairs * _SORTED_TOGETHER
        for start in range(0, len(order), span):
            near = sorted(order[start : start + span], key=self.lengths.__getitem__)
            some = [near[at : at + batch_pairs] for at in range(0, len(near), batch_pairs)]
            draw.shuffle(some)
            batches += some
        return batches

    def batch(self, places: Sequence[int]) -> Batch:
        """The pairs at these places, padded to the longest."""
        longest = max(self.lengths[place] for place in places)

        def padded(rows: Iterator[Sequence[int]]) -> torch.Tensor:
            return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])

        chosen = [self._encoded[place] for place in places]
        return Batch(
            padded(one.ids for one in chosen),
            padded(one.attention_mask for one in chosen),
            padded(one.type_ids for one in chosen),
            torch.tensor([self._allowed[place] for place in places]),
        )
