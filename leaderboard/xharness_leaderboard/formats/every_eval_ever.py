"""A record in the schema of Every Eval Ever, the shared store of evaluations of the EvalEval coalition.

The form is `eval.schema.json`, version 0.3.0, of the package every-eval-ever; the place that of their repository.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import Export, Specs
from xharness.metrics.bootstrap import RESAMPLES
from xharness_leaderboard.formats.origin import origin_of
from xharness_leaderboard.formats.report import Report, Score, report

SCHEMA_VERSION = "0.3.0"
_SPLITS = {"dev": "val"}  # theirs, where they differ
_UNKNOWN = "unknown"
_LOCAL = "local"
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_WHO = "say who ran it: source_organization_name, and evaluator_relationship (first_party, third_party, ...)"


def make(run: Path, specs: Specs, seed: int | None) -> Export:
    """Return the record of a run; raises as `report`."""
    found = report(run, specs, seed)
    results = [_result(found, score) for score in found.scores()]
    collection, (developer, name) = _collection(found), _identity(found)
    model = f"{developer}/{name}" if developer != _LOCAL else name
    now = str(int(time.time()))
    record = {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": f"{collection}/{model}/{now}",
        "retrieved_timestamp": now,
        "source_metadata": {
            "source_name": "xharness",
            "source_type": "evaluation_run",
            "source_organization_name": _UNKNOWN,
            "evaluator_relationship": "other",
            "additional_details": {"command": found.made["command"]},
        },
        "eval_library": _library(found.made["environment"]),
        "model_info": {"name": found.name, "id": model, "developer": developer, "additional_details": _model(found)},
        "evaluation_results": results,
    }
    # A run has one place, so that exporting it again makes no second record.
    about = json.dumps([found.entry["id"], results], sort_keys=True).encode()
    unique = uuid.UUID(bytes=hashlib.sha256(about).digest()[:16], version=4)
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)
    place = f"data/{collection}/{developer}/{name}/{unique}.json"
    local = f"model_info.id is '{name}', the name of a folder: put the model's id on the hub there and in the path"
    remarks = (_WHO, *([local] if developer == _LOCAL else []))
    return Export({place: text.encode()}, tuple(found.missing()), remarks)


def _collection(found: Report) -> str:
    """Return the name of the suite that was asked for, or else the tasks'."""
    suites = list(found.entry["suites"])
    return _portable(suites[0] if len(suites) == 1 else "+".join(found.entry["tasks"])[:60])


def _identity(found: Report) -> tuple[str, str]:
    """Return owner and name of a model of the hub; a checkpoint from disk has no owner."""
    model = found.entry["model"]
    reference = model["reference"].partition("@")[0]
    if model["revision"] and _HUB_ID.fullmatch(reference):
        owner, _, name = reference.partition("/")
        return owner, _portable(name)
    return _LOCAL, _portable(found.name)


def _portable(name: str) -> str:
    """Return a name that is a folder's on every system."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-. ") or _UNKNOWN


def _strings(values: Mapping[str, Any]) -> dict[str, str]:
    """Return details as the schema wants them: texts alone; what is not known is left out."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)
        for key, value in values.items()
        if value not in (None, [], {})
    }


def _library(environment: Mapping[str, Any]) -> dict[str, Any]:
    details = {key: environment.get(key) for key in ("revision", "python", "platform", "processor", "packages")}
    version = environment.get("xharness") or _UNKNOWN
    return {"name": "xharness", "version": version, "additional_details": _strings(details)}


def _model(found: Report) -> dict[str, str]:
    model, recipe = found.entry["model"], found.entry["recipe"]
    keys = ("revision", "fingerprint", "architecture", "adapter", "parameters")
    about = {key: model[key] for key in keys} | {"dtype": found.entry["dtype"]}
    about |= {"recipe": recipe["name"], "recipe_params": recipe["params"]}
    return {"deployment_type": "self_deployed", "model_availability": _UNKNOWN, **_strings(about)}


def _result(found: Report, score: Score) -> dict[str, Any]:
    name = f"{score.task}/{score.language}"
    return {
        "evaluation_result_id": f"{name}/{score.metric}",
        "evaluation_name": name,
        "source_data": _source(score),
        "metric_config": _metric(found, score),
        "score_details": dict(_details(found, score)),
    }


def _source(score: Score) -> dict[str, Any]:
    record = score.record
    details = {"language": score.language, "split": record["split"], "fingerprint": record["data"].get("examples")}
    about: dict[str, Any] = {"dataset_name": score.task}
    if origin := origin_of(record):
        details |= {"config": origin.config, "revision": origin.revision, "split_on_hub": origin.split}
        about |= {"source_type": "hf_dataset", "hf_repo": origin.id, "samples_number": record["n"]}
        about["hf_split"] = _SPLITS.get(record["split"], record["split"])
    else:
        details |= {"source": record["source"], "samples_number": record["n"]}
        about["source_type"] = "other"
    return about | {"additional_details": _strings(details)}


def _metric(found: Report, score: Score) -> dict[str, Any]:
    headline = score.metric in found.headline(score.task)
    return {
        "evaluation_description": f"{score.task} in {found.language(score.language)}",
        "metric_id": score.metric,
        "metric_name": score.metric,
        "metric_unit": "percent",
        "lower_is_better": not found.board["tasks"][score.task]["higher_is_better"],
        "score_type": "continuous",
        "min_score": 0,
        "max_score": 100,
        "additional_details": _strings({"signature": score.signature, "headline": headline}),
    }


def _details(found: Report, score: Score) -> Iterator[tuple[str, Any]]:
    yield "score", score.value
    caveats = found.entry["cells"][score.task][score.language]["caveats"]
    if details := _strings({"seeds": dict(score.seeds), "caveats": caveats}):
        yield "details", details
    uncertainty: dict[str, Any] = {"num_samples": score.record["n"]}
    if score.ci95:
        lower, upper = score.ci95
        method = "percentile bootstrap over examples"
        interval = {"lower": lower, "upper": upper, "confidence_level": 0.95, "method": method}
        uncertainty |= {"confidence_interval": interval, "num_bootstrap_samples": RESAMPLES}
    yield "uncertainty", uncertainty
