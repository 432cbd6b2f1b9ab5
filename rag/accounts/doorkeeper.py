"""Accounts in the ledger: who they are, and who is let in. Every change is in the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rag.accounts.base import ROLES, Account, OpenedSession, Role
from rag.accounts.guessing import confirm_failure, count_attempt, doors, forgive
from rag.accounts.names import checked_name, checked_shown_name, foreign_name, name_key
from rag.accounts.passwords import Passwords, check_strength
from rag.accounts.tickets import Tickets, account_of, end_sessions, end_tokens
from rag.errors import AccountError, SignInError
from rag.ledger.database import Database
from rag.ledger.keys import new_id
from rag.ledger.tables import AccountRow
from rag.ledger.trail import write_entry

_REFUSED = "the name or the password is not right"
_NAMES_TRIED = 1000


class LedgerAccounts(Tickets):
    """Keeps accounts; as `Accounts`. Safe for threads.

    Args:
        database: where.
        passwords: hashes and checks them.
        session_max: a session ends after this time.
        session_idle: a session ends that was not used for this time.
        now: the clock.
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords | None = None,
        *,
        session_max: timedelta = timedelta(hours=12),
        session_idle: timedelta = timedelta(hours=1),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(database, session_max=session_max, session_idle=session_idle, now=now)
        self._passwords = passwords or Passwords()

    def add(self, name: str, role: Role, *, shown_name: str, password: str | None, by: str) -> Account:
        """A new account. Errors as of `Accounts.add`."""
        plain, shown = checked_name(name), checked_shown_name(shown_name)
        _check_role(role)
        if password is not None:
            check_strength(password, plain)
        row = AccountRow(
            account_id=new_id(),
            name=plain,
            name_key=name_key(plain),
            shown_name=shown,
            role=role,
            disabled=False,
            password=None if password is None else self._passwords.hash(password),
            created_at=self._now(),
        )
        with self._database.session() as session:
            if _named(session, plain) is not None:
                raise AccountError("the name is taken", value=plain)
            self._insert(session, row, by)
        return account_of(row)

    def _insert(self, session: Session, row: AccountRow, by: str) -> None:
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:  # another process was quicker
            raise AccountError("the name is taken", value=row.name) from error
        details = {"name": row.name, "shown_name": row.shown_name, "role": row.role}
        write_entry(session, row.created_at, actor=by, action="account_added", subject=row.account_id, details=details)

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        with self._database.reading() as session:
            return tuple(account_of(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.name_key)))

    def named(self, name: str) -> Account:
        """The account of a name.

        Raises:
            AccountError: there is none.
        """
        with self._database.reading() as session:
            return account_of(_existing(session, name))

    def change(
        self, name: str, *, by: str, role: Role | None = None, disabled: bool | None = None, password: str | None = None
    ) -> Account:
        """Change an account. A new password ends its sessions; disabling ends its tokens too.

        Raises:
            AccountError: there is none, the password is too weak, or the last admin would be lost.
        """
        if role is not None:
            _check_role(role)
        if password is not None:
            check_strength(password, name)
        hashed = None if password is None else self._passwords.hash(password)
        with self._database.session() as session:
            admins = _admins(session)
            row = _existing(session, name)
            if admins == {row.account_id} and (role not in (None, "admin") or disabled):
                raise AccountError("the last admin cannot be disabled or given another role", mend="make another first")
            if role is not None and role != row.role:
                self._tell(session, by, "role_changed", row, {"from": row.role, "to": role})
                row.role = role
            if hashed is not None:
                self._tell(session, by, "password_changed", row)
                row.password = hashed
                end_sessions(session, row)
            if disabled is not None and disabled != row.disabled:
                self._tell(session, by, "account_disabled" if disabled else "account_enabled", row)
                row.disabled = disabled
                if disabled:
                    end_sessions(session, row)
                    end_tokens(session, row)
            return account_of(row)

    def _tell(
        self, session: Session, by: str, action: str, row: AccountRow, details: dict[str, object] | None = None
    ) -> None:
        write_entry(
            session,
            self._now(),
            actor=by,
            action=action,
            subject=row.account_id,
            details={"name": row.name, **(details or {})},
        )

    def sign_in(self, name: str, password: str, *, address: str) -> tuple[Account, OpenedSession]:
        """Check a password and open a session. Errors as of `Accounts.sign_in`.

        The password is checked between two transactions, so that its slow hash makes nobody wait.
        """
        guarded = doors(name, address)
        with self._database.session() as session:
            count_attempt(session, guarded, self._now())
            row = _named(session, name)
            kept, known = (row.password, account_of(row)) if row is not None else (None, None)
        right = self._passwords.fits(password, kept)
        now = self._now()
        with self._database.session() as session:
            row = session.get(AccountRow, known.account_id) if known else None
            if right and row is not None and not row.disabled and row.password == kept:
                forgive(session, guarded, now)
                if kept is not None and self._passwords.outdated(kept):
                    row.password = self._passwords.hash(password)
                return account_of(row), self._open_session(session, row, now)
            locked = [door.name.split(":", 1)[0] for door in confirm_failure(session, guarded, now)]
            if locked:
                subject = known.account_id if known else "unknown name"
                write_entry(
                    session,
                    now,
                    actor="sign-in",
                    action="sign_in_locked",
                    subject=subject,
                    details={"by": locked, "address": address},
                )
        raise SignInError(_REFUSED)

    def sign_in_as(
        self, issuer: str, subject: str, *, name: str, shown_name: str, role: Role
    ) -> tuple[Account, OpenedSession]:
        """Open a session for one whom an issuer vouches for.

        The account is known by issuer and subject alone: a name that someone here has already is never taken for
        theirs, and a number is put behind it. `role` counts when the account is made; afterwards it is changed here.

        Raises:
            SignInError: the account is disabled.
        """
        _check_role(role)
        now = self._now()
        with self._database.session() as session:
            row = session.scalars(select(AccountRow).filter_by(issuer=issuer, subject=subject)).one_or_none()
            if row is None:
                row = self._vouched(session, issuer, subject, name=name, shown_name=shown_name or name, role=role)
            if row.disabled:
                raise SignInError("this account is disabled")
            return account_of(row), self._open_session(session, row, now)

    def _vouched(
        self, session: Session, issuer: str, subject: str, *, name: str, shown_name: str, role: Role
    ) -> AccountRow:
        free = (foreign_name(name, number) for number in range(1, _NAMES_TRIED))
        plain = next(one for one in free if _named(session, one) is None)
        row = AccountRow(
            account_id=new_id(),
            name=plain,
            name_key=name_key(plain),
            shown_name=checked_shown_name(shown_name[:200]),
            role=role,
            disabled=False,
            created_at=self._now(),
            issuer=issuer,
            subject=subject,
        )
        self._insert(session, row, "OpenID Connect")
        return row


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise AccountError("there is no such role", value=role, mend=f"one of {', '.join(ROLES)}")


def _named(session: Session, name: str) -> AccountRow | None:
    return session.scalars(select(AccountRow).where(AccountRow.name_key == name_key(name))).one_or_none()


def _existing(session: Session, name: str) -> AccountRow:
    row = _named(session, name)
    if row is None:
        raise AccountError("there is no such account", value=name, mend="rag users list")
    return row


def _admins(session: Session) -> set[str]:
    """The admins who can sign in, locked until the transaction ends: two of them cannot leave at the same time."""
    wanted = select(AccountRow).where(AccountRow.role == "admin", AccountRow.disabled.is_(False))
    rows = session.scalars(wanted.order_by(AccountRow.account_id).with_for_update())
    return {row.account_id for row in rows}
