"""Embed texts by their role: a model may embed queries and documents differently."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def embedder(model: Any, role: str | None) -> Callable[..., Iterator[np.ndarray]]:
    """Return the method `embed` of a model for texts of a role; without the role if the model embeds all texts alike.

    `model` is a model that can `embed`, see `xharness.specs.models.Embeds`.
    """
    embed: Callable[..., Iterator[np.ndarray]] = model.embed
    return partial(embed, role=role) if role and knows_roles(model) else embed


def knows_roles(model: Any) -> bool:
    """Return whether a model embeds texts by role."""
    return "role" in inspect.signature(model.embed).parameters
