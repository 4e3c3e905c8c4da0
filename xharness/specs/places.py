"""Places and cells: what a score within a run is a score of."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """The key of a score within a run of one model and recipe, used by plans, results, reports and leaderboards.

    `noise` is the setting of a noise as canonical JSON text, None for clean inputs.
    """

    task: str
    language: str
    seed: int
    noise: str | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Place:
        """Return the place of a record of results.json."""
        noise = record.get("noise")
        text = None if noise is None else json.dumps(noise, sort_keys=True, ensure_ascii=False)
        return cls(record["task"], record["language"], record["seed"], text)

    def __str__(self) -> str:
        noise = "" if self.noise is None else f" with noise {self.noise}"
        return f"{self.task} {self.language}, seed {self.seed}{noise}"

    def __lt__(self, other: Place) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[str, str, str, int]:
        return self.task, self.language, self.noise or "", self.seed

    def path(self, seeds: Collection[int]) -> str:
        """Return the relative path, without suffix, of the files of this place in the folder of a run with `seeds`."""
        noise = "" if self.noise is None else f"-{_slug(self.noise)}"
        seed = f"-seed{self.seed}" if len(seeds) > 1 else ""
        return f"{self.task}/{self.language}{noise}{seed}"


_FIRST = ("name", "severity")


def _word(value: Any) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def _slug(noise: str) -> str:
    """Return a noise setting as part of a file name: its values, joined."""
    setting = json.loads(noise)
    if isinstance(setting, dict):
        setting = {name: setting.get(name) for name in _FIRST} | setting
        setting = "-".join(_word(value) for name, value in setting.items() if name != "version" and value)
    words = str(setting)
    return "".join(letter if letter.isalnum() or letter in "_-." else "_" for letter in words)


@dataclass(frozen=True, slots=True)
class Cell:
    """A place and its evaluated split: the smallest unit that is reported."""

    place: Place
    split: str
