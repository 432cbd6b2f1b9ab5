"""The language-model composer: offers the evidence's sentences under short ids, reads a structured draft as it comes.

Nothing the model writes is trusted: quotes are cut from the documents, topics are those of the question, absences are
worded by the program, and every statement goes through the verifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from importlib.resources import files
from typing import Any

from rag.answer import Draft, DraftAbsence, DraftClaim, Part
from rag.composition.base import Failure
from rag.composition.incremental import DraftReader
from rag.composition.offering import Counter, Window, fitted, listed, one_line
from rag.composition.relevance import candidates
from rag.composition.reply import (
    STATED,
    WHOLE_QUESTION,
    DraftReply,
    Missing,
    Repair,
    RepairReply,
    Statement,
    draft_schema,
    read_item,
    read_reply,
    repair_schema,
)
from rag.errors import ModelError, UnreadableReplyError
from rag.evidence import Evidence
from rag.models.base import ChatReply, Message, StreamingChatModel
from rag.question import Question
from rag.types import KINDS, Audience

COMPOSE_PROMPT, LOOK_PROMPT, FURTHER_PROMPT, REPAIR_PROMPT = "compose.v2", "look.v1", "further.v1", "repair.v2"
PROMPTS = (COMPOSE_PROMPT, LOOK_PROMPT, FURTHER_PROMPT, REPAIR_PROMPT)
MOST_STATEMENTS = 40
"""More statements than this are not read: a draft is a few dozen at most, and each has to be checked."""
_LEAST_COSINE = 0.3
_MOST_SEARCH_CHARS = 120
_LEAST_ROOM = 200
_FORM_TOKENS = 550
"""What is kept for the form of the reply in words, and for what stands between the parts of a request."""
_MARKS = re.compile(
    r"\s*(?:\[\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*\]|[\[(]\s*[GR]\d+\.\d+(?:\s*[,;]\s*[GR]\d+\.\d+)*\s*[\])])"
)
"""Numbers of references and ids that a model writes into its text: the program's own stand elsewhere."""
_READER: dict[Audience, str] = {
    "clinician": "a clinician; use clinical terms, be brief",
    "researcher": "a researcher; name the study designs, sizes and intervals that the sentences give",
    "patient": "a patient; use plain words, keep every number and every caution",
}


def _prompt(name: str) -> str:
    return files("rag.composition").joinpath(f"prompts/{name}.md").read_text(encoding="utf-8")


