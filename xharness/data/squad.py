"""Read extractive questions: SQuAD v1.1 JSON files, and rows of SQuAD on the hub."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from xharness.data.jsons import read_json
from xharness.data.lines import Row, nonempty, write_lines
from xharness.errors import DataError


@nonempty
def read_squad(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the questions of SQuAD v1.1 files, in file order.

    Answers blanked by the XTREME scripts are skipped; offsets are corrected by `locate`. Raises DataError if a file is
    not JSON or not in the SQuAD format.
    """
    for path in paths:
        document = read_json(path)
        try:
            for article in document["data"]:
                for paragraph in article["paragraphs"]:
                    yield from (_row(paragraph["context"], question) for question in paragraph["qas"])
        except (KeyError, TypeError) as error:
            problem = f"not in the SQuAD format, data > paragraphs > context, qas > id, question, answers ({error!r})"
            raise DataError.at(path, None, problem) from None


def write_squad(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write questions as a SQuAD v1.1 file; questions that follow each other share a paragraph of the same context."""
    paragraphs = [
        {"context": context, "qas": [_question(row) for row in own]}
        for context, own in groupby(rows, lambda row: row["context"])
    ]
    content = {"version": "1.1", "data": [{"title": path.stem, "paragraphs": paragraphs}]}
    write_lines(path, [json.dumps(content, ensure_ascii=False)])


def _question(row: Mapping[str, Any]) -> dict[str, Any]:
    answers = [{"text": answer["text"], "answer_start": answer["start"]} for answer in row["answers"]]
    return {"id": row["id"], "question": row["question"], "answers": answers}


def hub_questions(rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield rows with a list of answers, from hub rows with columns of answers, {text: [...], answer_start: [...]}."""
    for row in rows:
        columns = row["answers"]
        pairs = zip(columns["text"], columns["answer_start"])
        yield {
            "id": text_id(row["id"]),
            "question": row["question"],
            "context": row["context"],
            "answers": list(_answers(row["context"], pairs)),
        }


def locate(context: str, text: str, start: int) -> int:
    """Return the offset of `text` in `context` nearest to `start`, -1 if it does not occur.

    Several hub copies strip the context without adjusting the answer offsets.
    """
    before = context.rfind(text, 0, max(start, 0) + len(text))
    after = context.find(text, max(start, 0))
    offsets = [offset for offset in (before, after) if offset >= 0]
    return min(offsets, key=lambda offset: abs(offset - start), default=-1)


def text_id(value: Any) -> str:
    """Return the id of a question as text; whole numbers are taken, as some files have them.

    Predictions are JSON objects, whose keys are always text. Raises TypeError for any other value.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"id {value!r} is neither a text nor a whole number")
    return value


def _row(context: str, question: Mapping[str, Any]) -> Row:
    for name, text in (("context", context), ("question", question["question"])):
        if not isinstance(text, str):
            raise TypeError(f"{name} is not a text")
    pairs = ((answer["text"], answer["answer_start"]) for answer in question["answers"])
    return {
        "id": text_id(question["id"]),
        "question": question["question"],
        "context": context,
        "answers": list(_answers(context, pairs)),
    }


def _answers(context: str, pairs: Iterable[tuple[str, int]]) -> Iterator[Row]:
    for text, start in pairs:
        if text:
            yield {"text": text, "start": locate(context, text, start)}
