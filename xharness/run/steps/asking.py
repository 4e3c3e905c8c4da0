"""Asking a model for predictions: directly, or by requests in the words of a prompt."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xharness.errors import StageError, reason_of
from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.steps.sampling import drawn
from xharness.specs.kinds import Example
from xharness.specs.prompts import Wording
from xharness.specs.stage_params import Predict
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.specs.ways import Continuation, Slots, Way

if TYPE_CHECKING:
    from datasets import Dataset

_SHORTENED = "shortened"


@dataclass(frozen=True)
class Asking:
    """How the examples of a job are asked: the task, the way, and its words, None for a native way."""

    task: Task
    way: Way
    wording: Wording | None

    def requests(self, example: Example) -> list[Any]:
        """Return the requests of an example."""
        assert self.way.ask is not None
        assert self.wording is not None
        return list(self.way.ask(self.task, self.wording, example))

    def target(self, example: Example, number: int) -> Continuation | Slots:
        """Return the training text of an example; StageError if row `number` of the training has no answer."""
        assert self.way.target is not None
        assert self.wording is not None
        try:
            return self.way.target(self.task, self.wording, example)
        except (LookupError, TypeError, ValueError) as error:
            raise StageError(
                f"task '{self.task.name}', training row {number}: no text to train on ({reason_of(error)}); correct "
                "the data"
            ) from error

    def prediction(self, example: Example, results: list[Any]) -> Mapping[str, Any]:
        """Return the prediction for an example from the results of its requests.

        It has the key `shortened` if the model did not read all of a context.
        """
        assert self.way.take is not None
        assert self.wording is not None
        prediction = self.way.take(self.task, self.wording, example, results)
        shortened = any(getattr(each, _SHORTENED, False) for each in results)
        return {**prediction, _SHORTENED: True} if shortened else prediction


def asking_of(job: Job, context: Context) -> Asking:
    """Return how a job asks, with the examples of its prompt; StageError if there are too few of them."""
    task, way, wording = context.task_of(job), context.way_of(job), job.params(Predict).wording
    if wording and wording.shots:
        ref = job.stage.data["shots"]
        wording = with_examples(task, way, wording, context.load(ref), ref)
    return Asking(task, way, wording)


def with_examples(task: Task, way: Way, wording: Wording, rows: Dataset, ref: DataRef) -> Wording:
    """Return words with the text of examples, drawn from the rows of a split; StageError if it has too few."""
    if way.shot is None:
        raise StageError(f"the way '{way.name}' takes no examples in its prompt; leave --shots out")
    if len(rows) < wording.shots:
        raise StageError(
            f"{ref.task} {ref.language} {ref.split} has {len(rows)} examples, the prompt needs {wording.shots}; lower "
            "--shots, or raise --limit"
        )
    chosen = (rows[number] for number in drawn(len(rows), wording.shots, wording.draw))
    return replace(wording, prefix="".join(way.shot(task, wording, row) + wording.separator for row in chosen))


def predictions(model: Any, asked: Iterable[tuple[Asking, Example]], way: Way) -> Iterator[Mapping[str, Any]]:
    """Yield a prediction per example: from the model directly, or from its results for the requests of the way."""
    method = getattr(model, way.capability)
    if way.native:
        yield from method(example for _, example in asked)
        return
    waiting: deque[tuple[Asking, Example, int]] = deque()

    def requests() -> Iterator[Any]:
        for asking, example in asked:
            own = asking.requests(example)
            waiting.append((asking, example, len(own)))
            yield from own

    results: list[Any] = []
    for result in method(requests()):
        results.append(result)
        if len(results) == waiting[0][2]:
            asking, example, _ = waiting.popleft()
            yield asking.prediction(example, results)
            results = []
