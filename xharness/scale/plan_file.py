"""A plan file: the works of one or several plans as JSON lines, so that a worker needs nothing but the store.

The first line describes the file, the next ones are the descriptions of plans, from which a worker recreates them, and
each line after these is a work. The last line has the number of lines before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, StoreError
from xharness.specs.works import Work
from xharness.store.publishing import patient, publish

FOLDER, FILE = "plans", "plan.jsonl"
_FORMAT, _VERSION = "xharness-plan", 1


@dataclass(frozen=True)
class PlanFile:
    """A saved plan: its folder in the store, and its works, each after the works that it needs."""

    folder: Path
    works: tuple[Work, ...]

    @property
    def name(self) -> str:
        """Return the name of the plan."""
        return self.folder.name


def folder_of(root: Path, name: str) -> Path:
    """Return the folder of a plan in the store `root`; BadRequest if the name cannot be that of a folder."""
    if not re.fullmatch(r"[A-Za-z0-9_+][A-Za-z0-9._+-]*", name):
        raise BadRequest(f"plan name '{name}': use letters, digits and . _ + - only")
    return root / FOLDER / name


def names(root: Path) -> list[str]:
    """Return the names of the plans in a store."""
    return sorted(path.parent.name for path in (root / FOLDER).glob(f"*/{FILE}"))


def write(folder: Path, works: Sequence[Work]) -> PlanFile:
    """Write a plan file; BadRequest if the folder has one with other works."""
    folder.mkdir(parents=True, exist_ok=True)
    if not publish(folder / FILE, _content(works)) and _plain(read(folder).works) != _plain(works):
        raise BadRequest(f"plan '{folder.name}' exists with other works: {folder}; choose another name")
    return PlanFile(folder, tuple(works))


def read(folder: Path) -> PlanFile:
    """Read a plan file; BadRequest if there is none, StoreError if it is not complete."""
    path = folder / FILE
    try:
        lines = patient(path.read_bytes).split(b"\n")
    except FileNotFoundError as error:
        known = ", ".join(names(folder.parents[1])) or "none; save one with `xharness plan ... --save`"
        raise BadRequest(f"no plan '{folder.name}' in {folder.parents[1]}; plans there: {known}") from error
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}; try again") from error
    try:
        return PlanFile(folder, tuple(_works(lines)))
    except (ValueError, TypeError, LookupError) as error:
        raise StoreError(f"{path} is not a complete plan file; delete {folder} and save the plan again") from error


def _content(works: Sequence[Work]) -> bytes:
    plans = list(dict.fromkeys(work.plan for work in works))
    number = {plan: index for index, plan in enumerate(plans)}
    lines: list[Any] = [{"format": _FORMAT, "version": _VERSION, "plans": len(plans), "works": len(works)}]
    lines += plans
    for work in works:
        lines.append([work.key, number[work.plan], work.seconds, work.title, work.needs, work.jobs])
    lines.append(len(lines))
    return b"".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in lines)


def _works(lines: Sequence[bytes]) -> Iterable[Work]:
    head, last = json.loads(lines[0]), json.loads(lines[-2])
    if (head["format"], head["version"]) != (_FORMAT, _VERSION) or last != len(lines) - 2:
        raise ValueError
    first = 1 + head["plans"]
    plans = [json.loads(line) for line in lines[1:first]]
    for line in lines[first : first + head["works"]]:
        key, plan, seconds, title, needs, jobs = json.loads(line)
        yield Work(key=key, needs=tuple(needs), title=title, plan=plans[plan], jobs=tuple(jobs), seconds=float(seconds))


def _plain(works: Iterable[Work]) -> list[Work]:
    return [replace(work, seconds=0.0) for work in works]
