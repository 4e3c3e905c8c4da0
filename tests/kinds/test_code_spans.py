"""Which parts of a description name code."""

from __future__ import annotations

import pytest

from xharness.kinds.code_spans import code_spans
from xharness.noising.rows import Changing, RowNoiser
from xharness.registry import Registry
from xharness_plugins.noises.char_swap import CHAR_SWAP

PROMPT = 'def take(items: list, most=3):\n    """%s"""\n'


def found(text):
    return {text[slice(*span)] for span in code_spans(text, PROMPT % text)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ordena la lista `xs` con «valor».", {"`xs`", "«valor»"}),
        ("L'opération d'un `x` et l'autre.", {"`x`"}),
        ("Gib die items bis zu most zurück.", {"items", "most"}),
        ("Use np.array, my_list, camelCase and call() or None.", {"np.array", "my_list", "camelCase", "call(", "None"}),
        ("Сортировать список pandas по ключу.", {"pandas"}),
        ("Sort.\n>>> take([1])\n[1]\n\nThe end.", {">>> take([1])\n[1]"}),
        ("Ein Satz ohne Namen.", set()),
    ],
)
def test_names_of_code(text, names):
    assert names <= found(text)
    assert all(any(span in name for name in names) for span in found(text))


def test_a_noise_changes_the_description_only_and_the_row_stays_valid():
    kind = Registry.load().get("kinds", "generation")
    text = "Gib die ersten Elemente von items zurück, solange take_while gilt."
    prompt = PROMPT % f"{text}\n\n    >>> take([1, 2])\n    "
    row = {"id": "1", "prompt": prompt, "text": text, "start": prompt.index(text), "target": "x", "repairs": []}
    how = Changing(
        name="char_swap", version=1, edits=CHAR_SWAP.edits, seeded_by=("t", "de", "test"), columns=("text",),
        texts=("text",), severity=5, settings={"rate": 1.0, "edits": 2},
    )  # fmt: skip
    noisy = kind.noise(row, RowNoiser(how, 0, row))
    assert noisy["text"] != text
    assert "items" in noisy["text"]
    assert "take_while" in noisy["text"]
    assert noisy["prompt"] == prompt.replace(text, noisy["text"])
    assert kind.check(noisy, frozenset()) is None
    assert "character" in kind.check({**noisy, "start": 3}, frozenset())
