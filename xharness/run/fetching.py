"""Bring the checkpoints and data of plans to this machine, and check before an offline run that nothing is missing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from xharness.data.hub.cache import HubCache
from xharness.data.hub.problems import DownloadError
from xharness.errors import BadRequest, DataError, NotFetched, few
from xharness.model_lookup import find
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.request import Request
from xharness.run.replanning import replanned
from xharness.specs.sources import DataOptions, Source
from xharness.specs.stages import DataRef

_REPEATED = {
    "tasks": "--task", "languages": "--lang", "families": "--family", "scripts": "--script", "seeds": "--seed",
    "noises": "--noise", "noise_seeds": "--noise-seed", "noise_columns": "--noise-column",
}  # fmt: skip
# Fields of a request that do not change what it reads.
_OTHER = {"model", "params", "data", "limit", "device", "dtype", "exact", "executor", "workers", "keep_checkpoints",
    "offline", "plugins"}  # fmt: skip


def fetch_command(request: Request, registry: Registry) -> str:
    """Return the command that fetches the checkpoints and data of a request."""
    words = ["xharness", "fetch", request.model]
    usual = Request(model=request.model)
    for name in (entry.name for entry in fields(request)):
        value = getattr(request, name)
        if name in _OTHER or value == getattr(usual, name):
            continue
        if name in _REPEATED:
            words += [word for each in value for word in (_REPEATED[name], str(each))]
        elif isinstance(value, bool):
            words.append("--unseen" if name == "seen" and not value else f"--{name.replace('_', '-')}")
        else:
            words += [f"--{name.replace('_', '-')}", str(value)]
    words += [word for pair in request.params.items() for word in ("--param", "=".join(pair))]
    words += [word for name in registry.named for word in ("--plugin", name)]
    return shlex.join([*words, "--to", "DIR"])


@contextmanager
def offline_errors(command: Callable[[], str]) -> Iterator[None]:
    """Within the block, what an offline run lacks becomes a BadRequest with the command that fetches it."""
    try:
        yield
    except NotFetched as error:
        raise BadRequest(
            f"offline, and not on this machine: {error}; on a machine with a network: {command()}; then copy DIR here "
            "and add --data DIR"
        ) from error


def check_offline(plans: Iterable[Plan], registry: Registry) -> None:
    """Raise NotFetched with all that offline plans need and this machine lacks; no data are read."""
    missing: dict[str, None] = {}
    asked: set[_Split] = set()
    for plan in plans:
        if not plan.resolved.request.offline:
            continue
        errors = [*plan.skipped.values(), *plan.fingerprints.values()]
        missing.update(dict.fromkeys(str(error) for error in errors if isinstance(error, NotFetched)))
        for split in _splits(plan, plan.resolved.data_options.hub):
            if split not in asked:
                asked.add(split)
                try:
                    _bring(split, registry)
                except NotFetched as error:
                    missing[str(error)] = None
                except DataError:
                    continue  # not an effect of being offline; the cells of the split fail with this reason
    if missing:
        raise NotFetched(few(missing))


def saved_plan(text: str, hub: HubCache) -> tuple[Plan, Registry]:
    """Return the plan with a description, and download its checkpoints to a cache at the commits of the plan."""
    plan, registry = replanned(text)
    resolved = plan.resolved
    options = replace(resolved.load_options, hub=hub)
    models = {resolved.request.model: (resolved.model, resolved.info), **plan.others}
    for reference, (_, info) in models.items():
        if info.revision is None:
            continue
        find(reference if "@" in reference else f"{reference}@{info.revision}", registry, options)
        name, _, branch = info.reference.partition("@")
        hub.pin(name, "model", branch or "main", info.revision)
    return plan, registry


def fetch_data(
    plans: Iterable[tuple[Plan, Registry]], hub: HubCache, say: Callable[[str], None]
) -> dict[str, DataError]:
    """Download the data of plans to a cache, and return the errors of splits that cannot be brought.

    `say` takes a line about each split before it is downloaded.
    """
    problems: dict[str, DataError] = {}
    asked: set[_Split] = set()
    for plan, registry in plans:
        splits = [split for split in dict.fromkeys(_splits(plan, hub)) if split not in asked]
        for number, split in enumerate(splits, start=1):
            asked.add(split)
            title = f"{split.ref.task} {split.ref.language} {split.ref.split}"
            say(f"split {number} of {len(splits)}: {title}")
            try:
                _bring(split, registry)
            except DataError as error:
                problems[title] = error
        for name, commit in plan.resolved.data_options.revisions.items():
            id, _, branch = name.rpartition("@")
            if hub.repository(id, "dataset").is_dir():
                hub.pin(id, "dataset", branch, commit)
    return problems


def not_downloaded(error: Exception) -> bool:
    """Return whether an error comes from a download that failed, so that another try may succeed."""
    return isinstance(error.__cause__, DownloadError)


@dataclass(frozen=True)
class _Split:
    """A split, and the source that reads it; equal ones have the same files."""

    ref: DataRef
    source: Source = field(compare=False)
    options: DataOptions = field(compare=False)
    place: tuple[str, Path | None, HubCache]


def _splits(plan: Plan, hub: HubCache) -> Iterator[_Split]:
    """Yield the splits that the jobs of a plan read from its source."""
    resolved = plan.resolved
    options = replace(resolved.data_options, hub=hub)
    for job in plan.jobs.values():
        for ref in job.stage.data.values():
            if ref.made is None:
                yield _Split(ref, resolved.source, options, (resolved.source.name, options.root, hub))


def _bring(split: _Split, registry: Registry) -> None:
    """Download a split if it is not on this machine; raise DataError if that fails, NotFetched for an offline cache."""
    task = registry.get("tasks", split.ref.task)
    where = task, split.ref.language, split.ref.split, split.options
    if split.source.fetch:
        split.source.fetch(*where)
    elif not split.source.offline and not split.options.hub.offline:
        split.source.load(*where)
