"""Reading runs: a bad or hostile results file is refused with the field that is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from xharness import BadRequest, DataError, upgraded
from xharness.metrics.bootstrap import RESAMPLES
from xharness_leaderboard import checks
from xharness_leaderboard.checks import Unfit, member

if TYPE_CHECKING:
    import numpy as np

RESULTS, VERSION, OLD = "results.json", "1", "1.0"
MOST_BYTES, MOST_CELLS = 64 * 2**20, 20_000
_ARRAY_BYTES = 2**20


@dataclass(frozen=True)
class Run:
    """A results file that was read and checked: `path` as it was given, `content` in the form of schema 1.1."""

    path: Path
    content: Mapping[str, Any] = field(repr=False)

    def replicates(self, cell: Mapping[str, Any]) -> np.ndarray | None:
        """Return the bootstrap replicates of a cell's headline metrics, float32 of shape (metrics, resamples).

        None where the run has none, or only its results file is here. DataError where the file is not what it is
        to be, or lies outside the run.
        """
        name = cell.get("replicates")
        if name is None:
            return None
        folder = self.path.parent.resolve()
        file = (folder / name).resolve()
        if not file.is_relative_to(folder):
            raise DataError.at(self.path, None, f"replicates '{name}' lie outside the run")
        return _array(file, len(self.content["tasks"][cell["task"]]["metric"].split("+"))) if file.is_file() else None


def read(path: str | Path) -> Run:
    """Read a run's folder, or a results file.

    BadRequest where there is none; DataError naming file and field where it is not what `xharness run` writes.
    """
    file = _file(path)
    try:
        return _run(file)
    except Unfit as error:
        raise DataError.at(file, None, str(error)) from None


def read_all(paths: Iterable[str | Path]) -> tuple[list[Run], list[dict[str, str]]]:
    """Read runs, each once, in the order of their paths; also say which were refused: {file, reason}.

    BadRequest where a path leads to no results file.
    """
    files = {file.resolve(): file for file in sorted((_file(path) for path in paths), reverse=True)}
    runs, refused = [], []
    for file in sorted(files.values()):
        try:
            runs.append(_run(file))
        except Unfit as error:
            refused.append({"file": str(file), "reason": str(error)})
    return runs, refused


def _file(path: str | Path) -> Path:
    given = Path(path).expanduser()
    file = given / RESULTS if given.is_dir() else given
    if not file.is_file():
        raise BadRequest(f"run '{path}': there is no {RESULTS}; give the folder that `xharness run` wrote (--out)")
    return file


def _run(file: Path) -> Run:
    try:
        content, data = parsed(file, MOST_BYTES)
        if _long(data):
            _refuse_long(content, "")
        _check(content)
    except RecursionError:
        raise Unfit("the file", "is nested too deeply") from None
    return Run(file, upgraded(content))


def parsed(file: Path, most: int) -> tuple[Any, bytes]:
    """Return what a JSON file of at most so many bytes holds, and its bytes; Unfit where it is none."""
    try:
        size = file.stat().st_size
        if size > most:
            raise Unfit("the file", f"has {size:,} bytes; at most {most:,} are read")
        data = file.read_bytes()
    except OSError as error:
        raise Unfit("the file", f"cannot be read: {error.strerror}") from None
    with suppress(ImportError, ValueError):
        import orjson

        return orjson.loads(data), data
    return _parsed(data), data


def _parsed(data: bytes) -> Any:
    """Read JSON slowly: what the fast reader refuses, to say what is wrong with it."""
    try:
        return _DECODER.decode(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unfit("the file", f"is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise Unfit(f"line {error.lineno}", f"not JSON: {error.msg}") from None
    except ValueError as error:  # a whole number of thousands of digits
        raise Unfit("the file", f"holds a number that is none: {error}") from None


def _constant(name: str) -> NoReturn:
    raise Unfit("the file", f"holds {name}, which is no number")


_DECODER = json.JSONDecoder(parse_constant=_constant)


def _long(data: bytes) -> bool:
    """Say whether a stretch without a quote may be longer than a text may be, looking at few places."""
    place = 0
    while place + checks.TEXT < len(data):
        place = data.rfind(b'"', place + 1, place + checks.TEXT + 3)
        if place < 0:
            return True
    return False


def _refuse_long(value: Any, where: str) -> None:
    """Name the field of a text that is too long: it may stand where nothing else looks."""
    if isinstance(value, str):
        if len(value) > checks.TEXT:
            checks.text(value, where)
    elif isinstance(value, dict):
        for key, each in value.items():
            _refuse_long(key, f"{where}, a key")
            _refuse_long(each, f"{where}.{key[: checks.NAME]}".lstrip("."))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            _refuse_long(each, f"{where}[{place}]")


def _check(content: Any) -> None:
    version = member(content, "schema_version", str)
    if version.partition(".")[0] != VERSION:
        raise Unfit("schema_version", f"is {checks.shown(version)}; this xharness reads {VERSION}.x")
    old = version == OLD
    run = member(content, "run", dict)
    _check_run(run)
    if not old:
        member(run, "synthetic", bool, "run")
    tasks = member(content, "tasks", dict)
    for name in tasks:
        checks.name(name, "tasks, a key")
        metric = member(member(tasks, name, dict, "tasks"), "metric", str, f"tasks.{name}")
        for part in metric.split("+"):
            checks.name(part, f"tasks.{name}.metric")
    for name in member(content, "suites", dict):
        checks.name(name, "suites, a key")
    cells = member(content, "cells", list)
    if len(cells) > MOST_CELLS:
        raise Unfit("cells", f"has {len(cells):,} entries; at most {MOST_CELLS:,} are read")
    _check_cells(cells, tasks, old)


def _check_cells(cells: list[Any], tasks: Mapping[str, Any], old: bool) -> None:
    seen: set[Any] = set()
    recipe = None
    for place, cell in enumerate(cells):
        try:
            checks.cell(cell, old)
            if cell["task"] not in tasks:
                raise Unfit("task", f"'{cell['task']}' is none of the file's tasks")
            if recipe is not None and cell.get("recipe") == recipe:
                cell["recipe"] = recipe  # one in nearly all files, which is looked at and held once
            else:
                recipe = member(cell, "recipe", dict)
                checks.name(member(recipe, "name", str, "recipe"), "recipe.name")
                checks.plain(member(recipe, "params", dict, "recipe"), "recipe.params")
            noise = cell.get("noise")
            if noise is not None:
                checks.plain(member(cell, "noise", dict), "noise")
            key = (
                cell["task"],
                cell["language"],
                cell["seed"],
                None if noise is None else json.dumps(noise, sort_keys=True),
            )
            if key in seen:
                raise Unfit("", f"{cell['task']} {cell['language']} with seed {cell['seed']} is there twice")
            seen.add(key)
        except Unfit as error:
            raise Unfit(f"cells[{place}]{'.' if error.field else ''}{error.field}", error.problem) from None


def _check_run(run: Mapping[str, Any]) -> None:
    for key in ("request", "model", "environment"):
        checks.plain(member(run, key, dict, "run"), f"run.{key}")
    wanted = member(run["request"], "model", str, "run.request")
    if wanted.startswith("-"):
        raise Unfit("run.request.model", f"must not begin as an option does, is {checks.shown(wanted)}")
    model = run["model"]
    for key in ("reference", "adapter", "fingerprint", "dtype"):
        member(model, key, str, "run.model")
    checks.name(model["dtype"], "run.model.dtype")
    if member(model, "parameters", int, "run.model") < 0:
        raise Unfit("run.model.parameters", "must not be negative")
    for key in ("revision", "architecture"):
        if model.get(key) is not None:
            member(model, key, str, "run.model")
    if model.get("languages") is not None:
        for code in member(model, "languages", list, "run.model"):
            checks.name(code, "run.model.languages")
    for place, entry in enumerate(member(run, "timing", list, "run")):
        seconds = member(entry, "seconds", object, f"run.timing[{place}]")
        if type(seconds) not in (int, float) or not 0 <= seconds < 1e9:
            raise Unfit(f"run.timing[{place}].seconds", f"must be a time in seconds, is {checks.shown(seconds)}")


def _array(file: Path, metrics: int) -> np.ndarray:
    import numpy as np

    try:
        if file.stat().st_size > _ARRAY_BYTES:
            raise ValueError(f"it has more than {_ARRAY_BYTES:,} bytes")
        # Mapped, so that a header that promises more than there is cannot ask for the memory.
        found = np.lib.format.open_memmap(file, mode="r")
        if found.dtype != np.float32 or found.shape != (metrics, RESAMPLES):
            raise ValueError(f"it holds {found.dtype} of shape {found.shape}")
        array = np.array(found)
        if not (np.abs(array) <= checks.SCALE).all():
            raise ValueError("a number in it is no score")
    except (OSError, ValueError, EOFError, TypeError, SyntaxError) as error:
        raise DataError.at(file, None, f"no replicates of {metrics} x {RESAMPLES}: {error}") from None
    return array
