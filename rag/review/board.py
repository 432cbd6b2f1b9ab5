"""The order of the states of a review, kept in the ledger; and what makes an approval void.

not reviewed -> submitted -> under review -> approved or returned; returned -> submitted. An approval that no longer
holds goes back to submitted. Each step is one transaction with its line in the audit trail, and of two people at once
one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rag.accounts.base import ROLES, Account, Role
from rag.answer import PARTS, Status
from rag.errors import NotKeptError, ReviewError
from rag.ledger.answers import saved, versions_of_answers
from rag.ledger.base import SavedAnswer
from rag.ledger.database import Database
from rag.ledger.tables import AccountRow, CommentRow, ReviewRow, VersionRow
from rag.ledger.trail import write_entry
from rag.review.base import Comment, Shelf, Standing, Waiting
from rag.review.digest import bound_parts, canonical_digest, differences
from rag.review.staleness import stale_reasons

REMARK_MAX_CHARS = 5000
PROGRAM = "Sourcebound"
"""Who makes an approval void, in the audit trail."""

_QUICKER = "load it again: someone else may have been quicker"
_WORDS: dict[Status, str] = {
    "not_reviewed": "not reviewed",
    "submitted": "submitted",
    "under_review": "under review",
    "approved": "approved",
    "returned": "returned",
}


@dataclass(frozen=True, slots=True)
class _Step:
    """A step: from which states, to which, who may take it, and what the audit trail calls it."""

    before: tuple[Status, ...]
    after: Status
    role: Role
    action: str


_SUBMIT = _Step(("not_reviewed", "returned"), "submitted", "reader", "review_submitted")
_TAKE = _Step(("submitted",), "under_review", "reviewer", "review_taken")
_APPROVE = _Step(("under_review",), "approved", "reviewer", "review_approved")
_RETURN = _Step(("under_review",), "returned", "reviewer", "review_returned")
_COMMENT = _Step(("under_review",), "under_review", "reviewer", "review_commented")


class LedgerBoard:
    """Signs answers off; as `Board`. Safe for threads.

    Args:
        database: where.
        shelf: gives what the index in use holds.
        models: gives the names of what answers today: `encoder`, `verifier`, `composer`, `model`.
        now: the clock.
    """

    def __init__(
        self,
        database: Database,
        shelf: Callable[[], Shelf],
        models: Callable[[], Mapping[str, str | None]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._models = models
        self._now = now

    def standing(self, answer: SavedAnswer) -> Standing:
        """The status now. An approval that has become void is recorded as such here, once.

        Raises:
            NotKeptError: the ledger has no such answer or version.
        """
        with self._database.reading() as session:
            row = _row(session, answer)
            if row.status != "approved" or (reason := self._void(answer, row)) is None:
                return _standing(session, row)
        with self._database.session() as session:
            now = self._now()
            seen = (ReviewRow.answer_id == answer.answer_id, ReviewRow.version == answer.version)
            back = {"status": "submitted", "by_id": None, "by_name": None, "at": now, "digest": None, "bound": None}
            voided = session.scalars(
                update(ReviewRow)
                .where(*seen, ReviewRow.revision == row.revision)
                .values(**back, void=reason, revision=row.revision + 1)
                .returning(ReviewRow.answer_id)
            ).first()
            if voided is not None:
                details = {"version": answer.version, "digest": row.digest, "reason": reason}
                write_entry(
                    session, now, actor=PROGRAM, action="approval_void", subject=answer.answer_id, details=details
                )
            session.expire_all()
            return _standing(session, _row(session, answer))

    def _void(self, answer: SavedAnswer, row: ReviewRow) -> str | None:
        bound = row.bound or {}
        if canonical_digest(bound) != row.digest:
            return "the record of the approval itself has been changed"
        return differences(bound, bound_parts(answer.record, self._shelf(), self._models()))

    def queue(self) -> tuple[Waiting, ...]:
        """What is submitted or under review, oldest first; approvals that no longer hold among it."""
        for answer in self._doubtful():
            self.standing(answer)
        wanted = (
            versions_of_answers()
            .join(ReviewRow, (ReviewRow.answer_id == VersionRow.answer_id) & (ReviewRow.version == VersionRow.version))
            .where(ReviewRow.status.in_(("submitted", "under_review")))
            .order_by(ReviewRow.at, ReviewRow.answer_id, ReviewRow.version)
        )
        with self._database.reading() as session:
            answers = [saved(*row) for row in session.execute(wanted)]
            return tuple(Waiting(one, _standing(session, _row(session, one))) for one in answers)

    def _doubtful(self) -> list[SavedAnswer]:
        """The approved versions whose index or models are not those of today; the others cannot have become void by
        what happened to a source, since that changes the index."""
        fingerprint, models = self._shelf().fingerprint, dict(self._models())
        wanted = versions_of_answers().join(
            ReviewRow, (ReviewRow.answer_id == VersionRow.answer_id) & (ReviewRow.version == VersionRow.version)
        )
        approved = select(ReviewRow).where(ReviewRow.status == "approved")
        with self._database.reading() as session:
            keys = [
                (row.answer_id, row.version)
                for row in session.scalars(approved)
                if not row.bound or row.bound["index"] != fingerprint or row.bound["models"] != models
            ]
            rows = [
                session.execute(wanted.where(VersionRow.answer_id == answer_id, VersionRow.version == version)).first()
                for answer_id, version in keys
            ]
        return [saved(*row) for row in rows if row is not None]

    def submit(self, answer: SavedAnswer, by: Account) -> Standing:
        """not_reviewed or returned -> submitted."""
        return self._take(_SUBMIT, answer, by)

    def take(self, answer: SavedAnswer, by: Account) -> Standing:
        """submitted -> under_review."""
        return self._take(_TAKE, answer, by)

    def approve(self, answer: SavedAnswer, by: Account, remark: str = "") -> Standing:
        """under_review -> approved, bound to today's digest.

        Raises:
            ReviewError: the answer is stale, or it answers the reviewer's own question and there is another reviewer.
        """
        shelf = self._shelf()
        stale = stale_reasons(answer.record, shelf)
        if stale:
            raise ReviewError("a stale answer cannot be approved", value=stale[0].text, mend="have it answered anew")
        bound = bound_parts(answer.record, shelf, self._models())
        return self._take(_APPROVE, answer, by, remark=_remark(remark), bound=bound)

    def give_back(self, answer: SavedAnswer, by: Account, remark: str) -> Standing:
        """under_review -> returned, with the reason."""
        return self._take(_RETURN, answer, by, remark=_needed(remark))

    def _take(
        self, step: _Step, answer: SavedAnswer, by: Account, *, remark: str = "", bound: dict[str, Any] | None = None
    ) -> Standing:
        self.standing(answer)
        now = self._now()
        with self._database.session() as session:
            actor, row = _allowed(session, step, answer, by)
            if bound is not None:
                _check_second_eyes(session, answer, actor)
            row.status, row.at, row.revision = step.after, now, row.revision + 1
            row.by_id, row.by_name = actor.account_id, actor.shown_name
            row.bound, row.digest = bound, None if bound is None else canonical_digest(bound)
            if step.after in ("approved", "returned"):
                row.void = None
            details: dict[str, Any] = {"version": answer.version, "status": step.after, "name": actor.shown_name}
            if row.digest:
                details["digest"] = row.digest
            if remark:
                details["comment"] = _write_comment(session, answer, actor, remark, at=now).comment_id
            write_entry(
                session,
                now,
                actor=actor.account_id,
                action=step.action,
                subject=answer.answer_id,
                details=details,
            )
            return _standing(session, row)

    def comment(self, answer: SavedAnswer, by: Account, text: str, claim_id: str | None = None) -> Comment:
        """A remark on an answer under review, or on one of its claims.

        Raises:
            ReviewError: it is empty or too long, or the answer has no such claim.
        """
        plain = _needed(text)
        if claim_id is not None and claim_id not in claim_ids(answer.record):
            raise ReviewError("the answer has no such claim", value=claim_id)
        now = self._now()
        with self._database.session() as session:
            actor, row = _allowed(session, _COMMENT, answer, by)
            row.revision += 1
            kept = _write_comment(session, answer, actor, plain, at=now, claim_id=claim_id)
            details = {"version": answer.version, "comment": kept.comment_id, "claim_id": claim_id}
            write_entry(
                session,
                now,
                actor=actor.account_id,
                action=_COMMENT.action,
                subject=answer.answer_id,
                details=details,
            )
            return _comment(kept)


def claim_ids(record: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the claims of an answer's record, shown and withheld."""
    shown = [claim for part in PARTS for claim in record[part]]
    return frozenset(claim["claim_id"] for claim in (*shown, *(one["claim"] for one in record["withheld"])))


