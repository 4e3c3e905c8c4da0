"""Read questions and answer sentences with their paragraphs: LAReQA and its training data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xharness.data.jsons import read_json
from xharness.data.lines import Row, nonempty
from xharness.data.sentences import sentence_breaks
from xharness.data.squad import text_id
from xharness.errors import DataError

_FORM = "not in the XQuAD-R format, data > paragraphs > context, sentence_breaks, qas > id, question, answers"


class _Paragraph(NamedTuple):
    number: int
    text: str
    sentences: list[str]
    questions: list[tuple[str, str, list[str]]]
    """(id, question, sentences in which its answers begin)"""


@nonempty
def read_passages(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the candidates of a language (split `candidates`), or its questions, of files `{language}.json`.

    The text of a candidate is a sentence followed directly by its paragraph, without newlines; its id is
    `{language}:{paragraph}:{sentence}`, both numbered from 1. The gold of a question are the candidates of all `paths`
    whose sentence contains the start of an answer, including repeated sentences of a paragraph; empty if the answers
    are blank. Raises DataError if a file is not in the XQuAD-R format or an answer does not begin in a sentence.
    Follows third_party/utils_lareqa.py and evaluate_retrieval.py of github.com/google-research/xtreme.
    """
    if split == "candidates":
        for path in paths:
            yield from _candidates(path)
        return
    gold: dict[str, list[str]] = {}
    for path in paths:
        for paragraph in _paragraphs(path):
            for name, _, sentences in paragraph.questions:
                numbers = [number for number, text in enumerate(paragraph.sentences, 1) if text in sentences]
                gold.setdefault(name, []).extend(_id(path, paragraph, number) for number in numbers)
    for path in paths:
        if path.stem == language:
            for paragraph in _paragraphs(path):
                for name, question, _ in paragraph.questions:
                    yield {"id": name, "text": question, "gold": gold[name], "positive": ""}


def training_queries(questions: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield training queries from English questions with context and answers, as `read_squad` yields them.

    The positive is the sentence in which the first answer begins, followed directly by its paragraph, without
    newlines. Questions without an answer in the paragraph are skipped, as in third_party/processors/lareqa.py of
    github.com/google-research/xtreme.
    """
    context, breaks = "", sentence_breaks("")
    for row in questions:
        if row["context"] != context:
            context = row["context"]
            breaks = sentence_breaks(context)
        start = next((answer["start"] for answer in row["answers"]), -1)
        if sentence := _sentence_at(context, breaks, start):
            yield {"id": row["id"], "text": row["question"], "gold": [], "positive": passage(sentence, context)}


def passage(sentence: str, paragraph: str) -> str:
    """Return the text of a candidate: the sentence followed by its paragraph, without newlines."""
    return (sentence + paragraph).replace("\n", "")


def _candidates(path: Path) -> Iterator[Row]:
    for paragraph in _paragraphs(path):
        for number, sentence in enumerate(paragraph.sentences, 1):
            text = passage(sentence, paragraph.text)
            yield {"id": _id(path, paragraph, number), "text": text, "gold": [], "positive": ""}


def _id(path: Path, paragraph: _Paragraph, sentence: int) -> str:
    return f"{path.stem}:{paragraph.number}:{sentence}"


def _paragraphs(path: Path) -> Iterator[_Paragraph]:
    number = 0
    try:
        for article in read_json(path)["data"]:
            for content in article["paragraphs"]:
                number += 1
                yield _paragraph(path, number, content)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError.at(path, None, f"paragraph {number}: {_FORM} ({error!r})") from None


def _paragraph(path: Path, number: int, content: Mapping[str, Any]) -> _Paragraph:
    text = content["context"]
    breaks = [(start, end) for start, end in content["sentence_breaks"]]
    if not isinstance(text, str) or not all(0 <= start < end <= len(text) for start, end in breaks):
        raise ValueError("sentence_breaks are not [start, end) offsets into context")
    questions = []
    for question in content["qas"]:
        starts = [answer["answer_start"] for answer in question["answers"] if answer["text"]]
        sentences = [_sentence_at(text, breaks, start) for start in starts]
        if not all(sentences):
            raise DataError.at(path, None, f"an answer to question {question['id']} does not begin in a sentence")
        questions.append((text_id(question["id"]), question["question"], sentences))
    return _Paragraph(number, text, [text[start:end] for start, end in breaks], questions)


def _sentence_at(text: str, breaks: Sequence[tuple[int, int]], offset: int) -> str:
    """Return the sentence that contains an offset, or an empty string."""
    return next((text[start:end] for start, end in breaks if start <= offset < end), "")
