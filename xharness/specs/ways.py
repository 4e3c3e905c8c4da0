"""Ways to ask a model a task: by a head, by vectors, by log-likelihoods.

A kind lists its ways, an adapter its capabilities; the plan selects the first way that the adapter supports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xharness.specs.tasks import Task

Example = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """The words of a task for a model that reads and writes text; raise `version` when they change.

    `context` and `choices` are templates: `{column}` is replaced by the value of that column. `choices` maps each label
    to the text that continues the context.
    """

    context: str
    choices: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    def key(self) -> dict[str, Any]:
        """Return the prompt as the JSON values that enter the key of predictions."""
        return asdict(self)


@dataclass(frozen=True)
class Continuation:
    """A request to a model with the capability `loglikelihood`: the log-likelihood of `text` given `context`."""

    context: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to ask a model the tasks of a kind.

    `capability` names the capability that the adapter needs, which is also the name of the method. A native way has no
    `ask`: the method takes examples and yields predictions. Otherwise `ask(task, example)` returns the requests of an
    example, the method yields one result for each request, and `take(task, example, results)` returns the prediction.
    `fits(task)` returns whether the way can ask a task. `kind` names the kind, for a way that a plugin adds to it.
    Raise `version` if requests or predictions change: it enters the key of predictions, the record and the signatures.
    """

    name: str
    capability: str
    kind: str = ""
    version: int = 1
    ask: Callable[[Task, Example], Sequence[Any]] | None = None
    take: Callable[[Task, Example, Sequence[Any]], Mapping[str, Any]] | None = None
    fits: Callable[[Task], bool] | None = None
    summary: str = ""
    api: int = 1

    @property
    def native(self) -> bool:
        """Return whether the method of the adapter takes examples unchanged, for a head or for vectors."""
        return self.ask is None

    def suits(self, task: Task) -> bool:
        """Return whether the way can ask a task."""
        return self.fits is None or self.fits(task)

    def signature(self, task: Task, metric: str) -> str:
        """Return the signature of a metric for predictions of this way."""
        prompt = f"|prompt:{task.name}.{task.prompt.version}" if task.prompt else ""
        return metric if self.native else f"{metric}|way:{self.name}.{self.version}{prompt}"


def verb(capability: str) -> str:
    """Return the verb for a capability, as it is used in messages."""
    return {"loglikelihood": "compute log-likelihoods"}.get(capability, capability)


def head(capability: str) -> Way:
    """Return the native way of a kind whose models have a head."""
    return Way(name="head", capability=capability, summary="the output of a head that is trained for the kind")


VECTORS = Way(name="vectors", capability="embed", summary="nearest neighbours among vectors")
"""The native way of kinds with a search."""
