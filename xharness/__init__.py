"""xharness: evaluate checkpoints on XTREME and XTREME-R, with plugins for tasks, models and recipes.

This module is the public API for plugins. Importing it does not import torch, transformers or datasets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xharness.api import ComparedRuns, Request, Result, evaluate, load
    from xharness.discovery import API_VERSION
    from xharness.errors import (
        BadParameter,
        BadRequest,
        DataError,
        NotFetched,
        NotReady,
        PluginError,
        StageError,
        UnknownName,
        XHarnessError,
        few,
        reason_of,
        suggest,
        unknown,
    )
    from xharness.extras import absent, install, needs
    from xharness.kinds import (
        KINDS,
        BitextMining,
        BitextRetrieval,
        Classification,
        CodeGeneration,
        Corpus,
        MultipleChoice,
        PassageRetrieval,
        Ranking,
        Reranking,
        SpanQA,
        Tagging,
    )
    from xharness.languages import LANGUAGES, Language, canonical, language
    from xharness.noising import Edit, NoiseText, Word, clusters
    from xharness.scale.saved_plan import SavedPlan
    from xharness.specs.caveats import Caveat, caveat
    from xharness.specs.executors import Executor, Perform, Resources
    from xharness.specs.findings import FAILED, NOTE, OK, Finding, tokens_per_word
    from xharness.specs.formats import Export, Format, Specs
    from xharness.specs.hookspecs import hookimpl
    from xharness.specs.kinds import Candidates, Column, Example, Kind, Pool, Search, SearchInput
    from xharness.specs.metrics import Metric, Scored
    from xharness.specs.models import LIVE, LoadedModel, LoadOptions, Model, ModelInfo
    from xharness.specs.noise_policies import NoisePolicy
    from xharness.specs.noises import Noise
    from xharness.specs.params import Param, positive
    from xharness.specs.places import Place
    from xharness.specs.prompts import Prompt, Template, Wording, prompts_in
    from xharness.specs.published import PublishedRow, PublishedSource
    from xharness.specs.recipe_stages import (
        Mixture,
        TrainingData,
        finetune,
        merge,
        multitask,
        pretrained,
        translate,
    )
    from xharness.specs.recipes import Inputs, Recipe, RecipeInput
    from xharness.specs.sandboxes import Outcome, Program, Sandbox, Session
    from xharness.specs.schema_1_0 import upgraded
    from xharness.specs.sources import (
        DataOptions,
        Hub,
        Layout,
        Local,
        Source,
        Synthetic,
        Written,
        hub,
        local,
        mini,
        translated,
    )
    from xharness.specs.stage_params import CorpusMix, Shots, StageParams, Translate
    from xharness.specs.stages import ORACLE, DataRef, Stage
    from xharness.specs.suites import Suite
    from xharness.specs.tasks import Overlap, Task, Train, Tuning
    from xharness.specs.training import Lora, Measure, Mixing, Start, TaskTraining, Training, TrainingTexts
    from xharness.specs.ways import (
        VECTORS,
        Continuation,
        Filled,
        Generation,
        ShortenedScore,
        Slot,
        Slots,
        Text,
        Way,
        head,
        verb,
    )
    from xharness.specs.works import EmitFor, Event, Failed, Schedule, Waiting, Work
    from xharness.store.writable import check_writable


__version__ = "0.1.0"

__all__ = [
    "API_VERSION",
    "FAILED",
    "KINDS",
    "LANGUAGES",
    "LIVE",
    "NOTE",
    "OK",
    "ORACLE",
    "VECTORS",
    "BadParameter",
    "BadRequest",
    "BitextMining",
    "BitextRetrieval",
    "Candidates",
    "Caveat",
    "Classification",
    "CodeGeneration",
    "Column",
    "ComparedRuns",
    "Continuation",
    "Corpus",
    "CorpusMix",
    "DataError",
    "DataOptions",
    "DataRef",
    "Edit",
    "EmitFor",
    "Event",
    "Example",
    "Executor",
    "Export",
    "Failed",
    "Filled",
    "Finding",
    "Format",
    "Generation",
    "Hub",
    "Inputs",
    "Kind",
    "Language",
    "Layout",
    "LoadOptions",
    "LoadedModel",
    "Local",
    "Lora",
    "Measure",
    "Metric",
    "Mixing",
    "Mixture",
    "Model",
    "ModelInfo",
    "MultipleChoice",
    "Noise",
    "NoisePolicy",
    "NoiseText",
    "NotFetched",
    "NotReady",
    "Outcome",
    "Overlap",
    "Param",
    "PassageRetrieval",
    "Perform",
    "Place",
    "PluginError",
    "Pool",
    "Program",
    "Prompt",
    "PublishedRow",
    "PublishedSource",
    "Ranking",
    "Recipe",
    "RecipeInput",
    "Request",
    "Reranking",
    "Resources",
    "Result",
    "Sandbox",
    "SavedPlan",
    "Schedule",
    "Scored",
    "Search",
    "SearchInput",
    "Session",
    "ShortenedScore",
    "Shots",
    "Slot",
    "Slots",
    "Source",
    "SpanQA",
    "Specs",
    "Stage",
    "StageError",
    "StageParams",
    "Start",
    "Suite",
    "Synthetic",
    "Tagging",
    "Task",
    "TaskTraining",
    "Template",
    "Text",
    "Train",
    "Training",
    "TrainingData",
    "TrainingTexts",
    "Translate",
    "Tuning",
    "UnknownName",
    "Waiting",
    "Way",
    "Word",
    "Wording",
    "Work",
    "Written",
    "XHarnessError",
    "__version__",
    "absent",
    "canonical",
    "caveat",
    "check_writable",
    "clusters",
    "evaluate",
    "few",
    "finetune",
    "head",
    "hookimpl",
    "hub",
    "install",
    "language",
    "load",
    "local",
    "merge",
    "mini",
    "multitask",
    "needs",
    "positive",
    "pretrained",
    "prompts_in",
    "reason_of",
    "suggest",
    "tokens_per_word",
    "translate",
    "translated",
    "unknown",
    "upgraded",
    "verb",
]

# Each name is imported when it is first used: `xharness list` needs few of them and answers at once.
_HOMES = {
    "xharness.api": "ComparedRuns Request Result evaluate load",
    "xharness.discovery": "API_VERSION",
    "xharness.errors": "BadParameter BadRequest DataError NotFetched NotReady PluginError StageError UnknownName "
    "XHarnessError few reason_of suggest unknown",
    "xharness.extras": "absent install needs",
    "xharness.kinds": "KINDS BitextMining BitextRetrieval Classification CodeGeneration Corpus MultipleChoice "
    "PassageRetrieval Ranking Reranking SpanQA Tagging",
    "xharness.languages": "LANGUAGES Language canonical language",
    "xharness.noising": "Edit NoiseText Word clusters",
    "xharness.specs.caveats": "Caveat caveat",
    "xharness.scale.saved_plan": "SavedPlan",
    "xharness.specs.executors": "Executor Perform Resources",
    "xharness.specs.findings": "FAILED NOTE OK Finding tokens_per_word",
    "xharness.specs.formats": "Export Format Specs",
    "xharness.specs.hookspecs": "hookimpl",
    "xharness.specs.kinds": "Candidates Column Example Kind Pool Search SearchInput",
    "xharness.specs.metrics": "Metric Scored",
    "xharness.specs.models": "LIVE LoadedModel LoadOptions Model ModelInfo",
    "xharness.specs.noise_policies": "NoisePolicy",
    "xharness.specs.noises": "Noise",
    "xharness.specs.params": "Param positive",
    "xharness.specs.places": "Place",
    "xharness.specs.prompts": "Prompt Template Wording prompts_in",
    "xharness.specs.published": "PublishedRow PublishedSource",
    "xharness.specs.recipe_stages": "Mixture TrainingData finetune merge multitask pretrained translate",
    "xharness.specs.recipes": "Inputs Recipe RecipeInput",
    "xharness.specs.sandboxes": "Outcome Program Sandbox Session",
    "xharness.specs.schema_1_0": "upgraded",
    "xharness.specs.sources": "DataOptions Hub Layout Local Source Synthetic Written hub local mini translated",
    "xharness.specs.stage_params": "CorpusMix Shots StageParams Translate",
    "xharness.specs.stages": "ORACLE DataRef Stage",
    "xharness.specs.suites": "Suite",
    "xharness.specs.tasks": "Overlap Task Train Tuning",
    "xharness.specs.training": "Lora Measure Mixing Start TaskTraining Training TrainingTexts",
    "xharness.specs.ways": "VECTORS Continuation Filled Generation ShortenedScore Slot Slots Text Way head verb",
    "xharness.specs.works": "EmitFor Event Failed Schedule Waiting Work",
    "xharness.store.writable": "check_writable",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Import a name of the public API and keep it."""
    if name not in _HOME:
        raise AttributeError(f"module 'xharness' has no attribute '{name}'")
    globals()[name] = getattr(import_module(_HOME[name]), name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
