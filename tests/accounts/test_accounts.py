"""Accounts on both databases: who can sign in, for how long, and what stops whoever guesses."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from rag.accounts.doorkeeper import LedgerAccounts
from rag.accounts.passwords import Passwords
from rag.errors import AccountError, SignInError
from rag.ledger.database import Database
from rag.ledger.tables import AccountRow, SessionRow, TokenRow
from rag.ledger.trail import Trail

GOOD = "four words of nobody"
HERE = "192.0.2.7"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **how: Any) -> None:
        self.now += timedelta(**how)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database: Database, clock: Clock) -> LedgerAccounts:
    return LedgerAccounts(database, Passwords(QUICK), now=clock)


@pytest.fixture
def ada(accounts: LedgerAccounts) -> Any:
    return accounts.add("Ada", "reviewer", shown_name="Dr Ada Lind", password=GOOD, by="console")


def actions(database: Database) -> list[str]:
    return [entry.action for entry in reversed(Trail(database).entries())]


def fail(accounts: LedgerAccounts, name: str = "ada", address: str = HERE) -> SignInError:
    with pytest.raises(SignInError) as refused:
        accounts.sign_in(name, "not the password", address=address)
    return refused.value


def test_who_was_added_signs_in_without_regard_to_case(accounts: LedgerAccounts, ada: Any) -> None:
    account, opened = accounts.sign_in("aDA ", GOOD, address=HERE)
    assert account == ada == accounts.named("ADA")
    assert accounts.of_session(opened.secret) == ada
    assert accounts.all() == (ada,)
    assert account.may("reader")
    assert account.may("reviewer")
    assert not account.may("admin")


def test_nothing_that_opens_a_door_is_in_the_database(accounts: LedgerAccounts, ada: Any, database: Database) -> None:
    _, opened = accounts.sign_in("ada", GOOD, address=HERE)
    token = accounts.issue_token(ada.account_id, "script", days=1)
    with database.reading() as session:
        rows = [*session.query(AccountRow), *session.query(SessionRow), *session.query(TokenRow)]
        kept = repr([vars(row) for row in rows])
    kept += repr(Trail(database).entries())
    assert "$argon2id$" in kept
    for secret in (GOOD, opened.secret, token.secret, token.secret.removeprefix("sb_")):
        assert secret not in kept
    assert len(opened.secret) >= 43


@pytest.mark.parametrize(
    ("name", "password", "what"),
    [
        ("ADA", GOOD, "taken"),
        ("", GOOD, "a name has"),
        ("a b", GOOD, "a name has"),
        ("x" * 101, GOOD, "a name has"),
        ("<script>", GOOD, "a name has"),
        ("bob", "elevenchars", "too short"),
        ("bob-the-builder", "Bob-The-Builder", "easy to guess"),
        ("bob", "a" * 12, "easy to guess"),
        ("bob", "ab" * 600, "too long"),
    ],
)
def test_what_makes_no_account_is_said(accounts: LedgerAccounts, ada: Any, name: str, password: str, what: str) -> None:
    with pytest.raises(AccountError, match=what) as refused:
        accounts.add(name, "reader", shown_name="B", password=password, by="console")
    assert password not in str(refused.value)
    assert accounts.all() == (ada,)


def test_a_wrong_password_an_unknown_name_and_a_disabled_account_look_the_same(
    accounts: LedgerAccounts, ada: Any
) -> None:
    accounts.add("bob", "reader", shown_name="Bob", password=GOOD, by="console")
    accounts.change("bob", by="console", disabled=True)
    accounts.sign_in_as("https://issuer", "1", name="eve", shown_name="Eve", role="reader")
    messages = {str(fail(accounts, name)) for name in ("ada", "nobody", "eve", "", "\x00", "a" * 5000)}
    with pytest.raises(SignInError) as disabled:
        accounts.sign_in("bob", GOOD, address=HERE)
    assert messages == {str(disabled.value)}
    assert disabled.value.retry_after_s is None


def test_an_unknown_name_takes_as_long_as_a_wrong_password(database: Database) -> None:
    slow = LedgerAccounts(database, Passwords(PasswordHasher(time_cost=2, memory_cost=32768, parallelism=1)))
    slow.add("ada", "reader", shown_name="Ada", password=GOOD, by="console")

    def took(name: str) -> float:
        durations = []
        for number in range(3):
            begun = time.perf_counter()
            fail(slow, name, address=f"198.51.100.{number}")
            durations.append(time.perf_counter() - begun)
        return min(durations)

    assert 0.4 < took("ada") / took("nobody") < 2.5


def test_five_failures_lock_a_name_for_longer_each_time_and_a_restart_frees_nobody(
    accounts: LedgerAccounts, ada: Any, clock: Clock, database: Database
) -> None:
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        for _ in range(5):
            assert fail(accounts).retry_after_s is None
        again = LedgerAccounts(database, Passwords(QUICK), now=clock)
        with pytest.raises(SignInError, match="too many") as locked:
            again.sign_in("Ada", GOOD, address="203.0.113.1")
        assert locked.value.retry_after_s == minutes * 60
        clock.forward(minutes=minutes, seconds=1)
    account, _ = accounts.sign_in("ada", GOOD, address=HERE)
    assert account == ada
    for _ in range(5):
        fail(accounts, address="203.0.113.9")
    with pytest.raises(SignInError) as locked:
        accounts.sign_in("ada", GOOD, address="203.0.113.9")
    assert locked.value.retry_after_s == 60
    assert "sign_in_locked" in actions(database)


def test_an_unknown_name_is_locked_like_a_known_one(accounts: LedgerAccounts) -> None:
    for _ in range(5):
        assert fail(accounts, "nobody").retry_after_s is None
    assert fail(accounts, "nobody").retry_after_s == 60


def test_twenty_failures_lock_an_address_whatever_the_names(accounts: LedgerAccounts, ada: Any) -> None:
    for number in range(20):
        assert fail(accounts, f"n{number}").retry_after_s is None
    with pytest.raises(SignInError, match="too many"):
        accounts.sign_in("ada", GOOD, address=HERE)
    assert accounts.sign_in("ada", GOOD, address="203.0.113.1")[0] == ada


def test_a_network_of_addresses_of_one_subscriber_counts_as_one(accounts: LedgerAccounts) -> None:
    for number in range(20):
        fail(accounts, f"n{number}", address=f"2001:db8:1:2::{number:x}")
    assert fail(accounts, "other", address="2001:db8:1:2:ffff::1").retry_after_s == 60
    assert fail(accounts, "other", address="2001:db8:1:3::1").retry_after_s is None


def test_failures_far_apart_do_not_lock(accounts: LedgerAccounts, clock: Clock) -> None:
    for _ in range(12):
        assert fail(accounts).retry_after_s is None
        clock.forward(minutes=4)


def test_guesses_made_all_at_once_are_not_more_than_those_made_one_after_the_other(
    accounts: LedgerAccounts, ada: Any
) -> None:
    checked: list[str] = []

    class Counting(Passwords):
        def fits(self, password: str, kept: str | None) -> bool:
            checked.append(password)
            time.sleep(0.05)
            return super().fits(password, kept)

    accounts._passwords = Counting(QUICK)
    threads = [threading.Thread(target=fail, args=(accounts,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(checked) == 5


def test_many_who_sign_in_at_the_same_time_are_let_in(accounts: LedgerAccounts) -> None:
    for number in range(8):
        accounts.add(f"n{number}", "reader", shown_name="N", password=GOOD, by="console")
    opened: list[Any] = []

    def enter(name: str) -> None:
        opened.append(accounts.sign_in(name, GOOD, address=HERE))

    threads = [threading.Thread(target=enter, args=(f"n{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {account.name for account, _ in opened} == {f"n{number}" for number in range(8)}
    assert len({session.secret for _, session in opened}) == 8


def test_a_session_ends_when_it_is_left_alone_and_after_twelve_hours(
    accounts: LedgerAccounts, ada: Any, clock: Clock
) -> None:
    _, idle = accounts.sign_in("ada", GOOD, address=HERE)
    clock.forward(minutes=59)
    assert accounts.of_session(idle.secret) == ada
    clock.forward(minutes=59)
    assert accounts.of_session(idle.secret) == ada
    clock.forward(minutes=61)
    assert accounts.of_session(idle.secret) is None
    _, used = accounts.sign_in("ada", GOOD, address=HERE)
    assert used.expires_at == clock() + timedelta(hours=12)
    for _ in range(23):
        clock.forward(minutes=30)
        assert accounts.of_session(used.secret) == ada
    clock.forward(minutes=30)
    assert accounts.of_session(used.secret) is None


def test_signing_out_ends_that_session_alone(accounts: LedgerAccounts, ada: Any, database: Database) -> None:
    _, first = accounts.sign_in("ada", GOOD, address=HERE)
    _, second = accounts.sign_in("ada", GOOD, address=HERE)
    accounts.sign_out(first.secret)
    accounts.sign_out("never opened")
    assert accounts.of_session(first.secret) is None
    assert accounts.of_session(second.secret) == ada
    assert actions(database) == ["account_added", "signed_in", "signed_in", "signed_out"]


def test_disabling_ends_sessions_and_tokens_at_once_and_enabling_does_not_bring_them_back(
    accounts: LedgerAccounts, ada: Any
) -> None:
    _, opened = accounts.sign_in("ada", GOOD, address=HERE)
    token = accounts.issue_token(ada.account_id, "script", days=30)
    assert accounts.of_token(token.secret) == ada
    assert accounts.change("ada", by="console", disabled=True).disabled
    assert accounts.of_session(opened.secret) is None
    assert accounts.of_token(token.secret) is None
    with pytest.raises(AccountError, match="disabled"):
        accounts.issue_token(ada.account_id, "script", days=30)
    accounts.change("ada", by="console", disabled=False)
    assert accounts.of_session(opened.secret) is None
    assert accounts.of_token(token.secret) is None


def test_a_new_password_ends_the_sessions_and_the_old_password(accounts: LedgerAccounts, ada: Any) -> None:
    _, opened = accounts.sign_in("ada", GOOD, address=HERE)
    accounts.change("ada", by="console", password="other words of nobody")  # noqa: S106
    assert accounts.of_session(opened.secret) is None
    with pytest.raises(SignInError):
        accounts.sign_in("ada", GOOD, address=HERE)
    assert accounts.sign_in("ada", "other words of nobody", address=HERE)[0] == ada
    with pytest.raises(AccountError, match="too short"):
        accounts.change("ada", by="console", password="short")  # noqa: S106


def test_the_last_admin_stays(accounts: LedgerAccounts) -> None:
    for name in ("root", "boss"):
        accounts.add(name, "admin", shown_name=name, password=GOOD, by="console")
    accounts.change("boss", by="console", role="reader")
    for change in ({"role": "reviewer"}, {"disabled": True}):
        with pytest.raises(AccountError, match="last admin"):
            accounts.change("root", by="console", **change)  # type: ignore[arg-type]
    assert accounts.named("root").may("admin")
    accounts.change("boss", by="console", role="admin")
    assert accounts.change("root", by="console", disabled=True).disabled


def test_two_admins_cannot_leave_at_the_same_time(accounts: LedgerAccounts) -> None:
    names = ("root", "boss")
    for name in names:
        accounts.add(name, "admin", shown_name=name, password=GOOD, by="console")

    def leave(name: str) -> None:
        try:
            accounts.change(name, by=name, role="reader")
        except AccountError:
            return

    threads = [threading.Thread(target=leave, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.may("admin") for one in accounts.all()) == 1


def test_a_token_holds_until_its_day_or_until_it_is_revoked(
    accounts: LedgerAccounts, ada: Any, clock: Clock, database: Database
) -> None:
    short = accounts.issue_token(ada.account_id, "short", days=1)
    long = accounts.issue_token(ada.account_id, "long", days=90)
    assert short.secret.startswith("sb_")
    assert accounts.of_token(short.secret) == ada
    assert [(one.label, one.last_used_at) for one in accounts.tokens(ada.account_id)] == [
        ("short", clock()),
        ("long", None),
    ]
    clock.forward(days=1)
    assert accounts.of_token(short.secret) is None
    assert accounts.of_token(long.secret) == ada
    assert [one.label for one in accounts.tokens(ada.account_id)] == ["long"]
    with pytest.raises(AccountError, match="no such token"):
        accounts.revoke_token("someone else", long.token_id)
    accounts.revoke_token(ada.account_id, long.token_id)
    assert accounts.of_token(long.secret) is None
    assert accounts.of_token("sb_nothing") is None
    assert accounts.of_token("nothing") is None
    assert actions(database)[-3:] == ["token_issued", "token_issued", "token_revoked"]


@pytest.mark.parametrize(("label", "days"), [("", 1), ("x" * 101, 1), ("ok", 0), ("ok", 367), ("a\u202eb", 1)])
def test_a_token_that_makes_no_sense_is_refused(accounts: LedgerAccounts, ada: Any, label: str, days: int) -> None:
    with pytest.raises(AccountError, match="token"):
        accounts.issue_token(ada.account_id, label, days=days)


def test_whom_an_issuer_vouches_for_gets_an_account_once(accounts: LedgerAccounts) -> None:
    first, opened = accounts.sign_in_as("https://i", "7", name="eve@x", shown_name="Eve", role="reviewer")
    second, _ = accounts.sign_in_as("https://i", "7", name="other", shown_name="Other", role="admin")
    assert first == second == accounts.of_session(opened.secret)
    assert (first.name, first.role, first.issuer, first.subject) == ("eve@x", "reviewer", "https://i", "7")
    accounts.change("eve@x", by="console", disabled=True)
    with pytest.raises(SignInError, match="disabled"):
        accounts.sign_in_as("https://i", "7", name="eve@x", shown_name="Eve", role="reviewer")


def test_a_name_from_an_issuer_is_never_taken_for_someone_here(accounts: LedgerAccounts, ada: Any) -> None:
    other, _ = accounts.sign_in_as("https://i", "1", name="ADA", shown_name="Ada", role="admin")
    third, _ = accounts.sign_in_as("https://j", "1", name="ada", shown_name="", role="reader")
    odd, _ = accounts.sign_in_as("https://j", "2", name="  <b>Zoë Q</b>", shown_name="Zoë", role="reader")
    assert [other.name, third.name] == ["ADA-2", "ada-3"]
    assert len({ada.account_id, other.account_id, third.account_id}) == 3
    assert odd.name == "b-Zoë-Q-b"


def test_a_hash_of_older_parameters_is_renewed_on_signing_in(
    accounts: LedgerAccounts, ada: Any, database: Database, clock: Clock
) -> None:
    stronger = LedgerAccounts(
        database, Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)), now=clock
    )
    stronger.sign_in("ada", GOOD, address=HERE)
    with database.reading() as session:
        assert "m=16,t=2" in str(session.get_one(AccountRow, ada.account_id).password)
    assert accounts.sign_in("ada", GOOD, address=HERE)[0] == ada


def test_every_change_says_who_made_it(accounts: LedgerAccounts, ada: Any, database: Database) -> None:
    accounts.change("ada", by="root-id", role="admin")
    accounts.change("ada", by="root-id", role="admin")
    entries = Trail(database).entries(subject=ada.account_id)
    assert [(one.actor, one.action) for one in entries] == [("root-id", "role_changed"), ("console", "account_added")]
    assert entries[0].details == {"name": "Ada", "from": "reviewer", "to": "admin"}
    assert Trail(database).broken_at() is None


def test_who_is_not_there_is_said(accounts: LedgerAccounts) -> None:
    for call in (lambda: accounts.named("nobody"), lambda: accounts.change("nobody", by="console", role="reader")):
        with pytest.raises(AccountError, match="no such account: nobody"):
            call()
