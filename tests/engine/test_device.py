"""Devices and number formats: what is there, and what is refused."""

from __future__ import annotations

import pytest
import torch

from xharness import BadRequest
from xharness.engine import device
from xharness.engine.device import resolve_device, resolve_dtype

CPU = torch.device("cpu")


def test_auto_is_a_device_that_computes():
    found = resolve_device("auto")
    assert torch.ones(2, device=found).sum().item() == 2


def test_a_device_that_is_not_there_is_refused_with_those_that_are():
    for name in ("cuda:99", "mps:7", "xpu"):
        with pytest.raises(BadRequest, match=r"not on this machine; available: .*cpu"):
            resolve_device(name)


def test_a_name_that_is_no_device_is_refused():
    with pytest.raises(BadRequest, match=r"'gpu': not a device; use one of auto, .*cpu"):
        resolve_device("gpu")


@pytest.mark.parametrize(("speedup", "expected"), [(4.0, torch.bfloat16), (0.3, torch.float32)])
def test_auto_takes_bf16_where_it_is_multiplied_faster(monkeypatch, speedup, expected):
    monkeypatch.setattr(device, "bf16_speedup", lambda: speedup)
    assert resolve_dtype("auto", CPU) == expected


def test_the_speedup_is_measured_once(monkeypatch):
    device.bf16_speedup.cache_clear()
    first = device.bf16_speedup()
    assert first > 0
    monkeypatch.setattr(device, "_seconds", lambda dtype: 1 / 0)
    assert device.bf16_speedup() == first


def test_a_named_dtype_is_taken_and_another_refused():
    assert resolve_dtype("bfloat16", CPU) == torch.bfloat16
    assert resolve_dtype("float32", CPU) == torch.float32
    with pytest.raises(BadRequest, match="unknown dtype 'float16'"):
        resolve_dtype("float16", CPU)
