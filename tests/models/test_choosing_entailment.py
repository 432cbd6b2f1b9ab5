"""Which entailment model a name gives, and what a name that gives none says."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from rag.cli import rag
from rag.config import load_settings
from rag.errors import ConfigError, EntailmentError
from rag.factory import entailment_model, verifier
from rag.models import onnx_entailment

PAIR = ("knee pain is relieved by walking .", "pain is relieved by rest")


@pytest.fixture
def checker(tiny: ModuleType, tmp_path: Path) -> Path:
    folder: Path = tiny.write_checker(tmp_path / "checker", ["LABEL_0", "LABEL_1"])
    return folder


def test_unnamed_it_is_the_one_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert entailment_model(settings=load_settings(verifier="lexical")).name == "lexical-baseline/1"
    monkeypatch.setenv("RAG_VERIFIER", "lexical")
    assert entailment_model().name == "lexical-baseline/1"
    assert "lexical-baseline/1" in verifier().name


def test_shipped_is_the_folder_in_the_program(
    tiny: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tiny.write_checker(tmp_path / "source", ["supports", "neutral", "refutes"])
    shipped = tiny.write_shipped(tmp_path / "shipped", source, name="shipped-checker")
    shutil.copy(onnx_entailment.SHIPPED / "combiner.json", shipped)
    monkeypatch.setattr(onnx_entailment, "SHIPPED", shipped)
    assert "shipped-checker/1" in entailment_model().name
    assert entailment_model("lexical").name == "lexical-baseline/1"


def test_a_folder_is_a_checker_with_the_labels_of_the_settings(checker: Path) -> None:
    with pytest.raises(EntailmentError, match="RAG_VERIFIER_LABELS"):
        entailment_model(str(checker), load_settings())
    rows = {
        labels: entailment_model(str(checker), load_settings(verifier_labels=labels)).predict([PAIR])[0]
        for labels in ("supported, unsupported", "unsupported,supported")
    }
    first, second = rows.values()
    assert first[0] == pytest.approx(second[1], abs=1e-5)
    assert first[2] == second[2] == 0.0


def test_a_chat_model_must_be_named() -> None:
    with pytest.raises(ConfigError, match=r"the verifier 'model' needs a model \(set RAG_MODEL_NAME"):
        entailment_model("model", load_settings())


def test_an_unknown_verifier_of_a_question_is_refused_before_the_index_is_asked(tmp_path: Path) -> None:
    arguments = ["ask", "Is knee pain relieved by rest?", "--index", "none", "--verifier", str(tmp_path / "nothing")]
    done = CliRunner().invoke(rag, arguments)
    assert isinstance(done.exception, EntailmentError)
    assert "no verifier of that name" in str(done.exception)
    assert not done.stdout
