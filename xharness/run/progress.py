"""Show the progress of a run on stderr: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from xharness.run.notebook import NotebookLines, in_notebook

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_EVERY = 10.0


class Progress(Protocol):
    """Receives the progress of a run."""

    def begin(self, cells: int, cached: int) -> None:
        """Start the display with the number of cells, of which `cached` are in the store."""

    def stage(self, text: str) -> None:
        """Show the current stage."""

    def note(self, text: str) -> None:
        """Show a line that stays."""

    def tokens(self, n: int) -> None:
        """Count n more computed tokens, without padding."""

    def train(self, report: Mapping[str, Any], work: str = "") -> None:
        """Show a training step: `step`, `total_steps`, and other values of the trainer.

        `work` is the title of the training if other works run at the same time.
        """

    def cell(self, text: str) -> None:
        """Show a finished cell."""

    def end(self) -> None:
        """End the display."""


def progress(quiet: bool = False) -> Progress:
    """Return a live display on a terminal or in a notebook, plain lines otherwise, nothing if `quiet`."""
    if quiet:
        return _Plain(None)
    if in_notebook():
        # Libraries warn that their own progress bars need ipywidgets, which nothing here shows.
        warnings.filterwarnings("ignore", message="IProgress not found")
        return _Plain(NotebookLines())
    return _Live() if sys.stderr.isatty() else _Plain(sys.stderr)


def write_line(text: str, stream: Any = None) -> bool:
    """Write a line to a stream, stderr if None, and return whether that worked.

    Where nobody reads stderr any more (`2>&1 | head`) or its disk is full, the work continues without it.
    """
    try:
        print(text, file=stream or sys.stderr, flush=True)
    except OSError:
        # What is left in the stream's buffer goes nowhere, so that its end raises no error.
        with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), (stream or sys.stderr).fileno())
        return False
    return True


class _Rate:
    """Tokens per second since the last training, and the remaining time at the speed of the cells since then."""

    def __init__(self) -> None:
        self.done = 0
        self.total = 0
        self.restart()

    def trained(self, parallel: bool) -> None:
        """Exclude the time of a training; if other works run at the same time, only while nothing is predicted yet."""
        if not parallel or (not self.tokens and self.done == self.before):
            self.restart()

    def restart(self) -> None:
        self.start = time.monotonic()
        self.tokens = 0
        self.before = self.done

    def speed(self) -> str:
        seconds = max(time.monotonic() - self.start, 1e-9)
        return f"{self.tokens / seconds:,.0f} tokens/s" if self.tokens else ""

    def left(self) -> str:
        fresh = self.done - self.before
        if fresh <= 0 or self.done >= self.total:
            return ""
        seconds = (time.monotonic() - self.start) / fresh * (self.total - self.done)
        return f"about {duration(seconds)} left"


class _Plain:
    """Plain lines: each finished cell, each stage, and training every ten seconds."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._rate = _Rate()
        self._last: dict[str, float] = {}

    def _say(self, *parts: str) -> None:
        if self._stream is not None and not write_line("  ".join(part for part in parts if part), self._stream):
            self._stream = None

    def begin(self, cells: int, cached: int) -> None:
        self._rate.total, self._rate.done = cells, cached
        self._rate.restart()
        of_these = f", {cached} of them cached" if cached else ""
        self._say(f"{counted(cells)}{of_these}" if cells else "no cell can be run")

    def stage(self, text: str) -> None:
        self._say(text)

    note = stage

    def tokens(self, n: int) -> None:
        self._rate.tokens += n

    def train(self, report: Mapping[str, Any], work: str = "") -> None:
        self._rate.trained(parallel=bool(work))
        if time.monotonic() - self._last.get(work, 0.0) >= _EVERY or "dev" in report:
            self._last[work] = time.monotonic()
            self._say(" ", describe_training(report), work)

    def cell(self, text: str) -> None:
        self._rate.done += 1
        self._say(f"[{self._rate.done}/{self._rate.total}]", text, self._rate.speed(), self._rate.left())

    def end(self) -> None:
        self._stream = None


class _Live:
    """A live bar with finished cells, tokens per second and remaining time."""

    def __init__(self) -> None:
        self._rate = _Rate()
        self._bar: RichProgress | None = None
        self._cells: TaskID | None = None

    def begin(self, cells: int, cached: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._rate.total, self._rate.done = cells, cached
        self._rate.restart()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[more]}"),
        )
        self._bar = RichProgress(*columns, console=Console(stderr=True))
        self._cells = self._bar.add_task("cells", total=cells, completed=cached, more="")
        self._bar.start()

    def _update(self, description: str | None = None, more: str = "") -> None:
        if self._bar is None or self._cells is None:
            return
        shown = more or "  ".join(part for part in (self._rate.speed(), self._rate.left()) if part)
        changes: dict[str, Any] = {"completed": self._rate.done, "more": shown}
        self._bar.update(self._cells, **(changes | ({"description": description} if description else {})))

    def stage(self, text: str) -> None:
        self._update(text)

    def note(self, text: str) -> None:
        if self._bar is None:
            write_line(text)
        else:
            self._bar.console.print(text, highlight=False, markup=False)

    def tokens(self, n: int) -> None:
        self._rate.tokens += n
        self._update()

    def train(self, report: Mapping[str, Any], work: str = "") -> None:
        self._rate.trained(parallel=bool(work))
        self._update(work or None, describe_training(report))

    def cell(self, text: str) -> None:
        self._rate.done += 1
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        self._update()

    def end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def counted(number: int, noun: str = "cell") -> str:
    """Return a number with its noun: `1 cell`, `2,000 cells`."""
    return f"{number:,} {noun}{'s'[: number != 1]}"


def describe_training(report: Mapping[str, Any]) -> str:
    """Return a training report as one line."""
    parts = [f"step {report['step']:,}/{report['total_steps']:,}"] if "total_steps" in report else []
    for name, form in (("loss", "{:.3f}"), ("dev", "{:.2f}"), ("tokens_per_second", "{:,.0f}")):
        if report.get(name) is not None:
            parts.append(f"{name.replace('_', ' ')} {form.format(report[name])}")
    return "  ".join(parts)


def duration(seconds: float) -> str:
    """Return seconds as text: `45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
