"""The rule-based condenser: completes a follow-up from what the questions before it name. Deterministic, no model.

A question that names its own condition stands as it is. A fragment ("and in children?") is put into the question before
it; a whole question gets what it leaves out: what its pronouns stand for, the treatment, the condition, the people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.conversation.anaphora import Antecedents, core_of, named_out, points_back
from rag.conversation.base import Asked, Condensed, Subjects, same_subject
from rag.conversation.frame import (
    Frame,
    as_question,
    is_anyone,
    joined,
    lowered,
    with_added,
    without_lead,
    without_mark,
)
from rag.conversation.mentions import Mention, MentionKind, Vocabulary, pattern_of
from rag.text import terms, words

_CHANGE = re.compile(
    r"^\W*(?:(?:and|ok(?:ay)?|so|now|thanks|well|right|great)\b[,.!]?\s+)*"
    r"(?:(?:(?:on |to )?(?:another|a (?:different|new)|an unrelated|new|different|unrelated|next|change of|changing the?|switching)"
    r" (?:topic|subject|question|patient|case|matter|issue)s?)|moving on|something (?:else|different)|unrelated|separately"
    r"|forget (?:that|it|this)|never ?mind)\b[,.:;!]?\s*(?:with\b|to\b|about\b|:)?\s*",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"^\W*(?:(?:no|sorry|wait|actually|oops)\b[,.!]?\s*)*(?:i (?:meant|mean|was asking about|am asking about)|(?:no|sorry|actually|rather|i said)\b[,.]?)\s+",
    re.IGNORECASE,
)
_OPENER = re.compile(
    r"^(?:what about|how about|and (?:what|how) about|what of|same (?:question )?(?:for|in|with)|(?:the )?same (?=for|in|with)"
    r"|also|even|only|or|and|but|then|is (?:this|that|it) (?:also )?(?:true|the same|so) (?=for|in|with)|does (?:this|that|it|the same) (?:also )?(?:hold|apply|go)(?: true)?(?= for| to| in| with)|any)\s+",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|be|do|does|did|can|could|should|would|will|may|might|must|has|have|had|need|needs|shall"
    r"|causes?|helps?|works?|recommends?|treats?|happens?|showed|shows?|says?|isn't|aren't|doesn't|don't|can't|relieves?|confirms?"
    r"|prevents?|reduces?|supports?)\b",
    re.IGNORECASE,
)
_ADJUNCT = re.compile(
    r"^(?:in|for|with|without|among|if|when|after|before|during|at|on|from|according to|over|under|above|below|aged?|versus|vs\.?"
    r"|compared (?:with|to)|instead of|despite|by|per|unless|as|to|who|whose)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"^(?:(?:any )?(?:better|worse|safer|superior|inferior|cheaper|stronger|(?:more|less|as) \w+) (?:than|to|as)|versus|vs\.?|compared (?:with|to)|against|than|instead of|rather than|or)\b",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^(?:(?:he|she|they|it|i|we|my|his|her|the|this|our|their)\b(?: \w+){0,3}? (?:is|are|has|have|had|was|takes?|weighs?|cannot|can't"
    r"|does|lost|wants|lives|smokes|already|suffers|developed|did|am|also)\b|(?:i'm|she's|he's|they're|it's)\b)",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"^(?:what )?(?:does|do|did|would|will|is) (?P<who>.+?) (?:agree|disagree|say|recommend|think|advise|suggest)"
    r"(?: (?:with )?(?:that|this|it|so|the same|about (?:this|that|it)|on (?:this|that|it)))?$",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"^(?:why(?: not| is that| so)?|how so|are you sure|really|(?:can you )?(?:explain|elaborate|tell me more|say more|more (?:details?|on that))"
    r"(?: (?:please|that|why|on that))*|(?:what is |what's )?(?:the |any )?evidence(?: for (?:that|this|it))?|go on|and|how|says who)$",
    re.IGNORECASE,
)
_WH = re.compile(
    r"^(?:for |at |to |in |from |down to |up to )?(?:what|which|how|when|why|where|who|whose|whom|tell|explain|describe|list|compare"
    r"|summari[sz]e|show|give|name|let|i)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:in|for|with|among|at|on|by|per|from|according to|of|to)\s+(?:the case of\s+)?", re.IGNORECASE)
_FAILS = re.compile(
    r"^(?:what )?(?:if|when)\s+(?P<what>it|that|this|they|those|these)\s+(?=(?:fails?|failed|(?:does|do|did)(?:n't| not)|(?:is|are|was|were)(?:n't| not)? (?:not |contraindicated|ineffective|insufficient|tolerated|enough|unavailable)|stops?|cannot|can't)\b)",
    re.IGNORECASE,
)
_TOPIC_WORDS = 6
_TRAILING = re.compile(r"\s+(?:too|also|as well|then|either|though|please)$", re.IGNORECASE)
_OF_OTHERS = re.compile(r"\b(?:if|when|after|unless|before)\b.*\b(?:has|have|had|is|are|takes?|on)\b", re.IGNORECASE)


class RuleCondenser:
    """Rewrites by rules.

    Args:
        vocabulary: knows what a text names.
        subjects: tells what a text is about by the sources near it; None: a whole question without a condition of
            its own is always taken as a follow-up.
    """

    def __init__(self, vocabulary: Vocabulary, subjects: Subjects | None = None) -> None:
        self._vocabulary = vocabulary
        self._subjects = subjects

    def condense(self, question: str, earlier: Sequence[Asked]) -> Condensed:
        """The question made stand-alone; the same words for the same conversation, always."""
        asked = " ".join(question.split())
        if not earlier:
            return Condensed(asked, "first")
        change = _CHANGE.match(asked)
        if change and len(asked) - change.end() > 2:
            return Condensed(as_question(asked[change.end() :]), "new_subject")
        turns = same_subject(earlier)
        frames = [Frame.last_of(one.standalone, self._vocabulary) for one in reversed(turns)]
        antecedents = Antecedents(frames[0], tuple(frames[1:]), self._vocabulary, self._frame(turns[-1].told))
        return self._rewritten(asked, antecedents)

    def _frame(self, text: str) -> Frame:
        return Frame.of(text, self._vocabulary)

    def _rewritten(self, asked: str, known: Antecedents) -> Condensed:
        corrected = _CORRECTION.sub("", asked, count=1)
        body = without_mark(without_lead(corrected))
        if _AGAIN.match(body):
            return Condensed(as_question(_asked_again(body, known.last)), "follow_up")
        if not asked.rstrip().endswith("?") and _STATEMENT.match(body) and corrected == asked:
            return Condensed(as_question(f"{without_mark(known.last.text)} if {body[:1].lower()}{body[1:]}"), "follow_up")
        agrees = _AGREES.match(body)
        if agrees:
            issuers = self._frame(agrees["who"]).named("issuer")
            if issuers:
                return Condensed(as_question(_according_to(issuers[0].text, known.last)), "follow_up")
        opener = _OPENER.match(body)
        core = body[opener.end() :] if opener else body
        topic, clause = _topic_and_clause(core)
        if clause:
            return self._on_topic(topic, clause, known)
        fails = _FAILS.match(core)
        if fails:
            return Condensed(as_question(self._if_it_fails(core, fails, known)), "follow_up")
        if opener and re.search(r"\bsame\b|\b(?:true|hold|apply|go)\b", opener[0], re.IGNORECASE):
            lead = re.search(r"(?:for|in|with)\s*$", opener[0], re.IGNORECASE)
            core = f"{lead[0].strip()} {core}" if lead else core
        if _is_fragment(core, opener is not None):
            return Condensed(as_question(self._put_in(core, known)), "follow_up")
        return self._completed(body, known)

    def _on_topic(self, topic: str, clause: str, known: Antecedents) -> Condensed:
        """A question on a topic named before its comma: "febuxostat, is it safe?" """
        about = self._frame(topic)
        text = named_out(clause, Antecedents(about, (known.last, *known.before), self._vocabulary))
        if not any(one.text.lower() in text.lower() for one in about.mentions):
            text = with_added(text, f"in {topic}" if about.has("condition", "population") else f"with {topic}")
        return Condensed(as_question(self._filled(text, known)), "follow_up")

    # --- whole questions

    def _completed(self, body: str, known: Antecedents) -> Condensed:
        """A whole question with what it leaves out."""
        body = _TRAILING.sub("", body)
        frame = self._frame(body)
        if not points_back(body) and self._stands_alone(frame, known):
            return Condensed(as_question(body), self._relation(frame, known))
        text = named_out(body, known)
        return Condensed(as_question(self._filled(text, known)), "follow_up")

    def _stands_alone(self, frame: Frame, known: Antecedents) -> bool:
        own = frame.named("condition")
        if any(not one.beside for one in own) or frame.has("trial"):
            return True
        main = [one for one in known.last.named("condition", "trial") if not one.beside]
        if own and (not main or frame.has("treatment")):
            return True
        if self._subjects is None or not frame.has("treatment") or len(terms(frame.text)) <= 2:
            return False
        ours, theirs = self._subjects(frame.text), self._subjects(known.last.text)
        return bool(ours) and bool(theirs) and not ours & theirs

    def _relation(self, frame: Frame, known: Antecedents) -> str:
        here = {one.key for one in frame.named("condition", "treatment", "trial", "test")}
        there = {one.key for each in (known.last, *known.before) for one in each.mentions}
        if here & there:
            return "follow_up"
        if self._subjects is not None:
            ours, theirs = self._subjects(frame.text), self._subjects(known.last.text)
            return "follow_up" if ours & theirs else "new_subject"
        return "new_subject"

    def _filled(self, text: str, known: Antecedents) -> str:
        """A question with the treatment, the condition, the trial and the people it leaves out, from the last one."""
        frame, last = self._frame(text), known.last
        added = []
        if re.search(r"\balternatives?$", text) and frame.has("treatment") and last.has("treatment"):
            added.append(f"to {last.treatment}")
        treatment = known.treatment_named
        lost = not frame.has("trial") and re.search(r"\b(?:trials?|study|studies|meta-analysis)\b", text, re.IGNORECASE)
        if (
            treatment
            and not frame.has("treatment", "trial")
            and not pattern_of("stands_for_treatment").search(text)
            and (_asks_of_treatment(text) or lost or not _VERB.search(text) or re.search(r"\binstead$", text))
        ):
            word = "of" if text.endswith("instead") else "for" if re.search(r"\b(?:with|of|for|on)$", text) else "with"
            against = f" versus {last.comparator}" if frame.has("outcome") and last.comparator else ""
            added.append(f"{word} {treatment}{against}")
        elif frame.has("outcome") and last.comparator and len(frame.named("treatment")) == 1:
            mine = frame.named("treatment")[0]
            if mine.key == last.named("treatment")[0].key:
                added.append(f"compared with {last.comparator}")
        if not frame.has("test") and pattern_of("of_test").search(text):
            tests = last.named("test")[:1]
            added += [f"of {tests[0].text}"] if tests else []
        carried = self._carried_conditions(frame, last)
        if carried:
            added.append(f"in {joined(one.inner for one in carried)}")
        trials = last.named("trial")[:1]
        if trials and not frame.has("trial") and not any(not one.beside for one in frame.named("condition")):
            added.append(f"in {trials[0].text}")
        people = [one for one in last.named("population") if one.key not in text.lower()]
        if people and not frame.has("population") and not trials:
            added.append(f"in {people[0].inner}")
        if not added and not frame.mentions:
            added.append(f"({core_of(last)})")
        return with_added(text, " ".join(added))

    def _carried_conditions(self, frame: Frame, last: Frame) -> tuple[Mention, ...]:
        own = frame.named("condition")
        said = f" {' '.join(words(frame.text.lower()))} "
        if any(f" {' '.join(words(one.text.lower()))} " in said for one in last.conditions if not one.beside):
            return ()
        if not own:
            trial = last.has("trial")
            return tuple(one for one in last.conditions if not (trial and one.beside))
        if all(one.beside for one in own):
            mine = {one.key for one in own}
            return tuple(one for one in last.conditions if not one.beside and one.key not in mine)
        return ()

    # --- fragments

    def _put_in(self, core: str, known: Antecedents) -> str:
        """A fragment put into the last question, in the place of what it takes the place of; or completed."""
        core = _TRAILING.sub("", core)
        named = lowered(named_out(core, known) if points_back(core) else core)
        fragment, last = self._frame(named), known.last
        asks = _WH.match(named) or _asks_of_treatment(named) or pattern_of("of_test").search(named)
        if asks and not _ADJUNCT.match(named):
            return self._filled(named, known)
        if _COMPARES.match(named) and fragment.has("treatment"):
            return self._compared(named, fragment, last)
        site = pattern_of("site").fullmatch(_ARTICLE.sub("", re.sub(r"\bthe\b ?", "", named)))
        old_site = pattern_of("site").search(last.text)
        if site and old_site:
            return f"{last.text[: old_site.start()]}{site[0]}{last.text[old_site.end() :]}"
        if _ADJUNCT.match(named):
            return self._adjunct(named, fragment, last)
        for kind in ("treatment", "trial", "condition", "population", "issuer", "test", "outcome"):
            mentions = fragment.named(kind)
            if mentions:
                return self._swapped(named, fragment, kind, mentions[0], known)
        return self._filled(named, known)

    def _swapped(self, named: str, fragment: Frame, kind: MentionKind, mention: Mention, known: Antecedents) -> str:
        last = known.last
        phrase = re.sub(r"\s+(?:instead|either)$", "", named, flags=re.IGNORECASE)
        if kind == "trial":
            last = next((one for one in reversed(known.before) if one.has("trial")), last)
        if kind == "condition" and mention.beside:
            return self._adjunct(f"in {phrase}", fragment, last)
        old = _focus(last, kind, mention)
        if old is None:
            if kind == "population":
                return with_added(last.text, f"in {phrase}")
            if kind == "issuer":
                return with_added(last.text, f"according to {phrase}")
            return self._filled(phrase, known)
        if kind == "treatment":
            others = last.named("treatment")
            place = others.index(old)
            if re.match(r"which\b", last.text, re.IGNORECASE) and last.comparator:
                end = others[-1].end
                return f"{last.text[:end]} or {phrase}{last.text[end:]}"
            if place + 1 < len(others) and last.text[old.end : others[place + 1].start].strip() == "or":
                return f"{last.text[: old.start]}{phrase}{last.text[others[place + 1].end :]}"
        return last.replaced(old, phrase)

    def _adjunct(self, phrase: str, fragment: Frame, last: Frame) -> str:
        """A phrase such as "in pregnancy": in the place of one of its kind in the last question, else at the end."""
        noun = _ARTICLE.sub("", phrase)
        leads = phrase[: len(phrase) - len(noun)]
        if re.match(r"(?:if|when|after|unless)\b", phrase) and not fragment.has("population", "condition", "treatment"):
            about = joined(one.inner for one in last.conditions)
            tests = joined(one.text for one in last.named("test")[:1])
            return f"What is recommended {phrase} {f'in {about}' if about else f'({core_of(last)})'} {f'after {tests}' if tests else ''}"
        for kind in ("population", "issuer", "trial"):
            if fragment.has(kind) and last.has(kind) and leads:
                return last.replaced(last.named(kind)[0], noun)
        own = fragment.named("condition")
        if own and leads and last.has("population") and any(one.kind == "population" for one in fragment.mentions):
            return last.replaced(last.named("population")[0], noun)
        if own and leads and not fragment.has("population"):
            mine = own[0]
            old = [one for one in last.named("condition") if one.beside == mine.beside and one.key != mine.key]
            main = [one for one in last.named("condition") if not one.beside]
            if old and (not mine.beside or not main or len(last.named("condition")) > len(main)) and not leads.lower().startswith("with "):
                return last.replaced(old[0], noun)
        return with_added(last.text, phrase)

    def _compared(self, named: str, fragment: Frame, last: Frame) -> str:
        other = fragment.named("treatment")[0]
        known = [one for one in last.named("treatment") if one.key != other.key]
        if len(known) > 1:
            return last.replaced(known[1], other.text)
        return with_added(last.text, re.sub(r"^or\b", "or", named))

    def _if_it_fails(self, core: str, fails: re.Match[str], known: Antecedents) -> str:
        what = known.last.treatment or "treatment"
        condition = known.name("condition")
        return f"What is recommended if {what} {core[fails.end() :]} {f'in {condition}' if condition else ''}"


def _asked_again(body: str, last: Frame) -> str:
    if re.search(r"evidence", body, re.IGNORECASE):
        return f"What is the evidence: {without_mark(last.text)}"
    return f"{without_mark(last.text)}, and why" if re.match(r"why|how so", body, re.IGNORECASE) else last.text


def _according_to(issuer: str, last: Frame) -> str:
    old = last.named("issuer")
    return last.replaced(old[0], issuer) if old else with_added(last.text, f"according to {issuer}")


def _topic_and_clause(core: str) -> tuple[str, str]:
    """A topic and the question on it after a comma: "febuxostat, is it safe"."""
    topic, comma, clause = core.partition(",")
    clause = clause.strip()
    if len(topic.split()) > _TOPIC_WORDS or re.match(_ADJUNCT.pattern + r"|.*\b(?:it|they|this|that|i|i'm)\b", topic, re.IGNORECASE):
        return "", ""
    if comma and not _VERB.search(topic) and (_WH.match(clause) or re.match(_VERB.pattern, clause, re.IGNORECASE)):
        return topic.strip(), clause
    return "", ""


def _is_fragment(core: str, opened: bool) -> bool:
    """Whether a text is no whole question."""
    if re.search(r",\s*(?:what|which|how|when|why|where|who|should|can|could|is|are|does|do|did|would|will)\b", core, re.IGNORECASE):
        return False
    if re.match(r"^(?:if|when|unless)\b", core, re.IGNORECASE) and not re.match(r"^when (?:is|are|do|does|did|should|can|could|will|would|to)\b", core, re.IGNORECASE):
        return True
    if not _VERB.search(core):
        return True
    first = re.match(r"\w+", core)
    starts = bool(_WH.match(core)) or bool(first and _VERB.fullmatch(first[0]))
    return not starts and (opened or bool(_ADJUNCT.match(core)))


def _asks_of_treatment(text: str) -> bool:
    return bool(pattern_of("of_treatment").search(text))


def _focus(last: Frame, kind: MentionKind, new: Mention) -> Mention | None:
    """The mention of the last question that a new one of the same kind takes the place of."""
    others = [one for one in last.named(kind) if one.key != new.key]
    if kind == "condition":
        others = [one for one in others if not one.beside] or others
    if kind == "population" and not others:
        others = [one for one in last.mentions if one.kind == "population" and is_anyone(one.text)]
    return others[0] if others else None
