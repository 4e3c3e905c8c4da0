"""The step that changes the texts of a split with the edits of a noise that mislead a model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import tee
from typing import TYPE_CHECKING, Any

from xharness.errors import StageError
from xharness.noising.choosing import Options
from xharness.noising.greedy import Limits, greedy, together
from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.steps.asking import Asking, asking_of, predictions
from xharness.run.steps.noise import Change, Counts, changing, write_changes
from xharness.run.steps.step import Costing, Price, Step
from xharness.specs.kinds import Example
from xharness.specs.stage_params import Attack

if TYPE_CHECKING:
    from datasets import Dataset


def attack_of(reader: Job, context: Context) -> Job | None:
    """Return the job whose search makes what `reader` predicts on, if the store lacks it."""
    made = [context.plan.jobs[key] for key in reader.made.values()]
    return next((job for job in made if job.kind == Attack.kind and not context.store.has(job.kind, job.key)), None)


def attack(job: Job, reader: Job, context: Context, model: Any) -> None:
    """Make the changed texts that `reader` predicts on, with the model that it predicts with."""
    examples = context.load(job.stage.data["examples"])
    searched = _Searched(job.params(Attack), context, asking_of(reader, context), model)
    write_changes(job, context, searched.changes(examples), Counts(queries=searched.queries))


class _Searched:
    """The search of a job; `queries` are the numbers of predictions of its examples so far."""

    def __init__(self, params: Attack, context: Context, asking: Asking, model: Any) -> None:
        self._params, self._context, self._asking, self._model = params, context, asking, model
        self.queries: list[int] = []

    def changes(self, examples: Dataset) -> Iterator[Change]:
        """Yield what the search does to each example, as a noise does."""
        limits = Limits(self._params.settings["rate"], self._params.queries)
        searched, changed = tee(self._options(examples))
        found = together((greedy(options, limits) for options in searched), self._margins)
        for number, (options, each) in enumerate(zip(changed, found, strict=True)):
            self.queries.append(each.queries)
            noisy, done = options.edited(each.edits)
            yield number, options.row, noisy, done

    def _options(self, examples: Dataset) -> Iterator[Options]:
        task, params = self._asking.task, self._params
        assert task.kind.noise is not None
        noise = self._context.registry.get("noises", params.noise)
        how = changing(task, noise, params, examples)
        every = {**params.settings, "rate": 1.0}
        seeds = [params.seed * params.candidates + number for number in range(params.candidates)]
        drawn = [replace(how, settings=every, seed=seed) for seed in seeds]
        for number, row in enumerate(examples):
            yield Options(row, number, task.kind.noise, drawn)

    def _margins(self, rows: list[Example]) -> Iterator[float]:
        found = predictions(self._model, ((self._asking, row) for row in rows), self._asking.way)
        return (self._margin(row, each) for row, each in zip(rows, found, strict=True))

    def _margin(self, row: Example, prediction: Mapping[str, Any]) -> float:
        """Return the score of the gold above the highest other one."""
        task = self._asking.task
        assert task.kind.right is not None
        scores, right = prediction.get("scores", ()), task.kind.right(task, row)
        if right >= len(scores) or len(scores) < 2:
            raise StageError(
                f"the adapter '{self._params.asked.loading.adapter}' returns predictions without `scores` of all "
                "labels or choices, which a search needs; leave out search="
            )
        margin: float = scores[right] - max(score for index, score in enumerate(scores) if index != right)
        return margin


def _title(jobs: Sequence[Job]) -> str:
    params = jobs[0].params(Attack)
    return f"{params.search} search with noise {params.noise}:{params.severity} on {', '.join(params.seeded_by)}"


def _price(job: Job, costing: Costing) -> Price:
    """Return an upper bound: one prediction without each word, and all tries for the words that may be edited."""
    params, info = job.params(Attack), costing.plan.resolved.info
    number, length = costing.examples(job)["examples"], costing.tokens(job)["examples"]
    tries = params.candidates * math.ceil(params.settings["rate"] * length)
    tokens = number * length * min(params.queries, 1 + length + tries)
    return Price(number, tokens, costing.seconds(tokens, info.parameters), 8 * number * length, False)


ATTACK = Step(params=Attack, title=_title, price=_price, inline=True)
