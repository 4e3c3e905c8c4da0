"""A record in the schema of Every Eval Ever, the shared collection of evaluations of the EvalEval coalition.

Format: `eval.schema.json`, version 0.3.0, of the package every-eval-ever; the path is that of their repository.
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
_SPLITS = {"dev": "val"}  # names of splits that differ in their schema
_UNKNOWN = "unknown"
_LOCAL = "local"
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_WHO = "fill in who ran it: source_organization_name, and evaluator_relationship (first_party, third_party, ...)"


def make(run: Path, specs: Specs, seed: int | None) -> Export:
    """Return the record of a run; raise as `report` does."""
    content = report(run, specs, seed)
    results = [_result(content, score) for score in content.scores()]
    collection, (developer, name) = _collection(content), _identity(content)
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
            "additional_details": {"command": content.run["command"]},
        },
        "eval_library": _library(content.run["environment"]),
        "model_info": {
            "name": content.name,
            "id": model,
            "developer": developer,
            "additional_details": _model(content),
        },
        "evaluation_results": results,
    }
    # The path depends only on the run, so that exporting it again does not create a second record.
    about = json.dumps([content.entry["id"], results], sort_keys=True).encode()
    unique = uuid.UUID(bytes=hashlib.sha256(about).digest()[:16], version=4)
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)
    path = f"data/{collection}/{developer}/{name}/{unique}.json"
    local = f"model_info.id is '{name}', a local folder; replace it by the model's hub id, there and in the path"
    remarks = (_WHO, *([local] if developer == _LOCAL else []))
    return Export({path: text.encode()}, tuple(content.missing()), remarks)


def _collection(content: Report) -> str:
    """Return the name of the suite of the run, or the names of its tasks."""
    suites = list(content.entry["suites"])
    return _portable(suites[0] if len(suites) == 1 else "+".join(content.entry["tasks"])[:60])


def _identity(content: Report) -> tuple[str, str]:
    """Return owner and name of a model; the owner of a local checkpoint is `local`."""
    model = content.entry["model"]
    reference = model["reference"].partition("@")[0]
    if model["revision"] and _HUB_ID.fullmatch(reference):
        owner, _, name = reference.partition("/")
        return owner, _portable(name)
    return _LOCAL, _portable(content.name)


def _portable(name: str) -> str:
    """Return a name that is a valid folder name on all systems."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-. ") or _UNKNOWN


def _strings(values: Mapping[str, Any]) -> dict[str, str]:
    """Return details with values as text, as the schema requires; unknown values are omitted."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)
        for key, value in values.items()
        if value not in (None, [], {})
    }


def _library(environment: Mapping[str, Any]) -> dict[str, Any]:
    details = {key: environment.get(key) for key in ("revision", "python", "platform", "processor", "packages")}
    version = environment.get("xharness") or _UNKNOWN
    return {"name": "xharness", "version": version, "additional_details": _strings(details)}


def _model(content: Report) -> dict[str, str]:
    model, recipe = content.entry["model"], content.entry["recipe"]
    keys = ("revision", "fingerprint", "architecture", "adapter", "parameters")
    about = {key: model[key] for key in keys} | {"dtype": content.entry["dtype"]}
    about |= {"recipe": recipe["name"], "recipe_params": recipe["params"]}
    return {"deployment_type": "self_deployed", "model_availability": _UNKNOWN, **_strings(about)}


def _result(content: Report, score: Score) -> dict[str, Any]:
    name = f"{score.task}/{score.language}"
    return {
        "evaluation_result_id": f"{name}/{score.metric}",
        "evaluation_name": name,
        "source_data": _source(score),
        "metric_config": _metric(content, score),
        "score_details": dict(_details(content, score)),
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


def _metric(content: Report, score: Score) -> dict[str, Any]:
    headline = score.metric in content.headline(score.task)
    return {
        "evaluation_description": f"{score.task} in {content.language(score.language)}",
        "metric_id": score.metric,
        "metric_name": score.metric,
        "metric_unit": "percent",
        "lower_is_better": not content.board["tasks"][score.task]["higher_is_better"],
        "score_type": "continuous",
        "min_score": 0,
        "max_score": 100,
        "additional_details": _strings({"signature": score.signature, "headline": headline}),
    }


def _details(content: Report, score: Score) -> Iterator[tuple[str, Any]]:
    yield "score", score.value
    if details := _strings({"seeds": dict(score.seeds), "caveats": content.caveats_of(score)}):
        yield "details", details
    uncertainty: dict[str, Any] = {"num_samples": score.record["n"]}
    if score.ci95:
        lower, upper = score.ci95
        method = "percentile bootstrap over examples"
        interval = {"lower": lower, "upper": upper, "confidence_level": 0.95, "method": method}
        uncertainty |= {"confidence_interval": interval, "num_bootstrap_samples": RESAMPLES}
    yield "uncertainty", uncertainty
