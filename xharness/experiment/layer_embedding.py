"""Embed the texts of all layers of a sweep in one pass, before the runs that use the vectors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from xharness.errors import XHarnessError
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.run.searches.vector_search import embed_layers
from xharness.store.artifacts import Store


def embed_all(plans: Sequence[tuple[int, Plan]], registry: Registry, store: Store) -> None:
    """Embed the texts of plans that read vectors from different layers, in one pass per checkpoint.

    Checkpoints that are missing and data that cannot be read are skipped; the runs of the plans report them.
    """
    jobs: dict[str, dict[int, list[Job]]] = {}
    for layer, plan in plans:
        for job in plan.of_kind("predict"):
            if not job.problem and not store.has("predict", job.key):
                jobs.setdefault(job.needs[0], {}).setdefault(layer, []).append(job)
    if not jobs:
        return
    plan = plans[0][1]
    context = Context(plan=plan, registry=registry, store=store)
    for key, by_layer in jobs.items():
        kind = plan.jobs[key].kind
        if len(by_layer) > 1 and (kind == "pretrained" or store.has(kind, key)):
            whole = dict(sorted(by_layer.items(), key=lambda item: -len(item[1])))
            with suppress(XHarnessError):
                embed_layers(whole, context, lambda _: None)
