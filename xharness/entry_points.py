"""Find the entry points of installed distributions, as importlib.metadata does, which takes 30 ms to be imported."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

_VALUE = re.compile(r"(?P<module>[\w.]+)\s*(:\s*(?P<names>[\w.]+))?")
_INFOS = (".dist-info", ".egg-info")


class Point(NamedTuple):
    """An entry point: its name and value (`module` or `module:name`), and its distribution."""

    name: str
    value: str
    distribution: str
    version: str | None

    def load(self) -> Any:
        """Import and return the object; ImportError or AttributeError if it does not exist."""
        match = _VALUE.match(self.value)
        if match is None:
            raise ImportError(f"entry point {self.name} = {self.value}: not of the form module:name")
        module = importlib.import_module(match["module"])
        return reduce(getattr, (match["names"] or "").split(".") if match["names"] else (), module)


def points(group: str) -> list[Point]:
    """Return the entry points of a group; of several distributions with one name the first on sys.path counts."""
    folders = [Path(entry or ".") for entry in sys.path]
    if any(folder.is_file() for folder in folders):  # a zip file
        return _of_metadata(group)
    found, seen = list[Point](), set[str]()
    for info in (info for folder in folders for info in _infos(folder)):
        key = re.sub(r"[-_.]+", "-", re.split(r"-(?=\d)", info.stem)[0]).lower()
        if key not in seen:
            seen.add(key)
            found += _points(info, group)
    return found


def _infos(folder: Path) -> list[Path]:
    """Return the folders of metadata in a folder of sys.path."""
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.name.endswith(_INFOS)]
    except OSError:
        return []


def _points(info: Path, group: str) -> Iterator[Point]:
    section = ""
    about: tuple[str, str | None] | None = None
    for line in _lines(info / "entry_points.txt"):
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == group and "=" in line and not line.startswith(("#", ";")):
            about = about or _about(info)
            name, _, value = line.partition("=")
            yield Point(name.strip(), value.strip(), *about)


def _about(info: Path) -> tuple[str, str | None]:
    """Return the name and version of a distribution, from the headers of its METADATA or PKG-INFO."""
    headers: dict[str, str] = {}
    for line in _lines(info / "METADATA") or _lines(info / "PKG-INFO"):
        if not line:  # the description follows
            break
        name, _, value = line.partition(":")
        headers.setdefault(name.lower(), value.strip())
    return headers.get("name", "unknown"), headers.get("version")


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return []


def _of_metadata(group: str) -> list[Point]:
    from importlib.metadata import entry_points

    found = []
    for each in entry_points(group=group):
        name, version = (each.dist.name, each.dist.version) if each.dist else ("unknown", None)
        found.append(Point(each.name, each.value, name, version))
    return found
