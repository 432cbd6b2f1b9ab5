"""Premises denied: a sentence that says otherwise than what a question takes for granted.

Rules first, by words that clash (an advice turned round, an effect that is denied or points the other way, a negation
that the premise lacks) in a sentence on the same things; then the model, which must read it as the contrary. A premise
that any sentence found for the question upholds is let be: to deny a true one is worse than to let a false one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answer import ClaimType, DraftClaim, Part
from rag.evidence import Evidence, EvidenceSentence
from rag.fixed_words import denies_text
from rag.models.base import EntailmentModel
from rag.naming import unnamed
from rag.polarity import negation_scopes
from rag.polarity.advice import advice_of, other_advice
from rag.polarity.contrasts import agreed, contrast
from rag.polarity.cues import cue_of, root_of
from rag.polarity.patients import of_others
from rag.text import terms, wide_names, wide_terms, words
from rag.verification.polarity_check import polarity_fault
from rag.verification.support import Reading, passage_texts, read_support, titles_of

DENIAL_THRESHOLD = 0.6
"""Least probability of "refutes" at which a sentence on which a rule objects too denies a premise."""
DENIAL_MARGIN = 0.4
"""How much more probable than "supports" it must be."""
MOST_READ = 8
"""Sentences that the model reads for one premise: those with most of its words."""
_LEAST_SHARE = 0.75
_STILL_UPHOLDS = 0.7
"""The probability of "refutes" under which a sentence that says the same, by rules, upholds a premise."""
_NOT_UPHELD = 0.25
_SURELY_UPHOLDS = 0.9
""" "supports" of a sentence on which no rule tells: the model takes what is merely on the same things for support."""

_SAID_OF_SOURCES = frozenset(
    """
    guideline guidelines guidance trial study standards current says say tells tell wants want find found finds show
    shows showed advises enrol enrolled enrols included include excluded exclude every everyone patient patients people
    plenty much many lot lots straight away use used uses should must come go off on get gets still now new latest
    per according
    """.split()
)
_DESIGN = re.compile(
    r"\b(?:whether|randomi[sz]ed \d|randomly assigned|primary (?:outcome|endpoint)s? (?:of|was|were)"
    r"|cannot (?:show|tell|say)|do(?:es)? not (?:directly )?(?:show|address|cover|establish|describe|measure)"
    r"|did not (?:vary|recruit|test|compare)|was (?:funded|stopped)|not (?:masked|blinded)|open[- ]label|adjusted for)",
    re.IGNORECASE,
)
"""What tells how a study was made denies nothing of what it found."""
_BESIDE = re.compile(
    r"\b(?:unlike|in contrast (?:to|with)|than in|conflicts with)\s+[A-Z][\w-]*(?:\s[A-Z][\w-]*)*", re.IGNORECASE
)
_ONCE = re.compile(r"\b(?:until|from) \d{4}\b|\bwhereas\b|\bin (?:\w+ )?\d{4}, the\b", re.IGNORECASE)
"""What tells of earlier advice beside today's."""
_ADVISES = re.compile(r"\b(?:recommends?|advises?|suggests?|prefers?)\b(?: against| to| adding| starting| using)?")
_OF_EVERY = re.compile(r"\b(?:every|everyone|everybody|all|always|routinely)\b", re.IGNORECASE)
_EXCEPTION = re.compile(r",?\s*\bunless\b[^.;]*", re.IGNORECASE)
_REWORDED = tuple(
    (re.compile(rf"\b(?:{said})(?!\w)", re.IGNORECASE), by)
    for said, by in (
        (r"(?:tells|told|asks|advises|wants|urges) (?:us|you|people|doctors|clinicians) to", "recommends to"),
        (
            r"wants (?:every|all|each) ([\w' -]+?) (?:patients? )?on ([\w-]+)",
            r"recommends \2 for every patient with \1",
        ),
        (r"(?:should|must) (?:get|receive|take|have|be (?:given|on)|go on|start)", "should be given"),
        (r"(?:backs|endorses|supports|favours|favors)", "recommends"),
        (
            r"(?:is|are) (?:still )?(?:the|an?) (?:standard|best|right|usual|preferred|first-line|established|proven)"
            r"(?: (?:drug|treatment|therapy|choice|option|medicine))?(?: of choice)?(?= (?:for|in|of)\b)",
            "is recommended",
        ),
        (r"(?:rules?|ruled) out", "excludes"),
    )
)
"""Ways to say that a thing is advised, put so that the rules on advice read them."""
_ACRONYM = re.compile(r"\b(?:[A-Z]{3,}(?:-[A-Z]+)*)\b")
_COMMON_ACRONYMS = frozenset(
    "NSAID NSAIDS MRI DOAC DOACS NOAC COVID MMR TENS HIV COPD CKD GFR TNF ACE ARB CAP LDL CHA SGLT HES ICS SABA".split()
)


