"""`python -m eval.training.construction --out FILE --pairs N --seed S` writes pairs, prints counts and shortcuts."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from eval.training.construction.assembly import pairs_of
from eval.training.construction.evidence import near_sources
from eval.training.construction.overlap import token_count
from eval.training.construction.pairs import LABELS, Pair, Source
from eval.training.construction.selection import select
from eval.training.construction.shortcuts import claim_only_f1, overlap_auroc
from eval.training.construction.sources import all_sources


def construct(sources: Sequence[Source], wanted: int, seed: int) -> list[Pair]:
    """`wanted` pairs from the sources, a third of each label; the same seed gives the same pairs."""
    made: list[Pair] = []
    near = near_sources(sources)
    for source, others in zip(sources, near, strict=True):
        made += pairs_of(source, others, random.Random(f"{seed}:{source.name}"))  # noqa: S311
    return select(made, wanted, seed)


def report(pairs: Sequence[Pair]) -> str:
    """Counts per rule and label, and the two shortcut measures, as plain lines."""
    counts = Counter((pair.family, pair.rule, pair.label, pair.split) for pair in pairs)
    lines = [
        f"{family:16} {rule:24} {label:9} {split:15} {count:7}"
        for (family, rule, label, split), count in sorted(counts.items())
    ]
    labels = Counter(pair.label for pair in pairs)
    words = sum(token_count(pair.passage) + token_count(pair.claim) for pair in pairs) / len(pairs)
    lines.append(" ".join(f"{label}={labels[label]}" for label in LABELS) + f", {words:.0f} words a pair")
    lines += [
        f"token overlap AUROC, supports against rest, {band}: {value:.3f}"
        for band, value in overlap_auroc(pairs).items()
    ]
    if {"train", "held_documents"} <= {pair.split for pair in pairs}:
        lines.append(f"claim only macro F1 on held-out documents: {claim_only_f1(pairs):.3f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when the file is written."""
    parser = argparse.ArgumentParser(prog="python -m eval.training.construction", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=150_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    options = parser.parse_args(arguments)
    root = os.environ.get("SOURCEBOUND_DATA")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        pairs = construct(
            all_sources(Path(root) / "claims" if root else None, options.corpus), options.pairs, options.seed
        )
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    with options.out.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs)
    sys.stdout.write(report(pairs) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
