"""What a composer proposes and what survives: drafts, claims, citations, verdicts, answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.evidence import CutReason, LeftOut, SearchRecord
from rag.fixed_words import capital
from rag.types import Audience, Kind, Source

Part = Literal["short_answer", "guidelines", "research", "agreement"]
PARTS: tuple[Part, ...] = ("short_answer", "guidelines", "research", "agreement")
LANES: dict[Part, frozenset[Kind]] = {
    "short_answer": frozenset(("guideline", "research")),
    "guidelines": frozenset(("guideline",)),
    "research": frozenset(("research",)),
    "agreement": frozenset(("guideline", "research")),
}
ClaimType = Literal["recommendation", "finding", "definition", "background", "absence"]
Relation = Literal["agree", "diverge", "differ_within", "changed", "not_compared", "one_side", "reverse", "denies"]
WITHIN_ONE_KIND: frozenset[Relation] = frozenset(("differ_within", "changed"))
Support = Literal["full", "partial", "none", "contradicted"]
Fault = Literal[
    "no_pointer",
    "invented_pointer",
    "wrong_lane",
    "misattributed",
    "unsupported",
    "contradicted",
    "figure_mismatch",
    "polarity_mismatch",
    "overstated",
    "absence_with_citation",
    "not_absent",
    "lifecycle",
]
Stance = Literal["supported", "contradicted", "not_addressed"]
Status = Literal["not_reviewed", "submitted", "under_review", "approved", "returned"]
Outcome = Literal["answer", "abstention"]


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """A statement as a composer proposes it; `pointers` are labels of evidence sentences.

    `denies` is set for a claim of the relations `reverse` and `denies` only: what the question says, or takes for
    granted, of which each cited sentence says the opposite.
    """

    part: Part
    type: ClaimType
    text: str
    pointers: tuple[str, ...]
    topic: str | None = None
    relation: Relation | None = None
    denies: str | None = None


@dataclass(frozen=True, slots=True)
class DraftAbsence:
    """A composer's word that the sources of a kind do not say, of a topic, what was asked (`asked`, or the topic)."""

    topic: str
    kind: Kind
    asked: str | None = None

    @property
    def text(self) -> str:
        """The statement, in fixed words: what is not there cannot be worded by anyone."""
        kind = "guideline" if self.kind == "guideline" else "research"
        if self.asked and self.asked != self.topic:
            return f"{capital(self.topic)}: no {kind} among the sources searched speaks to “{self.asked}”."
        return f"No {kind} among the sources searched answers “{self.topic}”."


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a composer proposes, or a piece of it. `composer`, `model` and `form` go into the provenance.

    `form` says how a model server was held to the form of its reply. `look_for` are further searches that the composer
    asks for; `incomplete` says what is missing of the draft, None where it is whole, and `broken_off` whether the
    composer was cut short.
    """

    claims: tuple[DraftClaim, ...]
    absences: tuple[DraftAbsence, ...]
    composer: str
    model: str | None = None
    form: str | None = None
    look_for: tuple[str, ...] = ()
    incomplete: str | None = None
    broken_off: bool = False

    def with_piece(self, piece: Draft) -> Draft:
        """This draft, and a later piece of it."""
        return Draft(
            self.claims + piece.claims,
            self.absences + piece.absences,
            piece.composer,
            piece.model or self.model,
            piece.form or self.form,
            self.look_for + piece.look_for,
            piece.incomplete or self.incomplete,
            piece.broken_off or self.broken_off,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether its cited sentences carry a claim, why, and who says so.

    `fault` is what was found wrong with the claim as drafted: of a claim that passed only "misattributed", where it was
    pointed to another sentence. `score` is the entailment model's probability, 0 to 1, that the sentences support the
    claim; None where it was not asked.
    """

    support: Support
    reason: str
    verifier: str
    fault: Fault | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A pointer to the exact words `document.text[start:end]`; `number` is the source's number in the answer."""

    number: int
    source_id: str
    passage_id: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement with its citations and its verdict. A claim that is shown twice keeps one `claim_id`."""

    claim_id: str
    type: ClaimType
    text: str
    topic: str | None
    citations: tuple[Citation, ...]
    verdict: Verdict
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class OptionStance:
    """What the evidence says of one option that the question names, by the sentences that decided.

    `pointers` are labels of evidence sentences, `citations` what assembly makes of them; both are empty where nothing
    was decided. `score` is the entailment model's probability of the stance, None where rules decided.
    """

    option: str
    stance: Stance
    pointers: tuple[str, ...]
    reason: str
    score: float | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A claim that failed, and why. Its citations carry number 0: it is not part of the numbered text."""

    claim: Claim
    reason: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """What was asked and not found: no citation, but the record of what was searched."""

    topic: str
    kind: Kind
    text: str
    searched: SearchRecord