@dataclass(frozen=True, slots=True)
class _Near:
    """A sentence on the things of a premise: the share of its words that the sentence has, the premise as it is judged
    by it, the rule that objects, and whether rules find the same said."""

    sentence: EvidenceSentence
    share: float
    said: str
    clash: str | None
    agrees: bool


def denials(premises: Sequence[str], evidence: Evidence, model: EntailmentModel) -> list[DraftClaim]:
    """For each premise that the evidence denies, a claim in fixed words that cites the sentence which says otherwise.

    Raises:
        EntailmentError, ModelError: the model failed.
    """
    found = []
    for premise in premises:
        near = sorted(_near(premise, evidence), key=lambda one: -one.share)[:MOST_READ]
        if any(one.clash for one in near):
            readings = read_support([(one.said, passage_texts([one.sentence], evidence)) for one in near], model)
            denying = _denying(near, readings)
            if denying:
                text = denies_text(premise)
                found.append(
                    DraftClaim("short_answer", _type(denying), text, (denying.label,), None, "denies", denies=premise)
                )
    return found


def quoted(claim: DraftClaim, evidence: Evidence) -> tuple[DraftClaim, ...]:
    """The sentence that a denial cites, word for word: in the short answer behind it, and in the half of its kind."""
    sentence = evidence.sentences[claim.pointers[0]]
    half: Part = "guidelines" if sentence.kind == "guideline" else "research"
    parts: tuple[Part, ...] = ("short_answer", half)
    return tuple(DraftClaim(part, claim.type, sentence.text, claim.pointers) for part in parts)


def judged(premise: str, sentence: EvidenceSentence, evidence: Evidence) -> str:
    """A premise in words that the rules and the model read better beside a sentence: advice said plainly, and a drug by
    its class where the sentence names the class alone."""
    said = _reworded(premise)
    for name in unnamed(premise, _around(sentence, evidence)):
        family = next((key for key in wide_names(name) if set(terms(key)) <= set(terms(sentence.text))), None)
        if family:
            said = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", family, said, flags=re.IGNORECASE)
    return said


def _around(sentence: EvidenceSentence, evidence: Evidence) -> list[str]:
    organisation = evidence.sources[sentence.source_id].organisation or ""
    return [sentence.text, *titles_of([sentence], evidence), organisation]


def clash(premise: str, sentence: str) -> str | None:
    """Why a sentence says otherwise than a premise as it is judged, by rules; None where none tells.

    What is said of every patient is denied by what is advised against with an exception, too.
    """
    if _OF_EVERY.search(premise):
        sentence = _EXCEPTION.sub("", sentence)
    advised = other_advice(premise, [sentence])
    if advised:
        return f"says “{advised[1]}”, the question “{advised[0]}”"
    if agreed(premise, [sentence]):
        return None
    denied, denies = bool(negation_scopes(premise)), bool(negation_scopes(sentence))
    turned = contrast(premise, [sentence])
    if turned and not (denied and denies):
        return f"says “{turned.theirs.strip()}”, the question “{turned.mine.strip()}”"
    fault = polarity_fault(premise, [sentence])
    if fault and denies and not denied and fault.kind in ("negation", "edit", "direction"):
        return "denies what the question says"
    return None


def _reworded(premise: str) -> str:
    for said, by in _REWORDED:
        premise = said.sub(by, premise)
    return premise


