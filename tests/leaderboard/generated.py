"""Boards in any state that leaderboard.schema.json allows, drawn from the schema by hypothesis."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from xharness_leaderboard.validation import SCHEMA

_SCHEMA = json.loads(SCHEMA.read_text(encoding="utf-8"))
_MOST = 2**63 - 1  # what every parser of JSON keeps exactly
_TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(["</script>", "a+b", "$x$", "=1", "\ud800", "items", "../x"]))
_ANY = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-_MOST, _MOST), st.floats(allow_nan=False, allow_infinity=False), _TEXTS
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(_TEXTS, inner, max_size=2)),
    max_leaves=3,
)
_IDS, _TASKS, _LANGUAGES, _SUITES = ["a", "b-0", "c"], ["nli", "qa", "items"], ["en", "sw", "xx"], ["one", "values"]


def of(name: str) -> st.SearchStrategy[Any]:
    """Return values of a definition of the schema."""
    return _values(_SCHEMA["$defs"][name])


def _values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that a schema allows; it uses the keywords of leaderboard.schema.json and no others."""
    if "$ref" in schema:
        return of(schema["$ref"].rpartition("/")[2])
    if "if" in schema:
        return st.one_of(*map(_values, _branches(schema)))
    if "anyOf" in schema:
        return st.one_of(*map(_values, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of(*(_KINDS[kind](schema) for kind in kinds))


def _branches(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the two schemas, without conditions, that a schema with `if`, `then` and `else` stands for."""
    plain = {key: value for key, value in schema.items() if key not in ("if", "then", "else")}
    condition = _resolved(schema["if"])
    [(key, about)] = condition["properties"].items()
    others = [value for value in schema["properties"][key].get("enum", (True, False)) if value != about["const"]]
    negated = {"properties": {key: {"enum": others}}}
    branches = [_merged(plain, condition, schema["then"]), _merged(plain, negated, schema["else"])]
    own = schema["properties"].keys()
    return [each | {"properties": {key: each["properties"][key] for key in own}} for each in branches]


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return _SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _merged(*schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose properties have the types of the later schemas and the keywords of all."""
    merged: dict[str, Any] = {"properties": {}}
    for schema in map(_resolved, schemas):
        if "allOf" in schema:
            schema = _merged(*schema["allOf"])
        merged |= {key: value for key, value in schema.items() if key != "properties"}
        for key, value in schema.get("properties", {}).items():
            known = _resolved(merged["properties"].get(key, {}))
            same = [each for each in known.get("anyOf", ()) if each.get("type") == value.get("type", "")]
            typed = "type" in value or "enum" in value or "const" in value or "$ref" in value
            merged["properties"][key] = same[0] if same else value if typed else {**known, **value}
    return merged


def _object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties, required = schema.get("properties", {}), set(schema.get("required", ()))
    fixed = st.fixed_dictionaries(
        {key: _values(value) for key, value in properties.items() if key in required},
        optional={key: _values(value) for key, value in properties.items() if key not in required},
    )
    more = schema.get("additionalProperties", {})
    if more is False:
        return fixed
    low, high = schema.get("minProperties", 0), schema.get("maxProperties", 2)
    values = _values(more) if more else _ANY
    return st.dictionaries(_TEXTS, values, min_size=low, max_size=high) if not properties else fixed


def _array(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    low = schema.get("minItems", 0)
    return st.lists(_values(schema["items"]), min_size=low, max_size=schema.get("maxItems", low + 1))


_KINDS = {
    "null": lambda schema: st.none(),
    "boolean": lambda schema: st.booleans(),
    "integer": lambda schema: st.integers(schema.get("minimum", -_MOST), schema.get("maximum", _MOST)),
    "number": lambda schema: st.floats(
        schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum"),
        exclude_min="minimum" not in schema, allow_nan=False, allow_infinity=False,
    ),
    "string": lambda schema: _TEXTS if "minLength" not in schema else _TEXTS.filter(bool),
    "object": _object,
    "array": _array,
}  # fmt: skip


def _some(names: list[str], low: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=low, unique=True) if names else st.just([])


def _keyed(draw: st.DrawFn, names: list[str], values: st.SearchStrategy[Any]) -> dict[str, Any]:
    return {name: draw(values) for name in names}


@st.composite
def boards(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a board; names that its parts share refer to something, all else is as the schema allows."""
    languages, tasks = draw(_some(_LANGUAGES, 1)), draw(_some(_TASKS))
    about = {name: draw(of("task")) | {"languages": draw(_some(languages, 1))} for name in tasks}
    suites = {name: draw(_suite(about)) for name in draw(_some(_SUITES))}
    ids = draw(_some(_IDS))
    sources = draw(st.dictionaries(_TEXTS, of("source"), max_size=2))
    cited = st.tuples(of("published"), st.sampled_from(list(sources) or [""]))
    published = draw(st.lists(cited, max_size=2 if sources else 0))
    alike = draw(st.lists(st.fixed_dictionaries({"model": of("model")}, optional=_ALIKE), min_size=1, max_size=2))
    base = {key: draw(_values(_SCHEMA["properties"][key])) for key in ("title", "made_by", "synthetic", "refused")}
    entries = [draw(_entry(id, about, suites)) | draw(st.sampled_from(alike)) for id in ids]
    together = draw(_together(entries))
    return (
        base
        | {
            "schema_version": "1.3",
            "languages": _keyed(draw, languages, of("language")),
            "tasks": about,
            "suites": suites,
            "comparisons": {
                name: draw(st.lists(_comparison(of_one, suites[name]), max_size=2))
                for name in suites
                for of_one in together["comparable"]
            },
            "entries": entries,
            "published": [row | {"source": source} for row, source in published],
            "sources": sources,
            "published_conflicts": draw(st.lists(of("published_conflict"), max_size=1)),
            "conflicts": draw(st.lists(_conflict(ids, tasks), max_size=2)) if ids else [],
        }
        | together["board"]
        | (draw(_robustness(ids, tasks)) if ids else {})
    )


@st.composite
def _together(draw: st.DrawFn, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Draw whether approaches rank apart; then each entry has one, and only entries of one are compared."""
    one_table = draw(st.sampled_from([None, True, False]))
    if one_table is not False:
        ids = [entry["id"] for entry in entries]
        return {"board": {} if one_table is None else {"one_table": True}, "comparable": [ids] if ids else []}
    by_approach: dict[str, list[str]] = {}
    for entry in entries:
        entry.setdefault("approach", draw(_values(_SCHEMA["$defs"]["entry"]["properties"]["approach"])))
        by_approach.setdefault(entry["approach"], []).append(entry["id"])
    return {"board": {"one_table": False}, "comparable": list(by_approach.values())}


@st.composite
def _suite(draw: st.DrawFn, about: dict[str, Any]) -> dict[str, Any]:
    tasks = draw(_some(list(about)))
    groups = {name: draw(_some(tasks)) for name in draw(_some(["group", "get"]))}
    counted = {name: draw(_some(about[name]["languages"], 1)) for name in tasks}
    weights = _keyed(draw, draw(_some([*groups, *tasks])), st.floats(0.5, 9))
    return draw(of("suite")) | {"tasks": counted, "groups": groups, "weights": weights}


@st.composite
def _entry(draw: st.DrawFn, id: str, about: dict[str, Any], suites: dict[str, Any]) -> dict[str, Any]:
    cells = {task: _keyed(draw, draw(_some(about[task]["languages"], 1)), of("cell")) for task in draw(_some([*about]))}
    averages = {}
    for name, suite in suites.items():
        parts = {part: _keyed(draw, list(suite[part]), of(kind)) for part, kind in _PARTS.items()}
        averages[name] = draw(of("suite_average")) | parts
    tasks = _keyed(draw, draw(_some(list(about))), of("task_average"))
    return draw(of("entry")) | {"id": id, "cells": cells, "tasks": tasks, "suites": averages}


@st.composite
def _robustness(draw: st.DrawFn, ids: list[str], tasks: list[str]) -> dict[str, Any]:
    """Draw the scores under noise of some entries; the first average of each is that of all tasks and noises."""
    if not draw(st.booleans()):
        return {}
    named = st.sampled_from([None, *tasks])
    whole = of("noise_average").map(lambda average: average | {"task": None, "family": None, "noise": None})
    entries = []
    for id in draw(_some(ids)):
        averages = [draw(of("noise_average")) | {"task": draw(named)} for _ in range(draw(st.integers(0, 2)))]
        rows = [draw(of("noise_row")) | {"task": draw(st.sampled_from(tasks))} for _ in tasks]
        about = {"entry": id, "grid": draw(st.sampled_from("xy")), "reference": draw(st.sampled_from([None, *ids]))}
        entries.append(draw(of("robust_entry")) | about | {"averages": [draw(whole), *averages], "noises": rows})
    pair = st.fixed_dictionaries({name: st.sampled_from(tasks) for name in ("task", "clean_task") if tasks})
    natural = [draw(of("natural_row")) | draw(pair) | {"entry": id} for id in draw(_some(ids if tasks else []))]
    return {"robustness": {"entries": entries} | ({"natural": natural} if natural else {})}


_ALIKE = {
    "source": st.just("hub"),
    "dtype": st.just("float32"),
    "noise": st.none(),
    "recipe": st.builds(lambda params: {"name": "zero-shot", "params": params}, st.just({}) | st.just({"epochs": 3.0})),
    "ways": st.just({}),
}  # parts in which entries agree, so that the site compares them
_PARTS = {"tasks": "value", "groups": "group_average"}


@st.composite
def _comparison(draw: st.DrawFn, ids: list[str], suite: dict[str, Any]) -> dict[str, Any]:
    tasks = _keyed(draw, draw(_some(list(suite["tasks"]))), of("task_comparison"))
    pair = {side: draw(st.sampled_from(ids)) for side in "ab"}
    return draw(of("comparison")) | pair | {"tasks": tasks}


@st.composite
def _conflict(draw: st.DrawFn, ids: list[str], tasks: list[str]) -> dict[str, Any]:
    line = draw(of("conflict"))
    return line | {"entry": draw(st.sampled_from(ids)), "files": [*line["files"], "x"][: len(line["values"])]}
