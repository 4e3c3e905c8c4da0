"""The code in what a model writes: a fenced block, without a repeated signature, up to a stop text, indented."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from xharness.metrics.valid_python import compiles, parsed

LONGEST = 100_000
"""Characters of code that are looked at; what is beyond them is left out of the code, not of the kept text."""
_FENCE = "```"
_BLOCK = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(r"^(?:import|from)\s.*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class CodeRules:
    """How code is taken from what a model writes.

    At most `most` tokens are written. `stops` end code that continues a prompt; `indent` is the indentation of its
    first line.
    """

    most: int
    indent: str = ""
    stops: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What code is written for: the prompt before it, the code after it, the function, and whether it continues."""

    prompt: str
    suffix: str = ""
    entry_point: str = ""
    continues: bool = True


@dataclass(frozen=True)
class Code:
    """The code that follows the prompt, and the whole program, empty unless the model repeated the signature.

    `cut`: the text was longer than `LONGEST`.
    """

    code: str
    program: str = ""
    cut: bool = False


def code_of(text: str, problem: Problem, rules: CodeRules) -> Code:
    """Return the code in a text that a model wrote for a problem.

    The first fenced block is the code, if there is one. Code that repeats the signature of the function is a program:
    the imports of the prompt are put before it, and what follows the prompt is the body of the function. Other code
    ends before the first stop text, if it continues the prompt; its first line gets its indentation back.
    """
    cut = len(text) > LONGEST
    text = text[:LONGEST].replace("\r\n", "\n")
    block = _block(text)
    body = _body(block, problem.entry_point) if problem.entry_point else None
    if body is not None:
        imports = "".join(f"{line}\n" for line in _IMPORT.findall(problem.prompt) if line not in block)
        return Code(body.rstrip(), imports + block.strip("\n"), cut)
    if problem.continues:
        return Code(_continued(_before_stop(block, rules.stops).rstrip(), problem, rules), cut=cut)
    return Code(_answered(block.rstrip(), problem, rules.indent), cut=cut)


def _block(text: str) -> str:
    """Return the first fenced block of a text; what is before a single fence that ends code; else the text."""
    first = text.find(_FENCE)
    if first < 0:
        return text
    if text.count(_FENCE) == 1 and text[:first].strip():
        return text[:first]
    found = _BLOCK.search(text)
    return found[1] if found else text


def _body(code: str, function: str) -> str | None:
    """Return the body of a function in code, without its docstring; None if the code does not define it."""
    start = re.search(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(function)}[ \t]*\(", code, re.MULTILINE)
    if start is None:
        return None
    import textwrap

    tree = parsed(textwrap.dedent(code))
    lines = textwrap.dedent(code).splitlines(keepends=True)
    for node in tree.body if tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            return "".join(lines[body[0].lineno - 1 : node.end_lineno]) if body else ""
    return _after_signature(code[start.end() :])


def _after_signature(code: str) -> str:
    """Return what follows a signature and its docstring in code that is not valid Python."""
    _, _, after = code.partition(":\n")
    for quotes in ('"""', "'''"):
        if after.lstrip().startswith(quotes):
            _, _, after = after.lstrip()[len(quotes) :].partition(quotes)
            return after.lstrip("\n")
    return after


def _before_stop(code: str, stops: tuple[str, ...]) -> str:
    return code[: min((found for stop in stops if (found := code.find(stop)) >= 0), default=len(code))]


def _continued(code: str, problem: Problem, rules: CodeRules) -> str:
    """Return code that continues a prompt, whose first line has its indentation.

    Code that begins with a stop text, as another function does, is empty, unless it is valid in its place.
    """
    if not _lacks_indent(code, rules.indent):
        return code
    found = rules.indent + code
    begins = any(f"\n{code}".startswith(stop) for stop in rules.stops)
    return "" if begins and not compiles(problem.prompt + found + problem.suffix) else found


def _answered(code: str, problem: Problem, indent: str) -> str:
    """Return code of an answer with its indentation: of the first line alone, or of all lines if only that is valid."""
    if not _lacks_indent(code, indent):
        return code
    import textwrap

    first, every = indent + code, textwrap.indent(code, indent)
    valid = [compiles(problem.prompt + each + problem.suffix) for each in (first, every)]
    return every if valid == [False, True] else first


def _lacks_indent(code: str, indent: str) -> bool:
    return bool(indent) and bool(code.strip()) and code[0] not in " \t\n"
