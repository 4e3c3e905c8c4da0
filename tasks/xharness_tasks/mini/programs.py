"""Synthetic code: functions of one line with a sentence and a formula as their description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from xharness import Example
from xharness.data.lines import Row
from xharness_tasks.codechoice import with_choices, with_pool
from xharness_tasks.coderank import ranked
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import say
from xharness_tasks.programs import INDENT, row, with_check

_OPERATORS = ("+", "-", "*")
_BLOCK = 24
"""Problems that give each other candidates."""


def functions(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield prompts with a signature and a docstring; the solutions are the same in every language."""
    for number in range(size):
        sentence, formula, value = _problem(code, split, number)
        name = f"compute_{number}"
        prompt = f'def {name}(x: int) -> int:\n{INDENT}"""{sentence} {formula}\n\n{INDENT}>>> {name}(2)\n'
        yield row(
            f"mini/{number}",
            f'{prompt}{INDENT}{value}\n{INDENT}"""\n',
            f"{sentence} {formula}",
            f"{INDENT}return {formula}\n",
            tests=with_check(f"def check(candidate):\n{INDENT}assert candidate(2) == {value}", name),
            entry_point=name,
        )


def snippets(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield comments that one line of code follows."""
    for number in range(size):
        sentence, formula, _ = _problem(code, split, number)
        text = f"{sentence} `result`: {formula}"
        yield row(f"mini/{number}", f"# {text}\n", text, f"result = {formula}")


def ranking(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a query and a candidate a row; no two candidates are equal."""
    return ranked(functions(code, split, size))


def choices(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a description and candidates a row."""
    return _in_blocks(code, split, size, lambda rows: with_choices(rows, 8))


def pool(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a description and the candidates of its block a row."""
    return _in_blocks(code, split, size, with_pool)


def _in_blocks(
    code: str, split: str, size: int, candidates: Callable[[Iterable[Row]], Iterator[Row]]
) -> Iterator[Example]:
    """Yield rows whose candidates are those of a block of problems, so that they do not depend on the size."""
    problems = functions(code, split, -(-size // _BLOCK) * _BLOCK)
    blocks = iter(lambda: list(islice(problems, _BLOCK)), [])
    return islice((row for block in blocks for row in candidates(block)), size)


def _problem(code: str, split: str, number: int) -> tuple[str, str, int]:
    """Return a sentence of a language, a formula of x that no other number has, and its value for x = 2."""
    random = generator("programs", split, number)
    facts = draw(random)
    name = random.choice(list(grammar("en").templates["statements"]))
    operator, constant = random.choice(_OPERATORS), number + 2
    value = {"+": 2 + constant, "-": 2 - constant, "*": 2 * constant}[operator]
    return say(code, "statements", name, facts).text, f"x {operator} {constant}", value
