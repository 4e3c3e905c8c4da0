"""Stages: steps of work with typed inputs and one artifact each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from xharness.specs.stage_params import StageParams

ORACLE = "oracle"
"""The selection of a checkpoint by the dev splits of the evaluated languages."""


@dataclass(frozen=True, order=True, slots=True)
class DataRef:
    """A reference to a split of a task in a language; the plan resolves it to the fingerprint of its content.

    `made` is the stage that makes the rows; None if the source has them.
    """

    task: str
    language: str
    split: str
    made: Stage | None = field(default=None, hash=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One step of work.

    `params` are the kind and settings of the step, `inputs` the stages whose artifacts it needs, `data` the splits that
    it reads, by role. Equal stages run once.
    """

    params: StageParams
    inputs: tuple[Stage, ...] = ()
    data: Mapping[str, DataRef] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Return the name of the stage kind."""
        return self.params.kind

    def refs(self, role: str) -> list[DataRef]:
        """Return the splits of a role: those under `role` and `role.NAME`, sorted by name."""
        return [self.data[name] for name in sorted(self.data) if name == role or name.startswith(f"{role}.")]

    @property
    def trained_on(self) -> list[DataRef]:
        """Return the splits that the stages up to this one trained on, in order."""
        return list(dict.fromkeys(ref for stage in self.walk() for ref in stage.refs("train")))

    def walk(self) -> Iterator[Stage]:
        """Yield the stages that this one needs, directly or indirectly, then itself."""
        for stage in self.inputs:
            yield from stage.walk()
        yield self
