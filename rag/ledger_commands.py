"""The commands `rag ledger ...`: list, show, recheck and renew saved answers, and read the audit trail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from rag.console import FORMAT, print_json, progress_shown, say, settings_from
from rag.errors import LedgerError

if TYPE_CHECKING:
    from rag.ledger.base import AuditEntry, Finding, SavedAnswer
    from rag.review.base import Standing
    from rag.review.rechecks import Rechecked

ENTRY_SCHEMA = "sourcebound.saved-answer/1"


@click.group()
def ledger() -> None:
    """List, show, recheck and renew saved answers; read the audit trail."""


@ledger.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many, newest first.")
@click.option("--everyone", is_flag=True, help="Those asked on the page and through the interface too.")
@FORMAT
def list_command(limit: int, everyone: bool, form: str) -> None:
    """List saved answers, the last asked first: id, day, version, status, question.

    `!` marks those that the last recheck found stale.
    """
    from rag.factory import answer_store, board, findings, shelf

    settings = settings_from()
    answers = answer_store(settings)
    found = list(answers.everything())[::-1][:limit] if everyone else list(answers.history(None, limit=limit))
    stale = findings(settings).of(found)
    opened = shelf(settings) if found else None
    signing = board(settings, lambda: opened)  # type: ignore[arg-type,return-value]
    listed = [(one, signing.standing(one), stale.get((one.answer_id, one.version))) for one in found]
    if form == "json":
        print_json([_entry(*one) for one in listed])
        return
    for answer, standing, finding in listed:
        mark = "!" if finding and finding.reasons else " "
        click.echo(
            f"{mark} {answer.answer_id}  {answer.made_at:%Y-%m-%d}  v{answer.version}  "
            f"{standing.status.replace('_', ' '):<12}  {answer.record['question']}"
        )


def _entry(answer: SavedAnswer, standing: Standing, finding: Finding | None = None) -> dict[str, Any]:
    return {
        "schema": ENTRY_SCHEMA,
        "answer_id": answer.answer_id,
        "version": answer.version,
        "latest": answer.latest,
        "made_at": answer.made_at.isoformat(timespec="seconds"),
        "conversation_id": answer.conversation_id,
        "turn": answer.turn,
        "question": answer.record["question"],
        "status": standing.status,
        "status_by": standing.by,
        "status_at": _shown(standing.at),
        "void": standing.void,
        "checked_at": _shown(finding.checked_at) if finding else None,
        "stale": [dict(reason) for reason in finding.reasons] if finding else None,
    }


def _shown(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


@ledger.command("show")
@click.argument("answer_id")
@click.option("--version", type=click.IntRange(min=1), help="Which version (default: the newest).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json"]),
    default="terminal",
    show_default=True,
    help="How to print the answer.",
)
def show_command(answer_id: str, version: int | None, form: str) -> None:
    """Show a saved answer as it was made, its status, and what has become of its sources."""
    from rag.factory import answer_store, board, rechecking, shelf
    from rag.rendering.reading import read_answer

    settings = settings_from()
    answer = answer_store(settings).find(answer_id, version)
    opened = shelf(settings)
    standing = board(settings, lambda: opened).standing(answer)
    if form == "json":
        print_json(dict(answer.record) | {"status": standing.status})
    elif form == "markdown":
        from rag.rendering.markdown import to_markdown

        click.echo(to_markdown(read_answer(dict(answer.record) | {"status": standing.status}), long=True), nl=False)
    else:
        from rich.console import Console

        from rag.rendering.terminal import print_answer

        print_answer(read_answer(dict(answer.record) | {"status": standing.status}), Console(highlight=False))
    say(f"Version {answer.version} of {answer.latest}, made {answer.made_at:%Y-%m-%d %H:%M} UTC.")
    for line in _standing_lines(standing):
        say(line)
    for reason in rechecking(lambda: opened).stale(answer.record):
        say(f"Stale: {reason.text}")


def _standing_lines(standing: Standing) -> list[str]:
    by = f" by {standing.by}" if standing.by else ""
    at = f", {standing.at:%Y-%m-%d %H:%M} UTC" if standing.at else ""
    lines = [f"Status: {standing.status.replace('_', ' ')}{by}{at}."]
    if standing.void:
        lines.append(f"The last approval is void: {standing.void}.")
    lines += [
        f"{comment.by}, {comment.at:%Y-%m-%d}{f', on {comment.claim_id}' if comment.claim_id else ''}: {comment.text}"
        for comment in standing.comments
    ]
    return lines


@ledger.command("recheck")
@FORMAT
def recheck_command(form: str) -> None:
    """Hold every saved answer against the index of today: name those that are stale, and make void what must be.

    Run it after each `rag index build`, with the settings that the page runs with.
    """
    from rag.factory import answer_store, board, findings, shelf
    from rag.review.rechecks import recheck_all

    settings = settings_from()
    opened = shelf(settings)
    signing = board(settings, lambda: opened)
    done = list(recheck_all(answer_store(settings), findings(settings), signing, lambda: opened))
    stale = [one for one in done if one.stale]
    void = [one for one in done if one.standing.void]
    if form == "json":
        print_json({"checked": len(done), "stale": [_rechecked(one) for one in stale], "void": len(void)})
        return
    for one in stale:
        click.echo(f"{one.answer.answer_id}  v{one.answer.version}  {one.answer.record['question']}")
        for reason in one.stale:
            click.echo(f"  {reason.text}")
    for one in void:
        click.echo(f"{one.answer.answer_id}  approval void: {one.standing.void}")
    click.echo(f"{len(done)} saved answers checked: {len(stale)} stale, {len(void)} with an approval that is void")


def _rechecked(one: Rechecked) -> dict[str, Any]:
    return {
        "answer_id": one.answer.answer_id,
        "version": one.answer.version,
        "question": one.answer.record["question"],
        "status": one.standing.status,
        "void": one.standing.void,
        "reasons": [asdict(reason) for reason in one.stale],
    }


@ledger.command("renew")
@click.argument("answer_id")
@FORMAT
def renew_command(answer_id: str, form: str) -> None:
    """Answer the same question from the index of today, and keep that as a newer version."""
    from rag.factory import answer_store, ready_pipeline, talk
    from rag.rendering.json_format import answer_record

    settings = settings_from()
    answers = answer_store(settings)
    saved = answers.find(answer_id)
    with progress_shown() as progress:
        pipeline = ready_pipeline(settings, say, progress)
    going = talk(
        settings,
        pipeline,
        lambda: pipeline.search,  # type: ignore[arg-type,return-value]
        resume=saved.conversation_id,
        owner=saved.owner,
    )
    kept = answers.add_version(answer_id, answer_record(going.again(saved)), by="console")
    if form == "json":
        print_json(kept.record)
        return
    click.echo(f"Version {kept.version} of {answer_id}: rag ledger show {answer_id}")


@ledger.command("audit")
@click.option("--check", is_flag=True, help="Follow the chain of digests; exit with 1 where it is broken.")
@click.option("--subject", metavar="ID", help="Only what was done to an answer or an account.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(min=1), help="How many, newest first.")
@FORMAT
def audit_command(check: bool, subject: str | None, limit: int, form: str) -> None:
    """Print the audit trail, the newest line first; with --check, whether anybody has changed it."""
    from rag.factory import audit_trail

    trail = audit_trail(settings_from())
    if check:
        _check(trail.broken_at(), trail.entries(limit=1), form)
        return
    entries = trail.entries(subject=subject, limit=limit)
    if form == "json":
        print_json([_line(one) for one in entries])
        return
    for one in entries:
        details = " ".join(f"{name}={value}" for name, value in one.details.items())
        click.echo(f"{one.number}  {one.at:%Y-%m-%d %H:%M:%S}  {one.actor}  {one.action}  {one.subject}  {details}")


def _line(one: AuditEntry) -> dict[str, Any]:
    return asdict(one) | {"at": one.at.isoformat(timespec="microseconds")}


def _check(broken_at: int | None, last: tuple[AuditEntry, ...], form: str) -> None:
    if broken_at is not None:
        raise LedgerError("the audit trail has been changed", value=f"entry {broken_at} does not follow from the last")
    number, digest = (last[0].number, last[0].digest) if last else (0, None)
    if form == "json":
        print_json({"entries": number, "last_digest": digest})
        return
    click.echo(f"{number} entries follow from each other; the last digest is {digest or 'none'}")
