"""Opens the database, and brings it to the form that this program reads. Writes are whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from rag.errors import LedgerError

_BUSY_S = 10.0
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


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
    """A ledger's database, opened and brought up to date on first use.

    Args:
        url: an SQLAlchemy address of SQLite, such as `sqlite:////home/me/ledger.sqlite`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: Engine | None = None

    @property
    def where(self) -> str:
        """The file, for messages."""
        return make_url(self._url).database or self._url

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in a transaction, committed to the disk when the block ends.

        Raises:
            LedgerError: the database cannot be opened, read or written.
        """
        try:
            with Session(self._engine(), expire_on_commit=False) as session, session.begin():
                yield session
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise LedgerError(
                "the ledger cannot be used", value=f"{self.where}: {reason}", mend="set RAG_LEDGER_URL to another file"
            ) from error

    def _engine(self) -> Engine:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> Engine:
        path = Path(self.where)
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=_PRIVATE_FILE)
        engine = create_engine(self._url, connect_args={"timeout": _BUSY_S})
        event.listen(engine, "connect", _prepare)
        with engine.begin() as connection:
            has = inspect(connection).has_table("alembic_version")
            known = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if has else None
            if known != newest_revision():
                self._migrate(connection, known)
        return engine

    def _migrate(self, connection: Any, known: str | None) -> None:
        from alembic import command
        from alembic.script import ScriptDirectory

        revisions = {script.revision for script in ScriptDirectory.from_config(_scripts()).walk_revisions()}
        if known is not None and known not in revisions:
            raise LedgerError(
                "the ledger was written by a newer program",
                value=f"{self.where}: revision {known}",
                mend="update the program, or set RAG_LEDGER_URL to another file",
            )
        config = _scripts()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened.dispose()
            self._opened = None


def _prepare(connection: Any, _record: Any) -> None:
    """Foreign keys hold; a commit is on the disk when it returns; readers do not wait for a writer."""
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
