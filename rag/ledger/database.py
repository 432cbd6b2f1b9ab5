"""Opens the database, and brings it to the form that this program reads. Writes are whole or not at all.

Two kinds are known: SQLite, which is a file, and PostgreSQL, which is a server. Several threads may use one
`Database`, and several processes the same database; one of them migrates it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from rag.errors import LedgerError

_BUSY_S = 30.0
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_KEPT_OPEN, _MORE_AT_MOST = 8, 56
_MIGRATING = 0x50B0_0001  # any number that no other program locks in this database
_BEGIN = "sqlite_begin"
_MEND = "see docs/ledger.md; RAG_LEDGER_URL names another"


@cache
def _scripts() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """The revision that the migrations of this program lead to."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(_scripts()).get_current_head())


class Database:
    """A ledger's database, opened and brought up to date on first use. Safe for threads.

    Args:
        url: an SQLAlchemy address, such as `sqlite:////home/me/ledger.sqlite` or
            `postgresql+psycopg://sourcebound:secret@localhost/sourcebound`.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._opened: Engine | None = None
        self._opening = Lock()

    @property
    def where(self) -> str:
        """The file or server, for messages; without a password."""
        if self._url.get_backend_name() == "sqlite":
            return self._url.database or str(self._url)
        return self._url.set(query={}).render_as_string(hide_password=True)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in a transaction that may write, committed to the disk when the block ends.

        SQLite lets one of them go at a time, from its beginning on: what was read is still true when it is written.

        Raises:
            LedgerError: the database cannot be opened, read or written.
        """
        with self._transaction("BEGIN IMMEDIATE") as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads. It waits for nobody, and sees what was committed before it began."""
        with self._transaction("BEGIN") as session:
            yield session

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Session]:
        try:
            engine = self._engine().execution_options(**{_BEGIN: begin})
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> LedgerError:
        reason = (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]
        if self._url.password:
            reason = reason.replace(str(self._url.password), "***")
        return LedgerError("the ledger cannot be used", value=f"{self.where}: {reason}", mend=_MEND)

    def _engine(self) -> Engine:
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Engine:
        engine = self._sqlite() if self._url.get_backend_name() == "sqlite" else self._postgresql()
        try:
            with engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
                self._bring_up_to_date(connection)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _sqlite(self) -> Engine:
        path = Path(self.where)
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=_PRIVATE_FILE)
        engine = create_engine(
            self._url, connect_args={"timeout": _BUSY_S}, pool_size=_KEPT_OPEN, max_overflow=_MORE_AT_MOST
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def _postgresql(self) -> Engine:
        try:
            return create_engine(self._url, pool_pre_ping=True, pool_size=_KEPT_OPEN, max_overflow=_MORE_AT_MOST)
        except ModuleNotFoundError as error:
            raise LedgerError(
                "the ledger needs a library that is not installed",
                value=error.name,
                mend="pip install 'sourcebound[postgresql]'",
            ) from error

    def _bring_up_to_date(self, connection: Connection) -> None:
        """Migrate where that is needed; whoever comes second waits, and finds it done."""
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
        has = inspect(connection).has_table("alembic_version")
        known = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if has else None
        if known != newest_revision():
            self._migrate(connection, known)

    def _migrate(self, connection: Connection, known: str | None) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        revisions = {script.revision for script in ScriptDirectory.from_config(_scripts()).walk_revisions()}
        if known is not None and known not in revisions:
            raise LedgerError(
                "the ledger was written by a newer program",
                value=f"{self.where}: revision {known}",
                mend="update the program, or set RAG_LEDGER_URL to another",
            )
        config = Config()
        for option in ("script_location", "path_separator"):
            config.set_main_option(option, _scripts().get_main_option(option))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    def close(self) -> None:
        """Let go of the file or server."""
        with self._opening:
            if self._opened is not None:
                self._opened.dispose()
                self._opened = None


def _prepare(connection: Any, _record: Any) -> None:
    """Foreign keys hold; a commit is on the disk when it returns; readers do not wait for a writer."""
    connection.isolation_level = None  # transactions begin where `_begin` says, not where the driver guesses
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))
