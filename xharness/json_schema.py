"""JSON that xharness did not necessarily write: parsed within limits, and checked against a JSON Schema.

The checker knows the keywords that our schemas use. It ignores `additionalProperties: false`, so that files with keys
of a later version can be read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

DEPTH = 64  # levels of objects and lists
_LONGEST = 60  # characters of a wrong value in a message

Schema = Mapping[str, Any]


class Unfit(ValueError):
    """What is wrong with a document: the key, what was expected there, and what there is."""


def parsed(text: str) -> Any:
    """Return the value of a JSON text; Unfit where it is not JSON, nested too deeply, or holds too large a number."""
    try:
        value = json.loads(text, parse_constant=_constant)
    except RecursionError:
        raise Unfit(f"nested deeper than {DEPTH} levels") from None
    except Unfit:
        raise
    except ValueError as error:
        raise Unfit(f"not JSON: {error}") from None
    _check_limits(value)
    return value


def _constant(name: str) -> NoReturn:
    raise Unfit(f"contains {name}, which is not a JSON number")


def _check_limits(value: Any) -> None:
    level = [("", value)]
    for _ in range(DEPTH):
        level = [item for where, parent in level for item in _children(where, parent)]
        for where, child in level:
            if type(child) in (int, float) and not _finite(child):
                raise Unfit(f"{where}: expected a number below 1e308, got {shown(child)}")
    if level:
        raise Unfit(f"nested deeper than {DEPTH} levels")


def _children(where: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{where}.{key}".lstrip("."), child) for key, child in value.items())
    elif isinstance(value, list):
        yield from ((f"{where}[{number}]", child) for number, child in enumerate(value))


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond the range of floats
        return False


def check(value: Any, schema: Schema) -> None:
    """Raise Unfit for the first key that does not conform to a schema; an empty key is the whole document."""
    for where, problem in _problems(value, schema, schema.get("$defs", {}), ""):
        raise Unfit(f"{where.lstrip('.') or 'the document'}: {problem}")


def shown(value: Any) -> str:
    """Return a wrong value as short ASCII text."""
    if isinstance(value, int) and not _finite(value):
        return "an integer of hundreds of digits"
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


_TYPES: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "object": (dict, "an object"),
    "array": (list, "a list"),
    "string": (str, "a text"),
    "integer": (int, "a whole number"),
    "number": ((int, float), "a number"),
    "boolean": (bool, "true or false"),
    "null": (type(None), "null"),
}
Problems = Iterator[tuple[str, str]]


def _problems(value: Any, schema: Schema, defs: Mapping[str, Any], where: str) -> Problems:
    """Yield where a value does not conform to a schema and why, the first problem of a key first."""
    if "$ref" in schema:
        yield from _problems(value, defs[schema["$ref"].rpartition("/")[2]], defs, where)
    if not _typed(value, schema):
        yield where, f"expected {_expected(schema)}, got {shown(value)}"
        return
    for branch in _branches(value, schema, defs):
        yield from _problems(value, branch, defs, where)
    if "anyOf" in schema and all(any(_problems(value, each, defs, where)) for each in schema["anyOf"]):
        yield where, f"expected {' or '.join(_expected(each) for each in schema['anyOf'])}, got {shown(value)}"
    yield from ((where, problem) for problem in _limits(value, schema))
    if isinstance(value, dict):
        yield from _members(value, schema, defs, where)
    if isinstance(value, list) and "items" in schema:
        for number, child in enumerate(value):
            yield from _problems(child, schema["items"], defs, f"{where}[{number}]")


def _members(value: Mapping[str, Any], schema: Schema, defs: Mapping[str, Any], where: str) -> Problems:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{where}.{key}", "is missing"
    for key, child in value.items():
        own = properties.get(key, others)
        if own:
            yield from _problems(child, own, defs, f"{where}.{key}")


def _branches(value: Any, schema: Schema, defs: Mapping[str, Any]) -> Iterator[Schema]:
    yield from schema.get("allOf", ())
    if "if" in schema:
        unmet = any(_problems(value, schema["if"], defs, ""))
        yield schema.get("else" if unmet else "then", {})


def _typed(value: Any, schema: Schema) -> bool:
    if "const" in schema or "enum" in schema:
        known = schema.get("enum", [schema.get("const")])
        return any(type(value) is type(each) and value == each for each in known)
    kinds = schema.get("type")
    if kinds is None:
        return True
    return any(
        isinstance(value, _TYPES[kind][0]) and (not isinstance(value, bool) or kind == "boolean")
        for kind in ([kinds] if isinstance(kinds, str) else kinds)
    )


def _expected(schema: Schema) -> str:
    if "const" in schema or "enum" in schema:
        return " or ".join(map(shown, schema.get("enum", [schema.get("const")])))
    kinds = schema.get("type", ())
    return " or ".join(_TYPES[kind][1] for kind in ([kinds] if isinstance(kinds, str) else kinds)) or "another value"


def _limits(value: Any, schema: Schema) -> Iterator[str]:
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"expected a text like {schema['pattern']}, got {shown(value)}"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield "expected a text that is not empty"
    if isinstance(value, int | float) and value < schema.get("minimum", -math.inf):
        yield f"expected at least {schema['minimum']}, got {shown(value)}"
    if isinstance(value, list | dict):
        size = len(value)
        low = schema.get("minItems" if isinstance(value, list) else "minProperties", 0)
        high = schema.get("maxItems" if isinstance(value, list) else "maxProperties", size)
        if not low <= size <= high:
            counts = f"{low}" if low == high else f"at least {low}" if size < low else f"at most {high}"
            yield f"expected {counts} entries, got {size}"
