"""`.eval_results/*.yaml` of a model on the Hugging Face hub, collected by benchmarks of the hub.

Format: huggingface.co/docs/hub/eval-results; `huggingface_hub.parse_eval_result_entries` reads it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness import BadRequest, Export, Specs, few
from xharness_leaderboard.formats.origin import Origin, origin_of
from xharness_leaderboard.formats.report import Report, report

_TASK = "default"  # the task id of a dataset with one task
_REMARK = (
    "the hub shows these scores only for registered benchmarks; check that task_id, set to the config of the dataset, "
    "matches the eval.yaml of the benchmark"
)


def make(run: Path, specs: Specs, seed: int | None) -> Export:
    """Return one file per task; raise as `report` does, and BadRequest if no score is on a dataset of the hub.

    Omitted, with a reason: scores on other data, scores with caveats, and scores in several languages of a dataset
    without configs by language.
    """
    from huggingface_hub.utils import yaml_dump

    content = report(run, specs, seed)
    origins = {(task, code): origin_of(_record(content, task, code)) for task, code, _ in content.cells()}
    shared = Counter((origin.id, _task_id(origin)) for origin in origins.values() if origin)
    entries: dict[str, list[dict[str, Any]]] = {}
    omitted: dict[tuple[str, str], list[str]] = {}
    for task, code, cell in content.cells():
        origin = origins[task, code]
        if origin is None:
            reason = f"the data are from source '{content.entry['source']}', not from a dataset of the hub"
        elif cell["caveats"]:
            reason = f"not the official measurement: {'; '.join(caveat['text'] for caveat in cell['caveats'])}"
        elif shared[origin.id, _task_id(origin)] > 1:
            reason = f"{origin.id} has no config per language, so the scores could not be distinguished"
        else:
            entries.setdefault(task, []).append(_entry(content, task, code, cell, origin))
            continue
        omitted.setdefault((task, reason), []).append(code)
    lines = [f"{task} {few(codes)}: {reason}" for (task, reason), codes in omitted.items()]
    if not entries:
        raise BadRequest(f"run '{run}': no score can be exported as eval-results: {'; '.join(lines)}")
    files = {
        f".eval_results/xharness-{task}.yaml": yaml_dump(rows, sort_keys=False).encode()
        for task, rows in entries.items()
    }
    return Export(files, (*content.missing(), *lines), (_REMARK,))


def _record(content: Report, task: str, code: str) -> Mapping[str, Any]:
    records = content.records[task, code]
    return records[min(records)]


def _task_id(origin: Origin) -> str:
    return origin.config or _TASK


def _entry(content: Report, task: str, code: str, cell: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    dataset = {"id": origin.id, "task_id": _task_id(origin), "revision": origin.revision}
    return {"dataset": dataset, "value": cell["value"], "notes": _notes(content, task, code, cell)}


def _notes(content: Report, task: str, code: str, cell: Mapping[str, Any]) -> str:
    metric = content.board["tasks"][task]["metric"]
    score = f"mean of {metric.replace('+', ' and ')}" if "+" in metric else metric
    interval = f", 95 % interval {cell['ci95'][0]:.2f} to {cell['ci95'][1]:.2f}" if cell["ci95"] else ""
    recipe = f"recipe {content.entry['recipe']['name']}, seed {', '.join(cell['seeds'])}"
    version = content.run["environment"].get("xharness", "of unknown version")
    return f"{score} from 0 to 100 in {content.language(code)}{interval}; {recipe}; xharness {version}"
