"""Further questions that the sources can answer, for the foot of an answer.

They are made from what lies next to the answer: conditions that the question named and that were not settled, other
conditions that the cited sources are about, and parts of those sources that the question did not ask for. Each is asked
before it is suggested; one that would end in an abstention, or in what the reader has just read, is never shown.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from rag.answer import Answer
from rag.errors import RagError
from rag.review.base import Shelf
from rag.types import Source

MOST = 3
_MOST_TRIES = 18
_REMEMBERED = 512
_NEAR = 6
"""How many passages near a question that was not answered say what might have been asked instead."""
_PROPER = {
    "takayasu": "Takayasu",
    "helicobacter": "Helicobacter",
    "hiv": "HIV",
    "mmr": "MMR",
    "ckd": "CKD",
    "covid 19": "COVID-19",
    "vitamin d": "vitamin D",
}
_DOING = frozenset(
    "prevention therapy treatment targets lowering anticoagulation duration flags vaccination diet resuscitation "
    "surgery ef illness".split()
)
"""A topic that ends so is no condition, and "How is ... treated?" cannot be asked of it."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something to ask of a condition: `headings` are those of texts that speak of it, `asked` the words of a question
    that has asked it already."""

    question: str
    headings: re.Pattern[str]
    asked: re.Pattern[str]


def _aspect(question: str, headings: str, asked: str) -> Aspect:
    return Aspect(question, re.compile(headings, re.IGNORECASE), re.compile(asked, re.IGNORECASE))


ASPECTS: tuple[Aspect, ...] = (
    _aspect("How is {} treated?", r"treat|recommend|drugs|exacerbation", r"treat|therap|manag|drug|recommend"),
    _aspect("How is {} diagnosed?", r"diagnos|recogni|imaging|examination", r"diagnos|test|imaging|criteri|mri|examin"),
    _aspect("What are the symptoms of {}?", r"symptom|presentation|recogni", r"symptom|sign|feature|present|pain"),
    _aspect("What are the red flags of {}?", r"red flag|serious", r"red flag|serious|warning"),
    _aspect("What are the harms of treatment for {}?", r"harm", r"harm|side effect|adverse|safe|risk"),
    _aspect("Which doses are recommended for {}?", r"dose", r"dose|dosing|mg\b|how much"),
    _aspect("What should be monitored in {}?", r"monitor", r"monitor|follow-up|check"),
)


class Suggester:
    """Suggests questions, and remembers what it found for as long as the index stays the same. Safe for threads.

    Args:
        tries: answers a question without keeping the answer; RagError where it cannot.
        shelf: gives what the index in use holds.
    """

    def __init__(self, tries: Callable[[str], Answer], shelf: Callable[[], Shelf]) -> None:
        self._tries = tries
        self._shelf = shelf
        self._known: OrderedDict[tuple[str, str], tuple[str, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """At most three questions to the record of an answer, the nearest first."""
        shelf = self._shelf()
        key = (shelf.fingerprint, str(record["standalone_question"]))
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = tuple(self._answered(record, candidates(record, shelf)))
        with self._lock:
            self._known[key] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _answered(self, record: Mapping[str, Any], candidates: Iterator[tuple[str, str]]) -> Iterator[str]:
        """Those that are answered by sources on what they ask of, with something that has not been said yet."""
        told, found = _texts(record), 0
        for tried, (topic, question) in enumerate(candidates):
            if found == MOST or tried == _MOST_TRIES:
                return
            try:
                answer = self._tries(question)
            except RagError:
                continue
            texts = {claim.text for claim in (*answer.guidelines, *answer.research)}
            about = any(topic in one.source.topics for one in answer.references)
            if answer.outcome == "answer" and about and len(texts - told) * 2 >= len(texts):
                told |= texts
                found += 1
                yield question


def _texts(record: Mapping[str, Any]) -> set[str]:
    return {claim["text"] for part in ("guidelines", "research") for claim in record[part]}


def topic_words(topic: str) -> str:
    """A topic of the sources in words: "Takayasu arteritis" for "takayasu-arteritis"."""
    words = topic.replace("-", " ")
    for plain, proper in _PROPER.items():
        words = re.sub(rf"\b{plain}\b", proper, words)
    return words


def candidates(record: Mapping[str, Any], shelf: Shelf) -> Iterator[tuple[str, str]]:
    """Questions worth a try, each with the topic that it asks of: one of each condition, then a second, ..."""
    asked = str(record["standalone_question"])
    ids = [one["source_id"] for one in record["references"]] or [
        one.source_id for one in shelf.find(asked, limit=_NEAR)
    ]
    cited = [source for source_id in dict.fromkeys(ids) if (source := shelf.source(source_id)) is not None]
    by_topic = [
        [(topic, aspect.question.format(topic_words(topic))) for aspect in _open_aspects(topic, asked, shelf)]
        for topic in _conditions(record, cited, shelf)
    ]
    seen = {asked.casefold()}
    for ones in zip_longest(*by_topic):
        for one in ones:
            if one is not None and one[1].casefold() not in seen:
                seen.add(one[1].casefold())
                yield one


def _conditions(record: Mapping[str, Any], cited: Sequence[Source], shelf: Shelf) -> list[str]:
    """Options that were not settled, then the other conditions that cited sources are about, the most cited first."""
    known = {topic_words(topic).casefold(): topic for source in shelf.sources() for topic in source.topics}
    stances = [(known.get(one["option"].casefold()), one["stance"]) for one in record["options"]]
    unsettled = [topic for topic, stance in stances if topic and stance == "not_addressed"]
    counts: dict[str, int] = {}
    for source in cited:
        for topic in source.topics:
            counts[topic] = counts.get(topic, 0) + 1
    ranked = sorted(counts, key=lambda topic: -counts[topic])
    return [topic for topic in dict.fromkeys([*unsettled, *ranked]) if _is_condition(topic, shelf)]


def _is_condition(topic: str, shelf: Shelf) -> bool:
    """Whether a topic is what a source calls it: "lumbar-spinal-stenosis" is, "hypertension-targets" is not."""
    words = topic_words(topic).casefold()
    if words.split()[-1] in _DOING:
        return False
    texts = (shelf.text(source.source_id) for source in shelf.sources() if topic in source.topics)
    return any(words in (text or "").casefold() for text in texts)


def _open_aspects(topic: str, asked: str, shelf: Shelf) -> Iterator[Aspect]:
    """Aspects that texts on the topic have a heading for; those that the question asks for only of other topics."""
    sources = [source for source in shelf.sources() if topic in source.topics and source.status == "current"]
    headings = {passage.heading for source in sources for passage in shelf.passages(source.source_id)}
    named = topic_words(topic).casefold() in asked.casefold()
    for aspect in ASPECTS:
        if any(aspect.headings.search(heading) for heading in headings) and not (named and aspect.asked.search(asked)):
            yield aspect
