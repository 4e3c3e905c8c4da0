"""xharness: take a checkpoint through XTREME and XTREME-R, with plugins for tasks, models and recipes.

What stands here is the public API that plugins write against. Importing it imports neither torch nor transformers
nor datasets.
"""

from xharness.errors import BadRequest, DataError, NotReady, PluginError, StageError, XHarnessError
from xharness.languages import LANGUAGES, Language, canonical, language
from xharness.specs.executors import Executor, Perform, Resources
from xharness.specs.formats import Export, Format, Specs
from xharness.specs.hookspecs import hookimpl
from xharness.specs.kinds import KINDS, Example, Kind
from xharness.specs.metrics import Metric, Scored
from xharness.specs.models import Lesson, LoadedModel, LoadOptions, Lora, Measure, Mixing, Model, ModelInfo
from xharness.specs.params import Param, positive
from xharness.specs.places import Place
from xharness.specs.published import PublishedRow, PublishedSource
from xharness.specs.recipes import Inputs, Recipe, Shots, Texts, Wish, finetune, merge, multitask, pretrained, translate
from xharness.specs.sources import DataOptions, Hub, Layout, Local, Mini, Source, hub, local, mini, translated
from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.specs.suites import Suite
from xharness.specs.tasks import (
    BitextMining,
    BitextRetrieval,
    Classification,
    Corpus,
    MultipleChoice,
    Overlap,
    PassageRetrieval,
    SpanQA,
    Tagging,
    Task,
    Train,
    Tuning,
)
from xharness.specs.works import EmitFor, Event, Failed, Schedule, Waiting, Work

__version__ = "0.1.0"

__all__ = [
    "KINDS",
    "LANGUAGES",
    "ORACLE",
    "BadRequest",
    "BitextMining",
    "BitextRetrieval",
    "Classification",
    "Corpus",
    "DataError",
    "DataOptions",
    "DataRef",
    "EmitFor",
    "Event",
    "Example",
    "Executor",
    "Export",
    "Failed",
    "Format",
    "Hub",
    "Inputs",
    "Kind",
    "Language",
    "Layout",
    "Lesson",
    "LoadOptions",
    "LoadedModel",
    "Local",
    "Lora",
    "Measure",
    "Metric",
    "Mini",
    "Mixing",
    "Model",
    "ModelInfo",
    "MultipleChoice",
    "NotReady",
    "Overlap",
    "Param",
    "PassageRetrieval",
    "Perform",
    "Place",
    "PluginError",
    "PublishedRow",
    "PublishedSource",
    "Recipe",
    "Resources",
    "Schedule",
    "Scored",
    "Shots",
    "Source",
    "SpanQA",
    "Specs",
    "Stage",
    "StageError",
    "Suite",
    "Tagging",
    "Task",
    "Texts",
    "Train",
    "Tuning",
    "Waiting",
    "Wish",
    "Work",
    "XHarnessError",
    "__version__",
    "canonical",
    "finetune",
    "hookimpl",
    "hub",
    "language",
    "local",
    "merge",
    "mini",
    "multitask",
    "positive",
    "pretrained",
    "translate",
    "translated",
]
