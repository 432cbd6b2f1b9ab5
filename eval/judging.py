"""Judging: verdicts on pairs of passage and claim, kept by content and judge, so that nothing is judged twice.

A judge is any entailment model that `rag.factory.entailment_model` knows by name. A judgement that fails is kept as
unscored with its reason, is counted and shown, and is tried again by the next call.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.datasets import DatasetError
from eval.pairs import Pair, needed_pairs
from eval.run_folder import JUDGEMENTS, Run, read_lines, write_lines
from rag.models.base import EntailmentModel
from rag.types import Progress, no_progress

SUPPORTED = 0.5
"""Least probability of "supports" at which a passage is said to support a claim; likewise for "refutes"."""
_BATCH = 32
_GIVE_UP = 16
"""Failures in a row after which a judge is taken to be gone, and the pairs that are left are not tried."""


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

    Args:
        folder: the run's.
        judge: its identity, or its name alone where that is enough to tell it from the others.

    Raises:
        DatasetError: a row is malformed, or no such judge, or more than one, has judged this run.
    """
    by_judge = _by_judge(folder / JUDGEMENTS)
    if judge is None:
        last = next(reversed(by_judge), None)
        return Judgements(last, by_judge.get(last or "", {}))
    meant = [judge] if judge in by_judge else [one for one in by_judge if one.startswith(f"{judge} ")]
    if len(meant) != 1:
        known = ", ".join(by_judge) or "none has"
        what = "more than one judge of that name has judged this run" if meant else "that judge has not judged this run"
        raise DatasetError(what, value=judge, mend=f"known: {known}")
    return Judgements(meant[0], by_judge[meant[0]])


def _by_judge(path: Path) -> dict[str, dict[str, Judgement]]:
    """Judgements by judge and key, the judge of the last row last; the later one of two on a pair counts."""
    found: dict[str, dict[str, Judgement]] = {}
    for number, row in enumerate(read_lines(path, growing=True), start=1):
        try:
            supports, refutes = (None if row[name] is None else float(row[name]) for name in ("supports", "refutes"))
            of_judge = found.pop(row["judge"], {})
            of_judge[row["key"]] = Judgement(supports, refutes, row.get("unscored"))
            found[row["judge"]] = of_judge
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"{path}, line {number} is no judgement", value=f"{error!r}: {row}") from error
    return found


def _judged(judge: EntailmentModel, pairs: Sequence[Pair]) -> Iterator[Judgement]:
    """One judgement a pair. Where a batch fails each pair is tried alone, so that one bad pair costs only itself."""
    try:
        rows = np.asarray(judge.predict(pairs), np.float64)
        if rows.shape != (len(pairs), 3) or not np.isfinite(rows).all():
            raise ValueError(f"probabilities of shape {rows.shape} for {len(pairs)} pairs")
    except Exception as error:  # A judge may be anyone's; what it raised is kept and shown.
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

    Each judgement is on disk before the next batch is begun: an interrupted call goes on where it stopped. What failed
    is tried again by the next call. A judge that fails many times in a row is left alone: what is left stays unscored.

    Raises:
        DatasetError: a file of the run is damaged.
    """
    identity = judge_identity(judge)
    path = run.folder / JUDGEMENTS
    known = Judgements(identity, _by_judge(path).get(identity, {}))
    pairs = pairs_of_run(run)
    waiting = [pair for pair in pairs if known.of(pair).unscored]
    # Pairs of a length together: a batch is as slow as its longest.
    waiting.sort(key=lambda pair: len(pair[0]))
    write_lines(path, list(read_lines(path, growing=True)))  # Without a line that was cut off.
    judged, failures = len(pairs) - len(waiting), 0
    with path.open("a", encoding="utf-8") as stream:
        for done, (pair, one) in enumerate(_judged_in_batches(judge, waiting), start=len(pairs) - len(waiting) + 1):
            stream.write(json.dumps(_row(identity, pair, one)) + "\n")
            stream.flush()
            judged += one.unscored is None
            failures = failures + 1 if one.unscored else 0
            progress("judgements", done, len(pairs))
            if failures >= _GIVE_UP:
                break
        if not waiting and pairs:
            # The judge of the last row is the one that scores are taken from.
            stream.write(json.dumps(_row(identity, pairs[0], known.of(pairs[0]))) + "\n")
    return len(pairs), len(pairs) - judged


def _judged_in_batches(judge: EntailmentModel, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Judgement]]:
    for start in range(0, len(pairs), _BATCH):
        batch = pairs[start : start + _BATCH]
        yield from zip(batch, _judged(judge, batch), strict=True)


def _row(judge: str, pair: Pair, one: Judgement) -> dict[str, Any]:
    return {
        "judge": judge,
        "key": pair_key(judge, pair),
        "supports": one.supports,
        "refutes": one.refutes,
        "unscored": one.unscored,
    }
