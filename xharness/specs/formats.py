"""What a format declares: how `xharness export` writes the scores of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Specs(Protocol):
    """What the plugins declare, by group (`tasks`, `suites`, ...) and name."""

    def get(self, group: str, name: str) -> Any:
        """Return the spec with a name; raise BadRequest if there is none."""

    def all(self, group: str) -> list[Any]:
        """Return the specs of a group in the order of their names."""


@dataclass(frozen=True)
class Export:
    """The files of an export: contents by path relative to the output folder, for example `a/b.json`.

    `missing` has a line for everything that could not be written, `remarks` lines that a reader should know.
    """

    files: Mapping[str, bytes]
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format plugin.

    `make(run, specs, seed)` receives the folder of a run or its results file, the specs of all plugins, and the seed to
    export (None: all). It returns the files and writes nothing. It raises BadRequest if the format cannot hold the run.
    """

    name: str
    summary: str
    make: Callable[[Path, Specs, int | None], Export]
    api: int = 1
