"""How a line begins: a change of subject, a correction, "what about", a statement; or as a whole question."""

from __future__ import annotations

import re

_CHANGE = re.compile(
    r"^\W*(?:(?:and|ok(?:ay)?|so|now|thanks|well|right|great)\b[,.!]?\s+)*"
    r"(?:(?:(?:on |to )?(?:another|a (?:different|new)|an unrelated|new|different|unrelated|next|change of|changing "
    r"the?"
    r"|switching) (?:topic|subject|question|patient|case|matter|issue)s?)|moving on|something (?:else|different)"
    r"|unrelated"
    r"|separately|forget (?:that|it|this)|never ?mind)\b[,.:;!]?\s*(?:with\b|to\b|about\b|:)?\s*",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"^\W*(?:(?:no|sorry|wait|actually|oops)\b[,.!]?\s*)*"
    r"(?:i (?:meant|mean|was asking about|am asking about)|(?:no|sorry|actually|rather|i said)\b[,.]?)\s+",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:what about|how about|and (?:what|how) about|what of|also|even|only|or|and|but|then|any)\s+", re.IGNORECASE
)
_SAME = re.compile(
    r"^(?:(?:is|does|do) (?:this|that|it|the same) (?:also )?(?:true|the same|so|hold(?: true)?|apply|go)|(?:also "
    r")?(?:the )?same"
    r"(?: \w+){0,2}?) (?=(?:for|to|in|with|on)\b)",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^(?:(?:he|she|they|it|i|we|my|his|her|the|this|our|their)\b(?: \w+){0,3}? (?:is|are|has|have|had|was|takes?"
    r"|weighs?"
    r"|cannot|can't|does|lost|wants|lives|smokes|already|suffers|developed|did|am|also)\b|(?:i'm|she's|he's|they're|it's)\b)",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"^(?:it|that|the (?:test|result|scan|biopsy|value|level|x-ray|mri|abi|esr|crp)s?) (?:came back|is|was|were"
    r"|showed|shows|reads?)\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"^(?:why(?: not| is that| so)?|how so|are you sure|really"
    r"|(?:can you )?(?:explain|elaborate|tell me more|say more|more (?:details?|on that))(?: (?:please|that|why|on "
    r"that))*"
    r"|(?:what is |what's )?(?:the |any )?evidence(?: for (?:that|this|it))?|go on|and|how|says who)$",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"^(?:what )?(?:does|do|did|would|will|is) (?P<who>.+?) (?:agree|disagree|say|recommend|think|advise|suggest)"
    r"(?: (?:with )?(?:that|this|it|so|the same|(?:about|on) (?:this|that|it)))?$"
    r"|^(?P<view>.+?) (?:view|position|opinion|stance)$",
    re.IGNORECASE,
)
_FAILS = re.compile(
    r"^(?:what )?(?:if|when)\s+(?:it|that|this|they|those|these)\s+(?=(?:fails?|failed|stops?|cannot|can't"
    r"|(?:does|do|did)(?:n't| not)|(?:is|are|was|were)(?:n't| not)?"
    r" (?:not |contraindicated|ineffective|insufficient|tolerated|enough|unavailable))\b)",
    re.IGNORECASE,
)
_ADVERB = re.compile(
    r"^(?:for |by |at |from )?(?:how (?:much|many|long|often|quickly|fast|soon|strongly|early|late)|when|where|until "
    r"when"
    r"|since when)(?: (?:days|weeks|months|years|times|hours))?$",
    re.IGNORECASE,
)
ASKING = re.compile(
    r"^(?:for |at |to |in |from |by |down to |up to )?(?:what|which|how|when|why|where|who|whose|whom|tell|explain"
    r"|describe"
    r"|list|compare|summari[sz]e|show|give|name|let|i)\b",
    re.IGNORECASE,
)
VERB = re.compile(
    r"\b(?:is|are|was|were|am|be|do|does|did|can|could|should|would|will|may|might|must|has|have|had|needs?|shall|causes?"
    r"|helps?|works?|recommends?|treats?|happens?|showed|shows?|says?|isn't|aren't|doesn't|don't|can't|relieves?|confirms?"
    r"|prevents?|reduces?|supports?)\b",
    re.IGNORECASE,
)
ADJUNCT = re.compile(
    r"^(?:in|for|with|without|among|if|when|after|before|during|at|on|from|according to|over|under|above|below|aged?"
    r"|versus"
    r"|vs\.?|compared (?:with|to)|instead of|despite|by|per|unless|as|to|who|whose)\b",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"\s+(?:too|also|as well|then|either|though|please|specifically)$", re.IGNORECASE)
_CLAUSE_AFTER_COMMA = re.compile(
    r",\s*(?:what|which|how|when|why|where|who|should|can|could|is|are|does|do|did|would|will)\b", re.IGNORECASE
)
_TOPIC_WORDS = 6


def changed_to(asked: str) -> str:
    """What follows an announced change of subject, or nothing."""
    change = _CHANGE.match(asked)
    return asked[change.end() :] if change and len(asked) - change.end() > 2 else ""


def without_correction(asked: str) -> str:
    """A line without "no, I meant" before it."""
    return _CORRECTION.sub("", asked, count=1)


def without_trail(text: str) -> str:
    """A text without "too", "as well" or "then" at its end."""
    return _TRAILING.sub("", text)


def asks_again(body: str) -> bool:
    """Whether a line only asks on: "why?", "any evidence?", "tell me more"."""
    return _AGAIN.match(body) is not None


def is_statement(body: str) -> bool:
    """Whether a line without a question mark tells something of the patient: "she is 82"."""
    return _STATEMENT.match(body) is not None and not _CLAUSE_AFTER_COMMA.search(body)


def is_result(body: str) -> bool:
    """Whether a line without a question mark tells what a test gave: "it came back as 1.5"."""
    return _RESULT.match(body) is not None


def who_agrees(body: str) -> str:
    """Whose view a line asks for ("does the ACP agree?"), or nothing."""
    match = _AGREES.match(body)
    return (match["who"] or match["view"] or "") if match else ""


def what_fails(core: str) -> str:
    """Of "what if it does not work": "does not work"; or nothing."""
    match = _FAILS.match(core)
    return core[match.end() :] if match else ""


def is_adverb(core: str) -> bool:
    """Whether a line asks only how long, how much, when."""
    return _ADVERB.match(core) is not None


def without_opener(body: str) -> tuple[str, bool]:
    """A line without "what about", "and", "same for", and whether it had one."""
    same = _SAME.match(body)
    if same:
        return re.sub(r"^(?:to|on)\b", "for", body[same.end() :]), True
    opener = _LEAD.match(body)
    return (body[opener.end() :], True) if opener else (body, False)


def topic_and_clause(core: str) -> tuple[str, str]:
    """A topic and the question on it after a comma ("febuxostat, is it safe"), or nothing twice."""
    topic, comma, clause = core.partition(",")
    clause = clause.strip()
    pointing = re.search(r"\b(?:it|they|this|that|i|i'm|i’m)\b", topic, re.IGNORECASE)
    if not comma or len(topic.split()) > _TOPIC_WORDS or pointing or ADJUNCT.match(topic) or VERB.search(topic):
        return "", ""
    return (topic.strip(), clause) if ASKING.match(clause) or VERB.match(clause) else ("", "")


def is_fragment(core: str, opened: bool) -> bool:
    """Whether a text is no whole question; `opened` says that it had an opener."""
    if _CLAUSE_AFTER_COMMA.search(core):
        return False
    asks_when = re.match(r"when (?:is|are|do|does|did|should|can|could|will|would|to)\b", core, re.IGNORECASE)
    if re.match(r"(?:if|when|unless)\b", core, re.IGNORECASE) and not asks_when:
        return True
    if not VERB.search(core):
        return True
    return not (ASKING.match(core) or VERB.match(core)) and (opened or ADJUNCT.match(core) is not None)
