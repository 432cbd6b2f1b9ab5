"""Saved answers on both databases: versions that never change, owners, histories, a trail that can only be added to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event, text

from rag.errors import LedgerError, NotKeptError, RepeatedKeyError
from rag.ledger.answers import Answers
from rag.ledger.base import Finding, StoredTurn
from rag.ledger.conversations import Conversations
from rag.ledger.database import Database, newest_revision
from rag.ledger.findings import Findings
from rag.ledger.repeats import Repeats
from rag.ledger.tables import Base
from rag.ledger.trail import Trail

REPOSITORY = Path(__file__).parents[2]
DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)


def turn(number: int, **fields: Any) -> StoredTurn:
    values: dict[str, Any] = {"question": "q", "standalone": "s", "relation": "first", "rewritten_by": "rules"}
    return StoredTurn(number, **values | {"answer": {"schema": "x", "text": f"é{number}"}} | fields)


class Clock:
    def __init__(self) -> None:
        self.now = DAY

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def add(database: Database, *, owner: str | None = None, conversation: str = "c", number: int = 1, **how: Any) -> str:
    kept = Conversations(database, owner).add(conversation, turn(number, **how))
    assert kept.answer_id is not None
    return kept.answer_id


def test_the_migrations_lead_to_the_tables_as_they_are_mapped(database: Database, database_url: str) -> None:
    add(database)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        migrated = MigrationContext.configure(connection)
        assert migrated.get_current_revision() == newest_revision()
        assert compare_metadata(migrated, Base.metadata) == []
    engine.dispose()


def test_a_turn_is_an_answer_under_an_id_of_its_own(database: Database) -> None:
    first, second = add(database), add(database, number=2)
    found = Answers(database).find(first)
    assert (found.version, found.latest, found.turn, found.conversation_id) == (1, 1, 1, "c")
    assert found.record == {"schema": "x", "text": "é1"}
    assert found.made_at.tzinfo is UTC
    assert len({first, second}) == 2
    assert all(one.isalnum() and len(one) == 22 for one in (first, second))
    assert [one.answer_id for one in Conversations(database).read("c").turns] == [first, second]


def test_a_record_comes_back_to_the_last_character(database: Database) -> None:
    record = {"z": 1, "a": [None, True, 0.1, 1e-9, 12345678901234567890], "text": "“é” \u202e 𝛼 \x00 <script>", "é": {}}
    found = Answers(database).find(add(database, answer=record)).record
    assert found == record
    assert list(found) == list(record)


def test_a_question_with_what_no_database_holds_is_kept_without_it(database: Database) -> None:
    add(database, question="a\x00b \ud83d c \U0001f600")
    assert Conversations(database).read("c").turns[0].question == "a\ufffdb \ufffd c \U0001f600"


def test_a_newer_version_leaves_the_older_as_it_was(database: Database) -> None:
    answers, name = Answers(database), add(database)
    newer = answers.add_version(name, {"text": "newer"}, by="console")
    assert (newer.version, newer.latest) == (2, 2)
    assert answers.find(name).record == {"text": "newer"}
    assert answers.find(name, 1).record == {"schema": "x", "text": "é1"}
    assert answers.find(name, 1).latest == 2
    assert [one.version for one in answers.versions(name)] == [1, 2]
    assert Conversations(database).read("c").turns[0].answer == {"schema": "x", "text": "é1"}
    entry = Trail(database).entries(subject=name)[0]
    assert (entry.actor, entry.action, entry.details) == ("console", "answer_renewed", {"version": 2})


@pytest.mark.parametrize(
    ("name", "version"), [("nothing", None), ("a\x00\ud800", None), (None, 9), (None, 0), (None, 10**30)]
)
def test_what_is_not_kept_is_said_so(database: Database, name: str | None, version: int | None) -> None:
    kept = add(database)
    with pytest.raises(NotKeptError, match="no such answer"):
        Answers(database).find(name or kept, version)
    with pytest.raises(NotKeptError, match="no such answer"):
        Answers(database).add_version("nothing", {}, by="console")
    assert Answers(database).versions("nothing") == ()


def test_a_conversation_is_its_owners_and_to_others_not_there(database: Database) -> None:
    add(database, owner="ada")
    assert len(Conversations(database, "ada").read("c").turns) == 1
    messages = set()
    for other in ("bob", None):
        for wanted in ("c", "x"):
            with pytest.raises(NotKeptError) as refused:
                Conversations(database, other).read(wanted)
            messages.add(str(refused.value).replace(f": {wanted} ", ": ID "))
        with pytest.raises(NotKeptError, match="no such conversation"):
            add(database, owner=other, number=2)
        with pytest.raises(NotKeptError, match="no conversation to go on with"):
            Conversations(database, other).read()
    assert len(messages) == 1
    assert len(Conversations(database, "ada").read().turns) == 1


def test_a_history_is_of_one_owner_newest_first_and_can_be_paged(database: Database) -> None:
    clock, answers = Clock(), Answers(database)
    kept = Conversations(database, "ada", clock)
    names = [str(kept.add("c", turn(number)).answer_id) for number in range(1, 6)]
    add(database, owner="bob", conversation="other")
    answers.add_version(names[0], {"text": "newer"}, by="ada")
    first = answers.history("ada", limit=2)
    assert [one.answer_id for one in first] == [names[4], names[3]]
    rest = answers.history("ada", before=first[-1].made_at)
    assert [(one.answer_id, one.version) for one in rest] == [(names[2], 1), (names[1], 1), (names[0], 2)]
    assert answers.history(None) == ()


def test_everything_is_the_newest_version_of_every_answer(database: Database) -> None:
    clock, answers = Clock(), Answers(database)
    kept = Conversations(database, None, clock)
    names = [str(kept.add(f"c{number}", turn(1)).answer_id) for number in range(60)]
    answers.add_version(names[7], {"text": "newer"}, by="console")
    found = list(answers.everything())
    assert [one.answer_id for one in found] == names
    assert found[7].version == 2


def test_a_finding_takes_the_place_of_the_one_before(database: Database) -> None:
    findings, answers = Findings(database), Answers(database)
    one = answers.find(add(database))
    assert findings.of([one]) == {}
    for reasons in (({"source_id": "s", "number": 1, "change": "removed", "text": "gone"},), ()):
        finding = Finding(one.answer_id, 1, DAY, "f" * 64, reasons)
        findings.keep(finding)
        assert findings.of([one]) == {(one.answer_id, 1): finding}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_trail SET actor = 'someone else'",
        "DELETE FROM audit_trail",
        "UPDATE answer_versions SET record = '{}'",
    ],
)
def test_the_database_refuses_to_change_what_was_done_or_answered(database: Database, change: str) -> None:
    Answers(database).add_version(add(database), {}, by="console")
    with pytest.raises(LedgerError, match=r"can only be added to|never changed"), database.session() as session:
        session.execute(text(change))
    assert len(Trail(database).entries()) == 1


def test_neither_replacing_nor_emptying_gets_round_it(database: Database) -> None:
    Answers(database).add_version(add(database), {}, by="console")
    with database.session() as session:
        dialect = session.connection().dialect.name
    ways = {
        "postgresql": "TRUNCATE audit_trail",
        "sqlite": "INSERT OR REPLACE INTO audit_trail SELECT number, at, 'x', action, subject, details, digest "
        "FROM audit_trail",
    }
    with pytest.raises(LedgerError, match="can only be added to"), database.session() as session:
        session.execute(text(ways[dialect]))


DROPPED = {
    "sqlite": ["DROP TRIGGER audit_trail_no_update", "DROP TRIGGER audit_trail_no_delete"],
    "postgresql": ["DROP TRIGGER audit_trail_no_change ON audit_trail"],
}


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit_trail SET actor = 'x' WHERE number = 3", 3),
        ("UPDATE audit_trail SET details = '{\"version\": 9}' WHERE number = 1", 1),
        ("DELETE FROM audit_trail WHERE number = 2", 3),
        ("DELETE FROM audit_trail WHERE number = 1", 2),
    ],
)
def test_whoever_takes_the_triggers_away_and_tampers_is_found_out(
    database: Database, tampering: str, broken_at: int
) -> None:
    name = add(database)
    for _ in range(4):
        Answers(database).add_version(name, {}, by="console")
    trail = Trail(database)
    assert trail.broken_at() is None
    assert [one.number for one in trail.entries(limit=2)] == [4, 3]
    with database.session() as session:
        for statement in (*DROPPED[session.connection().dialect.name], tampering):
            session.execute(text(statement))
    assert trail.broken_at() == broken_at


def test_eight_threads_add_and_nothing_is_lost(database: Database) -> None:
    faults: list[BaseException] = []

    def write(place: int) -> None:
        try:
            for number in range(1, 11):
                name = add(database, conversation=f"c{place}", owner=f"o{place}", number=number)
                Answers(database).add_version(name, {"text": "newer"}, by=f"o{place}")
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=write, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sum(one.version == 2 for one in Answers(database).everything()) == 80
    assert Trail(database).broken_at() is None
    assert Trail(database).entries(limit=1)[0].number == 80


def test_threads_that_open_a_fresh_database_together_migrate_it_once(database_url: str) -> None:
    databases, faults = [Database(database_url) for _ in range(6)], []

    def begin(place: int) -> None:
        try:
            add(databases[place], conversation=f"c{place}")
        except LedgerError as error:
            faults.append(error)

    threads = [threading.Thread(target=begin, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(list(Answers(databases[0]).everything())) == 6
    for one in databases:
        one.close()


CHILD = """
import sys
from rag.ledger.base import StoredTurn
from rag.ledger.conversations import Conversations
from rag.ledger.database import Database
kept = Conversations(Database(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
number = 0
while True:
    number += 1
    turn = StoredTurn(number, "q", "s", "first", "rules", {"text": "x" * 20000, "number": number})
    print(kept.add(sys.argv[2], turn).answer_id, flush=True)
"""


def child(database_url: str, conversation: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, database_url, conversation],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def writers(database_url: str) -> Iterator[list[subprocess.Popen[str]]]:
    started = [child(database_url, f"k{place}") for place in range(2)]
    yield started
    for one in started:
        one.kill()
        one.communicate()


def test_processes_killed_while_they_write_lose_nothing_that_was_said_to_be_kept(
    database: Database, writers: list[subprocess.Popen[str]]
) -> None:
    """Two start together on a database that is not there yet, and are killed in the middle of writing."""
    for one in writers:
        assert one.stdout is not None
        assert one.stdin is not None
        assert one.stdout.readline() == "ready\n"
        one.stdin.write("go\n")
        one.stdin.flush()
    told: list[list[str]] = []
    for one in writers:
        assert one.stdout is not None
        told.append([one.stdout.readline().strip() for _ in range(10)])
    for place, one in enumerate(writers):
        one.send_signal(signal.SIGKILL)
        rest, _ = one.communicate()
        told[place] += [line for line in rest.split("\n")[:-1] if line]
    for place, names in enumerate(told):
        turns = Conversations(database).read(f"k{place}").turns
        assert [one.answer_id for one in turns][: len(names)] == names
        assert len(turns) <= len(names) + 1
        for one in turns:
            assert one.answer == {"text": "x" * 20000, "number": one.number}
            assert Answers(database).find(str(one.answer_id)).record == one.answer
    with database.reading() as session:
        counts = [
            session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
            for table in ("turns", "answers", "answer_versions", "reviews")
        ]
    assert len(set(counts)) == 1


def test_the_answers_of_an_older_ledger_are_moved_over(database_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = create_engine(database_url)
    if engine.dialect.name == "sqlite":
        Path(str(engine.url.database)).parent.mkdir(parents=True)
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
    config = Config()
    config.set_main_option("script_location", str(REPOSITORY / "rag" / "ledger" / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO conversations VALUES ('old', '2026-01-02 03:04:05', '2026-01-02 03:05')"))
        for number in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO turns (conversation_id, number, question, standalone, relation, rewritten_by, answer, "
                    "added_at) VALUES ('old', :number, 'q', 's', 'first', 'asker', :answer, '2026-01-02 03:04:05')"
                ),
                {"number": number, "answer": f'{{"text": "\\u00e9{number}", "b": 1, "a": 2}}'},
            )
    engine.dispose()
    database = Database(database_url)
    turns = Conversations(database).read("old").turns
    assert [one.answer for one in turns] == [{"text": f"é{number}", "b": 1, "a": 2} for number in (1, 2)]
    for one in turns:
        found = Answers(database).find(str(one.answer_id))
        assert (found.record, found.version, found.within) == (one.answer, 1, None)
        assert found.made_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert Conversations(database).add("old", turn(3)).answer_id
    database.close()


def test_a_repeated_request_is_given_the_same_answer_and_another_is_refused(database: Database) -> None:
    repeats = Repeats(database)
    assert repeats.begin("k", "ada", "1" * 64) is None
    with pytest.raises(RepeatedKeyError) as early:
        repeats.begin("k", "ada", "1" * 64)
    assert early.value.under_way
    repeats.finish("k", "ada", "answer")
    assert repeats.begin("k", "ada", "1" * 64) == "answer"
    with pytest.raises(RepeatedKeyError) as other:
        repeats.begin("k", "ada", "2" * 64)
    assert not other.value.under_way
    assert repeats.begin("k", "bob", "2" * 64) is None


def test_a_failed_request_frees_its_key_and_a_finished_one_does_not(database: Database) -> None:
    repeats = Repeats(database)
    repeats.begin("k", "ada", "1" * 64)
    repeats.abandon("k", "ada")
    assert repeats.begin("k", "ada", "2" * 64) is None
    repeats.finish("k", "ada", "answer")
    repeats.abandon("k", "ada")
    assert repeats.begin("k", "ada", "2" * 64) == "answer"


def test_a_key_is_forgotten_after_a_day_and_a_lost_request_after_ten_minutes(database: Database) -> None:
    clock = Clock()
    repeats = Repeats(database, clock)
    repeats.begin("k", "ada", "1" * 64)
    clock.now += timedelta(minutes=11)
    assert repeats.begin("k", "ada", "1" * 64) is None
    repeats.finish("k", "ada", "answer")
    clock.now += timedelta(hours=23)
    assert repeats.begin("k", "ada", "1" * 64) == "answer"
    clock.now += timedelta(hours=2)
    assert repeats.begin("k", "ada", "2" * 64) is None


def test_of_many_at_once_one_goes_first(database: Database) -> None:
    repeats, outcomes = Repeats(database), []

    def begin() -> None:
        try:
            outcomes.append(repeats.begin("k", "ada", "1" * 64))
        except RepeatedKeyError:
            outcomes.append("under way")

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(None) == 1
    assert outcomes.count("under way") == 7


def test_no_message_shows_a_password() -> None:
    database = Database("postgresql+psycopg://ada:s3cretword@127.0.0.1:1/x?password=s3cretword")
    with pytest.raises(LedgerError) as refused:
        add(database)
    assert "s3cretword" not in str(refused.value)
    assert "127.0.0.1" in str(refused.value)
    assert "s3cretword" not in database.where


def test_a_review_has_exactly_one_of_the_statuses(database: Database) -> None:
    name = add(database)
    for status in ("'done'", "NULL", "'approved'"):
        with pytest.raises(LedgerError), database.session() as session:
            session.execute(text(f"UPDATE reviews SET status = {status}"))  # noqa: S608
    second = "INSERT INTO reviews (answer_id, version, status, revision) VALUES (:name, 1, 'not_reviewed', 1)"
    with pytest.raises(LedgerError), database.session() as session:
        session.execute(text(second), {"name": name})
