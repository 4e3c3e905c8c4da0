"""Replace lone surrogates (U+D800 to U+DFFF), which JSON can escape but UTF-8 cannot encode, and note where."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_LONE = re.compile("[\ud800-\udfff]")
_KEY = "lone_surrogates"


def without_surrogates(value: Any) -> Any:
    """Return a value of plain JSON with each lone surrogate of its texts replaced by U+FFFD, as browsers do.

    Texts keep their length, so that offsets stay valid. A pair of surrogates is one character in Python and is kept.
    """
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {name: without_surrogates(each) for name, each in value.items()}
    return [without_surrogates(each) for each in value] if isinstance(value, list | tuple) else value


def described(where: str, rows: Sequence[int]) -> str:
    """Return the description of a dataset some of whose rows were changed; "" if there are none."""
    return json.dumps({_KEY: {"where": where, "rows": list(rows)}}) if rows else ""


def changed_rows(description: str | None, size: int) -> dict[str, Any] | None:
    """Return `where` and the changed `rows` (from 0) of a described dataset, of its first `size` rows; None without."""
    try:
        found = json.loads(description or "{}").get(_KEY)
        rows = [row for row in found["rows"] if row < size] if found else []
    except (ValueError, AttributeError, TypeError, LookupError):  # the description of another source
        return None
    return {"where": found["where"], "rows": rows} if rows else None
