"""Batches of token ids: pairs tokenised once, shuffled by a seed, then put with others of about their length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Encoding, Tokenizer

from eval.training.examples import Example
from rag.models.base import RELATIONS

_PADDING = ("[PAD]", "<pad>")
_SORTED_TOGETHER = 40


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids, mask and segments of shape (pairs, tokens); which labels are allowed and what a larger network reads,
    of shape (pairs, labels), the latter not a number where none was asked."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    token_type_ids: torch.Tensor
    allowed: torch.Tensor
    soft: torch.Tensor


class TokenisedExamples:
    """Examples as token ids, at most `max_tokens` long: a longer pair loses of its longer part, mostly the evidence.

    `labels` are the names of what can be allowed, in the order of the network's outputs.
    """

    def __init__(
        self, examples: Sequence[Example], tokenizer_file: Path, max_tokens: int, labels: Sequence[str] = RELATIONS
    ) -> None:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_tokens, strategy="longest_first")
        self._padding = next(filter(None, map(tokenizer.token_to_id, _PADDING)), 0)
        self._encoded = tokenizer.encode_batch([(one.passage, one.claim) for one in examples])
        self._allowed = [[label in one.allowed for label in labels] for one in examples]
        unread = (float("nan"),) * len(labels)
        self._soft = [one.soft or unread for one in examples]
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

        def padded(rows: Iterator[Sequence[int]], with_what: int = 0) -> torch.Tensor:
            return torch.tensor([[*row, *[with_what] * (longest - len(row))] for row in rows])

        chosen = [self._encoded[place] for place in places]
        return Batch(
            padded((one.ids for one in chosen), self._padding),
            padded(one.attention_mask for one in chosen),
            padded(_segments(one) for one in chosen),
            torch.tensor([self._allowed[place] for place in places]),
            torch.tensor([self._soft[place] for place in places]),
        )


def _segments(encoded: Encoding) -> list[int]:
    """1 for the claim's tokens and what closes them, 0 before: also where the tokenizer itself marks no segments."""
    if any(encoded.type_ids):
        return list(encoded.type_ids)
    first = next((place for place, of in enumerate(encoded.sequence_ids) if of == 1), len(encoded.ids))
    return [int(place >= first) for place in range(len(encoded.ids))]
