"""Caveats: what a reader of a score must know. Each has a code and facts; the sentences stand in one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from xharness.errors import few
from xharness.languages import LANGUAGES

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Caveat:
    """In what a score is not the official measurement of its task, or what a reader must know of the training.

    `code` is the kind of caveat in snake_case, `facts` its details as plain JSON values, `text` the sentence. A `grave`
    caveat says that the score does not measure zero-shot transfer, or not even a model: summaries always show it.
    """

    code: str
    text: str
    grave: bool = False
    facts: Facts = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the caveat as results.json has it."""
        return {"code": self.code, "grave": self.grave, "text": self.text, "facts": dict(self.facts)}


def caveat(code: str, **facts: Any) -> Caveat:
    """Return a caveat whose sentence is in the table; KeyError for any other code."""
    return Caveat(code, SENTENCES[code](facts), code in GRAVE, facts)


def of_training(remark: Mapping[str, Any], stage: str, tasks: str) -> Caveat:
    """Return the caveat that a remark in the report of a training stands for.

    `stage` and `tasks` say what was trained. A remark is {code, facts}, with `text` and `grave` where the table does
    not have its code.
    """
    code, own = str(remark.get("code", UNKNOWN)), dict(remark.get("facts", {}))
    facts = {"stage": stage, "tasks": tasks, **own}
    if code in SENTENCES:
        with suppress(KeyError, TypeError, ValueError):  # a plugin may give other facts than the sentence needs
            return caveat(code, **facts)
    text = remark.get("text") or f"{code} {own}"
    return Caveat(code, f"{stage} on {tasks}: {text}", code in GRAVE or bool(remark.get("grave")), facts)


def by_language(cells: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the caveats of records of cells, each once, with the languages that it holds for."""
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        for each in cell["caveats"]:
            one = found.setdefault(json.dumps(each, sort_keys=True), {**each, "languages": []})
            one["languages"] += [cell["language"]] if cell["language"] not in one["languages"] else []
    return list(found.values())


def sort_of(record: Mapping[str, Any], language: str = "") -> str:
    """Return what caveats share that differ in numbers alone, and in the language of their cells.

    A caveat without facts is of one sort with those of the same text.
    """
    return json.dumps([record["code"], _masked(record["facts"], language) or record["text"]], sort_keys=True)


def _masked(value: Any, language: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(each, language) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, language) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0
    return None if value == language else value


def in_short(records: Iterable[Mapping[str, Any]]) -> str:
    """Return the sentence of the first of caveats of one sort, and how many others there are."""
    first, *others = dict.fromkeys(record["text"] for record in records)
    return f"{first}; and {len(others)} more of this kind" if others else first


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s'[: count != 1]}"


def _trained_twice(facts: Facts) -> str:
    what = " ".join(facts["split"]) if "split" in facts else facts["shared"]
    phases = [
        f"{phase['task']} {'in a mixture' if phase['epochs'] is None else 'for {:g} epochs'.format(phase['epochs'])}"
        for phase in facts["phases"]
    ]
    return f"trained on more than once: {what} ({', '.join(phases)})"


def _shares_examples(facts: Facts) -> str:
    task, _, split = facts["split"]
    used = {"train": "trained on", "dev": "selected on"}[facts["role"]]
    return f"the checkpoint was {used} {task} {split}, which shares with the evaluated split: {facts['shared']}"


def _oracle(facts: Facts) -> str:
    names, count = ", ".join(facts["tasks"]), _many(facts["languages"], "language")
    return f"oracle selection: the checkpoint was selected on the dev splits of {names} in {count}"


def _training(facts: Facts) -> str:
    return f"{facts['stage']} on {facts['tasks']}"


def _chance(facts: Facts) -> str:
    if "loss" in facts:
        return f" (loss {facts['loss']:.2f}, chance {facts['chance']:.2f})"
    if "dev_accuracy" in facts:
        return f" (dev accuracy {facts['dev_accuracy']:.1f}, chance {facts['chance']:.1f})"
    return ""


def _translated(facts: Facts) -> str:
    known = LANGUAGES.get(facts["into"])
    return f"predicted on a machine translation of the examples into {known.name if known else facts['into']}"


def _short_warmup(facts: Facts) -> str:
    return f"{_training(facts)} ended within its warm-up, after {facts['step']:,} of {facts['warmup']:,} steps"


def _surrogates(facts: Facts) -> str:
    rows = facts["rows"]
    return (
        f"{facts['where']}: lone surrogates were replaced by U+FFFD in {_many(len(rows), 'row')}: {few(rows)} (from 0)"
    )


UNKNOWN = "unknown"
"""The code of a sentence of older files that has no code here."""

SENTENCES: Mapping[str, Callable[[Facts], str]] = {
    "synthetic_data": lambda facts: f"synthetic data of source '{facts['source']}': the score does not measure a model",
    "translated_inputs": _translated,
    "gold_of_inputs": lambda _: "scored against the answers of the inputs, not of the evaluated split",
    "other_split": lambda facts: f"split {facts['split']} instead of {facts['official']}",
    "limited": lambda facts: f"limited to the first {_many(facts['limit'], 'example')} of each split",
    "test_size": lambda facts: f"{_many(facts['n'], 'example')} where the official test set has {facts['official']:,}",
    "pool_size": lambda facts: f"{_many(facts['n'], 'candidate')} where the official pool has {facts['official']:,}",
    "lone_surrogates": _surrogates,
    "threshold_on_evaluated_split": lambda _: "the threshold was tuned on the evaluated split",
    "trained_on_evaluated_split": lambda _: "the checkpoint was trained on the evaluated split",
    "selected_on_evaluated_split": lambda _: "the checkpoint was selected on the evaluated split",
    "shares_examples": _shares_examples,
    "trained_twice": _trained_twice,
    "oracle_selection": _oracle,
    "failed_run": lambda facts: f"{_training(facts)} stayed at chance level{_chance(facts)}",
    "restarted_run": lambda facts: (
        f"{_training(facts)} was restarted with another seed: with seed {facts['seed']} it stayed at chance "
        f"level{_chance(facts)}"
    ),
    "short_warmup": _short_warmup,
}

GRAVE = frozenset(
    {
        "synthetic_data",
        "translated_inputs",
        "gold_of_inputs",
        "threshold_on_evaluated_split",
        "trained_on_evaluated_split",
        "selected_on_evaluated_split",
        "shares_examples",
        "oracle_selection",
        "failed_run",
        "restarted_run",
    }
)
"""Codes whose caveats summaries always show."""
