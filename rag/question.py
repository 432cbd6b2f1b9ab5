"""What a question asks: the conditions or treatments it names, and what it asks of them.

Rules only, no model. A question that names options is taken apart so that none of them is lost; any other
question is its own single query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.errors import QuestionError
from rag.naming import asked_class, asked_drug, members_of
from rag.text import fold, with_kin
from rag.types import Query

_CUES = (
    r"related to|due to|caused by|a sign of|signs of|a symptom of|symptoms of|associated with|attributable to"
    r"|suggestive of|consistent with|explained by|because of|secondary to|a result of|linked to|indicative of"
    r"|points? to|suggests?|indicates?|differentiates?|distinguish(?:es)?|difference between|differences between"
    r"|choose between|choice between|between|comes? from|compare|comparing|is it|could it be|might it be"
    r"|treat with|treated with|start with|prescribe|prefer|recommend|use|using|give|offer|does (?:that|this|it) fit|:"
)
_CUE = re.compile(rf"(?:\b(?:{_CUES})|:|\s[-–—])\s+(?:an?\s+|the\s+|either\s+|rather\s+)?", re.IGNORECASE)
_TAIL = re.compile(
    r"(?<! or)(?<! and)\s+(?:[-–—]\s|(?:in|for|of|with|useful|effective|safe|helpful|among|during|after|before|when|if"
    r"|as|better|best|superior|which|preferred|recommended|use\w*|the|to)\b).*$",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*,?\s+(?:or|and|versus|vs\.?)\s+|\s*,\s*(?:or\s+|and\s+)?|\s*;\s*", re.IGNORECASE)
_CHOICE = re.compile(
    r"\b(?:or|versus|vs\.?)\b|\bbetween\b.*\band\b|\bcompare\b.*\b(?:and|with)\b"
    r"|(?:\s[-–—]|:)\s[^,?.]+(?:,\s[^,?.]+){1,5}$",
    re.IGNORECASE,
)
_ASKS_FIRST = r"(?:is|are|does|do|did|can|could|should|would|will|what|which|how|when|why|who|if|i|my|in|with|for)"
_OPENING = re.compile(
    rf"^(?:(?:which|what)\b[^,]*,\s*|(?:is|are)\s+|(?=[^,]*\b(?:vs\.?|versus)\b)|(?=(?!{_ASKS_FIRST}\b)[^,?:]*\bor\b))",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"^(?:(?:is|could|might|may) (?:it|this|that)(?: be)?\s+)?(?:(?:an?|the|either)\s+)?", re.IGNORECASE
)
_OPTION_WORDS = 6
_VERSUS = re.compile(r"\b(?:versus|vs)\b", re.IGNORECASE)
_NO_NAME = re.compile(rf"^(?:{_ASKS_FIRST}|one|two|three|any|at|both|neither|\d+\S*)(?:\b|$)|[.?!]\s", re.IGNORECASE)
"""How what stands between commas begins where it is no alternative."""
_NO_OPTION = re.compile(r"placebo\b.*|no treatment|nothing|control|usual care|not", re.IGNORECASE)

_SYMPTOM = re.compile(
    r"\b(?:pain|ache|aching|weakness|numbness|tingling|claudication|stiffness|headache|cough|fever|breathless\w*"
    r"|dyspn\w+|palpitation\w*|dizz\w+|syncope|swelling|rash|fatigue|bleeding|vomiting|nausea|sciatica|limp)\b",
    re.IGNORECASE,
)
_SYMPTOM_PHRASE = re.compile(rf"(?:[\w-]+\s+)?{_SYMPTOM.pattern}", re.IGNORECASE)
_CAUSAL = re.compile(
    r"\b(?:related to|due to|caused by|causes? of|what (?:can |might |may )?causes?|sign of|symptoms? of|suggest\w*"
    r"|indicat\w+|consistent with|diagnos\w+|differential|distinguish\w*|differentiat\w+|explain\w*|what could"
    r"|what is wrong|point\w* to|is it|could it be)\b",
    re.IGNORECASE,
)
_COURSE = re.compile(
    r"\b(?:relieved|eased|improves?|better|worse\w*|provoked|aggravated|numb\w*|sudden\w*)\b", re.IGNORECASE
)
_MEASURING = re.compile(
    r"^(?:which|how (?:common|many|often|much|accurate|sensitive|specific|long)|what (?:percentage|proportion|dose"
    r"|side effects?|share|is the|are the)|does|do|is there|are there|should)\b",
    re.IGNORECASE,
)
_URGENT = re.compile(
    r"\b(?:saddle|incontinen\w+|retention|bladder|bowels?|pee|urinate|numb\w*|paralys\w+|cannot (?:walk|feel|move))\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?:does|do|did|is|are|should|can|could|would|will)\s+(?:(?:i|we|you|they)\s+)?"
    r"(?:(?:use|give|offer|prescribe|start|order|get|try)\s+)?(?P<subject>.+?)\s+(?:(?:in|for|with|to|of)\s.+?\s)?(?:be\s+)?"
    r"(?:helps?|works?|reduces?|relieves?|improves?|prevents?|treats?|cures?|given|used|offered|started|recommended"
    r"|useful|effective|safe|ok|okay|good|indicated|appropriate|advised|needed|necessary|better|contraindicated)\b",
    re.IGNORECASE,
)
_USE = re.compile(
    r"^(?:(?:can|could|should|may|must)\s+(?:i|we|you|they|he|she|(?:my|the|a) patients?|patients)\s+"
    r"|(?:is it|would it be)\s+(?:safe|ok|okay|alright|reasonable|wise)\s+to\s+)(?:(?:still|safely|also|ever)\s+)?"
    r"(?:use|give|offer|prescribe|start|take|have|try|continue|be (?:given|on))\s+(?:an?\s+|the\s+)?"
    r"(?P<subject>[\w-]+(?:\s[\w-]+){0,3}?)\s+(?:in|for|with|to|if|when|at|after|before|during|despite|as|by|alone)\b",
    re.IGNORECASE,
)
"""Whether a treatment may be used, of whom or what: "Can I use apixaban in ..."."""
_SPECIES = r"(?:cats?|kittens?|dogs?|pupp(?:y|ies)|horses?|cows?|pigs?|rabbits?|hamsters?|parrots?|pets?)"
_ANIMAL = re.compile(
    rf"\b(?:my|our|his|her|their|your)\s+(?:\w+\s+)?{_SPECIES}\b(?!\s+(?:bit|scratch|scan|allerg|hair|dander))"
    rf"|\b(?:in|for|of)\s+(?:an?\s+)?{_SPECIES}(?=\s*(?:$|[?.!,;']|with\b|after\b|and\b))"
    r"|\bhind (?:leg|limb|paw)s?\b|\bveterinar\w*|\b(?:feline|canine|bovine)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:is|are|was|can|could|does|do|might|may|would|should|which|what|how)\b"
    r"(?:\s+(?:is|are|the|my|a|an|of|i|we|you)\b)*\s*",
    re.IGNORECASE,
)


_CLAUSE_END = re.compile(
    r"(?<=[.?!;:])\s+|\s[-–—]\s"
    r"|,\s+(?=(?:(?:and|but|so|or)\s+)?(?:what|which|how|when|should|does|do|did|is|are|can|who|for how)\b)",
    re.IGNORECASE,
)
_CLAUSE_WORDS = 2


def clauses(text: str) -> tuple[str, ...]:
    """The clauses of a question that have at least two longer words, or the whole: a case told before the question
    itself is a clause of its own."""
    found = [part for part in _CLAUSE_END.split(text) if len(re.findall(r"\w{3,}", part)) >= _CLAUSE_WORDS]
    return tuple(found) or (text,)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    `options` are the named alternatives, in the asker's words; `stem` is what is asked of each of them.
    Without options the stem is the question itself. `subject` is the treatment or test that a yes-or-no question asks
    about ("opioids" in "Are opioids recommended for sciatica?"), or empty.
    """

    text: str
    stem: str
    options: tuple[str, ...]
    subject: str
    diagnostic: bool
    urgent: bool
    about_animals: bool

    def queries(self) -> tuple[Query, ...]:
        """What to search for: the question or each option, and what a symptom calls for beyond them.

        A question on a class of drugs is searched for a second time with drugs of it named, one on a drug with its
        class named, and an option that is a class with drugs of it: trials speak of drugs, guidelines of classes.
        """
        if not self.options:
            named = _with_class(_with_members(self.text))
            main: tuple[Query, ...] = tuple(Query(text) for text in dict.fromkeys((self.text, named)))
        else:
            main = tuple(Query(f"{_with_members(option)}: {self.stem}", "option", option) for option in self.options)
        if not self.diagnostic:
            return (*main, Query(self.text)) if self.options else main
        symptom = _SYMPTOM_PHRASE.search(self.stem)
        about = self.text if _URGENT.search(self.text) else symptom.group(0) if symptom else "symptoms"
        extra = [Query(f"red flags, serious cause of {about}", "red_flags")]
        return (*main, Query(with_kin(self.stem), "unnamed"), *extra)


