"""The commands `rag index ...`: build, compare, verify, list and inspect indexes. Parse, call, print."""

from __future__ import annotations

from dataclasses import asdict

import click

from rag.console import FORMAT, print_json, progress_shown, settings_from
from rag.errors import IndexBrokenError

_SHOWN = 20


@click.group()
def index() -> None:
    """Build, compare, verify, list and inspect indexes."""


@index.command("build")
@click.argument("name", required=False)
@click.option("--anew", is_flag=True, help="Embed everything again; take nothing over from the old index.")
@FORMAT
def build_command(name: str | None, anew: bool, form: str) -> None:
    """Build the index NAME from the corpus.

    What has not changed is taken over from the old index, which stays usable until the new one is whole. An
    interrupted build goes on where it was.
    """
    from rag.factory import build, index_folder

    settings = settings_from(index=name)
    with progress_shown() as progress:
        built = build(settings, progress, anew=anew)
    counts = built.manifest.counts
    if form == "json":
        print_json(
            {
                "name": built.manifest.name,
                "fingerprint": built.manifest.fingerprint,
                "folder": str(index_folder(settings)),
                "counts": counts,
                "reused_sources": built.reused_sources,
                "reused_vectors": built.reused_vectors,
                "embedded": built.embedded,
            }
        )
        return
    click.echo(
        f"Index {built.manifest.name}: {counts['sources']} sources, {counts['passages']} passages, "
        f"{counts['sentences']} sentences, in {index_folder(settings)}; {built.embedded} texts embedded, "
        f"{built.reused_vectors} taken over"
    )


@index.command("diff")
@click.argument("name", required=False)
@FORMAT
def diff_command(name: str | None, form: str) -> None:
    """Say what `rag index build NAME` would do: which sources are new, changed or gone, and how much is embedded."""
    from rag.factory import compare

    settings = settings_from(index=name)
    found = compare(settings)
    if form == "json":
        print_json({"name": settings.index, "up_to_date": found.up_to_date, **asdict(found)})
        return
    for reason in found.reasons:
        click.echo(f"! {reason}")
    for mark, ids in (("+", found.added), ("~", found.changed), ("-", found.removed)):
        for source_id in ids[:_SHOWN]:
            click.echo(f"{mark} {source_id}")
        if len(ids) > _SHOWN:
            click.echo(f"{mark} ... and {len(ids) - _SHOWN} more")
    if found.up_to_date:
        click.echo(f"Index {settings.index} is up to date: {found.unchanged} sources, {found.texts} texts")
        return
    click.echo(
        f"Index {settings.index}: {len(found.added)} sources new, {len(found.changed)} changed, "
        f"{len(found.removed)} gone, {found.unchanged} unchanged; {found.embed} of {found.texts} texts to embed"
    )


@index.command("verify")
@click.argument("name", required=False)
@click.option(
    "--sample", default=200, show_default=True, type=click.IntRange(min=1), help="Vectors made again, a kind."
)
@click.option("--all", "everything", is_flag=True, help="Make all vectors again; takes as long as a build.")
@FORMAT
def verify_command(name: str | None, sample: int, everything: bool, form: str) -> None:
    """Check every byte of the index NAME, and that its vectors come out again. Exits with 1 where they do not."""
    from rag.factory import verify

    settings = settings_from(index=name)
    with progress_shown() as progress:
        found = verify(settings, None if everything else sample, progress)
    if form == "json":
        print_json({"name": settings.index, "sound": not found.faults, **asdict(found)})
    else:
        for fault in found.faults:
            click.echo(f"{fault.part}: {fault.what}")
    if found.faults:
        raise IndexBrokenError(
            f"index '{settings.index}' is not sound",
            value=f"{len(found.faults)} {'fault' if len(found.faults) == 1 else 'faults'}",
            mend=f"rag index build {settings.index}",
        )
    if form == "terminal":
        click.echo(
            f"Index {settings.index} is sound: {found.files} files, {found.size:,} bytes; {found.vectors} vectors made "
            f"again, least cosine {found.least_cosine:.4f}"
        )


@index.command("list")
@FORMAT
def list_command(form: str) -> None:
    """List the built indexes."""
    from rag.factory import manifests

    settings = settings_from()
    found = manifests(settings)
    if form == "json":
        print_json([manifest.model_dump(exclude={"files", "source_hashes"}) for manifest in found])
    elif not found:
        click.echo(f"No index in {settings.indexes_dir} yet: rag index build")
    for manifest in found if form == "terminal" else ():
        counts = manifest.counts
        click.echo(
            f"{manifest.name}\t{counts['sources']} sources\t{counts['passages']} passages\t"
            f"{manifest.encoder['name']}\t{manifest.built_at}\t{manifest.fingerprint[:12]}"
        )


@index.command("inspect")
@click.argument("name", required=False)
def inspect_command(name: str | None) -> None:
    """Print what the index NAME was built from and with, as JSON."""
    from rag.factory import index_folder
    from rag.indexing.layout import read_manifest

    print_json(read_manifest(index_folder(settings_from(index=name))).model_dump())
