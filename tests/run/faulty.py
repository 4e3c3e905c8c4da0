"""A plugin whose parts raise errors of types that nobody expects, for one language or one task."""

from __future__ import annotations

import os

from tests import toy
from xharness import Metric, Model, Source, Tagging, hookimpl
from xharness.metrics.base import Measured

ERRORS = {error.__name__: error for error in (AttributeError, AssertionError, MemoryError, ImportError)}
ENDS = {error.__name__: error for error in (KeyboardInterrupt, SystemExit)}


def fail(where: str) -> None:
    place, _, name = os.environ.get("FAULT", "").partition(":")
    if place == where:
        raise ({**ERRORS, **ENDS}[name])("odd")


class Loaded(toy.Loaded):
    def tag(self, examples):
        for example, row in zip(examples := list(examples), super().tag(examples), strict=True):
            if example["tokens"][0].startswith("z"):
                fail("zh")
            yield row

    def embed(self, texts, max_length=None):
        for text, row in zip(texts := list(texts), super().embed(texts, max_length), strict=True):
            if text.startswith("z"):
                fail("zh")
            yield row


def load(path, capability, task, params, options):
    if capability == "embed":
        fail("load")
    return Loaded(path, params, options.on_tokens)


def train(training):
    fail("train")
    return toy.train(training)


def read(task, language, split, options):
    if (language, split) == ("zh", "test"):
        fail("data")
    return toy.load(task, language, split, options)


def compute(predictions, gold, language):
    if language == "zh":
        fail("metric")
    return Measured(values={"odd": 1.0}, n=len(gold))


@hookimpl
def xharness_models():
    yield Model(
        name="faulty",
        summary="fails",
        capabilities=frozenset({"classify", "tag", "answer", "embed"}),
        claims=lambda path: False,
        inspect=toy.inspect,
        load=load,
        train=train,
    )


@hookimpl
def xharness_sources():
    yield Source(name="faulty", summary="fails", fingerprint=toy.fingerprint, load=read, offline=True)


@hookimpl
def xharness_metrics():
    yield Metric(name="odd", summary="fails", kinds=("tagging",), compute=compute, signature="odd|v1")


@hookimpl
def xharness_tasks():
    yield Tagging(
        name="odd-tags", languages=toy.LANGUAGES, labels=("LOW", "HIGH"), train="sw", metrics=("chunk_f1", "odd")
    )
