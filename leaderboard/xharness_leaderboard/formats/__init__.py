"""The formats in which `xharness export` publishes the scores of a run."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path

from xharness import Export, Format, Specs


def _make(module: str, run: Path, specs: Specs, seed: int | None) -> Export:
    """Return the files of a run in a format; its module is imported on use, so that `xharness list` is fast."""
    export: Export = import_module(f"{__name__}.{module}").make(run, specs, seed)
    return export


FORMATS = (
    Format(
        name="model-card",
        summary="README.md of a model on the Hugging Face hub: model-index metadata and tables of scores",
        make=partial(_make, "model_card"),
    ),
    Format(
        name="eval-results",
        summary=".eval_results/*.yaml of a model on the Hugging Face hub, for scores on datasets of the hub",
        make=partial(_make, "eval_results"),
    ),
    Format(
        name="every-eval-ever",
        summary="a record in the schema of Every Eval Ever (evalevalai.com), at its path in their repository",
        make=partial(_make, "every_eval_ever"),
    ),
)
