"""Saved answers: found by an id that nobody can guess, version by version, and listed by who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select

from rag.errors import NotKeptError
from rag.ledger.base import SavedAnswer
from rag.ledger.database import Database
from rag.ledger.tables import AnswerRow, ReviewRow, VersionRow
from rag.ledger.trail import write_entry

_CHUNK = 50
_VERSIONS_AT_MOST = 2**31 - 1  # what the column holds


def saved(answer: AnswerRow, version: VersionRow) -> SavedAnswer:
    """A version of an answer as a frozen value."""
    return SavedAnswer(
        answer_id=answer.answer_id,
        version=version.version,
        latest=answer.latest,
        record=version.record,
        made_at=version.made_at,
        conversation_id=answer.conversation_id,
        turn=answer.turn,
        owner=answer.owner,
        within=answer.within,
    )


def versions_of_answers() -> Select[AnswerRow, VersionRow]:
    """Every version of every answer, with the answer."""
    return select(AnswerRow, VersionRow).join(VersionRow, VersionRow.answer_id == AnswerRow.answer_id)


class Answers:
    """Keeps the versions of saved answers."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def find(self, answer_id: str, version: int | None = None) -> SavedAnswer:
        """A version of an answer, or its newest.

        Raises:
            NotKeptError: there is no such answer or version.
        """
        if version is not None and not 1 <= version <= _VERSIONS_AT_MOST:
            raise _not_there(answer_id, version)
        wanted = VersionRow.version == (AnswerRow.latest if version is None else version)
        with self._database.reading() as session:
            row = session.execute(versions_of_answers().where(AnswerRow.answer_id == answer_id, wanted)).first()
            if row is not None:
                return saved(*row)
        raise _not_there(answer_id, version)

    def add_version(self, answer_id: str, record: Mapping[str, Any], *, by: str) -> SavedAnswer:
        """Keep a newer answer to the same question; nobody has reviewed it yet.

        Raises:
            NotKeptError: there is no such answer.
        """
        now = self._now()
        with self._database.session() as session:
            row = session.scalars(
                select(AnswerRow).where(AnswerRow.answer_id == answer_id).with_for_update()
            ).one_or_none()
            if row is None:
                raise _not_there(answer_id, None)
            row.latest += 1
            made = {"answer_id": answer_id, "version": row.latest}
            version = VersionRow(**made, record=dict(record), made_at=now)
            session.add(version)
            session.flush()
            session.add(ReviewRow(**made, status="not_reviewed", revision=0))
            details = {"version": row.latest}
            write_entry(session, now, actor=by, action="answer_renewed", subject=answer_id, details=details)
            return saved(row, version)

    def versions(self, answer_id: str) -> tuple[SavedAnswer, ...]:
        """All versions, oldest first; none of an answer that is not there."""
        wanted = versions_of_answers().where(AnswerRow.answer_id == answer_id).order_by(VersionRow.version)
        with self._database.reading() as session:
            return tuple(saved(*row) for row in session.execute(wanted))

    def history(self, owner: str | None, *, limit: int = 50, before: datetime | None = None) -> tuple[SavedAnswer, ...]:
        """The newest version of each answer of an owner, last asked first; `before`: asked before that time."""
        wanted = (
            versions_of_answers()
            .where(VersionRow.version == AnswerRow.latest, AnswerRow.owner.is_not_distinct_from(owner))
            .order_by(AnswerRow.asked_at.desc(), AnswerRow.answer_id)
            .limit(limit)
        )
        if before is not None:
            wanted = wanted.where(AnswerRow.asked_at < before)
        with self._database.reading() as session:
            return tuple(saved(*row) for row in session.execute(wanted))

    def everything(self) -> Iterator[SavedAnswer]:
        """The newest version of every answer, first asked first. No transaction is open between two of them."""
        with self._database.reading() as session:
            order = select(AnswerRow.answer_id).order_by(AnswerRow.asked_at, AnswerRow.answer_id)
            names = list(session.scalars(order))
        for first in range(0, len(names), _CHUNK):
            chunk = names[first : first + _CHUNK]
            wanted = versions_of_answers().where(AnswerRow.answer_id.in_(chunk), VersionRow.version == AnswerRow.latest)
            with self._database.reading() as session:
                found = {row[0].answer_id: saved(*row) for row in session.execute(wanted)}
            yield from (found[name] for name in chunk if name in found)


def _not_there(answer_id: str, version: int | None) -> NotKeptError:
    what = "there is no such answer" if version is None else f"there is no such answer with a version {version}"
    return NotKeptError(what, value=answer_id, mend="rag ledger list names those there are")
