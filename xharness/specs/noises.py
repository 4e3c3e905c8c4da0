"""What a noise declares: edits of a text, at five severities, in the languages that it applies to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from xharness.specs.params import Param

if TYPE_CHECKING:
    from xharness.noising import Edit, NoiseText

SEVERITIES: Mapping[int, Mapping[str, Any]] = {
    1: {"rate": 0.05, "edits": 1},
    2: {"rate": 0.10, "edits": 1},
    3: {"rate": 0.20, "edits": 1},
    4: {"rate": 0.30, "edits": 2},
    5: {"rate": 0.50, "edits": 2},
}
"""The usual settings of a severity: the share of words that are edited, and how many edits each gets."""
DEFAULT_SEVERITY = 3
SEARCH = "search"
"""The parameter that any noise takes beside its own: how edits are chosen with the scores of the model."""
SEARCHES = ("greedy",)


Risk = Literal["none", "low", "high"]


def anywhere(language: str) -> None:
    """Apply in every language."""


def alone(language: str) -> tuple[str, ...]:
    """Need no package."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Noise:
    """A noise plugin.

    - `edits(text)` yields the edits of a text; they must not overlap, and depend on nothing but the text, its settings
      and its draws. The same edits and more at a higher severity make curves that compare.
    - `family` groups noises: families weigh alike in averages.
    - `applies(language)` returns why the noise has no meaning in a language, None if it applies.
    - `settings` are those of each severity, `params` what a user may set beside them.
    - `words_kept`: no space is added or removed and no word becomes empty, so that tags stay with their words.
    - `adds_sentences`: it changes only columns to which sentences may be added, as the contexts of questions.
    - `controls` are the control characters that it inserts. `grows`: texts may become longer than double, or
      shorter than half.
    - `searchable`: its setting `rate` is the share of words that it edits and its edits stay within them, so that a
      search can choose the words.
    - `core`: it is one of the noises of the robustness score; with `core_instead_of` only where the noise of this name
      does not apply. `by_name_only`: `all` leaves it out.
    - `label_risk` says how likely a label no longer holds, `label_risks` the same for languages in which it differs.
      `core` leaves a noise out in a language of high risk.
    - `source` says where its tables come from. `packages(language)` are the distributions that it takes tables from:
      their versions are part of the key. A parameter of type Path without a default is a file that the user must give.
      Raise `version` when it makes other edits.
    """

    name: str
    summary: str
    family: str
    edits: Callable[[NoiseText], Iterable[Edit]]
    version: int = 1
    applies: Callable[[str], str | None] = anywhere
    settings: Mapping[int, Mapping[str, Any]] = field(default_factory=lambda: SEVERITIES)
    params: Mapping[str, Param] = field(default_factory=dict)
    packages: Callable[[str], Sequence[str]] = alone
    words_kept: bool = True
    adds_sentences: bool = False
    controls: str = ""
    grows: bool = False
    searchable: bool = True
    core: bool = False
    core_instead_of: str = ""
    by_name_only: bool = False
    label_risk: Risk = "low"
    label_risks: Mapping[str, Risk] = field(default_factory=dict)
    source: str = ""
    api: int = 1

    def risk(self, language: str) -> Risk:
        """Return how likely a label no longer holds in a language."""
        return self.label_risks.get(language, self.label_risk)


@dataclass(frozen=True, kw_only=True)
class NoiseSetting:
    """A noise at a severity, as a user asks for it.

    `columns` are those to change, empty for the kind's usual ones. `search` says how edits are chosen with the scores
    of the model, as `greedy`; empty: by chance. `of_core`: it was asked for as one of `core`, not by its name.
    """

    name: str
    severity: int
    version: int = 1
    seed: int = 0
    columns: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    search: str = ""
    of_core: bool = False

    def record(self) -> dict[str, Any]:
        """Return the setting as results.json has it: columns, parameters and search only where they are given."""
        given = {"columns": list(self.columns), "params": dict(self.params), "search": self.search}
        about = {"name": self.name, "severity": self.severity, "version": self.version, "seed": self.seed}
        return {**about, **{name: value for name, value in given.items() if value}}

    def key(self) -> str:
        """Return the setting as the field `noise` of a place."""
        return json.dumps(self.record(), sort_keys=True, ensure_ascii=False)


def label(record: Mapping[str, Any]) -> str:
    """Return the setting of a record as a user writes it, as `typo_keyboard:3`, with what is not as usual."""
    seed = f", noise seed {record['seed']}" if record.get("seed") else ""
    columns = f" on {', '.join(record['columns'])}" if record.get("columns") else ""
    given = {**record.get("params", {}), **({SEARCH: record[SEARCH]} if record.get(SEARCH) else {})}
    params = ":" + ",".join(f"{name}={value}" for name, value in given.items()) if given else ""
    return f"{record['name']}:{record['severity']}{params}{columns}{seed}"
