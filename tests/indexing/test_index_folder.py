from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import ConfigError, CorpusError, IndexBrokenError, IndexMismatchError, IndexMissingError
from rag.indexing.builder import Built, Recipe, build_index
from rag.indexing.index import Index, check_fits, open_index
from rag.indexing.layout import generation_folder, read_manifest
from rag.ingestion.corpus_file import read_corpus
from rag.models.encoder_spec import EncoderSpec
from rag.types import SourceFilter

GUIDELINES, RESEARCH = SourceFilter("guideline"), SourceFilter("research")


def test_an_opened_index_gives_back_what_was_built(small_index: Index, small_corpus: Path) -> None:
    documents = {document.source.source_id: document for document in read_corpus(small_corpus)}
    assert small_index.sources == {name: document.source for name, document in documents.items()}
    assert small_index.documents == {name: document.text for name, document in documents.items()}
    for passage in small_index.passages:
        assert passage.text == documents[passage.source_id].text[passage.start : passage.end]
    assert small_index.manifest.counts == {
        "sources": 5,
        "guidelines": 3,
        "research": 2,
        "passages": len(small_index.passages),
        "sentences": 7,
    }


def test_dense_search_finds_the_planted_passage_with_its_cosine(small_index: Index, letters: Any) -> None:
    target = next(passage for passage in small_index.passages if passage.source_id == "elbow-2005")
    title = small_index.sources["elbow-2005"].title
    vector = letters.encode_queries([f"{title}. {target.heading}. {target.text}"])[0]
    row, score = small_index.dense(vector, GUIDELINES, 3)[0]
    assert small_index.passages[row] == target
    assert score == pytest.approx(1.0, abs=1e-6)


def test_dense_search_stays_within_its_kind(small_index: Index, letters: Any) -> None:
    vector = letters.encode_queries(["Knee pain is relieved by rest."])[0]
    rows = small_index.dense(vector, RESEARCH, 50)
    assert {small_index.passages[row].source_id for row, _ in rows} == {"trial-2019", "fraud-2018"}
    assert [score for _, score in rows] == sorted((score for _, score in rows), reverse=True)


def test_lexical_search_gives_only_passages_that_share_a_term(small_index: Index) -> None:
    rows = small_index.lexical(["elbow"], GUIDELINES, 10)
    assert [small_index.passages[row].source_id for row, _ in rows] == ["elbow-2005"]
    assert rows[0][1] > 0
    assert small_index.lexical(["zebra"], GUIDELINES, 10) == []
    assert small_index.lexical([], GUIDELINES, 10) == []


def test_sentence_scores_are_the_cosines_of_the_sentences(small_index: Index, letters: Any) -> None:
    vector = letters.encode_queries(["Knee pain"])[0]
    for row, passage in enumerate(small_index.passages):
        expected = letters.encode_queries([passage.quote(sentence) for sentence in passage.sentences]) @ vector
        assert small_index.sentence_scores(row, vector) == pytest.approx(expected, abs=1e-3)


def test_rare_terms_weigh_more_and_unknown_ones_weigh_one(small_index: Index) -> None:
    assert small_index.term_weight("zebra") == pytest.approx(1.0)
    assert small_index.term_weight("elbow") > small_index.term_weight("pain") > 0
    assert small_index.knows("elbow")
    assert not small_index.knows("zebra")


