"""Judging: verdicts on pairs of passage and claim, kept by content and judge, so that nothing is judged twice.

A judge is any entailment model that `rag.factory.entailment_model` knows by name. A judgement that fails is kept as
unscored with its reason, is counted and shown, and is tried again by the next call.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.datasets import DatasetError
from eval.pairs import Pair, needed_pairs
from eval.run_folder import JUDGEMENTS, Run, read_lines, write_lines
from rag.errors import RagError
from rag.models.base import EntailmentModel
from rag.types import Progress, no_progress

SUPPORTED = 0.5
"""Least probability of "supports" at which a passage is said to support a claim; likewise for "refutes"."""
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities of one pair, or why there are none."""

    supports: float | None
    refutes: float | None
    unscored: str | None = None

    @property
    def is_supported(self) -> bool | None:
        """Whether the passage supports the claim; None where that is not known."""
        return None if self.supports is None else self.supports >= SUPPORTED

    @property
    def is_refuted(self) -> bool | None:
        """Whether it refutes the claim; None where that is not known."""
        if self.supports is None or self.refutes is None:
            return None
        return self.refutes >= SUPPORTED and self.refutes > self.supports


NOT_JUDGED = Judgement(None, None, "not judged: rag-eval judge FOLDER")
_EMPTY = Judgement(0.0, 0.0)


class Judgements:
    """What one judge said, by pair."""

    def __init__(self, judge: str | None, found: Mapping[str, Judgement]) -> None:
        self.judge = judge
        self._found = found

    @property
    def known(self) -> int:
        """How many pairs it has judged."""
        return len(self._found)

    def of(self, pair: Pair) -> Judgement:
        """The judgement on a pair; an empty passage supports nothing."""
        if not pair[0].strip():
            return _EMPTY
        return self._found.get(pair_key(self.judge or "", pair), NOT_JUDGED)


def judge_identity(judge: EntailmentModel) -> str:
    """What tells a judge from another one, and from its own earlier versions."""
    return f"{judge.name} {getattr(judge, 'fingerprint', '')}".strip()


def pair_key(judge: str, pair: Pair) -> str:
    """The key of a judgement: SHA-256 over judge, passage and claim."""
    return hashlib.sha256("\0".join((judge, *pair)).encode()).hexdigest()


def read_judgements(folder: Path, judge: str | None = None) -> Judgements:
    """The judgements of a run by one judge; without its name, by the one that judged last.

    Raises:
        DatasetError: a row is malformed.
    """
    by_judge: dict[str, dict[str, Judgement]] = {}
    last = judge
    path = folder / JUDGEMENTS
    for number, row in enumerate(read_lines(path), start=1):
        try:
            one = Judgement(row["supports"], row["refutes"], row.get("unscored"))
            by_judge.setdefault(row["judge"], {})[row["key"]] = one
            last = judge or row["judge"]
        except KeyError as error:
            raise DatasetError(f"{path}, line {number} is no judgement: no {error}", value=sorted(row)) from error
    return Judgements(last, by_judge.get(last or "", {}))


def _judged(judge: EntailmentModel, pairs: Sequence[Pair]) -> Iterator[Judgement]:
    """One judgement a pair. Where a batch fails each pair is tried alone, so that one bad pair costs only itself."""
    try:
        rows = np.asarray(judge.predict(pairs), np.float64)
        if rows.shape != (len(pairs), 3) or not np.isfinite(rows).all():
            raise ValueError(f"probabilities of shape {rows.shape} for {len(pairs)} pairs")
    except (RagError, ValueError, RuntimeError, TimeoutError, OSError) as error:
        if len(pairs) == 1:
            yield Judgement(None, None, " ".join(f"{type(error).__name__}: {error}".split())[:300])
            return
        for pair in pairs:
            yield from _judged(judge, [pair])
        return
    for supports, _, refutes in rows.tolist():
        yield Judgement(round(supports, 5), round(refutes, 5))


def pairs_of_run(run: Run) -> list[Pair]:
    """Every pair that the measures of a run look up, each once."""
    found: dict[Pair, None] = {}
    for item in run.items:
        row = run.rows.get(item.question_id)
        if row and row.answer:
            found.update(dict.fromkeys(needed_pairs(item, row.answer)))
    return list(found)


def judge_run(run: Run, judge: EntailmentModel, progress: Progress = no_progress) -> tuple[int, int]:
    """Judge every pair of a run that this judge has not judged yet; how many there are in all, and unscored ones.

    Each batch is on disk before the next is begun: an interrupted call goes on where it stopped.
    """
    identity = judge_identity(judge)
    known = read_judgements(run.folder, identity)
    pairs = pairs_of_run(run)
    waiting = [pair for pair in pairs if known.of(pair).unscored]
    # Pairs of a length together: a batch is as slow as its longest.
    waiting.sort(key=lambda pair: len(pair[0]))
    failed = 0
    write_lines(run.folder / JUDGEMENTS, list(read_lines(run.folder / JUDGEMENTS)))  # Without a line that was cut off.
    with (run.folder / JUDGEMENTS).open("a", encoding="utf-8") as stream:
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            for row in _rows(identity, batch, _judged(judge, batch)):
                failed += row["unscored"] is not None
                stream.write(json.dumps(row) + "\n")
            stream.flush()
            progress("judgements", len(pairs) - len(waiting) + start + len(batch), len(pairs))
        if not waiting and pairs:
            # The judge of the last row is the one that scores are taken from.
            stream.writelines(json.dumps(row) + "\n" for row in _rows(identity, pairs[:1], [known.of(pairs[0])]))
    return len(pairs), failed


def _rows(judge: str, pairs: Sequence[Pair], judgements: Iterable[Judgement]) -> Iterator[dict[str, Any]]:
    for pair, one in zip(pairs, judgements, strict=True):
        yield {
            "judge": judge,
            "key": pair_key(judge, pair),
            "supports": one.supports,
            "refutes": one.refutes,
            "unscored": one.unscored,
        }
