"""The step that merges the encoders of several checkpoints without training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xharness.plan import Job
from xharness.run.context import CHECKPOINT, Context
from xharness.run.steps.step import FLOAT_BYTES, Costing, Price, Step
from xharness.run.steps.training import make_checkpoint
from xharness.specs.stage_params import Merge
from xharness.specs.works import Emit


def merge(job: Job, context: Context, emit: Emit) -> None:
    """Merge the checkpoints that a job needs, once for all jobs that need the result."""
    model = context.plan.resolved.model
    base, *others = (context.checkpoint_path(context.plan.jobs[key]) for key in job.needs)

    def work(folder: Path) -> dict[str, Any]:
        assert model.merge is not None
        options = context.plan.resolved.load_options
        merged = model.merge(
            path=base, others=others, out=folder / CHECKPOINT, options=options, **job.stage.params.key()
        )
        return dict(merged)

    make_checkpoint(job, context, work, emit)


def _title(jobs: Sequence[Job]) -> str:
    return f"merge {len(jobs[0].needs) - 1} checkpoints by {jobs[0].params(Merge).method}"


def _price(job: Job, costing: Costing) -> Price:
    return Price(0, 0, 0.0, FLOAT_BYTES * costing.plan.resolved.info.parameters, False)


def _subject(jobs: Sequence[Job]) -> str:
    return jobs[0].subject


MERGE = Step(params=Merge, run=merge, title=_title, price=_price, subject=_subject)
