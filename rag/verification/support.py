"""Support: what an entailment model makes of a claim and its cited sentences, read jointly.

The passage is the cited sentences in the order of their documents, source by source; one that leans on the sentence
before it ("They also ...") brings that one along, to be understood, not to be counted: figures and negations are held
against cited sentences alone. A claim of several sentences is read sentence by sentence; the least supported decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sentencex import segment

from rag.answer import Support
from rag.errors import EntailmentError
from rag.evidence import Evidence, EvidenceSentence
from rag.models.base import EntailmentModel, Probabilities
from rag.text import terms, words

SUPPORT_THRESHOLD = 0.5
"""Least probability of "supports" at which a claim is shown that no rule objects to. The lowest at which no
classical error of our first question passes with any sentence found for it; what it costs is in docs/verifier.md."""
REFUTE_THRESHOLD = 0.5
"""Least probability of "refutes" at which a claim is called contradicted, if "supports" is not more probable."""
_NAMED_WORDS = 8

_LEANING = re.compile(
    r"(?:however|in contrast|by contrast|conversely|on the other hand|moreover|furthermore|in addition|additionally"
    r"|therefore|thus|hence|consequently|as a result|similarly|likewise|nevertheless|nonetheless|instead|otherwise"
    r"|also|but|and|or|they|them|it|its|their|theirs|he|she|his|her|this|these|those|that|such|both|neither|either"
    r"|the (?:former|latter|same|other|others|rest|remaining)|(?:none|most|all|some|each|any|one|two) of (?:them|these"
    r"|those)|among (?:them|these|those)|of (?:them|these|those)|here|thereafter|there(?! (?:is|are|was|were)\b)"
    # Without a noun before its verb:
    r"|is|are|was|were|has|have|had|does|did|can|may|should|showed|found|reported|reduced|increased|improved)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The probabilities, 0 to 1, that the evidence supports and that it refutes a claim: of its least supported and of
    its most refuted statement. `best` is the support of its best supported one."""

    supports: float
    refutes: float
    best: float = 0.0

    @property
    def support(self) -> Support:
        """In doubt less: what anything refutes is never fully supported. Partial: some of its statements are."""
        if self.refutes >= REFUTE_THRESHOLD and self.refutes > self.supports:
            return "contradicted"
        if self.supports >= SUPPORT_THRESHOLD and self.refutes < REFUTE_THRESHOLD:
            return "full"
        return "partial" if self.best >= SUPPORT_THRESHOLD > self.supports else "none"


def leans(sentence: str) -> bool:
    """Whether a sentence cannot be understood without the one before it."""
    return bool(_LEANING.match(sentence)) or sentence[:1].islower()


def ordered_sentences(cited: Iterable[EvidenceSentence]) -> tuple[EvidenceSentence, ...]:
    """Each sentence once, in the order of its document, the sources in the order of their first citation."""
    unique = list(dict.fromkeys(cited))
    sources = list(dict.fromkeys(sentence.source_id for sentence in unique))
    return tuple(sorted(unique, key=lambda one: (sources.index(one.source_id), one.start)))


def passage_texts(cited: Sequence[EvidenceSentence], evidence: Evidence) -> list[str]:
    """The texts of cited sentences in document order, each that leans after the sentence before it in its passage."""
    ordered = ordered_sentences(cited)
    taken = {(sentence.source_id, sentence.start) for sentence in ordered}
    passages = {passage.passage_id: passage for passage in evidence.passages}
    texts = []
    for sentence in ordered:
        passage = passages.get(sentence.passage_id)
        before = [one for one in passage.sentences if one.start < sentence.start] if passage else []
        if passage and before and leans(sentence.text) and (sentence.source_id, before[-1].start) not in taken:
            taken.add((sentence.source_id, before[-1].start))
            texts.append(passage.quote(before[-1]))
        texts.append(sentence.text)
    return texts


