"""Model adapters with one fault each, made from the adapter of the toy plugin."""

from __future__ import annotations

import itertools
from dataclasses import replace

from tests import toy
from tests.testing.faults import Fault, plugin
from xharness import Param

[TOY] = toy.xharness_models()
counter = itertools.count()


class Lettered(toy.Loaded):
    """Embeds any text by its characters: no fault."""

    def embed(self, texts, max_length=None):
        import numpy as np

        for text in texts:
            yield np.bincount([ord(letter) % 36 for letter in text], minlength=36)[None].astype(np.float32)


class Short(Lettered):
    """Loses the last text."""

    def embed(self, texts, max_length=None):
        yield from super().embed(list(texts)[:-1])


class Mixing(Lettered):
    """Adds the number of texts before it to each vector."""

    def embed(self, texts, max_length=None):
        for number, block in enumerate(super().embed(texts)):
            yield block + number


class Double(Lettered):
    """Yields float64."""

    def embed(self, texts, max_length=None):
        for block in super().embed(texts):
            yield block.astype("float64")


class Undescribed(Lettered):
    """Describes itself with itself."""

    def describe(self):
        return {"model": self}


def ready(path, reference, revision, options):
    return replace(toy.inspect(path, reference, revision, options), ready=frozenset({"embed"}))


def adapter(name, loaded=Lettered, **fields):
    def load(path, capability, task, params, options):
        return loaded(path, params, options.on_tokens)

    def inspect(path, reference, revision, options):
        if not (path / "toy.json").exists():
            from xharness import BadRequest

            raise BadRequest(f"model '{reference}': there is no toy.json")
        return replace(ready(path, reference, revision, options), adapter=name)

    usual = {"name": name, "claims": lambda path: None, "inspect": inspect, "load": load}
    return replace(TOY, **usual | fields)


def restless(path, reference, revision, options):
    found = ready(path, reference, revision, options)
    return replace(found, adapter="restless", fingerprint=f"f{next(counter)}")


ADAPTERS = [
    adapter("strange", capabilities=frozenset({"embed", "sing"})),
    adapter("claiming", claims=lambda path: 1),
    adapter("restless", inspect=restless),
    adapter("short", Short),
    adapter("mixing", Mixing),
    adapter("double", Double),
    adapter("undescribed", Undescribed),
    adapter("helpless", params={"letters": Param(type=int, default=3)}),
]
MANY = plugin("models", models=ADAPTERS)


def models(folder):
    path = toy.checkpoint(folder / "toy")
    return [f"{each.name}:{path}" for each in ADAPTERS]


def fault(check, subject, message, state="failed"):
    return Fault(check=f"models:{check}", plugin=MANY, subject=subject, message=message, state=state, models=models)


FAULTS = [
    fault("capabilities_are_known", "strange", "capability sing is not used by any way; see `xharness list ways`"),
    fault(
        "other_folders_are_not_claimed", "claiming", "`claims` returns 1 for a folder without a checkpoint; look for"
    ),
    fault("metadata_are_sound", "restless", "the fingerprint is empty or differs between two calls"),
    fault("one_result_for_each_example", "short", "`embed` yields 5 results for 6 examples, and 0 for none"),
    fault("batches_do_not_matter", "mixing", "`embed` of 5 examples differs between batches of 1 and of 6, first of"),
    fault("results_have_their_form", "double", "`embed`: vectors are float64; yield blocks of float32"),
    fault("settings_are_described", "undescribed", "`describe` does not return plain JSON: .*; return texts"),
    fault("parameters_are_sound", "helpless", "parameter letters has no `help`", "warned"),
]
