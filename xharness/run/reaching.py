"""Find out before any work whether models that compute elsewhere answer."""

from __future__ import annotations

from collections.abc import Iterable

from xharness.plan import Job
from xharness.run.context import Context
from xharness.run.records.cell_scores import key_of_scores
from xharness.run.todo import makings


def check_reachable(contexts: Iterable[Context]) -> None:
    """Raise BadRequest if a model of some plans does not answer, and unfinished work needs it; each is asked once."""
    answered: set[str] = set()
    for context in contexts:
        resolved = context.plan.resolved
        for job in _needed(context):
            model, info = context.plan.given(job)
            if model.probe and info.fingerprint not in answered:
                model.probe(info, resolved.model_params if info is resolved.info else {})
                answered.add(info.fingerprint)


def _needed(context: Context) -> list[Job]:
    """Return the jobs of given checkpoints that unfinished jobs read."""
    plan, store = context.plan, context.store
    given = list(plan.of_kind("pretrained"))
    if not any(plan.given(job)[0].probe for job in given):
        return []
    unfinished = [
        key
        for cell, key in plan.predictions.items()
        if not plan.jobs[key].problem and not store.has("score", key_of_scores(cell, plan.jobs[key], context))
    ]
    needed = {need for job in makings(plan, store, unfinished) for need in job.needs}
    return [job for job in given if job.key in needed]
