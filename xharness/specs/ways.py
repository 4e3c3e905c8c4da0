"""Ways: how a task is asked of a model. A kind lists its ways, an adapter has capabilities, the plan joins them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.specs.prompts import Template, Wording

if TYPE_CHECKING:
    from xharness.specs.tasks import Task

Example = Mapping[str, Any]


@dataclass(frozen=True)
class Continuation:
    """A request to a model that has the capability `loglikelihood`: how likely a text continues another."""

    context: str
    text: str


@dataclass(frozen=True)
class Generation:
    """A request to a model that has the capability `generate`: what follows a context.

    At most `most` tokens are written, up to one of the texts `stops`.
    """

    context: str
    stops: tuple[str, ...] = ()
    most: int = 32


@dataclass(frozen=True)
class Text:
    """A text that a model wrote; `cut` says that it was not finished."""

    text: str
    cut: bool = False


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to ask the tasks of a kind.

    `capability` is the capability of an adapter, and the name of its method, that answers. A native way has no `ask`:
    the method takes the examples as they are and yields predictions. Otherwise `ask(task, wording, example)` returns
    the requests of an example, the method yields one result for each request, and `take(task, wording, example,
    results)` returns the prediction, with the key `flaw` where the answer cannot be used: `empty`, `unparsable` or
    `cut`. `shot(task, wording, example)` returns the text of an example with its answer. `fits(task, template)` returns
    whether a task has the words that are needed. Raise `version` when other requests or predictions are made: it enters
    the key of predictions, the record and the signatures.
    """

    name: str
    capability: str
    kind: str = ""
    version: int = 1
    ask: Callable[[Task, Wording, Example], Sequence[Any]] | None = None
    take: Callable[[Task, Wording, Example, Sequence[Any]], Mapping[str, Any]] | None = None
    shot: Callable[[Task, Wording, Example], str] | None = None
    fits: Callable[[Task, Template], bool] | None = None
    summary: str = ""
    api: int = 1

    @property
    def native(self) -> bool:
        """Say whether the adapter's method takes examples as they are: by a head, or from vectors."""
        return self.ask is None

    def suits(self, task: Task, template: Template | None) -> bool:
        """Return whether a task with such words, None for no words, can be asked this way."""
        return self.native or (template is not None and (self.fits is None or self.fits(task, template)))


def signed(metric: str, way: Mapping[str, Any] | None) -> str:
    """Return the signature of a metric on predictions made in the way of a record, None for the native way."""
    if way is None:
        return metric
    prompt = "" if way["prompt"] is None else f"|prompt:{way.get('words', '')}.{way['prompt']}"
    shots = f"|shots:{way['shots']}.{way['draw']}" if way.get("shots") else ""
    return f"{metric}|way:{way['name']}.{way['version']}{prompt}{shots}"


def verb(capability: str) -> str:
    """Return a capability as the verb of a message: most are verbs themselves."""
    return {"loglikelihood": "compute log-likelihoods"}.get(capability, capability)


def head(capability: str) -> Way:
    """Return the native way of kinds whose models have a head."""
    return Way(name="head", capability=capability, summary="the output of a head that is trained for the kind")


VECTORS = Way(name="vectors", capability="embed", summary="nearest neighbours among vectors")
"""The native way of kinds that are searched."""
