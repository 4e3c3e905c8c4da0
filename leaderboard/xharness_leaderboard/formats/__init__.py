"""The forms in which `xharness export` publishes the scores of a run."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path

from xharness import Export, Format, Specs


def _make(module: str, run: Path, specs: Specs, seed: int | None) -> Export:
    """Make a run's files in a format; its module is imported now, since `xharness list` needs none of them."""
    made: Export = import_module(f"{__name__}.{module}").make(run, specs, seed)
    return made


FORMATS = (
    Format(
        name="model-card",
        summary="README.md for a model on the Hugging Face hub: model-index metadata, and tables to read",
        make=partial(_make, "model_card"),
    ),
    Format(
        name="eval-results",
        summary=".eval_results/*.yaml for a model on the Hugging Face hub, of datasets of the hub",
        make=partial(_make, "eval_results"),
    ),
    Format(
        name="every-eval-ever",
        summary="a record in the schema of Every Eval Ever (evalevalai.com), at its place in their repository",
        make=partial(_make, "every_eval_ever"),
    ),
)
