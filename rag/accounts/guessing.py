"""Slows down whoever guesses passwords: locks by name and by address, kept in the ledger, so that a restart frees
nobody."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from rag.accounts.names import name_key
from rag.errors import SignInError
from rag.ledger.inserting import insert_if_absent
from rag.ledger.tables import GuessingRow

_WINDOW = timedelta(minutes=15)
_LONGEST_MIN = 60
_FORGIVEN = timedelta(hours=24)
_DOOR_CHARS = 300
_IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Door:
    """What is locked after how many failures in 15 minutes."""

    name: str
    limit: int


def doors(name: str, address: str) -> tuple[Door, Door]:
    """By name, after 5 failures, and by address, after 20; of IPv6 by the network that one subscriber has (/64)."""
    return Door(f"name:{name_key(name)}"[:_DOOR_CHARS], 5), Door(f"address:{_network(address)}"[:_DOOR_CHARS], 20)


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, _IPV6_PREFIX), strict=False))
    return str(known)


def count_attempt(session: Session, wanted: Iterable[Door], now: datetime) -> None:
    """Count an attempt as failed before it is checked, so that many at once are not more than one after the other.

    Raises:
        SignInError: a door is locked.
    """
    for door in wanted:
        row = _row(session, door, now)
        if row.locked_until is not None and row.locked_until > now:
            raise _locked((row.locked_until - now).total_seconds())
        if now - row.since > _WINDOW:
            row.since, row.failures = now, 0
        if row.failures >= door.limit:
            raise _locked(1.0)
        row.failures += 1


def confirm_failure(session: Session, wanted: Iterable[Door], now: datetime) -> tuple[Door, ...]:
    """Lock each door that has had its failures, for 1, 2, 4 and so on up to 60 minutes; those that were."""
    locked = []
    for door in wanted:
        row = _row(session, door, now)
        if row.failures >= door.limit:
            row.locks += 1
            row.locked_until = now + timedelta(minutes=min(_LONGEST_MIN, 2 ** min(row.locks - 1, 10)))
            row.since, row.failures = now, 0
            locked.append(door)
    return tuple(locked)


def forgive(session: Session, wanted: tuple[Door, Door], now: datetime) -> None:
    """After a success: the name starts anew, and of the address this attempt no longer counts."""
    by_name, by_address = wanted
    session.execute(delete(GuessingRow).where(GuessingRow.door == by_name.name))
    row = _row(session, by_address, now)
    row.failures = max(0, row.failures - 1)


def _row(session: Session, door: Door, now: datetime) -> GuessingRow:
    """The row of a door, locked until the transaction ends; one of a day ago is begun anew."""
    insert_if_absent(session, GuessingRow, door=door.name, since=now, failures=0, locks=0)
    row = session.get_one(GuessingRow, door.name, with_for_update=True, populate_existing=True)
    if now - max(row.since, row.locked_until or row.since) > _FORGIVEN:
        row.since, row.failures, row.locks, row.locked_until = now, 0, 0, None
    return row


def _locked(wait_s: float) -> SignInError:
    return SignInError("too many attempts failed; try again later", retry_after_s=max(1.0, round(wait_s)))
