"""People, sessions and tokens, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Role = Literal["reader", "reviewer", "admin"]
ROLES: tuple[Role, ...] = ("reader", "reviewer", "admin")
"""Each may do what those before it may: read and ask, review, and keep accounts."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in. Times are UTC.

    `name` is what they sign in with, unique without regard to case; `shown_name` is what an approval bears.
    `issuer` and `subject` are set for one who signs in through OpenID Connect; such a one has no password here.
    """

    account_id: str
    name: str
    shown_name: str
    role: Role
    disabled: bool
    created_at: datetime
    issuer: str | None = None
    subject: str | None = None

    def may(self, role: Role) -> bool:
        """Whether this account has a role or one above it, and is not disabled."""
        return not self.disabled and ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that has just been opened: its secret is told this once and kept only as a digest."""

    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token for the API that has just been issued: its secret is told this once and kept only as a digest."""

    token_id: str
    label: str
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeptToken:
    """What is known of a token afterwards."""

    token_id: str
    label: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class Accounts(Protocol):
    """Keeps accounts, and opens sessions. Every change is written to the audit trail with who made it.

    `by` is the account id of who acts, or "console" for the command line.
    """

    def add(self, name: str, role: Role, *, shown_name: str, password: str | None, by: str) -> Account:
        """A new account.

        Raises:
            AccountError: the name is taken or malformed, or the password too weak (under 12 characters, or the
                name).
        """

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""

    def named(self, name: str) -> Account:
        """The account of a name.

        Raises:
            AccountError: there is none.
        """

    def change(
        self, name: str, *, by: str, role: Role | None = None, disabled: bool | None = None, password: str | None = None
    ) -> Account:
        """Give another role or password, disable or enable; sessions and tokens of a disabled account end at once."""

    def sign_in(self, name: str, password: str, *, address: str) -> tuple[Account, OpenedSession]:
        """Check a password and open a session.

        Raises:
            SignInError: wrong, unknown, disabled or locked; the message does not tell the first three apart.
                Guessing locks: by name and by address, for longer each time.
        """

    def sign_in_as(
        self, issuer: str, subject: str, *, name: str, shown_name: str, role: Role
    ) -> tuple[Account, OpenedSession]:
        """Open a session for one whom an OpenID Connect issuer vouches for; the account is made on the first time."""

    def of_session(self, secret: str) -> Account | None:
        """Whose session this is; None where it has expired, ended, or never was."""

    def sign_out(self, secret: str) -> None:
        """End a session."""

    def issue_token(self, account_id: str, label: str, *, days: int) -> IssuedToken:
        """A token for the API."""

    def tokens(self, account_id: str) -> tuple[KeptToken, ...]:
        """The tokens of an account that still hold."""

    def revoke_token(self, account_id: str, token_id: str) -> None:
        """End a token."""

    def of_token(self, secret: str) -> Account | None:
        """Whose token this is; None where it does not hold."""
