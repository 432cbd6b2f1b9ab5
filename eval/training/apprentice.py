"""One network on its way through stages of its own, and what it reads at their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from eval.training.batches import TokenisedExamples
from eval.training.examples import Example
from eval.training.loop import Report, Stage, Training, device
from eval.training.network import ClaimNetwork, new_network
from eval.training.reading import probabilities


class Apprentice:
    """A network that begins as the encoder of a folder; `labels` are what it tells apart.

    Its weights at the end of each stage, and what it has read, are kept in a folder: what was finished before is read
    from there.
    """

    def __init__(self, base: Path, seed: int, out: Path, labels: Sequence[str], report: Report) -> None:
        self._base = base
        self._out = out
        self._report = report
        self._labels = labels
        self._network: ClaimNetwork = new_network(base, seed, outputs=len(labels))
        self._seed = seed
        out.mkdir(parents=True, exist_ok=True)

    @property
    def network(self) -> ClaimNetwork:
        """What it has become."""
        return self._network

    def learn(self, stage: Stage, examples: Sequence[Example]) -> None:
        """A stage, from where the last one ended."""
        stage = replace(stage, seed=self._seed)
        tokenised = TokenisedExamples(examples, self._base / "tokenizer.json", stage.max_tokens, self._labels)
        tokens = np.mean(tokenised.lengths)
        self._report(f"{self._out.name}, {stage.name}: {len(tokenised)} pairs of {tokens:.0f} tokens")
        self._network = Training(self._network, tokenised, stage, self._out).run(self._report)

    def goes_back_to(self, stage: Stage) -> None:
        """Become again what it was at the end of a stage."""
        kept = self._out / f"{stage.name}.weights.pt"
        self._network.load_state_dict(torch.load(kept, map_location=device(), weights_only=True))

    def read(self, name: str, examples: Sequence[Example], max_tokens: int) -> NDArray[np.float32]:
        """What it reads in the examples, of shape (examples, labels); kept under the name.

        Raises:
            ValueError: other examples were read under this name before.
        """
        kept = self._out / f"{name}.npy"
        if not kept.exists():
            tokenizer = self._base / "tokenizer.json"
            np.save(kept, probabilities(self._network, examples, tokenizer, max_tokens, self._labels))
        read: NDArray[np.float32] = np.load(kept)
        if len(read) != len(examples):
            raise ValueError(f"{kept} is of other examples: remove it to begin anew")
        return read
