"""Requests that are sent twice: under the same key, the same request is answered once, and told the same again."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from typing import Annotated

from fastapi import Header

from rag.web.asking import Asking, AskSteps, Kept
from rag.web.services import Services

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{8,200}$",
        description="The same key with the same body gives the same answer, however often it is sent.",
        examples=["3f9c6a52-4f0e-4e56-9d0c-1f2a3b4c5d6e"],
    ),
]


def digest_of(asking: Asking) -> str:
    """What a request asks for, as SHA-256."""
    within = asking.within
    parts = [
        asking.question,
        asking.conversation_id,
        asking.standalone,
        asking.audience,
        within.year_from,
        within.year_to,
        sorted(within.topics),
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()


def asked_once(services: Services, asking: Asking, key: str, steps: Callable[[], AskSteps]) -> AskSteps:
    """The steps of an ask; where the same was asked under this key before, where its answer is kept.

    Raises:
        RepeatedKeyError: the key was used for something else, or the same is being answered at this moment.
    """
    store, owner = services.repeats, asking.owner
    answer_id = store.begin(key, owner, digest_of(asking))
    if answer_id is not None:
        yield _kept(services, owner, answer_id)
        return
    kept = False
    try:
        with closing(steps()) as made:
            for step in made:
                if isinstance(step, Kept):
                    store.finish(key, owner, str(step.turn.answer_id))
                    kept = True
                yield step
    finally:
        if not kept:
            store.abandon(key, owner)


def _kept(services: Services, owner: str, answer_id: str) -> Kept:
    saved = services.answers.find(answer_id)
    conversation = services.talk(saved.conversation_id, owner=owner).conversation
    return Kept(saved.conversation_id, conversation.turns[saved.turn - 1])
