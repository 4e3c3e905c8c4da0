"""Checks of an executor: which works it performs, in which order, and what it makes of failures."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from xharness.errors import BadRequest, StoreError
from xharness.scale.plan_file import FOLDER as PLANS_FOLDER
from xharness.specs.executors import Executor, Resources
from xharness.specs.works import EmitFor, Ended, Event, Failed, Reported, Started, Work
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed

_STEPS = 3
_BROKEN, _FATAL = "broken", "fatal"


@dataclass(frozen=True)
class Performing:
    """Performs works of the check: it notes each in a file, and emits events. It can be pickled."""

    folder: str

    def __call__(self, work: Work, emit: EmitFor) -> bool:
        """Note and perform a work; False for the broken one, StoreError for the fatal one."""
        with (Path(self.folder) / "performed.txt").open("a", encoding="utf-8") as file:
            file.write(f"{work.key} {os.getpid()}\n")
        if work.key == _FATAL:
            raise StoreError("no space left")
        emit(work.key, Started())
        for step in range(_STEPS):
            emit(work.key, Reported({"step": step}))
        if work.key == _BROKEN:
            emit(work.key, Failed("no luck"))
        emit(work.key, Ended(0.0, 0))
        return work.key != _BROKEN


@dataclass
class Performed:
    """What an executor did: the keys in order, the events by key, and the error that `run` raised."""

    keys: list[str] = field(default_factory=list)
    events: dict[str, list[Event]] = field(default_factory=dict)
    error: Exception | None = None


def each_work_is_performed_once(executor: Executor, bench: Bench) -> Iterator[Problem]:
    """Each work whose needs succeed is performed exactly once before `run` returns."""
    keys = _done(executor, bench).keys
    for key in ("first", "second", "third", _BROKEN):
        if keys.count(key) != 1:
            yield failed(f"the work '{key}' is performed {keys.count(key)} times; perform each of `Schedule` once")


def needs_come_first(executor: Executor, bench: Bench) -> Iterator[Problem]:
    """A work is performed after the works that it needs."""
    keys = _done(executor, bench).keys
    for work in _works():
        for need in work.needs:
            if work.key in keys and (need not in keys or keys.index(need) > keys.index(work.key)):
                yield failed(
                    f"the work '{work.key}' starts before '{need}', which it needs; take works from `Schedule`"
                )


def events_keep_their_order(executor: Executor, bench: Bench) -> Iterator[Problem]:
    """The events of a work arrive under its key, all of them, in their order."""
    expected = [Started(), *(Reported({"step": step}) for step in range(_STEPS)), Ended(0.0, 0)]
    for key in ("first", "second"):
        found = _done(executor, bench).events.get(key, [])
        if found != expected:
            names = ", ".join(type(event).__name__ for event in found) or "none"
            yield failed(f"the events of the work '{key}' arrive as {names}; pass each to `emit` in its order")


def a_failure_stays_with_its_own(executor: Executor, bench: Bench) -> Iterator[Problem]:
    """After a work that fails, works that need it are not performed, and the others are."""
    done = _done(executor, bench)
    if done.error:
        yield failed(f"`run` raises {type(done.error).__name__} after a work that fails; continue with the others")
    if "hopeless" in done.keys:
        yield failed("a work is performed although the work that it needs failed; call `Schedule.end(work, ok)`")
    if "last" not in done.keys:
        yield failed("a work that needs nothing is not performed after another fails; continue with the others")


def errors_end_the_run(executor: Executor, bench: Bench) -> Iterator[Problem]:
    """An exception that `perform` raises, such as a full disk, is raised by `run`."""
    works = [_work(_FATAL), _work("first")]
    done = _run(executor, works, bench, "fatal")
    if not isinstance(done.error, StoreError):
        what = f"raises {type(done.error).__name__}" if done.error else "returns"
        yield failed(f"`run` {what} when `perform` raises StoreError; end all that was started, and raise it again")


def nothing_to_do_is_handled(executor: Executor, bench: Bench) -> Iterator[Problem]:
    """`run` returns at once if there are no works."""
    done = _run(executor, [], bench, "nothing")
    if done.error:
        yield failed(f"`run` raises {type(done.error).__name__} without works; return")


def _work(key: str, *needs: str) -> Work:
    return Work(key=key, needs=needs, title=key, plan="{}", jobs=(key,))


def _works() -> list[Work]:
    return [
        _work("first"), _work("second", "first"), _work("third", "first", "second"), _work(_BROKEN),
        _work("hopeless", _BROKEN), _work("last"),
    ]  # fmt: skip


def _done(executor: Executor, bench: Bench) -> Performed:
    done: Performed = bench.once(("executor", executor.name), lambda: _run(executor, _works(), bench, "works"))
    return done


def _run(executor: Executor, works: list[Work], bench: Bench, name: str) -> Performed:
    folder = bench.folder / f"{executor.name}-{name}"
    folder.mkdir(parents=True)
    done, lock = Performed(), threading.Lock()

    def emit(key: str, event: Event) -> None:
        with lock:
            done.events.setdefault(key, []).append(event)

    try:
        executor.run(works, Performing(str(folder)), emit, _resources(executor, folder))
    except BadRequest as error:
        raise Skip(f"the executor cannot run here: {error}") from error
    except Exception as error:  # noqa: BLE001 - it is what is checked
        done.error = error
    if (folder / "store" / PLANS_FOLDER).exists():
        raise Skip("the executor gives a saved plan to another system, whose workers cannot perform these works")
    noted = folder / "performed.txt"
    done.keys = [line.split()[0] for line in noted.read_text("utf-8").splitlines()] if noted.exists() else []
    return done


def _resources(executor: Executor, folder: Path) -> Resources:
    params = {name: param.default for name, param in executor.params.items()}
    return Resources(workers=2, device="cpu", store=str(folder / "store"), params=params)


CHECKS = checks(
    "executors",
    each_work_is_performed_once,
    needs_come_first,
    events_keep_their_order,
    a_failure_stays_with_its_own,
    errors_end_the_run,
    nothing_to_do_is_handled,
)
