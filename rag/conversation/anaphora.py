"""What "it", "they", "the drug" and "which of these" stand for, and how a question reads with it named.

A word that stands for nothing ("is it safe to ...") is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.conversation.frame import Frame, joined, without_mark
from rag.conversation.mentions import Mention, MentionKind, Vocabulary, listed
from rag.text import STOPWORDS

_IT_OF_NOTHING = re.compile(
    r"\bit (?:is |be |was )?(?:\w+ )?(?:safe|ok|okay|fine|necessary|better|best|possible|worth|important|useful|true|advisable"
    r"|appropriate|reasonable|wise|helpful|dangerous|enough|time|wrong|likely|common|normal|recommended|indicated)"
    r"(?: (?:for|in) [\w ]+?)? (?:to|that|if)\b|\b(?:does|did|will|would) it (?:take|matter|mean)\b|\bis it (?:true|that)\b",
    re.IGNORECASE,
)
_CONDITION_VERBS = re.compile(
    r"\b(?:diagnos\w+|caus\w+ of|what causes|symptoms?|presents?|manifest\w*|prevalence|prognosis|prevent(?:ed)?|treat(?:ed)?|managed?"
    r"|cured?|common|confirm\w*|rule (?:it )?out|distinguish\w*|differ\w*|tell|progress\w*|resolves?|settles?|recurs?|classified"
    r"|defined|look like|feel|dangerous|hereditary|contagious|suspect\w*|flare\w*|screen\w*)\b",
    re.IGNORECASE,
)
_TREATMENT_VERBS = re.compile(
    r"\b(?:dose\w*|dosing|help\w*|works?|worked|effective\w*|safe\w*|side effects?|adverse|tak(?:e|en|ing)|giv(?:e|en|ing)|start\w*"
    r"|stop\w*|use[ds]?|using|prescri\w+|taper\w*|titrat\w*|tolerat\w*|contraindicat\w*|interact\w*|combin\w*|reduc\w*|lower\w*"
    r"|increas\w*|rais\w*|improv\w*|relie\w*|cost\w*|benefit\w*|better|superior|inferior|worse|recommend\w*|offer\w*"
    r"|cause|causes|lead|approved|licensed|protect\w*|slow\w*|die|fail\w*|indicated|avoid\w*|switch\w*|added?)\b",
    re.IGNORECASE,
)
_PEOPLE_VERBS = re.compile(
    r"\b(?:they|he|she)\b(?= (?:\w+ ){0,2}?(?:has|have|had|relapse\w*|take|takes|needs?|receive|get|stop|start|is|are|be screened|be treated"
    r"|cannot|can't|die|see|wait|eat|exercise|drive|fly|undergo|improve|worsen|respond)\b)"
    r"|(?<=treat )them\b|(?<=give )them\b|(?<=offer )them\b|(?<=screen )them\b|(?<=manage )them\b|\b(?:him|her)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:(?P<owned>its|their)|(?P<one>it|this|that)|(?P<many>they|them|these|those|both(?: of (?:them|these|those))?|either(?: of (?:them|these|those|the two))?))\b",
    re.IGNORECASE,
)
_DETERMINED = re.compile(
    r"\b(?:this|that|these|those|such|said|same|the same)\s+(?:an?\s+)?(?P<noun>[a-z-]+)\b|\bthe (?:latter|former|second|first)(?: (?:one|option|drug))?\b",
    re.IGNORECASE,
)
_STANDS = "|".join(
    rf"(?P<{kind}>{'|'.join(sorted(listed(f'stands_for_{kind}'), key=len, reverse=True))})"
    for kind in ("treatment", "condition", "test", "trial", "issuer", "population")
)
_NOUN_PHRASE = re.compile(
    rf"\b(?P<determiner>this|that|these|those|such(?: an?)?|the(?: same)?)\s+(?:two\s+|new\s+|other\s+|original\s+)?(?:{_STANDS})\b"
    r"(?!\s+(?:of|for|in|on|with)\s+\w)",
    re.IGNORECASE,
)
_THAT_CLAUSE = re.compile(
    r"\b(?:that|this|these|those)\b(?=\s*(?:$|[?,.;]|(?:is|are|was|were|be|do|does|did|fails?|works?|can|could|should|would|will|has|have"
    r"|also|not|doesn't|isn't|happens?|helps?|affects?|apply|applies|hold|mean|means|change|changes|in|for|with|of|to|too|safe"
    r"|necessary|true|recommended|enough|used|given|stopped|continued|increase|reduce|cause|causes|compare|compared|alone|and|or)\b))",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"\b(show\w*|support\w*|prov\w+|demonstrat\w+|say\w*|said|confirm\w*|evidence (?:for|of)|behind|recommend\w*|found|find\w*)"
    r"\s+(?:that|this|it|so)$",
    re.IGNORECASE,
)
_HEAD = re.compile(r"\b(?P<before>(?:this|that|these|those|such an?|such|the) (?:(?:low|high|lower|higher|new|strict)\s)?)(?P<noun>[a-z]{4,})\b", re.IGNORECASE)
_LEADS = re.compile(
    r"^(?:is|are|was|can|could|does|do|did|might|may|would|should|which|what|how|when|why|where|who|at what|for how long)\b"
    r"(?:\s+(?:is|are|was|were|the|my|a|an|of|i|we|you|do|does|did|should|can|be|much|many|long|often|about)\b)*\s*",
    re.IGNORECASE,
)
_THE_TWO = re.compile(
    r"\b(?:(?:the|these|those) two(?: (?:trials|studies|drugs|treatments|options|conditions))?|(?:these|those|both) (?:trials|studies))\b"
    r"(?! of)",
    re.IGNORECASE,
)
_NAMED_BEFORE = re.compile(r"\b(?:and|but|because|if|when|since|or)\b[^,]{0,40}$", re.IGNORECASE)
_WHICH = re.compile(
    r"^(?:and |so |but )?which(?: (?:one|of (?:these|those|them|the two)(?: (?:drugs|two|options|treatments))?))?"
    r" (?:is|are|was|were|has|works?|would|should|do|does|causes?|carries|has)\b",
    re.IGNORECASE,
)
_OF_THESE = re.compile(r"\b(?:one|of (?:these|those|them|the two))(?: (?:two|drugs|options|treatments))?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Antecedents:
    """What was named before, the last first: in the question before, and since the subject last changed.

    `told` is the short answer to the question before: what a drug asked for turned out to be.
    """

    last: Frame
    before: tuple[Frame, ...]
    vocabulary: Vocabulary
    told: Frame | None = None

    def mentions_of(self, text: str) -> tuple[Mention, ...]:
        """What a text names of its own that a pronoun in it may stand for."""
        return Frame.of(text, self.vocabulary).named("treatment", "condition", "test", "trial")

    def nearest(self, *kinds: MentionKind) -> Mention | None:
        """The first mention of the nearest question that has one of a kind, the kinds in the order given."""
        for frame in (self.last, *self.before):
            for kind in kinds:
                found = frame.named(kind)
                if found:
                    return found[0]
        return None

    @property
    def treatment_named(self) -> str:
        """The treatment of the last question; where it asked for one, the first of its answer; or nothing."""
        if self.last.has("treatment"):
            return self.last.treatment
        told = self.told.named("treatment") if self.told and self.last.treatment else ()
        return told[0].inner if told else ""

    def name(self, *kinds: MentionKind) -> str:
        """The words of the nearest mention; for a treatment also the last question's word for any ("drugs")."""
        for kind in kinds:
            if kind == "treatment" and self.last.treatment:
                return self.treatment_named or self.last.treatment
            if kind == "condition" and self.last.conditions:
                return self.last.conditions[0].inner
            if self.last.has(kind):
                return self.last.named(kind)[0].inner
        found = self.nearest(*kinds)
        return found.inner if found else ""

    def treatments(self, limit: int = 3) -> tuple[Mention, ...]:
        """The treatments named of late, the oldest of them first, each once."""
        found: list[Mention] = []
        for frame in (self.last, *self.before):
            new = [one for one in frame.named("treatment") if one.key not in {known.key for known in found}]
            found = [*new, *found]
            if len(found) >= limit or (len(found) >= 2 and frame is self.last):
                break
        return tuple(found[-limit:])


