"""How a noise changes a text: words and protected spans, deterministic random numbers, edits and their checks."""

from __future__ import annotations

from xharness.noising.edits import Edit
from xharness.noising.text import NoiseText, Word
from xharness.noising.units import clusters

__all__ = ["Edit", "NoiseText", "Word", "clusters"]
