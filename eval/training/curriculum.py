"""The order of learning: general entailment first, constructed biomedical pairs next, what people labelled last.

The order is worth more than any of its parts: general data alone takes word overlap for support on abstracts, human
labels alone are too few.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eval.training.construction.sources import scifact
from eval.training.examples import (
    ONLY,
    Example,
    citation_integrity_examples,
    constructed_examples,
    general_examples,
    pairs_examples,
    with_whole_abstracts,
    without_rationale,
)
from eval.training.loop import Stage
from eval.training.pool import Abstracts, span_of, unlabelled
from eval.training.written import Written, abstracts_of, read_written, written_examples
from rag.ingestion.sentences import sentence_spans

_MOST_OF_GENERAL = {"hans_regenerated": 6000}
"""Of a set from templates more would teach its templates."""

_LONG_WORDS = 110
_LONG_SHARE = 0.12
_REPEATS = 3
_AMONG_LABELLED = 6000
_CONSTRUCTED_READ = 90_000
CONSTRUCTED_TAUGHT = 50_000
_FOLDS = 5
_WEIGHED = 700

GENERAL = Stage("general", epochs=1, learning_rate=1.2e-4, batch_pairs=64, max_tokens=128)
DISTILLED = Stage("distilled", epochs=2, learning_rate=1.4e-4, batch_pairs=64, max_tokens=256)
LABELLED = Stage("labelled", epochs=1, learning_rate=6e-5, batch_pairs=32, max_tokens=320)

TEACHER_GENERAL = Stage("general", epochs=1, learning_rate=4e-5, batch_pairs=64, max_tokens=128)
TEACHER_CONSTRUCTED = Stage("constructed", epochs=1, learning_rate=3e-5, batch_pairs=64, max_tokens=256)
TEACHER_LABELLED = Stage("labelled", epochs=1, learning_rate=2.5e-5, batch_pairs=32, max_tokens=320)


def _some(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
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
        for example in _some(examples, _MOST_OF_GENERAL.get(origin, len(examples)), seed)
    ]


def constructed(data: Path, pairs: Path, count: int, seed: int) -> list[Example]:
    """Constructed pairs, with one general pair to every ten, so that what was learnt first is not forgotten.

    Of those with long evidence only a part: such a pair takes the time of four others.
    """
    examples = constructed_examples(pairs)
    long = [example for example in examples if len(example.passage.split()) > _LONG_WORDS]
    short = [example for example in examples if len(example.passage.split()) <= _LONG_WORDS]
    chosen = _some(long, round(count * _LONG_SHARE), seed)
    chosen += _some(short, count - len(chosen), seed)
    return chosen + _some(general(data, seed), count // 10, seed)


def human(data: Path) -> list[Example]:
    """Pairs labelled by people: the train parts of SciFact and Check-COVID."""
    claims = data / "claims"
    return pairs_examples(claims / "scifact/derived_pairs/pairs_train.jsonl", "scifact") + pairs_examples(
        claims / "check_covid/derived_pairs/pairs_train.jsonl", "check_covid"
    )


def derived(data: Path, seed: int) -> list[Example]:
    """What follows from human labels: the claim with its whole abstract, and with the abstract less its rationale;
    spans of the abstracts that say nothing of a claim, and evidence that decides one among sentences of such abstracts.

    In both sets what is neutral is a whole abstract and what decides is a sentence or two: else length were a label.
    """
    folder = data / "claims" / "scifact"
    claims, corpus = folder / "claims_train.jsonl", folder / "corpus.jsonl"
    draw = random.Random(seed)  # noqa: S311

    def some_in_order(sentences: Sequence[str]) -> list[str]:
        chosen = sorted(draw.sample(range(len(sentences)), min(len(sentences), draw.randint(1, 4))))
        return [sentences[place] for place in chosen]

    found = with_whole_abstracts(claims, corpus) + without_rationale(claims, corpus, some_in_order)
    labelled_ones = human(data)
    silent = [_sentences(one.passage) for one in labelled_ones if one.allowed == ONLY["neutral"]]
    for one in labelled_ones:
        if one.allowed == ONLY["neutral"]:
            sentences = _sentences(one.passage)
            found += [replace(one, passage=span_of(sentences, draw)) for _ in range(2)]
        else:
            other = span_of(draw.choice(silent), draw)
            both = [one.passage, other] if draw.random() < 0.5 else [other, one.passage]
            found.append(replace(one, passage=" ".join(both)))
    return found


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


def for_training(data: Path) -> tuple[Abstracts, list[Written]]:
    """SciFact's abstracts less every one that a dev claim uses, and what was written about them and may be learnt."""
    folder = data / "claims" / "scifact"
    allowed = {source.name.removeprefix("scifact:") for source in scifact(data / "claims")}
    abstracts = {name: one for name, one in abstracts_of(folder / "corpus.jsonl").items() if name in allowed}
    return abstracts, [one for one in read_written(abstracts) if not one.is_held]


def labelled(data: Path, pairs: Path, seed: int) -> list[Example]:
    """Human labels several times over, what follows from them, real citations, what was written, and some of the
    stages before."""
    made = [example for example in constructed_examples(pairs) if len(example.passage.split()) <= _LONG_WORDS]
    return [
        *(human(data) * _REPEATS),
        *derived(data, seed),
        *citation_integrity_examples(data / "claims" / "citation_integrity"),
        *written_examples(for_training(data)[1], seed),
        *_some(made, _AMONG_LABELLED, seed),
        *_some(general(data, seed), _AMONG_LABELLED // 2, seed),
    ]


def to_read(data: Path, pairs: Path, seed: int) -> list[Example]:
    """What a larger network reads for a smaller one to learn from: pairs without labels, and constructed ones."""
    abstracts, written = for_training(data)
    return unlabelled(data, abstracts, written, seed) + constructed(data, pairs, _CONSTRUCTED_READ, seed)


def is_held(example: Example) -> bool:
    """Whether a human-labelled example is of the fifth that the fold's network is not trained on: by its claim."""
    return hashlib.sha256(example.claim.encode()).digest()[0] % _FOLDS == 0


def weighing(data: Path, pairs: Path) -> list[tuple[float, list[Example]]]:
    """What the combiner is fitted on, with weights: held-out human labels, held-out constructed pairs, general ones."""
    held = [example for example in human(data) if is_held(example)]
    decided = [example for example in general(data, 0) if len(example.allowed) == 1]
    made = constructed_examples(pairs, "held_documents")
    return [(2.0, held), (1.0, _some(made, _WEIGHED, 0)), (1.0, _some(decided, _WEIGHED, 0))]