def _with_members(text: str) -> str:
    """A text that asks of a class of drugs with drugs of it in brackets behind it."""
    of_class = asked_class(text)
    return f"{text} ({', '.join(members_of(of_class))})" if of_class else text


def _with_class(text: str) -> str:
    """A text that asks of a single drug with its class in brackets behind it."""
    drug = asked_drug(text)
    return f"{text} ({drug[1]})" if drug else text


def _named_options(text: str) -> tuple[str, ...]:
    """The alternatives a question names, or nothing where it names fewer than two."""
    body = text.rstrip(" ?.!")
    if not _CHOICE.search(body):
        return ()
    starts = [cue.end() for cue in _CUE.finditer(body)]
    starts += [match.end() for match in _OPENING.finditer(body)]
    found = [options for start in starts if len(options := _listed_from(body, start)) >= 2]
    # The most alternatives, in the fewest words: a cue that stands too early brings words that are no alternative.
    return min(found, key=lambda options: (-len(options), sum(len(one.split()) for one in options)), default=())


def _listed_from(body: str, start: int) -> tuple[str, ...]:
    """The alternatives that are listed from a place on; nothing where one is too long to be a name, or is no name."""
    listed = _TAIL.sub("", body[start:])
    if _VERSUS.search(listed) and not re.search(r"\bor\b", listed, re.IGNORECASE):
        listed = re.sub(r"(\b(?:versus|vs)\b[^,;]*)[,;].*$", r"\1", listed, flags=re.IGNORECASE)
    options = [_ARTICLE.sub("", part.strip()) for part in _JOIN.split(listed)]
    options = [option for option in options if option and not _NO_OPTION.fullmatch(option)]
    fit = all(len(option.split()) <= _OPTION_WORDS and not _NO_NAME.search(option) for option in options)
    return tuple(dict.fromkeys(options)) if fit else ()


