"""Let the trainings of a checkpoint be in words: where the request names a way in words, no head is trained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from xharness.errors import BadRequest
from xharness.predict_stage import keyed_params
from xharness.registry import Registry
from xharness.specs.prompts import Wording
from xharness.specs.stage_params import Finetune, InWords, Multitask
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import Task
from xharness.specs.training import Start
from xharness.specs.ways import Way
from xharness.ways import all_ways, named, words_for

if TYPE_CHECKING:
    from xharness.request import Resolved


def in_words(checkpoint: Stage, task: Task, resolved: Resolved, registry: Registry) -> Stage:
    """Return the stages of a checkpoint with all trainings in words, if the request asks `task` in words.

    They stay as they are if the request names no way in words, or if the adapter cannot train in words. An adapter with
    a warm start trains only those in words that have no head. BadRequest if a task of the trainings has no prompt to be
    trained in.
    """
    if named(task, resolved.request.way, registry).native or not resolved.model.words:
        return checkpoint
    return _Writer(resolved, registry).stage(checkpoint)


class _Writer:
    """Rewrites the stages of one request."""

    def __init__(self, resolved: Resolved, registry: Registry) -> None:
        self._resolved, self._registry = resolved, registry

    def stage(self, stage: Stage) -> Stage:
        """Return a stage, and those that it needs, with all trainings in words."""
        inputs, params = tuple(map(self.stage, stage.inputs)), stage.params
        if self._with_heads(stage):
            return replace(stage, inputs=inputs)
        if isinstance(params, Finetune):
            [task] = {ref.task for ref in stage.refs("train")}
            params = replace(params, start=Start(), words=self._words(task, stage.data.values()))
        elif isinstance(params, Multitask):
            names = sorted({ref.task for ref in stage.refs("train")})
            words = {
                name: self._words(name, (ref for ref in stage.data.values() if ref.task == name)) for name in names
            }
            params = replace(params, head=None, words=words)
        return replace(stage, params=params, inputs=inputs)

    def _with_heads(self, stage: Stage) -> bool:
        """Return whether a training trains heads although a later one is in words."""
        kinds = [self._registry.get("tasks", ref.task).kind for ref in stage.refs("train")]
        able = self._resolved.model.capabilities
        fine_tuned = all(kind.needs_finetuning and kind.capability in able for kind in kinds)
        return bool(self._resolved.model.warm_start) and fine_tuned

    def _words(self, name: str, refs: Iterable[DataRef]) -> InWords:
        """Return the words of a task in the languages of splits, in the way of the request or the nearest to it."""
        task, languages = self._registry.get("tasks", name), sorted({ref.language for ref in refs})
        for way in self._ways(task):
            wordings = {code: self._wording(task, way, code) for code in languages}
            found = {code: wording for code, wording in wordings.items() if wording}
            if len(found) == len(languages):
                params = keyed_params(self._resolved, way.capability)
                return InWords(way=(way.name, way.version), wordings=found, params=params)
        raise BadRequest(
            f"--way {self._resolved.request.way}: task '{name}' ({task.kind.name}) cannot be trained in words, because "
            f"it has no prompt in {', '.join(languages)} for it; train on another task, add a prompt, or use --way head"
        )

    def _ways(self, task: Task) -> list[Way]:
        """Return the ways with training texts that the adapter can do, that of the request first."""
        able, asked = self._resolved.model.capabilities, self._resolved.request.way
        ways = [way for way in all_ways(task, self._registry) if way.target and way.capability in able]
        return sorted(ways, key=lambda way: way.name != asked)

    def _wording(self, task: Task, way: Way, language: str) -> Wording | None:
        """Return the words for training, which have no examples before them; None if the task has none."""
        resolved, prompts = self._resolved, self._registry.prompts(task.name)
        asked = resolved.request.prompt
        known = any(asked in (prompt.variant, prompt.name) for prompt in prompts)
        found = words_for(task, way, language, asked if known else None, self._registry)
        chat = resolved.model.chat_template
        return found and replace(found, chat=chat(resolved.info, resolved.model_params) if chat else "")
