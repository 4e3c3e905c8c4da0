"""Samples of a test of MultiCheckList, drawn by chance but the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Example
from xharness_tasks.checklist import Test
from xharness_tasks.checklist.sheet import Sheet
from xharness_tasks.checklist.templates import Templates
from xharness_tasks.mini.grammar import Word, grammar

SAMPLES = 200
_TRIES = 100


def cases(sheet: Sheet, test: Test, samples: int = SAMPLES) -> Iterator[Example]:
    """Yield the questions of different samples of a test, with ids `test:sample/question`.

    A sample asks every question of the test on every context. DataError where the sheet lacks the test, is at fault
    in its templates, or cannot give so many samples.

    Source: google-research/xtreme, multichecklist/generate_test_utils.py, which draws with numpy and repeats samples.
    """
    templates = Templates(sheet, test.title)
    random = Random(f"{test.name}:{sheet.language}")
    people = names(sheet.language, test.men)
    seen: set[tuple[str, ...]] = set()
    for _ in range(samples * _TRIES):
        asked = templates.ask(templates.draw(random, people))
        said = tuple(example[side] for example in asked for side in ("context", "question"))
        if not asked or said in seen:
            continue
        number = len(seen)
        seen.add(said)
        yield from ({"id": f"{test.name}:{number}/{place}", **example} for place, example in enumerate(asked))
        if len(seen) == samples:
            return
    raise sheet.error(None, f"test '{test.title}' gives {len(seen)} different samples, expected {samples}")


def names(language: str, men: bool) -> list[str]:
    """Return given names as the language writes them, of men or of men and women."""
    rules = grammar(language)
    chosen = [forms["name"] for name, forms in rules.lexicons["given"].items() if not (men and rules.genders[name])]
    return ["".join(word.forms[0] for word in words if isinstance(word, Word)) for words in chosen]
