"""The step that predicts all cells of one checkpoint and head in one stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import DataError, StageError
from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.isolation import Finished, caught, isolated
from xharness.run.progress import counted
from xharness.run.steps.asking import asking_of, predictions
from xharness.run.steps.attack import attack, attack_of
from xharness.run.steps.effective import effective
from xharness.run.steps.executing import executed
from xharness.run.steps.step import Step, forward_price
from xharness.specs.stage_params import Embed, Loading, Predict
from xharness.specs.works import Emit, Tokens
from xharness.store.writing import write_json

if TYPE_CHECKING:
    from datasets import Dataset

PREDICTIONS = "predictions.jsonl"


def stream(jobs: list[Job], context: Context, done: Finished, emit: Emit) -> None:
    """Predict the cells of jobs that share a checkpoint and a head in one stream, and save each as it finishes.

    Jobs with noise come last. A job whose data cannot be read or predicted fails alone.
    """
    clean = context.plan.clean
    model = cache(partial(load_model, jobs[0], context, emit))
    for part in ([job for job in jobs if job.key not in clean], [job for job in jobs if job.key in clean]):
        loaded = load_each(_searched(part, context, done, model), context, done)
        if loaded:
            for (job, _), error in isolated(loaded, partial(_streamed, model=model(), context=context)):
                done(job, error)


def _searched(jobs: list[Job], context: Context, done: Finished, model: Callable[[], Any]) -> list[Job]:
    """Return the jobs whose inputs are there, after searches with the model; report the others to `done`."""
    ready = []
    for job in jobs:
        made = attack_of(job, context)
        if made is None or not (error := caught(partial(attack, made, job, context, model()))):
            ready.append(job)
        else:
            done(job, error)
    return ready


def _streamed(loaded: Sequence[tuple[Job, Dataset]], model: Any, context: Context) -> Iterator[Job]:
    """Predict examples in one stream, and yield each job when its predictions are saved."""
    if not loaded:
        return
    todo = [_differing(job, context, len(data)) for job, data in loaded]
    askings = [asking_of(job, context) for job, _ in loaded]
    asked = (
        (asking, row)
        for asking, (_, data), rows in zip(askings, loaded, todo, strict=True)
        for row in data.select(rows)
    )
    results = predictions(model, asked, askings[0].way)
    for (job, data), rows in zip(loaded, todo, strict=True):
        own = executed(job, context, rows, islice(results, len(rows)))
        described = partial(_described, job, context, model)
        save(job, context, described, _merged(job, context, rows, own, len(data)), expected=len(data))
        yield job


def _described(job: Job, context: Context, model: Any) -> dict[str, Any]:
    return {**model.describe(), **effective(job, context, model)}


def _differing(job: Job, context: Context, count: int) -> Sequence[int]:
    """Return the numbers of the rows to predict: all, or with a noise those that differ from the clean ones."""
    key = context.plan.clean.get(job.key)
    if key is None or not context.store.sound("predict", key):
        return range(count)
    return context.changed_rows(job.stage.data["inputs"])


def _merged(
    job: Job, context: Context, rows: Sequence[int], results: Iterator[Mapping[str, Any]], count: int
) -> Iterator[Mapping[str, Any]]:
    """Yield the predictions of all rows: those of `rows` are new, the others are those of the clean inputs."""
    if len(rows) == count:
        yield from results
        return
    new = set(rows)
    clean = read(context.store.path("predict", context.plan.clean[job.key]) / PREDICTIONS)
    for number, row in enumerate(clean):
        yield next(results) if number in new else row


def load_each(jobs: list[Job], context: Context, done: Finished) -> list[tuple[Job, Dataset]]:
    """Return the jobs whose examples can be read, with their examples; report the others to `done`."""
    loaded: list[tuple[Job, Dataset]] = []
    for job in jobs:
        if error := caught(partial(_load, job, context, loaded)):
            done(job, error)
    return loaded


def _load(job: Job, context: Context, loaded: list[tuple[Job, Dataset]]) -> None:
    loaded.append((job, inputs_of(job, context)))


def inputs_of(job: Job, context: Context) -> Dataset:
    """Return the rows to predict on: the inputs of the stage, one per example, or the examples."""
    ref = job.stage.data["examples"]
    examples = context.load(ref)
    if "inputs" not in job.stage.data:
        return examples
    inputs = context.load(job.stage.data["inputs"])
    labels = [data["label"] if "label" in data.column_names else None for data in (examples, inputs)]
    if len(inputs) != len(examples) or not _agree(*labels):
        raise DataError(
            f"{ref.task} {ref.language}: the splits {job.stage.data['inputs'].split} and {ref.split} do not match row "
            f"by row ({len(inputs):,} and {len(examples):,} rows, or different labels); get both from the same release"
        )
    return inputs


def _agree(gold: Iterable[Any] | None, other: Iterable[Any] | None) -> bool:
    """Return whether two columns have equal labels, ignoring rows in which one of them has none."""
    return all(None in pair or pair[0] == pair[1] for pair in zip(gold or (), other or (), strict=True))


def loading_of(job: Job) -> Loading:
    """Return the loading parameters of a job that predicts or embeds."""
    params = job.stage.params
    assert isinstance(params, Predict | Embed)
    return params.loading


def load_model(job: Job, context: Context, emit: Emit) -> Any:
    """Load the checkpoint of a job that predicts or embeds, with its head."""
    loading, checkpoint = loading_of(job), context.plan.checkpoint(job)
    return context.plan.resolved.model.load(
        path=context.checkpoint_path(checkpoint),
        capability=loading.capability,
        task=context.task(next(iter(job.stage.data.values())).task),
        params={**loading.params, **loading.unkeyed},
        options=replace(context.load_options(checkpoint), on_tokens=lambda n: emit(Tokens(n))),
    )


def save(
    job: Job,
    context: Context,
    described: Callable[[], Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    expected: int | None,
) -> None:
    """Store the predictions of a cell; StageError if the model returned another number of them than `expected`.

    `described` returns the description of the model after the predictions, with what it counted.
    """
    with context.store.creating(job.kind, job.key, context.about(job)) as folder:
        count = 0
        with (folder / PREDICTIONS).open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
                count += 1
        if expected is not None and count != expected:
            ref, returned = job.stage.data["examples"], counted(count, "prediction")
            raise StageError(
                f"{ref.task} {ref.language}: the model returned {returned} for {counted(expected, 'example')}"
            )
        write_json(folder / "model.json", dict(described()))


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the predictions of a file; DataError with the line that is not JSON."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise DataError.at(path, number, f"the prediction is not valid JSON: {error}") from error


def _title(jobs: Sequence[Job]) -> str:
    names = dict.fromkeys(cell.place.task for job in jobs for cell in job.cells)
    return f"predict {', '.join(names)}: {counted(len(jobs))}"


PREDICT = Step(params=Predict, title=_title, price=forward_price)
