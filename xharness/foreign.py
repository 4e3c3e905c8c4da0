"""Read JSON that other tools or people wrote: every value in use is checked against a declared form.

An error names the file, the key, what is expected there, and what the file contains.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from reprlib import Repr
from typing import Any

from xharness.errors import BadRequest, DataError

Raised = type[BadRequest] | type[DataError]
Pairs = list[tuple[str, Any]]

_LARGEST = 256 * 2**20
_REMEDY = "correct the file, or download it again"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST_PATH, _LONGEST_NAME = 2000, 255

_short = Repr()
_short.maxstring = _short.maxlong = _short.maxother = 60


@dataclass(frozen=True)
class Form:
    """The form of a JSON value: `expected` describes it, `fits(value)` checks it.

    `parts(value)` yields the values inside a fitting value that have forms too: the key, the value and its form.
    """

    expected: str
    fits: Callable[[Any], bool]
    parts: Callable[[Any], Iterable[tuple[str, Any, Form]]] = lambda value: ()


def _is_path(value: Any) -> bool:
    if not isinstance(value, str) or _UNPRINTABLE.search(value):
        return False
    names = [part.encode() for part in value.split("/")]
    return max(map(len, names)) <= _LONGEST_NAME and sum(map(len, names)) <= _LONGEST_PATH


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not re.search(r"[\ud800-\udfff]", value)


ANY = Form("a value", lambda value: True)
TEXT = Form("a text in valid Unicode", _is_text)
NAME = Form("a text in one line", lambda value: isinstance(value, str) and not _UNPRINTABLE.search(value))
PATH = Form("a path", _is_path)
FLAG = Form("true or false", lambda value: isinstance(value, bool))
NUMBER = Form("a number of at least 0", lambda value: type(value) in (int, float) and value >= 0)


def whole(low: int = 0, high: int = 10**9) -> Form:
    """Return the form of whole numbers between two bounds, both included."""
    return Form(f"a whole number from {low:,} to {high:,}", lambda value: type(value) is int and low <= value <= high)


def list_of(form: Form) -> Form:
    """Return the form of lists whose items have a form; items are counted from 1 in errors."""
    return Form(
        "a list",
        lambda value: isinstance(value, list),
        lambda value: ((f"item {number}", item, form) for number, item in enumerate(value, 1)),
    )


def object_of(form: Form) -> Form:
    """Return the form of objects with any keys, whose values have a form."""
    return Form(
        "an object",
        lambda value: isinstance(value, dict),
        lambda value: ((name, item, form) for name, item in value.items()),
    )


def record(fields: Mapping[str, Form], required: Iterable[str] = ()) -> Form:
    """Return the form of objects whose values have forms by key; null counts as missing, other keys may follow."""
    needed = tuple(required)
    return Form(
        f"an object with {' and '.join(needed)}" if needed else "an object",
        lambda value: isinstance(value, dict) and all(value.get(name) is not None for name in needed),
        lambda value: ((name, value[name], form) for name, form in fields.items() if value.get(name) is not None),
    )


def either(*forms: Form) -> Form:
    """Return the form of values that have one of several forms."""
    return Form(
        " or ".join(form.expected for form in forms),
        lambda value: any(form.fits(value) for form in forms),
        lambda value: next(form for form in forms if form.fits(value)).parts(value),
    )


def shown(value: object) -> str:
    """Return a value of a foreign file for an error: in one line, shortened."""
    return _short.repr(value)


def mismatch(value: Any, form: Form, keys: tuple[str, ...] = ()) -> str | None:
    """Return where a value differs from a form, what is expected there, and what it is; None if it fits."""
    if not form.fits(value):
        where = " > ".join(key if key.isprintable() else shown(key) for key in keys)
        return f"{where}{': ' if where else ''}expected {form.expected}, got {shown(value)}"
    found = (mismatch(part, inner, (*keys, name[:60])) for name, part, inner in form.parts(value))
    return next(filter(None, found), None)


def read_json(path: Path, form: Form) -> Any:
    """Return the content of a small UTF-8 JSON file that has a form.

    Raises BadRequest for a file that is missing, too large, no JSON, or of another form, and for an object with two
    different values of one key.
    """
    try:
        content = parse_json(_text(path), path, hook=_unambiguous, raised=BadRequest)
    except BadRequest as error:
        raise BadRequest(f"{error}; {_REMEDY}") from None
    if problem := mismatch(content, form):
        raise BadRequest.at(path, None, f"{problem}; {_REMEDY}")
    return content


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise BadRequest.at(path, None, "not a file" if path.exists() else "no such file")
        if path.stat().st_size > _LARGEST:
            raise BadRequest.at(path, None, f"{path.stat().st_size:,} bytes, expected at most {_LARGEST:,}")
        raw = path.read_bytes()
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadRequest.at(path, line, f"byte 0x{raw[error.start]:02x} is not UTF-8") from None
    except OSError as error:
        raise BadRequest.at(path, None, f"cannot read the file: {error.strerror}") from None


def parse_json(
    text: str,
    path: Path,
    line: int | None = None,
    hook: Callable[[Pairs], Any] | None = None,
    raised: Raised = DataError,
) -> Any:
    """Return the content of a JSON text; errors name its file, and the line: `line` for a text of one line.

    `hook` makes an object of its pairs; it raises ValueError for those that it refuses.
    """
    try:
        return json.loads(text, object_pairs_hook=hook)
    except json.JSONDecodeError as error:
        raise raised.at(path, line or error.lineno, f"not JSON: {error.msg}") from None
    except RecursionError:
        raise raised.at(path, line, "not read as JSON: lists or objects are nested too deep") from None
    except ValueError as error:
        # The message on numbers of more digits than Python reads ends with advice for programmers.
        raise raised.at(path, line, f"not read as JSON: {str(error).partition(';')[0]}") from None


def _unambiguous(pairs: Pairs) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        for key, value in pairs:
            if value != content[key]:
                raise ValueError(f"the key {shown(key)} has two values in one object")
    return content
