"""Expand an entry of an experiment file into rows: lists span a grid, and each row has a unique name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from xharness.errors import BadRequest, unknown
from xharness.request import NAMES, Request, build, merged

# Plugins are loaded before rows are read, so all rows share them.
_KEYS = {*NAMES, "name", "group"} - {"plugins"}
_LONGEST = 80
_NAME = re.compile(r"\w[\w .+,=-]*")
_OTHER = re.compile(r"[^\w.+,=-]+")


@dataclass(frozen=True, kw_only=True)
class ExperimentRow:
    """A row of the table: its request, and the group of rows that are counted together."""

    name: str
    group: str
    request: Request


def rows_of(entry: Mapping[str, Any], shared: Mapping[str, Any]) -> list[ExperimentRow]:
    """Return the rows of one entry, with the fields that all rows share; BadRequest if the entry is invalid.

    If the recipe or parameters are lists, there is a row for each combination of their values.
    """
    for key in entry:
        if key not in _KEYS:
            raise unknown("key", key, _KEYS)
    if not isinstance(entry.get("group", ""), str):
        raise BadRequest(f"group {entry['group']!r}: must be a text")
    params, axes = _table(shared), _axes(entry)
    rows = []
    for values in product(*axes.values()):
        chosen = dict(zip(axes, values, strict=True))
        own = {key: value for key, value in entry.items() if key not in ("name", "group", "recipe", "params")}
        own |= {"recipe": chosen.pop("recipe")} if "recipe" in chosen else {}
        own |= {"params": {**params, **chosen}}
        request = build(merged(shared, own))
        template = entry.get("name") or "-".join(["{recipe}", *(f"{{{axis}}}" for axis in _varied(axes))])
        rows.append(
            ExperimentRow(name=_named(template, request), group=entry.get("group") or request.recipe, request=request)
        )
    return rows


def _axes(entry: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    given = {**({"recipe": entry["recipe"]} if "recipe" in entry else {}), **_table(entry)}
    axes: dict[str, Sequence[Any]] = {
        name: value if isinstance(value, list) else [value] for name, value in given.items()
    }
    for name, values in axes.items():
        if not values:
            raise BadRequest(f"{name} = []: the list is empty; give at least one value")
    return axes


def _table(values: Mapping[str, Any]) -> Mapping[str, Any]:
    params = values.get("params", {})
    if not isinstance(params, Mapping):
        raise BadRequest(f"params {params!r}: must be a table of names and values")
    return params


def _varied(axes: Mapping[str, Sequence[Any]]) -> list[str]:
    return [name for name, values in axes.items() if len(values) > 1 and name != "recipe"]


def _named(template: Any, request: Request) -> str:
    """Return the name of a row from its template; BadRequest for an unknown parameter or an invalid folder name."""
    values = {"recipe": request.recipe, **{key: _OTHER.sub("-", text) for key, text in request.params.items()}}
    try:
        name = str(template).format_map(values)
    except KeyError as error:
        raise BadRequest(f"name '{template}': {unknown('parameter', str(error.args[0]), values)}") from error
    except (ValueError, IndexError, AttributeError, TypeError) as error:
        raise BadRequest(f"name '{template}' is not a valid template: {error}") from error
    if len(name) > _LONGEST:
        raise BadRequest(f"name '{name}' is too long for a folder: {len(name)} characters, the maximum is {_LONGEST}")
    if not _NAME.fullmatch(name) or name.endswith((".", " ")):
        raise BadRequest(f"name '{name}' is not a valid folder name: use letters, digits, spaces and . _ + , = -")
    return name
