"""The board on both databases: the order of the states, who may take which step, and what makes an approval void."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from rag.accounts.base import Account
from rag.accounts.doorkeeper import LedgerAccounts
from rag.accounts.passwords import Passwords
from rag.errors import NotKeptError, ReviewError
from rag.ledger.answers import Answers
from rag.ledger.base import SavedAnswer, StoredTurn
from rag.ledger.conversations import Conversations
from rag.ledger.database import Database
from rag.ledger.findings import Findings
from rag.ledger.trail import Trail
from rag.review.board import LedgerBoard
from rag.review.rechecks import recheck_all
from rag.types import Notice

MODELS: dict[str, str | None] = {"encoder": "letters", "verifier": "shipped", "composer": "extractive", "model": None}


class Desk:
    """A board, its people and an answer."""

    def __init__(self, database: Database, shelf: Any, record: dict[str, Any]) -> None:
        self.database, self.shelf, self.record = database, shelf, record
        self.models = dict(MODELS)
        self.at = datetime(2026, 3, 1, 8, tzinfo=UTC)
        self.board = LedgerBoard(database, lambda: shelf, lambda: self.models, self.clock)
        accounts = LedgerAccounts(database, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
        self.accounts = accounts
        self.reader, self.ada, self.bob = (
            accounts.add(name, role, shown_name=shown, password=None, by="console")
            for name, role, shown in (
                ("rea", "reader", "Rea Der"),
                ("ada", "reviewer", "Dr Ada Lind"),
                ("bob", "admin", "Dr Bob Stone"),
            )
        )
        self.answer = self.ask()

    def clock(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at

    def ask(self, owner: str | None = None, conversation: str = "c") -> SavedAnswer:
        turn = StoredTurn(1, "q", "q", "first", "asker", self.record)
        kept = Conversations(self.database, owner).add(conversation, turn)
        return Answers(self.database).find(str(kept.answer_id))

    def approved(self) -> SavedAnswer:
        self.board.submit(self.answer, self.reader)
        self.board.take(self.answer, self.ada)
        self.board.approve(self.answer, self.ada)
        return self.answer

    def actions(self) -> list[str]:
        return [one.action for one in reversed(Trail(self.database).entries(subject=self.answer.answer_id))]


@pytest.fixture
def desk(database: Database, shelf: Any, record: dict[str, Any]) -> Desk:
    return Desk(database, shelf, record)


def test_an_answer_goes_its_way_to_an_approval(desk: Desk) -> None:
    board, answer = desk.board, desk.answer
    assert board.standing(answer).status == "not_reviewed"
    submitted = board.submit(answer, desk.reader)
    assert (submitted.status, submitted.by, submitted.digest) == ("submitted", "Rea Der", None)
    assert board.take(answer, desk.ada).status == "under_review"
    remark = board.comment(answer, desk.bob, " The dose is right. ", "c2")
    approved = board.approve(answer, desk.ada, "Good.")
    assert (approved.status, approved.by, approved.at, approved.void) == ("approved", "Dr Ada Lind", desk.at, None)
    assert approved.digest is not None
    assert len(approved.digest) == 64
    assert [(one.text, one.claim_id, one.by) for one in approved.comments] == [
        ("The dose is right.", "c2", "Dr Bob Stone"),
        ("Good.", None, "Dr Ada Lind"),
    ]
    assert approved.comments[0] == remark
    assert board.standing(answer) == approved
    assert desk.actions() == ["review_submitted", "review_taken", "review_commented", "review_approved"]
    entry = Trail(desk.database).entries(subject=answer.answer_id)[0]
    assert (entry.actor, entry.details["digest"]) == (desk.ada.account_id, approved.digest)


def test_what_is_returned_can_be_submitted_again(desk: Desk) -> None:
    desk.board.submit(desk.answer, desk.reader)
    desk.board.take(desk.answer, desk.ada)
    returned = desk.board.give_back(desk.answer, desk.ada, "The second claim is about hips.")
    assert (returned.status, returned.by) == ("returned", "Dr Ada Lind")
    assert returned.comments[-1].text == "The second claim is about hips."
    assert desk.board.submit(desk.answer, desk.reader).status == "submitted"


STATES = {
    "not_reviewed": [],
    "submitted": ["submit"],
    "under_review": ["submit", "take"],
    "approved": ["submit", "take", "approve"],
    "returned": ["submit", "take", "give_back"],
}
ALLOWED = {
    "submit": {"not_reviewed", "returned"},
    "take": {"submitted"},
    "approve": {"under_review"},
    "give_back": {"under_review"},
    "comment": {"under_review"},
}


def step(desk: Desk, name: str, by: Account | None = None) -> Any:
    more = {"give_back": ("wrong",), "comment": ("a remark",)}.get(name, ())
    return getattr(desk.board, name)(desk.answer, by or desk.ada, *more)


@pytest.mark.parametrize("name", list(ALLOWED))
@pytest.mark.parametrize("state", list(STATES))
def test_no_step_is_taken_out_of_order(desk: Desk, state: str, name: str) -> None:
    for one in STATES[state]:
        step(desk, one)
    before = desk.board.standing(desk.answer)
    assert before.status == state
    written = len(desk.actions())
    if state in ALLOWED[name]:
        step(desk, name)
        assert len(desk.actions()) == written + 1
        return
    with pytest.raises(ReviewError, match="this step is for"):
        step(desk, name)
    assert desk.board.standing(desk.answer) == before
    assert len(desk.actions()) == written


@pytest.mark.parametrize("name", ["take", "approve", "give_back", "comment"])
def test_a_reader_may_submit_and_no_more(desk: Desk, name: str) -> None:
    state = "submitted" if name == "take" else "under_review"
    for one in STATES[state]:
        step(desk, one)
    with pytest.raises(ReviewError, match="needs the role reviewer"):
        step(desk, name, desk.reader)


def test_an_account_counts_as_it_is_now_and_not_as_it_was_read(desk: Desk) -> None:
    desk.board.submit(desk.answer, desk.ada)
    desk.accounts.change("ada", by="console", role="reader")
    with pytest.raises(ReviewError, match="needs the role"):
        desk.board.take(desk.answer, desk.ada)
    desk.accounts.change("rea", by="console", disabled=True)
    with pytest.raises(ReviewError, match="needs the role"):
        desk.board.take(desk.answer, desk.reader)


def test_nobody_approves_an_answer_to_a_question_of_their_own_while_another_could(desk: Desk) -> None:
    answer = desk.ask(desk.ada.account_id, "own")
    desk.board.submit(answer, desk.ada)
    desk.board.take(answer, desk.ada)
    with pytest.raises(ReviewError, match="another reviewer"):
        desk.board.approve(answer, desk.ada)
    assert desk.board.standing(answer).status == "under_review"
    desk.accounts.change("bob", by="console", role="admin")
    desk.accounts.add("cy", "admin", shown_name="Cy", password=None, by="console")
    desk.accounts.change("cy", by="console", disabled=True)
    desk.accounts.add("boss", "admin", shown_name="Boss", password=None, by="console")
    assert desk.board.approve(answer, desk.bob).status == "approved"


def test_an_only_reviewer_may_approve_their_own(desk: Desk) -> None:
    desk.accounts.change("ada", by="console", role="reader")
    answer = desk.ask(desk.bob.account_id, "own")
    for one in ("submit", "take", "approve"):
        standing = getattr(desk.board, one)(answer, desk.bob)
    assert standing.status == "approved"


@pytest.mark.parametrize("remark", ["", "  \n ", "x" * 5001])
def test_a_return_says_why(desk: Desk, remark: str) -> None:
    for one in STATES["under_review"]:
        step(desk, one)
    with pytest.raises(ReviewError, match="remark"):
        desk.board.give_back(desk.answer, desk.ada, remark)
    with pytest.raises(ReviewError, match="remark"):
        desk.board.comment(desk.answer, desk.ada, remark)


def test_a_comment_is_on_a_claim_that_is_there(desk: Desk) -> None:
    for one in STATES["under_review"]:
        step(desk, one)
    with pytest.raises(ReviewError, match="no such claim: c7"):
        desk.board.comment(desk.answer, desk.ada, "a remark", "c7")
    assert desk.board.comment(desk.answer, desk.ada, "a remark", "c9").claim_id == "c9"


def retract(desk: Desk) -> None:
    notices = (*desk.shelf.held["r"].notices, Notice("retraction", "2026-02-03"))
    desk.shelf.change("r", status="retracted", notices=notices)


def test_a_stale_answer_is_not_approved(desk: Desk) -> None:
    for one in STATES["under_review"]:
        step(desk, one)
    retract(desk)
    with pytest.raises(ReviewError, match=r"stale answer cannot be approved: Source \[2\] has been retracted"):
        step(desk, "approve")
    assert desk.board.standing(desk.answer).status == "under_review"


def change_text(desk: Desk) -> None:
    desk.shelf.texts["g"] += " Ice may help."
    desk.shelf.fingerprint = "e" * 64


def change_index(desk: Desk) -> None:
    desk.shelf.fingerprint = "e" * 64


def remove(desk: Desk) -> None:
    del desk.shelf.held["g"]
    desk.shelf.fingerprint = "e" * 64


def change_topic(desk: Desk) -> None:
    desk.shelf.change("r", topics=("knees",))


def change_verifier(desk: Desk) -> None:
    desk.models["verifier"] = "lexical"


def change_model(desk: Desk) -> None:
    desk.models["model"] = "some-model"


CHANGES: list[tuple[Callable[[Desk], None], str]] = [
    (retract, "the record of source [2] has changed"),
    (change_text, "the text of source [1] has changed"),
    (remove, "source [1] is no longer in the index"),
    (change_topic, "the record of source [2] has changed"),
    (change_index, "the index has changed: other sources may answer the question now"),
    (change_verifier, "the verifier is another: lexical in the place of shipped"),
    (change_model, "the model is another: some-model in the place of none"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_any_change_makes_an_approval_void_and_that_is_recorded_once(
    desk: Desk, change: Callable[[Desk], None], reason: str
) -> None:
    answer = desk.approved()
    digest = desk.board.standing(answer).digest
    change(desk)
    for _ in range(3):
        standing = desk.board.standing(answer)
        assert (standing.status, standing.by, standing.digest, standing.void) == ("submitted", None, None, reason)
    assert desk.actions()[-2:] == ["review_approved", "approval_void"]
    entry = Trail(desk.database).entries(subject=answer.answer_id)[0]
    assert (entry.actor, entry.details) == ("Sourcebound", {"version": 1, "digest": digest, "reason": reason})
    assert [one.answer.answer_id for one in desk.board.queue()] == [answer.answer_id]


def test_an_approval_holds_while_nothing_changes(desk: Desk) -> None:
    answer = desk.approved()
    assert desk.board.queue() == ()
    assert desk.board.standing(answer).status == "approved"
    assert desk.actions()[-1] == "review_approved"


def test_a_void_approval_is_in_the_queue_though_nobody_looked_at_it(desk: Desk) -> None:
    answer = desk.approved()
    change_index(desk)
    assert [one.standing.void for one in desk.board.queue()] == [CHANGES[4][1]]
    assert desk.board.take(answer, desk.ada).void == CHANGES[4][1]
    again = desk.board.approve(answer, desk.ada)
    assert (again.status, again.void) == ("approved", None)


@pytest.mark.parametrize(
    "tampering", ['UPDATE reviews SET bound = \'{"answer": "x"}\'', f"UPDATE reviews SET digest = '{'0' * 64}'"]
)
def test_an_approval_that_was_written_by_hand_does_not_hold(desk: Desk, tampering: str) -> None:
    answer = desk.approved()
    with desk.database.session() as session:
        session.execute(text(tampering))
    assert desk.board.standing(answer).void == "the record of the approval itself has been changed"


def test_an_answer_that_was_changed_in_the_database_is_found_out(desk: Desk) -> None:
    answer = desk.approved()
    with desk.database.session() as session:
        on = " ON answer_versions" if session.connection().dialect.name == "postgresql" else ""
        session.execute(text(f"DROP TRIGGER answer_versions_no_update{on}"))
        session.execute(
            text(
                "UPDATE answer_versions SET record = replace(CAST(record AS text), 'Rest', 'Running')"
                if not on
                else "UPDATE answer_versions SET record = replace(CAST(record AS text), 'Rest', 'Running')::json"
            )
        )
    found = Answers(desk.database).find(answer.answer_id)
    assert "Running relieves" in str(found.record)
    assert desk.board.standing(found).void == "the answer itself has changed"


def test_a_newer_version_has_a_standing_of_its_own(desk: Desk) -> None:
    answer = desk.approved()
    newer = Answers(desk.database).add_version(answer.answer_id, desk.record, by="console")
    assert desk.board.standing(newer).status == "not_reviewed"
    assert desk.board.standing(answer).status == "approved"


def test_the_queue_is_oldest_first(desk: Desk) -> None:
    others = [desk.ask(None, f"c{number}") for number in range(3)]
    for one in (others[2], others[0], others[1]):
        desk.board.submit(one, desk.reader)
    assert [one.answer for one in desk.board.queue()] == [others[2], others[0], others[1]]
    assert {one.standing.status for one in desk.board.queue()} == {"submitted"}


def test_an_answer_that_is_not_kept_has_no_standing(desk: Desk) -> None:
    from dataclasses import replace

    with pytest.raises(NotKeptError, match="no such answer"):
        desk.board.standing(replace(desk.answer, answer_id="nothing"))
    with pytest.raises(NotKeptError, match="no such answer"):
        desk.board.submit(replace(desk.answer, version=2), desk.reader)


@pytest.mark.parametrize("name", ["take", "approve", "give_back"])
def test_of_eight_reviewers_at_once_one_takes_the_step(desk: Desk, name: str) -> None:
    people = [
        desk.accounts.add(f"p{number}", "reviewer", shown_name=f"P {number}", password=None, by="console")
        for number in range(8)
    ]
    for one in STATES["submitted" if name == "take" else "under_review"]:
        step(desk, one)
    written, outcomes = len(desk.actions()), []

    def act(by: Account) -> None:
        try:
            outcomes.append(step(desk, name, by).status)
        except ReviewError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=act, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("someone else may have been quicker" in one for one in outcomes) == 7
    assert len(outcomes) == 8
    assert len(desk.actions()) == written + 1
    assert Trail(desk.database).broken_at() is None


def test_a_void_approval_is_recorded_once_though_eight_look_at_once(desk: Desk) -> None:
    answer = desk.approved()
    change_index(desk)
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(desk.board.standing(answer).status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["submitted"] * 8
    assert desk.actions().count("approval_void") == 1


def test_a_recheck_keeps_what_it_finds_and_makes_approvals_void(desk: Desk) -> None:
    answer, other = desk.approved(), desk.ask(None, "other")
    answers, findings = Answers(desk.database), Findings(desk.database)

    def recheck() -> dict[str, Any]:
        done = recheck_all(answers, findings, desk.board, lambda: desk.shelf, desk.clock)
        return {one.answer.answer_id: one for one in done}

    assert not any(one.stale for one in recheck().values())
    retract(desk)
    found = recheck()
    assert set(found) == {answer.answer_id, other.answer_id}
    assert found[answer.answer_id].standing.void == "the record of source [2] has changed"
    assert found[other.answer_id].standing.status == "not_reviewed"
    kept = findings.of([answer, other])[other.answer_id, 1]
    assert [(one["change"], one["number"]) for one in kept.reasons] == [("retracted", 2)]
    assert kept.index_fingerprint == desk.shelf.fingerprint
    recheck()
    assert desk.actions().count("approval_void") == 1
