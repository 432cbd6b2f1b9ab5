"""The whole training, stage by stage, each skipped where its weights are there already.

general -> constructed -> labelled, the last once a seed, and once more on four fifths of the human labels: what that
network says of the fifth it has not seen is what the combiner and its temperature are fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from eval.training import curriculum
from eval.training.averaging import averaged
from eval.training.batches import TokenisedExamples
from eval.training.examples import Example
from eval.training.loop import Report, Stage, Training
from eval.training.network import ClaimNetwork, new_network


@dataclass(frozen=True, slots=True)
class Materials:
    """Where the training reads from and writes to. `base` is the encoder's folder to begin with."""

    data: Path
    pairs: Path
    base: Path
    out: Path
    constructed_count: int

    @property
    def tokenizer(self) -> Path:
        """The tokenizer of the network."""
        return self.base / "tokenizer.json"


class Curriculum:
    """Runs the stages in their order."""

    def __init__(self, materials: Materials, report: Report) -> None:
        self._materials = materials
        self._report = report

    def _network(self, after: str | None, seed: int) -> ClaimNetwork:
        network = new_network(self._materials.base, seed)
        if after:
            state = torch.load(self._weights(after), map_location="cpu", weights_only=True)
            network.load_state_dict(state)
        return network

    def _weights(self, name: str) -> Path:
        return self._materials.out / f"{name}.weights.pt"

    def _run(self, stage: Stage, examples: Sequence[Example], after: str | None) -> None:
        if self._weights(stage.name).exists():
            self._report(f"{stage.name}: done before")
            return
        tokenised = TokenisedExamples(examples, self._materials.tokenizer, stage.max_tokens)
        self._report(f"{stage.name}: {len(examples)} pairs of {sum(tokenised.lengths) / len(tokenised):.0f} tokens")
        Training(self._network(after, stage.seed), tokenised, stage, self._materials.out).run(self._report)

    @property
    def _before(self) -> str:
        """The stage that the labelled one begins from: the constructed one, unless it is left out."""
        stage = curriculum.CONSTRUCTED if self._materials.constructed_count else curriculum.GENERAL
        return stage.name

    def learn_general(self) -> None:
        """Stage one."""
        self._run(curriculum.GENERAL, curriculum.general(self._materials.data, 0), None)

    def learn_constructed(self) -> None:
        """Stage two; left out where no constructed pairs are asked for."""
        paths = self._materials
        if not paths.constructed_count:
            return
        examples = curriculum.constructed(paths.data, paths.pairs, paths.constructed_count, 0)
        self._run(curriculum.CONSTRUCTED, examples, curriculum.GENERAL.name)

    def learn_labelled(self, seed: int) -> str:
        """Stage three for one seed; its name."""
        return self._labelled(f"labelled-{seed}", seed, held_out=False)

    def learn_fold(self) -> str:
        """Stage three without a fifth of the human-labelled claims; its name."""
        return self._labelled("labelled-fold", 0, held_out=True)

    def _labelled(self, name: str, seed: int, *, held_out: bool) -> str:
        paths = self._materials
        examples = curriculum.labelled(paths.data, paths.pairs, seed)
        if held_out:
            examples = [one for one in examples if not curriculum.is_held(one)]
        self._run(replace(curriculum.LABELLED, name=name, seed=seed), examples, self._before)
        return name

    def network(self, names: Sequence[str]) -> ClaimNetwork:
        """The network of the mean weights of these finished stages."""
        network = new_network(self._materials.base, 0)
        network.load_state_dict(averaged([self._weights(name) for name in names]))
        network.eval()
        return network