def _row(session: Session, answer: SavedAnswer, *, lock: bool = False) -> ReviewRow:
    row = session.get(ReviewRow, (answer.answer_id, answer.version), with_for_update=lock or None)
    if row is None:
        raise NotKeptError("there is no such answer", value=answer.answer_id)
    return row


def _allowed(session: Session, step: _Step, answer: SavedAnswer, by: Account) -> tuple[AccountRow, ReviewRow]:
    """The account as it is now, and the review, locked until the transaction ends, if the step can be taken."""
    actor = session.get(AccountRow, by.account_id)
    if actor is None or actor.disabled or ROLES.index(cast(Role, actor.role)) < ROLES.index(step.role):
        raise ReviewError(f"this step needs the role {step.role}", mend="ask an administrator")
    row = _row(session, answer, lock=True)
    if row.status not in step.before:
        needed = " or ".join(_WORDS[status] for status in step.before)
        raise ReviewError(f"this step is for an answer that is {needed}", value=_is_now(row), mend=_QUICKER)
    return actor, row


def _is_now(row: ReviewRow) -> str:
    return f"it is {_WORDS[cast(Status, row.status)]}" + (f", by {row.by_name}" if row.by_name else "")


def _check_second_eyes(session: Session, answer: SavedAnswer, actor: AccountRow) -> None:
    """Nobody approves the answer to a question of their own, as long as there is someone else who could."""
    if answer.owner != actor.account_id:
        return
    others = select(AccountRow.account_id).where(
        AccountRow.account_id != actor.account_id,
        AccountRow.role.in_(("reviewer", "admin")),
        AccountRow.disabled.is_(False),
    )
    if session.scalars(others.limit(1)).first() is not None:
        raise ReviewError("you asked this question yourself; another reviewer approves its answer")


