"""The card of a task: what it measures, languages, training, metrics, data and known traps."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xharness.cli.data_locations import locations
from xharness.languages import LANGUAGES
from xharness.registry import Registry
from xharness.specs.tasks import Task, Train, Tuning
from xharness.specs.ways import verb
from xharness.ways import ways_of

_SHARED = {field.name for field in dataclasses.fields(Task)}
_UNKNOWN = "other"


def card(task: Task, registry: Registry) -> dict[str, Any]:
    """Return the card of a task for programs, without the name.

    `training` lists the training splits in order, and `tuning` is that of the last; `score` names the values whose mean
    is the score of the task; the first of `metrics` is the official one.
    """
    training = _training(task.training, registry)
    return {
        "summary": task.summary,
        "kind": task.kind.name,
        "capability": next(iter(ways_of(task, registry)), task.kind.ways[0]).capability,
        **{name: getattr(task, name) for name in _own(task)},
        "languages": [_language(code, task.sizes.get(code)) for code in task.languages],
        "parallel": task.parallel,
        "test_split": task.test_split,
        "training": training,
        "translated": _translations(task, training, registry),
        "tuning": registry.get("tasks", training[-1]["task"]).tuning if training else None,
        "score": task.headline_names,
        "metrics": [_metric(name, registry) for name in task.metric_names],
        "data": task.data if isinstance(task.data, tuple) else (task.data,),
        **{name: getattr(task, name) for name in ("licence", "citation", "homepage", "notes")},
    }


def rows(task: Task, registry: Registry) -> dict[str, list[str]]:
    """Return the card for people: labels, and the paragraphs of each."""
    facts = card(task, registry)
    own = [name for name in _own(task) if name not in task.column_map() and facts[name]]
    usual = _usual(task)
    measured = list(map(_measured, facts["metrics"]))
    return {
        "measures": [task.summary],
        "kind": [f"{task.kind.name}; needs a model that can {verb(facts['capability'])}"],
        **{name: [_plain(facts[name])] for name in own},
        "languages": [_overview(facts["languages"]), *_families(facts["languages"], usual)],
        "test set": [_test_set(task, usual)],
        "trained on": [", then ".join(map(_step, facts["training"])) or "nothing"],
        "translated": [_published(facts["translated"])],
        "tuning": [_tuning(facts["tuning"], bool(task.kind.pool))] if facts["tuning"] else [],
        "score": [f"{' and '.join(task.headline_names)}, the mean over languages" if measured else "never evaluated"],
        "metric": measured[:1],
        "others": measured[1:],
        **{entry.source: locations(entry) for entry in facts["data"]},
        **{name: [facts[name]] for name in ("licence", "citation", "homepage")},
        "traps": [f"- {note}" for note in task.notes],
    }


def _own(task: Task) -> list[str]:
    """Return the fields that the class of the task adds, such as labels and lengths, without those that are False."""
    own = (field.name for field in dataclasses.fields(task) if field.name not in _SHARED)
    return [name for name in own if getattr(task, name) is not False]


def _plain(value: Any) -> str:
    if isinstance(value, int):
        return "yes" if value is True else f"{value:,}"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _language(code: str, size: int | None) -> dict[str, Any]:
    known = LANGUAGES.get(code)
    about = {"name": known.name, "family": known.family, "script": known.script} if known else {}
    return {"code": code, "name": code, "family": _UNKNOWN, "script": None, **about, "size": size}


def _training(training: Train | None, registry: Registry) -> list[dict[str, Any]]:
    steps = []
    for name in (training.first, training.task) if training else ():
        if name:
            trainer: Task = registry.get("tasks", name)
            split = trainer.training or training
            steps.append({"task": name, "language": split and split.language, "size": trainer.train_size or None})
    return steps


def _translations(task: Task, training: Sequence[Mapping[str, Any]], registry: Registry) -> dict[str, tuple[str, ...]]:
    """Return the languages of published translations: of the training split, and of the test split into English."""
    split = registry.get("tasks", training[-1]["task"]).training if training else None
    return {"training": split.translations if split else (), "test": task.translated}


def _published(languages: Mapping[str, Sequence[str]]) -> str:
    what = {"training": "the English training split into", "test": "the test split into English, from"}
    return "; ".join(f"{what[name]} {' '.join(codes)}" for name, codes in languages.items() if codes)


def _metric(name: str, registry: Registry) -> dict[str, Any]:
    metric = registry.get("metrics", name)
    return {"name": name, **{key: getattr(metric, key) for key in ("summary", "signature", "higher_is_better")}}


def _measured(metric: Mapping[str, Any]) -> str:
    direction = "" if metric["higher_is_better"] else "; lower is better"
    return f"{metric['name']}: {metric['summary']}{direction} [{metric['signature']}]"


def _overview(languages: Sequence[Mapping[str, Any]]) -> str:
    scripts = Counter(language["script"] for language in languages if language["script"])
    return f"{len(languages)}; scripts: {', '.join(f'{name} {count}' for name, count in scripts.most_common())}"


def _families(languages: Sequence[Mapping[str, Any]], usual: int | None) -> Iterator[str]:
    """Yield a line for each family, and one for all families with a single language; name unusual test set sizes."""
    single = []
    for family, count in Counter(each["family"] for each in languages).most_common():
        named = ", ".join(_named(each, usual) for each in languages if each["family"] == family)
        if count > 1:
            yield f"{family} {count}: {named}"
        else:
            single.append(f"{family}: {named}")
    yield "; ".join(single)


def _named(language: Mapping[str, Any], usual: int | None) -> str:
    size = "" if language["size"] in (usual, None) else f" {language['size']:,}"
    return f"{language['name']} ({language['code']}){size}"


def _usual(task: Task) -> int | None:
    """Return the size of more than half of the test sets, or None."""
    size, count = Counter(task.sizes.values()).most_common(1)[0] if task.sizes else (None, 0)
    return size if 2 * count > len(task.languages) > 1 else None


def _test_set(task: Task, usual: int | None) -> str:
    parts = [f"{sum(task.sizes.values()):,} examples" if task.sizes else "no official size"]
    if usual:
        parts.append(f"{usual:,} in each language" + (" unless stated" if len(set(task.sizes.values())) > 1 else ""))
    if task.test_split != "test":
        parts.append(f"split {task.test_split}")
    if task.parallel:
        parts.append("translations of each other")
    return ", ".join(parts)


def _step(step: Mapping[str, Any]) -> str:
    known = LANGUAGES.get(step["language"])
    size = f", {step['size']:,} examples" if step["size"] else ""
    return f"{step['task']} ({known.name if known else step['language']}{size})"


def _tuning(tuning: Tuning, pooled: bool) -> str:
    large = tuning.large_learning_rate
    parts = {
        "epochs": f"{tuning.epochs:g}",
        "learning rate": f"{tuning.learning_rate:g}"
        + (f" ({large:g} for a hidden size of 1,024 or more)" if large else ""),
        "batch size": str(tuning.batch_size),
        "contrasted candidates": f"{tuning.negatives}" if pooled else "",
        "max length": "" if pooled else f"{tuning.max_length} tokens",
        "stride": f"{tuning.stride}" if tuning.stride else "",
        "warm-up": f"{tuning.warmup_steps} steps" if tuning.warmup_steps else "",
        "weight decay": f"{tuning.weight_decay:g}" if tuning.weight_decay else "",
    }
    kept = "the last step is kept"
    if tuning.selection == "dev":
        kept = f"the step with the best dev score is kept, of every {tuning.eval_steps:,}th"
    return f"{', '.join(f'{name} {value}' for name, value in parts.items() if value)}; {kept}"
