"""The commands `rag corpus add` and `rag corpus fetch`: parse, call, print what was understood."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.console import DRY_RUN, FORMAT, print_json, progress_shown, say, settings_from
from rag.errors import ConfigError, CorpusError, RagError
from rag.types import no_progress

if TYPE_CHECKING:
    from rag.curation.adding import Batch
    from rag.ingestion.readers.base import Reading

_WORTH_A_BAR_BYTES = 2**22
_MANY = ("PubMed XML", "JSON lines", "RIS", "BibTeX")


def _source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that state fields of the sources to be added."""
    for option in reversed(
        [
            click.option("--kind", type=click.Choice(["guideline", "research"]), help="Kind of the sources."),
            click.option("--year", type=click.IntRange(1800, 2100), help="Year of publication."),
            click.option("--title", help="Title, for a file with one source."),
            click.option("--authors", help="Authors."),
            click.option("--organisation", help="Issuing body of a guideline."),
            click.option("--journal", help="Journal."),
            click.option("--doi", help="DOI, for a file with one source."),
            click.option("--pmid", help="PMID, for a file with one source."),
            click.option("--url", help="Address."),
            click.option("--study-type", help="Study type."),
            click.option("--licence", help="Licence of the text."),
            click.option("--topic", "topics", multiple=True, help="Topic slug; may be given more than once."),
        ]
    ):
        command = option(command)
    return command


def _asked(name: str, reading: Reading) -> str | None:
    """Ask on the terminal for what a file does not say."""
    shown = reading.title or reading.place or "the source"
    if name == "kind":
        return str(click.prompt(f"Kind of “{shown}”", type=click.Choice(["guideline", "research"]), err=True))
    if name == "year":
        return str(click.prompt(f"Year of “{shown}”", type=click.IntRange(1800, 2100), err=True))
    return str(click.prompt(f"{name.capitalize()} of {shown}", err=True))


def _field_map(pairs: Iterable[str]) -> dict[str, str]:
    from rag.ingestion.readers.json_lines import USUAL_KEYS

    found = {}
    for pair in pairs:
        name, sign, key = pair.partition("=")
        if not sign or name not in USUAL_KEYS or not key:
            raise ConfigError("--map wants FIELD=KEY", value=pair, mend=f"fields: {', '.join(USUAL_KEYS)}")
        found[name] = key
    return found


@click.command("add")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_source_options
@click.option("--map", "pairs", multiple=True, metavar="FIELD=KEY", help="JSON lines: which key holds a field.")
@DRY_RUN
@FORMAT
def corpus_add(files: tuple[Path, ...], *, pairs: tuple[str, ...], dry_run: bool, form: str, **given: Any) -> None:
    """Add FILES to the corpus: Markdown, text, HTML, PDF, JATS, PubMed XML, JSON lines, RIS, BibTeX; also as .gz.

    Shows what was understood of each. A file that cannot be read is named in one line, nothing of it is added, and the
    rest is still read; the exit status is then 1.
    """
    from rag.curation.sources import nobody
    from rag.factory import adder, reader

    settings = settings_from()
    _refuse_shared_identity(files, given)
    field_map, topics = _field_map(pairs), given.pop("topics")
    ask = _asked if sys.stdin.isatty() and sys.stderr.isatty() and form == "terminal" else nobody
    adding = adder(settings, given=given, topics=topics, among_many=len(files) > 1, ask=ask, dry_run=dry_run)
    batches: list[tuple[str, Batch]] = []
    failed: list[RagError] = []
    for path in files:
        try:
            one = reader(path, settings, field_map)
            size = path.stat().st_size
            long = one.format in _MANY and size > _WORTH_A_BAR_BYTES
            with progress_shown() if long else nullcontext(no_progress) as progress:

                def seen(reading: Reading, path: Path = path, size: int = size) -> None:
                    if reading.read_bytes:
                        progress(f"reading {path.name}", min(reading.read_bytes, size), size)

                batch = adding.add(str(path), one.read(path), many=one.format in _MANY, seen=seen)
            batches.append((one.format, batch))
            if form == "terminal":
                _show(batch, one.format, dry_run)
        except Exception as error:
            failed.append(error if isinstance(error, RagError) else CorpusError(f"{path}: cannot be read", value=error))
            if len(files) > 1:
                say(f"Error: {failed[-1]}")
    _report(batches, [str(error) for error in failed], form, dry_run)
    if failed and len(files) == 1:
        raise failed[0]
    if failed:
        raise CorpusError(f"{len(failed)} of {len(files)} files were not added", mend="each is named above")


