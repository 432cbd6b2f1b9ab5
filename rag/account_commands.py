"""The commands `rag users ...`: who can sign in, and as what. A password is never an argument: others could read it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import click

from rag.console import FORMAT, print_json, settings_from
from rag.errors import AccountError

if TYPE_CHECKING:
    from rag.accounts.base import Account, Role

CONSOLE = "console"
_ROLE = click.Choice(["reader", "reviewer", "admin"])


@click.group()
def users() -> None:
    """Add, list, disable and enable those who can sign in; give roles, passwords and tokens."""


@users.command("add")
@click.argument("name")
@click.option("--role", type=_ROLE, default="reader", show_default=True, help="What they may do.")
@click.option("--shown-name", help="What an approval bears (default: the name).")
def add_command(name: str, role: str, shown_name: str | None) -> None:
    """Add an account. The password is asked for, or read as one line from standard input."""
    from rag.factory import accounts

    keeping = accounts(settings_from())
    account = keeping.add(
        name, cast("Role", role), shown_name=shown_name or name, password=_asked_password(), by=CONSOLE
    )
    click.echo(f"{account.name} ({account.role}) can sign in")


def _asked_password() -> str:
    """A password typed twice without being shown, or the first line of what is piped in.

    Raises:
        AccountError: there is none.
    """
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise AccountError("no password was given", mend="pipe it in as one line, or type it on a terminal")
    return given


@users.command("list")
@FORMAT
def list_command(form: str) -> None:
    """List the accounts: name, role, whether disabled, shown name."""
    from rag.factory import accounts

    found = accounts(settings_from()).all()
    if form == "json":
        print_json([_entry(one) for one in found])
        return
    for one in found:
        state = "disabled" if one.disabled else one.role
        how = f"  through {one.issuer}" if one.issuer else ""
        click.echo(f"{one.name:<24} {state:<9} {one.shown_name}{how}")


def _entry(account: Account) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "name": account.name,
        "shown_name": account.shown_name,
        "role": account.role,
        "disabled": account.disabled,
        "created_at": account.created_at.isoformat(timespec="seconds"),
        "issuer": account.issuer,
    }


@users.command("disable")
@click.argument("name")
def disable_command(name: str) -> None:
    """Disable an account: its sessions and tokens end at once. What it did stays."""
    _change(name, disabled=True)


@users.command("enable")
@click.argument("name")
def enable_command(name: str) -> None:
    """Enable an account again. Its old sessions and tokens stay ended."""
    _change(name, disabled=False)


@users.command("role")
@click.argument("name")
@click.argument("role", type=_ROLE)
def role_command(name: str, role: str) -> None:
    """Give an account another role: reader, reviewer or admin. The last admin keeps theirs."""
    _change(name, role=role)


@users.command("password")
@click.argument("name")
def password_command(name: str) -> None:
    """Give an account another password, which is asked for; its sessions end."""
    from rag.factory import accounts

    accounts(settings_from()).named(name)
    _change(name, password=_asked_password())


def _change(name: str, **what: Any) -> None:
    from rag.factory import accounts

    account = accounts(settings_from()).change(name, by=CONSOLE, **what)
    click.echo(f"{account.name}: {'disabled' if account.disabled else account.role}")


@users.command("token")
@click.argument("name")
@click.option("--label", default="command line", show_default=True, help="What it is for.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 366), help="How long it holds.")
@click.option("--list", "listed", is_flag=True, help="List the tokens that hold; issue none.")
@click.option("--revoke", metavar="TOKEN_ID", help="End a token; issue none.")
@FORMAT
def token_command(name: str, label: str, *, days: int, listed: bool, revoke: str | None, form: str) -> None:
    """Issue a token for the interface. It is printed this once, on standard output."""
    from rag.factory import accounts

    keeping = accounts(settings_from())
    account = keeping.named(name)
    if revoke is not None:
        keeping.revoke_token(account.account_id, revoke)
        click.echo(f"{revoke} has ended")
    elif listed:
        _list_tokens(keeping.tokens(account.account_id), form)
    else:
        issued = keeping.issue_token(account.account_id, label, days=days)
        entry = {"token_id": issued.token_id, "secret": issued.secret, "expires_at": f"{issued.expires_at:%Y-%m-%d}"}
        if form == "json":
            print_json(entry)
            return
        click.echo(issued.secret)
        click.echo(f"Token {issued.token_id} holds until {entry['expires_at']}; it is not shown again.", err=True)


def _list_tokens(tokens: Any, form: str) -> None:
    entries = [
        {
            "token_id": one.token_id,
            "label": one.label,
            "expires_at": f"{one.expires_at:%Y-%m-%d}",
            "last_used_at": f"{one.last_used_at:%Y-%m-%d}" if one.last_used_at else None,
        }
        for one in tokens
    ]
    if form == "json":
        print_json(entries)
        return
    for one in entries:
        click.echo(
            f"{one['token_id']}  {one['label']}  until {one['expires_at']}  last used {one['last_used_at'] or 'never'}"
        )
