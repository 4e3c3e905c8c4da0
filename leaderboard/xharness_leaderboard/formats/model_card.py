"""README.md of a model on the Hugging Face hub: model-index metadata, and tables of the same scores.

Format: `modelcard.md` in huggingface/hub-docs; `huggingface_hub.ModelCard` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import Export, Specs
from xharness_leaderboard.formats import markdown
from xharness_leaderboard.formats.card_text import section
from xharness_leaderboard.formats.origin import origin_of
from xharness_leaderboard.formats.report import Report, Score, report

FILE = "README.md"
_TYPES = {
    "classification": "text-classification",
    "multiple-choice": "multiple-choice",
    "tagging": "token-classification",
    "span-qa": "question-answering",
    "bitext-retrieval": "sentence-similarity",
    "bitext-mining": "sentence-similarity",
    "passage-retrieval": "text-ranking",
}  # task names of the hub


def make(run: Path, specs: Specs, seed: int | None) -> Export:
    """Return the card of a run; raise as `report` does."""
    from huggingface_hub.utils import yaml_dump

    content = report(run, specs, seed)
    index = [{"name": content.name, "results": list(_results(content))}]
    metadata = yaml_dump({"model-index": index}, sort_keys=False).strip()
    card = f"---\n{metadata}\n---\n\n# {markdown.text(content.name)}\n\n{section(content)}"
    return Export({FILE: card.encode()}, tuple(content.missing()), tuple(content.incomplete()))


def _results(content: Report) -> Iterator[dict[str, Any]]:
    """Yield the headline metrics of each cell, then the complete averages."""
    scores: dict[tuple[str, str], list[Score]] = {}
    for score in content.scores():
        if score.metric in content.headline(score.task):
            scores.setdefault((score.task, score.language), []).append(score)
    for (task, _), metrics in scores.items():
        yield _result(content, task, _dataset(content, metrics[0]), [_metric(content, score) for score in metrics])
    for task, average in content.averages():
        args = {"languages": sorted(content.entry["cells"][task])}
        about = {"name": f"{task}, mean of its languages", "type": task, "split": _split(content, task), "args": args}
        yield _result(
            content, task, about, [_mean(content.board["tasks"][task]["metric"], average, "mean of languages")]
        )
    for name, suite in content.suites():
        parts = {"name": f"{name}, mean of its tasks", "type": name, "args": {"tasks": suite["tasks"]}}
        metric = _mean("score", suite, "mean of tasks")
        yield {"task": {"type": "other", "name": name}, "dataset": parts, "metrics": [metric]}


def _result(content: Report, task: str, dataset: Mapping[str, Any], metrics: list[dict[str, Any]]) -> dict[str, Any]:
    kind = content.board["tasks"][task]["kind"]
    return {"task": {"type": _TYPES.get(kind, kind), "name": task}, "dataset": dataset, "metrics": metrics}


def _split(content: Report, task: str) -> str:
    """Return the evaluated split of a task."""
    return str(next(score.record["split"] for score in content.scores() if score.task == task))


def _dataset(content: Report, score: Score) -> dict[str, Any]:
    record = score.record
    args = {"language": score.language, "examples": record["n"], "source": record["source"]}
    args |= {"fingerprint": record["data"]["examples"]} if "examples" in record["data"] else {}
    about: dict[str, Any] = {"name": f"{score.task} in {content.language(score.language)}"}
    if origin := origin_of(record):
        about |= {"type": origin.id} | ({"config": origin.config} if origin.config else {})
        return about | {"split": origin.split, "revision": origin.revision, "args": args}
    return about | {"type": score.task, "config": score.language, "split": record["split"], "args": args}


def _metric(content: Report, score: Score) -> dict[str, Any]:
    caveats = content.caveats_of(score)
    args: dict[str, Any] = {"signature": score.signature, "scale": "0 to 100"}
    args |= {"ci95": list(score.ci95)} if score.ci95 else {}
    args |= {"seeds": dict(score.seeds)} if len(score.seeds) > 1 else {}
    args |= {"caveats": caveats} if caveats else {}
    # The name contains the language, since tools of the hub merge results that differ only in their arguments.
    return {"type": score.metric, "value": score.value, "name": f"{score.metric}, {score.language}", "args": args}


def _mean(metric: str, average: Mapping[str, Any], of: str) -> dict[str, Any]:
    args = {"scale": "0 to 100"} | ({"ci95": list(average["ci95"])} if average["ci95"] else {})
    return {"type": metric, "value": average["value"], "name": f"{metric}, {of}", "args": args}
