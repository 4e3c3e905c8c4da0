"""Find and import plugins; a failing plugin is recorded and does not stop the others."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.entry_points import Point, points
from xharness.errors import BadRequest, XHarnessError

API_VERSION = 1
"""The version of the plugin API, which a plugin may name: `xharness_api = 1` in its module."""
BUILT_IN = "xharness"


@dataclass
class Plugin:
    """A plugin and the outcome of loading it.

    `distribution` is the installed package that provides it, or the name of its file or module. `seconds` is the time
    of its import and hooks; `error` is the last line of the traceback if one of them failed.
    """

    name: str
    distribution: str
    version: str | None = None
    module: Any = None
    seconds: float = 0.0
    error: str | None = None

    @property
    def built_in(self) -> bool:
        """Return whether the plugin is part of xharness."""
        return self.distribution == BUILT_IN

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Time the block; record an exception in `error` instead of raising it."""
        start = time.perf_counter()
        try:
            yield
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything; none may stop the rest
            self.error = _last_line(error)
        finally:
            self.seconds += time.perf_counter() - start


def _last_line(error: BaseException) -> str:
    if isinstance(error, XHarnessError):
        return str(error)
    import traceback

    line = traceback.format_exception_only(error)[-1].strip()
    if isinstance(error, SyntaxError):
        return f"{line} ({error.filename}:{error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if Path(frame.filename).parent != Path(__file__).parent]
    where = f" ({outside[-1].filename}:{outside[-1].lineno})" if outside else ""
    return " ".join(line.split()) + where


def installed(only: set[str] | None = None) -> list[Plugin]:
    """Import the installed plugins, built-ins first; `only` selects third-party plugins by name or distribution."""
    found = sorted(points("xharness"), key=lambda point: (point.distribution != BUILT_IN, point.name))
    selected = [point for point in found if only is None or point.distribution == BUILT_IN or _wanted(point, only)]
    return [_imported(point) for point in selected]


def _wanted(point: Point, only: set[str]) -> bool:
    return bool({point.name, point.distribution} & only)


def _imported(point: Point) -> Plugin:
    owner = point.distribution
    plugin = Plugin(name=f"{owner}.{point.name}", distribution=owner, version=point.version)
    with plugin.guarded():
        plugin.module = point.load()
    return _checked(plugin, point.value.partition(":")[0].strip())


def named(reference: str) -> Plugin:
    """Import a plugin by the path of a file or package, or by module name; BadRequest if it does not exist."""
    if reference.endswith(".py") or "/" in reference:
        path = Path(reference)
        return _from_package(path) if (path / "__init__.py").is_file() else _from_file(path)
    try:
        exists = importlib.util.find_spec(reference) is not None
    except ModuleNotFoundError:
        exists = False
    if not exists:
        raise BadRequest(f"plugin '{reference}': no such module; give an importable module name or path/to/file.py")
    plugin = Plugin(name=reference, distribution=reference)
    with plugin.guarded():
        plugin.module = importlib.import_module(reference)
    return _checked(plugin, reference)


def _from_package(path: Path) -> Plugin:
    """Import the package in a folder, under its own name: its modules import each other by it."""
    folder = path.resolve()
    plugin = Plugin(name=str(path), distribution=folder.name)
    with plugin.guarded():
        if str(folder.parent) not in sys.path:
            sys.path.append(str(folder.parent))
        plugin.module = importlib.import_module(folder.name)
    return plugin


def _from_file(path: Path) -> Plugin:
    if not path.is_file():
        raise BadRequest(f"plugin '{path}': no such file; give an importable module name or path/to/file.py")
    plugin = Plugin(name=str(path), distribution=path.stem)
    spec = importlib.util.spec_from_file_location(f"xharness_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadRequest(f"plugin '{path}': not a Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    with plugin.guarded():
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        plugin.module = module
    return _checked(plugin, path)


def _checked(plugin: Plugin, source: str | Path) -> Plugin:
    """Set the error of a plugin for another API version, also if its import fails for this reason."""
    version = getattr(plugin.module, "xharness_api", API_VERSION)
    if plugin.error is not None and not plugin.built_in:
        version = _named_version(source)
    if version != API_VERSION:
        plugin.error = (
            f"it is written for version {version} of the plugin API, and this xharness has version {API_VERSION}; "
            "install a version of the plugin or of xharness that fits the other"
        )
    return plugin


def _named_version(source: str | Path) -> int:
    """Return the API version in the source of a module that cannot be imported."""
    with suppress(ImportError, ValueError, OSError):
        spec = importlib.util.find_spec(source) if isinstance(source, str) else None
        file = Path(spec.origin or "") if spec else Path(source)
        if match := re.search(r"^xharness_api\s*=\s*(\d+)", file.read_text(encoding="utf-8"), flags=re.M):
            return int(match[1])
    return API_VERSION
