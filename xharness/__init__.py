"""xharness: evaluate checkpoints on XTREME and XTREME-R, with plugins for tasks, models and recipes.

This module is the public API for plugins. Importing it does not import torch, transformers or datasets.
"""

from xharness.errors import (
    BadParameter,
    BadRequest,
    DataError,
    NotReady,
    PluginError,
    StageError,
    UnknownName,
    XHarnessError,
    few,
)
from xharness.kinds import (
    KINDS,
    BitextMining,
    BitextRetrieval,
    Classification,
    Corpus,
    MultipleChoice,
    PassageRetrieval,
    SpanQA,
    Tagging,
)
from xharness.languages import LANGUAGES, Language, canonical, language
from xharness.noising import Edit, NoiseText, Word, clusters
from xharness.specs.caveats import Caveat, caveat
from xharness.specs.executors import Executor, Perform, Resources
from xharness.specs.formats import Export, Format, Specs
from xharness.specs.hookspecs import hookimpl
from xharness.specs.kinds import Candidates, Column, Example, Kind, Pool, Search, SearchInput
from xharness.specs.metrics import Metric, Scored
from xharness.specs.models import LoadedModel, LoadOptions, Model, ModelInfo
from xharness.specs.noises import Noise, NoisePolicy
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
from xharness.specs.training import Lora, Measure, Mixing, Start, TaskTraining, Training
from xharness.specs.ways import VECTORS, Continuation, Generation, Text, Way, head, verb
from xharness.specs.works import EmitFor, Event, Failed, Schedule, Waiting, Work
from xharness.store.writable import check_writable

__version__ = "0.1.0"

__all__ = [
    "KINDS",
    "LANGUAGES",
    "ORACLE",
    "VECTORS",
    "BadParameter",
    "BadRequest",
    "BitextMining",
    "BitextRetrieval",
    "Candidates",
    "Caveat",
    "Classification",
    "Column",
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
    "NotReady",
    "Overlap",
    "Param",
    "PassageRetrieval",
    "Perform",
    "Place",
    "PluginError",
    "Pool",
    "Prompt",
    "PublishedRow",
    "PublishedSource",
    "Recipe",
    "RecipeInput",
    "Resources",
    "Schedule",
    "Scored",
    "Search",
    "SearchInput",
    "Shots",
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
    "canonical",
    "caveat",
    "check_writable",
    "clusters",
    "few",
    "finetune",
    "head",
    "hookimpl",
    "hub",
    "language",
    "local",
    "merge",
    "mini",
    "multitask",
    "positive",
    "pretrained",
    "prompts_in",
    "translate",
    "translated",
    "upgraded",
    "verb",
]
