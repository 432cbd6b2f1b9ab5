"""What rechecks found of saved answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from rag.ledger.base import Finding, SavedAnswer
from rag.ledger.database import Database
from rag.ledger.tables import FindingRow


class Findings:
    """Keeps the newest finding of each version."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, finding: Finding) -> None:
        """Keep a finding in the place of the one before."""
        with self._database.session() as session:
            session.merge(
                FindingRow(
                    answer_id=finding.answer_id,
                    version=finding.version,
                    checked_at=finding.checked_at,
                    index_fingerprint=finding.index_fingerprint,
                    reasons=[dict(reason) for reason in finding.reasons],
                )
            )

    def of(self, answers: Sequence[SavedAnswer]) -> Mapping[tuple[str, int], Finding]:
        """The findings of these answers that there are, by answer id and version."""
        wanted = {(one.answer_id, one.version) for one in answers}
        rows = select(FindingRow).where(FindingRow.answer_id.in_({one.answer_id for one in answers}))
        with self._database.reading() as session:
            found = [_finding(row) for row in session.scalars(rows)]
        return {(one.answer_id, one.version): one for one in found if (one.answer_id, one.version) in wanted}


def _finding(row: FindingRow) -> Finding:
    return Finding(row.answer_id, row.version, row.checked_at, row.index_fingerprint, tuple(row.reasons))
