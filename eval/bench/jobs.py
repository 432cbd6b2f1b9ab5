"""The order of the measurements, and the folder that keeps the finished ones, so that an interrupted run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.bench.measuring import BenchError

Measure = Literal["build", "update", "ask", "serve"]
OURS, ANSWER = "sourcebound", "answer"
PEERS = ("langchain", "llamaindex", "txtai")
SYSTEMS = (OURS, *PEERS)
TAKING_PART: dict[Measure, tuple[str, ...]] = {
    "build": SYSTEMS,
    "update": SYSTEMS,
    "ask": (*SYSTEMS, ANSWER),
    "serve": SYSTEMS,
}
"""Which systems are measured how; `ANSWER` is the whole of `rag ask`, of which our `ask` is the search alone."""

Result = dict[str, Any]
Results = dict[tuple[str, str], list[Result]]
"""(measure, system) -> its results, in the order of the runs."""


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement of one system."""

    measure: Measure
    system: str
    run: int

    @property
    def name(self) -> str:
        """Its name as a file."""
        return f"{self.measure}.{self.system}.{self.run}"


def jobs_in_turns(runs: Mapping[Measure, int]) -> list[Job]:
    """All jobs. Within a measure the systems take turns, and each run begins with the next one."""
    jobs = []
    for measure, systems in TAKING_PART.items():
        for run in range(runs[measure]):
            first = run % len(systems)
            jobs += [Job(measure, system, run) for system in systems[first:] + systems[:first]]
    return jobs


class Records:
    """The folder of the results, one JSON file a job; and the setup they were measured on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> Result | None:
        """What was kept under a name; None where nothing was."""
        path = self._folder / f"{name}.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None

    def keep(self, name: str, result: Result) -> None:
        """Keep a result, whole or not at all."""
        path = self._folder / f"{name}.json"
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(beside, path)

    def settle(self, setup: Result, same: Iterable[str]) -> Result:
        """The setup of this folder: the one kept here if it agrees in the fields `same`, else this one where none is.

        Raises:
            BenchError: results of another setup lie here.
        """
        kept = self.read("setup")
        if kept is None:
            self.keep("setup", setup)
            return setup
        for field in same:
            if kept.get(field) != setup.get(field):
                raise BenchError(
                    f"the folder has results of another setup: {field} was {kept.get(field)}, is {setup.get(field)}",
                    mend=f"choose another --work, or delete {self._folder}",
                )
        return kept


def run_jobs(
    jobs: Sequence[Job], records: Records, perform: Callable[[Job], Result], tell: Callable[[str], None]
) -> Results:
    """Do the jobs that have no result yet, and give back the results of all, each with the `load` it began under."""
    results: Results = {}
    for number, job in enumerate(jobs, start=1):
        result = records.read(job.name)
        if result is None:
            load = os.getloadavg()[0]
            result = perform(job) | {"load": load}
            records.keep(job.name, result)
            tell(f"{number}/{len(jobs)} {job.name}: {result['seconds']:.2f} s")
        results.setdefault((job.measure, job.system), []).append(result)
    return results
