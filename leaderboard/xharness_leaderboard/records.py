"""Read runs; an invalid or hostile results file is refused, naming the invalid field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from xharness import BadRequest, DataError, upgraded
from xharness.metrics.bootstrap import RESAMPLES
from xharness_leaderboard import checks
from xharness_leaderboard.checks import Unfit, member

if TYPE_CHECKING:
    import numpy as np

RESULTS, VERSION, OLD = "results.json", "1", "1.0"
MOST_BYTES, MOST_CELLS = 256 * 2**20, 100_000
_ARRAY_BYTES = 2**20


@dataclass(frozen=True)
class Run:
    """A results file that was read and checked: `path` as it was given, `content` in the form of schema 1.1."""

    path: Path
    content: Mapping[str, Any] = field(repr=False)

    def replicates(self, cell: Mapping[str, Any]) -> np.ndarray | None:
        """Return the bootstrap replicates of a cell's headline metrics, float32 of shape (metrics, resamples).

        None if the run has no replicates or their file is missing. Raises DataError if the file is invalid or outside
        of the run folder.
        """
        name = cell.get("replicates")
        if name is None:
            return None
        file = (self._folder / name).resolve()
        if not file.is_relative_to(self._folder):
            raise DataError.at(self.path, None, f"replicates '{name}' are outside of the run folder")
        return _array(file, len(self.content["tasks"][cell["task"]]["metric"].split("+"))) if file.is_file() else None

    @cached_property
    def _folder(self) -> Path:
        return self.path.parent.resolve()


def read(path: str | Path) -> Run:
    """Read the results file of a run, given the file or its folder.

    Raises BadRequest if it does not exist, and DataError with file and field if it is not a valid results file.
    """
    file = _file(path)
    try:
        return _run(file)
    except Unfit as error:
        raise DataError.at(file, None, str(error)) from None


def read_all(paths: Iterable[str | Path]) -> tuple[list[Run], list[dict[str, str]]]:
    """Read runs, each once, in order of path; also return the refused files as {file, reason}.

    Raises BadRequest if a path has no results file.
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
    expanded = Path(path).expanduser()
    file = expanded / RESULTS if expanded.is_dir() else expanded
    if not file.is_file():
        raise BadRequest(f"run '{path}': no {RESULTS}; give the output folder of `xharness run` (--out)")
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
    """Return the content and the bytes of a JSON file of at most `most` bytes; raise Unfit if it is not valid."""
    try:
        size = file.stat().st_size
        if size > most:
            raise Unfit("the file", f"has {size:,} bytes, the maximum is {most:,}")
        data = file.read_bytes()
    except OSError as error:
        raise Unfit("the file", f"cannot be read ({error.strerror})") from None
    with suppress(ImportError, ValueError):
        import orjson

        return orjson.loads(data), data
    return _parsed(data), data