def test_there_is_no_pickle_in_the_folder(small_folder: Path) -> None:
    for path in small_folder.rglob("*"):
        if path.is_file():
            start = path.read_bytes()[:2]
            assert not (start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05"), path
            if path.suffix == ".npy":
                np.load(path, allow_pickle=False)


def test_a_copied_folder_answers_where_it_is_put(small_folder: Path, small_index: Index, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "small"
    shutil.copytree(small_folder, other)
    shutil.rmtree(small_folder)
    copied = open_index(other)
    assert copied.documents == small_index.documents
    assert copied.lexical(["elbow"], GUIDELINES, 1) == small_index.lexical(["elbow"], GUIDELINES, 1)


def test_a_missing_index_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="rag index build nowhere"):
        open_index(tmp_path / "nowhere")


def files_of(folder: Path) -> list[str]:
    """Every file of the generation, by its relative path."""
    return list(read_manifest(folder).files)


def test_every_file_that_is_missing_or_cut_short_is_named(small_folder: Path) -> None:
    generation = generation_folder(small_folder, read_manifest(small_folder))
    for name in files_of(small_folder):
        whole = (generation / name).read_bytes()
        (generation / name).write_bytes(whole[:-1])
        with pytest.raises(IndexBrokenError, match=name):
            open_index(small_folder)
        (generation / name).unlink()
        with pytest.raises(IndexBrokenError, match=f"{name}.*rag index build small"):
            open_index(small_folder)
        (generation / name).write_bytes(whole)
    assert open_index(small_folder)


@pytest.mark.parametrize("name", ["passages.faiss", "texts.sqlite"])
def test_bytes_that_are_not_an_index_are_refused(small_folder: Path, name: str) -> None:
    path = generation_folder(small_folder, read_manifest(small_folder)) / name
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(IndexBrokenError, match="cannot be opened"):
        open_index(small_folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": "sourcebound.index/2"}'])
def test_a_damaged_manifest_is_named(small_folder: Path, text: str) -> None:
    (small_folder / "manifest.json").write_text(text)
    with pytest.raises(IndexBrokenError, match="manifest"):
        open_index(small_folder)


@pytest.mark.parametrize(
    ("version", "mend"), [("9", "update the program, or rag index build"), ("1", "rag index build")]
)
def test_another_format_is_a_mismatch_that_names_both(small_folder: Path, version: str, mend: str) -> None:
    path = small_folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": f"sourcebound.index/{version}"}))
    with pytest.raises(IndexMismatchError, match=rf"sourcebound\.index/{version}.*sourcebound\.index/2 \({mend}"):
        open_index(small_folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"encoder": EncoderSpec(name="others")}, r"RAG_ENCODER was letters.*is others"),
        ({"encoder": EncoderSpec(name="letters", dimension=20)}, r"RAG_ENCODER_DIMENSION was unset.*is 20"),
        ({"chunking": {"passage_chars": 61}}, r"60.*61"),
        ({"corpus_hash": "f" * 64}, "ffffffffffff"),
    ],
)
def test_an_index_built_from_something_else_is_refused(small_index: Index, change: dict[str, Any], named: str) -> None:
    fitting: dict[str, Any] = {
        "encoder": EncoderSpec(name="letters"),
        "chunking": {"passage_chars": 60},
        "corpus_hash": None,
    }
    check_fits(small_index.manifest, **fitting)
    with pytest.raises(IndexMismatchError, match=named) as caught:
        check_fits(small_index.manifest, **(fitting | change))
    assert "rag index build small" in str(caught.value)


@pytest.mark.parametrize("factory", ["HNSW16", "IVF2,SQ8", "SQ8"])
def test_another_kind_of_vector_index_finds_the_same(
    small_corpus: Path, small_index: Index, tmp_path: Path, letters: Any, build_from: Callable[..., Built], factory: str
) -> None:
    folder = tmp_path / "indexes" / "other"
    build_from(small_corpus, folder, letters, factory)
    vector = letters.encode_queries(["Knee pain is relieved by rest."])[0]
    expected = small_index.dense(vector, GUIDELINES, 2)
    found = open_index(folder).dense(vector, GUIDELINES, 2)
    assert [row for row, _ in found] == [row for row, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-5)


def test_a_factory_string_that_faiss_refuses_is_named_and_loses_nothing(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Callable[..., Built]
) -> None:
    before = read_manifest(small_folder)
    with pytest.raises(ConfigError, match="Nonsense7"):
        build_from(small_corpus, small_folder, letters, "Nonsense7")
    assert open_index(small_folder).manifest == before


def test_an_empty_corpus_is_not_indexed(tmp_path: Path, letters: Any) -> None:
    with pytest.raises(CorpusError, match="nothing to index"):
        build_index(tmp_path / "empty", [], Recipe(letters, "", {}))
    assert not (tmp_path / "empty" / "manifest.json").exists()


def test_importing_the_rooms_of_a_question_does_not_import_torch() -> None:
    code = "import sys, rag.models.sentence_encoder, rag.factory, rag.indexing.builder; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
