"""What noises may do to a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class NoisePolicy:
    """What noises may do to a task.

    `refused` maps families of noises that change what the gold says to the reason. `protected` are regular expressions
    (of the package `regex`) of what must stay. `tied`: words that the texts of an example share change alike, and the
    words of texts in one column, as the choices, are drawn alike. `common_kept`: what the texts share stays.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    protected: tuple[str, ...] = ()
    tied: bool = False
    common_kept: bool = False
