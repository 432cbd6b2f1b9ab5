"""What a trained network reads in many pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from eval.training.batches import TokenisedExamples
from eval.training.examples import Example
from eval.training.loop import device
from eval.training.network import ClaimNetwork
from rag.models.base import RELATIONS

_TOKENS_TOGETHER = 24_000


def probabilities(
    network: ClaimNetwork,
    examples: Sequence[Example],
    tokenizer_file: Path,
    max_tokens: int,
    labels: Sequence[str] = RELATIONS,
) -> NDArray[np.float32]:
    """Of shape (examples, labels); longer pairs are cut as in training."""
    tokenised = TokenisedExamples(examples, tokenizer_file, max_tokens, labels)
    order = sorted(range(len(tokenised)), key=tokenised.lengths.__getitem__)
    found = np.zeros((len(tokenised), len(labels)), np.float32)
    where = device()
    network.to(where).eval()
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end + 1 - start) * tokenised.lengths[order[end]] <= _TOKENS_TOGETHER:
            end += 1
        places = order[start:end]
        batch = tokenised.batch(places)
        with torch.no_grad(), torch.autocast(where.type, dtype=torch.bfloat16):
            logits = network(batch.input_ids.to(where), batch.attention_mask.to(where), batch.token_type_ids.to(where))
        found[places] = torch.softmax(logits.float(), -1).cpu().numpy()
        start = end
    return found


def with_readings(examples: Sequence[Example], read: NDArray[np.float32]) -> list[Example]:
    """The examples with what was read in each, of shape (examples, labels)."""
    return [replace(one, soft=tuple(map(float, row))) for one, row in zip(examples, read, strict=True)]
