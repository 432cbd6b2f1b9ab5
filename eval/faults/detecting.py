"""What the audit finds of planted faults, and what it objects to in claims that nobody broke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.auditing import Finding, audit
from eval.faults.base import FITTING, Library, Site
from eval.faults.breaking import Broken, split_at
from eval.planted.cases import Split
from eval.planted.judging import Checker
from rag.types import Progress, no_progress


@dataclass(frozen=True, slots=True)
class Detected:
    """A broken answer, what the audit says of the broken claim, and whether it passed before it was broken."""

    broken: Broken
    findings: tuple[Finding, ...]
    passed_before: bool

    @property
    def found(self) -> bool:
        """Whether anything was found on that claim."""
        return bool(self.findings)

    @property
    def named(self) -> bool:
        """Whether what was found has a name that fits the fault."""
        return any(one.fault in FITTING[self.broken.card.family] for one in self.findings)


@dataclass(frozen=True, slots=True)
class Unbroken:
    """A claim as its answer has it, and what the audit says of it: each finding is a false alarm."""

    question_id: str
    site: Site
    findings: tuple[Finding, ...]

    @property
    def split(self) -> Split:
        """The half of the sources that it rests on."""
        return split_at(self.site)


def audit_unbroken(
    sites: Sequence[tuple[str, Site]], library: Library, checker: Checker, progress: Progress = no_progress
) -> list[Unbroken]:
    """What the audit says of each claim, in order."""
    audited = []
    for number, (question_id, site) in enumerate(sites, start=1):
        findings = audit(site.answer, library.documents, checker, only=(site.part, site.name))
        audited.append(Unbroken(question_id, site, findings))
        progress("unbroken claims audited", number, len(sites))
    return audited


def detect(
    broken: Sequence[Broken], unbroken: Sequence[Unbroken], checker: Checker, progress: Progress = no_progress
) -> list[Detected]:
    """What the audit says of each broken claim, in order; of its answer nothing else is asked."""
    clean = {one.site.key for one in unbroken if not one.findings}
    detected = []
    for number, one in enumerate(broken, start=1):
        place = (one.planted.part, one.planted.name)
        findings = audit(one.planted.answer, one.site.library.documents, checker, only=place)
        detected.append(Detected(one, findings, one.site.key in clean))
        progress("broken claims audited", number, len(broken))
    return detected
