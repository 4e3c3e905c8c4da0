"""`.eval_results/*.yaml` of a model on the Hugging Face hub, which benchmarks there gather.

The form is that of huggingface.co/docs/hub/eval-results; `huggingface_hub.parse_eval_result_entries` reads it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness import BadRequest, Export, Specs
from xharness_leaderboard.formats.origin import Origin, origin_of
from xharness_leaderboard.formats.report import Report, few, report

_TASK = "default"  # what the hub calls the only task of a dataset
_REMARK = (
    "the hub shows these where the dataset is a registered benchmark; compare task_id, here the name of the "
    "dataset's config, with the benchmark's eval.yaml"
)


def make(run: Path, specs: Specs, seed: int | None) -> Export:
    """Return a file for each task; raises as `report`, and BadRequest where no score is of a dataset of the hub.

    Left out, with the reason: scores on other examples, scores that are not the official measurement of their task,
    and scores in several languages of a dataset that does not tell these apart.
    """
    from huggingface_hub.utils import yaml_dump

    found = report(run, specs, seed)
    origins = {(task, code): origin_of(_record(found, task, code)) for task, code, _ in found.cells()}
    shared = Counter((origin.id, _task_id(origin)) for origin in origins.values() if origin)
    entries: dict[str, list[dict[str, Any]]] = {}
    left: dict[tuple[str, str], list[str]] = {}
    for task, code, cell in found.cells():
        origin = origins[task, code]
        if origin is None:
            reason = f"its examples are of source '{found.entry['source']}', not read from a dataset of the hub"
        elif cell["caveats"]:
            reason = f"not the official measurement: {'; '.join(cell['caveats'])}"
        elif shared[origin.id, _task_id(origin)] > 1:
            reason = f"{origin.id} has no config for each language, so that their scores could not be told apart"
        else:
            entries.setdefault(task, []).append(_entry(found, task, code, cell, origin))
            continue
        left.setdefault((task, reason), []).append(code)
    lines = [f"{task} {few(codes)}: {reason}" for (task, reason), codes in left.items()]
    if not entries:
        raise BadRequest(f"run '{run}': nothing to write as eval-results: {'; '.join(lines)}")
    files = {
        f".eval_results/xharness-{task}.yaml": yaml_dump(rows, sort_keys=False).encode()
        for task, rows in entries.items()
    }
    return Export(files, (*found.missing(), *lines), (_REMARK,))


def _record(found: Report, task: str, code: str) -> Mapping[str, Any]:
    records = found.records[task, code]
    return records[min(records)]


def _task_id(origin: Origin) -> str:
    return origin.config or _TASK


def _entry(found: Report, task: str, code: str, cell: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    dataset = {"id": origin.id, "task_id": _task_id(origin), "revision": origin.revision}
    return {"dataset": dataset, "value": cell["value"], "notes": _notes(found, task, code, cell)}


def _notes(found: Report, task: str, code: str, cell: Mapping[str, Any]) -> str:
    metric = found.board["tasks"][task]["metric"]
    said = f"mean of {metric.replace('+', ' and ')}" if "+" in metric else metric
    interval = f", 95 % interval {cell['ci95'][0]:.2f} to {cell['ci95'][1]:.2f}" if cell["ci95"] else ""
    made = f"recipe {found.entry['recipe']['name']}, seed {', '.join(cell['seeds'])}"
    version = found.made["environment"].get("xharness", "of unknown version")
    return f"{said} from 0 to 100 in {found.language(code)}{interval}; {made}; xharness {version}"
