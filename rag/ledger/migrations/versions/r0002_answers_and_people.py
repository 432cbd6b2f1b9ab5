"""Each turn is a saved answer with versions; reviews, people, and an audit trail that can only be added to.

The answers of turns kept before are moved over as first versions.
"""

from __future__ import annotations

import secrets
import string
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LETTERS = string.ascii_letters + string.digits
_STATUSES = "('not_reviewed', 'submitted', 'under_review', 'approved', 'returned')"
_KEPT = "the audit trail can only be added to"
_MADE = "a version of an answer is never changed"
_NO_REPLACE = """CREATE TRIGGER audit_trail_no_replace BEFORE INSERT ON audit_trail
WHEN EXISTS (SELECT 1 FROM audit_trail WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the audit trail can only be added to'); END"""  # INSERT OR REPLACE deletes without a trigger


def upgrade() -> None:
    """Make the tables and the triggers, and move the answers of the turns."""
    with op.batch_alter_table("conversations") as conversations:
        conversations.add_column(sa.Column("owner", sa.String(64), nullable=True))
    _make_answers()
    _make_reviews()
    _make_accounts()
    _make_the_rest()
    _move_answers()
    with op.batch_alter_table("turns") as turns:
        turns.drop_column("answer")
    _guard()


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _of_a_version(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["answer_id", "version"],
        ["answer_versions.answer_id", "answer_versions.version"],
        name=f"fk_{table}_answer_id_answer_versions",
        ondelete="CASCADE",
    )


def _of_an_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.account_id"], name=f"fk_{table}_account_id_accounts", ondelete="CASCADE"
    )


def _make_answers() -> None:
    op.create_table(
        "answers",
        _text("answer_id", 40),
        _text("conversation_id", 40),
        _number("turn"),
        _text("owner", 64, nullable=True),
        _time("asked_at"),
        _number("latest"),
        _json("within", nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.conversation_id"],
            name="fk_answers_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer_id", name="pk_answers"),
        sa.UniqueConstraint("conversation_id", "turn", name="uq_answers_conversation_id"),
    )
    op.create_index("ix_answers_owner_asked_at", "answers", ["owner", "asked_at"])
    op.create_index("ix_answers_asked_at", "answers", ["asked_at"])
    op.create_table(
        "answer_versions",
        _text("answer_id", 40),
        _number("version"),
        _json("record"),
        _time("made_at"),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.answer_id"], name="fk_answer_versions_answer_id_answers", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("answer_id", "version", name="pk_answer_versions"),
    )
    op.create_table(
        "findings",
        _text("answer_id", 40),
        _number("version"),
        _time("checked_at"),
        _text("index_fingerprint", 64),
        _json("reasons"),
        _of_a_version("findings"),
        sa.PrimaryKeyConstraint("answer_id", "version", name="pk_findings"),
    )


