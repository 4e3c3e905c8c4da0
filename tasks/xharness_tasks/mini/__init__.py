"""The embedded data: synthetic examples in 50 languages, generated from a small grammar per language.

The generators are imported on first use, so that listing the tasks is fast.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from importlib import import_module
from pathlib import Path

from xharness import Example, Synthetic, mini

NANO = Path(__file__).parent / "nano"
_ENGLISH = "en"
# The modules whose examples have the same labels, answers and ids in every language.
_TRANSLATED = frozenset({"pairs", "questions", "causes"})


def synthetic(
    module: str,
    function: str,
    *first: object,
    train: int = 1000,
    dev: int = 100,
    test: int = 40,
    candidates: int = 0,
    apart: bool = False,
) -> Synthetic:
    """Declare the examples of a function of this package, which is called with `first`, language, split and size.

    A translated split is generated like the split itself, in the target language. With `apart` the facts differ by
    language, and the function gets the language of the facts as `whose`.
    """
    return mini(
        partial(_rows, module, function, first, apart),
        train=train,
        dev=dev,
        test=test,
        candidates=candidates,
        translated=module in _TRANSLATED,
    )


def _rows(
    module: str, function: str, first: tuple[object, ...], apart: bool, language: str, split: str, size: int
) -> Iterable[Example]:
    make = getattr(import_module(f"xharness_tasks.mini.{module}"), function)
    _, translated, plain = split.rpartition("translated-")
    code, whose = language, language
    if translated:
        code, whose = (language, _ENGLISH) if plain == "train" else (_ENGLISH, language)
    rows: Iterable[Example] = make(*first, code, plain, size, **({"whose": whose} if apart else {}))
    return rows