def _stem_of(text: str, options: tuple[str, ...]) -> str:
    if not options:
        return text
    body = text.rstrip(" ?.!")
    start = body.find(options[0])
    end = body.find(options[-1], start) + len(options[-1])
    before = re.sub(rf"(?:\b(?:{_CUES})|:)\s*(?:an?|the|either)?\s*$", "", body[:start].rstrip(), flags=re.IGNORECASE)
    kept = _LEAD.sub("", f"{before.strip()} {body[end:].strip()}".strip())
    return kept.strip(" ,;:-–—") or text


def parse_question(text: str, *, max_chars: int) -> Question:
    """Take a question apart.

    Args:
        text: what the person asked.
        max_chars: the longest question accepted, in characters.

    Raises:
        QuestionError: the question is empty, has no word in it, or is too long.
    """
    asked = " ".join(text.split())
    if not asked:
        raise QuestionError("the question is empty", mend='ask one, for example: rag ask "What relieves ...?"')
    if len(asked) > max_chars:
        raise QuestionError(
            f"the question has {len(asked)} characters, more than {max_chars}",
            value=asked[:60],
            mend="shorten it, or raise RAG_QUESTION_MAX_CHARS",
        )
    if not re.search(r"[^\W\d_]{2}", asked):
        raise QuestionError("the question has no words in it", value=asked, mend="ask in words")
    options = _named_options(asked)
    subject = (_USE.match(asked) or _SUBJECT.match(asked)) if not options else None
    return Question(
        text=asked,
        stem=_stem_of(asked, options),
        options=options,
        subject=subject["subject"] if subject else "",
        diagnostic=_is_diagnostic(asked, bool(options)),
        urgent=bool(_URGENT.search(asked)) and not _MEASURING.match(asked),
        about_animals=bool(_ANIMAL.search(asked)),
    )


def _is_diagnostic(text: str, names_options: bool) -> bool:
    """Whether a question is about what a symptom comes from, so that other causes and red flags belong to it."""
    if _URGENT.search(text) and not _MEASURING.match(text):
        return True
    if not _SYMPTOM.search(fold(text)):
        return False
    if names_options and _CAUSAL.search(text):
        return True
    return not _MEASURING.match(text) and bool(_CAUSAL.search(text) or (names_options and _COURSE.search(text)))
