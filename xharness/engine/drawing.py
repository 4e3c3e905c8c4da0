"""Draw tokens at a temperature: the draws of a text depend on its prompt and its number only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch


@dataclass(frozen=True)
class Draw:
    """One of several texts for a prompt: its number from 0, and the temperature, above 0."""

    number: int
    temperature: float

    def generator(self, prompt: tuple[int, ...]) -> np.random.Generator:
        """Return the random numbers for a prompt of token ids."""
        import numpy as np

        digest = hashlib.sha256(f"{self.number} {prompt}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))

    def token(self, logits: torch.Tensor, random: np.random.Generator) -> int:
        """Return a token, given its logits, shape (vocabulary,), in proportion to softmax(logits / temperature)."""
        import torch

        shares = (logits.double() / self.temperature).softmax(dim=-1).cumsum(dim=-1)
        found = torch.searchsorted(shares, torch.tensor(random.random() * shares[-1].item(), device=shares.device))
        return min(int(found), len(shares) - 1)
