"""What was spent on models each day, in one small file that all processes share. No question stands in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import BudgetError
from rag.models.metering import Budget, Spent

FORMAT = "sourcebound.spending/1"
_KEPT_DAYS = 31
_LOCK_WAIT_S = 10.0


class _Day(BaseModel):
    model_config = ConfigDict(frozen=True)

    tokens: int = Field(default=0, ge=0)
    cost: float = Field(default=0.0, ge=0)


class _Book(BaseModel):
    model_config = ConfigDict(frozen=True)

    format: str = Field(default=FORMAT, pattern=f"^{FORMAT}$")
    days: dict[date, _Day] = {}


class SpendingLedger:
    """Holds what is spent in a day (UTC) to a budget, over all processes that share the file.

    An amount is set aside before a request and settled after it; that of a process that died in between counts as
    spent. A file that cannot be read refuses every request: a budget must not be lost with it.
    """

    def __init__(
        self, path: Path, budget: Budget, today: Callable[[], date] = lambda: datetime.now(UTC).date()
    ) -> None:
        self._path = path
        self._budget = budget
        self._today = today

    def reserve(self, expected: Spent) -> str:
        """Set an amount aside; gives the day it was taken from.

        Raises:
            BudgetError: it is more than the day has left, or the file cannot be used.
        """
        day = self._today()
        with self._held() as days:
            known = days.get(day, _Day())
            mend = "raise RAG_MODEL_TOKENS_PER_DAY or RAG_MODEL_COST_PER_DAY, or ask tomorrow"
            self._budget.check(Spent(known.tokens, known.cost), expected, f"the day {day}", mend)
            days[day] = _Day(tokens=known.tokens + expected.tokens, cost=known.cost + (expected.cost or 0.0))
        return day.isoformat()

    def settle(self, account: str, expected: Spent, actual: Spent) -> None:
        """Put the actual amount in place of the one that was set aside on a day."""
        day = date.fromisoformat(account)
        with self._held() as days:
            known = days.get(day, _Day())
            days[day] = _Day(
                tokens=max(0, known.tokens - expected.tokens + actual.tokens),
                cost=max(0.0, round(known.cost - (expected.cost or 0.0) + (actual.cost or 0.0), 8)),
            )

    def spent_today(self) -> Spent:
        """What this day has taken so far."""
        with self._held() as days:
            day = days.get(self._today(), _Day())
        return Spent(day.tokens, day.cost)

    @contextmanager
    def _held(self) -> Iterator[dict[date, _Day]]:
        """The days, to be changed; written back if nothing is raised."""
        from filelock import FileLock, Timeout

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_name(f".{self._path.name}.lock"), timeout=_LOCK_WAIT_S):
                days = self._read()
                yield days
                self._write(days)
        except (OSError, Timeout) as error:
            raise self._unusable(error) from error

    def _read(self) -> dict[date, _Day]:
        try:
            return dict(_Book.model_validate_json(self._path.read_bytes()).days)
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise self._unusable(error.errors()[0]["msg"]) from error

    def _write(self, days: dict[date, _Day]) -> None:
        kept = dict(sorted(days.items())[-_KEPT_DAYS:])
        book: dict[str, Any] = _Book(days=kept).model_dump(mode="json")
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        beside.write_text(json.dumps(book, indent=1), encoding="utf-8")
        os.replace(beside, self._path)

    def _unusable(self, why: object) -> BudgetError:
        return BudgetError(
            "the record of what was spent cannot be used", value=f"{self._path}: {why}", mend="delete it to begin anew"
        )
