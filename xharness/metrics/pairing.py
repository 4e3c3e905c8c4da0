"""Decides whether the scores of two runs can be paired: the same examples, and metrics computed in the same way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple


class Basis(NamedTuple):
    """The basis of a score: split, fingerprint of the data, number of units, signatures of the metrics by name.

    `gold` is the origin of the gold labels: the evaluated split (`examples`), or other inputs (`inputs`) such as a
    translation. `data` is the fingerprint of the split that has them.
    """

    split: str
    data: str | None
    n: int
    signatures: tuple[tuple[str, str], ...]
    gold: Literal["examples", "inputs"] = "examples"


def basis_of(record: Mapping[str, Any]) -> Basis:
    """Return the basis of the scores of a cell, given its record in results.json."""
    signatures = tuple([(name, metric["signature"]) for name, metric in record["metrics"].items()])
    inputs = record.get("inputs")
    gold: Literal["examples", "inputs"] = "inputs" if inputs and inputs["gold"] == "inputs" else "examples"
    return Basis(record["split"], record["data"].get(gold), record["n"], signatures, gold)


def unlike(one: Basis, other: Basis, headlines: Collection[str]) -> str | None:
    """Return the reason why scores with these bases cannot be paired, or None."""
    if one.split != other.split:
        return f"different splits: {one.split} and {other.split}"
    if one.gold != other.gold:
        return "different gold: only one of the scores uses the gold of the translated inputs"
    if one.data is None or one.data != other.data:
        return "different data"
    if one.n != other.n:
        return f"different numbers of examples: {one.n:,} and {other.n:,}"
    theirs = dict(other.signatures)
    for name, signature in sorted(one.signatures):
        if name in headlines and signature != theirs.get(name):
            return f"different computation of {name}: {signature} and {theirs.get(name)}"
    return None
