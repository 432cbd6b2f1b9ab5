"""Comparators: "at least", "30 or more" and "≥" are one; "over 65" and "65 and over" are two.

Some words leave open on which side a number is meant: "from an eGFR of 30", "a threshold of 30", "not ... above 30".
These have signs of their own, which agree with every plain one that they may stand for.
"""

from __future__ import annotations

import re

_BIGGER = r"more|greater|higher|longer|older|later|above|over|beyond|in excess|past"
_SMALLER = r"less|fewer|lower|shorter|younger|smaller|earlier|sooner|below|under|short of"
_FILL = (
    r" ?(?:(?:about|approximately|around|age|aged|the age of|the age|of|an?|the|or equal to|than"
    r"|the (?:maximum|minimum|top)(?: score)? of) )*$"
)
_BEFORE = re.compile(
    r"(?:"
    r"(?P<le>≤|\b(?:at or (?:below|under|before)|(?:below|under) or (?:at|equal to)"
    rf"|(?:no|not|never|nor)(?: be| to be)? (?:{_BIGGER})(?: than)?"
    r"|(?:(?:does|do|did|should|must|to|may|can) not|cannot|never) exceed|not exceed(?:ing|ed)|without exceeding"
    r"|at (?:the |an? )?(?:most|maximum(?: of)?)|up to|as (?:many|much|high|long) as"
    r"|(?:limited|restricted|capped) (?:to|at)(?! the)"
    r"|a? ?(?:ceiling|cap) of|through (?:the )?age(?: of)?))"
    r"|(?P<max>\b(?:(?:maximum|maximal|max\.?)(?: [a-z]+){0,2}?(?: of|:| was| is)?"
    r"|(?:highest|longest|largest)(?: [a-z]+){0,2}? (?:of|was|is)|oldest(?: [a-z]+){0,6}))"
    r"|(?P<ge>≥|\b(?:at or (?:above|over|beyond|after)|(?:above|over) or (?:at|equal to)"
    rf"|(?:no|not|never|nor)(?: be| to be)? (?:{_SMALLER})(?: than)?|at (?:the |an? )?(?:least|minimum(?: of)?)"
    r"|as (?:few|little|low) as|a? ?floor of"
    r"|(?:starting|beginning|from) (?:at )?(?:the )?age(?:s|d)?(?: of)?|upwards? of))"
    r"|(?P<gt>>|\b(?:(?:more|greater|higher|longer|older|later) than|above|over|beyond"
    r"|in excess of|exceed(?:s|ing|ed)?|surpass(?:es|ing|ed)?|after (?:the )?age(?: of)?|past (?:the )?age(?: of)?))"
    r"|(?P<lt><|\b(?:(?:less|fewer|lower|shorter|younger|smaller|earlier|sooner) than|below|under"
    r"|before (?:the )?age(?: of)?|short of"
    r"|(?:not|never|yet to)(?: [a-z]+)? (?:reach|attain|achiev)(?:ed|es?|ing)?(?: an?| the)?(?: [a-z]+ of)?))"
    r"|(?P<min>\b(?:(?:minimum|minimal|min\.?)(?: [a-z]+){0,2}?(?: of|:| was| is)?"
    r"|(?:lowest|shortest|smallest)(?: [a-z]+){0,2}? (?:of|was|is)|youngest(?: [a-z]+){0,6}))"
    rf"|(?P<within>\bwithin|\b(?:the|their|his|her|its) first)){_FILL}"
)
_OR_EQUAL = re.compile(r"\bor (?:equal to|the same as) ?$")
_NEGATED = re.compile(
    r"(?:\b(?:not|never|cannot|nor|none|nobody|neither|without|rarely|hardly|no [a-z]+)|n't)(?: [a-z-]+){0,7} $"
)
_FROM = re.compile(
    r"\b(?:from|reach(?:es|ed|ing)?|attain(?:s|ed|ing)?) (?:(?:an? |the )?(?:[a-z\d-]+ ){1,4}of )?$|\bany $"
)
_STARTING = re.compile(r"\b(?:starts?|begins?|sets? in) [^;.,()\d]{0,40}\b(?:at|from)(?: [a-z]+){0,5} $")
_THRESHOLD = re.compile(r"\b(?:bar|thresholds?|cut-?offs?|cut-?points?|lines?) [^;.()\d]{0,48}$")
_AGE_TURN = re.compile(r"\b(?P<word>before|from|after|past)(?: about)? $")
_NUMBER_NEXT = (
    r"(?! (?:an? |about )?(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|half|twelve|twenty|thirty"
    r"|(?:single )?(?:minute|hour|day|week|month|year|decade|dose|few)s?\b))"
)
_AFTER = re.compile(
    r"(?:(?!\byounger and older|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b)[^,;.()\d]){0,26}?(?:"
    r"(?P<ge>\b(?:or|and) (?:more|above|older|longer|higher|greater|over|later|up|upwards?|beyond)\b"
    r"(?! (?:about |the |an? )?(?:past )?\d)"
    rf"|\bplus\b(?! [a-z])|\bupwards\b|\bonwards?\b|\bat (?:the )?least\b{_NUMBER_NEXT}|\bis the (?:minimum|least)\b)"
    r"|(?P<le>\b(?:or|and) (?:less|below|younger|shorter|lower|fewer|under|smaller|earlier|sooner)\b"
    rf"|\bat (?:the )?most\b{_NUMBER_NEXT}|\bis the (?:maximum|most)\b))"
)
_PLUS = re.compile(r"\+(?!\d)")
_LASTING = re.compile(
    r"\b(?:last(?:s|ed|ing)?|persist\w*|present|duration|ag(?:e|ed|es)|adults?|people|patients?|those|men|women|persons?"
    r"|individuals|children|participants|subjects|anyone|everyone|longer|for|of|is|was|the|lived|just|well|waited)"
    r" (?:over|under) ?(?:(?:about|age|the age of|an?) )*$"
)
_TIMES = frozenset({"day", "week", "month", "year", "hour", "minute", "decade"})
_OPEN = {
    "within": frozenset({None, "<=", "<", "over"}),
    "over": frozenset({None, ">", "within"}),
    "from": frozenset({None, ">=", "threshold"}),
    "threshold": frozenset({None, ">=", "<=", ">", "<", "from"}),
    "max": frozenset({None, "<=", "threshold"}),
    "min": frozenset({None, ">=", "threshold", "from"}),
    "not >": frozenset({">", "<=", "max"}),
    "not <": frozenset({"<", ">=", "min"}),
    "not within": frozenset({None, "within", ">", ">=", "over"}),
}
NAMES = {"ge": ">=", "le": "<=", "gt": ">", "lt": "<", "within": "within", "max": "max", "min": "min"}
SPOKEN = {
    ">=": "at least ",
    "<=": "at most ",
    ">": "more than ",
    "<": "less than ",
    "max": "at most ",
    "min": "at least ",
    "within": "within ",
    "over": "over ",
    "from": "from ",
    "not >": "not more than ",
    "not <": "not less than ",
    "not within": "not within ",
}


