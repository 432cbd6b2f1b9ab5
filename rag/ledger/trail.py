"""The audit trail: lines that are chained by digests, added in the transaction of what they tell of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from rag.ledger.base import AuditEntry
from rag.ledger.database import Database
from rag.ledger.tables import AuditRow

_ADDING = 0x50B0_0002
_BEGINNING = "0" * 64
_CHUNK = 500


def entry_digest(before: str, entry: Mapping[str, Any]) -> str:
    """SHA-256 over the digest of the entry before and the canonical JSON of this one: keys sorted, no spaces, UTF-8.

    Args:
        before: 64 hexadecimal digits; zeros for the first entry.
        entry: `number`, `at` (ISO 8601 with microseconds, UTC), `actor`, `action`, `subject`, `details`.
    """
    written = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{written}".encode("utf-8", "surrogatepass")).hexdigest()


def _content(row: AuditRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "details": row.details,
    }


def write_entry(
    session: Session, at: datetime, *, actor: str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """Add a line in the transaction of a session. One transaction adds at a time; the next waits for its end."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADDING})
    last = session.scalars(select(AuditRow).order_by(AuditRow.number.desc()).limit(1)).first()
    row = AuditRow(
        number=last.number + 1 if last else 1,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        details=json.loads(json.dumps(details or {})),
    )
    row.digest = entry_digest(last.digest if last else _BEGINNING, _content(row))
    session.add(row)
    session.flush()


class Trail:
    """Reads the audit trail of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, *, subject: str | None = None, limit: int = 200) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""
        wanted = select(AuditRow).order_by(AuditRow.number.desc()).limit(limit)
        if subject is not None:
            wanted = wanted.where(AuditRow.subject == subject)
        with self._database.reading() as session:
            return tuple(_entry(row) for row in session.scalars(wanted))

    def broken_at(self) -> int | None:
        """The number of the first entry that was changed, or that lacks the one before it; None where the chain holds.

        Entries taken from the end are not missed by the chain itself: compare the last digest with one noted earlier.
        """
        before, expected = _BEGINNING, 1
        with self._database.reading() as session:
            wanted = select(AuditRow).order_by(AuditRow.number).execution_options(yield_per=_CHUNK)
            with closing(session.scalars(wanted)) as rows:
                for row in rows:
                    if row.number != expected or row.digest != entry_digest(before, _content(row)):
                        return row.number
                    before, expected = row.digest, expected + 1
        return None


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.number, row.at, row.actor, row.action, row.subject, row.details, row.digest)
