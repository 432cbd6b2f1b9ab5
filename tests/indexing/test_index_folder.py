from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import CorpusError, EncoderError, IndexBrokenError, IndexMismatchError, IndexMissingError
from rag.indexing.builder import build_index
from rag.indexing.index import Index, check_fits, open_index
from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import read_corpus


def rebuild(folder: Path, corpus: Path, encoder: Any) -> None:
    documents = read_corpus(corpus)
    passages = [passage for document in documents for passage in chunk(document, max_chars=60)]
    build_index(folder, documents, passages, encoder, corpus_hash="other", chunking={"passage_chars": 60})


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
    vector = letters.encode([f"{title}. {target.heading}. {target.text}"])[0]
    row, score = small_index.dense(vector, "guideline", 3)[0]
    assert small_index.passages[row] == target
    assert score == pytest.approx(1.0, abs=1e-6)


def test_dense_search_stays_within_its_kind(small_index: Index, letters: Any) -> None:
    vector = letters.encode(["Knee pain is relieved by rest."])[0]
    rows = small_index.dense(vector, "research", 50)
    assert {small_index.passages[row].source_id for row, _ in rows} == {"trial-2019", "fraud-2018"}
    assert [score for _, score in rows] == sorted((score for _, score in rows), reverse=True)


def test_lexical_search_gives_only_passages_that_share_a_term(small_index: Index) -> None:
    rows = small_index.lexical(["elbow"], "guideline", 10)
    assert [small_index.passages[row].source_id for row, _ in rows] == ["elbow-2005"]
    assert rows[0][1] > 0
    assert small_index.lexical(["zebra"], "guideline", 10) == []
    assert small_index.lexical([], "guideline", 10) == []


def test_sentence_scores_are_the_cosines_of_the_sentences(small_index: Index, letters: Any) -> None:
    vector = letters.encode(["Knee pain"])[0]
    for row, passage in enumerate(small_index.passages):
        expected = letters.encode([passage.quote(sentence) for sentence in passage.sentences]) @ vector
        assert small_index.sentence_scores(row, vector) == pytest.approx(expected, abs=1e-6)


def test_rare_terms_weigh_more_and_unknown_ones_weigh_one(small_index: Index) -> None:
    assert small_index.term_weight("zebra") == pytest.approx(1.0)
    assert small_index.term_weight("elbow") > small_index.term_weight("pain") > 0
    assert small_index.knows("elbow")
    assert not small_index.knows("zebra")


def test_there_is_no_pickle_in_the_folder(small_index: Index) -> None:
    folder = small_index.encoder_folder.parent
    for path in folder.rglob("*"):
        if path.is_file():
            start = path.read_bytes()[:2]
            assert not (start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05"), path
            if path.suffix == ".npy":
                np.load(path, allow_pickle=False)


def test_a_missing_index_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="rag index build nowhere"):
        open_index(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["passages.faiss", "documents.json", "sentence_vectors.npy"])
def test_a_file_cut_short_is_named(small_index: Index, name: str) -> None:
    folder = small_index.encoder_folder.parent
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexBrokenError, match=name):
        open_index(folder)


def test_bytes_that_are_not_an_index_are_refused(small_index: Index) -> None:
    folder = small_index.encoder_folder.parent
    path = folder / "passages.faiss"
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(IndexBrokenError, match="cannot be opened"):
        open_index(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": "sourcebound.index/1"}'])
def test_a_damaged_manifest_is_named(small_index: Index, text: str) -> None:
    folder = small_index.encoder_folder.parent
    (folder / "manifest.json").write_text(text)
    with pytest.raises(IndexBrokenError, match="manifest"):
        open_index(folder)


def test_another_format_is_a_mismatch_that_names_both(small_index: Index) -> None:
    folder = small_index.encoder_folder.parent
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"schema_version": "sourcebound.index/9"}))
    with pytest.raises(IndexMismatchError, match=r"sourcebound\.index/9.*sourcebound\.index/1"):
        open_index(folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"encoder_name": "others"}, r"letters.*others"),
        ({"encoder_fingerprint": "e" * 64}, "eeeeeeeeeeee"),
        ({"chunking": {"passage_chars": 61}}, r"60.*61"),
        ({"corpus_hash": "f" * 64}, "ffffffffffff"),
    ],
)
def test_an_index_built_from_something_else_is_refused(small_index: Index, change: dict[str, Any], named: str) -> None:
    fitting: dict[str, Any] = {
        "encoder_name": "letters",
        "encoder_fingerprint": None,
        "chunking": {"passage_chars": 60},
        "corpus_hash": None,
    }
    check_fits(small_index.manifest, **fitting)
    with pytest.raises(IndexMismatchError, match=named) as caught:
        check_fits(small_index.manifest, **(fitting | change))
    assert "rag index build small" in str(caught.value)


def test_a_failed_build_leaves_the_old_index_usable(
    small_index: Index, small_corpus: Path, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_index.encoder_folder.parent

    def failing(path: Path) -> None:
        raise EncoderError("no room")

    monkeypatch.setattr(letters, "export", failing)
    with pytest.raises(EncoderError):
        rebuild(folder, small_corpus, letters)
    assert open_index(folder).manifest == small_index.manifest
    assert [path.name for path in folder.parent.iterdir()] == ["small"]


def test_a_crash_between_the_two_renames_is_mended_on_opening(small_index: Index) -> None:
    folder = small_index.encoder_folder.parent
    folder.rename(folder.with_name(".small.old"))
    assert open_index(folder).manifest == small_index.manifest


def test_what_a_killed_build_left_behind_is_cleared_by_the_next(
    small_index: Index, small_corpus: Path, letters: Any
) -> None:
    folder = small_index.encoder_folder.parent
    left = folder.with_name(".small.building-99999999")
    left.mkdir()
    rebuild(folder, small_corpus, letters)
    assert not left.exists()


def test_a_rebuild_takes_the_place_of_the_old_index(
    small_index: Index, small_corpus: Path, letters: Any, write_source: Callable[..., Path]
) -> None:
    folder = small_index.encoder_folder.parent
    write_source(small_corpus, "wrist-2024", "Wrist pain is relieved by warmth.")
    rebuild(folder, small_corpus, letters)
    assert "wrist-2024" in open_index(folder).sources
    assert open_index(folder).manifest.fingerprint != small_index.manifest.fingerprint


def test_an_empty_corpus_is_not_indexed(tmp_path: Path, letters: Any) -> None:
    with pytest.raises(CorpusError, match="nothing to index"):
        build_index(tmp_path / "empty", [], [], letters, corpus_hash="", chunking={})


def test_the_default_encoders_weights_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.models import sentence_encoder

    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(sentence_encoder, "encoder_folder", lambda name: tmp_path)
    with pytest.raises(EncoderError, match="53aa51172d142c89"):
        sentence_encoder.SentenceTransformerEncoder()


def test_an_encoder_that_is_nowhere_is_named(tmp_path: Path) -> None:
    from rag.models.sentence_encoder import encoder_folder

    with pytest.raises(EncoderError, match="no encoder folder"):
        encoder_folder(str(tmp_path / "none"))


def test_importing_the_encoder_room_does_not_import_torch() -> None:
    code = "import sys, rag.models.sentence_encoder, rag.factory; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
