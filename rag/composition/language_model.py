"""The language-model composer: offers the evidence's sentences under short ids and asks for a structured draft.

Nothing the model writes is trusted: quotes are cut from the documents, topics are those of the question, absences are
worded by the program, and every statement goes through the verifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from rag.answer import Draft, DraftAbsence, DraftClaim, Part
from rag.composition.base import Failure
from rag.composition.relevance import candidates
from rag.composition.reply import (
    WHOLE_QUESTION,
    DraftReply,
    RepairReply,
    Statement,
    draft_schema,
    read_reply,
    repair_schema,
)
from rag.errors import ModelError
from rag.evidence import Evidence
from rag.models.base import ChatModel
from rag.question import Question
from rag.types import KINDS, Audience, Source

COMPOSE_PROMPT = "compose.v1"
REPAIR_PROMPT = "repair.v1"
_LEAST_COSINE = 0.3
_READER: dict[Audience, str] = {
    "clinician": "a clinician; use clinical terms, be brief",
    "researcher": "a researcher; name the study designs, sizes and intervals that the sentences give",
    "patient": "a patient; use plain words, keep every number and every caution",
}


def _prompt(name: str) -> str:
    return files("rag.composition").joinpath(f"prompts/{name}.md").read_text(encoding="utf-8")


def _source_line(source: Source) -> str:
    issuer = source.organisation or (source.authors or "").split(",")[0]
    return ", ".join(str(part) for part in (issuer, source.year, source.study_type, source.title) if part)


def _listed(evidence: Evidence) -> str:
    """The evidence as the model sees it: each source's line, then its sentences under their ids."""
    lines, last = [], ""
    for label, sentence in evidence.sentences.items():
        if sentence.source_id != last:
            last = sentence.source_id
            lines.append(f"\n[{sentence.kind}] {_source_line(evidence.sources[last])}")
        lines.append(f"{label}: {sentence.text}")
    return "\n".join(lines).strip()


class LanguageModelComposer:
    """Asks a chat model for the draft, and once for second wordings of what failed."""

    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat
        self.name = f"model ({COMPOSE_PROMPT}, {REPAIR_PROMPT})"
        self.model: str | None = chat.name

    def compose(self, question: Question, evidence: Evidence, audience: Audience) -> Draft:
        """The model's draft; empty, without asking the model, where no sentence comes near the question.

        Raises:
            ModelError: no usable reply was obtained.
        """
        near = any(one.cosine >= _LEAST_COSINE for found in evidence.found for one in candidates(found, evidence))
        if question.about_animals or not near:
            nothing = tuple(DraftAbsence(question.text, kind) for kind in KINDS)
            return Draft((), nothing, self.name)
        messages = [
            {"role": "system", "content": _prompt(COMPOSE_PROMPT).replace("{audience}", _READER[audience])},
            {"role": "user", "content": self._request(question, evidence)},
        ]
        reply = self._chat.complete(messages, "draft", draft_schema(evidence, question.options))
        draft = read_reply(reply.text, DraftReply)
        parts: tuple[tuple[Part, tuple[Statement, ...]], ...] = (
            ("short_answer", draft.short_answer),
            ("guidelines", draft.guidelines),
            ("research", draft.research),
            ("agreement", draft.agreement),
        )
        claims = tuple(_claim(part, statement, question) for part, statements in parts for statement in statements)
        absences = tuple(
            DraftAbsence(missing.topic, missing.kind, question.stem)
            if missing.topic in question.options
            else DraftAbsence(question.text, missing.kind)
            for missing in draft.not_found
            if missing.topic in (*question.options, WHOLE_QUESTION)
        )
        return Draft(claims, tuple(dict.fromkeys(absences)), self.name, reply.model)

    def repair(
        self, question: Question, evidence: Evidence, audience: Audience, failures: Sequence[Failure]
    ) -> tuple[DraftClaim | None, ...]:
        """Second wordings by the model. A failure of the server costs these only: the claims stay withheld."""
        if not failures:
            return ()
        refused = "\n".join(
            f"{number}. ({claim.part}) {claim.text} | evidence {', '.join(claim.pointers) or 'none'} | {verdict.reason}"
            for number, (claim, verdict) in enumerate(failures, start=1)
        )
        messages = [
            {"role": "system", "content": _prompt(REPAIR_PROMPT)},
            {
                "role": "user",
                "content": f"{self._request(question, evidence)}\n\nREFUSED STATEMENTS\n{refused}",
            },
        ]
        try:
            reply = self._chat.complete(messages, "repairs", repair_schema(evidence, len(failures)))
            repairs = {repair.statement: repair for repair in read_reply(reply.text, RepairReply).repairs}
        except ModelError:
            return tuple(None for _ in failures)
        mended: list[DraftClaim | None] = []
        for number, (claim, _) in enumerate(failures, start=1):
            repair = repairs.get(str(number))
            if repair is None or repair.action == "give_up" or not repair.text.strip():
                mended.append(None)
            else:
                mended.append(
                    DraftClaim(
                        claim.part,
                        claim.type,
                        " ".join(repair.text.split()),
                        tuple(dict.fromkeys(repair.evidence)),
                        claim.topic,
                        claim.relation,
                    )
                )
        return tuple(mended)

    def _request(self, question: Question, evidence: Evidence) -> str:
        options = f"\nOPTIONS NAMED: {'; '.join(question.options)}" if question.options else ""
        return f"QUESTION: {question.text}{options}\n\nSOURCE SENTENCES\n{_listed(evidence)}"


def _claim(part: Part, statement: Statement, question: Question) -> DraftClaim:
    return DraftClaim(
        part,
        statement.type if part in ("guidelines", "research") else "background",
        " ".join(statement.text.split()),
        tuple(dict.fromkeys(statement.evidence)),
        statement.topic if statement.topic in question.options else None,
        (statement.relation or "agree") if part == "agreement" else None,
    )
