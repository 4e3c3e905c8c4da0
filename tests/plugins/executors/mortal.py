"""A plugin beside the toy one: a model whose training of `toy-tags` goes wrong, as the file `mortal.json` says.

`how` is a way of `WAYS`. Each training adds a line to the file `log` of the checkpoint's folder: the process, its
number of threads, and whether it learns tags or labels. With `once` only the first training goes wrong.
"""

from __future__ import annotations

import json
import os
import signal

from tests import toy
from xharness import Model, hookimpl
from xharness.errors import StoreError


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def left():
    os._exit(3)


def failed():
    raise RuntimeError("no luck")


def full():
    raise StoreError("cannot save it: no space left")


def broken():
    raise AttributeError("no such thing")


class Odd(Exception):
    """An error that can be pickled, but not made again."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def odd():
    raise Odd("this", "that")


WAYS = {way.__name__: way for way in (killed, left, failed, full, broken, odd)}


def finetune(*, path, train, **rest):
    settings = json.loads((path / "mortal.json").read_text("utf-8"))
    examples = list(train)
    what = "tags" if "tags" in examples[0] else "labels"
    log = path / "log"
    before = log.read_text("utf-8").count("tags") if log.exists() else 0
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {os.environ.get('OMP_NUM_THREADS')} {what}\n")
    if what == "tags" and settings["how"] and not (settings["once"] and before):
        WAYS[settings["how"]]()
    return toy.finetune(path=path, train=examples, **rest)


@hookimpl
def xharness_models():
    yield Model(
        name="mortal",
        summary="a toy that goes wrong",
        capabilities=frozenset({"classify", "tag", "answer", "embed"}),
        claims=lambda path: False,
        inspect=toy.inspect,
        load=lambda path, capability, task, params, options: toy.Loaded(path, params, options.on_tokens),
        finetune=finetune,
    )
