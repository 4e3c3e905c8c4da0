"""The scores of a run as pairs, clean and noisy, of the same examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.metrics.base import mean
from xharness.metrics.noisy import Pair, Scored, pair_of_seeds
from xharness.run.records.cell_record import CORRECT, Record, beside

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Cells:
    """The scored cells of a run, and its folder, which has their replicates and which examples are right."""

    folder: Path

    def pair(self, clean: Mapping[int, Record], noisy: Mapping[int, Sequence[Record]], names: Sequence[str]) -> Pair:
        """Return the pair of a task in a language under one noise at one severity.

        Both map the seed of the training to records; the noisy ones are those of several noise seeds.
        """
        seeded = {seed: [self.scored(record, names) for record in records] for seed, records in noisy.items()}
        return pair_of_seeds({seed: self.scored(clean[seed], names) for seed in noisy}, seeded)

    def scored(self, record: Record, names: Sequence[str]) -> Scored:
        """Return the mean of the named metrics of a cell, and its replicates if it has them."""
        return mean([record["metrics"][name]["value"] for name in names]), self._replicates(record)

    def _replicates(self, record: Record) -> np.ndarray | None:
        import numpy as np

        if not record["replicates"]:
            return None
        found: np.ndarray = np.load(self.folder / record["replicates"]).astype(np.float64).mean(axis=0)
        return found

    def correct(self, record: Record) -> np.ndarray | None:
        """Return which examples of a cell are right, bool, shape (n,); None if its metrics do not say it."""
        import numpy as np

        path = self.folder / beside(record["predictions"], CORRECT)
        if not path.is_file():
            return None
        found: np.ndarray = np.load(path)
        return found

    def flips(self, clean: Mapping[int, Record], noisy: Mapping[int, Sequence[Record]]) -> dict[str, float] | None:
        """Return the shares, in percent, of examples that noise makes wrong (harm) and right (gain)."""
        harm, gain = [], []
        for seed, records in noisy.items():
            before = self.correct(clean[seed])
            for after in map(self.correct, records):
                if before is None or after is None or len(before) != len(after):
                    return None
                harm.append(100.0 * float((before & ~after).mean()))
                gain.append(100.0 * float((~before & after).mean()))
        return {"harm": mean(harm), "gain": mean(gain)}
