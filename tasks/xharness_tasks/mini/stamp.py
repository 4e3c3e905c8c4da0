"""The stamp beside the output of the demo, by which a second call knows that it would print the same."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

NAME = "demo.json"
_VARIABLES = ("XHARNESS_", "CUDA_", "HOME")
_INSTALLED = (".dist-info", ".egg-info")  # such a name holds the version of a library


def inputs(arguments: Mapping[str, Any], plugins: Iterable[Any]) -> dict[str, Any]:
    """Return what the scores depend on: arguments, environment, versions, and each file of xharness and the plugins.

    `plugins` are those of the registry. Of a file, size and time of change count.
    """
    plugins = list(plugins)
    modules = ["xharness", *(plugin.module.__name__ for plugin in plugins if plugin.module)]
    variables = {name: value for name, value in os.environ.items() if name.startswith(_VARIABLES)}
    return {
        "arguments": dict(arguments),
        "environment": dict(sorted(variables.items())),
        "machine": [os.uname().nodename, sys.version],
        "libraries": sorted(
            each.name for folder in sys.path for each in _entries(folder or ".") if each.name.endswith(_INSTALLED)
        ),
        "plugins": [[plugin.name, plugin.version, plugin.error] for plugin in plugins],
        "files": _files(root for name in modules for root in _roots(sys.modules[name.partition(".")[0]])),
    }


def read(out: Path, inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the stamp stores if the inputs and all files of the folder are those of the stamp, else None."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        stamp = json.loads((out / NAME).read_text(encoding="utf-8"))
        if stamp["inputs"] == _digest(inputs) and stamp["outputs"] == _outputs(out):
            return dict(stamp["shown"])
    return None


def write(out: Path, inputs: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    """Write the stamp of a finished demo, with what a next call shows."""
    new = out / f"{NAME}.{os.getpid()}"
    content = {"shown": shown, "inputs": _digest(inputs), "outputs": _outputs(out)}
    new.write_text(json.dumps(content), encoding="utf-8")
    new.replace(out / NAME)


def _digest(inputs: Mapping[str, Any]) -> str:
    """Return a hash of the inputs: values of variables may be secret."""
    return hashlib.sha256(json.dumps(inputs).encode("utf-8", "backslashreplace")).hexdigest()


def _outputs(out: Path) -> dict[str, list[int]]:
    return {name: about for name, about in _files([str(out)]).items() if not name.startswith(str(out / NAME))}


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Return the entries of a folder; none if it cannot be read."""
    with suppress(OSError):
        return list(os.scandir(folder))
    return []


def _roots(module: Any) -> list[str]:
    """Return the folders of a package, or the file of a module."""
    return list(getattr(module, "__path__", None) or filter(None, [getattr(module, "__file__", None)]))


def _files(roots: Iterable[str]) -> dict[str, list[int]]:
    """Return size and time of change of each file in folders, without bytecode; a root may be a file."""
    found: dict[str, list[int]] = {}
    for root in dict.fromkeys(roots):
        for path, entry in _walked(root) if Path(root).is_dir() else [(root, Path(root))]:
            with suppress(OSError):
                about = entry.stat()
                found[path] = [about.st_size, about.st_mtime_ns]
    return found


def _walked(root: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    for entry in _entries(root):
        if not entry.is_dir(follow_symlinks=False):
            yield entry.path, entry
        elif entry.name != "__pycache__":
            yield from _walked(entry.path)
