"""Select the device and dtype of a model."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

from xharness.errors import BadRequest, unknown

if TYPE_CHECKING:
    import torch

DTYPES = ("auto", "float32", "bfloat16")
_NATIVE = 1.5  # minimum speed-up of native bf16: emulated bf16 is slower than fp32, native several times faster


def resolve_device(name: str) -> torch.device:
    """Return the device of a name; `auto` is the fastest available. Raises BadRequest if it is not available."""
    import torch

    if name == "auto":
        return torch.device(_available()[0])
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadRequest(f"device '{name}': not a device; use one of auto, {', '.join(_available())}") from error
    exists = device.type in _available() and (device.index or 0) < max(torch.cuda.device_count(), 1)
    if not exists:
        raise BadRequest(f"device '{name}': not on this machine; available: {', '.join(_available())}")
    return device


def _available() -> list[str]:
    """Return the available device types, fastest first."""
    import torch

    accelerators = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [*(name for name, available in accelerators.items() if available), "cpu"]


def resolve_dtype(name: str, device: torch.device) -> torch.dtype:
    """Return torch.float32 or torch.bfloat16; `auto` is bfloat16 if the hardware supports it natively."""
    import torch

    if name not in DTYPES:
        raise unknown("dtype", name, DTYPES)
    if name != "auto":
        return torch.float32 if name == "float32" else torch.bfloat16
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = device.type == "cpu" and bf16_speedup() >= _NATIVE
    return torch.bfloat16 if native else torch.float32


@cache
def bf16_speedup() -> float:
    """Return the speed-up of bfloat16 over float32 matrix products on this CPU, measured once."""
    import torch

    return _seconds(torch.float32) / _seconds(torch.bfloat16)


def _seconds(dtype: torch.dtype, rows: int = 256, width: int = 768, repeats: int = 5) -> float:
    import torch

    left, right = torch.ones(rows, width, dtype=dtype), torch.ones(width, width, dtype=dtype)
    torch.nn.functional.linear(left, right)
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        torch.nn.functional.linear(left, right)
        times.append(time.perf_counter() - started)
    return min(times)
