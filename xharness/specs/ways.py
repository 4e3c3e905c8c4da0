"""Ways: how a task is asked of a model. A kind lists its ways, an adapter has capabilities, the plan joins them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xharness.specs.tasks import Task

Example = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """How a task is put into words for a model that reads and writes text; raise `version` when the words change.

    `context` and `choices` are templates: `{column}` is replaced by the value of a column of the example. `choices` has
    the words of each label, which continue the context.
    """

    context: str
    choices: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    def key(self) -> dict[str, Any]:
        """Return the prompt as the JSON values that enter the key of predictions."""
        return asdict(self)


@dataclass(frozen=True)
class Continuation:
    """A question to a model that has the capability `loglikelihood`: how likely a text continues another."""

    context: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to ask the tasks of a kind.

    `capability` is the capability of an adapter, and the name of its method, that answers. A native way has no `ask`:
    the method takes the examples as they are and yields predictions. Otherwise `ask(task, example)` returns the
    requests of an example, the method yields one result for each request, and `take(task, example, results)` returns
    the prediction. `fits(task)` says whether a task can be asked so. Raise `version` when other requests or predictions
    are made: it enters the key of predictions, the record and the signatures.
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
        """Say whether the adapter's method takes examples as they are: by a head, or from vectors."""
        return self.ask is None

    def suits(self, task: Task) -> bool:
        """Say whether a task can be asked this way."""
        return self.fits is None or self.fits(task)

    def signature(self, task: Task, metric: str) -> str:
        """Return the signature of a metric on predictions made this way."""
        prompt = f"|prompt:{task.name}.{task.prompt.version}" if task.prompt else ""
        return metric if self.native else f"{metric}|way:{self.name}.{self.version}{prompt}"


def verb(capability: str) -> str:
    """Return a capability as the verb of a message: most are verbs themselves."""
    return {"loglikelihood": "compute log-likelihoods"}.get(capability, capability)


def head(capability: str) -> Way:
    """Return the native way of kinds whose models have a head."""
    return Way(name="head", capability=capability, summary="the output of a head that is trained for the kind")


VECTORS = Way(name="vectors", capability="embed", summary="nearest neighbours among vectors")
"""The native way of kinds that are searched."""
