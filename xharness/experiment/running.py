"""Carrying an experiment out: each row is an ordinary run in a folder of its own, all through one store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from xharness.errors import BadParameter, BadRequest, UnknownName, XHarnessError, reason_of
from xharness.experiment.files import Experiment, Sweep
from xharness.experiment.grid import ExperimentRow
from xharness.experiment.layer_embedding import embed_all
from xharness.experiment.scores import Scores
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.request import Resolved, resolve
from xharness.run.preparing import prepare
from xharness.run.progress import Progress, progress
from xharness.run.runner import Runner
from xharness.run.searches.vector_search import LAYER
from xharness.store.artifacts import Store
from xharness.store.pruning import drop_vectors, vector_folders

_SLIPS = (UnknownName, BadParameter)
"""The user's mistakes, which are wrong for every target: a row with one is refused before any work."""


@dataclass(frozen=True, kw_only=True)
class ExperimentRun:
    """A run of an experiment: a row, or with `task` and `layer` one that reads a row's vectors from that layer.

    Without a plan, `reason` says why it cannot be run.
    """

    row: ExperimentRow
    plan: Plan | None
    reason: str | None = None
    task: str | None = None
    layer: int | None = None

    @property
    def title(self) -> str:
        """Say in a few words what is run."""
        return self.row.name if self.task is None else f"{self.row.name}, {self.task} from layer {self.layer}"

    @property
    def folder(self) -> Path:
        """Return the run's folder below that of the experiment."""
        if self.task is None:
            return Path("rows") / self.row.name
        return Path("sweep") / self.row.name / f"{self.task}-layer-{self.layer}"


def parts_of(experiment: Experiment, registry: Registry) -> list[ExperimentRun]:
    """Plan every row, and the layers of each after it; nothing is run.

    A row that its recipe refuses is a part with the reason. Raises BadRequest for the baseline so, and in any row for
    names, models and data that are not there, and parameters that a recipe does not take.
    """
    parts = []
    for row in experiment.rows:
        try:
            resolved = resolve(row.request, registry)
        except BadRequest as error:
            raise BadRequest(f"row '{row.name}': {error}") from error
        try:
            plan = prepare(resolved, registry)
            if slip := next((error for error in plan.skipped.values() if isinstance(error, _SLIPS)), None):
                raise slip
            parts.append(ExperimentRun(row=row, plan=plan))
        except _SLIPS as error:
            raise error.after(f"row '{row.name}': ") from error
        except BadRequest as error:
            if row.name == experiment.baseline:
                raise BadRequest(f"row '{row.name}', the baseline: {error}") from error
            parts.append(ExperimentRun(row=row, plan=None, reason=str(error)))
            continue
        if experiment.sweep:
            parts += _layers(row, resolved, experiment.sweep, registry)
    return parts


def _layers(row: ExperimentRow, resolved: Resolved, sweep: Sweep, registry: Registry) -> Iterator[ExperimentRun]:
    languages = {task.name: codes for task, codes in resolved.targets}
    for name in sweep.tasks:
        kind = registry.get("tasks", name).kind
        if kind.search is None or kind.needs_finetuning:
            raise BadRequest(
                f"sweep: task '{name}' ({kind.name}) has no hidden layer to select; give tasks that compare vectors "
                "and are not fine-tuned"
            )
        if name not in languages:
            continue
        last = resolved.info.layers
        for layer in sweep.layers or range(last + 1):
            if not 0 <= layer <= last:
                raise BadRequest(f"sweep, row '{row.name}': layer {layer}: the model has 0 (embeddings) to {last}")
            request = replace(
                row.request,
                suite=None,
                tasks=(name,),
                languages=languages[name],
                families=(),
                scripts=(),
                seen=None,
                params={**row.request.params, LAYER: str(layer)},
            )
            try:
                plan = prepare(resolve(request, registry), registry)
            except BadRequest as error:
                raise BadRequest(f"sweep, row '{row.name}': {error}") from error
            yield ExperimentRun(row=row, plan=plan, task=name, layer=layer)


def run_parts(
    parts: Sequence[ExperimentRun], registry: Registry, store: Store, out: Path, display: Callable[[str], Progress]
) -> list[Scores | None]:
    """Run what can be run, and return its results part by part; `display` makes what is told of a part's progress.

    Raises StoreError where something cannot be saved. What failed is in the results.
    """
    for part in parts:
        if part.plan is None:
            display(f"{part.title} cannot be run: {part.reason}")
    found: list[Scores | None] = []
    known = vector_folders(store)
    later = iter(_needed_later(parts))
    for _, together in groupby(parts, key=lambda part: (part.row.name, part.task)):
        group = list(together)
        if name := group[0].task:
            display(f"{group[0].row.name}, {name} by hidden layer")
        embed_all([(part.layer, part.plan) for part in group if part.plan and part.layer is not None], registry, store)
        found += [_run(part, registry, store, out, display, next(later)) for part in group]
        if not group[0].row.request.keep_checkpoints:
            drop_vectors(store, known)
    return found


def _run(
    part: ExperimentRun,
    registry: Registry,
    store: Store,
    out: Path,
    display: Callable[[str], Progress],
    keep: frozenset[str],
) -> Scores | None:
    if part.plan is None:
        return None
    folder = out / part.folder
    told = display(part.title) if part.task is None else progress(quiet=True)
    runner = Runner(part.plan, registry, store, folder, told, keep)
    try:
        return Scores(folder, runner.run())
    except XHarnessError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other rows go on
        display(f"{part.title} ended before its time: {reason_of(error)}")
        return Scores(folder, runner.recorder.content(reason_of(error)))


def _needed_later(parts: Sequence[ExperimentRun]) -> Iterable[frozenset[str]]:
    """Return for each part the keys of stages that a later one needs."""
    found = [frozenset[str]()]
    for part in reversed(parts[1:]):
        found.append(found[-1] | (part.plan.jobs.keys() if part.plan else frozenset()))
    return reversed(found)