def _make_reviews() -> None:
    op.create_table(
        "reviews",
        _text("answer_id", 40),
        _number("version"),
        _text("status", 20),
        _text("by_id", 64, nullable=True),
        _text("by_name", 200, nullable=True),
        _time("at", nullable=True),
        _text("digest", 64, nullable=True),
        _json("bound", nullable=True),
        sa.Column("void", sa.Text(), nullable=True),
        _number("revision"),
        _of_a_version("reviews"),
        sa.PrimaryKeyConstraint("answer_id", "version", name="pk_reviews"),
        sa.CheckConstraint(f"status IN {_STATUSES}", name="ck_reviews_status"),
        sa.CheckConstraint("(status = 'approved') = (digest IS NOT NULL)", name="ck_reviews_digest"),
        sa.CheckConstraint("status IN ('not_reviewed', 'submitted') OR by_name IS NOT NULL", name="ck_reviews_by_name"),
        sa.CheckConstraint("status = 'not_reviewed' OR at IS NOT NULL", name="ck_reviews_at"),
    )
    op.create_index("ix_reviews_status", "reviews", ["status"])
    op.create_table(
        "comments",
        sa.Column("comment_id", sa.Integer(), autoincrement=True, nullable=False),
        _text("answer_id", 40),
        _number("version"),
        _text("claim_id", 200, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        _text("by_id", 64),
        _text("by_name", 200),
        _time("at"),
        _of_a_version("comments"),
        sa.PrimaryKeyConstraint("comment_id", name="pk_comments"),
    )
    op.create_index("ix_comments_answer_id", "comments", ["answer_id", "version"])


def _make_accounts() -> None:
    op.create_table(
        "accounts",
        _text("account_id", 64),
        _text("name", 100),
        _text("name_key", 200),
        _text("shown_name", 200),
        _text("role", 20),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        _time("created_at"),
        _text("issuer", 500, nullable=True),
        _text("subject", 255, nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
        sa.UniqueConstraint("name_key", name="uq_accounts_name_key"),
        sa.UniqueConstraint("issuer", "subject", name="uq_accounts_issuer"),
        sa.CheckConstraint("role IN ('reader', 'reviewer', 'admin')", name="ck_accounts_role"),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="ck_accounts_issuer"),
    )
    op.create_table(
        "sessions",
        _text("digest", 64),
        _text("account_id", 64),
        _time("opened_at"),
        _time("seen_at"),
        _time("expires_at"),
        _of_an_account("sessions"),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "tokens",
        _text("token_id", 40),
        _text("account_id", 64),
        _text("label", 100),
        _text("digest", 64),
        _time("created_at"),
        _time("expires_at"),
        _time("last_used_at", nullable=True),
        _of_an_account("tokens"),
        sa.PrimaryKeyConstraint("token_id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
    )
    op.create_index("ix_tokens_account_id", "tokens", ["account_id"])


def _make_the_rest() -> None:
    op.create_table(
        "sign_in_failures",
        _text("door", 300),
        _time("since"),
        _number("failures"),
        _number("locks"),
        _time("locked_until", nullable=True),
        sa.PrimaryKeyConstraint("door", name="pk_sign_in_failures"),
    )
    op.create_table(
        "idempotency_keys",
        _text("owner", 64),
        _text("key", 255),
        _text("request_digest", 64),
        _text("answer_id", 40, nullable=True),
        _time("begun_at"),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_begun_at", "idempotency_keys", ["begun_at"])
    op.create_table(
        "audit_trail",
        _number("number"),
        _time("at"),
        _text("actor", 64),
        _text("action", 40),
        _text("subject", 100),
        _json("details"),
        _text("digest", 64),
        sa.PrimaryKeyConstraint("number", name="pk_audit_trail"),
    )
    op.create_index("ix_audit_trail_subject", "audit_trail", ["subject"])


def _move_answers() -> None:
    """A first version for each turn, one turn at a time: a long history need not fit the memory."""
    connection = op.get_bind()
    turns = sa.table(
        "turns",
        sa.column("turn_id", sa.Integer),
        sa.column("conversation_id", sa.String),
        sa.column("number", sa.Integer),
        sa.column("answer", sa.JSON),
        sa.column("added_at", sa.DateTime),
    )
    answers, versions, reviews = (
        sa.table("answers", *map(sa.column, ("answer_id", "conversation_id", "turn")), *_columns()),
        sa.table(
            "answer_versions",
            *map(sa.column, ("answer_id", "version")),
            sa.column("record", sa.JSON),
            sa.column("made_at", sa.DateTime),
        ),
        sa.table("reviews", *map(sa.column, ("answer_id", "version", "status", "revision"))),
    )
    for turn_id in connection.scalars(sa.select(turns.c.turn_id).order_by(turns.c.turn_id)).all():
        turn = connection.execute(sa.select(turns).where(turns.c.turn_id == turn_id)).one()
        answer_id = "".join(secrets.choice(_LETTERS) for _ in range(22))
        kept = {"answer_id": answer_id, "conversation_id": turn.conversation_id, "turn": turn.number}
        connection.execute(answers.insert().values(**kept, asked_at=turn.added_at, latest=1))
        made = {"answer_id": answer_id, "version": 1}
        connection.execute(versions.insert().values(**made, record=turn.answer, made_at=turn.added_at))
        connection.execute(reviews.insert().values(**made, status="not_reviewed", revision=0))


def _columns() -> tuple[sa.ColumnClause[Any], ...]:
    return sa.column("asked_at", sa.DateTime), sa.column("latest", sa.Integer)


def _guard() -> None:
    """Have the database itself refuse what would change what was done, or what was answered."""
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_trail_no_{event.lower()} BEFORE {event} ON audit_trail "
                f"BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END"
            )
        op.execute(_NO_REPLACE)
        op.execute(
            "CREATE TRIGGER answer_versions_no_update BEFORE UPDATE ON answer_versions "
            f"BEGIN SELECT RAISE(ABORT, '{_MADE}'); END"
        )
        return
    for name, reason in (("refuse_audit_change", _KEPT), ("refuse_version_change", _MADE)):
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{reason}'; END $$"
        )
    op.execute(
        "CREATE TRIGGER audit_trail_no_change BEFORE UPDATE OR DELETE ON audit_trail "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_trail_no_truncate BEFORE TRUNCATE ON audit_trail "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER answer_versions_no_update BEFORE UPDATE ON answer_versions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_version_change()"
    )


def downgrade() -> None:
    """Refused: the audit trail would be lost."""
    raise NotImplementedError("the ledger cannot go back: the audit trail would be lost")
