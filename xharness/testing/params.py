"""The check of the parameters that models, recipes, noises and sources declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xharness.specs.params import Param
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, failed, warned


def parameters_are_sound(spec: Any, bench: Bench) -> Iterator[Problem]:
    """The text of a default gives the default, a wrong text raises ValueError, and each parameter has a help text."""
    for name, param in spec.params.items():
        if not param.help:
            yield warned(f"parameter {name} has no `help`; describe what it does and which values it takes")
        if isinstance(param.default, str | int | float) and not param.derived and not _returned(param):
            yield failed(f"parameter {name}: no text gives its default {param.default!r}; correct `type` or `default`")
        try:
            param.type("\x00no value")
        except (TypeError, ValueError):
            pass
        except Exception as error:  # noqa: BLE001 - it is the finding
            yield failed(f"parameter {name}: a wrong text raises {type(error).__name__}; raise ValueError in `type`")


def _returned(param: Param) -> bool:
    """Return whether the text of the default gives the default; that of True is yes or true."""
    texts = ("yes", "no", "true", "false", "1", "0") if isinstance(param.default, bool) else (str(param.default),)
    for text in texts:
        try:
            if param.type(text) == param.default:
                return True
        except Exception:  # noqa: BLE001 - another text may do
            continue
    return False
