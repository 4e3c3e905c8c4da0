"""Results files of made-up runs, put together by what puts together those of real ones."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np

from xharness import Classification, SpanQA, Suite
from xharness.metrics.bootstrap import RESAMPLES
from xharness.run.records.results import assemble
from xharness_leaderboard import validation
from xharness_leaderboard.board import build
from xharness_leaderboard.records import read_all

SCHEMA = json.loads(validation.SCHEMA.read_text("utf-8"))
CODES = ("en", "sw", "yo", "zh")
TASKS = {
    "nli": Classification(name="nli", languages=(*CODES, "ar"), labels=("a", "b"), parallel=True),
    "qa": SpanQA(name="qa", languages=("en", "sw")),
    "wrong": Classification(name="wrong", languages=("en", "sw"), labels=("a", "b")),
}
SUITES = {
    "both": Suite(name="both", tasks={"nli": CODES, "qa": ()}, groups={"pairs": ("nli",), "spans": ("qa",)}),
    "errors": Suite(name="errors", tasks={"wrong": ()}),
}


def said(text, code="odd", grave=False, **facts):
    """Return a caveat as a record has it."""
    return {"code": code, "grave": grave, "text": text, "facts": facts}


def cell(task, language, *scores, seed=1, status="ok", n=100, data="d", recipe="zero-shot", caveats=(), **more):
    """Return the record of a cell; `scores` are of the task's headline metrics."""
    ok = status == "ok"
    names = TASKS[task].headline_names if task in TASKS else ("accuracy",)
    values = {
        name: {"value": score, "ci95": [max(0, score - 3), min(100, score + 3)], "signature": f"{name}|v:1"}
        for name, score in zip(names, scores, strict=ok)
    }
    return {
        "task": task,
        "language": language,
        "split": "test",
        "source": "local",
        "recipe": {"name": recipe, "params": {"epochs": 3.0}},
        "noise": None,
        "seed": seed,
        "status": status,
        "n": n if ok else None,
        "metrics": values if ok else {},
        "predictions": f"predictions/{task}/{language}-{seed}.jsonl" if ok else None,
        "replicates": None,
        "artifacts": {"predict": "0" * 32},
        "data": {"examples": f"local:{task}:{language}:{data}"},
        "inputs": None,
        "model": {},
        "timing": {},
        "caveats": [each if isinstance(each, dict) else said(each) for each in caveats],
        "notes": {},
        "reason": None if ok else "StageError: broken",
    } | more


def every(task, level=50.0, **more):
    """Return ok cells of a task in its languages, of which none is like another."""
    codes = TASKS[task].languages if task != "nli" else CODES
    k = len(TASKS[task].headline_names)
    return [cell(task, code, *(level + 3 * at + part for part in range(k)), **more) for at, code in enumerate(codes)]


def content(cells, model="owner/base", suite="both", seeds=(1,), synthetic=False, seconds=(1.5, 2.0), **request):
    """Return the content of a results file."""
    run = {
        "request": {"model": model, "suite": suite, "recipe": "zero-shot", "source": "local", "seeds": list(seeds)}
        | request,
        "plan": [],
        "model": {
            "reference": model,
            "adapter": "hf",
            "revision": None,
            "fingerprint": f"print of {model}",
            "architecture": "XLMRobertaForMaskedLM",
            "parameters": 1000,
            "languages": ["en", "sw"],
            "dtype": "float32",
        },
        "environment": {"python": "3.12"},
        "plugins": [],
        "timing": [{"work": "predict", "seconds": each, "tokens": 10} for each in seconds],
        "synthetic": synthetic,
    }
    if suite:
        counted = [(TASKS[name], codes or TASKS[name].languages) for name, codes in SUITES[suite].tasks.items()]
    else:
        names = dict.fromkeys(each["task"] for each in cells if each["task"] in TASKS)
        counted = [(TASKS[name], TASKS[name].languages) for name in names]
    return json.loads(json.dumps(assemble(run, cells, SUITES.get(suite), counted, seeds)))


def save(folder: Path, what) -> Path:
    """Write a results file, given as its content or as text, into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    text = what if isinstance(what, str) else json.dumps(what)
    (folder / "results.json").write_text(text, encoding="utf-8")
    return folder


def draw(folder: Path, what, shift=0.0):
    """Give every ok cell of a run replicates that lie round its scores; the same draws for the same cell."""
    for each in what["cells"]:
        if each["status"] == "ok":
            each["replicates"] = f"replicates/{each['task']}/{each['language']}.npy"
            rng = np.random.default_rng(len(each["task"]) + ord(each["language"][0]))
            rows = [metric["value"] + shift + rng.normal(size=RESAMPLES) for metric in each["metrics"].values()]
            file = folder / each["replicates"]
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, np.array(rows, dtype=np.float32))
    return save(folder, what)


def board(*folders, **more):
    """Return the board of run folders."""
    runs, refused = read_all(folders)
    return build(runs, TASKS, SUITES, errors={"wrong"}, refused=refused, **more)


def whole(level=50.0, **more):
    return [*every("nli", level, **more), *every("qa", level, **more)]


def of(found, model):
    [entry] = [entry for entry in found["entries"] if entry["model"]["reference"] == model]
    return entry


def conforms(found):
    """Return a board that is valid by the JSON Schema and by the checks by hand."""
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    validation.validate(found)
    return found
