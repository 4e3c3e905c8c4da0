"""Ways to ask a model a task: by a head, by vectors, by log-likelihoods.

A kind lists its ways, an adapter its capabilities; the plan selects the first way that the adapter supports.
"""

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
    """A request to a model with the capability `loglikelihood`: the log-likelihood of `text` given `context`."""

    context: str
    text: str


@dataclass(frozen=True)
class Generation:
    """A request to a model that has the capability `generate`: what follows a context.

    At most `most` tokens are written, up to one of the texts `stops`. `passage` are the start and the end, in
    characters of the context, of the part that loses its end if the model cannot read all. `several`: an adapter that
    draws several texts may do so, the first of them is the answer.
    """

    context: str
    stops: tuple[str, ...] = ()
    most: int = 32
    passage: tuple[int, int] | None = None
    several: bool = False


@dataclass(frozen=True)
class Text:
    """A text that a model wrote.

    `cut`: it was not finished. `refused`: the model declined to answer. `shortened`: the model did not read the whole
    context. `others` are more texts that it wrote for the same request.
    """

    text: str
    cut: bool = False
    refused: bool = False
    shortened: bool = False
    others: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Slot:
    """A gap of a text: the text that comes before it, and the texts that may fill it, none the beginning of another."""

    before: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Slots:
    """A request to a model that has the capability `fill_slots`: which choice fills each slot, one after the other.

    The text is `context`, then `before` and the chosen text of each slot.
    """

    context: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Filled:
    """The index of the choice for each slot; `shortened`: the model did not read the whole context."""

    choices: tuple[int, ...]
    shortened: bool = False


class ShortenedScore(float):
    """A log-likelihood of a model that did not read the whole context; others are plain floats."""

    shortened = True


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to ask a model the tasks of a kind.

    `capability` names the capability that the adapter needs, which is also the name of the method. A native way has no
    `ask`: the method takes examples and yields predictions. Otherwise `ask(task, wording, example)` returns the
    requests of an example, the method yields one result for each request, and `take(task, wording, example, results)`
    returns the prediction, with the key `flaw` if the answer cannot be used: `empty`, `unparsable`, `refused` or `cut`.
    `shot(task, wording, example)` returns the text of an example with its answer, `target(task, wording, example)` the
    same for training: the loss counts the text of a `Continuation`, or the only choice of each slot of `Slots`.
    `fits(task, template)` returns whether a template has the words that the way needs. `kind` names the kind, for a way
    that a plugin adds to it. `scored`: a prediction has `scores`, one for each label or choice.
    Raise `version` if requests or predictions change: it enters the key of predictions, the record and the signatures.
    """

    name: str
    capability: str
    kind: str = ""
    version: int = 1
    ask: Callable[[Task, Wording, Example], Sequence[Any]] | None = None
    take: Callable[[Task, Wording, Example, Sequence[Any]], Mapping[str, Any]] | None = None
    shot: Callable[[Task, Wording, Example], str] | None = None
    target: Callable[[Task, Wording, Example], Continuation | Slots] | None = None
    fits: Callable[[Task, Template], bool] | None = None
    scored: bool = True
    summary: str = ""
    api: int = 1

    @property
    def native(self) -> bool:
        """Return whether the method of the adapter takes examples unchanged, for a head or for vectors."""
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
    chat = f"|chat:{way['chat']}" if way.get("chat") else ""
    return f"{metric}|way:{way['name']}.{way['version']}{prompt}{shots}{chat}"


def flaw(written: Text) -> str:
    """Return the flaw of a text that cannot be used: `refused`, `empty`, `cut`, or else `unparsable`."""
    if written.refused:
        return "refused"
    return "empty" if not written.text.strip() else "cut" if written.cut else "unparsable"


def verb(capability: str) -> str:
    """Return the verb for a capability, as it is used in messages."""
    return {"loglikelihood": "compute log-likelihoods", "fill_slots": "fill slots"}.get(capability, capability)


def head(capability: str) -> Way:
    """Return the native way of a kind whose models have a head."""
    return Way(name="head", capability=capability, summary="the output of a head that is trained for the kind")


VECTORS = Way(name="vectors", capability="embed", summary="nearest neighbours among vectors")
"""The native way of kinds with a search."""
