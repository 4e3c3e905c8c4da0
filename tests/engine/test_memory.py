"""Freed memory is given back now and then, and nothing is done where the C library cannot."""

from __future__ import annotations

from xharness.engine import memory
from xharness.engine.memory import Trimmer


def test_every_few_batches_the_heap_is_trimmed(monkeypatch):
    calls = []
    monkeypatch.setattr(memory, "_malloc_trim", lambda: calls.append)
    trim = Trimmer()
    for _ in range(2 * Trimmer.EVERY + 1):
        trim()
    assert calls == [0, 0]


def test_without_the_gnu_c_library_nothing_is_done(monkeypatch):
    monkeypatch.setattr(memory, "_malloc_trim", lambda: None)
    trim = Trimmer()
    for _ in range(Trimmer.EVERY):
        trim()
