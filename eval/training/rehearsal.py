"""What a verifier learnt before, told again among what it is taught on with, so that it is not forgotten."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.training import curriculum
from eval.training.examples import ONLY, Example, citation_integrity_examples, constructed_examples
from rag.ingestion.sentences import sentence_spans

_SHORT_WORDS = 70
_SPANS = (1, 1, 1, 2, 2, 3, 4, 6)
_LONGEST_SPAN_WORDS = 170


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How much of what was learnt before goes with the statements: how often human labels come, how many others."""

    human: int
    silent: float
    citations: int
    constructed: int
    general: int


def _span(sentences: Sequence[str], draw: random.Random) -> str:
    """Some neighbouring sentences, seldom many: evidence that says nothing must be as short as evidence that does."""
    width = min(draw.choice(_SPANS), len(sentences))
    first = draw.randrange(len(sentences) - width + 1)
    chosen = list(sentences[first : first + width])
    while len(chosen) > 1 and len(" ".join(chosen).split()) > _LONGEST_SPAN_WORDS:
        chosen.pop()
    return " ".join(chosen)


def silent_spans(human: Sequence[Example], seed: int) -> list[Example]:
    """Claims with spans of the abstracts that say nothing of them, and decided ones with such a span beside theirs."""
    draw = random.Random(seed)  # noqa: S311

    def sentences(text: str) -> list[str]:
        return [text[one.start : one.end] for one in sentence_spans(text)]

    quiet = [sentences(one.passage) for one in human if one.allowed == ONLY["neutral"]]
    found = []
    for one in human:
        if one.allowed == ONLY["neutral"]:
            own = sentences(one.passage)
            found += [replace(one, passage=_span(own, draw)) for _ in range(2)]
        else:
            both = [one.passage, _span(draw.choice(quiet), draw)]
            draw.shuffle(both)
            found.append(replace(one, passage=" ".join(both)))
    return found


def rehearsed(data: Path, pairs: Path, much: Rehearsal, seed: int) -> list[Example]:
    """What goes with the statements, without the fifth of the human labels that no network learns from."""
    human = curriculum.human(data)
    spans = silent_spans(human, seed)
    short = [one for one in constructed_examples(pairs) if len(one.passage.split()) <= _SHORT_WORDS]
    found = [
        *(human * much.human),
        *curriculum.derived(data, seed),
        *curriculum.some(spans, round(len(spans) * much.silent), seed),
        *curriculum.some(citation_integrity_examples(data / "claims" / "citation_integrity"), much.citations, seed),
        *curriculum.some(short, much.constructed, seed),
        *curriculum.some(curriculum.general(data, seed), much.general, seed),
    ]
    return [one for one in found if not curriculum.is_held(one)]
