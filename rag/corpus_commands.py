"""The commands `rag corpus ...`: parse, call, print. No decisions about sources here."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from rag.console import DRY_RUN, FORMAT, print_json, say, settings_from
from rag.corpus_intake import corpus_add, corpus_fetch
from rag.errors import ConfigError, CorpusError


@click.group()
def corpus() -> None:
    """Add, fetch, check, list and show the sources, and keep their lives up to date."""


corpus.add_command(corpus_add)
corpus.add_command(corpus_fetch)


@corpus.command("check")
@FORMAT
def corpus_check(form: str) -> None:
    """Name every fault of every corpus file: file, line, what, and how to mend it.

    Exits with 1 where there is an error; warnings leave the corpus usable.
    """
    from rag.curation.findings import check_corpus
    from rag.ingestion.corpus_file import corpus_files
    from rag.ingestion.readers.base import counted

    folder = settings_from().corpus_dir
    sources, findings = check_corpus(corpus_files(folder))
    errors = sum(finding.severity == "error" for finding in findings)
    if form == "json":
        print_json(
            {
                "schema": "sourcebound.findings/1",
                "sources": sources,
                "findings": [asdict(finding) | {"path": str(finding.path)} for finding in findings],
            }
        )
    for finding in findings if form == "terminal" else ():
        click.echo(str(finding))
    if errors:
        raise CorpusError(f"{counted(errors, 'error')} in the corpus", value=folder, mend="each is named above")
    if form == "terminal":
        warned = f", {counted(len(findings), 'warning')}" if findings else ""
        click.echo(f"{sources} sources are sound{warned}")


@corpus.command("list")
@FORMAT
def corpus_list(form: str) -> None:
    """List the sources with their kind, year and status."""
    from rag.ingestion.corpus_file import read_corpus

    sources = [document.source for document in read_corpus(settings_from().corpus_dir)]
    if form == "json":
        print_json([asdict(source) for source in sources])
    for source in sources if form == "terminal" else ():
        click.echo(f"{source.source_id:42} {source.kind:9} {source.year} {source.status:10} {source.title}")


@corpus.command("show")
@click.argument("source_id")
@FORMAT
def corpus_show(source_id: str, form: str) -> None:
    """Show the source SOURCE_ID: its record and its text, whose offsets citations count in."""
    from rag.factory import passages_of
    from rag.ingestion.corpus_file import find_document

    settings = settings_from()
    document = find_document(settings.corpus_dir, source_id)
    if form == "json":
        print_json(
            {
                "schema": "sourcebound.document/1",
                "source": asdict(document.source),
                "text": document.text,
                "passages": [
                    {key: value for key, value in asdict(passage).items() if key not in ("source_id", "kind")}
                    for passage in passages_of(document, settings)
                ],
            }
        )
        return
    for key, value in asdict(document.source).items():
        if key == "notices":
            for notice in value:
                shown = ", ".join(f"{name} {one}" for name, one in notice.items() if one and name != "kind")
                click.echo(f"{notice['kind']}: {shown}")
        elif value not in (None, ()):
            click.echo(f"{key}: {', '.join(value) if isinstance(value, tuple) else value}")
    click.echo(f"\n{document.text}")


@corpus.command("refresh-status")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mark-checked", metavar="DATE", help="Also record DATE in every source with a DOI or PMID.")
@DRY_RUN
@FORMAT
def corpus_refresh_status(file: Path, mark_checked: str | None, dry_run: bool, form: str) -> None:
    """Bring the lives of the sources up to date with FILE, a Retraction Watch export (CSV).

    Sources are matched by DOI and PMID. Retractions, expressions of concern, corrections and reinstatements are kept
    apart; a paper is retracted as long as no later reinstatement takes the retraction back.
    """
    from rag.curation.lives import is_day
    from rag.curation.retraction_watch import mark_checked as mark
    from rag.curation.retraction_watch import refresh, rows
    from rag.ingestion.corpus_file import read_corpus

    if mark_checked is not None and not is_day(mark_checked):
        raise ConfigError("--mark-checked wants a day", value=mark_checked, mend="such as 2025-08-22")
    folder = settings_from().corpus_dir
    sources = [document.source for document in read_corpus(folder)]
    changes, doubtful = refresh(sources, rows(file), folder, dry_run=dry_run)
    for source_id in doubtful:
        say(f"Warning: {source_id}: passed over a row that names its DOI or PMID together with another source's")
    sure = [source for source in sources if source.source_id not in doubtful]
    marked = mark(sure, folder, mark_checked) if mark_checked and not dry_run else 0
    if form == "json":
        print_json(
            {
                "schema": "sourcebound.status/1",
                "dry_run": dry_run,
                "changes": [asdict(change) for change in changes],
                "doubtful": doubtful,
                "dated": marked,
            }
        )
        return
    for change in changes:
        click.echo(str(change))
    would = "would change" if dry_run else "changed"
    click.echo(f"{len(sources)} sources looked up, {len(changes)} {would}" + (f", {marked} dated" if marked else ""))
