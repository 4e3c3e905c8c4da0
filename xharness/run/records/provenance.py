"""The provenance of a result: versions, hardware, plugins, stages, and the git revision of xharness."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import xharness
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run.steps.training import report
from xharness.store.artifacts import Store

_PACKAGES = ("torch", "transformers", "datasets", "tokenizers", "accelerate", "numpy", "faiss-cpu", "pluggy")


def environment() -> dict[str, Any]:
    """Return versions and hardware."""
    packages: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = None
    return {
        "xharness": xharness.__version__,
        "revision": revision(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "packages": packages,
    }


def revision() -> str | None:
    """Return the git revision of the sources of xharness, with `+` if they are modified; None outside a checkout."""
    root = Path(xharness.__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def model(plan: Plan) -> dict[str, Any]:
    """Return the description of the evaluated checkpoint."""
    info = plan.resolved.info
    return {
        "reference": info.reference,
        "adapter": info.adapter,
        "revision": info.revision,
        "fingerprint": info.fingerprint,
        "architecture": info.architecture,
        "parameters": info.parameters,
        "layers": info.layers,
        "hidden_size": info.hidden_size,
        "languages": None if info.languages is None else sorted(info.languages),
        "dtype": plan.dtype,
    }


def plugins(registry: Registry) -> list[dict[str, Any]]:
    """Return the plugins that were loaded or failed to load."""
    return [
        {"name": plugin.name, "distribution": plugin.distribution, "version": plugin.version, "error": plugin.error}
        for plugin in registry.plugins
    ]


def stages(plan: Plan, store: Store) -> list[dict[str, Any]]:
    """Return the stages of a plan as plain JSON values; finished trainings include the trainer's report."""
    return [
        {
            "key": job.key,
            "kind": job.kind,
            "params": job.stage.params.key(),
            "needs": list(job.needs),
            "data": dict(job.data),
            "made": dict(job.made),
            "missing": dict(job.missing),
            "cells": len(job.cells),
            "report": _given(plan, job) if job.kind == "pretrained" else report(job, store),
        }
        for job in plan.jobs.values()
    ]


def _given(plan: Plan, job: Job) -> dict[str, Any]:
    _, info = plan.given(job)
    return {"reference": info.reference, "revision": info.revision}
