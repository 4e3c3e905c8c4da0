"""Scores on texts with errors that people made, paired with those on the same texts without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xharness.metrics.noisy import Pair, Scale, Scored, but_english, nested_mean, pair_of_seeds
from xharness.metrics.pairing import Basis, unlike


@dataclass
class NaturalRow:
    """A task of texts with errors and its clean task: pairs by language; `missing` says why a language has none.

    `examples` has the numbers of examples without and with errors. Where they differ, a pair has no replicates.
    """

    task: str
    clean: str
    scale: Scale
    pairs: dict[str, Pair] = field(default_factory=dict)
    examples: dict[str, tuple[int, int]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def add(
        self, code: str, bases: tuple[Basis, Basis], clean: Mapping[int, Scored], noisy: Mapping[int, Scored]
    ) -> None:
        """Add a language: the bases of both scores, clean first, and the scores by seed of the training."""
        seeds = sorted(clean.keys() & noisy.keys())
        reason = _unlike(bases, self.scale.headline) or (None if seeds else "different seeds")
        if reason:
            self.missing[code] = reason
            return
        pair = pair_of_seeds({seed: clean[seed] for seed in seeds}, {seed: [noisy[seed]] for seed in seeds})
        paired = bases[0].n == bases[1].n
        self.pairs[code] = pair if paired else Pair(pair.clean, pair.noisy, None)
        self.examples[code] = bases[0].n, bases[1].n

    def content(self) -> dict[str, Any]:
        """Return the row as results.json and leaderboard.json have it; its average leaves English out."""
        codes = but_english(self.pairs)
        numbers = self.scale.numbers
        average = nested_mean({(code,): self.pairs[code] for code in codes}) if codes else None
        return {
            "task": self.task,
            "clean_task": self.clean,
            "chance": self.scale.chance,
            "average": average and {**numbers(average), "languages": codes},
            "languages": {
                code: {**numbers(pair), "examples": dict(zip(("clean", "noisy"), self.examples[code], strict=True))}
                for code, pair in self.pairs.items()
            },
            "missing": dict(self.missing),
        }


def _unlike(bases: tuple[Basis, Basis], headline: Sequence[str]) -> str | None:
    """Return why two scores cannot be compared; their data differ by the errors, and may lack examples."""
    clean, noisy = (basis._replace(data="", n=0) for basis in bases)
    return unlike(clean, noisy, headline)
