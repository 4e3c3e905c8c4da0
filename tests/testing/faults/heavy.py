"""A plugin that imports a large package when it is listed."""

from __future__ import annotations

import numpy as np

from xharness import Metric, Scored, hookimpl


def compute(predictions, gold, language):
    return Scored(values={"share": 100 * float(np.mean(predictions == gold))}, n=len(gold))


@hookimpl
def xharness_metrics():
    yield Metric(name="heavy_share", kinds=("classification",), compute=compute, signature="heavy_share|v:1")
