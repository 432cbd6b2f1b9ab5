"""`rag chat`: its commands, its JSON lines, its prompt; and that nothing ends it but the last line or /quit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from rag.answer import Answer
from rag.chat_commands import answer_lines
from rag.chat_loop import COMMANDS, ChatLoop
from rag.chat_prompt import ChatCompleter, DiscreetHistory, prompting
from rag.cli import rag
from rag.config import Settings
from rag.conversation.talk import Talk
from rag.errors import ModelError
from rag.factory import talk
from rag.pipeline import AnswerPipeline
from rag.rendering.exports import EXPORTS

REPOSITORY = Path(__file__).resolve().parent.parent
GOUT = "Which drug is first-line for lowering urate in gout?"


@pytest.fixture
def settings(real_settings: Settings, tmp_path: Path) -> Settings:
    return real_settings.model_copy(update={"ledger_url": f"sqlite:///{tmp_path / 'ledger.sqlite'}"})


@pytest.fixture
def going(settings: Settings, real_pipeline: AnswerPipeline) -> Talk:
    return talk(settings, real_pipeline, lambda: real_pipeline.search)  # type: ignore[arg-type,return-value]


class Screen:
    """Keeps what a loop shows, tells and warns of."""

    def __init__(self, talk: Talk) -> None:
        self.shown: list[Answer] = []
        self.told: list[str] = []
        self.warned: list[str] = []
        self.loop = ChatLoop(talk, self.shown.append, self.told.append, self.warned.append)

    def say(self, *lines: str) -> bool:
        going = [self.loop.take(line) for line in lines]
        return all(going)


@pytest.fixture
def screen(going: Talk) -> Screen:
    return Screen(going)


def test_a_rewritten_question_is_shown_before_its_answer_and_can_be_corrected(screen: Screen) -> None:
    screen.say(GOUT, "And in kidney disease?")
    assert screen.told[0].startswith(
        "Searching for: Which drug is first-line for lowering urate in gout in kidney disease?"
    )
    screen.say("/rewrite What is the starting dose of allopurinol in gout with kidney disease?")
    assert screen.shown[-1].question == "And in kidney disease?"
    assert (
        screen.shown[-1].standalone_question == "What is the starting dose of allopurinol in gout with kidney disease?"
    )


def test_the_sources_and_the_quotes_of_one_are_listed(screen: Screen) -> None:
    screen.say("/sources", GOUT, "/sources", "/quote 1", "/quote [1]")
    assert screen.told[0] == "No source is cited yet."
    assert screen.told[1].startswith("[1] FitzGerald")
    quotes = screen.told[2].splitlines()
    assert all(quote.startswith("[1] “") for quote in quotes)
    claims = screen.shown[0].guidelines
    cited = {citation.quote for claim in claims for citation in claim.citations if citation.number == 1}
    assert {quote.removeprefix("[1] “").removesuffix("”") for quote in quotes} >= cited
    assert screen.told[3] == screen.told[2]


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("/quote", "needs the number"),
        ("/quote x", "needs the number of a source: x"),
        ("/quote 99", "no source has this number: 99"),
        ("/nothing", "no such command: /nothing"),
        ("/audience child", "no such audience: child"),
        ("/export", "needs a file"),
        ("/export x.docx", "nothing to export yet"),
        ("/rewrite x y", "no question to correct"),
        ("12 34", "no words in it"),
        ("x" * 3000, "more than"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_conversation_goes_on(screen: Screen, line: str, warning: str) -> None:
    assert screen.say(line)
    assert warning in screen.warned[0]
    assert "\n" not in screen.warned[0]
    assert screen.say(GOUT)
    assert len(screen.shown) == 1


@pytest.mark.parametrize(
    "fault", [ModelError("the model server cannot be reached"), KeyboardInterrupt(), RuntimeError("x")]
)
def test_a_failure_costs_its_question_only(screen: Screen, going: Talk, monkeypatch: Any, fault: BaseException) -> None:
    def fail(*given: Any) -> Answer:
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(going, "answer", fail)
        assert screen.say(GOUT)
    assert len(screen.warned) == 1
    assert GOUT not in screen.warned[0]
    assert going.conversation.turns == ()
    assert screen.say(GOUT)
    assert len(screen.shown) == 1


def test_the_audience_changes_for_the_answers_after_it(screen: Screen) -> None:
    screen.say(GOUT, "/audience patient", "What dose do you start with?")
    assert [answer.audience for answer in screen.shown] == ["clinician", "patient"]


def test_a_new_conversation_numbers_its_sources_afresh(screen: Screen, going: Talk) -> None:
    screen.say(GOUT, "/new", "/history", "Does the MMR vaccine cause autism?")
    assert "Nothing was asked yet." in screen.told
    assert screen.shown[-1].references[0].number == 1
    assert len(going.conversation.turns) == 1


def test_a_conversation_is_exported_as_markdown_and_as_json(screen: Screen, tmp_path: Path) -> None:
    written = tmp_path / "talk.md"
    screen.say(
        GOUT, "And in kidney disease?", f"/export {written}", f"/export {written}", f"/export {tmp_path / 't.json'}"
    )
    assert "file is there already" in screen.warned[0]
    text = written.read_text(encoding="utf-8")
    assert text.index(f"# {GOUT}") < text.index("# And in kidney disease?")
    assert "*Searched for: Which drug" in text
    record = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert record["schema"] == "sourcebound.conversation/1"
    schema = json.loads((REPOSITORY / "docs" / "answer.schema.json").read_text(encoding="utf-8"))
    for turn in record["turns"]:
        jsonschema.validate(turn["answer"], schema)
    assert "cannot tell the format" in (screen.say(f"/export {tmp_path / 'x.docx'}"), screen.warned[-1])[1]


@pytest.mark.parametrize("suffix", [form.suffix for form in EXPORTS.values()])
def test_a_conversation_is_exported_in_every_format_by_the_end_of_the_name(
    screen: Screen, tmp_path: Path, suffix: str
) -> None:
    written = tmp_path / f"talk{suffix}"
    screen.say(GOUT, "And in kidney disease?", f"/export {written}")
    assert screen.warned == []
    assert screen.told[-1] == f"Written: {written}"
    content = written.read_bytes()
    sources = {one.source.source_id for answer in screen.shown for one in answer.references}
    assert len(sources) > 1
    if suffix == ".pdf":
        assert content.startswith(b"%PDF-")
    else:
        assert all(source_id in content.decode() or suffix == ".md" for source_id in sources)
    if suffix == ".csl.json":
        first = [one.source.source_id for one in screen.shown[0].references]
        ids = [one["id"] for one in json.loads(content)]
        assert ids[: len(first)] == first
        assert len(ids) == len(set(ids))


def test_gaps_in_the_numbers_survive_markdown(screen: Screen, tmp_path: Path) -> None:
    screen.say(GOUT, "Does the MMR vaccine cause autism?", f"/export {tmp_path / 'm.md'}")
    second = (tmp_path / "m.md").read_text(encoding="utf-8").split("# Does the MMR", 1)[1]
    number = screen.shown[1].references[0].number
    assert number > 1
    assert f"- [{number}] " in second.split("## References", 1)[1]


def test_the_loop_ends_with_the_last_line_or_quit(going: Talk) -> None:
    for lines in (["/help"], ["/help", "/quit", "/help"]):
        screen, left = Screen(going), iter(lines)

        def read(left: Any = left) -> str:
            try:
                return str(next(left))
            except StopIteration:
                raise EOFError from None

        screen.loop.run(read)
        assert len(screen.told) == 1
    assert all(command.split()[0] in screen.told[0] for command in COMMANDS)


def test_each_line_gets_one_json_object_and_a_failure_is_one_too(going: Talk) -> None:
    put: list[str] = []
    whole = answer_lines(
        going, [GOUT, "", "What dose do you start with?\n", "???", "/new", "And febuxostat?"], put.append
    )
    records = [json.loads(line) for line in put]
    assert not whole
    assert [record["schema"] for record in records] == [
        "sourcebound.answer/1",
        "sourcebound.answer/1",
        "sourcebound.error/1",
        "sourcebound.answer/1",
    ]
    assert records[1]["question"] == "What dose do you start with?"
    assert records[1]["standalone_question"] == "What dose do you start with for allopurinol in gout?"
    assert "no words" in records[2]["error"]
    assert records[3]["standalone_question"] == "And febuxostat?"
    schema = json.loads((REPOSITORY / "docs" / "answer.schema.json").read_text(encoding="utf-8"))
    for record in (records[0], records[1], records[3]):
        jsonschema.validate(record, schema)


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        "RAG_LEDGER_URL": settings.ledger_url,
        "RAG_INDEXES_DIR": str(settings.indexes_dir),
        "RAG_CORPUS_DIR": str(settings.corpus_dir),
    }


def test_the_command_answers_json_lines_and_resumes(environment: dict[str, str]) -> None:
    runner = CliRunner()
    first = runner.invoke(rag, ["chat", "--format", "json"], input=f"{GOUT}\n", env=environment)
    second = runner.invoke(rag, ["chat", "--format", "json", "--resume"], input="And febuxostat?\n", env=environment)
    assert (first.exit_code, second.exit_code) == (0, 0)
    one, two = json.loads(first.stdout), json.loads(second.stdout)
    assert two["standalone_question"] == "Is febuxostat recommended in gout?"
    numbers = {ref["source_id"]: ref["number"] for ref in one["references"]}
    assert all(numbers.get(ref["source_id"], ref["number"]) == ref["number"] for ref in two["references"])


def test_the_command_reads_lines_from_a_pipe(environment: dict[str, str]) -> None:
    found = CliRunner().invoke(rag, ["chat"], input=f"{GOUT}\n/nonsense\n/sources\n", env=environment)
    assert found.exit_code == 0
    assert "allopurinol" in found.stdout
    assert "no such command" in found.stderr
    assert "rag chat --resume" in found.stderr


def test_an_identifier_is_refused_where_it_was_asked_for(environment: dict[str, str]) -> None:
    question = "Mrs Amelia Hart has gout: allopurinol?"
    asked = CliRunner().invoke(rag, ["ask", "--phi", "refuse", question], env=environment)
    assert type(asked.exception).__name__ == "PrivacyError"
    said = CliRunner().invoke(
        rag, ["chat", "--format", "json", "--phi", "refuse"], input=f"{question}\n", env=environment
    )
    assert said.exit_code == 1
    assert "identify a person" in json.loads(said.stdout)["error"]
    assert "Hart" not in said.output


def test_a_conversation_that_is_not_there_is_an_error_of_the_call(environment: dict[str, str]) -> None:
    found = CliRunner().invoke(rag, ["chat", "--resume", "nothing"], env=environment)
    assert "there is no such conversation: nothing" in str(found.exception)


def completions(before: str) -> list[str]:
    completer = ChatCompleter(["low back pain", "gout", "giant cell arteritis"])
    return [one.text for one in completer.get_completions(Document(before), CompleteEvent())]


def test_commands_audiences_and_conditions_are_completed() -> None:
    assert "/sources" in completions("/so")
    assert completions("/audience pa") == ["patient"]
    assert completions("How is low ba") == ["low back pain"]
    assert completions("How is gia") == ["giant cell arteritis"]
    assert completions("Is") == []


def test_the_prompt_reads_lines_and_keeps_those_without_identifiers(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "history"
    with create_pipe_input() as keys:
        read = prompting(("gout",), path, keys, DummyOutput())
        keys.send_text("What is gout?\rMrs Amelia Hart has gout\r")
        assert [read(), read()] == ["What is gout?", "Mrs Amelia Hart has gout"]
    kept = path.read_text(encoding="utf-8")
    assert "What is gout?" in kept
    assert "Hart" not in kept
    assert path.stat().st_mode & 0o077 == 0
    assert list(DiscreetHistory(path).load_history_strings()) == ["What is gout?"]
