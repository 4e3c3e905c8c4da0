"""What a noise does to a few synthetic sentences of a language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xharness.errors import BadRequest, unknown
from xharness.languages import LANGUAGES, canonical
from xharness.noise_inputs import check, noising
from xharness.registry import Registry
from xharness.run.steps.noise import changes
from xharness.specs.noises import Noise, NoiseSetting
from xharness.specs.sources import Synthetic
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task

_DEFAULT = "en"
_SHOWN = 3
_DRAWN = 40
"""Rows that are generated: a noise may copy from others."""


def examples(name: str, noise: Noise, spelling: str | None, registry: Registry) -> dict[str, Any] | None:
    """Return sentences of a language without noise and at the lowest, middle and highest severity.

    None if no language is given and there are no examples in English. BadRequest if the noise does not apply in the
    given language or needs a file, or no task has synthetic sentences in it.
    """
    language = canonical(spelling or _DEFAULT)
    if language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES)
    try:
        task, data = _sentences(name, noise, language, registry)
    except BadRequest:
        if spelling is None:
            return None
        raise
    severities = sorted(noise.settings)
    chosen = sorted({severities[0], severities[len(severities) // 2], severities[-1]})
    found = {severity: list(_changed(task, data, language, noise, name, severity)) for severity in chosen}
    texts = [
        {"clean": clean, **{str(severity): found[severity][number][1] for severity in chosen}}
        for number, (clean, _) in enumerate(found[chosen[0]])
    ]
    texts.sort(key=lambda each: each["clean"] == each[str(chosen[-1])])  # those that change come first
    return {"language": language, "task": task.name, "texts": texts[:_SHOWN]}


def _sentences(name: str, noise: Noise, language: str, registry: Registry) -> tuple[Task, Synthetic]:
    """Return a task that the noise can change, with synthetic examples in the language."""
    reason = noise.applies(language)
    if reason:
        raise BadRequest(f"noise '{name}' does not apply: {reason}")
    why = f"noise '{name}': no task has synthetic sentences in {LANGUAGES[language].name}"
    for task in registry.all("tasks"):
        declared = task.data if isinstance(task.data, tuple) else (task.data,)
        data = next((entry for entry in declared if isinstance(entry, Synthetic)), None)
        if not data or language not in task.languages or task.test_split not in data.sizes or not _has_texts(task):
            continue
        try:
            check(task, language, NoiseSetting(name=name, severity=min(noise.settings)), noise)
        except BadRequest as error:
            why = str(error)
        else:
            return task, data
    raise BadRequest(why)


def _has_texts(task: Task) -> bool:
    """Return whether a task has texts that a noise can change, not words one by one."""
    return not task.kind.words_tagged and any(task.kind.columns[column].type == "text" for column in task.kind.noised)


def _changed(
    task: Task, data: Synthetic, language: str, noise: Noise, name: str, severity: int
) -> Iterator[tuple[str, str]]:
    """Yield the first text of each example that has one, without noise and with it."""
    from datasets import Dataset

    rows = Dataset.from_list([dict(row) for row in data.rows(language, task.test_split, _DRAWN)])
    setting = NoiseSetting(name=name, severity=severity, version=noise.version)
    params = noising(task, DataRef(task.name, language, task.test_split), setting, noise)
    columns = [column for column in params.columns if task.kind.columns[column].type == "text"]
    for _, row, noisy, _ in changes(task, noise, params, rows):
        yield row[columns[0]], noisy[columns[0]]


def text(found: Mapping[str, Any]) -> str:
    """Return examples as lines: a text without noise, and below it the same text at each severity."""
    language = LANGUAGES[found["language"]]
    lines = [f"\nexamples in {language.name} ({language.code}), synthetic sentences of {found['task']}"]
    for each in found["texts"]:
        lines.append("")
        lines += [
            f"  {severity if severity == 'clean' else 'at ' + severity:<6} {text}" for severity, text in each.items()
        ]
    return "\n".join(lines)
