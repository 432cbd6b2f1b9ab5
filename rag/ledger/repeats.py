"""Requests that may come twice, by the keys that their callers gave them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from rag.errors import RepeatedKeyError
from rag.ledger.database import Database
from rag.ledger.inserting import insert_if_absent
from rag.ledger.tables import RepeatRow

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=10)


class Repeats:
    """Keeps the keys of requests for 24 hours; as `IdempotencyStore`."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def begin(self, key: str, owner: str, request_digest: str) -> str | None:
        """As `IdempotencyStore.begin`."""
        now = self._now()
        with self._database.session() as session:
            _forget(session, now)
            if insert_if_absent(session, RepeatRow, owner=owner, key=key, request_digest=request_digest, begun_at=now):
                return None
            row = session.scalars(select(RepeatRow).filter_by(owner=owner, key=key)).one()
            if row.request_digest != request_digest:
                raise RepeatedKeyError("another request was made under this key", under_way=False)
            if row.answer_id is None:
                raise RepeatedKeyError("the request under this key is still being answered", under_way=True)
            return row.answer_id

    def finish(self, key: str, owner: str, answer_id: str) -> None:
        """Keep what the request was given."""
        with self._database.session() as session:
            session.execute(update(RepeatRow).filter_by(owner=owner, key=key).values(answer_id=answer_id))

    def abandon(self, key: str, owner: str) -> None:
        """Forget a request that was given nothing."""
        with self._database.session() as session:
            session.execute(
                delete(RepeatRow).where(RepeatRow.owner == owner, RepeatRow.key == key, RepeatRow.answer_id.is_(None))
            )


def _forget(session: Session, now: datetime) -> None:
    session.execute(delete(RepeatRow).where(RepeatRow.begun_at < now - KEPT))
    left = (RepeatRow.begun_at < now - ABANDONED, RepeatRow.answer_id.is_(None))
    session.execute(delete(RepeatRow).where(*left))
