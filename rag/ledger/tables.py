"""The tables, as SQLAlchemy maps them. A change here needs a migration in `migrations/versions/`.

The triggers that keep the audit trail and the versions of answers from being changed are in the migrations alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

STATUSES = "('not_reviewed', 'submitted', 'under_review', 'approved', 'returned')"
_ACCOUNT = "accounts.account_id"


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone outside, in UTC without a zone inside: the same in every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, without the zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """With its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


def storable(value: str | None) -> str | None:
    """Text that every database can hold: what PostgreSQL refuses (NUL, halves of surrogate pairs) is replaced."""
    if value is None or value.isprintable():
        return value
    return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Line(TypeDecorator[str]):
    """A short text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """As `storable`."""
        return storable(value)


class Prose(TypeDecorator[str]):
    """A text of any length."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """As `storable`."""
        return storable(value)


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can change it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class ConversationRow(Base):
    """A conversation. `owner` is who may go on with it; None: the command line."""

    __tablename__ = "conversations"

    conversation_id: Mapped[str] = mapped_column(Line(40), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    owner: Mapped[str | None] = mapped_column(Line(64))
    turns: Mapped[list[TurnRow]] = relationship(order_by="TurnRow.number", cascade="all, delete-orphan")


class TurnRow(Base):
    """A turn of a conversation; its answer is the one of the same conversation and turn."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("conversation_id", "number"),)

    turn_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.conversation_id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    question: Mapped[str] = mapped_column(Prose)
    standalone: Mapped[str] = mapped_column(Prose)
    relation: Mapped[str] = mapped_column(Line(20))
    rewritten_by: Mapped[str] = mapped_column(Line(200))
    corrects: Mapped[int | None] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(UtcTime)


class AnswerRow(Base):
    """A saved answer: that of one turn. `latest` is the number of its newest version; `within` the filter of its
    search, None where none was kept."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("conversation_id", "turn"),
        Index("ix_answers_owner_asked_at", "owner", "asked_at"),
    )

    answer_id: Mapped[str] = mapped_column(Line(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.conversation_id", ondelete="CASCADE"))
    turn: Mapped[int] = mapped_column(Integer)
    owner: Mapped[str | None] = mapped_column(Line(64))
    asked_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    latest: Mapped[int] = mapped_column(Integer)
    within: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class VersionRow(Base):
    """A version of an answer; a trigger refuses to change it."""

    __tablename__ = "answer_versions"

    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.answer_id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcTime)


def _of_a_version() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["answer_id", "version"], ["answer_versions.answer_id", "answer_versions.version"], ondelete="CASCADE"
    )


class FindingRow(Base):
    """What the last recheck of a version found: why it is stale, if it is."""

    __tablename__ = "findings"
    __table_args__ = (_of_a_version(),)

    answer_id: Mapped[str] = mapped_column(Line(40), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    checked_at: Mapped[datetime] = mapped_column(UtcTime)
    index_fingerprint: Mapped[str] = mapped_column(Line(64))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ReviewRow(Base):
    """The one status of a version. `bound` says what an approval holds for, `digest` is over that; both are there for
    an approval and for nothing else. `revision` counts the steps, so that of two at once only one is taken."""

    __tablename__ = "reviews"
    __table_args__ = (
        _of_a_version(),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("(status = 'approved') = (digest IS NOT NULL)", name="digest"),
        CheckConstraint("status IN ('not_reviewed', 'submitted') OR by_name IS NOT NULL", name="by_name"),
        CheckConstraint("status = 'not_reviewed' OR at IS NOT NULL", name="at"),
    )

    answer_id: Mapped[str] = mapped_column(Line(40), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(Line(20), index=True)
    by_id: Mapped[str | None] = mapped_column(Line(64))
    by_name: Mapped[str | None] = mapped_column(Line(200))
    at: Mapped[datetime | None] = mapped_column(UtcTime)
    digest: Mapped[str | None] = mapped_column(Line(64))
    bound: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    void: Mapped[str | None] = mapped_column(Prose)
    revision: Mapped[int] = mapped_column(Integer)


class CommentRow(Base):
    """A remark of a reviewer."""

    __tablename__ = "comments"
    __table_args__ = (_of_a_version(), Index("ix_comments_answer_id", "answer_id", "version"))

    comment_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    answer_id: Mapped[str] = mapped_column(Line(40))
    version: Mapped[int] = mapped_column(Integer)
    claim_id: Mapped[str | None] = mapped_column(Line(200))
    text: Mapped[str] = mapped_column(Prose)
    by_id: Mapped[str] = mapped_column(Line(64))
    by_name: Mapped[str] = mapped_column(Line(200))
    at: Mapped[datetime] = mapped_column(UtcTime)


class AuditRow(Base):
    """A line of the audit trail; triggers refuse to change or remove it."""

    __tablename__ = "audit_trail"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(Line(64))
    action: Mapped[str] = mapped_column(Line(40))
    subject: Mapped[str] = mapped_column(Line(100), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(Line(64))


class AccountRow(Base):
    """A person. `name_key` is the name without regard to case; `password` its argon2 hash, None for one who signs in
    elsewhere."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("name_key"),
        UniqueConstraint("issuer", "subject"),
        CheckConstraint("role IN ('reader', 'reviewer', 'admin')", name="role"),
        CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="issuer"),
    )

    account_id: Mapped[str] = mapped_column(Line(64), primary_key=True)
    name: Mapped[str] = mapped_column(Line(100))
    name_key: Mapped[str] = mapped_column(Line(200))
    shown_name: Mapped[str] = mapped_column(Line(200))
    role: Mapped[str] = mapped_column(Line(20))
    disabled: Mapped[bool] = mapped_column(Boolean)
    password: Mapped[str | None] = mapped_column(Prose)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    issuer: Mapped[str | None] = mapped_column(Line(500))
    subject: Mapped[str | None] = mapped_column(Line(255))


class SessionRow(Base):
    """A session that was opened; its secret is kept as SHA-256."""

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(Line(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey(_ACCOUNT, ondelete="CASCADE"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class TokenRow(Base):
    """A token of the interface; its secret is kept as SHA-256."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("digest"),)

    token_id: Mapped[str] = mapped_column(Line(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey(_ACCOUNT, ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(Line(100))
    digest: Mapped[str] = mapped_column(Line(64))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class GuessingRow(Base):
    """How often signing in has failed under a name or from an address since `since`, and until when that is locked.

    `locks` counts how often it was locked in a row: each lasts twice as long as the one before.
    """

    __tablename__ = "sign_in_failures"

    door: Mapped[str] = mapped_column(Line(300), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcTime)
    failures: Mapped[int] = mapped_column(Integer)
    locks: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None] = mapped_column(UtcTime)


class RepeatRow(Base):
    """A key under which a request was made, so that its repetition is not answered anew."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(Line(64), primary_key=True)
    key: Mapped[str] = mapped_column(Line(255), primary_key=True)
    request_digest: Mapped[str] = mapped_column(Line(64))
    answer_id: Mapped[str | None] = mapped_column(Line(40))
    begun_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
