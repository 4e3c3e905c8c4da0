"""The embedded data: examples in 50 languages, made of a small grammar for each.

What makes them is imported when they are asked for, so that a list of tasks costs nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from importlib import import_module
from pathlib import Path

from xharness import Example, Mini, mini

NANO = Path(__file__).parent / "nano"
_ENGLISH = "en"
# The modules whose examples can be said in any language with the same labels, answers and ids.
_TRANSLATED = frozenset({"pairs", "questions", "causes"})


def made(
    module: str,
    function: str,
    *first: object,
    train: int = 1000,
    dev: int = 100,
    test: int = 40,
    candidates: int = 0,
    apart: bool = False,
) -> Mini:
    """Declare the examples of a function of this package, called with `first`, language, split and size.

    A translation of a split is made like the split, in the language that it is translated into. Where languages are
    `apart`, each has facts of its own, and the function is told whose are to be said.
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
    said, whose = language, language
    if translated:
        said, whose = (language, _ENGLISH) if plain == "train" else (_ENGLISH, language)
    rows: Iterable[Example] = make(*first, said, plain, size, **({"whose": whose} if apart else {}))
    return rows
