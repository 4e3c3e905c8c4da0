"""Train a checkpoint in a run: collect the rows of a stage, call the adapter, and store its report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from xharness.metrics.base import mean
from xharness.plan import Job
from xharness.run.context import CHECKPOINT, Context
from xharness.run.scoring import gold_of, headline
from xharness.run.steps.asking import Asking, predictions
from xharness.run.steps.sampling import balanced, drawn, shuffled
from xharness.specs.caveats import Caveat, of_model, of_training
from xharness.specs.kinds import Example
from xharness.specs.models import LoadedModel
from xharness.specs.schema_1_0 import caveat_of
from xharness.specs.stage_params import Finetune, InWords, Multitask, Translate
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.specs.training import TaskTraining, Training, TrainingTexts
from xharness.specs.works import Emit, Reported, Waiting
from xharness.store.artifacts import Store
from xharness.store.writing import write_json
from xharness.ways import named

REPORT = "report.json"
_ALL: Mapping[str, Any] = {}


def train(job: Job, context: Context, emit: Emit) -> None:
    """Train the checkpoint of a job, once for all jobs that need it; an interrupted training is resumed."""
    model = context.plan.resolved.model

    def work(folder: Path) -> dict[str, Any]:
        assert model.train is not None  # checked by the plan
        shots = _shots(job, context)
        done = model.train(_training(job, context, folder / CHECKPOINT, shots, emit))
        return {**done, **({"shots": shots} if shots else {})}

    make_checkpoint(job, context, work, emit)


def make_checkpoint(job: Job, context: Context, work: Callable[[Path], dict[str, Any]], emit: Emit) -> None:
    """Make the artifact of a job under a lock, unless it exists; `work` writes it and returns its report."""
    store = context.store
    if store.has(job.kind, job.key):
        return
    with store.lock(job.kind, job.key, lambda what: emit(Waiting(what))):
        if store.has(job.kind, job.key):
            return
        began = time.time()
        with store.creating(job.kind, job.key, context.about(job)) as folder:
            done = work(folder)
            write_json(folder / REPORT, {**done, "seconds": time.time() - began})


def _training(job: Job, context: Context, out: Path, shots: Mapping[str, list[int]], emit: Emit) -> Training:
    """Return the training that the stage of a job describes; the adapter writes the checkpoint to `out`."""
    params, checkpoint = job.stage.params, context.plan.checkpoint(job)
    assert isinstance(params, Finetune | Multitask)
    start: dict[str, Any] = {}
    if isinstance(params, Multitask):
        tasks = _mixed(job, params, context)
        start = {"head": params.head, "mixing": params.mixing}
    else:
        tasks = (_single(job, params, context, shots),)
        start = {"head": tasks[0].task.name, "start": params.start, "lora": params.lora}
    return Training(
        path=context.checkpoint_path(checkpoint),
        tasks=tasks,
        tuning=params.tuning,
        seed=params.seed,
        out=out,
        scratch=context.store.scratch(job.kind, job.key),
        options=context.load_options(checkpoint),
        report=lambda report: emit(Reported(dict(report))),
        params=_model_params(tasks, context),
        given=context.plan.resolved.info.path,
        **start,
    )


def _model_params(tasks: Sequence[TaskTraining], context: Context) -> dict[str, Any]:
    """Return the parameters of the adapter that the training uses."""
    resolved = context.plan.resolved
    return resolved.model.training_params(resolved.model_params, {each.task.kind.capability for each in tasks})


def _single(job: Job, params: Finetune, context: Context, shots: Mapping[str, list[int]]) -> TaskTraining:
    """Return the task of a training on one task, in one or several languages."""
    parts = _parts(job, context, "train", params.languages, params.rows, shots)
    task, rows = context.task(job.stage.refs("train")[0].task), _together(parts, params.exponent, params.seed)
    rows = shuffled(task, rows, params.seed) if params.shuffled else rows
    dev = _dev(job, context, "dev")
    taught = _in_words(task, rows, params.words, dev, context) if params.words else {"train": rows, **dev}
    return TaskTraining(task=task, tuning=params.tuning, **taught)


def _mixed(job: Job, params: Multitask, context: Context) -> tuple[TaskTraining, ...]:
    """Return the tasks of a mixture, including the corpus if the stage has one."""
    return tuple(_of_mixture(job, params, context, name) for name in sorted(params.lengths))


def _of_mixture(job: Job, params: Multitask, context: Context, name: str) -> TaskTraining:
    texts = params.texts if params.texts and params.texts.corpus.name == name else None
    parts = _parts(job, context, f"train.{name}", params.languages, texts.rows if texts else None)
    task = context.task(name)
    rows = _together(parts, texts.exponent, params.seed) if texts else list(chain.from_iterable(parts))
    rows = shuffled(task, rows, params.seed) if params.shuffled and not texts else rows
    dev, words = _dev(job, context, f"dev.{name}"), params.words.get(name)
    taught = _in_words(task, rows, words, dev, context) if words else {"train": rows, **dev}
    return TaskTraining(
        task=task,
        tuning=replace(params.tuning, **asdict(params.lengths[name])),
        share=texts.share if texts else None,
        **taught,
    )


def _in_words(
    task: Task, rows: Sequence[Example], words: InWords, dev: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """Return the fields of a `TaskTraining` that train the rows of a task in words.

    StageError if a row has no answer.
    """
    way, measure = named(task, words.way[0], context.registry), dev.get("measure")
    asking = {code: Asking(task, way, wording) for code, wording in words.wordings.items()}

    def dev_score(model: LoadedModel) -> float:
        asked = ((asking[row["language"]], row) for row in dev["dev"])
        found: float = measure(list(predictions(model, asked, way))) if measure else 0.0
        return found

    texts = [asking[row["language"]].target(row, number) for number, row in enumerate(rows, 1)]
    score = dev_score if measure else None
    return {"train": (), "words": TrainingTexts(texts=texts, params=words.params, dev_score=score)}


def _dev(job: Job, context: Context, role: str) -> dict[str, Any]:
    """Return the rows of the dev splits and the function that scores them, as fields of a `TaskTraining`."""
    refs = job.stage.refs(role)
    if not refs:
        return {}
    task, parts = context.task(refs[0].task), [_examples(context, ref) for ref in refs]
    rows = list(chain.from_iterable(parts))
    if not task.metric_names:
        return {"dev": rows}

    def measure(predicted: Sequence[Mapping[str, Any]]) -> float:
        rest, values = iter(predicted), []
        for ref, part in zip(refs, parts, strict=True):
            gold, own = gold_of(task, ref, part, None), list(islice(rest, len(part)))
            values.append(headline(context.registry, task, ref.language, task.kind.predictions(own), gold))
        return mean(values)

    return {"dev": rows, "measure": measure}


def _examples(context: Context, ref: DataRef) -> list[Example]:
    return list(context.rows(ref, [ref.language]))


def _parts(
    job: Job,
    context: Context,
    role: str,
    languages: Sequence[str],
    rows: int | None,
    shots: Mapping[str, list[int]] = _ALL,
) -> list[list[Example]]:
    """Return the rows of the splits of a role, at most the first `rows` of each.

    `shots` holds, by language, the indexes of the rows to take from a split.
    """
    parts = []
    for ref in job.stage.refs(role):
        part = list(islice(context.rows(ref, list(languages)), rows))
        parts.append([part[index] for index in shots[ref.language]] if ref.language in shots else part)
    return parts


def _together(parts: Sequence[list[Example]], exponent: float, seed: int) -> list[Example]:
    """Return the rows of all parts, sampled in proportion to n ** exponent for parts of n rows."""
    if exponent == 1:
        return list(chain.from_iterable(parts))
    indexes = balanced([len(part) for part in parts], exponent, seed)
    return [part[index] for part, chosen in zip(parts, indexes, strict=True) for index in chosen]


def _shots(job: Job, context: Context) -> dict[str, list[int]]:
    """Return the indexes of the drawn examples for each language of which only a few examples are used."""
    params = job.stage.params
    if not isinstance(params, Finetune) or params.shots is None:
        return {}
    shots, refs = params.shots, job.stage.refs("train")
    few = [ref.language for ref in refs] if shots.languages is None else shots.languages
    sizes = {ref.language: len(context.load(ref)) for ref in refs if ref.language in few}
    return {code: drawn(size, shots.count, shots.draw) for code, size in sizes.items()}


def remarks(job: Job, jobs: Mapping[str, Job], store: Store) -> list[Caveat]:
    """Return the caveats in the reports of the trainings that a job depends on, each once."""
    earlier = [each for key in job.needs for each in remarks(jobs[key], jobs, store)]
    own = [_remark(each, job) for each in (report(job, store) or {}).get("remarks", ())]
    return list({each.text: each for each in (*earlier, *own)}.values())


def _remark(remark: Mapping[str, Any] | str, job: Job) -> Caveat:
    if isinstance(remark, str):  # the report is from an older version
        return caveat_of(f"{job.kind} on {job.subject} {remark}")
    if isinstance(job.stage.params, Translate):
        found = of_model(remark)
        return replace(
            found,
            text=f"the checkpoint that translated {job.subject}: {found.text}",
            facts={"stage": job.kind, "tasks": job.subject, **found.facts},
        )
    return of_training(remark, job.kind, job.subject)


def report(job: Job, store: Store) -> dict[str, Any] | None:
    """Return the report of a finished training (steps, losses, selection), None for any other job."""
    path = store.path(job.kind, job.key) / REPORT
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
