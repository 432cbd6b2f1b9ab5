"""Goes over every saved answer: what has become of its evidence, and whether its approval still holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from rag.ledger.base import AnswerStore, Finding, FindingStore, SavedAnswer
from rag.review.base import Board, Shelf, Stale, Standing
from rag.review.staleness import stale_reasons


@dataclass(frozen=True, slots=True)
class Rechecked:
    """The newest version of a saved answer, why it is stale if it is, and its standing after that."""

    answer: SavedAnswer
    stale: tuple[Stale, ...]
    standing: Standing


def recheck_all(
    answers: AnswerStore,
    findings: FindingStore,
    board: Board,
    shelf: Callable[[], Shelf],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Rechecked]:
    """Recheck the newest version of every answer, keep what was found, and have void approvals recorded."""
    for answer in answers.everything():
        today = shelf()
        stale = stale_reasons(answer.record, today)
        reasons = tuple(asdict(one) for one in stale)
        findings.keep(Finding(answer.answer_id, answer.version, now(), today.fingerprint, reasons))
        yield Rechecked(answer, stale, board.standing(answer))
