"""The documentation names every setting, command, file and schema field there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from eval.cli import rag_eval
from rag.cli import rag
from rag.config import Settings
from rag.indexing.layout import generation_folder, read_manifest
from rag.ingestion.front_matter import FrontMatter, NoticeRecord

REPOSITORY = Path(__file__).resolve().parent.parent
DOCS = REPOSITORY / "docs"


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented_with_its_words(name: str) -> None:
    field = Settings.model_fields[name]
    row = next(line for line in read("settings.md").splitlines() if f"`RAG_{name.upper()}`" in line)
    assert field.description
    assert field.description in row
    if field.default_factory is None and field.default is not None:
        assert f"| {field.default} |" in row


def commands(group: click.Group, prefix: str) -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        inner = f"{prefix} {name}"
        found += commands(command, inner) if isinstance(command, click.Group) else [(inner, command)]
    return found


@pytest.mark.parametrize(("name", "command"), commands(rag, "rag") + commands(rag_eval, "rag-eval"))
def test_every_command_is_documented_and_has_help(name: str, command: click.Command) -> None:
    assert f"`{name}" in read("commands.md")
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help


def test_every_corpus_field_is_documented() -> None:
    text = read("corpus-file.md")
    for name in (*FrontMatter.model_fields, *NoticeRecord.model_fields):
        assert f"`{name}`" in text


def test_every_answer_field_is_documented() -> None:
    schema = json.loads(read("answer.schema.json"))
    text = read("answer-schema.md")
    for name in [
        *schema["properties"],
        *schema["$defs"]["claim"]["properties"],
        *schema["$defs"]["citation"]["properties"],
    ]:
        assert f"`{name}`" in text, name


def test_every_file_of_an_index_is_documented(real_settings: Settings) -> None:
    text = (REPOSITORY / "indexes" / "README.md").read_text(encoding="utf-8")
    folder = real_settings.indexes_dir / "default"
    generation = generation_folder(folder, read_manifest(folder))
    assert {path.name for path in folder.iterdir()} == {"manifest.json", generation.name}
    assert "`generation-.../`" in text
    for path in (folder / "manifest.json", *generation.iterdir(), *(generation / "encoder").iterdir()):
        assert f"`{path.name}{'/' if path.is_dir() else ''}`" in text


def test_the_links_of_the_readme_lead_somewhere() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (REPOSITORY / target).exists(), target
