"""Coverage: which of the patients that a question names are spoken of by none of the sentences cited in its answer.

What is said here is true by count: no cited sentence, and nothing that its source has on record, names them. It
neither cites nor judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from rag.answer import NotCovered, Verification
from rag.evidence import Evidence, EvidenceSentence
from rag.fixed_words import other_age_text, uncovered_text
from rag.polarity.measured import OF_KIDNEYS, Measured, ranges_of
from rag.polarity.patients import ages_of, covers, grades_of, patient_of
from rag.types import Source

Names = Callable[[str], bool]
"""Whether a text names some patients."""


def not_covered(question: str, verification: Verification, evidence: Evidence) -> tuple[NotCovered, ...]:
    """The patients of a question of whom no cited sentence speaks, and the sources known to be about others.

    Sources are given by their ids; nothing is said of an answer without citations.
    """
    labels = dict.fromkeys(label for claim, _ in verification.passed for label in claim.pointers)
    cited = [evidence.sentences[label] for label in labels if label in evidence.sentences]
    return tuple(_gaps(question, cited, evidence)) if cited else ()


def unspoken_of(question: str, evidence: Evidence) -> tuple[str, ...]:
    """The groups of patients that a question names and none of the sentences found for it speaks of."""
    found = [one.text for one in evidence.found_sentences.values()]
    return tuple(name for name in patient_of(question).groups if not any(covers(name, text) for text in found))


def _gaps(question: str, cited: Sequence[EvidenceSentence], evidence: Evidence) -> Iterator[NotCovered]:
    patient = patient_of(question)
    asked: dict[str, Names] = {
        name: partial(covers, name)
        for name in patient.groups
        if not (name == "reduced kidney function" and patient.measured)
    }
    asked |= {f"{one.measure} {one.value:g}": partial(_holds, one) for one in patient.measured}
    if patient.grades:
        asked[patient.graded] = partial(_is_graded, patient.grades)
    for population, names in asked.items():
        if not _is_told(names, cited, evidence):
            others = [source.source_id for source in _sources(cited, evidence) if source.population]
            yield NotCovered(population, uncovered_text(population), tuple(others))
    if patient.age is not None:
        yield from _other_ages(patient.age, cited, evidence)


def _holds(one: Measured, text: str) -> bool:
    """Whether a text gives a range of a measure that holds a value; of the kidneys it may be said in words."""
    ranges = list(ranges_of(one.measure, text))
    in_words = not ranges and one.measure in OF_KIDNEYS and covers("reduced kidney function", text)
    return in_words or any(low <= one.value <= high for low, high in ranges)


def _is_graded(grades: frozenset[str], text: str) -> bool:
    return bool(grades & grades_of(text))


def _is_told(names: Names, cited: Sequence[EvidenceSentence], evidence: Evidence) -> bool:
    return any(names(f"{one.text} {one.heading}") for one in cited) or any(
        names(_on_record(source)) for source in _sources(cited, evidence)
    )


def _sources(cited: Sequence[EvidenceSentence], evidence: Evidence) -> list[Source]:
    return [evidence.sources[source_id] for source_id in dict.fromkeys(one.source_id for one in cited)]


def _on_record(source: Source) -> str:
    topics = " ".join(topic.replace("-", " ") for topic in source.topics)
    return f"{source.title} {source.population or ''} {topics}"


def _other_ages(age: int, cited: Sequence[EvidenceSentence], evidence: Evidence) -> Iterator[NotCovered]:
    """The sources whose people were all younger or older than the patient."""
    others = [
        source.source_id
        for source in _sources(cited, evidence)
        if (ages := ages_of(source.population or "")) and not ages[0] <= age <= ages[1]
    ]
    if others:
        yield NotCovered(f"age {age}", other_age_text(age), tuple(others))