def titles_of(cited: Sequence[EvidenceSentence], evidence: Evidence) -> list[str]:
    """The titles and headings that cited sentences stand under: what they speak of without saying it again."""
    titles = [evidence.sources[sentence.source_id].title for sentence in cited]
    return list(dict.fromkeys([*titles, *(sentence.heading for sentence in cited if sentence.heading)]))


@lru_cache(maxsize=1024)
def statements(claim: str) -> tuple[str, ...]:
    """The sentences of a claim; one that leans stays with the one before it."""
    found: list[str] = []
    for piece in segment("en", claim):
        text = " ".join(str(piece).split())
        if text and found and leans(text):
            found[-1] = f"{found[-1]} {text}"
        elif text:
            found.append(text)
    return tuple(found) or (claim,)


def read_support(claims: Sequence[tuple[str, Sequence[str]]], model: EntailmentModel) -> list[Reading]:
    """What a model makes of claims, each with the texts of its passage, all in one batch.

    Returns:
        One reading a claim: the support of its least supported sentence, the refutation of its most refuted one.

    Raises:
        EntailmentError: the model cannot be run, or gives no probabilities of shape (pairs, 3).
        ModelError: a model server failed.
    """
    said = [statements(claim) for claim, _ in claims]
    pairs = [(joined(texts), one) for (_, texts), parts in zip(claims, said, strict=True) for one in parts]
    if not pairs:
        return []
    rows = _checked(model.predict(pairs), len(pairs), model.name)
    readings, start = [], 0
    for parts in said:
        part = rows[start : start + len(parts)]
        readings.append(Reading(float(part[:, 0].min()), float(part[:, 2].max()), float(part[:, 0].max())))
        start += len(parts)
    return readings


def joined(texts: Iterable[str]) -> str:
    """Texts as the one passage that a model reads."""
    return " ".join(" ".join(texts).split())


def _checked(rows: Probabilities, count: int, name: str) -> Probabilities:
    if rows.shape != (count, 3) or not np.isfinite(rows).all() or rows.min() < -1e-3 or rows.max() > 1 + 1e-3:
        raise EntailmentError(
            "the entailment model gave no probabilities of supports, neutral and refutes",
            value=f"{name}, {count} pairs, shape {rows.shape}",
            mend="choose another verifier",
        )
    return np.clip(rows, 0.0, 1.0)


def missing_words(claim: str, texts: Sequence[str]) -> list[str]:
    """The claim's content words that are not in the texts, as they were written; a number with the word after it."""
    have = {term for text in texts for term in terms(text)}
    absent = [term for term in dict.fromkeys(terms(claim)) if term not in have]
    named: list[str] = []
    said = words(claim)
    for place, word in enumerate(said):
        if set(terms(word)) & set(absent):
            number = word[0].isdigit() and place + 1 < len(said)
            named.append(f"{word} {said[place + 1]}" if number else word)
    return list(dict.fromkeys(named or absent))[:_NAMED_WORDS]


def reading_reason(claim: str, texts: Sequence[str], reading: Reading) -> str:
    """Why a reading is what it is, naming the words that clash."""
    missing = missing_words(claim, texts)
    said = f"the model reads them as support with probability {reading.supports:.2f}"
    if reading.support == "full":
        return f"the cited sentences support it: {said}"
    if reading.support == "contradicted":
        theirs = missing_words(max(texts, key=lambda text: _shared(claim, text)), [claim]) if texts else []
        clash = f": the claim has “{', '.join(missing) or claim}”, they have “{', '.join(theirs)}”" if theirs else ""
        return f"the cited sentences contradict it, as the model reads them ({reading.refutes:.2f}){clash}"
    if missing:
        return f"not in the cited sentences: {', '.join(missing)} ({said})"
    return f"its words stand in the cited sentences, which do not say it: {said}"


def _shared(claim: str, text: str) -> int:
    return len(set(terms(claim)) & set(terms(text)))
