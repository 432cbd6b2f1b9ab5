"""Accounts in the ledger: people, their sessions and tokens. Every change is in the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rag.accounts.base import ROLES, Account, IssuedToken, KeptToken, OpenedSession, Role
from rag.accounts.guessing import confirm_failure, count_attempt, doors, forgive
from rag.accounts.names import checked_name, checked_shown_name, foreign_name, name_key
from rag.accounts.passwords import Passwords, check_strength
from rag.errors import AccountError, SignInError
from rag.ledger.database import Database
from rag.ledger.keys import digest_of, new_id, new_secret
from rag.ledger.tables import AccountRow, SessionRow, TokenRow
from rag.ledger.trail import write_entry

TOKEN_PREFIX = "sb_"  # noqa: S105 - what every token begins with is no secret
_TOUCHED_EVERY = timedelta(minutes=1)
_TOKEN_MAX_DAYS = 366
_LABEL_MAX_CHARS = 100
_REFUSED = "the name or the password is not right"
_NAMES_TRIED = 1000


def account_of(row: AccountRow) -> Account:
    """An account as a frozen value."""
    return Account(
        account_id=row.account_id,
        name=row.name,
        shown_name=row.shown_name,
        role=cast(Role, row.role),
        disabled=row.disabled,
        created_at=row.created_at,
        issuer=row.issuer,
        subject=row.subject,
    )


class LedgerAccounts:
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
        self._database = database
        self._passwords = passwords or Passwords()
        self._session_max = session_max
        self._session_idle = session_idle
        self._now = now

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
                _end_sessions(session, row)
            if disabled is not None and disabled != row.disabled:
                self._tell(session, by, "account_disabled" if disabled else "account_enabled", row)
                row.disabled = disabled
                if disabled:
                    _end_sessions(session, row)
                    session.execute(delete(TokenRow).where(TokenRow.account_id == row.account_id))
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
                return account_of(row), self._opened(session, row, now)
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

    def _opened(self, session: Session, row: AccountRow, now: datetime) -> OpenedSession:
        over = (SessionRow.expires_at <= now) | (SessionRow.seen_at <= now - self._session_idle)
        session.execute(delete(SessionRow).where(over))
        opened = OpenedSession(new_secret(), now + self._session_max)
        session.add(
            SessionRow(
                digest=digest_of(opened.secret),
                account_id=row.account_id,
                opened_at=now,
                seen_at=now,
                expires_at=opened.expires_at,
            )
        )
        write_entry(
            session, now, actor=row.account_id, action="signed_in", subject=row.account_id, details={"name": row.name}
        )
        return opened

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
            return account_of(row), self._opened(session, row, now)

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

    def of_session(self, secret: str) -> Account | None:
        """Whose session this is; None where it has expired, ended, or never was."""
        now, digest = self._now(), digest_of(secret)
        with self._database.reading() as session:
            kept = session.get(SessionRow, digest)
            if kept is None or kept.expires_at <= now or kept.seen_at <= now - self._session_idle:
                return None
            row = session.get(AccountRow, kept.account_id)
            account = None if row is None or row.disabled else account_of(row)
        if account is not None and now - kept.seen_at >= min(_TOUCHED_EVERY, self._session_idle / 2):
            with self._database.session() as session:
                if (again := session.get(SessionRow, digest)) is not None:
                    again.seen_at = now
        return account

    def sign_out(self, secret: str) -> None:
        """End a session; nothing happens where there is none."""
        with self._database.session() as session:
            kept = session.get(SessionRow, digest_of(secret))
            if kept is not None:
                write_entry(session, self._now(), actor=kept.account_id, action="signed_out", subject=kept.account_id)
                session.delete(kept)

    def issue_token(self, account_id: str, label: str, *, days: int) -> IssuedToken:
        """A token for the API.

        Raises:
            AccountError: no such account, or a disabled one; an empty or too long label; not 1 to 366 days.
        """
        shown = " ".join(label.split())
        if not shown or len(shown) > _LABEL_MAX_CHARS or not shown.isprintable():
            raise AccountError("a token needs a label of 1 to 100 printable characters", value=label)
        if not 1 <= days <= _TOKEN_MAX_DAYS:
            raise AccountError(f"a token holds for 1 to {_TOKEN_MAX_DAYS} days", value=days)
        now = self._now()
        issued = IssuedToken(new_id(), shown, TOKEN_PREFIX + new_secret(), now + timedelta(days=days))
        with self._database.session() as session:
            row = session.get(AccountRow, account_id)
            if row is None or row.disabled:
                raise AccountError("there is no such account, or it is disabled", value=account_id)
            session.add(
                TokenRow(
                    token_id=issued.token_id,
                    account_id=account_id,
                    label=shown,
                    digest=digest_of(issued.secret),
                    created_at=now,
                    expires_at=issued.expires_at,
                )
            )
            write_entry(
                session,
                now,
                actor=account_id,
                action="token_issued",
                subject=account_id,
                details={"token": issued.token_id, "days": days},
            )
        return issued

    def tokens(self, account_id: str) -> tuple[KeptToken, ...]:
        """The tokens of an account that still hold, oldest first."""
        wanted = (
            select(TokenRow)
            .where(TokenRow.account_id == account_id, TokenRow.expires_at > self._now())
            .order_by(TokenRow.created_at)
        )
        with self._database.reading() as session:
            return tuple(
                KeptToken(row.token_id, row.label, row.created_at, row.expires_at, row.last_used_at)
                for row in session.scalars(wanted)
            )

    def revoke_token(self, account_id: str, token_id: str) -> None:
        """End a token.

        Raises:
            AccountError: the account has no such token.
        """
        with self._database.session() as session:
            row = session.get(TokenRow, token_id)
            if row is None or row.account_id != account_id:
                raise AccountError("there is no such token", value=token_id)
            session.delete(row)
            write_entry(
                session,
                self._now(),
                actor=account_id,
                action="token_revoked",
                subject=account_id,
                details={"token": token_id},
            )

    def of_token(self, secret: str) -> Account | None:
        """Whose token this is; None where it does not hold."""
        if not secret.startswith(TOKEN_PREFIX):
            return None
        now = self._now()
        wanted = select(TokenRow).where(TokenRow.digest == digest_of(secret), TokenRow.expires_at > now)
        with self._database.reading() as session:
            kept = session.scalars(wanted).one_or_none()
            row = session.get(AccountRow, kept.account_id) if kept else None
            account = None if row is None or row.disabled else account_of(row)
        if account is not None and kept is not None and _untouched(kept, now):
            with self._database.session() as session:
                if (again := session.get(TokenRow, kept.token_id)) is not None:
                    again.last_used_at = now
        return account


def _untouched(row: TokenRow, now: datetime) -> bool:
    return row.last_used_at is None or now - row.last_used_at >= _TOUCHED_EVERY


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


def _end_sessions(session: Session, row: AccountRow) -> None:
    session.execute(delete(SessionRow).where(SessionRow.account_id == row.account_id))