def points_back(text: str) -> bool:
    """Whether a question has a word that stands for something named before."""
    rest = _IT_OF_NOTHING.sub(" ", text)
    if _NOUN_PHRASE.search(rest) or _THE_TWO.search(rest) or _WHICH.search(rest) or re.search(r"\b(?:latter|former)\b", rest, re.IGNORECASE):
        return True
    if _THAT_CLAUSE.search(rest) or re.search(r"\b(?:he|she|him|his|hers?)\b", rest, re.IGNORECASE):
        return True
    return bool(re.search(r"\b(?:it|its|they|them|their|both|there)\b", rest, re.IGNORECASE))


def _kind_wanted(text: str, antecedents: Antecedents) -> tuple[MentionKind, ...]:
    """The kinds that a bare pronoun of this question may stand for, the likeliest first."""
    condition, treatment = bool(_CONDITION_VERBS.search(text)), bool(_TREATMENT_VERBS.search(text))
    last = antecedents.last
    if re.search(r"\b(?:accurate|accuracy|sensitiv\w+|specific\w*|reliab\w+|cut-?off|positive|negative|false|done|performed|repeated|ordered|measured)\b", text, re.IGNORECASE):
        return ("test", "condition", "treatment")
    if re.search(r"\b(?:how many (?:people|patients)|were in|included|randomi[sz]ed|enrolled|placebo|follow-up|find|found)\b", text, re.IGNORECASE) and last.has("trial"):
        return ("trial", "treatment")
    if condition and not treatment:
        return ("condition", "treatment", "test", "trial")
    return ("treatment", "test", "condition", "trial") if last.has("treatment") or treatment else ("condition", "test", "treatment")


