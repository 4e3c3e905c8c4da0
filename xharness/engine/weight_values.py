"""What the values of a checkpoint's weight files are: their number formats, and whether all are finite."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from xharness.engine.checkpoints import header, tensors

_NAMES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32"}


def formats(files: Iterable[Path]) -> Counter[str]:
    """Return the number of values by number format, from the headers of safetensors files; other files count nothing.

    Raises BadRequest if a file is damaged.
    """
    found: Counter[str] = Counter()
    for file in files:
        if file.suffix == ".safetensors":
            for entry in header(file).values():
                stored = str(entry.get("dtype", "unknown"))
                found[_NAMES.get(stored, stored.lower())] += math.prod(entry["shape"])
    return found


def not_finite(files: Iterable[Path]) -> dict[str, int]:
    """Return the number of NaN and infinite values of each tensor that has some."""
    found = {}
    for file in files:
        for name, tensor in tensors(file):
            if not tensor.is_floating_point():
                continue
            # isfinite does not support the 8-bit formats.
            values = tensor if tensor.element_size() > 1 else tensor.float()
            wrong = values.numel() - int(values.isfinite().sum())
            if wrong:
                found[name] = wrong
    return found
