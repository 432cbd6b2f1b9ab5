"""Rows that are written unless they are there already; of two writers at once, one finds that it was too late."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from rag.ledger.tables import Base


def insert_if_absent(session: Session, table: type[Base], **values: Any) -> bool:
    """Whether the row was not there, and is now."""
    connection = session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table.__table__).values(**values).on_conflict_do_nothing().returning(literal(1))
    return connection.execute(insert).first() is not None
