"""Examples of questions and sentences: which sentence answers, which does not, and which nobody has looked at."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import bm25s

from eval.training.examples import Allowed, Example
from eval.training.written import Abstracts, Written
from rag.composition.reading import under_title

LABELS = ("answers", "silent")
ANSWERS: Allowed = frozenset(("answers",))
SILENT: Allowed = frozenset(("silent",))
EITHER: Allowed = frozenset(LABELS)
_NEAR = 14
_LABELLED_NEAR = 4


class _Sentences:
    """All sentences of the abstracts, found by BM25 together with their titles."""

    def __init__(self, abstracts: Abstracts) -> None:
        self._all = [
            (document, title, sentence)
            for document, (title, sentences) in abstracts.items()
            for sentence in sentences
            if len(sentence) > 40
        ]
        self._index = bm25s.BM25()
        texts = [f"{title} {sentence}" for _, title, sentence in self._all]
        self._index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    def near(self, questions: Sequence[str], documents: Sequence[str]) -> list[list[str]]:
        """The nearest sentences of other documents than the one each question was written about, best first."""
        tokens = bm25s.tokenize(list(questions), stopwords="en", show_progress=False)
        found, _ = self._index.retrieve(tokens, k=_NEAR * 2, show_progress=False, n_threads=1)
        chosen = []
        for row, own in zip(found, documents, strict=True):
            others = [self._all[int(place)] for place in row]
            chosen.append([under_title(title, text) for document, title, text in others if document != own][:_NEAR])
        return chosen


def _others(one: Written, draw: random.Random, count: int) -> list[str]:
    """Sentences of the abstract at some distance from the one that was written about, never the last: that repeats."""
    places = [place for place in range(len(one.abstract) - 1) if abs(place - one.place) > 1]
    return [under_title(one.title, one.abstract[place]) for place in draw.sample(places, min(count, len(places)))]


def question_examples(
    claims: Sequence[Mapping[str, Any]], abstracts: Abstracts, written: Sequence[Written], seed: int
) -> tuple[list[Example], list[Example]]:
    """Labelled pairs of sentence and question, and pairs that a larger network is to read.

    From what was written: its sentence answers a question; other sentences of the abstract and the nearest of other
    abstracts do not, and none answers the question that was written to be missed. From SciFact's train claims, in the
    form of its file: the rationale answers a claim taken as a question, the rest of its abstract does not.
    """
    draw = random.Random(seed)  # noqa: S311
    sentences = _Sentences(abstracts)
    found: list[Example] = []
    asked: list[tuple[str, str]] = []
    for one in written:
        own = under_title(one.title, one.sentence)
        for question in one.questions:
            found += [Example(own, question, ANSWERS, "written")] * 2
            found += [Example(other, question, SILENT, "written/other") for other in _others(one, draw, 3)]
            asked.append((question, one.document))
        found += [Example(own, one.miss, SILENT, "written/miss")]
        found += [Example(other, one.miss, SILENT, "written/miss") for other in _others(one, draw, 3)]
        asked.append((one.miss, one.document))
    for row in claims:
        for document, marked in row["evidence"].items():
            if document in abstracts:
                title, texts = abstracts[document]
                decisive = {number for one in marked for number in one["sentences"]}
                for place, text in enumerate(texts):
                    if place in decisive:
                        found.append(Example(under_title(title, text), row["claim"], ANSWERS, "scifact"))
                    elif place - 1 not in decisive and place + 1 not in decisive:
                        found.append(Example(under_title(title, text), row["claim"], SILENT, "scifact/other"))
        asked.append((row["claim"], str(row["cited_doc_ids"][0])))
    unread: list[Example] = []
    near = sentences.near([question for question, _ in asked], [document for _, document in asked])
    for (question, _), others in zip(asked, near, strict=True):
        chosen = draw.sample(others, min(_LABELLED_NEAR, len(others)))
        found += [Example(other, question, SILENT, "near") for other in chosen]
        unread += [Example(other, question, EITHER, "near") for other in others if other not in chosen]
    return found, unread
