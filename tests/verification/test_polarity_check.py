"""The polarity check on claims in free words: faults that rules can know are found, true rewordings pass.

All sentences here are made up for the tests; the drugs and trials in them do not exist.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import read_corpus
from rag.verification.polarity_check import PolarityFault, polarity_fault

NEGATION = [
    ("Alphacaine shortens hospital stays.", "Hospital stay was no shorter with alphacaine than with placebo."),
    ("Splints help people with tennis elbow.", "Splints did not help patients who had tennis elbow."),
    ("Betazole prevents strokes.", "Betazole had no effect on the incidence of stroke."),
    ("Betazole has no effect on stroke.", "Fewer strokes occurred in patients given betazole."),
    ("Massage is effective for shoulder pain.", "There is no evidence that massage works for shoulder pain."),
    ("Gammacin is useless; it did not lower mortality.", "Gammacin reduced mortality by a quarter."),
    ("Smoking is unrelated to the recurrence of ulcers.", "Recurrence of ulcers was higher in people who smoke."),
    ("Coffee raises the risk of gout.", "Coffee intake was not associated with gout."),
    ("Vitamin E improves memory in dementia.", "Vitamin E failed to improve memory in people with dementia."),
    ("Deltarol is ineffective in treating migraine.", "Deltarol is an effective treatment for migraine."),
    ("Bats can carry the fever virus.", "The fever virus was not carried by any of the bats tested."),
    ("The ligament is never torn in young gymnasts.", "The ligament was torn in many of the young gymnasts."),
    ("Routine imaging of the knee is required.", "Routine imaging of the knee is not required."),
    ("Patch testing changes the outcome of eczema.", "The outcome of eczema did not change after patch testing."),
]
DIRECTION = [
    ("Epsilon blockers raise mortality after stroke.", "After stroke, mortality was lower with epsilon blockers."),
    ("Survival was worse with zetamab.", "Patients given zetamab had improved survival."),
    ("Zetamab lowers survival.", "Mortality was lower in those given zetamab."),
    ("Fewer fractures are seen with etanol.", "Etanol was associated with a higher risk of fracture."),
    ("Exercise protects against gallstones.", "Exercise increased the incidence of gallstones."),
    ("Thetamine worsens neuropathic pain.", "Neuropathic pain was relieved by thetamine."),
    ("Salt reduction increases blood pressure.", "Salt reduction lowers blood pressure."),
    ("Relapse is more likely after stopping iotan.", "Relapse was less frequent once iotan had been stopped."),
    ("Kappatide is superior to lambdin for asthma.", "For asthma, kappatide was inferior to lambdin."),
    ("Bleeding is higher with lambdin than with muparin.", "Bleeding was higher with muparin than with lambdin."),
    ("The society recommends nutrol for knee pain.", "The society recommends against nutrol for knee pain."),
    ("Nutrol should be offered for knee pain.", "Avoid nutrol in people with knee pain."),
    ("Xisone should be avoided in gout.", "Xisone is recommended for gout."),
    ("Opioids are advised for chronic neck pain.", "Opioids are contraindicated for chronic neck pain."),
    ("Omicrol is harmful in heart failure.", "Omicrol is beneficial for people with heart failure."),
    ("Pirol induces inflammation of the gut.", "Inflammation of the gut is suppressed by pirol."),
    ("Rhotan accelerates wound healing.", "Wound healing was slower with rhotan."),
    ("Sigmol causes more falls.", "Falls were reduced in those who took sigmol."),
    ("Tauline is preferred to upsilol for gout.", "For gout, upsilol is preferred to tauline."),
    ("Phimab decreases the frequency of seizures.", "Seizures became more frequent when phimab was given."),
]
STRENGTH = [
    ("Clinicians must offer splints.", "Clinicians may offer splints to those who ask.", True),
    ("Splints should be offered for thumb pain.", "Splints may be considered for thumb pain.", True),
    ("The panel strongly recommends chitol.", "The panel made a conditional recommendation for chitol.", True),
    ("The panel conditionally recommends chitol.", "The panel issued a strong recommendation to use chitol.", False),
    ("Red meat causes arthritis.", "Eating red meat was associated with arthritis.", True),
    ("Late meals lead to reflux.", "Late meals and reflux were correlated in a cross-sectional survey.", True),
    ("All patients recovered within a month.", "Most patients had recovered within a month.", True),
    ("Most patients stopped the drug.", "Some patients stopped the drug.", True),
    ("The trial proves that psitin works.", "The trial suggests that psitin works.", True),
    ("Psitin and omegol are equivalent.", "There was no significant difference between psitin and omegol.", True),
    (
        "Omegol significantly shortened labour.",
        "Labour was shorter with omegol, but not statistically significant.",
        True,
    ),
    ("Fever always follows the injection.", "Fever often follows the injection.", True),
    ("High-certainty evidence supports bracing.", "Low-certainty evidence supports bracing.", True),
    ("Bracing only helps in scoliosis.", "Bracing helps in scoliosis.", True),
    ("Bracing markedly improves posture.", "Bracing slightly improves posture.", True),
    ("Rash never occurs with omegol.", "Rash rarely occurs with omegol.", True),
]
POPULATION = [
    ("In children, alphacaine eases croup.", "Alphacaine eases croup in adults."),
    ("Older people should take betazole.", "Betazole is recommended for children."),
    ("Gammacin is safe in pregnancy.", "Gammacin is safe in non-pregnant women."),
    ("Deltarol is licensed for men.", "Deltarol is licensed for women."),
    ("In type 1 diabetes, etanol lowers glucose.", "Etanol lowers glucose in type 2 diabetes."),
    ("Use half the dose in liver disease.", "Use half the dose in kidney disease."),
    ("Statol is advised for secondary prevention.", "Statol is advised for primary prevention."),
    ("Outpatients benefit from zetamab.", "Zetamab benefited hospitalised patients."),
    ("Patients who are not ventilated do better on iotan.", "Mechanically ventilated patients do better on iotan."),
    ("Kappatide restores hearing in people.", "Kappatide restored hearing in deaf mice."),
    ("In preserved ejection fraction, lambdin helps.", "Lambdin helps in reduced ejection fraction."),
    ("Muparin suits everyone with a clot.", "Muparin suits patients with a clot only if their bleeding risk is low."),
    ("Premenopausal women gain bone with nutrol.", "Postmenopausal women gained bone with nutrol."),
    ("Breastfeeding mothers may take xisone.", "Pregnant patients may take xisone."),
    ("Neonates need more fluid.", "Adolescents need more fluid."),
    ("Metastatic disease responds to pirol.", "Localised disease responds to pirol."),
]
TIME = [
    ("Give antibiotics after surgery.", "Antibiotics are given before surgery."),
    ("Rhotan is used in acute sciatica.", "Rhotan is used in chronic sciatica."),
    ("Short-term use of sigmol is safe.", "Long-term use of sigmol is safe."),
    ("Tauline is a first-line treatment of gout.", "Tauline is a second-line treatment of gout."),
    ("Measure glucose after meals.", "Glucose is measured before meals."),
    ("Postoperative physiotherapy helps.", "Preoperative physiotherapy helps."),
    ("Symptoms appear before exposure to pollen.", "Symptoms appear after exposure to pollen."),
]
TRUE = [
    (
        "Nobody took placebo, so it leaves open whether alphacaine raises mortality.",
        "Without a placebo group, the trial cannot show whether alphacaine raises or betazole lowers mortality.",
    ),
    (
        "Starch made no significant difference to deaths, though dialysis was needed more often.",
        "The trial found no difference in deaths between starch and saline, but more dialysis with starch.",
    ),
    (
        "Which target it sets should be read in the guideline, because second-hand accounts disagree.",
        "Second-hand accounts do not agree on its target, so the target should be read in the guideline itself.",
    ),
    ("Neither pain nor swelling differed between splints and rest.", "Pain and swelling did not differ between them."),
    ("In none of the six groups did mortality differ.", "Mortality did not differ between them in the six groups."),
    ("The guideline no longer takes sex into account.", "The guideline drops sex from its thresholds."),
    (
        "Men who cannot take etanol may be given zetamab.",
        "Zetamab is suggested in men with contraindications to it.",
    ),
    (
        "Fractures were about as frequent with etanol as with placebo.",
        "Etanol did not change fractures against it.",
    ),
    ("Betazole is ineffective for stroke prevention.", "Betazole was not effective in preventing stroke."),
    ("Massage did not help shoulder pain.", "There is no evidence that massage works for shoulder pain."),
    ("Vitamin E does not improve memory.", "Vitamin E failed to improve memory in people with dementia."),
    ("Zetamab reduces mortality.", "Survival was improved by zetamab."),
    ("Fewer deaths occurred on zetamab.", "Mortality was lower in patients given zetamab."),
    ("Zetamab improves survival.", "Mortality decreased among patients treated with zetamab."),
    ("Exercise lowers the risk of gallstones.", "Exercise protects against gallstones."),
    ("Back pain improves with rest.", "Back pain is relieved by rest."),
    ("Rest relieves back pain.", "Back pain gets better with rest."),
    ("Nutrol should not be used for knee pain.", "The society recommends against nutrol for knee pain."),
    ("Avoid nutrol in knee pain.", "Nutrol is not recommended for knee pain."),
    ("Nutrol is contraindicated in gout.", "Nutrol should be avoided in gout."),
    ("Bleeding is lower with lambdin than with muparin.", "Bleeding was higher with muparin than with lambdin."),
    ("Muparin is inferior to lambdin.", "Lambdin was superior to muparin."),
    ("Coffee is unrelated to gout.", "Coffee intake was not associated with gout."),
    ("Coffee has no effect on the risk of gout.", "There was no association between coffee and gout."),
    ("Pain scores did not differ between psitin and omegol.", "Pain scores were similar with psitin and omegol."),
    ("Betazole had no effect on blood pressure.", "Blood pressure was unchanged by betazole."),
    ("Smoking raises the risk of ulcers.", "Ulcers were more frequent in people who smoke."),
    ("Smoking is linked to ulcers.", "Smoking was associated with a higher risk of ulcers."),
    ("Ulcers are less common in non-smokers.", "Ulcers were less frequent among people who never smoked."),
    ("Pirol dampens inflammation of the gut.", "Inflammation of the gut is suppressed by pirol."),
    ("Loss of the gene worsens fibrosis.", "Deletion of the gene increased fibrosis."),
    ("Imaging of the knee is unnecessary.", "Routine imaging of the knee is not required."),
    ("For tennis elbow a splint may be of some help.", "Splints help patients with tennis elbow."),
    ("Recovery was seen in some of the patients.", "Most patients recovered within a month."),
    ("Eating red meat is associated with arthritis.", "Eating red meat causes arthritis."),
    ("Offering a splint can be considered.", "Clinicians should offer splints."),
    ("Alphacaine eases croup in toddlers.", "In infants and children, alphacaine eased croup."),
    ("Statol is advised after a heart attack.", "After myocardial infarction statol is advised."),
    ("Antibiotics are given before the operation.", "Preoperative antibiotics are given, before surgery starts."),
    ("Iotan cuts relapses.", "Relapse was less likely with iotan."),
    ("Relapse falls with iotan.", "Iotan lowered the relapse rate."),
    ("It is not harmful to drink coffee.", "Coffee is safe to drink."),
    ("Kappatide does not increase mortality.", "Mortality was no higher with kappatide."),
    ("Deltarol works for migraine.", "Deltarol is an effective treatment for migraine."),
    ("Infection is a possible cause of fever.", "Infection cannot be excluded as a cause of fever."),
    ("Hearing loss is common with loud music.", "Loud music often causes hearing loss."),
    ("Adults with kidney failure need less sigmol.", "In adults with kidney disease, sigmol should be reduced."),
    ("The guideline advises walking instead of bed rest.", "The guideline prefers walking to bed rest."),
    ("Physiotherapy helps women after childbirth.", "Physiotherapy is beneficial for mothers post-partum."),
    ("Falls are prevented by balance training.", "Balance training reduced the number of falls."),
    ("Sleep was better with tauline.", "Tauline improved sleep."),
    ("Weight did not change on upsilol.", "Upsilol had no effect on weight."),
    ("Older adults fall less often after training.", "Training reduced falls in elderly people."),
    ("Chronic sciatica responds to rhotan.", "Rhotan is effective in long-standing sciatica."),
]

FLIPS = [
    ("not ", ""),
    ("no ", ""),
    ("without ", ""),
    ("relieved", "provoked"),
    ("raises", "lowers"),
    ("higher", "lower"),
    ("lower", "higher"),
    ("against", "for"),
    ("reduced", "increased"),
    ("before", "after"),
    ("after", "before"),
    ("may", "must"),
    ("conditional", "strong"),
    ("strong", "conditional"),
]


@pytest.mark.parametrize(("claim", "sentence"), NEGATION)
def test_a_claim_that_denies_or_drops_a_denial_in_its_own_words_is_found(claim: str, sentence: str) -> None:
    fault = polarity_fault(claim, [sentence])
    assert fault is not None
    assert fault.kind in {"negation", "direction", "strength", "edit"}
    assert not fault.overstated or fault.kind == "strength"


@pytest.mark.parametrize(("claim", "sentence"), DIRECTION)
def test_a_claim_that_points_the_other_way_in_its_own_words_is_found(claim: str, sentence: str) -> None:
    fault = polarity_fault(claim, [sentence])
    assert fault is not None
    assert fault.kind in {"direction", "negation", "edit"}


@pytest.mark.parametrize(("claim", "sentence", "overstated"), STRENGTH)
def test_a_claim_firmer_than_its_sentence_is_overstated(claim: str, sentence: str, overstated: bool) -> None:
    fault = polarity_fault(claim, [sentence])
    assert fault is not None
    assert (fault.kind, fault.overstated) == ("strength", overstated)


@pytest.mark.parametrize(("claim", "sentence"), POPULATION)
def test_a_claim_about_others_than_its_sentence_is_found(claim: str, sentence: str) -> None:
    fault = polarity_fault(claim, [sentence])
    assert fault is not None
    assert fault.kind == "population"


@pytest.mark.parametrize(("claim", "sentence"), TIME)
def test_a_claim_about_another_time_is_found(claim: str, sentence: str) -> None:
    fault = polarity_fault(claim, [sentence])
    assert fault is not None
    assert fault.kind == "time"


@pytest.mark.parametrize(("claim", "sentence"), TRUE)
def test_a_true_rewording_raises_no_alarm(claim: str, sentence: str) -> None:
    assert polarity_fault(claim, [sentence]) is None


def test_the_hand_made_sets_are_as_large_as_they_should_be() -> None:
    assert len(TRUE) >= 40
    assert len(NEGATION + DIRECTION + STRENGTH + POPULATION + TIME) >= 60


def test_the_reason_names_the_words_that_clash() -> None:
    for claim, sentence, mine, theirs in (
        ("In children, alphacaine eases croup.", "Alphacaine eases croup in adults.", "children", "adults"),
        ("Give antibiotics after surgery.", "Antibiotics are given before surgery.", "after surgery", "before surgery"),
        ("Red meat causes arthritis.", "Eating red meat was associated with arthritis.", "causes", "associated"),
        ("Falls decrease on etanol.", "The risk of falls was raised by etanol.", "decrease", "raised"),
    ):
        fault = polarity_fault(claim, [sentence])
        assert fault is not None
        assert mine in fault.reason
        assert theirs in fault.reason
        assert fault.reason.index(mine) < fault.reason.rindex(theirs)


def test_the_sentences_count_together() -> None:
    adults, children = "Alphacaine eases croup in adults.", "Alphacaine eases croup in children."
    claim = "In children, alphacaine is good for croup."
    assert polarity_fault(claim, [adults]) == PolarityFault(
        "population", False, "is about children, the cited sentences about adults"
    )
    assert polarity_fault(claim, [adults, children]) is None


def test_a_claim_that_is_its_sentence_has_no_fault() -> None:
    for _, sentence in NEGATION + DIRECTION + POPULATION + TIME + TRUE:
        assert polarity_fault(sentence, [sentence]) is None
        assert polarity_fault(sentence.upper(), [sentence, "Something else is not so."]) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "not " * 2500,
        "no evidence of " * 700,
        "increases reduces " * 600,
        "(" * 5000 + "1" * 5000,
        "a" * 10_000,
        "before after " * 800,
        "more than " * 1000,
        "🫀💊 not 🙂 " * 1200,
        "Стеноз не облегчается при ходьбе. " * 300,
        "脊柱管狭窄症の痛みは歩行では軽減しない。" * 500,
        "| drug | dose |\n|---|---|\n| alphacaine | 5 mg |\n" * 200,
        "strongly not recommend against the most all children adults " * 160,
    ],
    ids=range(14),
)
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    begun = time.process_time()
    for claim, sentences in ((text, [TRUE[0][1]]), (TRUE[0][0], [text]), (text, [text + " x"] * 5), (text, [])):
        fault = polarity_fault(claim, sentences)
        assert fault is None or fault.reason
    assert time.process_time() - begun < 4


def test_a_claim_with_five_sentences_takes_a_few_milliseconds() -> None:
    rows = NEGATION + DIRECTION + POPULATION + TIME + TRUE
    polarity_fault(*[rows[0][0], [rows[0][1]]])
    begun = time.process_time()
    for index, (claim, _) in enumerate(rows):
        polarity_fault(f"{claim} ", [f"{rows[(index + step) % len(rows)][1]} " for step in range(5)])
    assert (time.process_time() - begun) / len(rows) < 0.010


def test_no_dropped_negation_or_flipped_word_of_a_corpus_sentence_passes() -> None:
    corpus = Path(__file__).resolve().parents[2] / "corpus"
    sentences = [
        passage.quote(sentence)
        for document in read_corpus(corpus)
        for passage in chunk(document, max_chars=700)
        for sentence in passage.sentences
    ]
    mutants = [
        (sentence[: found.start()] + other + sentence[found.end() :], sentence)
        for word, other in FLIPS
        for sentence in sentences
        for found in re.finditer(rf"\b{word}(?:(?<= )|\b)", sentence)
    ]
    assert len(mutants) > 500
    assert [mutant for mutant, sentence in mutants if polarity_fault(mutant, [sentence]) is None] == []
    assert [one for one in sentences if polarity_fault(f"{one} ", [one.upper()]) is not None] == []
