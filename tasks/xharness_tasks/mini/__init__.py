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


def made(
    module: str,
    function: str,
    *first: object,
    train: int = 1000,
    dev: int = 100,
    test: int = 40,
    candidates: int = 0,
) -> Mini:
    """Declare the examples of a function of this package, called with `first`, language, split and size."""
    return mini(partial(_rows, module, function, first), train=train, dev=dev, test=test, candidates=candidates)


def _rows(
    module: str, function: str, first: tuple[object, ...], language: str, split: str, size: int
) -> Iterable[Example]:
    rows: Iterable[Example] = getattr(import_module(f"xharness_tasks.mini.{module}"), function)(
        *first, language, split, size
    )
    return rows
