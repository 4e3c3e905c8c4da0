"""Stages: steps of work with typed inputs and one artifact each, addressed by content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from xharness.specs.stage_params import StageParams

ORACLE = "oracle"  # the selection that looks at dev splits of the evaluated languages


@dataclass(frozen=True, order=True)
class DataRef:
    """A split of a task in a language, by name; the plan resolves it to the exact content.

    `made` is the stage whose artifact is its rows, None where the source has them.
    """

    task: str
    language: str
    split: str
    made: Stage | None = field(default=None, hash=False)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of work.

    `params` says what is done and with which settings, `inputs` are the stages whose artifacts it needs, `data` the
    splits that it reads, by role. Equal stages are one.
    """

    params: StageParams
    inputs: tuple[Stage, ...] = ()
    data: Mapping[str, DataRef] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Return the name of the stage kind."""
        return self.params.kind

    def refs(self, role: str) -> list[DataRef]:
        """Return the splits of a role: the one called so, or all those called `role.name`, by name."""
        return [self.data[name] for name in sorted(self.data) if name == role or name.startswith(f"{role}.")]

    @property
    def trained_on(self) -> list[DataRef]:
        """Return the splits that a checkpoint was trained on since it was given, in order."""
        return list(dict.fromkeys(ref for stage in self.walk() for ref in stage.refs("train")))

    def walk(self) -> Iterator[Stage]:
        """Yield the stages whose artifacts this one needs, directly or not, then itself."""
        for stage in self.inputs:
            yield from stage.walk()
        yield self
