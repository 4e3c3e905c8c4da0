"""Questions and the sentences that answer them, each followed by its paragraph: LAReQA and what trains for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xharness.data.jsons import read_json
from xharness.data.lines import Row, nonempty
from xharness.data.sentences import sentence_breaks
from xharness.errors import DataError

_FORM = "not in the form of XQuAD-R, data > paragraphs > context, sentence_breaks, qas > id, question, answers"


class _Paragraph(NamedTuple):
    number: int
    text: str
    sentences: list[str]
    questions: list[tuple[str, str, list[str]]]
    """(id, question, the sentences that its answers begin in)"""


@nonempty
def read_passages(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the candidates of a language (split `candidates`), or its questions, of files `{language}.json`.

    A candidate is a sentence and at once its paragraph, without newlines, with the id
    `{language}:{paragraph}:{sentence}`, both from 1. The gold of a question are those of all `paths` that hold a
    sentence in which the answer begins, every copy where a paragraph says it twice; none where the answers are blank.
    DataError where a file is not of the form of XQuAD-R, or an answer begins in no sentence. As third_party/
    utils_lareqa.py and evaluate_retrieval.py of github.com/google-research/xtreme.
    """
    if split == "candidates":
        for path in paths:
            yield from _candidates(path)
        return
    gold: dict[str, list[str]] = {}
    for path in paths:
        for paragraph in _paragraphs(path):
            for name, _, sentences in paragraph.questions:
                places = [place for place, text in enumerate(paragraph.sentences, 1) if text in sentences]
                gold.setdefault(name, []).extend(_id(path, paragraph, place) for place in places)
    for path in paths:
        if path.stem == language:
            for paragraph in _paragraphs(path):
                for name, question, _ in paragraph.questions:
                    yield {"id": name, "text": question, "gold": gold[name], "positive": ""}


def training_queries(questions: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield training queries from questions in English with context and answers, as `read_squad` yields them.

    The positive is the sentence in which the first answer begins and at once the paragraph, without newlines. A
    question without an answer in its paragraph is left out, as in third_party/processors/lareqa.py of
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
    """Return the text of a candidate, as it is encoded."""
    return (sentence + paragraph).replace("\n", "")


def _candidates(path: Path) -> Iterator[Row]:
    for paragraph in _paragraphs(path):
        for place, sentence in enumerate(paragraph.sentences, 1):
            text = passage(sentence, paragraph.text)
            yield {"id": _id(path, paragraph, place), "text": text, "gold": [], "positive": ""}


def _id(path: Path, paragraph: _Paragraph, place: int) -> str:
    return f"{path.stem}:{paragraph.number}:{place}"


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
    for asked in content["qas"]:
        starts = [answer["answer_start"] for answer in asked["answers"] if answer["text"]]
        sentences = [_sentence_at(text, breaks, start) for start in starts]
        if not all(sentences):
            raise DataError.at(path, None, f"the answer to question {asked['id']} begins in no sentence")
        questions.append((asked["id"], asked["question"], sentences))
    return _Paragraph(number, text, [text[start:end] for start, end in breaks], questions)


def _sentence_at(text: str, breaks: Sequence[tuple[int, int]], offset: int) -> str:
    """Return the sentence that holds an offset, nothing where none does."""
    return next((text[start:end] for start, end in breaks if start <= offset < end), "")
