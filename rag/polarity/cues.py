"""The words that give a statement its direction: what raises, lowers, helps, harms, is advised, needed or unchanged.

Tables only. A word is looked up by its stem, a phrase is first replaced by one word of these tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.text import STOPWORDS, fold, stem

Axis = Literal["amount", "good", "advice", "link", "change"]


@dataclass(frozen=True, slots=True)
class Cue:
    """What one word says: on which axis, and which way (1, -1, or 0 for "the same")."""

    axis: Axis
    sign: int


_CUES: tuple[tuple[Axis, int, str], ...] = (
    (
        "amount",
        1,
        "increase increases increasing rise rose risen raise elevate elevated elevation higher greater more larger "
        "longer faster enhance enhancement promote promotion augment stimulate stimulation upregulate upregulation "
        "boost accelerate acceleration amplify potentiate induce trigger cause provoke facilitate gain contribute "
        "predispose prolong intensify surge exceed susceptible susceptibility vulnerable vulnerability permissive "
        "exacerbate exacerbation foster speeded drives elicit fuel high raised maximise heighten",
    ),
    (
        "amount",
        -1,
        "decrease decreases decreasing reduce reduction lower fewer less smaller shorter slower decline "
        "fell drop dropped diminish attenuate attenuation suppress suppression inhibit inhibition block "
        "prevent prevention preventive protect protective protection impair impairment impede abrogate abolish "
        "downregulate downregulation limit hinder disrupt disruption eliminate alleviate alleviation relieve relief "
        "ease ameliorate mitigate curb dampen lessen loss deficiency deficient defective knockout knockdown deletion "
        "depletion deplete low unlikely slow slowed delay repress repression "
        "counteract halve shorten absence lack lacking minimise interrupt interruption lowered",
    ),
    (
        "amount",
        0,
        "unaffected unchanged unaltered unrelated independent similar comparable equivalent noninferior equal",
    ),
    (
        "good",
        1,
        "improve improvement better superior efficacious benefit beneficial "
        "help helpful safe success successful favourable favorable accurate reliable feasible works",
    ),
    (
        "good",
        -1,
        "worse worsen poorer inferior ineffective harm harmful unsafe useless detrimental deleterious unhelpful "
        "unsuccessful unfavourable unfavorable inaccurate unreliable infeasible futile",
    ),
    (
        "advice",
        1,
        "recommend recommendation advise advised offer favour favor prefer preferred preferable should must "
        "endorse encourage appropriate advisable",
    ),
    (
        "advice",
        -1,
        "avoid contraindicated contraindication discourage disadvised withhold inadvisable",
    ),
    ("amount", 1, "require required requirement necessary essential crucial indispensable need needed vital depend"),
    ("amount", 0, "unnecessary dispensable unneeded needless"),
    (
        "link",
        1,
        "associated association linked link correlate correlation related predict predictor predictive tied "
        "portend herald",
    ),
    ("change", 1, "affect influence alter change modify impact effect regulate modulate determine"),
)
_BY_STEM: Mapping[str, Cue] = {stem(word): Cue(axis, sign) for axis, sign, words in _CUES for word in words.split()}
# Words whose stem is another word's, and words that are part of names ("renal impairment", "ACE inhibitor").
_BY_WORD: Mapping[str, Cue | None] = {
    **dict.fromkeys("effective effectiveness efficacy".split(), Cue("good", 1)),
    **dict.fromkeys("impairment impairments block blocks limits use uses used need using defect defects".split()),
}


def cue_of(word: str, root: str) -> Cue | None:
    """What a word with this stem says, or None; an adverb in -ly says nothing."""
    if word in _BY_WORD:
        return _BY_WORD[word]
    return None if word.endswith("ly") and word != "likely" else _BY_STEM.get(root)


COMPARING = frozenset(map(stem, "better worse superior inferior poorer more less higher lower greater fewer".split()))
# A subject that is taken away or broken, in words too loose to count on.
LOOSE_DEPRIVALS = frozenset(
    map(stem, "inhibitor blocker blockade antagonist mutant mutation variant defective null silence silencing sirna "
              "lacking lack absent without deficient dysfunction poor low".split())
)  # fmt: skip
LINKED_BY = frozenset("with to of between and was were is are that a an".split())
# What is done to a subject rather than by it: "the inhibitor reduced", "deficiency increases".
DEPRIVALS = frozenset(map(stem, "loss deficiency knockout knockdown deletion depletion inhibition".split()))
# Adjectives, and nouns that take "of": a state of what they stand with rather than something that is done.
STATES = frozenset(
    map(stem, "loss deficiency deficient defective knockout knockdown deletion depletion absence lack lacking low high "
              "inhibition ".split())
)  # fmt: skip
NOUNS = frozenset(
    map(stem, "increase decrease reduction decline rise fall drop loss lack absence deficiency deletion depletion "
              "elevation improvement enhancement suppression inhibition upregulation downregulation gain surge "
              "impairment relief prevention promotion attenuation blockade protection recommendation effectiveness "
              "efficacy alleviation benefit harm susceptibility resistance disruption knockdown knockout "
              "change effect impact influence association".split())
)  # fmt: skip
# What follows these is what they are about, whatever stands between.
ACTING = frozenset(
    map(stem, "cause provoke promote induce trigger contribute predispose prevent protect protective associated "
              "association linked link correlate correlation related predict predictor predictive susceptible "
              "vulnerable resist resistant effective ineffective efficacious harmful unaffected independent "
              "unrelated tied require required necessary essential crucial dispensable indispensable unnecessary vital "
              "depend recommend advise offer avoid should must help permissive "
              "beneficial safe preventive".split())
)  # fmt: skip

NEGATIONS = frozenset(
    "not no never neither nor without cannot none hardly scarcely nothing nobody fail fails failed failing "
    "unable noevidence minimal negligible barely little".split()
)

_PHRASES: tuple[tuple[str, str], ...] = (
    (r"(?:(?:mildly|moderately|severely) )?(?:reduced|preserved|improved|recovered)(?:(?:,| or| and)(?: \w+ly)? "
     r"(?:reduced|preserved))?(?: left ventricular)? ejection fraction", "ejection fraction"),
    (r"(?:all|any|every|other|various|of|from)[- ]causes?|from (?:\w+ )?causes|causes? of", " "),
    (r"(?:push|pushed|brought|bring|went|goes|go|mov(?:e|ed)|driven|drove|put) up", "raised"),
    (r"(?:push|pushed|brought|bring|went|goes|go|mov(?:e|ed)|driven|drove|put) down", "lowered"),
    (r"if (?:it )?(?:were |was |had )?not (?:been )?for", "without"),
    (r"not the (?:end|last|only|whole|sole)", " "),
    (r"significantly different", "differed"),
    (r"lower (?=limb|leg|extremit|back|body|urinary|respiratory|airway)|low (?=back|bone|birth)", " "),
    (r"(?:lowering|raising|reducing|sparing) (?=drug|therap|treatment|agent|medic)", " "),
    (r"(?:should|must|ought) (?:not|never|neither|nowhere|no longer)", "not should"),
    (r"not only|not just|not merely|whether or not|no more than|no less than|no later than|no fewer than"
     r"|no earlier than|no lower than|no higher than|no longer than|no older than|no younger than", " "),
    (r"no longer", "not"),
    (r"(?<!twice )(?<!times )(?<!half )(?<!not )(?:(?:about|just|equally|roughly) )?as (?:frequent|frequently|common"
     r"|commonly|often|likely|many|high|effective|safe|good|well|severe)(?=[^.;]{0,60} as )", "similar"),
    (r"(?:cannot|can not|could not|not) (?:be )?(?:exclude|rule out|excluded|ruled out)", "possibly"),
    (r"or (?:more|less|fewer|greater|higher|lower|above|below|later|earlier)", " "),
    (r"(?:less|more|fewer|greater|lower|higher|larger|smaller|longer|shorter) than (?=[0-9])", " "),
    (r"with or without|with and without", " "),
    (r"a little|at (?:the )?(?:least|most|latest)|the (?:most|more)", " "),
    (r"(?:more |highly |strongly )?resistant to|resistance to", "protects"),
    (r"less resistant to", "susceptible"),
    (r"(?:more|less) (?=\w+ly\b)", " "),
    (r"(?:more|increasingly|most) (?:likely|prone|apt|liable) (?:to(?: be| have| develop| get| experience)?)?", "more"),
    (r"(?:less|least|un)-? ?(?:likely|prone|apt|liable) (?:to(?: be| have| develop| get| experience)?)?", "less"),
    (
        r"(?:no|little|insufficient|limited|lack of|absence of|weak|poor|scant)(?: \w+){0,2} "
        r"evidence(?: (?:that|of|for|to))?",
        "noevidence",
    ),
    (r"(?:evidence|advice) against", "noevidence"),
    (r"(?:no|not|never|isn|aren) different|no (?:\w+ )?differences?|(?:not|without) (?:\w+ )?differ(?:ed"
    r"|ence)?", "similar"),
    (r"(?:not|no) (?:\w+ )?more (?:\w+ )?than", "not better than"),
    (
        r"(?:recommend(?:s|ed|ing)?|advis(?:es|ed|ing|e)|recommendations?|advice|guidance|counsel\w*)(?: strongly| "
        r"conditionally)? against",
        "disadvised",
    ),
    (
        r"do not use|not be used|not to be used|not for routine use|speaks? against",
        "avoid",
    ),
    (r"(?:has|have|had|plays?|played|with) no role", "not effective"),
    (r"(?:lead|leads|led|leading) to|result(?:s|ed|ing)? in|giv(?:es?|ing) rise to|brings? about|brought (?:on"
    r"|about)", "causes"),
    (r"responsible for|risk factors? for|at (?:increased|higher|greater) risk (?:of|for)|bring(?:s|ing)? on", "causes"),
    (r"(?:protects?|protected|protecting|guards?|protection|protective) (?:against|from)", "protects"),
    (r"at (?:lower|reduced|decreased) risk (?:of|for)|less prone to|keeps? (?:\w+ )?(?:away|at bay)", "protects"),
    (r"(?:inversely|negatively) (?:associated|correlated|correlates?|related|linked)", "associated lower"),
    (r"up-regulat\w*", "upregulated"),
    (r"down-regulat\w*", "downregulated"),
    (r"non-?inferior(?:ity)?", "noninferior"),
    (r"flares? (?:\w+ )?up", "poorer"),
    (r"made (?:\w+ )?better|makes? (?:\w+ )?better|get(?:s|ting)? better", "improve"),
    (r"compared (?:to|with)|relative to|in comparison (?:to|with)|versus|vs\.?|as against", "than"),
    (r"rather than|instead of|in preference to|in place of|preferred (?:to|over)", "better than"),
    (r"failures? to", "fails"),
    (r"absent from|devoid of|free (?:of|from)", "without"),
    (r"as effective as|as well as .{1,40}? in terms", "similar than"),
    (r"has (?:\w+ )?advantages? over|outperform(?:s|ed)?", "superior than"),
    (r"in favou?r of", "favour"),
)  # fmt: skip
PHRASES = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<p{index}>{phrase})" for index, (phrase, _) in enumerate(_PHRASES)) + r")(?!\w)"
)


_WORSE = re.compile(
    r"\b(?:(?:makes?|made|gets?|getting) (?:\w+ )?worse|worse(?:n(?:s|ed|ing)?)?|aggravat\w+)\b", re.IGNORECASE
)


_CAPITALS = re.compile(r"\b[A-Z]{4,}\b")


def _without_name(found: re.Match[str]) -> str:
    """Nothing for a name in capitals that would be read as a word ("VITAL", "CARES"); else what stands there."""
    word = found[0].lower()
    read_as_word = cue_of(word, stem(word)) is not None or stem(word) != word
    emphasis = word in NEGATIONS or word in STOPWORDS or word.endswith(("ed", "ing"))
    return " " if read_as_word and not emphasis and fold(word) == word else found[0]


@lru_cache(maxsize=8192)
def reworded(text: str) -> str:
    """The text folded, with each phrase of these tables replaced by the one word of them that says the same."""
    text = _CAPITALS.sub(_without_name, text) if any(map(str.islower, text)) else text
    # The lexicon takes "worse" and "causes" for one; here they differ where the outcome is a good one.
    folded = fold(_WORSE.sub("poorer", text)).replace("n't", " not")
    return PHRASES.sub(lambda found: f" {_PHRASES[int((found.lastgroup or 'p0')[1:])][1]} ", folded)


@lru_cache(maxsize=65536)
def root_of(word: str) -> str:
    """The stem of a word, remembered."""
    return stem(word)


# Words that may stand between a direction and what it is about, and are no subject of their own.
TRANSPARENT = frozenset(
    map(stem, "risk rate level incidence likelihood odds chance probability number frequency prevalence proportion "
              "degree amount extent value score occurrence development onset concentration time significant "
              "significantly substantially markedly slightly strongly considerably greatly directly clinically "
              "statistically modestly dramatically potentially overall group compared treatment study patient "
              "therapy use outcome result finding data analysis clinical trial participant conclusion background "
              "method interpretation objective case subject individual suggest demonstrate report observe find "
              "become became found human people factor role function activity day week month year average "
              "mean ratio hazard "
              "relative confidence interval percent baseline total cohort population among".split())
)  # fmt: skip
CANONICAL = {
    stem(word): stem(canon)
    for canon, words in {
        "death": "mortality survival survive survivor die died dies dead fatal fatality lethal lethality deadly",
        "hospital": "hospitalisation hospitalization hospitalised hospitalized hospitalise hospitalize",
        "infect": "infection infectious infected infectivity infectiousness infectiveness",
        "transmit": "transmission transmissible spread",
        "recur": "recurrence relapse",
        "child": "children paediatric pediatric",
        "tumour": "tumor tumours tumors cancer carcinoma",
        "severe": "severity serious",
        "coronavirus": "covid covid-19 covid-19-19 sars-cov-2 2019-ncov cov-2",
    }.items()
    for word in words.split()
}
GOOD_OUTCOMES = frozenset(
    map(stem, "survival survive survivor function mobility quality adherence remission recovery cure fertility "
              "cognition memory immunity response sensitivity specificity accuracy wellbeing performance "
              "satisfaction strength capacity sleep lifespan longevity vision walking".split())
)  # fmt: skip
BAD_OUTCOMES = frozenset(
    map(stem, "mortality death die fatal pain symptom disease infection relapse recurrence complication adverse "
              "event fracture stroke bleeding disability severity hospitalisation hospitalization cancer tumour "
              "tumor inflammation injury failure anxiety depression fatigue nausea infarction thrombosis sepsis "
              "pneumonia obesity diabetes damage toxicity hypertension delirium fall falls ulcer arrest illness "
              "disorder syndrome impairment deterioration decline exacerbation attack flare migraine headache "
              "fibrosis metastasis anaemia anemia ache stiffness swelling cough dyspnoea dyspnea amputation "
              "hypoglycaemia hypoglycemia preterm suicide dementia transmission viral virus".split())
)  # fmt: skip


def is_content(word: str) -> bool:
    """Whether a word names something: no stop word, no single letter."""
    return word not in STOPWORDS and (len(word) > 1 or word.isdigit())


def valence(focus: list[str]) -> int:
    """Whether the first valued word of the focus is good or bad to have."""
    for word in focus:
        root = root_of(word)
        if root in GOOD_OUTCOMES:
            return 1
        if root in BAD_OUTCOMES:
            return -1
    return 0
