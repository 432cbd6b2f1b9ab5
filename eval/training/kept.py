"""Networks over one encoder whose weights are kept in a folder by name, so that nothing is learnt twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

from eval.training.averaging import averaged
from eval.training.batches import TokenisedExamples
from eval.training.examples import Example
from eval.training.loop import Report, Stage, Training, save_whole
from eval.training.network import ClaimNetwork, new_network


class KeptNetworks:
    """The networks of a folder; `base` is the folder of the encoder that all of them began as."""

    def __init__(self, base: Path, out: Path, report: Report) -> None:
        self._base = base
        self._out = out
        self._report = report
        self.tokenizer = base / "tokenizer.json"
        out.mkdir(parents=True, exist_ok=True)

    def _weights(self, name: str) -> Path:
        return self._out / f"{name}.weights.pt"

    def network(self, name: str | None = None, seed: int = 0) -> ClaimNetwork:
        """The network of that name, or a new one whose head the seed draws."""
        network = new_network(self._base, seed)
        if name:
            network.load_state_dict(torch.load(self._weights(name), map_location="cpu", weights_only=True))
        return network

    def keep(self, name: str, weights: Mapping[str, torch.Tensor]) -> None:
        """Keep weights under a name, unless there are some."""
        if not self._weights(name).exists():
            save_whole(self._weights(name), dict(weights))

    def keep_mean(self, name: str, shares: Mapping[str, float]) -> None:
        """Keep the mean of kept ones, each by its share, under a name."""
        self.keep(name, averaged([self._weights(one) for one in shares], list(shares.values())))

    def learn(self, stage: Stage, examples: Callable[[], Sequence[Example]], after: str | None) -> None:
        """A stage, kept under its own name, from the network `after` on; nothing where it was done before."""
        if self._weights(stage.name).exists():
            self._report(f"{stage.name}: done before")
            return
        tokenised = TokenisedExamples(examples(), self.tokenizer, stage.max_tokens)
        tokens = sum(tokenised.lengths) / len(tokenised)
        self._report(f"{stage.name}: {len(tokenised)} pairs of {tokens:.0f} tokens")
        Training(self.network(after, stage.seed), tokenised, stage, self._out).run(self._report)
