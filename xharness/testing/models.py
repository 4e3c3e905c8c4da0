"""Checks of a model adapter: what it claims and declares, and what a checkpoint that the author gives predicts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from xharness.errors import BadRequest, XHarnessError, few, reason_of
from xharness.model_lookup import find
from xharness.specs.kinds import Example
from xharness.specs.models import LoadOptions, Model, ModelInfo
from xharness.specs.tasks import Task
from xharness.specs.ways import Continuation, Generation, Slot, Slots
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed
from xharness.testing.examples import samples
from xharness.testing.params import parameters_are_sound
from xharness.testing.runs import alike

_OPTIONS = LoadOptions(device="cpu", dtype="float32", exact=True)
_TEXTS = (
    "The old teacher wrote a letter.", "Mwalimu mzee aliandika barua.", "年老的老师写了一封信。", "a",
    "كتب المعلم رسالة.",
    "Who wrote the letter that was found under the floor of the station, and why does nobody know it?",
)  # fmt: skip
_TEXT_REQUESTS: dict[str, Sequence[Any]] = {
    "embed": _TEXTS,
    "loglikelihood": [Continuation(text, " yes") for text in _TEXTS],
    "generate": [Generation(text, ("\n",), 4) for text in _TEXTS],
    "fill_slots": [Slots(text, (Slot(" ", ("yes", "no")),)) for text in _TEXTS],
}
"""Requests of the capabilities that need no task."""
_TRANSLATE = "translate"
_FEW = 8


def capabilities_are_known(model: Model, bench: Bench) -> Iterator[Problem]:
    """Each capability is that of a way of some kind, or `translate`; `train` fits `trainings`."""
    ways = {way.capability for kind in bench.registry.all("kinds") for way in kind.ways}
    known = ways | {way.capability for way in bench.registry.all("ways")} | {*_TEXT_REQUESTS, _TRANSLATE}
    unknown = sorted(model.capabilities - known)
    if unknown or not model.capabilities:
        yield failed(f"capability {few(unknown) or 'none'} is not used by any way; see `xharness list ways`")
    strange = sorted(model.trainings - {"finetune", "multitask"})
    if strange:
        yield failed(f"`trainings` has {few(strange)}; it may have finetune and multitask")


def other_folders_are_not_claimed(model: Model, bench: Bench) -> Iterator[Problem]:
    """`claims` returns None for a folder without a checkpoint, and `inspect` refuses it with BadRequest."""
    folder = bench.folder / "no-checkpoint"
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text("# Not a checkpoint\n", encoding="utf-8")
    try:
        claimed = model.claims(folder)
    except Exception as error:  # noqa: BLE001 - it is the finding
        yield failed(f"`claims` raises {type(error).__name__} for a folder without a checkpoint; return None")
        return
    if claimed:
        yield failed(
            f"`claims` returns {claimed!r} for a folder without a checkpoint; look for a file of its own format"
        )
    try:
        model.inspect(folder, str(folder), None, _OPTIONS)
    except XHarnessError:
        return
    except Exception as error:  # noqa: BLE001 - it is the finding
        problem = f"raises {type(error).__name__}: {reason_of(error)}"
    else:
        problem = "returns metadata"
    yield failed(f"`inspect` {problem} for a folder without a checkpoint; raise BadRequest with what is missing")


def metadata_are_sound(model: Model, bench: Bench) -> Iterator[Problem]:
    """`inspect` names the adapter and gives the same fingerprint each time; `ready` are capabilities of the adapter."""
    info, again = _info(model, bench), find(_reference(model, bench), bench.registry, _OPTIONS)[1]
    if info.adapter != model.name:
        yield failed(f"`inspect` returns the adapter '{info.adapter}'; return '{model.name}'")
    if not info.fingerprint or info.fingerprint != again.fingerprint:
        yield failed("the fingerprint is empty or differs between two calls; derive it from the contents of the files")
    strange = sorted(info.ready - (info.capabilities or model.capabilities))
    if strange:
        yield failed(f"`ready` has {few(strange)}, which are not among the capabilities; correct one of them")
    if info.max_length <= 0:
        yield failed(f"`max_length` is {info.max_length}; give the number of tokens that the model reads at most")


def one_result_for_each_example(model: Model, bench: Bench) -> Iterator[Problem]:
    """Each method yields one result for each example of any iterable, and nothing for none."""
    for capability, examples, call in _calls(model, bench):
        results, nothing = list(call(iter(examples))), list(call(iter(())))
        if len(results) != len(examples) or nothing:
            yield failed(
                f"`{capability}` yields {len(results)} results for {len(examples)} examples, and {len(nothing)} for "
                "none; yield one for each, in order"
            )


def batches_do_not_matter(model: Model, bench: Bench) -> Iterator[Problem]:
    """With `exact`, the result of an example is the same alone as in a batch with others."""
    for capability, examples, call in _calls(model, bench):
        together = list(call(iter(examples)))
        alone = [result for example in examples for result in call(iter([example]))]
        odd = [
            number for number, (one, other) in enumerate(zip(alone, together, strict=False)) if not _alike(one, other)
        ]
        if odd:
            yield failed(
                f"`{capability}` of {len(odd)} examples differs between batches of 1 and of {len(examples)}, first of "
                f"example {odd[0]}; mask padding, and sort results back into the order of the examples"
            )


def results_have_their_form(model: Model, bench: Bench) -> Iterator[Problem]:
    """Vectors are finite float32 of one length, log-likelihoods finite numbers, predictions plain JSON."""
    for capability, examples, call in _calls(model, bench):
        results = list(call(iter(examples)))
        problem = _vector_problem(results) if capability == "embed" else _json_problem(capability, results)
        if problem:
            yield failed(f"`{capability}`: {problem}")


def settings_are_described(model: Model, bench: Bench) -> Iterator[Problem]:
    """`describe` of a loaded model returns plain JSON."""
    info = _info(model, bench)
    for capability in _ready(info, model):
        loaded = _load(model, info, capability, _task(capability, info, bench))
        try:
            json.dumps(dict(loaded.describe()), allow_nan=False)
        except (AttributeError, TypeError, ValueError) as error:
            yield failed(f"`describe` does not return plain JSON: {reason_of(error)}; return texts, numbers and lists")
        return


def _vector_problem(vectors: Sequence[Any]) -> str | None:
    import numpy as np

    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1:
        return f"vectors have the lengths {few(sorted(lengths))}; yield vectors of one length"
    if any(vector.dtype != np.float32 for vector in vectors):
        return f"vectors are {vectors[0].dtype}; yield blocks of float32"
    if not all(np.isfinite(vector).all() for vector in vectors):
        return "a vector has NaN or infinite values; check the weights and the pooling"
    return None


def _json_problem(capability: str, results: Sequence[Any]) -> str | None:
    if capability in _TEXT_REQUESTS:
        numbers = [result for result in results if isinstance(result, float)]
        bad = [number for number in numbers if not number <= 0]
        return f"the log-likelihood {bad[0]} is not a finite number up to 0; sum log-probabilities" if bad else None
    try:
        json.dumps(results, allow_nan=False)
    except (TypeError, ValueError) as error:
        return f"a prediction is not plain JSON ({reason_of(error)}); convert arrays and tensors"
    lacking = [number for number, row in enumerate(results) if "prediction" not in row]
    return f"result {lacking[0]} has no key 'prediction'; yield one for each example" if lacking else None


def _alike(one: Any, other: Any) -> bool:
    plain = [
        value.tolist() if hasattr(value, "tolist") else getattr(value, "__dict__", value) for value in (one, other)
    ]
    return alike(*plain)


def _calls(model: Model, bench: Bench) -> Iterator[tuple[str, Sequence[Any], Any]]:
    """Yield each capability that needs no training, with examples and its method; `Skip` if there is none."""
    info = _info(model, bench)
    found = False
    for capability in _ready(info, model):
        task = _task(capability, info, bench)
        examples = _TEXT_REQUESTS.get(capability) or (task and _examples(task, bench))
        if examples:
            found = True
            loaded = bench.once(
                ("loaded", model.name, capability),
                partial(_load, model, info, capability, task),
            )
            yield capability, examples, _flat(loaded, capability)
    if not found:
        raise Skip("the checkpoint can do nothing without training, or no task on this machine fits it")


def _flat(loaded: Any, capability: str) -> Any:
    method = getattr(loaded, capability)
    if capability != "embed":
        return method
    return lambda texts: (vector for block in method(texts) for vector in block)


def _ready(info: ModelInfo, model: Model) -> list[str]:
    return sorted(info.ready & model.capabilities - {_TRANSLATE})


def _task(capability: str, info: ModelInfo, bench: Bench) -> Task | None:
    """Return the first task that a trained head fits: its kind needs the capability, and the labels are the same."""
    tasks: list[Task] = bench.registry.all("tasks")
    for task in tasks:
        labels = getattr(task, "labels", ())
        if task.kind.capability == capability and (not info.labels or set(labels) == set(info.labels)):
            try:
                samples(task, bench)
            except Skip:
                continue
            return task
    return None


def _examples(task: Task, bench: Bench) -> list[Example]:
    return list(samples(task, bench)[0].rows[:_FEW])


def _load(model: Model, info: ModelInfo, capability: str, task: Task | None) -> Any:
    usable = {name: param for name, param in model.params.items() if param.capability in ("", capability)}
    params = {name: param.default for name, param in usable.items() if not param.derived}
    settled = dict(model.settle(info, params)) if model.settle else params
    return model.load(path=info.path, capability=capability, task=task, params=settled, options=_OPTIONS)


def _reference(model: Model, bench: Bench) -> str:
    return bench.models_of(model.name)[0]


def _info(model: Model, bench: Bench) -> ModelInfo:
    try:
        info: ModelInfo = bench.once(
            ("info", model.name), lambda: find(_reference(model, bench), bench.registry, _OPTIONS)[1]
        )
    except BadRequest as error:
        raise Skip(str(error)) from error
    return info


CHECKS = checks(
    "models",
    capabilities_are_known,
    other_folders_are_not_claimed,
    metadata_are_sound,
    one_result_for_each_example,
    batches_do_not_matter,
    results_have_their_form,
    settings_are_described,
    parameters_are_sound,
)
