"""The commands as a user calls them: output, exit status, one line for an error, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from rag.cli import chosen_format
from rag.cli import rag as command
from rag.config import Settings
from rag.indexing.index import open_index
from rag.pipeline import AnswerPipeline

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def rag(real_settings: Settings, tmp_path: Path) -> Run:
    """Runs `rag` in a process of its own, over a copy of the corpus and of the built index."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(real_settings.corpus_dir, home / "corpus")
    shutil.copytree(real_settings.indexes_dir, home / "indexes")

    def running(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("RAG_", "OPENAI_"))}
        code = "import sys; from rag.cli import main; sys.argv[0] = 'rag'; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=home,
            env=clean | environment,
            stdin=subprocess.DEVNULL,
        )

    running.home = home  # type: ignore[attr-defined]
    return running


def home_of(rag: Run) -> Path:
    home: Path = rag.home  # type: ignore[attr-defined]
    return home


def one_line(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("Error: ")
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in lines[0]
    assert done.stdout == ""


def test_ask_prints_json_that_corpus_show_bears_out(rag: Run) -> None:
    done = rag("ask", "--format", "json", "What relieves the pain of lumbar spinal stenosis?")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    citation = answer["guidelines"][0]["citations"][0]
    shown = json.loads(rag("corpus", "show", citation["source_id"], "--format", "json").stdout)
    assert shown["text"][citation["start"] : citation["end"]] == citation["quote"]
    passage = next(one for one in shown["passages"] if one["passage_id"] == citation["passage_id"])
    assert passage["start"] <= citation["start"] < citation["end"] <= passage["end"]


def test_long_shows_what_is_folded_otherwise(real_pipeline: AnswerPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a pipeline whose answer has more claims than the shipped corpus brings to any question of the suites."""
    whole = real_pipeline.ask("What relieves the pain of lumbar spinal stenosis?")
    more = tuple(replace(whole.research[0], claim_id=f"x{place}", text=f"Claim {place}.") for place in range(20))
    asked = SimpleNamespace(ask=lambda *_: replace(whole, research=more))
    monkeypatch.setattr("rag.factory.ready_pipeline", lambda *_: asked)
    for form in ("terminal", "markdown"):
        short, full = (
            CliRunner().invoke(command, ["ask", "--format", form, *long, "Why?"]).output for long in ([], ["--long"])
        )
        assert ("--long" in short, "--long" in full) == (True, False)
        assert ("Claim 19." in short, "Claim 19." in full) == (False, True)
    kept = json.loads(CliRunner().invoke(command, ["ask", "--format", "json", "Why?"]).output)
    assert len(kept["research"]) == 20


def test_an_abstention_exits_with_nought(rag: Run) -> None:
    done = rag("ask", "What is the capital of France?")
    assert done.returncode == 0
    assert "do not answer this" in done.stdout


@pytest.mark.parametrize("question", ["", "   ", "a" * 100_000])
def test_a_question_that_cannot_be_asked_is_a_wrong_call(rag: Run, question: str) -> None:
    done = rag("ask", question)
    assert done.returncode == 2
    one_line(done, "question")


@pytest.mark.parametrize(
    ("arguments", "status", "part"),
    [
        (["ask"], 2, "QUESTION"),
        (["ask", "--format", "docx", "Does heat help?"], 2, "docx"),
        (["ask", "--index", "../etc", "Does heat help?"], 2, "RAG_INDEX"),
        (["ask", "--composer", "model", "Does heat help?"], 2, "RAG_MODEL_NAME"),
        (["index", "inspect", "unknown"], 1, "rag index build unknown"),
        (["ask", "--index", "unknown", "Does heat help low back pain?"], 1, "rag index build unknown"),
        (["corpus", "show", "unknown-1999"], 1, "rag corpus list"),
        (["frobnicate"], 2, "frobnicate"),
        (["index", "build", "a b"], 2, "a b"),
    ],
)
def test_a_wrong_call_is_one_line(rag: Run, arguments: list[str], status: int, part: str) -> None:
    done = rag(*arguments)
    assert done.returncode == status
    one_line(done, part)


def test_a_setting_that_does_not_fit_is_named(rag: Run) -> None:
    done = rag("ask", "Does heat help low back pain?", RAG_GUIDELINE_QUOTA="many")
    assert done.returncode == 2
    one_line(done, "RAG_GUIDELINE_QUOTA", "many", "docs/settings.md")


def test_an_unreachable_server_is_one_line(rag: Run) -> None:
    done = rag(
        "ask",
        "Does heat help low back pain?",
        RAG_MODEL_BASE_URL="http://127.0.0.1:9/v1",
        RAG_MODEL_NAME="any",
        RAG_MODEL_MAX_RETRIES="0",
    )
    assert done.returncode == 1
    one_line(done, "http://127.0.0.1:9/v1", "cannot be reached")


def test_a_server_that_answers_rubbish_is_one_line(rag: Run, scripted_server: Any) -> None:
    scripted_server.replies = [{"raw": "<html>no model here</html>", "type": "text/html"}]
    done = rag(
        "ask", "Does heat help low back pain?", RAG_MODEL_BASE_URL=scripted_server.base_url, RAG_MODEL_NAME="any"
    )
    assert done.returncode == 1
    one_line(done, scripted_server.base_url)


def test_a_broken_corpus_file_is_named_and_the_index_stays(rag: Run) -> None:
    folder = home_of(rag) / "indexes" / "default"
    before = open_index(folder).manifest
    broken = home_of(rag) / "corpus" / "research" / "haig-2013-claudication-reliability.md"
    broken.write_text(broken.read_text().replace("year: 2013", "year: [2013"))
    for arguments in (["corpus", "check"], ["index", "build"], ["corpus", "list"]):
        done = rag(*arguments)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        said = done.stdout if arguments == ["corpus", "check"] else done.stderr.splitlines()[-1]
        assert "haig-2013" in said
    assert open_index(folder).manifest == before


def test_a_changed_corpus_is_a_mismatch_that_names_the_mending_command(rag: Run) -> None:
    changed = home_of(rag) / "corpus" / "research" / "haig-2013-claudication-reliability.md"
    changed.write_text(changed.read_text() + "\nHaig is one author of the study of claudication.\n")
    done = rag("ask", "Does heat help low back pain?")
    assert done.returncode == 1
    one_line(done, "rag index build default")


def test_an_index_from_another_encoder_is_a_mismatch_that_names_both(rag: Run) -> None:
    done = rag("ask", "Does heat help low back pain?", RAG_ENCODER="/models/other")
    assert done.returncode == 1
    one_line(done, "all-MiniLM-L6-v2", "/models/other", "rag index build default")


def test_the_first_question_builds_the_index_and_says_so(rag: Run) -> None:
    shutil.rmtree(home_of(rag) / "indexes")
    for path in (home_of(rag) / "corpus").glob("*/*.md"):
        if "nass" not in path.name:
            path.unlink()
    done = rag("ask", "--format", "json", "What relieves the pain of lumbar spinal stenosis?")
    assert done.returncode == 0, done.stderr
    assert "No index 'default' yet" in done.stderr
    assert json.loads(done.stdout)["outcome"] == "answer"
    listed = rag("index", "list")
    assert "default\t2 sources" in listed.stdout
    inspected = json.loads(rag("index", "inspect").stdout)
    assert inspected["encoder"]["name"] == "all-MiniLM-L6-v2"
    assert len(inspected["encoder"]["fingerprint"]) == 64
    assert rag("index", "list", "--format", "json").stdout.startswith("[")


def test_a_build_after_one_change_embeds_only_that_and_diff_foretells_it(rag: Run) -> None:
    assert "is up to date" in rag("index", "diff").stdout
    changed = home_of(rag) / "corpus" / "research" / "haig-2013-claudication-reliability.md"
    changed.write_text(changed.read_text() + "\nHaig is one author of the study of claudication.\n")
    said = rag("index", "diff").stdout.splitlines()
    assert said[0] == "~ haig-2013-claudication-reliability"
    foretold = json.loads(rag("index", "diff", "--format", "json").stdout)
    built = json.loads(rag("index", "build", "--format", "json").stdout)
    assert 0 < built["embedded"] == foretold["embed"] < 5
    assert built["reused_sources"] == 139
    assert rag("ask", "Does heat help low back pain?").returncode == 0


def test_verify_says_that_an_index_is_sound_and_names_a_flipped_byte(rag: Run) -> None:
    done = rag("index", "verify", "--sample", "5")
    assert done.returncode == 0, done.stderr
    assert "10 vectors made again, least cosine 1.0000" in done.stdout
    path = next((home_of(rag) / "indexes" / "default").glob("generation-*/encoder/queries.onnx"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    done = rag("index", "verify")
    assert done.returncode == 1
    assert done.stdout == "encoder/queries.onnx: has other bytes than when it was built\n"
    assert "is not sound: 1 fault (rag index build default)" in done.stderr.splitlines()[-1]
    path.unlink()
    one_line(rag("ask", "Does heat help low back pain?"), "encoder/queries.onnx", "rag index build default")


def test_a_filtered_question_says_what_was_searched(rag: Run) -> None:
    question = "What relieves the pain of lumbar spinal stenosis?"
    done = rag("ask", "--format", "json", "--from-year", "2010", "--topic", "lumbar-spinal-stenosis", question)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["provenance"]["searched_within"] == "years from 2010; topic lumbar-spinal-stenosis"
    assert answer["references"]
    assert all(reference["year"] >= 2010 for reference in answer["references"])
    assert "Searched only: years from 2010" in rag("ask", "--from-year", "2010", question).stdout
    done = rag("ask", "--topic", "lumbar-spinal-stenosi", question)
    assert done.returncode == 2
    one_line(done, "did you mean lumbar-spinal-stenosis?")


def test_corpus_check_and_list_speak_of_every_source(rag: Run) -> None:
    assert rag("corpus", "check").stdout == "140 sources are sound\n"
    assert len(rag("corpus", "list").stdout.splitlines()) == 140
    assert len(json.loads(rag("corpus", "list", "--format", "json").stdout)) == 140
    assert "shopping cart" in rag("corpus", "show", "nadeau-2013-claudication").stdout


def test_no_index_is_said_in_one_line(rag: Run) -> None:
    shutil.rmtree(home_of(rag) / "indexes")
    done = rag("index", "list")
    assert done.returncode == 0
    assert "rag index build" in done.stdout


def test_debug_shows_the_traceback(rag: Run) -> None:
    done = rag("--debug", "corpus", "show", "unknown-1999")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_a_question_imports_neither_torch_nor_langchain_nor_sentence_transformers(rag: Run) -> None:
    code = (
        "import sys; from rag.cli import rag\n"
        "rag(['ask', '--format', 'json', 'What relieves the pain of lumbar spinal stenosis?'], standalone_mode=False)\n"
        "from rag.factory import entailment_model\n"
        "entailment_model().predict([('Rest eases knee pain.', 'Knee pain is eased by rest.')])\n"
        "print([name for name in ('torch', 'sentence_transformers', 'transformers', 'langchain', 'langchain_core',"
        " 'langchain_text_splitters', 'openai') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=home_of(rag))
    assert done.stderr.strip() == "[]"
    assert json.loads(done.stdout)["outcome"] == "answer"


def test_help_reads_well_and_needs_no_heavy_import(rag: Run) -> None:
    done = rag("--help")
    assert done.returncode == 0
    assert "rag ask" in done.stdout
    code = "import sys; import rag.cli; print([n for n in ('numpy', 'pydantic', 'rich', 'faiss') if n in sys.modules])"
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy.stdout.strip() == "[]"


def test_a_streamed_answer_has_all_that_the_whole_one_has(rag: Run) -> None:
    question = "What dose of glucocorticoid is recommended in Takayasu arteritis?"
    streamed, whole = rag("ask", "--stream", question), rag("ask", question)
    assert streamed.returncode == whole.returncode == 0

    def words_of(text: str) -> set[str]:
        found = text.replace("“", " ").replace("”", " ").split()
        return {word for word in found if not (word.startswith("20") and "T" in word)}

    assert words_of(whole.stdout) - {"As", "above:", "…"} <= words_of(streamed.stdout)
    assert "[1]" in streamed.stdout


def test_a_stream_is_for_the_terminal(rag: Run) -> None:
    done = rag("ask", "--stream", "--format", "json", "What relieves sciatica?")
    assert done.returncode == 2
    one_line(done, "--stream prints on the terminal")


def test_an_answer_is_written_to_a_new_file_whose_ending_tells_the_format(rag: Run) -> None:
    question, home = "What dose of glucocorticoid is recommended in Takayasu arteritis?", home_of(rag)
    done = rag("ask", "--out", "answer.pdf", question)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Written: answer.pdf" in done.stderr
    assert (home / "answer.pdf").read_bytes().startswith(b"%PDF-")
    again = rag("ask", "--out", "answer.pdf", question)
    assert again.returncode == 2
    one_line(again, "the file is there already: answer.pdf")
    assert rag("ask", "--format", "csl", "--out", "refs.txt", question).returncode == 0
    assert json.loads((home / "refs.txt").read_text(encoding="utf-8"))[0]["id"]


@pytest.mark.parametrize(
    ("form", "begins"),
    [("html", "<!DOCTYPE html>"), ("ris", "TY  - "), ("bibtex", "@"), ("csl", "["), ("fhir", "{"), ("markdown", "# ")],
)
def test_every_format_of_text_can_be_piped(rag: Run, form: str, begins: str) -> None:
    done = rag("ask", "--format", form, "What dose of glucocorticoid is recommended in Takayasu arteritis?")
    assert done.returncode == 0
    assert done.stdout.startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--out", "answer.docx"), "cannot tell the format from answer.docx"),
        (("--out", "answer.md", "--format", "terminal"), "a file takes another"),
        (("--out", "answer.md", "--stream"), "leave out --format and --out"),
    ],
)
def test_what_cannot_be_given_out_is_not_asked(rag: Run, arguments: tuple[str, ...], says: str) -> None:
    done = rag("ask", *arguments, "What relieves sciatica?")
    assert done.returncode == 2
    one_line(done, says)
    assert not (home_of(rag) / "answer.md").exists()


def test_a_pdf_is_not_printed_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(click.UsageError, match="pdf is not text for a terminal; add --out FILE"):
        chosen_format("pdf", None, False)
    assert chosen_format("pdf", Path("new.pdf"), False) == "pdf"
    assert chosen_format("ris", None, False) == "ris"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert chosen_format("pdf", None, False) == "pdf"


def test_a_model_server_that_is_not_there_is_one_line(rag: Run) -> None:
    settings = {"RAG_MODEL_NAME": "m", "RAG_MODEL_BASE_URL": "http://127.0.0.1:9/v1", "RAG_MODEL_MAX_RETRIES": "0"}
    for arguments in (("ask",), ("ask", "--stream")):
        done = rag(*arguments, "What dose of glucocorticoid is recommended in Takayasu arteritis?", **settings)
        assert done.returncode == 1
        assert "the model server cannot be reached: http://127.0.0.1:9/v1" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_budget_in_money_without_prices_is_a_wrong_call(rag: Run) -> None:
    settings = {"RAG_MODEL_NAME": "m", "RAG_MODEL_BASE_URL": "http://127.0.0.1:9/v1", "RAG_MODEL_COST_PER_DAY": "1"}
    done = rag("ask", "What relieves sciatica?", **settings)
    assert done.returncode == 2
    one_line(done, "RAG_MODEL_INPUT_PRICE")
