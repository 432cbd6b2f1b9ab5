"""The ledger: migrations that lead to the tables, a file of its owner alone, and no reading of what is newer."""

from __future__ import annotations

import sqlite3
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from rag.errors import LedgerError
from rag.ledger.base import StoredTurn
from rag.ledger.conversations import Conversations
from rag.ledger.database import Database, newest_revision
from rag.ledger.tables import Base


def turn(number: int, **fields: Any) -> StoredTurn:
    values: dict[str, Any] = {"question": "q", "standalone": "s", "relation": "first", "rewritten_by": "rules"}
    return StoredTurn(number, **values | {"answer": {"schema": "x", "text": "é"}} | fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "ledger.sqlite"


@pytest.fixture
def kept(path: Path) -> Conversations:
    return Conversations(Database(f"sqlite:///{path}"))


def test_the_migrations_lead_to_the_tables_as_they_are_mapped(kept: Conversations, path: Path) -> None:
    kept.add("c", turn(1))
    with create_engine(f"sqlite:///{path}").connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == newest_revision()
        assert compare_metadata(context, Base.metadata) == []


def test_a_conversation_comes_back_as_it_was_kept(kept: Conversations, path: Path) -> None:
    started = kept.start()
    turns = (turn(1), turn(2, relation="follow_up", corrects=1, answer={"ü": [1, None, "“quote”"]}))
    for one in turns:
        kept.add(started.conversation_id, one)
    again = Conversations(Database(f"sqlite:///{path}")).read(started.conversation_id)
    assert tuple(replace(one, answer_id=None) for one in again.turns) == turns
    assert again.conversation_id == started.conversation_id


def test_the_last_one_added_to_is_gone_on_with(path: Path) -> None:
    clock = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(10))
    kept = Conversations(Database(f"sqlite:///{path}"), now=lambda: next(clock))
    kept.add("a", turn(1))
    kept.add("b", turn(1))
    kept.add("a", turn(2))
    assert kept.read().conversation_id == "a"


def test_nothing_is_written_before_the_first_turn(kept: Conversations, path: Path) -> None:
    kept.start()
    assert not path.exists()


def test_only_its_owner_can_read_the_file(kept: Conversations, path: Path) -> None:
    kept.add("c", turn(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_turn_is_kept_once(kept: Conversations) -> None:
    kept.add("c", turn(1))
    with pytest.raises(LedgerError, match="UNIQUE"):
        kept.add("c", turn(1))
    assert len(kept.read("c").turns) == 1


def test_a_ledger_of_a_newer_program_is_refused_and_left_alone(kept: Conversations, path: Path) -> None:
    kept.add("c", turn(1))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(LedgerError, match="newer program"):
        Conversations(Database(f"sqlite:///{path}")).read()


def test_what_is_no_database_is_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("this is no database, and long enough to be read as the head of one " * 20)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite"):
        Conversations(Database(f"sqlite:///{path}")).read()


@pytest.mark.parametrize(
    ("wanted", "what"), [(None, "no conversation to go on with"), ("x", "no such conversation: x")]
)
def test_a_conversation_that_is_not_there_is_said_so(kept: Conversations, wanted: str | None, what: str) -> None:
    with pytest.raises(LedgerError, match=what):
        kept.read(wanted)


def test_two_writers_do_not_lose_a_turn(path: Path) -> None:
    stores = [Conversations(Database(f"sqlite:///{path}")) for _ in range(2)]
    stores[0].add("other", turn(1))

    def write(store: Conversations, name: str) -> None:
        for number in range(1, 16):
            store.add(name, turn(number))

    threads = [threading.Thread(target=write, args=(store, f"c{place}")) for place, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(stores[0].read(f"c{place}").turns) for place in range(2)] == [15, 15]
