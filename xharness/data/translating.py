"""Examples in another language: what of them is translated, and where an answer stands in the translation.

Labels are kept. A text is translated sentence by sentence. The answer to a question is marked with square brackets in
its sentence, which most systems leave where they belong (Chen et al. 2023, Frustratingly Easy Label Projection for
Cross-lingual Transfer, Findings of ACL).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from itertools import pairwise
from typing import Any

from xharness.data.lines import Row
from xharness.data.sentences import sentence_breaks
from xharness.languages import LANGUAGES

Say = Callable[[str], str]
_STOPS = re.compile(r"(?<=[.!?…؟۔।॥])[\"'”’»)\]]*\s+|(?<=[。！？])")
_MARKED = re.compile(r"([^\[\]]*)\[([^\[\]]+)\]([^\[\]]*)")


def translated(
    kind: str,
    row: Mapping[str, Any],
    say: Say,
    source: str,
    target: str,
    *,
    located: bool,
    kept: Collection[str] = (),
) -> Row | None:
    """Return an example of a kind in another language; `say` translates a sentence.

    With `located` an answer is looked for in the translated context, and None is returned where it is lost; without,
    each answer is translated by itself. A context that ends with one of `kept` keeps that end. Which sentences `say` is
    asked for does not depend on what it returns. ValueError for a kind whose labels belong to words.
    """

    def text(original: str) -> str:
        return _joined([say(original[start:end]) for start, end in sentences(original, source)], target)

    if kind == "classification":
        pair = row["text_pair"]
        return {**row, "text": text(row["text"]), "text_pair": None if pair is None else text(pair)}
    if kind == "multiple-choice":
        end = next((words for words in kept if row["context"].endswith(words)), "")
        context = " ".join(filter(None, (text(row["context"].removesuffix(end)), end)))
        return {**row, "context": context, "choices": [text(choice) for choice in row["choices"]]}
    if kind != "span-qa":
        raise ValueError(f"examples of kind {kind} cannot be translated: their labels belong to words")
    asked = {**row, "question": text(row["question"])}
    if located and row["answers"]:
        found = _located(row["context"], row["answers"][0], say, source, target)
        return found and {**asked, **found}
    context = text(row["context"])
    said = dict.fromkeys(text(answer["text"]) or answer["text"] for answer in row["answers"])
    answers = [{"text": answer, "start": context.find(answer)} for answer in said]
    return {**asked, "context": context, "answers": answers}


def _located(context: str, answer: Mapping[str, Any], say: Say, source: str, target: str) -> dict[str, Any] | None:
    """Return the translated context and the answer in it, None where the marks round the answer are lost."""
    begin = answer["start"]
    end = begin + len(answer["text"])
    spans = sentences(context, source)
    held = [number for number, (start, stop) in enumerate(spans) if start < end and begin < stop]
    if begin < 0 or not held:
        return None
    first, last = held[0], held[-1]
    start, stop = spans[first][0], spans[last][1]
    marked = say(f"{context[start:begin]}[{context[begin:end]}]{context[end:stop]}")
    before, after = ([say(context[start:stop]) for start, stop in part] for part in (spans[:first], spans[last + 1 :]))
    found = _MARKED.fullmatch(marked.strip())
    if found is None or not (said := found[2].strip()):
        return None
    head = _joined([*before, found[1]], target) if before else found[1]
    rest = _joined([said + found[3], *after], target)
    return {"context": head + rest, "answers": [{"text": said, "start": len(head)}]}


def sentences(text: str, code: str) -> list[tuple[int, int]]:
    """Return the [start, end) offsets of the sentences of a text in any language, in order; none where it is blank."""
    if code == "en":
        return sentence_breaks(text)
    edges = [0, *(stop.end() for stop in _STOPS.finditer(text)), len(text)]
    found = [(start, start + len(text[start:end].rstrip())) for start, end in pairwise(edges)]
    return [(start + len(text[start:end]) - len(text[start:end].lstrip()), end) for start, end in found if end > start]


def _joined(parts: list[str], code: str) -> str:
    spaced = code not in LANGUAGES or LANGUAGES[code].spaced
    return (" " if spaced else "").join(parts)
