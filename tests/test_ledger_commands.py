"""`rag ledger` and `rag users`: what they print, what they refuse, and a source that changes under an approval."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rag.cli import rag
from rag.config import Settings, load_settings
from rag.errors import AccountError, ConfigError, LedgerError, NotKeptError
from rag.factory import accounts, answer_store, board, build, database, shelf

GOUT = "Which drug is first-line for lowering urate in gout?"
GOOD = "four words of nobody"


@pytest.fixture
def environment(real_settings: Settings, tmp_path: Path) -> dict[str, str]:
    return {
        "RAG_LEDGER_URL": f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        "RAG_INDEXES_DIR": str(real_settings.indexes_dir),
        "RAG_CORPUS_DIR": str(real_settings.corpus_dir),
        "RAG_COMPOSER": "extractive",
    }


def call(environment: dict[str, str], *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(rag, list(arguments), input=typed, env=environment)


def done(environment: dict[str, str], *arguments: str, typed: str | None = None) -> str:
    result = call(environment, *arguments, typed=typed)
    assert result.exit_code == 0, (result.exception, result.output)
    return result.stdout


def settings_of(environment: dict[str, str]) -> Settings:
    return load_settings(**{name.removeprefix("RAG_").lower(): value for name, value in environment.items()})


@pytest.fixture
def answer_id(environment: dict[str, str]) -> str:
    chatted = call(environment, "chat", typed=f"{GOUT}\n")
    assert chatted.exit_code == 0
    told = re.search(r"rag ledger show (\w{22})", chatted.stderr)
    assert told is not None
    return told[1]


def test_an_answer_is_listed_and_shown_as_it_was_made(environment: dict[str, str], answer_id: str) -> None:
    assert f"{answer_id}  " in done(environment, "ledger", "list")
    entries = json.loads(done(environment, "ledger", "list", "--format", "json"))
    assert [(one["answer_id"], one["question"], one["status"]) for one in entries] == [
        (answer_id, GOUT, "not_reviewed")
    ]
    record = json.loads(done(environment, "ledger", "show", answer_id, "--format", "json"))
    assert record == answer_store(settings_of(environment)).find(answer_id).record
    assert "allopurinol" in done(environment, "ledger", "show", answer_id)
    assert done(environment, "ledger", "show", answer_id, "--version", "1", "--format", "markdown").startswith(
        "# Which"
    )


def test_an_answer_that_is_not_there_is_an_error_of_one_line(environment: dict[str, str], answer_id: str) -> None:
    for arguments in (("show", "nothing"), ("renew", "nothing"), ("show", answer_id, "--version", "9")):
        refused = call(environment, "ledger", *arguments)
        assert isinstance(refused.exception, NotKeptError)
        assert "\n" not in str(refused.exception)


def test_an_answer_is_renewed_as_a_version(environment: dict[str, str], answer_id: str) -> None:
    assert "Version 2" in done(environment, "ledger", "renew", answer_id)
    again = json.loads(done(environment, "ledger", "renew", answer_id, "--format", "json"))
    assert again["question"] == GOUT
    found = answer_store(settings_of(environment)).versions(answer_id)
    assert [one.version for one in found] == [1, 2, 3]
    assert "answer_renewed" in done(environment, "ledger", "audit", "--subject", answer_id)


def test_the_audit_trail_is_printed_and_checked(environment: dict[str, str], answer_id: str) -> None:
    done(environment, "users", "add", "ada", "--role", "admin", typed=f"{GOOD}\n")
    assert "account_added" in done(environment, "ledger", "audit")
    entries = json.loads(done(environment, "ledger", "audit", "--format", "json"))
    assert [(one["number"], one["actor"], one["action"]) for one in entries] == [(1, "console", "account_added")]
    assert entries[0]["digest"] in done(environment, "ledger", "audit", "--check")
    with database(settings_of(environment)).session() as session:
        connection = session.connection()
        connection.exec_driver_sql("DROP TRIGGER audit_trail_no_update")
        connection.exec_driver_sql("UPDATE audit_trail SET actor = 'x'")
    refused = call(environment, "ledger", "audit", "--check")
    assert refused.exit_code == 1
    assert isinstance(refused.exception, LedgerError)
    assert "entry 1" in str(refused.exception)


def test_people_are_added_listed_changed_and_disabled(environment: dict[str, str]) -> None:
    done(environment, "users", "add", "ada", "--role", "admin", "--shown-name", "Dr Ada Lind", typed=f"{GOOD}\n")
    done(environment, "users", "add", "bob", typed=f"{GOOD}\n")
    done(environment, "users", "role", "bob", "reviewer")
    done(environment, "users", "disable", "bob")
    listed = json.loads(done(environment, "users", "list", "--format", "json"))
    assert [(one["name"], one["shown_name"], one["role"], one["disabled"]) for one in listed] == [
        ("ada", "Dr Ada Lind", "admin", False),
        ("bob", "bob", "reviewer", True),
    ]
    done(environment, "users", "enable", "bob")
    assert done(environment, "users", "list").splitlines()[1].split() == ["bob", "reviewer", "bob"]
    done(environment, "users", "password", "bob", typed="other words of nobody\n")
    people = accounts(settings_of(environment))
    assert people.sign_in("bob", "other words of nobody", address="127.0.0.1")[0].role == "reviewer"


def test_a_token_is_printed_once_listed_and_ended(environment: dict[str, str]) -> None:
    done(environment, "users", "add", "ada", typed=f"{GOOD}\n")
    secret = done(environment, "users", "token", "ada", "--label", "script", "--days", "7").strip()
    people = accounts(settings_of(environment))
    owner = people.of_token(secret)
    assert owner is not None
    assert owner.name == "ada"
    listed = json.loads(done(environment, "users", "token", "ada", "--list", "--format", "json"))
    assert [one["label"] for one in listed] == ["script"]
    assert secret not in str(listed)
    done(environment, "users", "token", "ada", "--revoke", listed[0]["token_id"])
    assert people.of_token(secret) is None


@pytest.mark.parametrize(
    ("arguments", "typed", "what"),
    [
        (("add", "ada"), "short\n", "too short"),
        (("add", "ada"), "", "no password was given"),
        (("add", "a b"), f"{GOOD}\n", "a name has"),
        (("disable", "nobody"), None, "no such account"),
        (("password", "nobody"), f"{GOOD}\n", "no such account"),
        (("token", "nobody"), None, "no such account"),
    ],
)
def test_what_cannot_be_done_with_people_is_said(
    environment: dict[str, str], arguments: tuple[str, ...], typed: str | None, what: str
) -> None:
    refused = call(environment, "users", *arguments, typed=typed)
    assert isinstance(refused.exception, AccountError)
    assert what in str(refused.exception)


def test_no_command_takes_a_password_as_an_argument() -> None:
    for command in rag.commands["users"].commands.values():  # type: ignore[attr-defined]
        assert not [one for one in command.params if "password" in one.name]


@pytest.fixture
def own(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A corpus and an index of the test's own, which it may change."""
    corpus, indexes = tmp_path / "corpus", tmp_path / "indexes"
    shutil.copytree(environment["RAG_CORPUS_DIR"], corpus)
    shutil.copytree(environment["RAG_INDEXES_DIR"], indexes)
    return environment | {"RAG_CORPUS_DIR": str(corpus), "RAG_INDEXES_DIR": str(indexes)}