@dataclass(frozen=True, slots=True)
class NotCovered:
    """Patients that the question names and no cited sentence speaks of: no citation.

    `sources` are the ids of the cited sources whose people are on record, and are others.
    """

    population: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """The claims of a draft after checking, part by part, in their order."""

    passed: tuple[tuple[DraftClaim, Verdict], ...]
    failed: tuple[tuple[DraftClaim, Verdict], ...]
    absences: tuple[DraftAbsence, ...]

    def with_piece(self, piece: Verification) -> Verification:
        """This verification, and that of a later piece of the draft."""
        return Verification(
            self.passed + piece.passed, self.failed + piece.failed, tuple(dict.fromkeys(self.absences + piece.absences))
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence that was found and not offered to the language model; it is not cited."""

    source_id: str
    passage_id: str
    start: int
    end: int
    reason: CutReason


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took of language models: requests made, replies taken from the cache, tokens sent and received.

    `cost` is in the currency of the prices that are set, None without them. `estimated`: a server did not say what it
    counted, or a reply broke off.
    """

    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A numbered source of an answer."""

    number: int
    source: Source


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an answer was made from and with: enough to make it again.

    `searched_within` is the filter of the search in words, or None; `reply_form` how the model's server was held to
    the form of its reply, `usage` what was asked of models. Both are None where none was used.
    """

    index: str
    index_fingerprint: str
    corpus_hash: str
    encoder: str
    composer: str
    model: str | None
    verifier: str
    created_at: str
    program_version: str
    searched_within: str | None = None
    reply_form: str | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reader gets. `references` are numbered 1..n in order of first use, and all are used.

    Within a conversation, a source keeps the number that an earlier turn gave it, and new ones are numbered on.
    `incomplete` says why there may be less than the composer had to say: its draft broke off, say.
    """

    outcome: Outcome
    question: str
    standalone_question: str
    audience: Audience
    short_answer: tuple[Claim, ...]
    guidelines: tuple[Claim, ...]
    research: tuple[Claim, ...]
    agreement: tuple[Claim, ...]
    not_found: tuple[NotFound, ...]
    withheld: tuple[Withheld, ...]
    left_out: tuple[LeftOut, ...]
    references: tuple[Reference, ...]
    status: Status
    provenance: Provenance
    abstention_reason: str | None = None
    options: tuple[OptionStance, ...] = ()
    cut: tuple[Cut, ...] = ()
    incomplete: str | None = None
    not_covered: tuple[NotCovered, ...] = ()

    def part(self, part: Part) -> tuple[Claim, ...]:
        """The claims of one part."""
        claims: tuple[Claim, ...] = getattr(self, part)
        return claims


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """A claim that has passed, on the way to the answer. The numbers of its citations are those so far."""

    part: Part
    claim: Claim
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ClaimHeld:
    """A claim that has failed as it was drafted. It may still come, reworded; otherwise the answer lists it."""

    part: Part
    reason: str
