"""Sentence-transformers folders of tiny modules with random weights, saved by the library itself."""

from __future__ import annotations

import json

import numpy as np
import torch

from tests.models import TEXT
from tests.plugins.models.tiny import OPTIONS, load
from xharness.engine.checkpoints import quiet
from xharness_plugins.models.st import ST
from xharness_plugins.models.st_vectors import ST_VECTORS

# Blanks at the ends and capitals, which some folders handle in a way of their own.
TEXTS = [*TEXT, "", "  " + TEXT[0].upper() + " ", " ".join(TEXT * 2)]
MODELS = {"st": ST, "st-vectors": ST_VECTORS}


def save(out, *modules, **about):
    """Save modules as a folder; `about` are settings of the library, as prompts."""
    from sentence_transformers import SentenceTransformer

    with quiet():
        SentenceTransformer(modules=list(modules), device="cpu", **about).save(str(out), create_model_card=False)
    return out


def transformer(path, **more):
    from sentence_transformers.sentence_transformer.modules import Transformer

    with quiet():
        return Transformer(str(path), **more)


def module(name, *args, **more):
    """Return a module of the library by the name of its class, with fixed weights."""
    from sentence_transformers.sentence_transformer import modules

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return getattr(modules, name)(*args, **more)


def library(path):
    """Return the model as the library loads it."""
    from sentence_transformers import SentenceTransformer

    with quiet():
        return SentenceTransformer(str(path), device="cpu", local_files_only=True)


def ours(path, adapter="st", **params):
    """Return the model as a run loads it: parameters are checked and settled first."""
    model = MODELS[adapter]
    info = model.inspect(path, str(path), None, OPTIONS)
    given = {name: param.default for name, param in model.params.items()} | params
    model.check(info, given)
    return load(path, "embed", model=model, **model.settle(info, given))


def vectors(loaded, role=None, texts=TEXTS):
    return np.concatenate(list(loaded.embed(iter(texts), role=role)))


def rewrite(path, **changes):
    content = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.write_text(json.dumps(content | changes), encoding="utf-8")