def _parsed(data: bytes) -> Any:
    """Parse JSON with precise errors, after the fast parser has failed."""
    try:
        return _DECODER.decode(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unfit("the file", f"is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise Unfit(f"line {error.lineno}", f"not JSON: {error.msg}") from None
    except ValueError as error:  # an integer with thousands of digits
        raise Unfit("the file", f"contains an invalid number: {error}") from None


def _constant(name: str) -> NoReturn:
    raise Unfit("the file", f"contains {name}, which is not valid JSON")


_DECODER = json.JSONDecoder(parse_constant=_constant)


def _long(data: bytes) -> bool:
    """Return whether the data may contain a text above the maximum length; a fast check of the distances of quotes."""
    offset = 0
    while offset + checks.TEXT < len(data):
        offset = data.rfind(b'"', offset + 1, offset + checks.TEXT + 3)
        if offset < 0:
            return True
    return False


def _refuse_long(value: Any, where: str) -> None:
    """Raise Unfit for a text that is too long, also in fields that are not checked otherwise."""
    if isinstance(value, str):
        if len(value) > checks.TEXT:
            checks.text(value, where)
    elif isinstance(value, dict):
        for key, each in value.items():
            _refuse_long(key, f"{where}, a key")
            _refuse_long(each, f"{where}.{key[: checks.NAME]}".lstrip("."))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _refuse_long(each, f"{where}[{index}]")


def _check(content: Any) -> None:
    version = member(content, "schema_version", str)
    if version.partition(".")[0] != VERSION:
        raise Unfit("schema_version", f"is {checks.shown(version)}; this version of xharness reads {VERSION}.x")
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
    for index, cell in enumerate(cells):
        try:
            checks.cell(cell, old)
            if cell["task"] not in tasks:
                raise Unfit("task", f"'{cell['task']}' is not in `tasks` of the file")
            if recipe is not None and cell.get("recipe") == recipe:
                cell["recipe"] = recipe  # almost all files have one recipe; check and store it once
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
                raise Unfit("", f"duplicate cell {cell['task']} {cell['language']} with seed {cell['seed']}")
            seen.add(key)
        except Unfit as error:
            raise Unfit(f"cells[{index}]{'.' if error.field else ''}{error.field}", error.problem) from None


def _check_run(run: Mapping[str, Any]) -> None:  # noqa: C901 - one branch a field
    for key in ("request", "model", "environment"):
        checks.plain(member(run, key, dict, "run"), f"run.{key}")
    requested = member(run["request"], "model", str, "run.request")
    if requested.startswith("-"):
        raise Unfit("run.request.model", f"must not start with '-' like an option, is {checks.shown(requested)}")
    model = run["model"]
    for key in ("reference", "adapter", "fingerprint", "dtype"):
        member(model, key, str, "run.model")
    checks.name(model["dtype"], "run.model.dtype")
    if not 0 <= member(model, "parameters", int, "run.model") < checks.MOST:
        raise Unfit("run.model.parameters", f"must be from 0 to 2**53, is {checks.shown(model['parameters'])}")
    for key in ("revision", "architecture"):
        if model.get(key) is not None:
            member(model, key, str, "run.model")
    if model.get("languages") is not None:
        for code in member(model, "languages", list, "run.model"):
            checks.name(code, "run.model.languages")
    for index, plugin in enumerate(member(run, "plugins", list, "run")):
        _check_plugin(plugin, f"run.plugins[{index}]")
    for index, entry in enumerate(member(run, "timing", list, "run")):
        seconds = member(entry, "seconds", object, f"run.timing[{index}]")
        if type(seconds) not in (int, float) or not 0 <= seconds < 1e9:
            raise Unfit(f"run.timing[{index}].seconds", f"must be a time in seconds, is {checks.shown(seconds)}")


def _check_plugin(plugin: Any, field: str) -> None:
    for key in ("name", "distribution"):
        checks.text(member(plugin, key, str, field), f"{field}.{key}")
    for key in ("version", "error"):
        if plugin.get(key) is not None:
            checks.text(plugin[key], f"{field}.{key}")


def _array(file: Path, metrics: int) -> np.ndarray:
    import numpy as np

    try:
        if file.stat().st_size > _ARRAY_BYTES:
            raise ValueError(f"the file has more than {_ARRAY_BYTES:,} bytes")
        with file.open("rb") as content:
            version = np.lib.format.read_magic(content)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = header(content)
            if dtype != np.float32 or shape != (metrics, RESAMPLES):
                raise ValueError(f"the file contains {dtype} of shape {shape}")
            array = np.frombuffer(content.read(), dtype).reshape(shape, order="F" if fortran else "C")
        if not (np.abs(array) <= checks.SCALE).all():
            raise ValueError("a value is not a score from 0 to 100")
    except (OSError, ValueError, EOFError, TypeError, SyntaxError) as error:
        problem = f"not float32 replicates of shape ({metrics}, {RESAMPLES}): {error}"
        raise DataError.at(file, None, problem) from None
    return array
