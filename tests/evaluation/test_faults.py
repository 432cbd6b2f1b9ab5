"""Planted faults in answers: one thing changes, the same again, and what is counted is what was found."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import rag.factory
from eval.auditing import audit
from eval.datasets import DatasetError, load_suite
from eval.fault_commands import faults, read_answers
from eval.faults.base import FITTING, HALVES, Card, Library, Planted, Record, Site, shared_share
from eval.faults.breaking import CARDS, Broken, break_answers, sites_of
from eval.faults.detecting import audit_unbroken, detect
from eval.faults.paraphrased import paraphrase_answers
from eval.faults.pointers import FOREIGN
from eval.faults.table import AIMS, markdown, part_of, summary
from eval.planted.cases import PARAPHRASES, load_cases
from eval.planted.judging import Agreeing
from rag.answer import PARTS, DraftClaim, Verdict
from rag.config import Settings
from rag.evidence import Evidence
from rag.ingestion.corpus_file import read_corpus
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record
from rag.types import Document, Section, Source
from rag.verification.verifier import Verifier

Named = list[tuple[str, Record]]


@pytest.fixture(scope="module")
def library(real_settings: Settings) -> Library:
    return Library({one.source.source_id: one for one in read_corpus(real_settings.corpus_dir)})


@pytest.fixture(scope="module")
def answers(real_pipeline: AnswerPipeline) -> Named:
    """Answers of the program, as they come out of a file."""
    items = load_suite("first")[:24]
    records = [(item.question_id, answer_record(real_pipeline.ask(item.question))) for item in items]
    loaded: Named = [(name, answer) for name, answer in json.loads(json.dumps(records))]
    return loaded


@pytest.fixture(scope="module")
def in_other_words(library: Library) -> Named:
    return paraphrase_answers(load_cases([PARAPHRASES])[::4], library)


@pytest.fixture(scope="module")
def broken(answers: Named, in_other_words: Named, library: Library) -> list[Broken]:
    return list(break_answers(sites_of([*answers, *in_other_words], library), most=12))


@pytest.fixture
def rules() -> Verifier:
    return Verifier(Agreeing())


def test_every_fault_can_be_planted_and_belongs_to_a_family_with_names(broken: list[Broken]) -> None:
    assert {one.card.name for one in broken} == {card.name for card in CARDS}
    assert len({card.name for card in CARDS}) == len(CARDS)
    assert {card.family for card in CARDS} == set(FITTING)
    assert set(AIMS) <= set(FITTING)


def said(answer: Record, *without: str) -> dict[str, Counter[str]]:
    """The claims of each part as text, with numbers left out, and fields left out as asked."""
    told: dict[str, Counter[str]] = {}
    for part in (*PARTS, "not_found", "options"):
        told[part] = Counter()
        for claim in answer[part]:
            kept: dict[str, Any] = {key: value for key, value in claim.items() if key not in without}
            cited = [
                {key: value for key, value in one.items() if key not in ("number", "passage_id")}
                for one in kept.get("citations", ())
            ]
            told[part][json.dumps({**kept, "citations": cited}, sort_keys=True)] += 1
    return told


def test_exactly_one_claim_changes_and_in_one_respect(broken: list[Broken]) -> None:
    for one in broken:
        before, after = one.site.answer, one.planted.answer
        if one.card.name in ("other half", "block of citations", "number of another", "number beyond the list"):
            continue
        gone = sum((said(before)[part] - said(after)[part]).total() for part in said(before))
        come = sum((said(after)[part] - said(before)[part]).total() for part in said(before))
        assert (gone, come) == (1, 1), one.card.name
        respects = [field for field in ("text", "citations") if said(before, field) != said(after, field)]
        same = {field for field in ("text", "citations") if field not in respects}
        assert len(same) == 1 or one.card.family in ("pointer", "lane", "lifecycle", "absence"), one.card.name


def test_word_faults_keep_every_citation_and_pointer_faults_every_word(broken: list[Broken]) -> None:
    words = set(AIMS) - {"pointer", "lane", "lifecycle", "absence", "citation"} | {"strength"}
    for one in broken:
        before, after = one.site.answer, one.planted.answer
        texts = [[claim["text"] for part in HALVES for claim in answer[part]] for answer in (before, after)]
        cited = [[claim["citations"] for part in HALVES for claim in answer[part]] for answer in (before, after)]
        if one.card.family in words:
            assert cited[0] == cited[1]
            assert len([pair for pair in zip(*texts, strict=True) if pair[0] != pair[1]]) <= 1
        elif one.card.name != "other half":
            assert texts[0] == texts[1]


def test_nothing_else_of_a_broken_answer_is_objected_to(broken: list[Broken], rules: Verifier) -> None:
    """References are numbered anew, so that what is found is what was planted; but for a pointer that is itself wrong
    (its source is then not cited any more) and a block, which is a fault of several claims."""
    for one in broken:
        if one.card.family not in ("lane", "lifecycle", "absence", "citation"):
            continue
        findings = audit(one.planted.answer, one.site.library.documents, rules)
        before = audit(one.site.answer, one.site.library.documents, rules)
        elsewhere = {f for f in findings if (f.part, f.claim_id) != (one.planted.part, one.planted.name)} - set(before)
        assert elsewhere == set(), one.card.name


def test_the_answers_are_left_as_they_were(answers: Named, library: Library) -> None:
    before = json.dumps(answers)
    list(break_answers(sites_of(answers, library), most=3))
    assert json.dumps(answers) == before


def test_the_same_answers_and_seed_give_the_same_faults_and_another_seed_others(
    answers: Named, library: Library
) -> None:
    def made(seed: int, given: Named) -> list[tuple[str, str, str]]:
        planted = break_answers(sites_of(given, library), most=4, seed=seed)
        return [(one.card.name, one.site.key, one.planted.what) for one in planted]

    assert made(0, answers) == made(0, json.loads(json.dumps(answers)))
    assert made(0, answers) != made(1, answers)


def test_a_claim_gives_at_most_one_fault_of_a_card_and_a_card_at_most_as_many_as_asked_for(
    broken: list[Broken],
) -> None:
    assert max(Counter(one.card.name for one in broken).values()) <= 12
    assert max(Counter((one.card.name, one.site.key) for one in broken).values()) == 1


def test_faults_of_pointers_lanes_lives_and_absences_are_all_found_by_rules_and_named_rightly(
    broken: list[Broken], rules: Verifier
) -> None:
    some = [one for one in broken if one.card.family in ("pointer", "lane", "lifecycle", "absence")]
    missed = [(one.broken.card.name, one.findings) for one in detect(some, [], rules) if not one.named]
    assert len(some) > 100
    assert missed == []


def test_unbroken_answers_of_the_program_give_no_finding(answers: Named, library: Library, rules: Verifier) -> None:
    unbroken = audit_unbroken(sites_of(answers, library), library, rules)
    assert len(unbroken) > 60
    assert [one.findings for one in unbroken if one.findings] == []


def site(text: str, quote: str | None = None) -> Site:
    """A guideline claim on a source of its own that says the same."""
    quote = quote or text
    source = Source("own", "guideline", "A guideline", 2020, "current")
    documents = {"own": Document(source, quote, (Section("Advice", 0, len(quote)),), "")}
    cited = {"number": 1, "source_id": "own", "passage_id": "", "start": 0, "end": len(quote), "quote": quote}
    claim = {"claim_id": "c1", "type": "recommendation", "text": text, "relation": None, "citations": [cited]}
    listed = [{"number": 1, "source_id": "own", "kind": "guideline", "status": "current"}]
    answer = {
        "schema": "sourcebound.answer/1",
        "question": "?",
        "short_answer": [],
        "guidelines": [claim],
        "research": [],
        "agreement": [],
        "options": [],
        "not_found": [],
        "references": listed,
    }
    return Site(answer, "guidelines", 0, Library(documents))


def made(name: str, place: Site) -> set[str]:
    card = next(card for card in CARDS if card.name == name)
    return {str(one.answer[one.part][0]["text"]) for one in card.plant(place)}


@pytest.mark.parametrize(
    ("name", "claim", "broken"),
    [
        ("figure changed", "Flares fell in 12 weeks.", "Flares fell in 24 weeks."),
        ("unit changed", "Take 5 mg daily.", "Take 5 µg daily."),
        ("comparator flipped", "Treat for at least 12 weeks.", "Treat for at most 12 weeks."),
        ("comparator flipped", "Stop it if potassium is > 6.", "Stop it if potassium is < 6."),
        ("comparator flipped", "Give up to 80 mg a day.", "Give at least 80 mg a day."),
        ("negation added", "It is recommended in gout.", "It is no longer recommended in gout."),
        ("negation dropped", "It should not be stopped.", "It should be stopped."),
        ("direction reversed", "Strokes were rarer with it.", "Strokes were more frequent with it."),
        ("population swapped", "It is recommended in women.", "It is recommended in men."),
        ("condition swapped", "It is advised in gout.", "It is advised in pseudogout."),
        ("strength overstated", "Surgery may be considered.", "Surgery must be given."),
        ("strength overstated", "It is a conditional recommendation.", "It is a strong recommendation."),
        ("strength overstated", "Evidence is of low certainty.", "Evidence is of high certainty."),
    ],
)
def test_a_card_breaks_a_claim_in_one_place(name: str, claim: str, broken: str, rules: Verifier) -> None:
    assert broken in made(name, site(claim))


def test_a_dose_becomes_another_that_the_quote_does_not_have() -> None:
    assert made("dose changed", site("Take 5 mg, or 10 mg at night."))
    for text in made("dose changed", site("Take 5 mg, or 10 mg at night.")):
        assert ("2.5 mg" in text, "50 mg" in text, "20 mg" in text, "100 mg" in text).count(True) == 1
    assert made("dose changed", site("Albumin was 30 mg/g and LDL 70 mg/dL.")) == set()


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("strength overstated", "It may not be given."),
        ("population swapped", "It suits no one in particular."),
        ("negation dropped", "It is given."),
        ("citation swapped", "It is given."),
        ("block of citations", "It is given."),
    ],
)
def test_a_card_gives_nothing_where_there_is_nothing_to_break(name: str, claim: str) -> None:
    assert made(name, site(claim)) == set()


def test_nothing_is_put_in_that_the_quotes_or_the_title_say() -> None:
    assert (
        made("condition swapped", site("It is advised in gout.", "It is advised in gout and in pseudogout.")) == set()
    )
    assert made("population swapped", site("It is advised in women.", "It is advised in women and men.")) == set()


def test_an_answer_that_cites_an_unknown_source_is_not_broken() -> None:
    place = site("Take 5 mg daily.")
    strange = {**place.answer["references"][0], "source_id": "elsewhere", "number": 2}
    answer = {**place.answer, "references": [*place.answer["references"], strange]}
    assert list(break_answers(sites_of([("q", answer)], place.library))) == []


def test_a_swapped_citation_goes_to_a_living_neighbour_that_does_not_say_it(broken: list[Broken]) -> None:
    some = [one for one in broken if one.card.name == "citation swapped"]
    for one in some:
        (cited,) = next(
            claim["citations"]
            for claim in one.planted.answer[one.planted.part]
            if claim["claim_id"] == one.planted.name
        )
        old = one.site.citations[0]["source_id"]
        source = one.site.library.documents[cited["source_id"]].source
        assert source.source_id != old
        assert source.kind == one.site.library.documents[old].source.kind
        assert not one.site.library.ended(source)
        assert shared_share(one.site.claim["text"], cited["quote"]) <= FOREIGN


def test_claims_in_other_words_are_no_answers_of_ended_sources(in_other_words: Named, library: Library) -> None:
    assert len(in_other_words) > 40
    for _, answer in in_other_words:
        claims = [claim for part in HALVES for claim in answer[part]]
        assert 1 <= len(claims) <= 4
        assert not any(library.ended(library.documents[one["source_id"]].source) for one in answer["references"])
        assert not any(claim["text"] in (one["quote"] for one in claim["citations"]) for claim in claims)


class Finding:
    """A checker that withholds what it is told to."""

    def __init__(self, *withheld: str) -> None:
        self._withheld = withheld

    def check(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        bad = any(word in claim.text for word in self._withheld)
        return Verdict("none" if bad else "full", "scripted", "scripted", "figure_mismatch" if bad else None)


def test_what_is_counted_is_what_was_found_and_what_was_named() -> None:
    place = site("Take 5 mg daily for 12 weeks.")

    def put(word: str) -> Card:
        def plant(one: Site) -> list[Planted]:
            claim = {**one.claim, "text": one.claim["text"].replace("5 mg", word)}
            return [Planted({**one.answer, "guidelines": [claim]}, "guidelines", "c1", word)]

        return Card(word, "figure" if "mg" in word else "drug", "", plant)  # type: ignore[arg-type]

    cards = [put("7 mg"), put("9 mg"), put("aspirin")]
    sites = [("q", place)]
    checker = Finding("7 mg", "aspirin")
    unbroken = audit_unbroken(sites, place.library, checker)
    part = part_of("one", detect(list(break_answers(sites, cards)), unbroken, checker), unbroken, cards)
    rows = {row.name: (row.found.hits, row.found.of, row.named.hits) for row in part.rows}
    assert rows == {"figure": (1, 2, 1), "7 mg": (1, 1, 1), "9 mg": (0, 1, 0), "drug": (1, 1, 0)}
    assert (part.claims.hits, part.claims.of) == (0, 1)
    page = markdown(part)
    assert "| **figure** | 1 | 2 | 50.0% | 9.5% to 90.5% | 50.0% | 50.0% of 2 | 98%: missed |" in page
    assert "| **drug** | 1 | 1 | 100.0% |" in page
    beside = summary([part, part])
    half = "50.0% (9.5% to 90.5%) of 2: missed"
    assert f"| figure | 98% | {half} | {half} |" in beside
    assert "| **false alarms** | at most 5% | 0.0% (0.0% to 79.3%) of 1 |" in beside


def test_a_claim_that_never_passed_counts_apart() -> None:
    place = site("Take 5 mg daily for 12 weeks.")
    checker = Finding("Take")
    unbroken = audit_unbroken([("q", place)], place.library, checker)
    cards = [card for card in CARDS if card.name == "unit changed"]
    detected = detect(list(break_answers([("q", place)], cards)), unbroken, checker)
    part = part_of("one", detected, unbroken, cards)
    assert (part.rows[0].found.hits, part.rows[0].turned.of) == (1, 0)
    assert (part.statements.hits, part.statements.of) == (1, 1)
    assert "at most 5%: missed" in markdown(part)


def written(folder: Path, *rows: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "answers.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return folder


def test_the_command_measures_a_run_and_writes_what_it_found(
    answers: Named, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.factory, "verifier", lambda settings: Verifier(Agreeing()))
    rows = [{"question_id": name, "answer": answer} for name, answer in answers]
    run = written(tmp_path / "run", *rows, {"question_id": "failed", "error": "no"})
    result = CliRunner().invoke(faults, [str(run), "--limit", "4"])
    assert result.exit_code == 0, result.output
    content = json.loads((run / "faults.json").read_text(encoding="utf-8"))
    assert (content["schema"], content["answers"], content["most_of_a_fault"]) == ("sourcebound.faults/1", 24, 4)
    whole = content["parts"][0]
    found = {row["name"]: row["found"] for row in whole["rows"]}
    assert found["pointer"]["hits"] == found["pointer"]["of"] > 20
    assert whole["claims"]["hits"] == 0
    assert "| **pointer** |" in (run / "faults.md").read_text(encoding="utf-8")
    told = [json.loads(line) for line in (run / "missed.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {one["fault"] for one in told} <= {card.name for card in CARDS}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([1], "line 1 is no row"),
        ({"answer": {}}, "line 1 is no row"),
        ({"question_id": "q", "answer": {"schema": "sourcebound.answer/1"}}, "line 1: no answer .* question"),
        ({"question_id": "q", "answer": "text"}, "line 1: no answer .* not an object"),
        ({"question_id": "q", "error": "failed"}, "no row of the run has an answer"),
    ],
)
def test_a_run_that_cannot_be_read_is_an_error_of_one_line(row: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=message) as raised:
        read_answers(written(tmp_path, row))
    assert "\n" not in str(raised.value)


def test_a_folder_without_answers_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="rag-eval run"):
        read_answers(tmp_path)
