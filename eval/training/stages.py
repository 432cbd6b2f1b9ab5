"""The whole training, stage by stage, each skipped where its weights are there already.

general -> constructed -> labelled, the last once a seed, and once more on four fifths of the human labels: what that
network says of the fifth it has not seen is what the combiner and its temperature are fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.training import curriculum
from eval.training.examples import Example
from eval.training.kept import KeptNetworks
from eval.training.loop import Report
from eval.training.network import ClaimNetwork


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
        self._kept = KeptNetworks(materials.base, materials.out, report)

    @property
    def _before(self) -> str:
        """The stage that the labelled one begins from: the constructed one, unless it is left out."""
        stage = curriculum.CONSTRUCTED if self._materials.constructed_count else curriculum.GENERAL
        return stage.name

    def learn_general(self) -> None:
        """Stage one."""
        self._kept.learn(curriculum.GENERAL, lambda: curriculum.general(self._materials.data, 0), None)

    def learn_constructed(self) -> None:
        """Stage two; left out where no constructed pairs are asked for."""
        paths = self._materials
        if not paths.constructed_count:
            return
        self._kept.learn(
            curriculum.CONSTRUCTED,
            lambda: curriculum.constructed(paths.data, paths.pairs, paths.constructed_count, 0),
            curriculum.GENERAL.name,
        )

    def learn_labelled(self, seed: int) -> str:
        """Stage three for one seed; its name."""
        return self._labelled(f"labelled-{seed}", seed, held_out=False)

    def learn_fold(self) -> str:
        """Stage three without a fifth of the human-labelled claims; its name."""
        return self._labelled("labelled-fold", 0, held_out=True)

    def _labelled(self, name: str, seed: int, *, held_out: bool) -> str:
        paths = self._materials

        def examples() -> list[Example]:
            found = curriculum.labelled(paths.data, paths.pairs, seed)
            return [one for one in found if not (held_out and curriculum.is_held(one))]

        self._kept.learn(replace(curriculum.LABELLED, name=name, seed=seed), examples, self._before)
        return name

    def network(self, names: Sequence[str]) -> ClaimNetwork:
        """The network of the mean weights of these finished stages."""
        mean = "+".join(names)
        self._kept.keep_mean(mean, {name: 1 / len(names) for name in names})
        network: ClaimNetwork = self._kept.network(mean).eval()
        return network
