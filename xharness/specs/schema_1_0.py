"""Converts results files and training reports of schema 1.0 into schema 1.1.

Schema 1.0 has sentences where schema 1.1 has codes and fields. Only this module matches those sentences.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from xharness.specs.caveats import GRAVE, UNKNOWN, Caveat, by_language
from xharness.specs.sources import translated

VERSION = "1.0"

_CODES = {
    r"made-up examples of source ": "synthetic_data",
    r"predicted on a machine translation of the examples into English": "translated_inputs",
    r"split \w+ instead of \w+$": "other_split",
    r"limited to the first [\d,]+ examples? of each split$": "limited",
    r"[\d,]+ examples? where the official test set has [\d,]+$": "test_size",
    r"[\d,]+ candidates? where the official pool has [\d,]+$": "pool_size",
    r"the threshold was tuned on the evaluated split$": "threshold_on_evaluated_split",
    r"the checkpoint was trained on the evaluated split$": "trained_on_evaluated_split",
    r"the checkpoint was chosen by the evaluated split$": "selected_on_evaluated_split",
    r"the checkpoint was (trained on|chosen by) .*, which shares with the evaluated split: ": "shares_examples",
    r"trained on more than once: ": "trained_twice",
    r"oracle: the checkpoint was chosen by the dev splits of ": "oracle_selection",
    r"(\w+ on .*)?begun again, since seed \d+ did not leave chance ": "restarted_run",
    r"(\w+ on .*)?did not leave chance ": "failed_run",
    r"(\w+ on .*)?ended within its warm-up, after ": "short_warmup",
}
_OTHER_ANSWERS = ", and scored against its answers"
_MADE = "made:"


def caveat_of(text: str) -> Caveat:
    """Return the caveat of a sentence; the code is `unknown` if no version of xharness wrote such a sentence."""
    code = next((code for pattern, code in _CODES.items() if re.match(pattern, text)), UNKNOWN)
    return Caveat(code, text, code in GRAVE)


def form(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of version 1.0, given that of version 1.1."""
    old: dict[str, Any] = copy.deepcopy(dict(schema))
    cell, task, run = old["$defs"]["cell"], old["$defs"]["task"], old["properties"]["run"]
    run["required"].remove("synthetic")
    cell["required"].remove("inputs")
    cell["properties"]["caveats"]["items"] = {"type": "string"}
    task["required"].remove("caveats")
    del task["properties"]["caveats"]
    return old


def upgraded(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a results file in schema 1.1; return other versions unchanged.

    Raises KeyError, TypeError or AttributeError if the content is not that of a results file.
    """
    if content["schema_version"] != VERSION:
        return dict(content)
    cells = [_cell(cell) for cell in content["cells"]]
    ok = [cell for cell in cells if cell["status"] == "ok" and not cell.get("noise")]
    tasks = {
        name: {**task, "caveats": by_language(cell for cell in ok if cell["task"] == name)}
        for name, task in content["tasks"].items()
    }
    synthetic = any(each["code"] == "synthetic_data" for cell in cells for each in cell["caveats"])
    run = {**content["run"], "synthetic": synthetic}
    return {**content, "schema_version": "1.1", "run": run, "cells": cells, "tasks": tasks}


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {**cell, "inputs": _inputs(cell), "caveats": [caveat_of(text).record() for text in cell["caveats"]]}


def _inputs(cell: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the inputs of the predictions; in schema 1.0 these can only be translations into English.

    `gold` is None for a cell without a score, because only a caveat of the score states it.
    """
    inputs = cell["data"].get("inputs")
    if inputs is None:
        return None
    gold = "inputs" if any(text.endswith(_OTHER_ANSWERS) for text in cell["caveats"]) else "examples"
    return {
        "split": translated(cell["split"]),
        "language": "en",
        "gold": gold if cell["status"] == "ok" else None,
        "made": inputs.startswith(_MADE),
    }
