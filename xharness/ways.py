"""Select the way to ask a checkpoint a task, and the words, from kind, prompts, and the capabilities of the adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from xharness.errors import BadRequest, unknown
from xharness.registry import Registration, Registry
from xharness.specs.models import ModelInfo
from xharness.specs.prompts import Prompt, Wording
from xharness.specs.stage_params import Finetune, Multitask
from xharness.specs.tasks import Task
from xharness.specs.ways import Way, verb

if TYPE_CHECKING:
    from xharness.request import Resolved
    from xharness.specs.stages import Stage


def ways_of(task: Task, registry: Registry) -> tuple[Way, ...]:
    """Return the ways to ask a task: those of its kind, then those that plugins add to the kind."""
    templates = [template for prompt in registry.prompts(task.name) for template in prompt.templates.values()]
    return tuple(
        way for way in all_ways(task, registry) if way.native or any(way.suits(task, words) for words in templates)
    )


def all_ways(task: Task, registry: Registry) -> Iterator[Way]:
    """Yield the ways of the kind of a task, then those that plugins add to it, whether or not it has words for them."""
    yield from task.kind.ways
    yield from (way for way in registry.all("ways") if way.kind == task.kind.name)


def listed(registry: Registry) -> list[Registration]:
    """Return every way with the plugin that declares it: those of each kind, then those that plugins add to it."""
    kinds = [registry.registration("kinds", name) for name in registry.names("kinds")]
    own = [Registration(replace(way, kind=entry.spec.name), entry.plugin) for entry in kinds for way in entry.spec.ways]
    added = [registry.registration("ways", name) for name in registry.names("ways")]
    return sorted([*own, *added], key=lambda entry: str(entry.spec.kind))


def choose(
    task: Task, language: str, checkpoint: Stage, resolved: Resolved, registry: Registry
) -> tuple[Way, Wording | None]:
    """Return the way to ask a checkpoint a task in a language, and its words; no words for a native way.

    It is the way that the request names, or the first that the adapter and the checkpoint support; the native way if
    they support none. BadRequest if the named way cannot be used.
    """
    request, able = resolved.request, resolved.model.capabilities
    written = trained_in_words(checkpoint)
    for way in all_ways(task, registry):
        if request.way not in (None, way.name) or way.capability not in able:
            continue
        if not way.native and resolved.model.warm_start and not written:
            _check_needless(way, task, resolved)
            continue
        if request.way:
            _check_fits(way, task, checkpoint, resolved)
        if way.native and (request.way or _ready(way, task, checkpoint, resolved)):
            _check_words_unused(task, resolved)
            return way, None
        if not way.native and (request.way or written or way.capability in resolved.info.ready):
            wording = _wording(task, way, language, resolved, registry)
            if wording or request.way:
                return way, wording or no_words(task, way, language, registry)
    if request.way:
        raise _unusable(task, request.way, resolved, registry)
    return task.kind.ways[0], None


def as_asked(task: Task, resolved: Resolved, registry: Registry) -> ModelInfo:
    """Return the facts about the checkpoint; it counts as ready for a way in words that the request names."""
    able, info = resolved.model.capabilities, resolved.info
    asked = {
        way.capability
        for way in all_ways(task, registry)
        if way.name == resolved.request.way and not way.native and way.capability in able
    }
    return replace(info, ready=info.ready | asked)


def _unusable(task: Task, name: str, resolved: Resolved, registry: Registry) -> BadRequest:
    ways = {way.name: way for way in ways_of(task, registry)}
    if name not in ways:
        return unknown("way", name, ways, f"task '{task.name}'")
    able = resolved.model.capabilities
    usable = ", ".join(way.name for way in ways.values() if way.capability in able) or "none"
    return BadRequest(
        f"--way {name}: '{resolved.info.reference}' cannot {verb(ways[name].capability)}; its ways of '{task.name}': "
        f"{usable}"
    )


def _check_needless(way: Way, task: Task, resolved: Resolved) -> None:
    """Raise BadRequest if a task can only be asked in words, or the request wants it, of an encoder that cannot yet."""
    what = (
        f"{resolved.info.architecture} is an encoder, which can {verb(way.capability)} only after a training in words"
    )
    if not task.kind.ways[0].native:
        raise BadRequest(f"task '{task.name}': {what}; {resolved.model.warm_start}")
    if resolved.request.way:
        raise BadRequest(f"--way {way.name}: {what}; leave it out, since '{task.name}' has a way without words")


def _check_fits(way: Way, task: Task, checkpoint: Stage, resolved: Resolved) -> None:
    """Raise BadRequest if the recipe makes no checkpoint that can be asked a task in the named way."""
    info, recipe = resolved.info, resolved.recipe.name
    if way.native and not _ready(way, task, checkpoint, resolved):
        raise BadRequest(
            f"--way {way.name}: {info.architecture} has no head for task '{task.name}' and recipe '{recipe}' trains "
            "none; use a recipe that trains one, such as zero-shot"
        )
    heads = checkpoint.trained_on and not trained_in_words(checkpoint)
    if not way.native and heads and task.kind.capability in resolved.model.capabilities:
        raise BadRequest(
            f"--way {way.name}: recipe '{recipe}' trains a head for task '{task.name}', and a model with a head cannot "
            f"{verb(way.capability)}; use --recipe as-is"
        )
    if not way.native and task.kind.capability in info.ready and way.capability not in info.ready:
        raise BadRequest(f"--way {way.name}: {info.architecture} cannot {verb(way.capability)}; use another way")


def trained_in_words(checkpoint: Stage) -> bool:
    """Return whether the last training of a checkpoint is in words."""
    params = [stage.params for stage in checkpoint.walk() if isinstance(stage.params, Finetune | Multitask)]
    return bool(params) and bool(params[-1].words)


def _check_words_unused(task: Task, resolved: Resolved) -> None:
    """Raise BadRequest if the request has a prompt or examples, which a task that is not asked in words ignores."""
    request = resolved.request
    if request.prompt or request.shots:
        option = "--prompt" if request.prompt else "--shots"
        raise BadRequest(
            f"{option}: task '{task.name}' is not asked in words with the adapter '{resolved.model.name}'; leave it "
            "out, or use a model that reads and writes text"
        )


def _ready(way: Way, task: Task, checkpoint: Stage, resolved: Resolved) -> bool:
    """Return whether a checkpoint can be asked a task in a native way without more training."""
    if way.capability in resolved.info.ready:
        return True
    return bool(checkpoint.trained_on) or not task.kind.needs_finetuning or task.kind.search is not None


def _wording(task: Task, way: Way, language: str, resolved: Resolved, registry: Registry) -> Wording | None:
    request, chat = resolved.request, resolved.model.chat_template
    found = words_for(task, way, language, request.prompt, registry)
    return found and replace(
        found,
        shots=request.shots,
        draw=request.shot_draw if request.shots else 0,
        chat=chat(resolved.info, resolved.model_params) if chat else "",
    )


def words_for(task: Task, way: Way, language: str, asked: str | None, registry: Registry) -> Wording | None:
    """Return the words of a task for a way in a language, without examples; None if it has none.

    `asked` names a prompt or a variant; None: the first prompt that has words. BadRequest if no prompt has that name.
    """
    for prompt in _prompts(task, asked, registry):
        found = prompt.template(language)
        if found and way.suits(task, found[1]):
            code, template = found
            return Wording(
                prompt=prompt.name,
                version=prompt.version,
                language=code,
                template=template,
                separator=prompt.separator,
            )
    return None


def _prompts(task: Task, asked: str | None, registry: Registry) -> list[Prompt]:
    known = registry.prompts(task.name)
    if asked is None:
        return known
    chosen = [prompt for prompt in known if asked in (prompt.variant, prompt.name)]
    if not chosen:
        raise unknown("prompt", asked, [prompt.variant for prompt in known], f"task '{task.name}'")
    return chosen


def no_words(task: Task, way: Way, language: str, registry: Registry) -> NoReturn:
    """Raise BadRequest: the task has no words for a way in a language."""
    known = ", ".join(prompt.name for prompt in registry.prompts(task.name)) or "none"
    raise BadRequest(
        f"task '{task.name}' has no words in {language} for the way '{way.name}' (prompts: {known}); add a prompt with "
        "the hook xharness_prompts"
    )


def runs_code(task: Task, way: Way) -> bool:
    """Return whether code that a model writes is run when a task is asked in a way."""
    return task.unsafe_code and way.capability == "generate"


def named(task: Task, name: str | None, registry: Registry) -> Way:
    """Return the way of a task with a name; the native way if `name` is None."""
    return next((way for way in all_ways(task, registry) if way.name == name), task.kind.ways[0])
