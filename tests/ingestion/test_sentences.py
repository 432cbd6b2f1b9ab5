from __future__ import annotations

import pytest

from rag.ingestion.sentences import sentence_spans


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["The drug (e.g. methotrexate) was given.", "See Fig. 2 for details.", "Pain fell vs. placebo."],
        ["The positive likelihood ratio was 6.2, 95% CI 1.9-30.", "The negative ratio was 0.05."],
        ["Prednisone 2.5 mg b.i.d. was used.", "Patients improved."],
        ["Dr. Smith et al. reported 40 cases.", "Approx. 5% relapsed."],
        ["Treatment, i.e. exercise vs. surgery, differed (P = 0.04).", "No. 3 was excluded."],
        ["Adjusted difference 0.5 (95% CI -0.2 to 1.2; P=0.19).", "At week 52 nothing changed."],
        ["N. Engl. J. Med. published the trial.", "In the U.S. more than 100 million people are affected."],
        ["H. pylori was eradicated.", "E. coli was not."],
        ["Odds ratio 23.1; night pain OR 20.4.", "Onset before age 40 counted."],
        ["Level 5, grade D.", "All patients should be referred."],
        ["Taper to 10 mg/day or less after approx. 12 mo.", "Then reassess."],
        [
            "Compared with vit. D alone, i.v. iron (500 mg q.d.) worked better, cf. Table 2.",
            "Costs were ca. 20 % higher.",
        ],
        ["Use 5 mg.", "Then stop."],
        ["Is it safe?", "Yes!", "Cost was AU$7802 per QALY."],
    ],
)
def test_abbreviations_and_figures_do_not_end_a_sentence(sentences: list[str]) -> None:
    assert cut(" ".join(sentences)) == sentences


def test_offsets_count_from_the_given_start_and_skip_white_space() -> None:
    text = "  One fell. \n Two rose.  "
    spans = sentence_spans(text, 100)
    assert [(span.start, span.end) for span in spans] == [(102, 111), (114, 123)]


def test_letters_beyond_ascii_keep_the_offsets_exact() -> None:
    text = "Behçet’s disease – rare – was seen in 5 µg/mL cases. Sjögren’s was not."
    assert cut(text) == ["Behçet’s disease – rare – was seen in 5 µg/mL cases.", "Sjögren’s was not."]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_has_no_sentences(text: str) -> None:
    assert cut(text) == []
