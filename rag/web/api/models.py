"""What requests and responses look like. The record of an answer has the schema `sourcebound.answer/1` by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from rag.accounts.base import Role
from rag.answer import Status
from rag.ledger.base import TurnRelation
from rag.review.base import Change
from rag.types import Audience, Kind, NoticeKind, SourceStatus
from rag.web.api.texts import OneId, PlainText

RECORD_SCHEMA = "AnswerRecord"
AnswerRecord = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "title": RECORD_SCHEMA})]
SEED_QUESTION = "What relieves the leg pain of lumbar spinal stenosis?"
Year = Annotated[int, Field(ge=1500, le=2200)]


class Asked(BaseModel):
    """What a request sends."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What a response has."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class FollowUpBody(Asked):
    """A further question of a conversation."""

    question: PlainText = Field(
        min_length=2, max_length=20_000, description="The question.", examples=["And at night?"]
    )
    audience: Audience = Field(default="clinician", description="Who reads the answer: it changes the words around it.")
    from_year: Year | None = Field(default=None, description="Only sources of this year or later.", examples=[2015])
    to_year: Year | None = Field(default=None, description="Only sources of this year or earlier.")
    topics: list[PlainText] = Field(default=[], max_length=50, description="Only sources on one of these topics.")
    standalone: PlainText | None = Field(
        default=None,
        min_length=2,
        max_length=20_000,
        description="The question in words that stand alone, by hand, in the place of the form that would be made. "
        "Sent with the last question of a conversation in the same words, it corrects that turn.",
    )

    @model_validator(mode="after")
    def _years_in_order(self) -> Self:
        if self.from_year is not None and self.to_year is not None and self.from_year > self.to_year:
            raise ValueError("from_year is after to_year")
        return self


class AskBody(FollowUpBody):
    """A question, or a further one of a conversation."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": SEED_QUESTION}, {"question": SEED_QUESTION, "from_year": 2015}]}
    )

    conversation_id: OneId | None = Field(default=None, description="The conversation to go on with; unset: a new one.")


class Links(Told):
    """Where an answer's other forms are, as paths of this server."""

    version: str = Field(description="This very version; it never changes.")
    latest: str = Field(description="The newest version.")
    conversation: str = Field(description="Its conversation; for the one who asked.")
    review: str = Field(description="Where steps of its review are posted.")
    page: str = Field(description="The page for readers.")
    exports: dict[str, str] = Field(description="By format.")


class CommentView(Told):
    """A remark of a reviewer."""

    comment_id: int
    claim_id: str | None = Field(description="The claim it is on; null: the answer.")
    text: str
    by: str
    at: datetime


class StandingView(Told):
    """The one status of a version, who set it and when."""

    status: Status
    by: str | None = Field(default=None, description="The name of who set it.")
    at: datetime | None = None
    digest: str | None = Field(default=None, description="What an approval is bound to.")
    void: str | None = Field(default=None, description="Why the last approval no longer holds.")
    comments: list[CommentView] = Field(default=[], description="Remarks, oldest first; for those who are signed in.")


class StaleView(Told):
    """One reason why an answer no longer rests on what it rested on."""

    source_id: str
    number: int = Field(description="The source's number in the answer.")
    change: Change
    text: str


class AnswerView(Told):
    """A version of a saved answer."""

    answer_id: str
    version: int
    latest: int = Field(description="The number of the newest version.")
    made_at: datetime
    conversation_id: str
    turn: int = Field(description="The number of its turn in that conversation, from 1.")
    answer: AnswerRecord = Field(description="The answer, as it was made.")
    standing: StandingView
    stale: list[StaleView] = Field(description="Empty: its sources stand as they stood.")
    links: Links


class AnswerLine(Told):
    """An answer in a list."""

    answer_id: str
    version: int
    made_at: datetime
    conversation_id: str
    question: str
    outcome: Literal["answer", "abstention"]
    audience: Audience


class AnswerPage(Told):
    """A page of one's own answers."""

    answers: list[AnswerLine]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null: this is the last.")


class TurnView(Told):
    """A turn of a conversation."""

    number: int
    question: str
    standalone: str = Field(description="The form that was answered.")
    relation: TurnRelation
    rewritten_by: str
    corrects: int | None
    answer_id: str | None


class ConversationView(Told):
    """A conversation of one's own."""

    conversation_id: str
    started_at: datetime
    turns: list[TurnView]


class NoticeView(Told):
    """What was published about a paper after it."""

    kind: NoticeKind
    date: str | None
    reason: str | None
    doi: str | None
    pmid: str | None
    republished_as: str | None


class SourceView(Told):
    """A bibliographic record and its life."""

    source_id: str
    kind: Kind
    title: str
    year: int
    status: SourceStatus
    authors: str | None
    organisation: str | None
    journal: str | None
    doi: str | None
    pmid: str | None
    url: str | None
    study_type: str | None
    population: str | None
    n: str | None
    strength: str | None
    superseded_by: list[str]
    superseded_since: str | None
    supersedes: list[str]
    notices: list[NoticeView]
    notices_checked: str | None
    conflicts_with: list[str]
    topics: list[str]
    text_type: Literal["summary", "publication"]
    licence: str | None


class SourcePage(Told):
    """A page of sources, guidelines first, by title."""

    sources: list[SourceView]
    total: int = Field(description="How many there are on all pages.")
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null: this is the last.")


class SentenceView(Told):
    """A sentence that can be cited: `start` and `end` count characters of the source's text."""

    start: int
    end: int
    text: str


class PassageView(Told):
    """A passage of a source."""

    passage_id: str
    source_id: str
    kind: Kind
    heading: str
    start: int
    end: int
    text: str
    sentences: list[SentenceView]


class PassageList(Told):
    """Passages."""

    passages: list[PassageView]


class ReviewBody(Asked):
    """A step of a review."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"step": "submit"}, {"step": "return", "remark": "Claim 2 needs the dose."}]}
    )

    step: Literal["submit", "take", "approve", "return"] = Field(
        description="submit: hand it to the board; take: begin reviewing; approve; return: with what is to be mended."
    )
    remark: PlainText = Field(default="", max_length=4000, description="A word on it; to return, it is needed.")


class CommentBody(Asked):
    """A remark on an answer under review."""

    text: PlainText = Field(min_length=1, max_length=4000, examples=["The dose is that of adults."])
    claim_id: OneId | None = Field(default=None, description="The claim it is on; unset: the answer as a whole.")


class VisitorView(Told):
    """Who this request comes from."""

    signed_in: bool
    name: str | None
    role: Role | None
    csrf_token: str | None = Field(
        description="What requests with this cookie must bear in the header X-CSRF-Token; null with a token."
    )


class Health(Told):
    """The server runs."""

    status: Literal["ok"] = "ok"


class FieldProblem(Told):
    """What is wrong with one field."""

    field: str
    message: str


class ProblemView(Told):
    """A problem (RFC 9457)."""

    type: str = Field(description="What kind; /v1/docs explains each.", examples=["/v1/docs#problem-question"])
    title: str
    status: int
    detail: str = Field(description="What is wrong, and how to mend it, in one line.")
    instance: str = Field(description="This very request, as X-Request-Id names it.")
    errors: list[FieldProblem] | None = Field(default=None, description="Of a malformed request: field by field.")
