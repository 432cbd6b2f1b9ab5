"""The benchmark's own logic, with made-up systems: turns, resuming, figures, ratios, and the page between markers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.bench.calls import Caller
from eval.bench.figures import Figure, Ratio, figure_of, figures_of, percentile, ratios_of
from eval.bench.jobs import ANSWER, OURS, PEERS, SYSTEMS, Job, Records, Result, Results, jobs_in_turns, run_jobs
from eval.bench.machine import machine_facts
from eval.bench.measuring import BenchError, child_environment, measure
from eval.bench.page import BEGIN, EMPTY_PAGE, END, put_between_markers, ratios_table, results_text, write_page
from eval.bench.systems.command import read_change, read_passages
from eval.bench.texts import ADDED, write_texts
from rag.indexing.gathering import indexed_text

RUNS = {"build": 2, "update": 1, "ask": 3, "serve": 1}
SETUP = {
    "texts": "SciFact",
    "sources": 250,
    "passages": 1000,
    "questions": 4,
    "fingerprint": "f",
    "date": "2026-01-02",
    "machine": {"processor": "an abacus", "cores": "2", "memory": "1.0 GiB", "system": "Linux", "python": "3.11.7"},
}


def made_up(job: Job) -> Result:
    """Ours builds in 10 s, the peers in 100, 200 and 400 s; everything else in a hundredth of it."""
    speed = {OURS: 10.0, ANSWER: 20.0, "langchain": 100.0, "llamaindex": 200.0, "txtai": 400.0}[job.system]
    seconds = speed if job.measure == "build" else speed / 100
    report: dict[str, Any] = {"work_s": seconds / 2, "versions": {job.system: "1.0"}, "open_s": 0.5}
    report |= {"latencies_ms": [speed, speed, speed], "outcome": "answer"}
    result: Result = {"seconds": seconds + job.run, "peak_bytes": 10**8, "report": report}
    return result | {"disk_bytes": 10**7, "encoder_bytes": 0, "lost": [], "looked_for": 9, "load": 0.5}


def measured() -> Results:
    results: Results = {}
    for job in jobs_in_turns(RUNS):
        results.setdefault((job.measure, job.system), []).append(made_up(job))
    return results


def without_load(results: Results) -> Results:
    return {key: [result | {"load": 0} for result in runs] for key, runs in results.items()}


def test_systems_take_turns_and_each_run_begins_with_the_next() -> None:
    jobs = jobs_in_turns(RUNS)
    builds = [(job.run, job.system) for job in jobs if job.measure == "build"]
    assert [system for run, system in builds if run == 0] == [OURS, "langchain", "llamaindex", "txtai"]
    assert [system for run, system in builds if run == 1] == ["langchain", "llamaindex", "txtai", OURS]
    assert {job.system for job in jobs if job.measure == "ask"} == {*SYSTEMS, ANSWER}
    assert ANSWER not in {job.system for job in jobs if job.measure != "ask"}
    assert len({job.name for job in jobs}) == len(jobs) == 2 * 4 + 4 + 3 * 5 + 4


def test_every_saved_index_is_built_before_it_is_used() -> None:
    jobs = jobs_in_turns(RUNS)
    for job in jobs:
        system = OURS if job.system == ANSWER else job.system
        assert jobs.index(Job("build", system, 0)) <= jobs.index(job)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    jobs, done = jobs_in_turns(RUNS), list[str]()

    def failing_at_the_sixth(job: Job) -> Result:
        if len(done) == 5:
            raise BenchError("a call failed with 1")
        done.append(job.name)
        return made_up(job)

    with pytest.raises(BenchError, match="failed with 1"):
        run_jobs(jobs, Records(tmp_path), failing_at_the_sixth, lambda line: None)
    again, lines = list[str](), list[str]()

    def noting(job: Job) -> Result:
        again.append(job.name)
        return made_up(job)

    results = run_jobs(jobs, Records(tmp_path), noting, lines.append)
    assert done + again == [job.name for job in jobs]
    assert len(lines) == len(again)
    assert all(result["load"] >= 0 for runs in results.values() for result in runs)
    assert without_load(results) == without_load(measured())


def test_a_folder_with_results_of_other_texts_is_refused(tmp_path: Path) -> None:
    records = Records(tmp_path)
    assert records.settle(SETUP, same=("passages",)) == SETUP
    later = SETUP | {"date": "2026-02-03"}
    assert records.settle(later, same=("passages",)) == SETUP
    with pytest.raises(BenchError, match="passages was 1000, is 999"):
        records.settle(SETUP | {"passages": 999}, same=("passages",))


def test_figures_are_medians_with_their_range() -> None:
    assert figure_of([3.0, 1.0, 10.0]) == Figure(3.0, 1.0, 10.0)
    figures = figures_of(measured(), passages=1000)
    assert figures["build_s"]["langchain"] == Figure(100.5, 100.0, 101.0)
    assert figures["build_rate"][OURS] == figure_of([1000 / 10, 1000 / 11])
    assert figures["build_rate_work"][OURS].middle == 200
    assert figures["update_s"]["txtai"].middle == 4.0
    assert figures["rebuild_s"]["txtai"] == figures["build_s"]["txtai"]
    assert figures["rebuild_s"][OURS] == figures["update_s"][OURS]
    assert figures["ask_s"][ANSWER].middle == pytest.approx(1.2)
    assert ANSWER not in figures["p50_ms"]


def test_percentiles_are_those_of_numpy_and_the_first_questions_are_not_counted() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 50) == 50.5
    assert percentile(values, 95) == pytest.approx(95.05)
    assert percentile([7.0], 95) == 7.0
    results = measured()
    results["serve", OURS][0]["report"]["latencies_ms"] = [1000.0] * 20 + [3.0] * 30
    assert figures_of(results, passages=1000)["p50_ms"][OURS].middle == 3.0


def test_ratios_compare_with_the_best_peer_of_each_measure() -> None:
    ratios = ratios_of(figures_of(measured(), passages=1000))
    assert [(round(ratio.value, 3), ratio.kept) for ratio in ratios] == [
        (round(figure_of([100, 1000 / 11]).middle / figure_of([10, 1000 / 101]).middle, 3), True),
        (10.0, True),
        (round(2.0 / 1.2, 3), False),
        (round(2.0 / 1.1, 3), False),
        (0.1, True),
        (round(0.1 / 10.5, 3), True),
        (round(0.1 / 100.5, 3), True),
        (0.1, False),
    ]


def test_a_promise_that_is_not_kept_is_said_so() -> None:
    table = ratios_table([Ratio("faster", 4.0, 5.0, True), Ratio("of a build", 0.01, 0.02, False)])
    assert "| faster | at least 5 | 4.0 | **not reached** |" in table
    assert "| of a build | at most 1/50 | 1/100.0 | reached |" in table
    assert "| slower | at most 1/50 | 2.5 | **not reached** |" in ratios_table([Ratio("slower", 2.5, 0.02, False)])


def test_the_page_is_written_between_its_markers_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(f"# Title\n\nKept.\n\n{BEGIN}\nold\n{END}\n\nKept too.\n", encoding="utf-8")
    write_page(path, "first")
    write_page(path, "second")
    assert path.read_text(encoding="utf-8") == f"# Title\n\nKept.\n\n{BEGIN}\n\nsecond\n\n{END}\n\nKept too.\n"
    write_page(tmp_path / "new.md", "text")
    assert (tmp_path / "new.md").read_text(encoding="utf-8") == put_between_markers(EMPTY_PAGE, "text")


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{END}"])
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    with pytest.raises(BenchError, match="one begin and one end marker"):
        put_between_markers(page, "text")


def test_the_page_names_the_machine_the_versions_and_every_system() -> None:
    results = measured()
    figures = figures_of(results, passages=1000)
    text = results_text(SETUP, results, figures, ratios_of(figures), "performance.png")
    for words in ("an abacus, 2 cores, 1.0 GiB", "2026-01-02", "1,000 passages of 250 sources", "txtai 1.0"):
        assert words in text
    assert "| build, whole call, s | 10.5 (10.0 to 11.0) | 100.5 (100.0 to 101.0) |" in text
    assert "| cold first question, `rag ask`: a verified answer, whole call, s | 1.20 (0.20 to 2.20) | | | |" in text
    assert "the outcome here was an answer" in text
    assert "median 0.5, highest 0.5" in text
    assert "(performance.png)" in text
    assert "every index found the changed passages" in text


def test_what_an_update_lost_is_on_the_page() -> None:
    results = measured()
    results["update", "llamaindex"][-1]["lost"] = ["a#1", "a#2"]
    figures = figures_of(results, passages=1000)
    text = results_text(SETUP, results, figures, ratios_of(figures), None)
    assert "Not among the first ten were: LlamaIndex FAISS: 2 of 9." in text


def test_the_page_in_the_repository_has_its_markers() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
    assert put_between_markers(page.read_text(encoding="utf-8"), "x")


def test_a_call_is_measured_with_its_report_and_its_memory() -> None:
    program = "print('loading'); import json; big = bytearray(b'x' * 60_000_000); print(json.dumps({'found': 3}))"
    call = measure([sys.executable, "-c", program], child_environment({}, Path.cwd()))
    assert call.report == {"found": 3}
    assert call.peak_bytes > 60_000_000
    assert call.seconds > 0


def test_a_call_that_fails_is_one_line_with_its_last_words() -> None:
    program = "import sys; print('first', file=sys.stderr); sys.exit('no such index')"
    with pytest.raises(BenchError, match=r"failed with 1.*no such index"):
        measure([sys.executable, "-c", program], child_environment({}, Path.cwd()))


def test_a_child_is_offline_and_knows_no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_PASSAGE_CHARS", "100")
    environment = child_environment({"RAG_INDEX": "other"}, Path("/somewhere"))
    assert "RAG_PASSAGE_CHARS" not in environment
    assert environment["RAG_INDEX"] == "other"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["PYTHONPATH"] == "/somewhere"


def test_the_machine_is_described_without_its_name() -> None:
    facts = machine_facts()
    assert int(facts["cores"]) >= 1
    assert set(facts) <= {"processor", "cores", "memory", "system", "python"}


@pytest.fixture
def scifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nine made-up abstracts and two claims, as SciFact has them."""
    folder = tmp_path / "sets" / "claims" / "scifact"
    folder.mkdir(parents=True)
    abstracts = [
        {"doc_id": number, "title": f"On joint {number}.", "abstract": [f"Joint {number} hurts.", "Rest heals it."]}
        for number in range(9)
    ]
    claims = [{"claim": "Nobody knows.", "evidence": {}}, {"claim": "Rest heals.", "evidence": {"4": []}}]
    for name, rows in (("corpus", abstracts), ("claims_dev", claims)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    monkeypatch.setenv("SOURCEBOUND_DATA", str(tmp_path / "sets"))
    return folder


def test_the_peers_get_the_very_passages_that_we_embed(scifact: Path, tmp_path: Path) -> None:
    from rag.config import load_settings
    from rag.factory import passages_of
    from rag.ingestion.corpus_file import read_corpus

    texts = tmp_path / "texts"
    said = write_texts(texts, 7, 300)
    documents = read_corpus(texts / "corpus")
    ours = {
        passage.passage_id: indexed_text(passage, document.source.title)
        for document in documents
        for passage in passages_of(document, load_settings())
    }
    assert {passage.passage_id: passage.text for passage in read_passages(texts)} == ours
    assert said["texts"] == "SciFact"
    assert (said["passages"], said["sources"], said["questions"]) == (6, 4, 2)
    assert json.loads((texts / "questions.json").read_text(encoding="utf-8")) == ["Rest heals.", "Nobody knows."]
    assert write_texts(texts, 7, 300) == said


def test_the_change_is_one_sentence_of_one_source(scifact: Path, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    write_texts(texts, 7, 300)
    old_ids, added = read_change(texts)
    before = {passage.passage_id: passage.text for passage in read_passages(texts)}
    assert set(old_ids) <= set(before)
    assert len({passage_id.partition("#")[0] for passage_id in old_ids}) == 1
    changed = [passage for passage in added if passage.text != before.get(passage.passage_id)]
    assert len(changed) == 1
    assert changed[0].text.replace(f"{ADDED} ", "") == before[changed[0].passage_id]


def test_without_the_public_sets_the_texts_are_the_shipped_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCEBOUND_DATA", raising=False)
    said = write_texts(tmp_path / "texts", 20, 300)
    assert said["texts"] == "shipped corpus"
    assert 10 < said["passages"] <= 20
    assert said["questions"] >= 200


def test_an_update_works_on_copies_and_puts_the_source_back(
    scifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(tmp_path)
    write_texts(tmp_path / "texts", 7, 300)
    change = json.loads((tmp_path / "texts" / "change.json").read_text(encoding="utf-8"))
    source = tmp_path / "texts" / "corpus" / change["file"]
    original = source.read_bytes()
    store = tmp_path / "stores" / "txtai"
    store.mkdir(parents=True)
    (store / "saved").write_text("old", encoding="utf-8")
    wanted = [one["passage_id"] for one in change["add"]]

    def scripted(command: list[str], environment: dict[str, str]) -> Any:
        from eval.bench.measuring import Call

        action, questions = command[3], command[7:]
        if action == "update":
            assert source.read_bytes() != original
            (Path(command[6]) / "saved").write_text("new", encoding="utf-8")
            return Call(1.0, 5, {"work_s": 0.5})
        asked = json.loads(Path(questions[0]).read_text(encoding="utf-8"))
        return Call(1.0, 5, {"found": [[wanted[0]]] + [["another#1"]] * (len(asked) - 1)})

    monkeypatch.setattr("eval.bench.calls.measure", scripted)
    result = caller.perform(Job("update", "txtai", 0))
    assert source.read_bytes() == original
    assert (store / "saved").read_text(encoding="utf-8") == "old"
    assert not (tmp_path / "scratch").exists()
    assert result["looked_for"] == len(result["lost"]) + 1
    with pytest.raises(BenchError, match="no saved index"):
        caller.perform(Job("ask", PEERS[0], 0))
