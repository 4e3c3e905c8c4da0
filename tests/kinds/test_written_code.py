"""Code in what a model writes."""

from __future__ import annotations

import time

import pytest

from xharness.kinds.written_code import LONGEST, CodeRules, Problem, code_of

PROMPT = 'import math\n\n\ndef half(x: int) -> float:\n    """Return half of x."""\n'
RULES = CodeRules(most=99, indent="    ", stops=("\ndef", "\n#", "```"))
CONTINUED = Problem(prompt=PROMPT, entry_point="half")
ANSWERED = Problem(prompt=PROMPT, entry_point="half", continues=False)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("    return x / 2\n", "    return x / 2"),
        ("return x / 2\n\ndef other():\n    pass", "    return x / 2"),  # the adapter takes the first spaces off
        ("y = x\n    return y / 2", "    y = x\n    return y / 2"),
        ("return x / 2\n```\nThis returns half.", "    return x / 2"),
        ("def inner(y):\n        return y / 2\n\n    return inner(x)", None),
        ("def other(y):\n    return y", ""),  # another function begins at once
        ("", ""),
        ("  \n\n", ""),
    ],
)
def test_code_that_continues_the_prompt(text, code):
    assert code_of(text, CONTINUED, RULES).code == (f"    {text}" if code is None else code)


@pytest.mark.parametrize(
    "text",
    [
        "Sure!\n```python\nreturn x / 2\n```\nDone. ```x```",
        "```\n    return x / 2\n```",
        "return x / 2",
        "```python\nreturn x / 2",  # cut before the end of the block
        "Sure!\r\n```python\r\nreturn x / 2\r\n```\r\n",
    ],
)
def test_a_fenced_block_of_an_answer(text):
    found = code_of(text, ANSWERED, RULES)
    assert (found.code, found.program) == ("    return x / 2", "")


def test_all_lines_of_a_body_that_lacks_indentation_are_indented():
    assert code_of("y = x\nreturn y / 2", ANSWERED, RULES).code == "    y = x\n    return y / 2"


@pytest.mark.parametrize("problem", [CONTINUED, ANSWERED])
def test_a_repeated_signature_makes_a_program_with_the_imports_of_the_prompt(problem):
    program = 'def helper(y):\n    return y\n\ndef half(x: int) -> float:\n    """Half."""\n    return helper(x) / 2'
    found = code_of(f"```python\n{program}\n```", problem, RULES)
    assert found.code == "    return helper(x) / 2"
    assert found.program == f"import math\n{program}"


def test_a_repeated_signature_that_is_not_valid_python():
    found = code_of('def half(x: int) -> float:\n    """Half."""\n    return (x', ANSWERED, RULES)
    assert found.code == "    return (x"


def test_code_in_the_middle_of_a_line_needs_no_indentation():
    problem = Problem(prompt="def f(x):\n    return ", suffix=".real", entry_point="f")
    assert code_of("abs(x)\n#", problem, CodeRules(most=9, stops=("\n#",))).code == "abs(x)"


@pytest.mark.parametrize(
    "text",
    ["x" * 10_000_000, "```" * 3_000_000, "(" * 200_000, "\n" * 10_000_000, "1+" * 100_000 + "1", "a\0b", "'\\d\\x'"],
    ids=["long", "fences", "brackets", "lines", "sum", "null", "escape"],
)
def test_no_text_breaks_it_or_takes_long(text):
    started = time.monotonic()
    for problem in (CONTINUED, ANSWERED):
        found = code_of(text, problem, RULES)
        assert len(found.code) <= LONGEST + 4
        assert found.cut == (len(text) > LONGEST)
    assert time.monotonic() - started < 10
