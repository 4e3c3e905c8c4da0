"""Mutations of valid JSON, drawn by hypothesis: what hostile or broken files hold at any key."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

_ODD = (None, True, 0, -1, 3, 0.5, 1e308, 10**400, "", "x", "\ud800", "\x1b[31m", "../../etc", [], {}, [[]], {"x": 1})
_ODD_LARGER = ([None], ["x", "x"], {"": []}, {"value": 1, "ci95": None, "signature": []}, {"a": {"before": "x"}})


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value below a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from paths(child, (*path, key))


@st.composite
def mutated(draw: st.DrawFn, valid: Any, most: int = 2) -> Any:
    """Return a copy of a JSON value with one to `most` values replaced, deleted, doubled or taken from elsewhere."""
    value = copy.deepcopy(valid)
    for _ in range(draw(st.integers(1, most))):
        known = list(paths(value))
        if not known:
            return value
        # First the depth, since almost all paths are deep ones.
        depth = draw(st.sampled_from(sorted({len(path) for path in known})))
        *parents, key = draw(st.sampled_from([path for path in known if len(path) == depth]))
        parent = value
        for each in parents:
            parent = parent[each]
        _change(draw, parent, key, value, known)
    return value


def _change(draw: st.DrawFn, parent: Any, key: Any, whole: Any, known: list[tuple[Any, ...]]) -> None:
    how = draw(st.sampled_from(("replace", "replace", "replace", "delete", "double", "elsewhere")))
    if how == "delete":
        del parent[key]
    elif how == "double" and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
    elif how == "elsewhere":
        other = whole
        for each in draw(st.sampled_from(known)):
            other = other[each]
        parent[key] = copy.deepcopy(other)
    else:
        parent[key] = copy.deepcopy(draw(st.sampled_from((*_ODD, *_ODD_LARGER))))
