"""A plugin with a source and a model that log how often they are called.

Each loading of the plugin, fingerprint and inspection adds a line to the file that `TRAVEL_LOG` names.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tests import toy
from xharness import DataError, Model, Source, hookimpl


def log(what: str) -> None:
    with Path(os.environ["TRAVEL_LOG"]).open("a", encoding="utf-8") as file:
        file.write(f"{what}\n")


def fingerprint(task, language, split, options):
    log("fingerprint")
    if language == "zh":
        raise DataError("no such file: zh")
    return toy.fingerprint(task, language, split, options)


def inspect(path, reference, revision, options):
    log("inspect")
    found = toy.inspect(path, reference, revision, options)
    return replace(found, adapter="traveller", labels=("a", "b"), languages=frozenset({"en", "sw"}), files={"a": "b"})


@hookimpl
def xharness_sources():
    log("plugins")
    yield Source(name="counted", summary="counts", fingerprint=fingerprint, load=toy.load, offline=True)


@hookimpl
def xharness_models():
    yield Model(
        name="traveller",
        summary="counts",
        capabilities=frozenset({"classify", "tag", "answer", "embed"}),
        claims=lambda path: False,
        inspect=inspect,
        load=lambda path, capability, task, params, options: toy.Loaded(path, params, options.on_tokens),
        train=toy.train,
    )
