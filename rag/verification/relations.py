"""Relations: claims on how sentences stand to the question or to each other, in the program's fixed words.

Each is held against the very rule that chooses it. A relation in a composer's own words is left to the checks of words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from rag.answer import DraftClaim
from rag.evidence import Evidence, EvidenceSentence
from rag.fixed_words import WHOLE, agree_text, both_text, denies_text, differ_within_text, diverge_text, reverse_text
from rag.polarity import point_alike, reversed_terms
from rag.text import STOPWORDS
from rag.types import KINDS
from rag.verification.accord import accord_words, points_alike
from rag.verification.objections import Objection
from rag.verification.premise import clash, judged

Ruling = Objection | str | None
"""An objection; or why the claim holds; or None: its words are to be checked."""

_COMPARING = re.compile(
    r"agrees?|agreement|differs?|difference|diverges?|consistent|both|guidelines?|research|studies|sources?"
    r"|statements?|conflicts?|contradicts?|whereas|while|halves|likewise|too|cited",
    re.IGNORECASE,
)
_THAT = re.compile(r"(.{0,80}?)\bthat\s+", re.IGNORECASE)


def rule_on_relation(claim: DraftClaim, evidence: Evidence) -> Ruling:
    """The ruling on a claim with good pointers; None for one that has no relation."""
    cited = [evidence.sentences[label] for label in claim.pointers]
    if claim.relation == "changed":
        return _rule_on_change(cited, evidence)
    if claim.relation == "reverse":
        return _rule_on_reverse(claim, cited)
    if claim.relation == "denies":
        return _rule_on_denial(claim, cited, evidence)
    if claim.relation == "differ_within":
        return _rule_on_difference(claim, cited, evidence)
    return _rule_on_comparison(claim, cited, evidence) if claim.relation else None


def compared_sides(claim: DraftClaim, cited: Sequence[EvidenceSentence]) -> list[list[EvidenceSentence]]:
    """The groups of cited sentences of which each must carry the claim: both halves, where it says that they agree."""
    if claim.relation != "agree":
        return [list(cited)]
    return [side for kind in KINDS if (side := [sentence for sentence in cited if sentence.kind == kind])]


def compared_words(claim: DraftClaim) -> str:
    """What a claim says once the words that only compare are taken away: what "both agree that" stands before."""
    if claim.part != "agreement" or claim.relation in (None, "changed"):
        return claim.text
    opening = _THAT.match(claim.text)
    if opening and all(_only_compares(word) or word.lower() in STOPWORDS for word in opening[1].split()):
        return claim.text[opening.end() :]
    return " ".join(word for word in claim.text.split() if not _only_compares(word))


def _only_compares(word: str) -> bool:
    return bool(_COMPARING.fullmatch(word.strip(".,:;")))


def _rule_on_change(cited: Sequence[EvidenceSentence], evidence: Evidence) -> Ruling:
    if all(evidence.sources[sentence.source_id].supersedes for sentence in cited):
        return None
    return Objection("unsupported", "the cited source is not on record as having replaced another")


def _rule_on_reverse(claim: DraftClaim, cited: Sequence[EvidenceSentence]) -> Ruling:
    """Each cited sentence must say the opposite of what the claim denies, in the claim's fixed words."""
    if not claim.denies or claim.text != reverse_text(claim.topic or "", claim.denies):
        return Objection("unsupported", "does not say what it denies")
    if not all(reversed_terms(claim.denies, sentence.text) for sentence in cited):
        return Objection("unsupported", "a cited sentence does not say the opposite")
    return "each cited sentence points the other way"


def _rule_on_denial(claim: DraftClaim, cited: Sequence[EvidenceSentence], evidence: Evidence) -> Ruling:
    """In fixed words, and by rules the one cited sentence must clash with what is denied; then the model must agree."""
    if not claim.denies or claim.text != denies_text(claim.denies):
        return Objection("unsupported", "does not say what it denies")
    if len(cited) != 1 or not clash(judged(claim.denies, cited[0], evidence), cited[0].text):
        return Objection("unsupported", "the cited sentence does not say otherwise")
    return None


def _rule_on_difference(claim: DraftClaim, cited: Sequence[EvidenceSentence], evidence: Evidence) -> Ruling:
    """Each cited sentence's source must be on record as conflicting with another cited one's, in fixed words."""
    if claim.text != differ_within_text(claim.topic or WHOLE, cited[0].kind):
        return Objection("unsupported", "not in the fixed words for sources that differ")
    if not all(any(evidence.conflict(one, other) for other in cited) for one in cited):
        return Objection("unsupported", "no conflict is on record")
    return "the sources are on record as conflicting"


def _rule_on_comparison(claim: DraftClaim, cited: Sequence[EvidenceSentence], evidence: Evidence) -> Ruling:
    guidelines, research = ([sentence for sentence in cited if sentence.kind == kind] for kind in KINDS)
    pairs = list(product(guidelines, research))
    conflict = any(evidence.conflict(*pair) for pair in pairs)
    if claim.relation == "agree" and conflict:
        why = "said to agree, but the sources are on record as conflicting"
        return Objection("contradicted", why, "contradicted")
    name = claim.topic or WHOLE
    if claim.text == both_text(name):
        return "both kinds are cited"
    if claim.text == diverge_text(name):
        recorded = "the sources are on record as conflicting"
        return recorded if conflict else Objection("unsupported", "no conflict is on record")
    if claim.text == agree_text(name):
        alike = any(point_alike(left.text, right.text) for left, right in pairs)
        return "they do point the same way" if alike else Objection("unsupported", "they do not point the same way")
    if any(
        claim.text == accord_words(name, *pair, evidence) and points_alike(pair[0].text, pair[1].text) for pair in pairs
    ):
        return "the guideline advises what the study found, by rules"
    return None
