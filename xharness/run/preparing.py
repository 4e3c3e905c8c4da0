"""Make the plan of a resolved request for this machine."""

from __future__ import annotations

from xharness.plan import Plan
from xharness.planner import make
from xharness.registry import Registry
from xharness.request import Resolved


def prepare(resolved: Resolved, registry: Registry) -> Plan:
    """Return the plan of a request, with dtype `auto` resolved for this machine; BadRequest as from `make`."""
    if resolved.info.dtype:
        return make(resolved, registry, resolved.info.dtype)
    asked = resolved.load_options.dtype
    if asked != "auto" and resolved.request.device in ("auto", "cpu"):
        return make(resolved, registry, asked)  # torch, which takes seconds and 200 MB, is not needed
    from xharness.engine.device import resolve_device, resolve_dtype

    dtype = resolve_dtype(resolved.load_options.dtype, resolve_device(resolved.request.device))
    return make(resolved, registry, str(dtype).removeprefix("torch."))
