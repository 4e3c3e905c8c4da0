"""Run an experiment: each row is an ordinary run in its own folder, and all rows share one store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from xharness.data.hub.cache import HubCache
from xharness.errors import BadParameter, BadRequest, NotFetched, UnknownName, XHarnessError, reason_of
from xharness.experiment.files import Experiment, Sweep
from xharness.experiment.grid import ExperimentRow
from xharness.experiment.layer_embedding import embed_all
from xharness.experiment.scores import Scores
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.request import Resolved, resolve
from xharness.run.context import Context
from xharness.run.fetching import check_offline, offline_errors
from xharness.run.preparing import prepare
from xharness.run.progress import Progress, progress
from xharness.run.reaching import check_reachable
from xharness.run.runner import Runner
from xharness.run.searches.vector_search import LAYER
from xharness.store.artifacts import Store

_SLIPS = (UnknownName, BadParameter, NotFetched)
"""Mistakes of the user that affect every target, and what an offline run lacks: the experiment is refused."""


@dataclass(frozen=True, kw_only=True)
class ExperimentRun:
    """A run of an experiment: a row, or with `task` and `layer`, a row with vectors from that layer.

    If `plan` is None, `reason` says why the part cannot be run.
    """

    row: ExperimentRow
    plan: Plan | None
    reason: str | None = None
    task: str | None = None
    layer: int | None = None

    @property
    def title(self) -> str:
        """Return a title of the run in a few words."""
        return self.row.name if self.task is None else f"{self.row.name}, {self.task} from layer {self.layer}"

    @property
    def folder(self) -> Path:
        """Return the run's folder below that of the experiment."""
        if self.task is None:
            return Path("rows") / self.row.name
        return Path("sweep") / self.row.name / f"{self.task}-layer-{self.layer}"


def parts_of(experiment: Experiment, registry: Registry, hub: HubCache | None = None) -> list[ExperimentRun]:
    """Plan every row, followed by its layers; nothing is run. `hub` replaces the cache of the hub.

    A row that the recipe refuses becomes a part with the reason. Raises BadRequest if the recipe refuses the baseline,
    and in any row for unknown names, missing models and data, and invalid parameters.
    """
    with offline_errors(lambda: f"xharness fetch --config {experiment.name}.toml --to DIR"):
        parts = list(_parts(experiment, registry, hub))
        check_offline((part.plan for part in parts if part.plan), registry)
    return parts


def each_plan(experiment: Experiment, registry: Registry, take: Callable[[Plan], object]) -> None:
    """Plan the rows one after the other and call `take` with each plan; none is kept. Raises as `parts_of`."""

    def taken() -> Iterator[Plan]:
        for part in _parts(experiment, registry, None):
            if part.plan:
                yield part.plan
                take(part.plan)

    with offline_errors(lambda: f"xharness fetch --config {experiment.name}.toml --to DIR"):
        check_offline(taken(), registry)


def _parts(experiment: Experiment, registry: Registry, hub: HubCache | None) -> Iterator[ExperimentRun]:
    for row in experiment.rows:
        try:
            resolved = resolve(row.request, registry, hub=hub)
        except BadRequest as error:
            raise error.after(f"row '{row.name}': ") from error
        try:
            plan = prepare(resolved, registry)
            if slip := next((error for error in plan.skipped.values() if isinstance(error, _SLIPS)), None):
                raise slip
            if experiment.report and row.name == experiment.baseline:
                experiment.report.check(resolved.noises)
            yield ExperimentRun(row=row, plan=plan)
        except _SLIPS as error:
            raise error.after(f"row '{row.name}': ") from error
        except BadRequest as error:
            if row.name == experiment.baseline:
                raise BadRequest(f"row '{row.name}', the baseline: {error}") from error
            yield ExperimentRun(row=row, plan=None, reason=str(error))
            continue
        if experiment.sweep:
            yield from _layers(row, resolved, experiment.sweep, registry, hub)


def _layers(
    row: ExperimentRow, resolved: Resolved, sweep: Sweep, registry: Registry, hub: HubCache | None
) -> Iterator[ExperimentRun]:
    languages = {task.name: codes for task, codes in resolved.targets}
    for name in sweep.tasks:
        kind = registry.get("tasks", name).kind
        if kind.search is None or kind.needs_finetuning:
            raise BadRequest(
                f"sweep: task '{name}' ({kind.name}) does not read vectors from a hidden layer; give retrieval tasks "
                "that are not fine-tuned"
            )
        if name not in languages:
            continue
        last = resolved.info.layers
        for layer in sweep.layers or range(last + 1):
            if not 0 <= layer <= last:
                raise BadRequest(
                    f"sweep, row '{row.name}': no layer {layer}; the model has layers 0 (embeddings) to {last}"
                )
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
                plan = prepare(resolve(request, registry, hub=hub), registry)
            except BadRequest as error:
                raise BadRequest(f"sweep, row '{row.name}': {error}") from error
            yield ExperimentRun(row=row, plan=plan, task=name, layer=layer)


def run_parts(
    parts: Sequence[ExperimentRun], registry: Registry, store: Store, out: Path, display: Callable[[str], Progress]
) -> list[Scores | None]:
    """Run all parts that have a plan and return their scores, None for the others.

    `display` prints a title and returns the progress display of a part. Raises BadRequest before any work if a model
    that computes elsewhere does not answer, and StoreError if something cannot be saved; other failures are recorded in
    the results.
    """
    check_reachable(Context(plan=part.plan, registry=registry, store=store) for part in parts if part.plan)
    for part in parts:
        if part.plan is None:
            display(f"{part.title} cannot be run: {part.reason}")
    scores: list[Scores | None] = []
    later = iter(_needed_later(parts))
    for _, together in groupby(parts, key=lambda part: (part.row.name, part.task)):
        group = list(together)
        if name := group[0].task:
            display(f"{group[0].row.name}, {name} by hidden layer")
        embed_all([(part.layer, part.plan) for part in group if part.plan and part.layer is not None], registry, store)
        scores += [_run(part, registry, store, out, display, next(later)) for part in group]
    return scores


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
    shown = display(part.title) if part.task is None else progress(quiet=True)
    runner = Runner(part.plan, registry, store, folder, shown, keep)
    try:
        return Scores(folder, runner.run())
    except XHarnessError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin may raise any error; the other rows continue
        display(f"{part.title} stopped with an error: {reason_of(error)}")
        return Scores(folder, runner.recorder.content(reason_of(error)))


def _needed_later(parts: Sequence[ExperimentRun]) -> Iterable[frozenset[str]]:
    """Return for each part the keys of the stages that later parts need."""
    keys = [frozenset[str]()]
    for part in reversed(parts[1:]):
        keys.append(keys[-1] | (part.plan.jobs.keys() if part.plan else frozenset()))
    return reversed(keys)