def named_out(text: str, antecedents: Antecedents) -> str:
    """A question with what its pronouns and stand-ins mean put in their place, where that is known."""
    text = _claims(text, antecedents)
    text = _ordinals(text, antecedents)
    text = _two(text, antecedents)
    text = _heads(text, antecedents)
    text = _noun_phrases(text, antecedents)
    text = _choices(text, antecedents)
    return _pronouns(text, antecedents)


def _claims(text: str, antecedents: Antecedents) -> str:
    """ "Which trials showed that?": what was asked before in the place of "that"."""
    return _CLAIM.sub(lambda match: f"{match[1]} {core_of(antecedents.last)}", text)


def _two(text: str, antecedents: Antecedents) -> str:
    """ "The two": the last two trials, treatments or conditions named."""
    for kind in ("trial", "treatment", "condition"):
        names: list[str] = []
        for frame in (antecedents.last, *antecedents.before):
            names += [one.inner for one in reversed(frame.named(kind)) if one.inner not in names]  # type: ignore[arg-type]
        if len(names) >= 2:
            return _THE_TWO.sub(joined(names[1::-1]), text)
        if names and kind == "trial":
            break
    return text


def _heads(text: str, antecedents: Antecedents) -> str:
    """ "Such a low target" after "blood pressure target": the noun with the words before it in the last question."""

    def name(match: re.Match[str]) -> str:
        noun = match["noun"]
        if re.fullmatch(_STANDS, noun, re.IGNORECASE):
            return match[0]
        whole = re.search(rf"((?:[a-z-]+ ){{1,3}}){re.escape(noun)}\b", antecedents.last.text, re.IGNORECASE)
        words = [word for word in whole[1].split() if word.lower() not in STOPWORDS] if whole else []
        return f"{match['before']}{' '.join([*words, noun])}" if words else match[0]

    return _HEAD.sub(name, text)


def core_of(frame: Frame) -> str:
    """What a question is about, without the words that ask."""
    bracketed = re.search(r"\(([^()]*)\)", frame.text)
    plain = bracketed[1] if bracketed else without_mark(frame.text)
    return _LEADS.sub("", plain) or plain


