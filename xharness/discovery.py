"""Finding and importing plugins, each under guard."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest

API_VERSION = 1
BUILT_IN = "xharness"


@dataclass
class Plugin:
    """A plugin and how its loading went.

    `distribution` is the installed package that brings it, or the file's or module's name. `seconds` is what its
    import and its hooks took; `error` is the last line of a failure's traceback.
    """

    name: str
    distribution: str
    version: str | None = None
    module: Any = None
    seconds: float = 0.0
    error: str | None = None

    @property
    def built_in(self) -> bool:
        """Say whether the plugin comes with xharness itself."""
        return self.distribution == BUILT_IN

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Time what is done with the plugin, and record its failure instead of raising it."""
        start = time.perf_counter()
        try:
            yield
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything; none may stop the rest
            self.error = _last_line(error)
        finally:
            self.seconds += time.perf_counter() - start


def _last_line(error: BaseException) -> str:
    line = traceback.format_exception_only(error)[-1].strip()
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if Path(frame.filename).parent != Path(__file__).parent]
    where = f" ({outside[-1].filename}:{outside[-1].lineno})" if outside else ""
    return " ".join(line.split()) + where


def installed(only: set[str] | None = None) -> list[Plugin]:
    """Import the installed plugins, the built-ins first; `only` limits the third parties by name or distribution."""
    points = sorted(entry_points(group="xharness"), key=lambda point: (_owner(point) != BUILT_IN, point.name))
    chosen = [point for point in points if only is None or _owner(point) == BUILT_IN or _wanted(point, only)]
    return [_imported(point) for point in chosen]


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "unknown"


def _wanted(point: EntryPoint, only: set[str]) -> bool:
    return bool({point.name, _owner(point)} & only)


def _imported(point: EntryPoint) -> Plugin:
    owner = _owner(point)
    plugin = Plugin(
        name=f"{owner}.{point.name}", distribution=owner, version=point.dist.version if point.dist else None
    )
    with plugin.guarded():
        plugin.module = point.load()
    return plugin


def named(reference: str) -> Plugin:
    """Import a plugin by the path of its file, or by its module's name; BadRequest where there is none."""
    if reference.endswith(".py") or "/" in reference:
        return _from_file(Path(reference))
    try:
        found = importlib.util.find_spec(reference) is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        raise BadRequest(
            f"plugin '{reference}': no such module; give a module that can be imported, or path/to/file.py"
        )
    plugin = Plugin(name=reference, distribution=reference)
    with plugin.guarded():
        plugin.module = importlib.import_module(reference)
    return plugin


def _from_file(path: Path) -> Plugin:
    if not path.is_file():
        raise BadRequest(f"plugin '{path}': no such file")
    plugin = Plugin(name=str(path), distribution=path.stem)
    spec = importlib.util.spec_from_file_location(f"xharness_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadRequest(f"plugin '{path}': not a Python file")
    module = importlib.util.module_from_spec(spec)
    with plugin.guarded():
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        plugin.module = module
    return plugin
