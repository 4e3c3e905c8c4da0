"""Translate examples, and project answers onto the translation.

Labels are kept. Texts are translated sentence by sentence. An answer is marked by square brackets in its sentence,
which most translation systems preserve (Chen et al. 2023, Frustratingly Easy Label Projection for Cross-lingual
Transfer, Findings of ACL).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from itertools import pairwise
from typing import Any

from xharness.data.lines import Row
from xharness.data.sentences import sentence_breaks
from xharness.languages import LANGUAGES

Translate = Callable[[str], str]
_STOPS = re.compile(r"(?<=[.!?…؟۔।॥])[\"'”’»)\]]*\s+|(?<=[。！？])")
_MARKED = re.compile(r"([^\[\]]*)\[([^\[\]]+)\]([^\[\]]*)")


def translated(
    kind: str,
    row: Mapping[str, Any],
    translate: Translate,
    source: str,
    target: str,
    *,
    located: bool,
    kept: Collection[str] = (),
) -> Row | None:
    """Return the translation of an example, given a function that translates a sentence.

    With `located` the first answer is projected onto the translated context, and None is returned if its marks are
    lost; otherwise each answer is translated on its own. If a context ends with one of `kept`, that end is not
    translated. The sentences passed to `translate` do not depend on its results. Raises ValueError for a kind with
    labels of words.
    """

    def text(original: str) -> str:
        return _joined([translate(original[start:end]) for start, end in sentences(original, source)], target)

    if kind == "classification":
        pair = row["text_pair"]
        return {**row, "text": text(row["text"]), "text_pair": None if pair is None else text(pair)}
    if kind == "multiple-choice":
        end = next((words for words in kept if row["context"].endswith(words)), "")
        context = " ".join(filter(None, (text(row["context"].removesuffix(end)), end)))
        return {**row, "context": context, "choices": [text(choice) for choice in row["choices"]]}
    if kind != "span-qa":
        raise ValueError(f"examples of kind {kind} cannot be translated: their labels belong to words")
    question = {**row, "question": text(row["question"])}
    if located and row["answers"]:
        projected = _located(row["context"], row["answers"][0], translate, source, target)
        return projected and {**question, **projected}
    context = text(row["context"])
    texts = dict.fromkeys(text(answer["text"]) or answer["text"] for answer in row["answers"])
    answers = [{"text": answer, "start": context.find(answer)} for answer in texts]
    return {**question, "context": context, "answers": answers}


def _located(
    context: str, answer: Mapping[str, Any], translate: Translate, source: str, target: str
) -> dict[str, Any] | None:
    """Return the translated context and answer, None if the marks around the answer are lost."""
    begin = answer["start"]
    end = begin + len(answer["text"])
    spans = sentences(context, source)
    overlapping = [index for index, (start, stop) in enumerate(spans) if start < end and begin < stop]
    if begin < 0 or not overlapping:
        return None
    first, last = overlapping[0], overlapping[-1]
    start, stop = spans[first][0], spans[last][1]
    marked = translate(f"{context[start:begin]}[{context[begin:end]}]{context[end:stop]}")
    before, after = (
        [translate(context[start:stop]) for start, stop in part] for part in (spans[:first], spans[last + 1 :])
    )
    match = _MARKED.fullmatch(marked.strip())
    if match is None or not (text := match[2].strip()):
        return None
    head = _joined([*before, match[1]], target) if before else match[1]
    rest = _joined([text + match[3], *after], target)
    return {"context": head + rest, "answers": [{"text": text, "start": len(head)}]}


def sentences(text: str, code: str) -> list[tuple[int, int]]:
    """Return the [start, end) offsets of the sentences of a text in any language, in order; empty if it is blank."""
    if code == "en":
        return sentence_breaks(text)
    edges = [0, *(stop.end() for stop in _STOPS.finditer(text)), len(text)]
    spans = [(start, start + len(text[start:end].rstrip())) for start, end in pairwise(edges)]
    return [(start + len(text[start:end]) - len(text[start:end].lstrip()), end) for start, end in spans if end > start]


def _joined(parts: list[str], code: str) -> str:
    spaced = code not in LANGUAGES or LANGUAGES[code].spaced
    return (" " if spaced else "").join(parts)