def _remark(text: str) -> str:
    plain = text.strip()
    if len(plain) > REMARK_MAX_CHARS:
        raise ReviewError(f"a remark has {REMARK_MAX_CHARS} characters at most", value=len(plain))
    return plain


def _needed(text: str) -> str:
    plain = _remark(text)
    if not plain:
        raise ReviewError("a remark is needed: say what is wrong, and where")
    return plain


def _write_comment(
    session: Session, answer: SavedAnswer, actor: AccountRow, text: str, *, at: datetime, claim_id: str | None = None
) -> CommentRow:
    row = CommentRow(
        answer_id=answer.answer_id,
        version=answer.version,
        claim_id=claim_id,
        text=text,
        by_id=actor.account_id,
        by_name=actor.shown_name,
        at=at,
    )
    session.add(row)
    session.flush()
    return row


def _comment(row: CommentRow) -> Comment:
    return Comment(row.comment_id, row.claim_id, row.text, row.by_name, row.at)


def _standing(session: Session, row: ReviewRow) -> Standing:
    wanted = select(CommentRow).filter_by(answer_id=row.answer_id, version=row.version)
    comments = tuple(_comment(one) for one in session.scalars(wanted.order_by(CommentRow.comment_id)))
    return Standing(cast(Status, row.status), row.by_name, row.at, row.digest, row.void, comments)
