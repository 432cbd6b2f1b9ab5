"""The order of learning: general entailment first, constructed biomedical pairs next, human biomedical labels last.

The order is worth more than any of its parts: general data alone takes word overlap for support on abstracts, human
labels alone are too few.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from eval.training.examples import (
    Example,
    citation_integrity_examples,
    constructed_examples,
    general_examples,
    pairs_examples,
    with_whole_abstracts,
    without_rationale,
)
from eval.training.loop import Stage

_MOST_OF_GENERAL = {"hans_regenerated": 6000, "help": 4000}
"""Sets from templates: more of them teach their templates."""

_LONG_WORDS = 110
_LONG_SHARE = 0.12
_REPEATS = 6
_REAL_CITATIONS = 1000
_AMONG_LABELLED = 4000
_FOLDS = 5
_WEIGHED = 700

GENERAL = Stage("general", epochs=1, learning_rate=1e-4, max_tokens=128)
CONSTRUCTED = Stage("constructed", epochs=1, learning_rate=1e-4, max_tokens=256)
LABELLED = Stage("labelled", epochs=1, learning_rate=8e-5, batch_pairs=16, max_tokens=256)


def described(version: str) -> dict[str, str | float]:
    """What the folder of a finished model says of it."""
    return {"name": "sourcebound-entailment", "version": version, "temperature": 1.0, "max_tokens": 512}


def some(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """At most `count` of them, drawn by the seed."""
    drawn = list(examples)
    random.Random(seed).shuffle(drawn)  # noqa: S311
    return drawn[:count]


def general(data: Path, seed: int) -> list[Example]:
    """General entailment, with at most so many of the sets that were made from templates."""
    by_origin: dict[str, list[Example]] = defaultdict(list)
    for example in general_examples(data / "nli"):
        by_origin[example.origin].append(example)
    return [
        example
        for origin, examples in sorted(by_origin.items())
        for example in some(examples, _MOST_OF_GENERAL.get(origin, len(examples)), seed)
    ]


def constructed(data: Path, pairs: Path, count: int, seed: int) -> list[Example]:
    """Constructed pairs, with one general pair to every ten, so that what was learnt first is not forgotten.

    Of those with long evidence only a part: such a pair takes the time of four others.
    """
    examples = constructed_examples(pairs)
    long = [example for example in examples if len(example.passage.split()) > _LONG_WORDS]
    short = [example for example in examples if len(example.passage.split()) <= _LONG_WORDS]
    chosen = some(long, round(count * _LONG_SHARE), seed)
    chosen += some(short, count - len(chosen), seed)
    return chosen + some(general(data, seed), count // 10, seed)


def human(data: Path) -> list[Example]:
    """Pairs labelled by people: the train parts of SciFact and Check-COVID."""
    claims = data / "claims"
    return pairs_examples(claims / "scifact/derived_pairs/pairs_train.jsonl", "scifact") + pairs_examples(
        claims / "check_covid/derived_pairs/pairs_train.jsonl", "check_covid"
    )


def derived(data: Path, seed: int) -> list[Example]:
    """What follows from human labels: the claim with its whole abstract, and with the abstract less its rationale."""
    folder = data / "claims" / "scifact"
    claims, corpus = folder / "claims_train.jsonl", folder / "corpus.jsonl"
    draw = random.Random(seed)  # noqa: S311

    def some_in_order(sentences: Sequence[str]) -> list[str]:
        chosen = sorted(draw.sample(range(len(sentences)), min(len(sentences), draw.randint(1, 4))))
        return [sentences[place] for place in chosen]

    return with_whole_abstracts(claims, corpus) + without_rationale(claims, corpus, some_in_order)


def labelled(data: Path, pairs: Path, seed: int) -> list[Example]:
    """Human labels several times over, what follows from them once, real citations, and some of the stages before."""
    real = citation_integrity_examples(data / "claims" / "citation_integrity")
    made = [example for example in constructed_examples(pairs) if len(example.passage.split()) <= _LONG_WORDS]
    return [
        *(human(data) * _REPEATS),
        *derived(data, seed),
        *some(real, _REAL_CITATIONS, seed),
        *some(made, _AMONG_LABELLED, seed),
        *some(general(data, seed), _AMONG_LABELLED // 4, seed),
    ]


def is_held(example: Example) -> bool:
    """Whether a human-labelled example is of the fifth that the fold's network is not trained on: by its claim."""
    return hashlib.sha256(example.claim.encode()).digest()[0] % _FOLDS == 0


def weighing(data: Path, pairs: Path) -> list[tuple[float, list[Example]]]:
    """What the combiner is fitted on, with weights: held-out human labels, held-out constructed pairs, general ones."""
    held = [example for example in human(data) if is_held(example)]
    decided = [example for example in general(data, 0) if len(example.allowed) == 1]
    made = constructed_examples(pairs, "held_documents")
    return [(2.0, held), (1.0, some(made, _WEIGHED, 0)), (1.0, some(decided, _WEIGHED, 0))]
