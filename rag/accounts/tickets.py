"""Sessions and tokens in the ledger: what shows whose a request is. Their secrets are told once and kept as digests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rag.accounts.base import Account, IssuedToken, KeptToken, OpenedSession, Role
from rag.errors import AccountError
from rag.ledger.database import Database
from rag.ledger.keys import digest_of, new_id, new_secret
from rag.ledger.tables import AccountRow, SessionRow, TokenRow
from rag.ledger.trail import write_entry

TOKEN_PREFIX = "sb_"  # noqa: S105 - what every token begins with is no secret
_TOUCHED_EVERY = timedelta(minutes=1)
_TOKEN_MAX_DAYS = 366
_LABEL_MAX_CHARS = 100


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


class Tickets:
    """Keeps sessions and tokens.

    Args:
        database: where.
        session_max: a session ends after this time.
        session_idle: a session ends that was not used for this time.
        now: the clock.
    """

    def __init__(
        self, database: Database, *, session_max: timedelta, session_idle: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._session_max = session_max
        self._session_idle = session_idle
        self._now = now

    def _open_session(self, session: Session, row: AccountRow, now: datetime) -> OpenedSession:
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


def end_sessions(session: Session, row: AccountRow) -> None:
    """End every session of an account, in the transaction of a change to it."""
    session.execute(delete(SessionRow).where(SessionRow.account_id == row.account_id))


def end_tokens(session: Session, row: AccountRow) -> None:
    """End every token of an account, in the transaction of a change to it."""
    session.execute(delete(TokenRow).where(TokenRow.account_id == row.account_id))
