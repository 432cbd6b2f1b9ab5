"""The training loop: one stage over some examples, with checkpoints, so that an interrupted stage goes on where it was.

A checkpoint holds weights, optimiser, schedule, random state and place; it replaces the last one by one renaming. The
same seed gives the same batches in the same order, and the same weights within floating-point noise.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import get_linear_schedule_with_warmup

from eval.training.batches import Batch, TokenisedExamples
from eval.training.network import ClaimNetwork

Report = Callable[[str], None]
_CHECKPOINT_EVERY_S = 120.0
_REPORT_EVERY = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """How long and how fast to learn from some examples. `learning_rate` is the highest, reached after `warmup`.

    `soft_share`: how much of the loss of a pair that a larger network has read is to agree with it.
    """

    name: str
    epochs: int
    learning_rate: float
    batch_pairs: int = 32
    max_tokens: int = 256
    warmup: float = 0.06
    weight_decay: float = 0.01
    smoothing: float = 0.0
    seed: int = 0
    soft_share: float = 0.7


def allowed_loss(logits: torch.Tensor, allowed: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Negative log of the probability that falls on the allowed labels, plus label smoothing, of shape (pairs,)."""
    logs = torch.log_softmax(logits.float(), dim=-1)
    on_allowed = torch.logsumexp(logs.masked_fill(~allowed, -torch.inf), dim=-1)
    return -((1.0 - smoothing) * on_allowed + smoothing * logs.mean(-1))


def distilled_loss(logits: torch.Tensor, soft: torch.Tensor, labelled: torch.Tensor, share: float) -> torch.Tensor:
    """The loss of each pair by its label, of shape (pairs,), mixed with the cross-entropy to what a larger network
    reads in it (Hinton et al. 2015, arXiv:1503.02531), where it was asked."""
    read = ~soft.isnan().any(-1)
    logs = torch.log_softmax(logits.float(), dim=-1)
    beside = -(soft.nan_to_num() * logs).sum(-1)
    return torch.where(read, (1.0 - share) * labelled + share * beside, labelled)


def device() -> torch.device:
    """Where networks are trained: a GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def save_whole(path: Path, state: dict[str, Any]) -> None:
    """Write a file wholly or not at all."""
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    beside.replace(path)


class Training:
    """One stage under way: the network, its optimiser and its place in the epochs."""

    def __init__(self, network: ClaimNetwork, examples: TokenisedExamples, stage: Stage, folder: Path) -> None:
        torch.manual_seed(stage.seed)
        self._device = device()
        self._network = network.to(self._device)
        self._examples = examples
        self._stage = stage
        self._checkpoint = folder / f"{stage.name}.checkpoint.pt"
        self._weights = folder / f"{stage.name}.weights.pt"
        self._batches = [
            places
            for epoch in range(stage.epochs)
            for places in examples.epoch(stage.batch_pairs, stage.seed * 1000 + epoch)
        ]
        learnt = [weight for weight in network.parameters() if weight.requires_grad]
        decayed = [weight for weight in learnt if weight.ndim > 1]
        plain = [weight for weight in learnt if weight.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": stage.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=stage.learning_rate,
            fused=True,
        )
        steps = len(self._batches)
        self._schedule = get_linear_schedule_with_warmup(self._optimizer, int(steps * stage.warmup), steps)
        self._place = 0

    def _resume(self) -> None:
        if self._checkpoint.exists():
            state = torch.load(self._checkpoint, map_location=self._device, weights_only=True)
            if state["steps"] != len(self._batches):
                raise ValueError(f"{self._checkpoint} is of another stage: remove it to begin anew")
            self._network.load_state_dict(state["network"])
            self._optimizer.load_state_dict(state["optimizer"])
            self._schedule.load_state_dict(state["schedule"])
            torch.set_rng_state(state["random"].cpu())
            self._place = state["place"]

    def _keep(self) -> None:
        save_whole(
            self._checkpoint,
            {
                "network": self._network.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "schedule": self._schedule.state_dict(),
                "random": torch.get_rng_state(),
                "place": self._place,
                "steps": len(self._batches),
            },
        )

    def _step(self, batch: Batch) -> torch.Tensor:
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            logits = self._network(
                batch.input_ids.to(self._device),
                batch.attention_mask.to(self._device),
                batch.token_type_ids.to(self._device),
            )
        labelled = allowed_loss(logits, batch.allowed.to(self._device), self._stage.smoothing)
        loss = distilled_loss(logits, batch.soft.to(self._device), labelled, self._stage.soft_share).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self._schedule.step()
        self._optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def _remaining(self) -> Iterator[list[int]]:
        yield from self._batches[self._place :]

    def run(self, report: Report) -> ClaimNetwork:
        """Train to the end of the stage, or read its weights where it was finished; the network, in eval mode."""
        if self._weights.exists():
            self._network.load_state_dict(torch.load(self._weights, map_location=self._device, weights_only=True))
            return self._ready()
        self._resume()
        self._network.train()
        started = kept = time.monotonic()
        losses: list[torch.Tensor] = []
        first = self._place
        for places in self._remaining():
            losses.append(self._step(self._examples.batch(places)))
            self._place += 1
            now = time.monotonic()
            if self._place % _REPORT_EVERY == 0:
                left_s = (now - started) / (self._place - first) * (len(self._batches) - self._place)
                loss = float(torch.stack(losses[-200:]).mean())
                report(
                    f"{self._stage.name}: {self._place}/{len(self._batches)}, loss {loss:.3f}, {left_s / 60:.0f} min"
                )
            if now - kept > _CHECKPOINT_EVERY_S:
                self._keep()
                kept = now
        save_whole(self._weights, self._network.state_dict())
        self._checkpoint.unlink(missing_ok=True)
        return self._ready()

    def _ready(self) -> ClaimNetwork:
        network: ClaimNetwork = self._network.eval()
        return network