def comparator_before(window: str, unit: str | None) -> str | None:
    """The comparator that ends a window of text before a number. "over 24 weeks" may be a length of time: "over"."""
    found = _BEFORE.search(window)
    if found is None:
        return None
    sign = NAMES[found.lastgroup or "within"]
    if _OR_EQUAL.search(window) and sign in {">", "<"}:
        return f"{sign}="
    word = found[0].split(" ")[0]
    if word == "over" and unit in _TIMES and not _LASTING.search(window):
        return "over"
    negated = sign in {">", "<", "within"} and _NEGATED.search(window, 0, found.start())
    return f"not {sign}" if negated else sign


def comparator_after(lower: str, end: int) -> str | None:
    """The comparator that follows a number with its unit: "or more", "and under", "+"."""
    if _PLUS.match(lower, end):
        return ">="
    found = _AFTER.match(lower, end)
    return NAMES[found.lastgroup or ""] if found and found.lastgroup else None


def turn_of_age(window: str) -> str | None:
    """The comparator that "from 65 years of age", "before 40" give an age."""
    found = _AGE_TURN.search(window)
    return {"before": "<", "from": ">=", "after": ">", "past": ">"}[found["word"]] if found else None


def open_comparator(window: str) -> str | None:
    """ "threshold" or "from", where the words before a number call it a limit and leave open which side is meant."""
    if _THRESHOLD.search(window):
        return "threshold"
    return "from" if _FROM.search(window) or _STARTING.search(window) else None


def same_comparator(mine: str | None, theirs: str | None) -> bool:
    """Whether both say the same. "within 28 days" may be said as "28-day", "over 2 years" as "in 2 years"."""
    return mine == theirs or mine in _OPEN.get(theirs or "", ()) or theirs in _OPEN.get(mine or "", ())
