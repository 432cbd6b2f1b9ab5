"""Orders to a language model that stand in a source: a sentence that speaks to a machine is no evidence of anything.

Such a sentence is not offered to a model, and cannot be cited then. This is a second line of defence and knows plain
orders only; the first is that whatever a model is talked into must still be carried by what it cites.
"""

from __future__ import annotations

import re

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,40}\b(?:instructions?|prompts?|system message)\b"
    r"|^\W*(?:system|assistant|user|developer)\s*(?:prompt|message)?\s*:"
    r"|<\|?(?:im_start|im_end|system|assistant|user)\|?>|\[/?INST\]"
    r"|\b(?:to|dear|attention|note to|hey)\s*,?\s*(?:the |all |any )?(?:ai |language |chat)?\s*(?:assistants?|language"
    r" models?|llms?|chatbots?|ai models?)\s*:"
    r"|\byou are (?:now )?(?:an?|the|in) (?:\w+ ){0,2}(?:assistant|language model|chatbot|developer mode)\b"
    r"|\b(?:reply|respond|answer|output|print|write|say)\b[^.]{0,40}\b(?:in json|as json|to every question|verbatim)\b"
    r"|\b(?:look_for|short_answer|not_found)\b|\"(?:evidence|guidelines|research|statement)\"\s*:"
    # What looks like a line of a request:
    r"|\b[GR]\d+\.\d+\s*:\s|\bSOURCE SENTENCES\b|\bREFUSED STATEMENTS\b|\bALREADY STATED\b",
    re.IGNORECASE,
)


def is_order(text: str) -> bool:
    """Whether a sentence speaks to a language model, or poses as a part of what it is sent."""
    return bool(_ORDER.search(" ".join(text.split())))
