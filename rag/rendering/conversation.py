"""What is shown of a conversation beside its answers: the numbered sources, the quotes of one of them, the whole as
Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rag.answer import PARTS
from rag.ledger.base import StoredConversation, StoredTurn
from rag.rendering.exports import EXPORTS, Exported, export_all
from rag.rendering.markdown import to_markdown
from rag.rendering.outline import reference_text
from rag.rendering.reading import read_answer
from rag.types import Source

CONVERSATION_SCHEMA = "sourcebound.conversation/1"


def numbered_references(turns: Sequence[StoredTurn]) -> dict[int, Source]:
    """The sources of a conversation by their numbers, in order."""
    found = {one.number: one.source for turn in turns for one in read_answer(turn.answer).references}
    return dict(sorted(found.items()))


def source_lines(turns: Sequence[StoredTurn]) -> Iterator[str]:
    """One line for each numbered source."""
    for number, source in numbered_references(turns).items():
        yield f"[{number}] {reference_text(source)}"


def quotes(turns: Sequence[StoredTurn], number: int) -> list[str]:
    """The sentences that a conversation cites of a source, each once, in order of first use."""
    found: dict[str, None] = {}
    for turn in turns:
        answer = read_answer(turn.answer)
        cited = [claim.citations for part in PARTS for claim in answer.part(part)]
        cited += [option.citations for option in answer.options]
        for citations in cited:
            found |= {citation.quote: None for citation in citations if citation.number == number}
    return list(found)


def conversation_to_markdown(conversation: StoredConversation) -> str:
    """The answers one after the other, each whole under its question; a rewritten one says what was searched for."""
    parts = []
    for turn in conversation.turns:
        body = to_markdown(read_answer(turn.answer), long=True)
        if turn.standalone != turn.question:
            heading, rest = body.split("\n", 1)
            corrected = f", correcting turn {turn.corrects}" if turn.corrects else ""
            body = f"{heading}\n\n*Searched for{corrected}: {turn.standalone}*\n{rest}"
        parts.append(body)
    return "\n".join(parts)


def conversation_to_json(conversation: StoredConversation) -> str:
    """The conversation as indented JSON of the schema `sourcebound.conversation/1`: its turns with their answer
    records."""
    record = {
        "schema": CONVERSATION_SCHEMA,
        "conversation_id": conversation.conversation_id,
        "started_at": conversation.started_at.isoformat(timespec="seconds"),
        "turns": [
            {
                "number": turn.number,
                "question": turn.question,
                "standalone_question": turn.standalone,
                "relation": turn.relation,
                "rewritten_by": turn.rewritten_by,
                "corrects": turn.corrects,
                "answer": dict(turn.answer),
            }
            for turn in conversation.turns
        ],
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def export_conversation(conversation: StoredConversation, name: str) -> Exported:
    """The conversation in the format of that name: its answers turn by turn, or the references of all of them.

    Raises:
        ConfigError: there is no such format.
        RagError: an answer cannot be put into it.
    """
    if name in _OWN:
        return EXPORTS[name].exported(_OWN[name](conversation))
    answers = [read_answer(turn.answer) for turn in conversation.turns]
    return export_all(answers, name, title=f"Conversation of {conversation.started_at:%Y-%m-%d}")


_OWN = {"markdown": conversation_to_markdown, "json": conversation_to_json}