def _of_one_source(given: Mapping[str, Any]) -> str | None:
    """The option given, if any, that can only be true of one source."""
    return next((name for name in ("title", "doi", "pmid") if given.get(name)), None)


def _refuse_shared_identity(files: tuple[Path, ...], given: dict[str, Any]) -> None:
    single = _of_one_source(given)
    if single and len(files) > 1:
        raise ConfigError(f"--{single} names one source", value=f"{len(files)} files", mend="add that file alone")


def _show(batch: Batch, form: str, dry_run: bool) -> None:
    """What became of a file, and what was understood of its first sources."""
    from rag.ingestion.readers.base import counted

    for understood in batch.first:
        source = understood.source
        click.echo(f"{source.source_id}: {source.title}")
        headings = ", ".join(understood.headings[:8]) + (", ..." if len(understood.headings) > 8 else "")
        click.echo(
            f"  {source.kind}, {source.year}, {source.status}; {counted(len(understood.headings), 'section')}"
            f"{f' ({headings})' if headings else ''}, {counted(understood.sentences, 'sentence')}"
        )
        for remark in understood.remarks:
            click.echo(f"  note: {remark}")
    if batch.added > len(batch.first):
        click.echo(f"... and {batch.added - len(batch.first)} more")
    for line in batch.linked:
        click.echo(line)
    for line in batch.unlinked:
        say(f"Warning: {line}")
    word = "would be added" if dry_run else "added"
    left = "".join(f", {count} passed over ({reason})" for reason, count in batch.left_out.most_common())
    already = f", {batch.already} already there" if batch.already else ""
    click.echo(f"{batch.origin}: {form}, {batch.added} {word}{already}{left}")


def _report(batches: list[tuple[str, Batch]], failed: list[str], form: str, dry_run: bool) -> None:
    if form == "json":
        print_json(
            {
                "schema": "sourcebound.added/1",
                "dry_run": dry_run,
                "files": [
                    {"format": name} | asdict(batch) | {"left_out": dict(batch.left_out)} for name, batch in batches
                ],
                "errors": failed,
            }
        )
    elif any(batch.added for _, batch in batches) and not dry_run:
        click.echo("Now: rag corpus check; then rag index build")


@click.group("fetch")
def corpus_fetch() -> None:
    """Fetch sources from a literature server. Only the query and what it finds leave this machine."""


@corpus_fetch.command("pubmed")
@click.argument("query")
@click.option("--max", "limit", type=click.IntRange(1), default=20, show_default=True, help="How many records at most.")
@_source_options
@click.option("--refresh", is_flag=True, help="Fetch again what is already kept.")
@DRY_RUN
@FORMAT
def corpus_fetch_pubmed(query: str, limit: int, *, refresh: bool, dry_run: bool, form: str, **given: Any) -> None:
    """Search PubMed for QUERY and add what it finds, with its abstracts.

    Records are kept in RAG_CACHE_DIR: a fetch that was interrupted goes on where it stopped, and no record is fetched
    twice. The key of NCBI is taken from RAG_PUBMED_API_KEY or NCBI_API_KEY.
    """
    from rag.factory import adder, fetch_guard, pubmed_client, reader

    settings = settings_from()
    query = fetch_guard(settings, say).admit(query)
    single = _of_one_source(given)
    if single:
        raise ConfigError(f"--{single} names one source", value="a fetch", mend="leave it out")
    with pubmed_client(settings) as client, progress_shown() as progress:
        found = client.search(query, limit)
        for warning in found.warnings:
            say(f"PubMed: {warning}")
        if not found.ids:
            raise CorpusError("PubMed finds nothing", value=query, mend="use other words")
        fetched = client.fetch(found.ids, progress, refresh=refresh)

    def readings() -> Iterator[Reading]:
        for path in fetched.paths:
            yield from reader(path, settings).read(path)

    topics = given.pop("topics")
    batch = adder(settings, given=given, topics=topics, dry_run=dry_run).add(f"PubMed “{query}”", readings(), many=True)
    if form == "terminal":
        click.echo(f"PubMed finds {found.count} records, read as: {found.translation}")
        _show(batch, "PubMed XML", dry_run)
    missing = [f"PubMed did not return: {', '.join(fetched.missing)}"] if fetched.missing else []
    for line in missing:
        say(line)
    _report([("PubMed XML", batch)], missing, form, dry_run)
