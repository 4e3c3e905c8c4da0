"""The frame of a board: its tasks and suites, and the languages that are averaged for each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xharness import LANGUAGES, Suite, Task, canonical
from xharness_leaderboard.entries import Entry
from xharness_leaderboard.records import Run


@dataclass(frozen=True)
class Frame:
    """The tasks and suites of a board by name; `errors` are the tasks whose score is an error (lower is better)."""

    tasks: Mapping[str, Task]
    suites: Mapping[str, Suite]
    errors: Collection[str] = ()

    def counted(self, suite: str) -> dict[str, tuple[str, ...]]:
        """Return the tasks of a suite with the languages averaged for each, in the order of summation."""
        return {task: codes or self.tasks[task].languages for task, codes in self.suites[suite].tasks.items()}

    def languages(self, task: str) -> tuple[str, ...]:
        """Return the languages averaged for a task: those of the first suite that contains it, or its own."""
        for suite in self.suites.values():
            if task in suite.tasks:
                return suite.tasks[task] or self.tasks[task].languages
        return self.tasks[task].languages

    def columns(self, task: str) -> list[str]:
        """Return the languages averaged for a task in any suite."""
        every = [*self.languages(task), *(code for suite in self.suites for code in self.counted(suite).get(task, ()))]
        return list(dict.fromkeys(every))

    def upward(self, suite: str) -> bool | None:
        """Return whether higher is better in a suite; None if its tasks differ in that."""
        directions = {task not in self.errors for task in self.suites[suite].tasks}
        return directions.pop() if len(directions) == 1 else None

    def content(self) -> dict[str, Any]:
        """Return the parts of leaderboard.json that describe tasks, suites and languages."""
        codes = sorted({code for task in self.tasks for code in self.columns(task)})
        return {
            "languages": {code: _language(code) for code in codes},
            "tasks": {name: self._task(name) for name in sorted(self.tasks)},
            "suites": {name: self._suite(name) for name in sorted(self.suites)},
        }

    def _task(self, name: str) -> dict[str, Any]:
        task = self.tasks[name]
        return {
            "kind": task.kind.name,
            "metric": "+".join(task.headline_names),
            "higher_is_better": name not in self.errors,
            "languages": self.columns(name),
            "parallel": task.parallel,
        }

    def _suite(self, name: str) -> dict[str, Any]:
        suite = self.suites[name]
        return {
            "tasks": {task: list(codes) for task, codes in self.counted(name).items()},
            "groups": {group: list(tasks) for group, tasks in suite.groups.items()},
            "higher_is_better": self.upward(name),
            **({"weights": dict(suite.weights)} if suite.weights else {}),
        }


def _language(code: str) -> dict[str, Any]:
    known = LANGUAGES.get(canonical(code))
    return {
        "name": known.name if known else code,
        "native": known.native if known else code,
        "family": known.family if known else None,
        "script": known.script if known else None,
        "right_to_left": known is not None and known.direction == "rtl",
    }


def framed(
    runs: Sequence[Run],
    entries: Sequence[Entry],
    tasks: Mapping[str, Task],
    suites: Mapping[str, Suite],
    errors: Collection[str],
    chosen: Collection[str] = (),
) -> Frame:
    """Return the frame of a board: suites that a run requested or an entry completes, and all measured tasks.

    With `chosen`, names of suites, it has exactly these and their tasks.
    """
    if chosen:
        only = {name: suites[name] for name in sorted(chosen)}
        names = sorted({task for suite in only.values() for task in suite.tasks})
        return Frame({name: tasks[name] for name in names}, only, errors)
    requested = {name for run in runs for name in run.content["suites"]}
    known = {name: suite for name, suite in sorted(suites.items()) if tasks.keys() >= suite.tasks.keys()}
    every = Frame(tasks, known, errors)
    shown = {
        name: suite
        for name, suite in known.items()
        if name in requested or any(_completes(each, every.counted(name)) for each in entries)
    }
    measured = {task for entry in entries for task, _ in entry.cells}
    names = sorted(measured.union(*(suite.tasks for suite in shown.values())) & tasks.keys())
    return Frame({name: tasks[name] for name in names}, shown, errors)


def _completes(entry: Entry, counted: Mapping[str, Sequence[str]]) -> bool:
    return all((task, code) in entry.basis for task, codes in counted.items() for code in codes)
