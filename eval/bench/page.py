"""docs/performance.md: what stands between its markers is written from the results; the words around them are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.bench.figures import Figure, Figures, Ratio, figure_of, lost_after_update
from eval.bench.jobs import ANSWER, OURS, SYSTEMS, Result, Results
from eval.bench.measuring import BenchError

BEGIN, END = "<!-- bench: written by make bench -->", "<!-- bench: end -->"
NAMES = {
    OURS: "Sourcebound",
    ANSWER: "`rag ask`",
    "langchain": "LangChain FAISS",
    "llamaindex": "LlamaIndex FAISS",
    "txtai": "txtai",
}
EMPTY_PAGE = f"# Performance\n\n{BEGIN}\n{END}\n"

Cell = Callable[[float], str]
_tenths, _hundredths = "{:.1f}".format, "{:.2f}".format


def _megabytes(value: float) -> str:
    return f"{value / 1e6:.0f}" if value >= 1e8 else f"{value / 1e6:.1f}"


_ROWS: tuple[tuple[str, str, Cell], ...] = (
    ("build, whole call, s", "build_s", _tenths),
    ("**build rate**, whole call, passages/s", "build_rate", _tenths),
    ("build rate, imports left out, passages/s", "build_rate_work", _tenths),
    (
        "**rebuild after one changed source**, as on the first page, whole call, s",
        "rebuild_s",
        _hundredths,
    ),
    ("the same, by the incremental call, whole call, s", "update_s", _hundredths),
    ("the same, by the incremental call, imports left out, s", "update_work_s", _hundredths),
    ("**cold first question**, search alone, whole call, s", "ask_s", _hundredths),
    ("opening the saved index in a started program, s", "open_s", _hundredths),
    ("**warm search p50**, ms", "p50_ms", _tenths),
    ("warm search p95, ms", "p95_ms", _tenths),
    ("peak memory while building, MB", "build_peak_bytes", _megabytes),
    ("peak memory while serving, MB", "serve_peak_bytes", _megabytes),
    ("saved index on disk, MB", "disk_bytes", _megabytes),
    ("of that, the query encoder, MB", "encoder_bytes", _megabytes),
)


def _cell(figure: Figure | None, form: Cell) -> str:
    if figure is None:
        return ""
    middle, low, high = (form(value) for value in (figure.middle, figure.low, figure.high))
    return middle if low == high else f"{middle} ({low} to {high})"


def figures_table(figures: Figures) -> str:
    """One row a measure, one column a system: the median, and the range of the runs where they differ."""
    lines = [
        f"| | {' | '.join(NAMES[system] for system in SYSTEMS)} |",
        f"|---|{'---|' * len(SYSTEMS)}",
    ]
    for words, name, form in _ROWS:
        cells = [_cell(figures[name].get(system), form) for system in SYSTEMS]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    whole = _cell(figures["ask_s"].get(ANSWER), _hundredths)
    lines.insert(
        lines.index(next(line for line in lines if "cold first question" in line)) + 1,
        f"| cold first question, `rag ask`: a verified answer, whole call, s | {whole} | | | |",
    )
    return "\n".join(lines)


def ratios_table(ratios: list[Ratio]) -> str:
    """One row a promise: what was asked for, what was measured, kept or not."""
    lines = ["| ratio of the medians | wanted | measured | |", "|---|---|---|---|"]
    for ratio in ratios:
        if ratio.at_least:
            wanted, measured = f"at least {ratio.bound:g}", f"{ratio.value:.1f}"
        else:
            wanted = f"at most 1/{1 / ratio.bound:.0f}"
            measured = f"1/{1 / ratio.value:.1f}" if ratio.value < 1 else f"{ratio.value:.1f}"
        lines.append(f"| {ratio.what} | {wanted} | {measured} | {'reached' if ratio.kept else '**not reached**'} |")
    return "\n".join(lines)


def _setup_words(setup: Result, results: Results) -> str:
    machine = setup["machine"]
    counts = ", ".join(f"{measure} {len(runs)}" for (measure, system), runs in results.items() if system == OURS)
    versions: dict[str, str] = {}
    for system in SYSTEMS:
        versions |= results["build", system][0]["report"]["versions"]
    loads = figure_of(result["load"] for runs in results.values() for result in runs)
    texts = "SciFact abstracts" if setup["texts"] == "SciFact" else "the shipped corpus (no `SOURCEBOUND_DATA`)"
    return "\n".join(
        [
            f"Measured on {setup['date']}: {machine.get('processor')}, {machine.get('cores')} cores, "
            f"{machine.get('memory', 'memory unknown')}, {machine.get('system')}, Python {machine.get('python')}, no "
            "accelerator.",
            "",
            f"Texts: {texts}; {setup['passages']:,} passages of {setup['sources']:,} sources, {setup['questions']} "
            "questions. Model: all-MiniLM-L6-v2. Interleaved runs: " + counts + ".",
            "",
            f"Load average of the machine when a run began (the run before it counts): median {loads.middle:.1f}, "
            f"highest {loads.high:.1f}.",
            "",
            "Versions: " + ", ".join(f"{name} {number}" for name, number in versions.items()) + ".",
        ]
    )


def _lost_words(results: Results) -> str:
    lost = {system: counts for system, counts in lost_after_update(results).items() if counts[0]}
    if not lost:
        return "After its update every index found the changed passages, and those at its end, by their own words."
    faults = "; ".join(f"{NAMES[system]}: {missing} of {sought}" for system, (missing, sought) in lost.items())
    return (
        "After its update each index was asked for the changed passages, and for those at its end, by their own words. "
        f"Not among the first ten were: {faults}."
    )


def _remarks(results: Results) -> str:
    outcome = results["ask", ANSWER][0]["report"]["outcome"]
    return "\n".join(
        [
            "- A call is a program from start to end, imports included. Files are in the system's cache: cold means a "
            "new program, not a new machine; `make bench` compiles all packages before, as a first call would. A cell "
            "is the median, with the lowest and the highest run.",
            "- Our build does more than the peers': it embeds every sentence by itself besides the passages, writes a "
            "lexical index, exports the encoder, and hashes every file. The peers embed the passages alone. Imports "
            "that our build does late are counted as work.",
            "- Our search is hybrid (by vector and by words, fused); the peers search by vector. All return ten "
            "passages; the query is embedded within the time.",
            f"- `rag ask` also composes, verifies and renders an answer; the outcome here was an {outcome}.",
            "- Our vectors may be computed with int8 weights, the peers' are computed in float32: what that costs in "
            "ranking is in [retrieval.md](retrieval.md).",
            "- Rebuild: one sentence more in the middle of one source. The peers' first pages have no rebuild: one "
            "builds anew, so their first row is that of the build. Their incremental calls are delete by id and add "
            "(LangChain), delete and insert nodes of the map store (LlamaIndex), delete and upsert (txtai). Each is "
            "told which passages changed; ours finds out by itself. "
            f"{_lost_words(results)}",
            "- Our index carries its query encoder; a peer's needs the model's folder (91 MB) and its libraries beside "
            "it. Peak memory counts mapped files.",
            "- Each peer runs with its defaults (batch size, threads, exact FAISS index) and unit vectors.",
        ]
    )


def results_text(setup: Result, results: Results, figures: Figures, ratios: list[Ratio], plot: str | None) -> str:
    """What stands between the markers."""
    parts = [_setup_words(setup, results), figures_table(figures)]
    if plot is not None:
        parts.append(f"![The same figures as dots on logarithmic scales]({plot})")
    parts += ["## What was promised", ratios_table(ratios), "## How to read it", _remarks(results)]
    return "\n\n".join(parts)


def put_between_markers(page: str, text: str) -> str:
    """The page with this text between its markers.

    Raises:
        BenchError: the page has not one of each marker, in this order.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise BenchError("the page needs one begin and one end marker", value=f"{BEGIN} ... {END}")
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def write_page(path: Path, text: str) -> None:
    """Put the text into the page, which is made where there is none."""
    page = path.read_text(encoding="utf-8") if path.is_file() else EMPTY_PAGE
    path.write_text(put_between_markers(page, text), encoding="utf-8")
