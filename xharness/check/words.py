"""Synthetic words in every language that a task has synthetic examples in."""

from __future__ import annotations

from collections.abc import Iterator

from xharness.registry import Registry
from xharness.specs.sources import Synthetic
from xharness.specs.tasks import Task

_ROWS = 20


def words(registry: Registry) -> dict[str, list[str]]:
    """Return words by language: those of a tagging task, or those between the spaces of a text.

    Of several tasks the one with the longest words is used, since some data are split into characters.
    """
    split: dict[str, list[list[str]]] = {}
    spaced: dict[str, list[str]] = {}
    for task, data, language in _synthetic(registry):
        if task.kind.words_tagged:
            split.setdefault(language, []).append(_split(task, data, language))
        elif language not in spaced and (text := _texts(task, data, language)):
            spaced[language] = text
    chosen = {language: max(found, key=_length) for language, found in split.items()}
    return {language: chosen.get(language) or spaced[language] for language in sorted({*chosen, *spaced})}


def _synthetic(registry: Registry) -> Iterator[tuple[Task, Synthetic, str]]:
    """Yield the tasks that have synthetic examples, with each of their languages."""
    for task in registry.all("tasks"):
        declared = task.data if isinstance(task.data, tuple) else (task.data,)
        data = next((entry for entry in declared if isinstance(entry, Synthetic)), None)
        if data:
            yield from ((task, data, language) for language in task.languages)


def _split(task: Task, data: Synthetic, language: str) -> list[str]:
    column = next(iter(task.kind.columns))
    return [word for row in data.rows(language, next(iter(data.sizes)), _ROWS) for word in row[column]]


def _texts(task: Task, data: Synthetic, language: str) -> list[str]:
    """Return the words of the longest text of each row."""
    columns = [name for name, about in task.kind.columns.items() if about.type == "text"]
    rows = data.rows(language, next(iter(data.sizes)), _ROWS) if columns else ()
    return [word for row in rows for word in max((row[name] or "" for name in columns), key=len).split()]


def _length(found: list[str]) -> float:
    return sum(map(len, found)) / max(1, len(found))
