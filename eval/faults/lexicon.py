"""Words that the cards of this package put into claims, beside those of `eval.planted.lexicon`: firmness, symbols."""

from __future__ import annotations

STRENGTHS: tuple[tuple[str, str], ...] = (
    (r"\bconditional(ly)?(?= (?:recommend|in favou?r|against|for)\w*)", r"strong\1"),
    (r"\bweak(?= recommendation)", "strong"),
    (r"\b(?:very low|low|moderate)(?=[- ](?:certainty|quality))", "high"),
    (r"\bmay be considered\b", "must be given"),
    (r"\bmay\b(?! (?:not|be considered))(?= [a-z])", "will certainly"),
    (r"\b(?:could|might)\b(?! not)(?= [a-z])", "will certainly"),
    (r"\bcan be\b", "must be"),
    (r"\bshould\b(?! not)", "must"),
    (r"\b(?:is|was) associated with\b", "was proven to be the cause of"),
    (r"\b(?:are|were) associated with\b", "were proven to be the cause of"),
    (r"\bappear(?:s|ed)? to\b", "undoubtedly does"),
    (r"\b(?:usually|often)\b", "always"),
    (r"(?<!than )\bsome (?=[a-z]+s\b)", "all "),
    (
        r"\b([Mm])ost (?=(?:people|patients|adults|women|men|children|cases|guidelines|sources|trials)\b)",
        r"practically all ",
    ),
    (r"\blikely\b", "certain"),
    (r"\bis reasonable\b", "is mandatory"),
    (r"\bsuggest(s|ed)\b(?= that)", "left no doubt"),
    (r"\bsuggests\b(?= (?:[a-z]+ing|an?|the)\b)", "makes obligatory"),
)
"""A pattern and what takes its place: the same is said more firmly than its source says it."""

NOT_FIRM = r"\b(?:not|nor|neither|never|no|without|against|than|cannot|uncertain|unclear)\b"
"""Words beside which a firmer word may say less: a claim that has one is left alone."""

COMPARATORS: tuple[tuple[str, str], ...] = (
    (r"[≥>] ?(?=\d)", "< "),
    (r"[≤<] ?(?=\d)", "> "),
    (r"\bup to (?=\d)", "at least "),
    (r"\bwithin (?=\d)", "not before "),
)
"""A pattern and what takes its place: a bound turns round."""

DOSE_UNITS = r"(?:mg(?:/(?:kg|day|d))*|µg(?:/(?:kg|day|d))*|mcg|g|IU|tablets|capsules|drops)"
"""Units of an amount of a drug; "mg/dL" and "mg/g" are none."""

OTHER_UNITS = r"(?:days|weeks|months|years|hours|minutes|mmHg|mg/dL|mg/g|mmol/L|mEq/L|mL/min|points|cm|mm|kg)"
"""Units of other figures."""
