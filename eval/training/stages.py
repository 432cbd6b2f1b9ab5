"""The whole training, stage by stage, each skipped where its weights are there already.

Larger networks learn first: general -> constructed -> labelled, one a seed. They read many pairs. The network that
ships learns general data, then what they read, then labels beside what they read of the same pairs. All of it happens
once more without a fifth of the labelled claims: what a network says of the fifth that neither it nor its teacher has
seen is what the combiner is fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from eval.training import curriculum
from eval.training.averaging import averaged
from eval.training.batches import TokenisedExamples
from eval.training.examples import Example
from eval.training.loop import Report, Stage, Training, device
from eval.training.network import ClaimNetwork, new_network
from eval.training.reading import probabilities, with_readings
from rag.models.base import RELATIONS

FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Materials:
    """Where the training reads from and writes to. `base` is the folder of the encoder that the shipped network begins
    as, `teacher` that of the larger ones; None: nothing is learnt from larger ones."""

    data: Path
    pairs: Path
    base: Path
    teacher: Path | None
    out: Path


class Apprentice:
    """One network on its way through its stages, in a folder of its own; `labels` are what it tells apart."""

    def __init__(self, base: Path, seed: int, out: Path, report: Report, *, labels: Sequence[str] = RELATIONS) -> None:
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
        self._report(
            f"{self._out.name}, {stage.name}: {len(tokenised)} pairs of {np.mean(tokenised.lengths):.0f} tokens"
        )
        self._network = Training(self._network, tokenised, stage, self._out).run(self._report)

    def goes_back_to(self, stage: Stage) -> None:
        """Become again what it was at the end of a stage."""
        kept = self._out / f"{stage.name}.weights.pt"
        self._network.load_state_dict(torch.load(kept, map_location=device(), weights_only=True))

    def read(self, name: str, examples: Sequence[Example], max_tokens: int) -> NDArray[np.float32]:
        """What it reads in the examples, of shape (examples, labels); kept under the name."""
        kept = self._out / f"{name}.npy"
        if not kept.exists():
            tokenizer = self._base / "tokenizer.json"
            found = probabilities(self._network, examples, tokenizer, max_tokens, self._labels)
            np.save(kept, found)
        read: NDArray[np.float32] = np.load(kept)
        if len(read) != len(examples):
            raise ValueError(f"{kept} is of other examples: remove it to begin anew")
        return read


class Curriculum:
    """Runs the stages in their order."""

    def __init__(self, materials: Materials, report: Report) -> None:
        self._materials = materials
        self._report = report

    def _taught(self, base: Path, name: str, seed: int) -> Apprentice:
        return Apprentice(base, seed, self._materials.out / name, self._report)

    def _labelled(self, seed: int, *, held_out: bool) -> list[Example]:
        examples = curriculum.labelled(self._materials.data, self._materials.pairs, seed)
        return [one for one in examples if not (held_out and curriculum.is_held(one))]

    def _to_read(self, *, held_out: bool) -> list[Example]:
        examples = curriculum.to_read(self._materials.data, self._materials.pairs, 0)
        return [one for one in examples if not (held_out and curriculum.is_held(one))]

    def learn_teacher(self, name: str, seed: int, *, held_out: bool) -> Apprentice | None:
        """A larger network; None where none was named."""
        paths = self._materials
        if paths.teacher is None:
            return None
        teacher = self._taught(paths.teacher, f"teacher-{name}", seed)
        teacher.learn(curriculum.TEACHER_GENERAL, curriculum.general(paths.data, 0))
        made = curriculum.constructed(paths.data, paths.pairs, curriculum.CONSTRUCTED_TAUGHT, 1)
        teacher.learn(curriculum.TEACHER_CONSTRUCTED, made)
        teacher.learn(curriculum.TEACHER_LABELLED, self._labelled(seed, held_out=held_out))
        return teacher

    def learn_student(self, name: str, seed: int, teachers: Sequence[Apprentice], *, held_out: bool) -> str:
        """A network such as ships, from what its teachers read; its name."""
        student = self._taught(self._materials.base, f"student-{name}", seed)
        student.learn(curriculum.GENERAL, curriculum.general(self._materials.data, 0))
        part = FOLD if held_out else "all"
        for stage, what, examples in (
            (curriculum.DISTILLED, f"read-{part}", self._to_read(held_out=held_out)),
            (curriculum.LABELLED, f"labelled-{seed}-{part}", self._labelled(seed, held_out=held_out)),
        ):
            read = [teacher.read(what, examples, curriculum.TEACHER_LABELLED.max_tokens) for teacher in teachers]
            student.learn(stage, with_readings(examples, np.mean(read, axis=0)) if read else examples)
        return f"student-{name}"

    def network(self, names: Sequence[str]) -> ClaimNetwork:
        """The network of the mean weights of these students."""
        network = new_network(self._materials.base, 0)
        finished = [self._materials.out / name / f"{curriculum.LABELLED.name}.weights.pt" for name in names]
        network.load_state_dict(averaged(finished))
        network.eval()
        return network