class LanguageModelComposer:
    """Asks a chat model for the draft, and once for second wordings of what failed.

    Args:
        chat: the model.
        window: how much it reads and writes at once.
        counter: counts tokens.
        most_searches: how many further searches it may ask for, in one second round; 0: none.
    """

    def __init__(self, chat: StreamingChatModel, window: Window, counter: Counter, *, most_searches: int = 3) -> None:
        self._chat = chat
        self._window = window
        self._counter = counter
        self._most_searches = most_searches
        self._in_words = False
        self.name = f"model ({', '.join(PROMPTS)})"
        self.model: str | None = chat.name

    def offer(self, question: Question, evidence: Evidence, stated: Sequence[DraftClaim] = ()) -> Evidence:
        """As much of the evidence as the model's window holds beside the prompts and the reply.

        Raises:
            ModelError: it holds none.
        """
        longest = max((self._system("researcher", further=further) for further in (True, False)), key=len)
        fixed = sum(self._counter.count_each([longest, self._asked(question), _listed_claims(stated)]))
        # Four lists of a draft name the options, should its form have to be put into words.
        fixed += 4 * self._counter.count("; ".join(question.options))
        room = self._window.whole - self._window.reply - fixed - _FORM_TOKENS
        if room < _LEAST_ROOM:
            raise ModelError(
                "the model's window has no room for evidence",
                value=f"{self._window.whole} tokens, of which {self._window.reply} are for the reply",
                mend="raise RAG_MODEL_WINDOW_TOKENS or lower RAG_MODEL_REPLY_TOKENS",
            )
        return fitted(evidence, room, self._counter)

    def compose(self, question: Question, evidence: Evidence, audience: Audience) -> Draft:
        """The model's draft; empty, without asking the model, where no sentence comes near the question.

        Raises:
            ModelError: no usable reply was obtained.
        """
        pieces = list(self.stream(question, evidence, audience))
        whole = pieces[0]
        for piece in pieces[1:]:
            whole = whole.with_piece(piece)
        return whole

    def stream(
        self, question: Question, evidence: Evidence, audience: Audience, stated: Sequence[DraftClaim] | None = None
    ) -> Iterator[Draft]:
        """The draft, statement by statement; see `Composer`. A reply that cannot be read is asked for once more, with
        its form in words, as long as nothing of it could be used."""
        near = any(one.cosine >= _LEAST_COSINE for found in evidence.found for one in candidates(found, evidence))
        if question.about_animals or not near:
            nothing = tuple(DraftAbsence(question.text, kind) for kind in KINDS)
            yield Draft((), nothing, self.name)
            return
        may_look = self._most_searches > 0 and stated is None
        messages = self._messages(self._system(audience, further=stated is not None), question, evidence)
        if stated is not None:
            messages[1]["content"] += f"\n\nALREADY STATED\n{_listed_claims(stated) or '- nothing'}"
        schema = draft_schema(evidence, question.options, may_look=may_look)
        used = False
        try:
            for piece in self._read(messages, schema, question, self._in_words):
                used = used or bool(piece.claims)
                yield piece
        except UnreadableReplyError:
            if used or self._in_words:
                raise
            yield from self._read(messages, schema, question, True)
            self._in_words = True

    def repair(
        self, question: Question, evidence: Evidence, audience: Audience, failures: Sequence[Failure]
    ) -> tuple[DraftClaim | None, ...]:
        """Second wordings by the model. A failure of the server costs these only: the claims stay withheld."""
        if not failures:
            return ()
        refused = "\n".join(
            f"{number}. ({claim.part}) {one_line(claim.text)} | evidence {', '.join(claim.pointers) or 'none'}"
            f" | {one_line(verdict.reason)}"
            for number, (claim, verdict) in enumerate(failures, start=1)
        )
        system = _prompt(REPAIR_PROMPT)
        fixed = sum(self._counter.count_each([system, self._asked(question), refused]))
        room = self._window.whole - self._window.reply - fixed - _FORM_TOKENS
        cited = [label for claim, _ in failures for label in claim.pointers]
        read = fitted(evidence, room, self._counter, first=cited)
        if not read.sentences:
            return tuple(None for _ in failures)
        messages = self._messages(system, question, read)
        messages[1]["content"] += f"\n\nREFUSED STATEMENTS\n{refused}"
        try:
            repairs = self._repairs(messages, repair_schema(read, len(failures)))
        except ModelError:
            return tuple(None for _ in failures)
        return tuple(_mended(claim, repairs.get(str(number))) for number, (claim, _) in enumerate(failures, start=1))

    def _repairs(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> dict[str, Repair]:
        """The second wordings of a reply by their numbers; of two for one statement, the first."""
        reader, found = DraftReader(), dict[str, Repair]()
        with closing(self._chat.stream(messages, "repairs", schema, in_words=self._in_words)) as pieces:
            for piece in pieces:
                for name, item in reader.feed(piece) if isinstance(piece, str) else ():
                    repair = read_item(item, Repair) if name == "repairs" else None
                    if repair:
                        found.setdefault(repair.statement, repair)
        read_reply(reader.finish(), RepairReply)
        return found

    def _read(
        self, messages: Sequence[Message], schema: Mapping[str, Any], question: Question, in_words: bool
    ) -> Iterator[Draft]:
        """One reply, statement by statement, and last what only a whole one has."""
        reader, seen, odd = DraftReader(), set[DraftClaim](), 0
        reply: ChatReply | None = None
        with closing(self._chat.stream(messages, "draft", schema, in_words=in_words)) as pieces:
            for piece in pieces:
                if isinstance(piece, ChatReply):
                    reply = piece
                    continue
                for name, item in reader.feed(piece):
                    part = next((one for one in STATED if one == name), None)
                    statement = read_item(item, Statement) if part else None
                    odd += part is not None and statement is None
                    claim = _claim(part, statement, question) if part and statement else None
                    if claim is None or claim in seen:
                        continue
                    if len(seen) == MOST_STATEMENTS:
                        only = f"only the first {MOST_STATEMENTS} statements of the model's draft were read"
                        yield Draft((), (), self.name, self.model, incomplete=only)
                        return
                    seen.add(claim)
                    yield Draft((claim,), (), self.name, self.model)
        draft = read_reply(reader.finish(), DraftReply)
        odd += reader.malformed
        if odd and not seen:
            raise UnreadableReplyError(
                "the model's answer is not of the form asked for",
                value=f"none of its {odd} statements is",
                mend="ask again, or use a model or server that supports structured output",
            )
        missing = [named for item in draft.not_found if (named := read_item(item, Missing))]
        yield Draft(
            (),
            tuple(dict.fromkeys(one for each in missing if (one := _absence(each, question)))),
            self.name,
            reply.model if reply else self.model,
            reply.form if reply else None,
            self._searches(draft.look_for) if "look_for" in schema["properties"] else (),
            f"of the model's draft, {odd} were not statements of the form asked for" if odd else None,
        )

    def _searches(self, asked: Sequence[Any]) -> tuple[str, ...]:
        """The further searches asked for: few, short, one line each."""
        lines = (one_line(one)[:_MOST_SEARCH_CHARS].strip() for one in asked if isinstance(one, str))
        return tuple(dict.fromkeys(line for line in lines if line))[: self._most_searches]

    def _system(self, audience: Audience, *, further: bool) -> str:
        if further:
            rule = _prompt(FURTHER_PROMPT)
        else:
            rule = _prompt(LOOK_PROMPT).replace("{most}", str(self._most_searches)) if self._most_searches else ""
        return _prompt(COMPOSE_PROMPT).replace("{look}\n", rule + "\n").replace("{audience}", _READER[audience])

    def _asked(self, question: Question) -> str:
        options = f"\nOPTIONS NAMED: {'; '.join(question.options)}" if question.options else ""
        return f"QUESTION: {one_line(question.text)}{options}"

    def _messages(self, system: str, question: Question, evidence: Evidence) -> list[dict[str, str]]:
        asked = f"{self._asked(question)}\n\nSOURCE SENTENCES\n{listed(evidence)}"
        return [{"role": "system", "content": system}, {"role": "user", "content": asked}]


def _listed_claims(claims: Sequence[DraftClaim]) -> str:
    return "\n".join(f"- {claim.text}" for claim in claims)


def _worded(text: str) -> str:
    """A statement's text: one line, without the marks of citations that a model puts into it."""
    return one_line(_MARKS.sub("", text))


def _pointers(evidence: Sequence[str]) -> tuple[str, ...]:
    """The ids named, each once; brackets that a model puts around them are not theirs."""
    return tuple(dict.fromkeys(label.strip(" []()").upper() for label in evidence))


def _claim(part: Part, statement: Statement, question: Question) -> DraftClaim | None:
    text = _worded(statement.text)
    if not text:
        return None
    return DraftClaim(
        part,
        statement.type if part in ("guidelines", "research") else "background",
        text,
        _pointers(statement.evidence),
        statement.topic if statement.topic in question.options else None,
        (statement.relation or "agree") if part == "agreement" else None,
    )


def _absence(missing: Missing, question: Question) -> DraftAbsence | None:
    if missing.topic in question.options:
        return DraftAbsence(missing.topic, missing.kind, question.stem)
    return DraftAbsence(question.text, missing.kind) if missing.topic == WHOLE_QUESTION else None


def _mended(claim: DraftClaim, repair: Repair | None) -> DraftClaim | None:
    text = _worded(repair.text) if repair and repair.action == "reword" else ""
    if repair is None or not text:
        return None
    return DraftClaim(claim.part, claim.type, text, _pointers(repair.evidence), claim.topic, claim.relation)
