"""The claim sets by name: what each is called, licensed and told apart by, and what it may be used for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eval.claim_sets import biomedical, general
from eval.claim_sets.base import BINARY, THREE_WAY, ClaimPair, ClaimSet, ClaimSetError, FormatError

_SCIFACT = "claims CC BY 4.0, abstracts ODC-By 1.0"
_CHECK_COVID = "MIT"
_CITATION_INTEGRITY = "MIT; texts of PubMed Central"

_ALL = (
    ClaimSet(
        "scifact-train",
        "SciFact train",
        _SCIFACT,
        THREE_WAY,
        "train",
        biomedical.pair_reader("claims/scifact/derived_pairs/pairs_train.jsonl", "claim_id"),
    ),
    ClaimSet(
        "scifact-dev",
        "SciFact dev",
        _SCIFACT,
        THREE_WAY,
        "evaluation",
        biomedical.pair_reader("claims/scifact/derived_pairs/pairs_dev.jsonl", "claim_id"),
    ),
    ClaimSet(
        "check-covid-train",
        "Check-COVID train",
        _CHECK_COVID,
        THREE_WAY,
        "train",
        biomedical.pair_reader("claims/check_covid/derived_pairs/pairs_train.jsonl", "cord_id"),
    ),
    ClaimSet(
        "check-covid-dev",
        "Check-COVID dev",
        _CHECK_COVID,
        THREE_WAY,
        "evaluation",
        biomedical.pair_reader("claims/check_covid/derived_pairs/pairs_dev.jsonl", "cord_id"),
    ),
    ClaimSet(
        "healthver-dev",
        "HealthVer dev",
        "none stated; taken as non-commercial",
        THREE_WAY,
        "evaluation",
        biomedical.pair_reader("claims/healthver_dev/pairs_dev.jsonl", "claim_id"),
    ),
    ClaimSet(
        "citation-integrity-train",
        "Citation-Integrity train",
        _CITATION_INTEGRITY,
        THREE_WAY,
        "train",
        biomedical.citation_integrity_reader("train"),
    ),
    ClaimSet(
        "citation-integrity-dev",
        "Citation-Integrity dev",
        _CITATION_INTEGRITY,
        THREE_WAY,
        "evaluation",
        biomedical.citation_integrity_reader("dev"),
        contrast=True,
    ),
    ClaimSet(
        "nli4ct-dev",
        "NLI4CT dev",
        "none stated; trial records of the US government",
        BINARY,
        "evaluation",
        biomedical.read_nli4ct,
        contrast=True,
    ),
    ClaimSet(
        "clinifact-validation",
        "CliniFact validation",
        "MIT",
        BINARY,
        "evaluation",
        biomedical.read_clinifact,
    ),
    ClaimSet(
        "wice-chunks",
        "WiCE dev, oracle chunks",
        "labels ODC-By; texts CC BY-SA and Common Crawl terms",
        BINARY,
        "evaluation",
        general.read_wice_chunks,
        contrast=True,
    ),
    ClaimSet(
        "wice-pages",
        "WiCE dev, whole pages",
        "labels ODC-By; texts CC BY-SA and Common Crawl terms",
        BINARY,
        "evaluation",
        general.read_wice_pages,
    ),
    ClaimSet(
        "begin-dev",
        "BEGIN dev",
        "CC BY 4.0; topical-chat part CDLA-Sharing 1.0",
        BINARY,
        "evaluation",
        general.read_begin,
        contrast=True,
    ),
    ClaimSet(
        "fever-symmetric-dev",
        "FEVER Symmetric dev",
        "CC BY-SA 3.0",
        BINARY,
        "evaluation",
        general.read_fever_symmetric,
        contrast=True,
    ),
    ClaimSet(
        "fool-me-twice-dev",
        "Fool Me Twice dev",
        "Apache-2.0; texts CC BY-SA",
        BINARY,
        "evaluation",
        general.read_fool_me_twice,
    ),
    ClaimSet(
        "negation-nli",
        "Negation NLI",
        "MIT; sentences under the terms of RTE, SNLI and MNLI",
        BINARY,
        "evaluation",
        general.read_negation_nli,
        contrast=True,
    ),
    ClaimSet(
        "breaking-nli",
        "Breaking NLI",
        "CC BY-SA 4.0",
        THREE_WAY,
        "evaluation",
        general.read_breaking_nli,
        contrast=True,
    ),
    ClaimSet(
        "med-monotonicity",
        "MED monotonicity",
        "CC BY-SA 4.0",
        BINARY,
        "evaluation",
        general.read_med_monotonicity,
        contrast=True,
    ),
)

CLAIM_SETS: Mapping[str, ClaimSet] = {one.name: one for one in _ALL}
"""The sets by name, biomedicine first."""
TRAINING_SETS = tuple(one.name for one in _ALL if one.use == "train")
EVALUATION_SETS = tuple(one.name for one in _ALL if one.use == "evaluation")
_MEND = "set SOURCEBOUND_DATA to the folder with claims/ and nli/, and put the file there as its makers publish it"


def claim_set(name: str) -> ClaimSet:
    """A set by its name.

    Raises:
        ClaimSetError: there is none of that name.
    """
    if name not in CLAIM_SETS:
        raise ClaimSetError("no such claim set", value=name, mend=f"one of {', '.join(CLAIM_SETS)}")
    return CLAIM_SETS[name]


def read_claim_set(name: str, root: Path) -> tuple[ClaimPair, ...]:
    """The pairs of a set from the data folder, in the order of its files.

    Raises:
        ClaimSetError: there is no such set, a file is missing, or is not of its published format.
    """
    chosen = claim_set(name)
    try:
        pairs = tuple(chosen.read(root))
    except FormatError as error:
        raise ClaimSetError(f"claim set {name}: {error.what}", value=error.where, mend=_MEND) from error
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise ClaimSetError(f"claim set {name}: a file is not of its format", value=repr(error), mend=_MEND) from error
    if not pairs:
        raise ClaimSetError(f"claim set {name}: it is empty", value=root, mend=_MEND)
    return pairs