def _ordinals(text: str, antecedents: Antecedents) -> str:
    known = antecedents.last.named("treatment") or antecedents.last.named("condition")
    if len(known) < 2:
        return text
    first, second = (rf"\bthe (?:{word}(?: (?:one|option|drug|treatment))?|{place} (?:one|option|drug|treatment)|{place}(?=[?]?$))(?![-\w])" for word, place in (("former", "first"), ("latter", "second")))
    text = re.sub(first, known[0].inner, text, flags=re.IGNORECASE)
    return re.sub(second, known[1].inner, text, flags=re.IGNORECASE)


def _noun_phrases(text: str, antecedents: Antecedents) -> str:
    def name(match: re.Match[str]) -> str:
        kind = match.lastgroup
        noun = match[kind] if kind else ""
        if kind == "population":
            found = antecedents.nearest("population")
            condition = antecedents.nearest("condition")
            if found:
                return found.text
            return f"{noun} with {condition.text}" if condition and noun.lower() not in ("case", "cases") else match[0]
        if kind == "treatment" and match["determiner"].lower().startswith(("these", "those")):
            several = antecedents.treatments()
            return joined(one.inner for one in several) if several else match[0]
        if kind is None:
            return match[0]
        wanted: MentionKind = kind  # type: ignore[assignment]
        return antecedents.name(wanted) or match[0]

    return _NOUN_PHRASE.sub(name, text)


def _choices(text: str, antecedents: Antecedents) -> str:
    """ "Which is safer?" with the treatments named of late as its options."""
    if not _WHICH.search(text):
        return text
    known = antecedents.treatments()
    if len(known) < 2:
        return text
    plain = without_mark(_OF_THESE.sub("", text, count=1))
    return f"{' '.join(plain.split())}, {joined((one.inner for one in known), 'or')}"


def _pronouns(text: str, antecedents: Antecedents) -> str:
    own = antecedents.mentions_of(text)
    hidden = [match.span() for match in _IT_OF_NOTHING.finditer(text)]
    standing = {match.start() for match in _THAT_CLAUSE.finditer(text)}
    kinds = _kind_wanted(text, antecedents)
    people = {match.start() for match in _PEOPLE_VERBS.finditer(text)}
    parts, done, used = [], 0, set[str]()
    for match in _PRONOUN.finditer(text):
        word = match[0].lower()
        if any(start <= match.start() < end for start, end in hidden):
            continue
        if word in ("this", "that", "these", "those") and match.start() not in standing:
            continue
        if _NAMED_BEFORE.search(text[: match.start()]) and own and own[0].end <= match.start():
            continue
        if match.start() in people and not _says_of_treatment(text):
            continue
        named = _name_of(match, kinds, antecedents)
        if not named or named in used:
            continue
        used.add(named)
        parts.append(text[done : match.start()])
        done = match.end()
        if not match["owned"]:
            parts.append(named)
            contracted = re.match(r"['’]s\b", text[done:])
            if contracted:
                parts.append(" is")
                done += contracted.end()
            continue
        owned = re.match(r"\s+(?:\w+\s?){1,4}$", text[done:])
        if owned:
            return "".join([*parts, f"the {owned[0].strip()} of {named}"])
        parts.append(f"{named}'" if named.endswith("s") else f"{named}'s")
    return "".join([*parts, text[done:]])


def _says_of_treatment(text: str) -> bool:
    """Whether "they" are treatments, not people: what is taken, stopped or given."""
    return bool(
        re.search(
            r"\bthey (?:\w+ )?(?:be |been )?(?:taken|given|used|stopped|started|combined|tapered|work\w*|help\w*|cause\w*|reduce\w*|lower"
            r"|prevent|increase|interact|safe|effective|recommended|prescribed|avoided|continued|accurate|reliable|tolerated|cost)\b",
            text,
            re.IGNORECASE,
        )
    )


def _name_of(match: re.Match[str], kinds: Sequence[MentionKind], antecedents: Antecedents) -> str:
    if match["many"]:
        several = antecedents.last.named("treatment")
        both = match["many"].lower().startswith(("both", "either"))
        if both or (kinds[0] == "treatment" and len(antecedents.treatments()) > 1 and not several):
            return joined(one.inner for one in antecedents.treatments(2))
        if kinds[0] == "treatment" and several:
            return joined(one.inner for one in several[:2])
    return antecedents.name(*kinds)
