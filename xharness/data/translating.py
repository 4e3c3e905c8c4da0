"""Translate examples, and project answers onto the translation.

Labels are kept. Texts are translated sentence by sentence. An answer is marked by square brackets in its sentence,
which most translation systems preserve (Chen et al. 2023, Frustratingly Easy Label Projection for Cross-lingual
Transfer, Findings of ACL).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from xharness.data.sentences import sentence_breaks
from xharness.languages import LANGUAGES

Translate = Callable[[str], str]
_STOPS = re.compile(r"(?<=[.!?…؟۔।॥])[\"'”’»)\]]*\s+|(?<=[。！？])")
_MARKED = re.compile(r"([^\[\]]*)\[([^\[\]]+)\]([^\[\]]*)")


@dataclass(frozen=True)
class Translator:
    """Translates the texts of examples from the language `source` into `target`, sentence by sentence.

    `say` translates a sentence; the sentences that it receives do not depend on its results. A context that ends with
    a text in `kept` keeps this end untranslated.
    """

    say: Translate
    source: str
    target: str
    kept: Collection[str] = ()

    def text(self, original: str) -> str:
        """Return a text in the target language."""
        parts = [self.say(original[start:end]) for start, end in sentences(original, self.source)]
        return _joined(parts, self.target)

    def located(self, context: str, answer: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return {context, answers}: the translated context and the answer in it.

        Returns None if the brackets around the answer are lost. `answer` is {text, start}.
        """
        begin = answer["start"]
        end = begin + len(answer["text"])
        spans = sentences(context, self.source)
        held = [number for number, (start, stop) in enumerate(spans) if start < end and begin < stop]
        if begin < 0 or not held:
            return None
        first, last = held[0], held[-1]
        start, stop = spans[first][0], spans[last][1]
        marked = self.say(f"{context[start:begin]}[{context[begin:end]}]{context[end:stop]}")
        before, after = ([self.say(context[a:b]) for a, b in part] for part in (spans[:first], spans[last + 1 :]))
        match = _MARKED.fullmatch(marked.strip())
        if match is None or not (text := match[2].strip()):
            return None
        head = _joined([*before, match[1]], self.target) if before else match[1]
        rest = _joined([text + match[3], *after], self.target)
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
