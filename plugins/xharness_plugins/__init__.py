"""Built-in models, recipes, sources, metrics, executors and sandboxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xharness import hookimpl

if TYPE_CHECKING:
    from xharness import Executor, Kind, Metric, Model, Noise, Recipe, Sandbox, Source


@hookimpl
def xharness_kinds() -> Iterable[Kind]:
    """Yield the built-in kinds of task."""
    from xharness import KINDS

    return KINDS.values()


@hookimpl
def xharness_models() -> Iterable[Model]:
    """Yield the built-in model adapters."""
    from xharness_plugins.models.causal import CAUSAL
    from xharness_plugins.models.encdec import ENCDEC
    from xharness_plugins.models.endpoint.adapter import ENDPOINT
    from xharness_plugins.models.hf import HF
    from xharness_plugins.models.seq2seq import SEQ2SEQ
    from xharness_plugins.models.st import ST
    from xharness_plugins.models.st_vectors import ST_VECTORS

    return (HF, ST, ST_VECTORS, SEQ2SEQ, CAUSAL, ENDPOINT, ENCDEC)


@hookimpl
def xharness_recipes() -> Iterable[Recipe]:
    """Yield the built-in recipes."""
    from xharness_plugins.recipes.as_is import AS_IS
    from xharness_plugins.recipes.few_shot import FEW_SHOT
    from xharness_plugins.recipes.in_language import IN_LANGUAGE, IN_LANGUAGE_MULTI
    from xharness_plugins.recipes.intermediate import INTERMEDIATE
    from xharness_plugins.recipes.intermediate_mlm import INTERMEDIATE_MLM
    from xharness_plugins.recipes.intermediate_multi import INTERMEDIATE_MULTI
    from xharness_plugins.recipes.intermediate_translated import INTERMEDIATE_TRANSLATED
    from xharness_plugins.recipes.joint import JOINT
    from xharness_plugins.recipes.lora import LORA
    from xharness_plugins.recipes.merge import MERGE
    from xharness_plugins.recipes.mlm_continued import MLM_CONTINUED
    from xharness_plugins.recipes.multi_task import MULTI_TASK
    from xharness_plugins.recipes.translate_test import TRANSLATE_TEST
    from xharness_plugins.recipes.translate_train import TRANSLATE_TRAIN, TRANSLATE_TRAIN_ALL
    from xharness_plugins.recipes.zero_shot import ZERO_SHOT

    return (
        ZERO_SHOT,
        INTERMEDIATE,
        INTERMEDIATE_MULTI,
        INTERMEDIATE_MLM,
        MULTI_TASK,
        IN_LANGUAGE,
        IN_LANGUAGE_MULTI,
        FEW_SHOT,
        JOINT,
        MLM_CONTINUED,
        MERGE,
        LORA,
        TRANSLATE_TRAIN,
        TRANSLATE_TRAIN_ALL,
        TRANSLATE_TEST,
        INTERMEDIATE_TRANSLATED,
        AS_IS,
    )


@hookimpl
def xharness_noises() -> Iterable[Noise]:
    """Yield the built-in noises."""
    from xharness_plugins.noises import NOISES

    return NOISES


@hookimpl
def xharness_sources() -> Iterable[Source]:
    """Yield the built-in data sources."""
    from xharness_plugins.sources.hub import HUB
    from xharness_plugins.sources.local import LOCAL as LOCAL_SOURCE
    from xharness_plugins.sources.mini import MINI

    return (HUB, LOCAL_SOURCE, MINI)


@hookimpl
def xharness_metrics() -> Iterable[Metric]:
    """Yield the built-in metrics."""
    from xharness_plugins.metrics import METRICS

    return METRICS


@hookimpl
def xharness_executors() -> Iterable[Executor]:
    """Yield the built-in executors."""
    from xharness_plugins.executors.local import LOCAL as LOCAL_EXECUTOR
    from xharness_plugins.executors.processes import PROCESSES
    from xharness_plugins.executors.ray_cluster import RAY
    from xharness_plugins.executors.slurm import SLURM

    return (LOCAL_EXECUTOR, PROCESSES, SLURM, RAY)


@hookimpl
def xharness_sandboxes() -> Iterable[Sandbox]:
    """Yield the built-in sandboxes."""
    from xharness_plugins.sandboxes import SANDBOXES

    return SANDBOXES
