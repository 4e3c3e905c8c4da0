"""Decide whether the scores of two runs can be paired: same examples, same way of computing them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Basis = tuple[Any, ...]
OTHER_ANSWERS = "scored against its answers"
"""The words of a caveat: the gold is that of the translation which was predicted on, not of the examples."""
_TRANSLATED = "answers of a translation: "


def basis_of(record: Mapping[str, Any]) -> Basis:
    """Return the basis of a cell's score: split, data, number of units, and signatures of its metrics."""
    signatures = tuple([(name, metric["signature"]) for name, metric in record["metrics"].items()])
    data = record["data"].get("examples")
    if "inputs" in record["data"] and any(text.endswith(OTHER_ANSWERS) for text in record["caveats"]):
        data = f"{_TRANSLATED}{record['data']['inputs']}"
    return record["split"], data, record["n"], signatures


def unlike(one: Basis, other: Basis, headlines: Collection[str]) -> str | None:
    """Return why scores of two bases cannot be paired, None if they can."""
    (split, data, n, signatures), (split_b, data_b, n_b, signatures_b) = one, other
    if split != split_b:
        return f"other splits: {split} and {split_b}"
    if data is None or data != data_b:
        translated = [bool(each) and each.startswith(_TRANSLATED) for each in (data, data_b)]
        return "other answers: only one is scored against those of a translation" if any(translated) else "other data"
    if n != n_b:
        return f"other numbers of examples: {n:,} and {n_b:,}"
    other_signatures = dict(signatures_b)
    for name, signature in sorted(signatures):
        if name in headlines and signature != other_signatures.get(name):
            return f"other ways to compute {name}: {signature} and {other_signatures.get(name)}"
    return None
