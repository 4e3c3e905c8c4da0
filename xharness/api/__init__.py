"""The Python API: `evaluate` and `load` for notebooks and scripts, and the commands `plan` and `run` as functions."""

from __future__ import annotations

from xharness.api.compared import ComparedRuns
from xharness.api.evaluating import Settings, evaluate, load
from xharness.api.result import Result
from xharness.api.running import default_folder, experiment, experiment_folder, home, open_store, plan, run
from xharness.experiment.files import Experiment
from xharness.request import Request, build
from xharness.run.progress import progress

__all__ = [
    "ComparedRuns", "Experiment", "Request", "Result", "Settings", "build", "default_folder", "evaluate", "experiment",
    "experiment_folder", "home", "load", "open_store", "plan", "progress", "run",
]  # fmt: skip
