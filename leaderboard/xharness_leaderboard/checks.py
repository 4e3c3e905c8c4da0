"""Validation of cell records; errors name the invalid field. Fast, since a board reads many records."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

NAME, TEXT, PLAIN, CAVEATS, DEPTH = 100, 10_000, 100_000, 20, 10  # characters; entries of a list; levels
STATUSES = ("ok", "failed", "skipped", "not_run")
_SPLITS = ("train", "dev", "test")
_NAME = re.compile(r"[^\W_][\w.+:@-]*")
# Control characters, lone surrogates, and marks that change the reading order of text.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_PATH = re.compile(r"[\w.+:@/-]*[\w+:@-]")
_GOLD = ("examples", "inputs", None)
_METRIC = {"value", "ci95", "signature"}
_SEED, MOST = 2**63, 2**53  # exclusive upper bounds of seeds and numbers of units
SCALE = 100.000001  # scores are from 0 to 100 (some from -100), with a tolerance for rounding


class Unfit(Exception):
    """An invalid field and its problem."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


def member(parent: Any, key: str, kind: type, where: str = "") -> Any:
    """Return the value of a key of an object; raise Unfit if it is missing or has the wrong type."""
    if not isinstance(parent, dict):
        raise Unfit(where or "the file", "must be an object")
    field = f"{where}.{key}" if where else key
    if key not in parent:
        raise Unfit(field, "is missing")
    value = parent[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise Unfit(field, f"must be {_KINDS[kind]}, is {shown(value)}")
    return value


_KINDS = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}


def shown(value: Any) -> str:
    """Return a short representation of an invalid value that is safe to print."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


# The same few values occur in most cells, so the results of checks are cached.
_remembered = lru_cache(maxsize=4096)


@_remembered
def _named(value: Any) -> bool:
    return type(value) is str and len(value) <= NAME and _NAME.fullmatch(value) is not None


@_remembered
def _short(value: Any) -> bool:
    return type(value) is str and len(value) <= 4 * NAME and _UNFIT.search(value) is None


@_remembered
def _below(value: Any, folder: str) -> bool:
    return (
        type(value) is str
        and value.startswith(f"{folder}/")
        and len(value) <= 4 * NAME
        and _PATH.fullmatch(value) is not None
        and "//" not in value
        and "/." not in value
    )


def name(value: Any, field: str) -> None:
    """Check the name of a task, language, metric, source or recipe, which is used in paths and pages."""
    if type(value) is not str or not _named(value):
        raise Unfit(field, f"must be a name of at most {NAME} letters, digits and .+:@-_, is {shown(value)}")


def text(value: Any, field: str) -> None:
    """Check a text that is displayed to readers."""
    if type(value) is not str:
        raise Unfit(field, f"must be a text, is {shown(value)}")
    if len(value) > TEXT:
        raise Unfit(field, f"has {len(value):,} characters, the maximum is {TEXT:,}")
    if match := _UNFIT.search(value):
        raise Unfit(field, f"contains the character U+{ord(match[0]):04X}, which is not allowed")


def plain(value: Any, field: str) -> None:
    """Check an object of arbitrary content that is copied to the board: limited in size, depth and numbers."""
    _plain(value, field, DEPTH)
    if len(json.dumps(value)) > PLAIN:
        raise Unfit(field, f"has more than {PLAIN:,} characters")


def _plain(value: Any, field: str, levels: int) -> None:
    if not levels:
        raise Unfit(field, f"is nested deeper than {DEPTH} levels")
    if isinstance(value, dict):
        for key, each in value.items():
            text(key, f"{field}, a key")
            _plain(each, f"{field}.{key[:NAME]}", levels - 1)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _plain(each, f"{field}[{index}]", levels - 1)
    elif isinstance(value, str):
        text(value, field)
    elif isinstance(value, int | float) and not -1e18 < value < 1e18:
        raise Unfit(field, f"{shown(value)} is too large or not a finite number")


def score(value: Any, field: str) -> None:
    """Check a score, a number from 0 to 100 (some metrics: from -100)."""
    if type(value) not in (float, int) or not -SCALE <= value <= SCALE:
        raise Unfit(field, f"must be a number from 0 to 100, is {shown(value)}")


def path(value: Any, folder: str, field: str) -> None:
    """Check a relative path below a folder of the run."""
    if type(value) is not str or not _below(value, folder):
        raise Unfit(field, f"must be a path below {folder}/, is {shown(value)}")


def cell(record: Any, old: bool = False) -> None:
    """Check all that the board reads of a cell's record, one of schema 1.0 where it is old; the fields are named."""
    try:
        if plainly_fit(record):
            return
    except (KeyError, TypeError, ValueError):
        pass
    closely(record, old)


