"""Write the scores of a run as CSV: one row per cell and metric."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_CELL = ("task", "language", "split", "source", "seed", "status", "n")
_SCORE = ("metric", "value", "ci95_low", "ci95_high", "signature")
COLUMNS = (*_CELL, *_SCORE, "reason", "caveats", "recipe", "noise", "data")
# Texts that spreadsheets read as formulas (also with full-width signs), or that begin with a control character.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def table(cells: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the records of cells as CSV (RFC 4180, UTF-8): unrounded numbers, missing values empty.

    A text that a spreadsheet would read as a formula gets a leading apostrophe.
    """
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, COLUMNS)
    writer.writeheader()
    for cell in cells:
        writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows(cell))
    return lines.getvalue().encode("utf-8", "backslashreplace")


def rows(cell: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one row per metric of a cell, or a row without a metric if the cell has no score."""
    about = {name: cell[name] for name in _CELL} | {
        "reason": cell["reason"],
        "caveats": "; ".join(each["text"] for each in cell["caveats"]),
        "recipe": cell["recipe"]["name"],
        "noise": json.dumps(cell["noise"]) if cell["noise"] else None,
        "data": cell["data"].get("examples"),
    }
    for metric, scored in cell["metrics"].items():
        scores = (metric, scored["value"], *(scored["ci95"] or (None, None)), scored["signature"])
        yield about | dict(zip(_SCORE, scores, strict=True))
    if not cell["metrics"]:
        yield about


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
