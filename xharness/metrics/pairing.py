"""Decide whether the scores of two runs can be paired: same examples, same way of computing them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple


class Basis(NamedTuple):
    """What a score rests on: split, fingerprint of the data, number of units, signatures of the metrics by name.

    `gold` says whose gold holds, that of the evaluated split (`examples`) or of other inputs (`inputs`): `data` is the
    fingerprint of these.
    """

    split: str
    data: str | None
    n: int
    signatures: tuple[tuple[str, str], ...]
    gold: Literal["examples", "inputs"] = "examples"


def basis_of(record: Mapping[str, Any]) -> Basis:
    """Return the basis of a cell's score: split, data, number of units, and signatures of its metrics."""
    signatures = tuple([(name, metric["signature"]) for name, metric in record["metrics"].items()])
    inputs = record.get("inputs")
    gold: Literal["examples", "inputs"] = "inputs" if inputs and inputs["gold"] == "inputs" else "examples"
    return Basis(record["split"], record["data"].get(gold), record["n"], signatures, gold)


def unlike(one: Basis, other: Basis, headlines: Collection[str]) -> str | None:
    """Say why scores that rest on one and on the other cannot be paired; None where they can."""
    if one.split != other.split:
        return f"other splits: {one.split} and {other.split}"
    if one.gold != other.gold:
        return "other answers: only one is scored against those of the inputs, as of a translation"
    if one.data is None or one.data != other.data:
        return "other data"
    if one.n != other.n:
        return f"other numbers of examples: {one.n:,} and {other.n:,}"
    theirs = dict(other.signatures)
    for name, signature in sorted(one.signatures):
        if name in headlines and signature != theirs.get(name):
            return f"other ways to compute {name}: {signature} and {theirs.get(name)}"
    return None