def plainly_fit(record: Any) -> bool:
    """Return whether a typical record is valid, by a fast check; the errors that it may raise are caught by `cell`."""
    seed, n, replicates, metrics = record["seed"], record["n"], record.get("replicates"), record["metrics"]
    if not (
        type(record) is dict
        and record["status"] == "ok"
        and record["split"] in _SPLITS
        and _named(record["task"])
        and _named(record["language"])
        and _named(record["source"])
        and type(seed) is type(n) is int
        and 0 <= seed < _SEED
        and 0 <= n < MOST
        and _below(record["predictions"], "predictions")
        and (replicates is None or _below(replicates, "replicates"))
        and record["reason"] is None
        and record["caveats"] == []
        and _short(record["data"]["examples"])
        and record["data"].get("inputs") is record.get("inputs") is record.get("way") is None
        and _splits(record.get("trained_on"))
        and type(metrics) is dict
        and metrics
    ):
        return False
    least, most = -SCALE, SCALE
    for key, metric in metrics.items():
        value, (low, high) = metric["value"], metric["ci95"]
        if not (
            _named(key)
            and type(value) is type(low) is type(high) is float
            and least <= value <= most
            and least <= low <= most
            and least <= high <= most
            and _short(metric["signature"])
        ):
            return False
    return True


def closely(record: Any, old: bool = False) -> None:  # noqa: C901 - one branch a field
    """Check a record field by field."""
    if type(record) is not dict:
        raise Unfit("", "must be an object")
    try:
        for key in ("task", "language", "source"):
            name(record[key], key)
        status, metrics, n, seed = record["status"], record["metrics"], record["n"], record["seed"]
        if record["split"] not in _SPLITS:
            raise Unfit("split", f"must be one of {', '.join(_SPLITS)}, is {shown(record['split'])}")
        if status not in STATUSES:
            raise Unfit("status", f"must be one of {', '.join(STATUSES)}, is {shown(status)}")
        if type(seed) is not int or not 0 <= seed < _SEED:
            raise Unfit("seed", f"must be a whole number of at least 0, is {shown(seed)}")
        if type(metrics) is not dict or bool(metrics) is not (status == "ok"):
            raise Unfit("metrics", "must be an object, with scores if and only if the status is ok")
        if (type(n) is not int or not 0 <= n < MOST) if status == "ok" else n is not None:
            raise Unfit("n", f"must be a whole number if the status is ok, else null, is {shown(n)}")
        if record["predictions"] is not None or status == "ok":
            path(record["predictions"], "predictions", "predictions")
        if record.get("replicates") is not None:
            path(record["replicates"], "replicates", "replicates")
        if record["reason"] is not None:
            text(record["reason"], "reason")
        _caveats(record["caveats"], old)
        _data(record)
        _way(record)
        if not _splits(record.get("trained_on")):
            raise Unfit("trained_on", f"must be a list of [task, language, split], is {shown(record['trained_on'])}")
    except KeyError as error:
        raise Unfit(error.args[0], "is missing") from None
    for key, metric in metrics.items():
        name(key, "metrics, a key")
        _metric(key, metric)


def _caveats(caveats: Any, old: bool) -> None:
    if type(caveats) is not list or len(caveats) > CAVEATS:
        raise Unfit("caveats", f"must be a list of at most {CAVEATS} caveats")
    for index, caveat in enumerate(caveats):
        (text if old else _caveat)(caveat, f"caveats[{index}]")


def _caveat(caveat: Any, field: str) -> None:
    name(member(caveat, "code", str, field), f"{field}.code")
    member(caveat, "grave", bool, field)
    text(member(caveat, "text", str, field), f"{field}.text")
    plain(member(caveat, "facts", dict, field), f"{field}.facts")


def _data(record: dict[str, Any]) -> None:
    """Check the fingerprints of the evaluated split and of the inputs, and which gold is used."""
    data = member(record, "data", dict)
    for role in ("examples", "inputs"):
        if role in data:
            text(data[role], f"data.{role}")
    if record.get("inputs") is None:
        return
    gold = member(member(record, "inputs", dict), "gold", object, "inputs")
    if gold not in _GOLD:
        raise Unfit("inputs.gold", f"must be examples, inputs or null, is {shown(gold)}")
    if gold == "inputs" and "inputs" not in data:
        raise Unfit("data.inputs", "is missing")


def _way(record: dict[str, Any]) -> None:
    """Check the way that the task was asked in and the version of its prompt."""
    if record.get("way") is None:
        return
    way = member(record, "way", dict)
    name(member(way, "name", str, "way"), "way.name")
    member(way, "version", int, "way")
    if member(way, "prompt", object, "way") is not None:
        member(way, "prompt", int, "way")


def _splits(value: Any) -> bool:
    """Return whether a value is a list of [task, language, split], or None."""
    return value is None or (
        type(value) is list
        and all(type(split) is list and [*map(type, split)] == [str] * 3 and all(map(_named, split)) for split in value)
    )


def _metric(key: str, metric: Any) -> None:
    try:
        if type(metric) is not dict or not metric.keys() >= _METRIC:
            raise Unfit("", "must be an object with value, ci95 and signature")
        score(metric["value"], ".value")
        text(metric["signature"], ".signature")
        ci95 = metric["ci95"]
        if ci95 is not None:
            if type(ci95) is not list or len(ci95) != 2:
                raise Unfit(".ci95", f"must be two numbers or null, is {shown(ci95)}")
            score(ci95[0], ".ci95")
            score(ci95[1], ".ci95")
    except Unfit as error:
        raise Unfit(f"metrics.{key}{error.field}", error.problem) from None
