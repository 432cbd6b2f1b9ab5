"""Public question sets in their published formats, as items: `FORMAT:PATH` wherever a suite is named.

| format | file |
|---|---|
| `trec` | topics, one `id TAB question` a line, or the `<top>` form with `<num>`, `<title>`; `TOPICS,QRELS` for both |
| `pubmedqa` | `ori_pqal.json`: an object by PMID with `QUESTION` |
| `bioasq` | `{"questions": [{"id", "body", "ideal_answer"}]}`; a sentence of the first ideal answer is a vital nugget |
| `scifact` | JSON lines with `id` and `claim`; asked as "Is it true that ...?" |
| `inspect` | JSON lines of inspect_ai samples: `id`, `input`, `target`; each target is a vital nugget |
| `ragas` | JSON lines with `user_input` and `reference`; each sentence of the reference is a vital nugget |

They say nothing of whether our sources answer them: `expect` stays open, unless a nugget says that there is an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sentencex import segment

from eval.datasets import DatasetError, Item, Nugget, checked, first_fault, load_suite
from eval.rankings import read_qrels_lines
from eval.run_folder import read_lines

_TOP = re.compile(r"<top>(.*?)</top>", re.S)
_NUM = re.compile(r"<num>\s*(?:Number:)?\s*(\S+)")
_TITLE = re.compile(r"<title>\s*(.*?)\s*(?=<|\Z)", re.S)


def _nuggets(texts: Sequence[str]) -> tuple[Nugget, ...]:
    kept = [" ".join(text.split()) for text in texts if text.strip()]
    return tuple(Nugget(nugget_id=f"n{number}", text=text) for number, text in enumerate(kept, start=1))


def sentences_of(text: str) -> list[str]:
    """The sentences of an English text."""
    return [" ".join(str(piece).split()) for piece in segment("en", text) if str(piece).strip()]


def _item(question_id: object, question: str, texts: Sequence[str] = ()) -> Item:
    nuggets = _nuggets(texts)
    return Item(
        question_id=str(question_id),
        question=" ".join(question.split()),
        expect="answer" if nuggets else None,
        nuggets=nuggets,
    )


def _trec(path: Path) -> Iterator[Item]:
    topics, _, qrels = str(path).partition(",")
    gains = read_qrels_lines(Path(qrels)) if qrels else {}
    for item in _topics(Path(topics)):
        yield item.model_copy(update={"relevant": gains.get(item.question_id, {})})


def _topics(path: Path) -> Iterator[Item]:
    text = path.read_text(encoding="utf-8")
    tops = _TOP.findall(text)
    for top in tops:
        number, title = _NUM.search(top), _TITLE.search(top)
        if not number or not title:
            raise ValueError("a <top> without <num> or <title>")
        yield _item(number[1], title[1])
    for line in () if tops else text.split("\n"):
        if line.strip():
            number_, _, question = line.partition("\t")
            yield _item(number_.strip(), question)


def _pubmedqa(path: Path) -> Iterator[Item]:
    for pmid, row in json.loads(path.read_text(encoding="utf-8")).items():
        yield _item(pmid, row["QUESTION"])


def _bioasq(path: Path) -> Iterator[Item]:
    for row in json.loads(path.read_text(encoding="utf-8"))["questions"]:
        ideal = row.get("ideal_answer") or ""
        first = ideal if isinstance(ideal, str) else ideal[0]
        yield _item(row["id"], row["body"], sentences_of(first))


def _scifact(path: Path) -> Iterator[Item]:
    for row in read_lines(path):
        first, space, rest = str(row["claim"]).rstrip(". ").partition(" ")
        # "Aspirin" and "The" lose their capital, "HIV" and "mTOR" keep theirs.
        yield _item(row["id"], f"Is it true that {first.lower() if first.istitle() else first}{space}{rest}?")


def _user_said(messages: Sequence[dict[str, str]]) -> str:
    return next((one["content"] for one in messages if one["role"] == "user"), "")


def _inspect(path: Path) -> Iterator[Item]:
    for number, row in enumerate(read_lines(path), start=1):
        asked: Any = row["input"]
        question = asked if isinstance(asked, str) else _user_said(asked)
        target = row.get("target") or []
        yield _item(row.get("id", number), question, [target] if isinstance(target, str) else target)


def _ragas(path: Path) -> Iterator[Item]:
    for number, row in enumerate(read_lines(path), start=1):
        yield _item(row.get("id", number), row["user_input"], sentences_of(row.get("reference") or ""))


FORMATS: dict[str, Callable[[Path], Iterator[Item]]] = {
    "trec": _trec,
    "pubmedqa": _pubmedqa,
    "bioasq": _bioasq,
    "scifact": _scifact,
    "inspect": _inspect,
    "ragas": _ragas,
}


def load_questions(name: str) -> list[Item]:
    """A shipped suite, a file of the same form, or a public set as `FORMAT:PATH`.

    Raises:
        DatasetError: there is no such file, or it is not of its format.
    """
    form, _, where = name.partition(":")
    if form not in FORMATS or not where:
        return load_suite(name)
    try:
        items = list(FORMATS[form](Path(where)))
    except OSError as error:
        raise DatasetError("the question set cannot be read", value=error) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        fault = first_fault(error) if isinstance(error, ValueError) else repr(error)
        raise DatasetError(f"{where} is not of the format {form}", value=fault) from error
    return checked(items, name)
