"""Caveats: what a reader of a score must know. A caveat has a code and facts; one table holds the sentences."""

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
    """How a score differs from the official measurement of its task, or what a reader must know of the training.

    `code` is the kind of caveat in snake_case, `facts` its details as plain JSON values, `text` the sentence. With a
    `grave` caveat the score does not measure zero-shot transfer, or not even a model, or cannot be compared as it is;
    summaries always show it.
    """

    code: str
    text: str
    grave: bool = False
    facts: Facts = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the caveat in the form of results.json."""
        return {"code": self.code, "grave": self.grave, "text": self.text, "facts": dict(self.facts)}


def caveat(code: str, **facts: Any) -> Caveat:
    """Return the caveat of a code in the table `SENTENCES`; raise KeyError for any other code."""
    return Caveat(code, SENTENCES[code](facts), code in GRAVE, facts)


def of_training(remark: Mapping[str, Any], stage: str, tasks: str) -> Caveat:
    """Return the caveat of a remark in the report of a training.

    `stage` and `tasks` name what was trained. A remark is {code, facts}; with a code that is not in the table, it also
    has `text` and `grave`.
    """
    code, own = str(remark.get("code", UNKNOWN)), dict(remark.get("facts", {}))
    facts = {"stage": stage, "tasks": tasks, **own}
    if code in SENTENCES:
        with suppress(KeyError, TypeError, ValueError):  # a plugin may leave out facts that the sentence needs
            return caveat(code, **facts)
    text = remark.get("text") or f"{code} {own}"
    return Caveat(code, f"{stage} on {tasks}: {text}", code in GRAVE or bool(remark.get("grave")), facts)


def of_model(remark: Mapping[str, Any]) -> Caveat:
    """Return the caveat that a remark in the description of a loaded model stands for: {code, facts}, as above."""
    code, facts = str(remark.get("code", UNKNOWN)), dict(remark.get("facts", {}))
    if code in SENTENCES:
        with suppress(KeyError, TypeError, ValueError):
            return caveat(code, **facts)
    return Caveat(code, remark.get("text") or f"{code} {facts}", bool(remark.get("grave")), facts)


def by_language(cells: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the different caveats of records of cells, each with its languages."""
    caveats: dict[str, dict[str, Any]] = {}
    for cell in cells:
        for each in cell["caveats"]:
            one = caveats.setdefault(json.dumps(each, sort_keys=True), {**each, "languages": []})
            one["languages"] += [cell["language"]] if cell["language"] not in one["languages"] else []
    return list(caveats.values())


def sort_of(record: Mapping[str, Any], language: str = "") -> str:
    """Return a key that is equal for caveats that differ only in numbers and in the language of their cells.

    The key of a caveat without facts is its text.
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
    """Return the first sentence of caveats of one sort, and the number of the others."""
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


def _unknown_weights(facts: Facts) -> str:
    count = facts["count"]
    verb, names = "is" if count == 1 else "are", [*facts["names"], *[""] * (count - len(facts["names"]))]
    return (
        f"{_many(count, 'weight')} of the checkpoint {verb} unknown to its architecture and left out: "
        f"{few(names, len(facts['names']))}"
    )


def _token_types(facts: Facts) -> str:
    return (
        f"the tokenizer gives {_many(facts['tokenizer'], 'token type')} and the model has {facts['model']:,}: they are "
        "left out, only separators divide the texts of a pair"
    )


def _surrogates(facts: Facts) -> str:
    rows = facts["rows"]
    return (
        f"{facts['where']}: lone surrogates were replaced by U+FFFD in {_many(len(rows), 'row')}: {few(rows)} (from 0)"
    )


UNKNOWN = "unknown"
"""The code of a sentence in an older file that no code stands for."""


def _language(code: str) -> str:
    return LANGUAGES[code].name if code in LANGUAGES else code


SENTENCES: Mapping[str, Callable[[Facts], str]] = {
    "synthetic_data": lambda facts: f"synthetic data of source '{facts['source']}': the score does not measure a model",
    "translated_inputs": _translated,
    "gold_of_inputs": lambda _: "scored against the answers of the inputs, not of the evaluated split",
    "other_split": lambda facts: f"split {facts['split']} instead of {facts['official']}",
    "limited": lambda facts: f"limited to the first {_many(facts['limit'], 'example')} of each split",
    "test_size": lambda facts: (
        f"scored {_many(facts['n'], 'example')}; the official test set has {facts['official']:,}"
    ),
    "pool_size": lambda facts: (
        f"searched {_many(facts['n'], 'candidate')}; the official pool has {facts['official']:,}"
    ),
    "lone_surrogates": _surrogates,
    "threshold_on_evaluated_split": lambda _: "the threshold was tuned on the evaluated split",
    "trained_on_evaluated_split": lambda _: "the checkpoint was trained on the evaluated split",
    "selected_on_evaluated_split": lambda _: "the checkpoint was selected on the evaluated split",
    "shares_examples": _shares_examples,
    "trained_twice": _trained_twice,
    "oracle_selection": _oracle,
    "shuffled_labels": lambda facts: (
        f"control condition: trained on {', '.join(facts['tasks'])} with shuffled labels, not on the task itself"
    ),
    "failed_run": lambda facts: f"{_training(facts)} stayed at chance level{_chance(facts)}",
    "restarted_run": lambda facts: (
        f"{_training(facts)} was restarted with another seed: with seed {facts['seed']} it stayed at chance "
        f"level{_chance(facts)}"
    ),
    "short_warmup": _short_warmup,
    "label_risk": lambda facts: (
        f"noise {facts['noise']} often changes the meaning in {_language(facts['language'])}: some labels may no "
        "longer hold"
    ),
    "noise_undone": lambda facts: (
        f"the tokenizer undoes noise {facts['noise']}: token ids change in {facts['effective']:,} of the "
        f"{_many(facts['changed'], 'example')} that it changes, so the score says little about robustness"
    ),
    "prefix_removed": lambda facts: (
        f"the names of all weights begin with '{facts['prefix']}', which the architecture does not have; it was removed"
    ),
    "unknown_weights": _unknown_weights,
    "token_types_left_out": _token_types,
    "pad_token_missing": lambda facts: (
        f"the tokenizer has no pad token; its end-of-text token '{facts['token']}' pads the batches"
    ),
    "other_vectors": lambda facts: (
        f"vectors are read in another way ({facts['row']}) than those of the baseline ({facts['baseline']}): scores "
        "differ for that reason too"
    ),
    "other_similarity": lambda facts: (
        f"the checkpoint declares that its vectors are compared by {facts['declared']}; the search used their cosine"
    ),
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
        "shuffled_labels",
        "failed_run",
        "restarted_run",
        "other_vectors",
    }
)
"""The codes of grave caveats."""
