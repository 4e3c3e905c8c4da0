"""What a format declares: a form in which `xharness export` writes the scores of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Specs(Protocol):
    """What the plugins declare, by group (`tasks`, `suites`, ...) and name."""

    def get(self, group: str, name: str) -> Any:
        """Return the spec of a name; BadRequest where there is none."""

    def all(self, group: str) -> list[Any]:
        """Return the specs of a group in the order of their names."""


@dataclass(frozen=True)
class Export:
    """The contents of files by their paths below the folder, as `a/b.json`.

    `missing` has a line for whatever could not be written, `remarks` for what a reader should know.
    """

    files: Mapping[str, bytes]
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Format:
    """A form in which the scores of a run are handed on.

    `make(run, specs, seed)` gets the folder of a run or its results file, what the plugins declare, and the only seed
    that is meant, None for all; it writes nothing itself. It raises BadRequest where the run cannot be put so.
    """

    name: str
    summary: str
    make: Callable[[Path, Specs, int | None], Export]
    api: int = 1
