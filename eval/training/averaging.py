"""Several finished networks made into one: the mean of their weights.

Networks that began from the same weights and saw the same examples in other orders lie in one basin, where the mean is
better than the members and costs no more than one (model soups, Wortsman et al. 2022, arXiv:2203.05482).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch


def averaged(weights: Sequence[Path], shares: Sequence[float] | None = None) -> dict[str, torch.Tensor]:
    """The mean of the weights in these files, tensor by tensor; `shares`, which add up to 1, say how much each counts.

    Raises:
        ValueError: there is no file, or not as many shares as files.
    """
    if not weights:
        raise ValueError("no weights to average")
    shares = shares or [1 / len(weights)] * len(weights)
    states = [torch.load(path, map_location="cpu", weights_only=True) for path in weights]
    return {
        name: sum(share * state[name].float() for share, state in zip(shares, states, strict=True)).to(tensor.dtype)
        for name, tensor in states[0].items()
    }
