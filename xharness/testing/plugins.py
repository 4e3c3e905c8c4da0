"""Checks of a plugin as a whole: it loads, quickly, and its names are free."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from xharness.discovery import Plugin
from xharness.errors import few
from xharness.registry import SPECS, singular
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed, warned

HEAVY = (
    "accelerate", "datasets", "faiss", "huggingface_hub", "jax", "matplotlib", "numpy", "pandas", "pyarrow", "pydantic",
    "requests", "safetensors", "scipy", "sentence_transformers", "sklearn", "spacy", "tensorflow", "tokenizers",
    "torch", "transformers",
)  # fmt: skip
_SECONDS = 120
_MARK = "xharness_impl"  # the attribute that `hookimpl` gives a function
_PROBE = """
import sys
from xharness.registry import SPECS, Registry
registry = Registry.load(sys.argv[1:])
for group in SPECS:
    registry.names(group)
print(*sys.modules)
"""


def loads(plugin: Plugin, bench: Bench) -> Iterator[Problem]:
    """The module can be imported, and its hooks yield valid specs."""
    if plugin.error:
        yield failed(f"the plugin is disabled: {plugin.error}")
    elif not any(hasattr(value, _MARK) for value in vars(plugin.module).values()):
        yield failed("the module has no hook; decorate a function such as xharness_tasks with @hookimpl")


def imports_nothing_heavy(plugin: Plugin, bench: Bench) -> Iterator[Problem]:
    """Listing what the plugin declares imports no large package, such as torch, datasets or numpy."""
    if plugin.error:
        raise Skip("the plugin does not load")
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *bench.registry.named],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        yield failed(f"listing fails in a new process: {done.stderr.strip().splitlines()[-1:]}")
    modules = set(done.stdout.split())
    heavy = [name for name in HEAVY if name in modules]
    if heavy:
        yield failed(f"listing imports {few(heavy)}; import them inside the functions that need them")


def names_are_free(plugin: Plugin, bench: Bench) -> Iterator[Problem]:
    """No name that the plugin declares belongs to another plugin (a warning)."""
    for group in SPECS:
        for name in bench.registry.names(group):
            bare = name.partition(":")[2]
            if bare and bench.registry.registration(group, name).plugin is plugin:
                yield warned(f"{singular(group)} '{bare}' is also declared by another plugin; choose another name")


CHECKS = checks("plugins", loads, imports_nothing_heavy, names_are_free)
