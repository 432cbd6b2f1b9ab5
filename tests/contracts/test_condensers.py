"""What every condenser keeps: a first question as it is, one line, the names of the question, nothing of what was
left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rag.conversation.base import Asked, Condenser
from rag.conversation.language_model import LanguageModelCondenser
from rag.conversation.mentions import Vocabulary
from rag.conversation.rules import RuleCondenser
from rag.models.base import ChatReply

VOCABULARY = Vocabulary()
SCIATICA = Asked("Does pregabalin help sciatica?", "Does pregabalin help sciatica?")
GOUT = Asked("How is gout treated?", "How is gout treated?", "new_subject")


class Careless:
    """A chat model that rewrites every question to the same one."""

    name = "careless"

    def complete(self, messages: Sequence[Mapping[str, str]], schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        return ChatReply(json.dumps({"standalone": "Is morphine 10 mg safe?", "new_subject": False}), self.name)


@pytest.fixture(params=["rules", "model"])
def condenser(request: pytest.FixtureRequest) -> Condenser:
    rules = RuleCondenser(VOCABULARY)
    if request.param == "rules":
        return rules
    return LanguageModelCondenser(Careless(), rules, VOCABULARY, max_chars=2000)


def test_a_first_question_is_its_own(condenser: Condenser) -> None:
    found = condenser.condense("  Does it\nhelp? ", ())
    assert (found.standalone, found.relation) == ("Does it help?", "first")


@pytest.mark.parametrize(
    "question", ["And gabapentin?", "In children?", "Why?", "What dose?", "Is that safe?\nReally?"]
)
def test_a_follow_up_is_one_line_on_the_same_subject(condenser: Condenser, question: str) -> None:
    found = condenser.condense(question, (SCIATICA,))
    assert found.relation == "follow_up"
    assert "sciatica" in found.standalone
    assert "\n" not in found.standalone
    assert condenser.condense(question, (SCIATICA,)) == found


def test_what_the_question_names_is_kept(condenser: Condenser) -> None:
    found = condenser.condense("And tramadol 50 mg after 80?", (SCIATICA,))
    assert all(word in found.standalone for word in ("tramadol", "50 mg", "80"))
    assert "morphine" not in found.standalone


def test_nothing_is_taken_from_before_a_change_of_subject(condenser: Condenser) -> None:
    found = condenser.condense("And in children?", (SCIATICA, GOUT))
    assert "gout" in found.standalone
    assert "sciatica" not in found.standalone
