"""Samples of a test of MultiCheckList, drawn deterministically."""

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
    """Yield the questions of distinct samples of a test, with ids `test:sample/question`.

    A sample combines every question of the test with every context. Raises DataError if the sheet does not have the
    test, has invalid templates, or does not allow so many samples.

    Source: google-research/xtreme, multichecklist/generate_test_utils.py, which draws with numpy and repeats samples.
    """
    templates = Templates(sheet, test.title)
    random = Random(f"{test.name}:{sheet.language}")
    people = names(sheet.language, test.men)
    seen: set[tuple[str, ...]] = set()
    for _ in range(samples * _TRIES):
        examples = templates.ask(templates.draw(random, people))
        texts = tuple(example[side] for example in examples for side in ("context", "question"))
        if not examples or texts in seen:
            continue
        number = len(seen)
        seen.add(texts)
        yield from ({"id": f"{test.name}:{number}/{index}", **example} for index, example in enumerate(examples))
        if len(seen) == samples:
            return
    raise sheet.error(None, f"test '{test.title}' gives only {len(seen)} distinct samples, expected {samples}")


def names(language: str, men: bool) -> list[str]:
    """Return given names in the script of the language, of men or of men and women."""
    rules = grammar(language)
    selected = [forms["name"] for name, forms in rules.lexicons["given"].items() if not (men and rules.genders[name])]
    return ["".join(word.forms[0] for word in words if isinstance(word, Word)) for words in selected]
