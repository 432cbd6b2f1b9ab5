"""Stance: for each option that a question names, whether the evidence supports it, speaks against it, or does neither.

Of "Is buttock pain relieved by walking due to piriformis syndrome or ...?" the hypothesis on an option is "Piriformis
syndrome explains buttock pain relieved by walking". Rules first: a sentence in which the symptom moves the other way
speaks against the option. The rest is the model's to decide, sentence by sentence, of those that name the option and
speak of the finding, and only where it is nearly certain and rules do not object: to support a sentence without fault,
to speak against an option a negation or a contrary in the sentence. What neither settles is not addressed; so is an
option of which the sentences point both ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rag.answer import OptionStance, Stance
from rag.evidence import Evidence, EvidenceSentence
from rag.fixed_words import capital
from rag.models.base import EntailmentModel
from rag.polarity import direction_words, negation_scopes, point_alike, reversed_terms
from rag.question import Question
from rag.text import terms, words
from rag.verification.objections import objection_to_words
from rag.verification.support import Reading, joined, passage_texts, read_support

STANCE_THRESHOLD = 0.9
"""Least probability at which the model's reading of one sentence decides an option: stricter than for a claim, since
a diagnosis hangs on it."""
MOST_SENTENCES = 8
"""Sentences of one option that the model reads, in the order of the labels."""
MOST_CITED = 3

_RATED = re.compile(
    r"(?:better|best|preferred|recommended|effective|superior|safe|safer|useful|helpful|appropriate|indicated"
    r"|contraindicated)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Option:
    """An option with its hypothesis, the sentences that name it, and those of them that speak of the finding."""

    name: str
    hypothesis: str
    naming: tuple[EvidenceSentence, ...]
    speaking: tuple[EvidenceSentence, ...]


def hypothesis(option: str, question: Question) -> str | None:
    """What would be so if the option were the answer; None where the question asks nothing that a sentence can say."""
    stem = re.sub(r"\s+be$", "", question.stem)
    if _RATED.match(stem):
        return f"{capital(option)} is {stem}"
    if not question.diagnostic:
        return None
    lowered = stem if stem[1:2].isupper() else stem[:1].lower() + stem[1:]
    return f"{capital(option)} explains {lowered}"


def judge_options(question: Question, evidence: Evidence, model: EntailmentModel | None) -> tuple[OptionStance, ...]:
    """The stance of the evidence on each option, in the order of the question; none where no hypothesis can be made.

    Args:
        question: the question, taken apart.
        evidence: what was found for it.
        model: reads what rules do not decide; None leaves that undecided.

    Raises:
        EntailmentError, ModelError: the model failed.
    """
    options = [
        _option(name, said, question, evidence)
        for name in question.options
        if (said := hypothesis(name, question)) is not None
    ]
    by_rule = [_ruled(option, question) for option in options]
    left = [option for option, ruled in zip(options, by_rule, strict=True) if ruled is None] if model else []
    pairs = [(option, sentence) for option in left for sentence in option.speaking]
    claims = [(option.hypothesis, passage_texts([sentence], evidence)) for option, sentence in pairs]
    readings = read_support(claims, model) if model else []
    read = {(option.name, sentence.label): reading for (option, sentence), reading in zip(pairs, readings, strict=True)}
    return tuple(ruled or _read(option, question, read) for option, ruled in zip(options, by_rule, strict=True))


def _option(name: str, said: str, question: Question, evidence: Evidence) -> _Option:
    naming = tuple(_naming(name, evidence))
    asked = _turning_terms(question)
    speaking = (one for one in naming if asked <= set(terms(joined(passage_texts([one], evidence)))))
    return _Option(name, said, naming, tuple(islice(speaking, MOST_SENTENCES)))


def _naming(option: str, evidence: Evidence) -> Iterator[EvidenceSentence]:
    """The sentences found for an option that name it, themselves or by the sentence they lean on."""
    passages = {
        scored.hit.passage.passage_id
        for found in evidence.found
        if found.query.topic == option
        for hits in found.hits.values()
        for scored in hits
    }
    for sentence in evidence.sentences.values():
        if sentence.passage_id in passages:
            text = joined(passage_texts([sentence], evidence))
            if set(terms(option)) <= set(terms(text)):
                yield sentence


def _turning_terms(question: Question) -> set[str]:
    """The terms of what is asked, without those that say which way it moves: "buttock", "pain", "walk"."""
    kept = [word for word in words(question.stem) if not direction_words(word)]
    return set(terms(" ".join(kept)))


def _ruled(option: _Option, question: Question) -> OptionStance | None:
    """The stance where rules decide: the symptom moves the other way in some sentences, and in none as asked.

    Sentences with a negation in them are left to the model: shallow rules cannot be trusted with them.
    """
    if not question.diagnostic:
        return None
    plain = [one for one in option.naming if not negation_scopes(one.text)]
    against = [one for one in plain if reversed_terms(question.stem, one.text)]
    if not against:
        return None
    alike = [one for one in plain if point_alike(question.stem, one.text)]
    if alike:
        return _undecided(option, f"its sentences point both ways: {against[0].label} against {alike[0].label}")
    about = frozenset[str]().union(*(reversed_terms(question.stem, one.text) for one in against))
    shown = [word for word in words(question.stem) if set(terms(word)) & about]
    return _decided(option, "contradicted", against, f"its sentences say the reverse about {', '.join(shown)}")


def _read(option: _Option, question: Question, read: dict[tuple[str, str], Reading]) -> OptionStance:
    """The stance that the model gives with near certainty, where the rules do not object to it."""
    readings = [(one, read[option.name, one.label]) for one in option.speaking if (option.name, one.label) in read]
    against = [
        (one, it.refutes)
        for one, it in readings
        if it.refutes >= STANCE_THRESHOLD and _may_speak_against(option.hypothesis, one.text)
    ]
    for_it = [
        (one, it.supports)
        for one, it in readings
        if it.supports >= STANCE_THRESHOLD and objection_to_words(option.hypothesis, [one.text]) is None
    ]
    if against and for_it:
        return _undecided(option, f"its sentences point both ways: {against[0][0].label} against {for_it[0][0].label}")
    if not against and not for_it:
        return _undecided(option, _why_undecided(option, question))
    stance: Stance = "supported" if for_it else "contradicted"
    surest = sorted(for_it or against, key=lambda pair: -pair[1])
    said = "support" if for_it else "the contrary"
    reason = f"the model reads {'them' if len(surest) > 1 else 'it'} as {said} ({surest[0][1]:.2f})"
    return _decided(option, stance, [one for one, _ in surest], reason, round(surest[0][1], 3))


def _may_speak_against(said: str, sentence: str) -> bool:
    """Whether rules see in a sentence anything by which it could speak against a hypothesis."""
    objection = objection_to_words(said, [sentence])
    return bool(negation_scopes(sentence)) or (objection is not None and objection.fault == "polarity_mismatch")


def _why_undecided(option: _Option, question: Question) -> str:
    if not option.naming:
        return "no sentence found names it"
    if option.speaking:
        count = len(option.speaking)
        return f"{count} sentence{'s name' if count > 1 else ' names'} it and the finding; none settles it"
    asked = _turning_terms(question)
    nearest = max(option.naming, key=lambda one: len(asked & set(terms(one.text))))
    lacking = [word for word in words(question.stem) if set(terms(word)) & (asked - set(terms(nearest.text)))]
    return f"no sentence that names it speaks of the whole finding; not in the nearest: {', '.join(lacking)}"


def _decided(
    option: _Option, stance: Stance, by: Sequence[EvidenceSentence], reason: str, score: float | None = None
) -> OptionStance:
    labels = tuple(sentence.label for sentence in by[:MOST_CITED])
    return OptionStance(option.name, stance, labels, reason, score)


def _undecided(option: _Option, reason: str) -> OptionStance:
    return OptionStance(option.name, "not_addressed", (), reason)
