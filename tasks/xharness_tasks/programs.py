"""Rows of kind generation: prompts with a description in them, and what is repaired."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_DOCSTRING = re.compile(r'"""(.*?)"""|' + r"'''(.*?)'''", re.DOTALL)
_DEFINITION = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)
_EXAMPLES = re.compile(r"\n\s*>>>")

EXECUTED: Mapping[str, Any] = {
    "metrics": ("pass_at_k", "bleu", "bleu_13a", "chrf", "code_exact_match", "syntax_rate"),
    "headline": ("pass@1",),
    "unsafe_code": True,
}
"""The fields of a task whose code is run."""
INDENT = "    "
STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint", "\n@", "\nassert", "```")
"""What ends a function that a model continues."""


def row(identifier: str, prompt: str, text: str, target: str, **more: Any) -> Mapping[str, Any]:
    """Return a row; `text` must be in the prompt, the last occurrence counts.

    `more` are the columns that may be null, and `repairs`.
    """
    return {
        "id": identifier,
        "prompt": prompt,
        "text": text,
        "start": prompt.rfind(text),
        "target": target,
        "suffix": None,
        "tests": None,
        "entry_point": None,
        "repairs": [],
        **more,
    }


def description(prompt: str) -> str:
    """Return the last docstring of a prompt, up to its examples and without white space around it."""
    found = list(_DOCSTRING.finditer(prompt))
    text = next(filter(None, found[-1].groups()), "") if found else ""
    return before_examples(text)


def before_examples(text: str) -> str:
    """Return a text up to its first example, without white space around it."""
    return _EXAMPLES.split(text, maxsplit=1)[0].strip()


def entry_point(prompt: str) -> str:
    """Return the name of the last function that a prompt defines at its top level; "" if there is none."""
    names: list[str] = _DEFINITION.findall(prompt)
    return names[-1] if names else ""


def with_check(tests: str, function: str) -> str:
    """Return the tests of HumanEval with the call that runs them on a function."""
    return f"{tests.rstrip()}\n\n\ncheck({function})\n"


def swapped(prompt: str) -> str:
    """Return a prompt in which the first and the last docstring have changed places."""
    found = list(_DOCSTRING.finditer(prompt))
    first, last = found[0], found[-1]
    return "".join(
        (prompt[: first.start()], last[0], prompt[first.end() : last.start()], first[0], prompt[last.end() :])
    )