def refutes(said: str, sentence: str, reading: Reading) -> bool:
    """Whether the model reads a sentence as the contrary of a premise, surely enough beside a rule that objects.

    Of advice on the very things that is turned round the rule is the surer: the model must only not read support.
    """
    if reading.refutes >= DENIAL_THRESHOLD and reading.refutes >= reading.supports + DENIAL_MARGIN:
        return True
    return (
        _turns_advice(said, sentence) and reading.refutes >= _NOT_UPHELD and reading.refutes >= reading.supports - 0.1
    )


def _turns_advice(said: str, sentence: str) -> bool:
    """Whether a sentence advises against all the things that a premise says are advised, without a limit in figures."""
    if [one.sign for one in advice_of(said)] != [1] or re.search(r"\d", said) or _ONCE.search(sentence):
        return False
    advised = other_advice(said, [_EXCEPTION.sub("", sentence) if _OF_EVERY.search(said) else sentence])
    return advised is not None and frozenset(_things(said)) <= set(wide_terms(sentence))


def _near(premise: str, evidence: Evidence) -> Iterator[_Near]:
    wanted, issuers, focus = frozenset(_things(premise)), _issuers(premise), _focus(premise)
    if not wanted:
        return
    for sentence in evidence.sentences.values():
        around = _around(sentence, evidence)
        have = set(wide_terms(" ".join(around)))
        share = len(wanted & have) / len(wanted)
        if (
            not focus <= have
            or share < _LEAST_SHARE
            or _DESIGN.search(sentence.text)
            or not issuers <= _initials(" ".join(around))
        ):
            continue
        said = judged(premise, sentence, evidence)
        if not unnamed(said, around) and not of_others(premise, sentence.text, ""):
            yield _Near(sentence, share, said, clash(said, sentence.text), agreed(said, [sentence.text]))


def _denying(near: Sequence[_Near], readings: Sequence[Reading]) -> EvidenceSentence | None:
    """The sentence that denies, if there is one and none that is as near upholds the premise."""
    pairs = list(zip(near, readings, strict=True))
    against = [(one, reading) for one, reading in pairs if one.clash and refutes(one.said, one.sentence.text, reading)]
    if not against:
        return None
    best, _ = max(against, key=lambda pair: (pair[0].share, pair[1].refutes))
    upheld = any(
        (one.agrees and reading.refutes < _STILL_UPHOLDS) or reading.supports >= _SURELY_UPHOLDS
        for one, reading in pairs
        if one.clash is None and one.share >= best.share
    )
    return None if upheld else best.sentence


def _things(premise: str) -> tuple[str, ...]:
    """The terms of what a premise is about, in order, without its issuers and the words that say which way it goes."""
    kept = [
        word
        for word in words(_reworded(premise))
        if word.lower() not in _SAID_OF_SOURCES
        and word not in _issuers(premise)
        and cue_of(word.lower(), root_of(word.lower())) is None
    ]
    return wide_terms(" ".join(kept))


def _focus(premise: str) -> frozenset[str]:
    """The first term of what is advised, or of what acts: a sentence on another thing denies nothing of this one."""
    advised = _ADVISES.search(_reworded(premise))
    return frozenset(_things(_reworded(premise)[advised.end() :] if advised else premise)[:1])


def _issuers(premise: str) -> set[str]:
    """The names in capitals of a premise: issuers and trials."""
    return {name for name in _ACRONYM.findall(premise) if name not in _COMMON_ACRONYMS}


def _initials(text: str) -> set[str]:
    """The names in capitals of a text, and those that the first letters of its names make: "ACR" of a college."""
    text = _BESIDE.sub(" ", text)
    found = set(re.findall(r"[A-Z]{3,}(?:-[A-Z]+)*", text))
    named = re.findall(r"(?:[A-Z][a-z]+(?:\s+(?:of|for|and|the|on))*\s*){2,}", text)
    return found | {"".join(re.findall(r"[A-Z]", one)) for one in named}


def _type(sentence: EvidenceSentence) -> ClaimType:
    return "recommendation" if sentence.kind == "guideline" else "finding"