def test_a_source_that_changes_makes_answers_stale_and_approvals_void(own: dict[str, str]) -> None:
    settings = settings_of(own)
    done(own, "chat", typed=f"{GOUT}\n")
    (answer,) = answer_store(settings).everything()
    people = accounts(settings)
    ada = people.add("ada", "reviewer", shown_name="Dr Ada Lind", password=None, by="console")
    signing = board(settings, lambda: shelf(settings))
    for step in (signing.submit, signing.take, signing.approve):
        step(answer, ada)
    assert "0 stale, 0 with an approval that is void" in done(own, "ledger", "recheck")
    cited: dict[str, Any] = answer.record["guidelines"][0]["citations"][0]
    path = next(Path(own["RAG_CORPUS_DIR"]).glob(f"*/{cited['source_id']}.md"))
    sentence = cited["quote"]
    text = path.read_text(encoding="utf-8")
    flat = re.compile(re.escape(sentence).replace(r"\ ", r"\s+"))
    assert flat.search(text)
    path.write_text(flat.sub(f"Formerly: {sentence}", text), encoding="utf-8")
    build(settings)
    told = done(own, "ledger", "recheck")
    assert f"{answer.answer_id}  v1  {GOUT}" in told
    assert re.search(r"Source \[\d\] has other words now where", told)
    assert "1 stale, 1 with an approval that is void" in told
    found = json.loads(done(own, "ledger", "recheck", "--format", "json"))
    assert found["checked"] == 1
    assert found["stale"][0]["reasons"][0]["change"] == "text_changed"
    assert f"the text of source [{cited['number']}] has changed" in found["stale"][0]["void"]
    assert done(own, "ledger", "list").startswith("! ")
    assert done(own, "ledger", "audit").count("approval_void") == 1
    shown = call(own, "ledger", "show", answer.answer_id)
    assert "Stale: Source [" in shown.stderr
    assert "The last approval is void" in shown.stderr
    done(own, "ledger", "renew", answer.answer_id)
    assert "0 stale, 0 with" in done(own, "ledger", "recheck")


def test_a_ledger_address_that_does_not_fit_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigError, match="RAG_LEDGER_URL") as refused:
        load_settings(ledger_url="postgres://ada:s3cret@host/x")
    assert "s3cret" not in str(refused.value)


def test_the_lines_of_a_chat_lie_beside_a_file_and_not_inside_a_server(tmp_path: Path) -> None:
    assert load_settings(ledger_url=f"sqlite:///{tmp_path}/l.sqlite").history_file == tmp_path / "l.sqlite.history"
    path = load_settings(ledger_url="postgresql+psycopg://ada@host/x").history_file
    assert path.name == "chat.history"
    assert path.parent.name == ".ledger"
