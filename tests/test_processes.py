"""Processes of the tests: one that hangs fails the test that waits for it."""

from __future__ import annotations

import sys
import time

import pytest

from tests.processes import Process


def _hang() -> None:
    print("hanging", file=sys.stderr, flush=True)
    print("started", flush=True)
    time.sleep(600)


def test_a_process_that_hangs_is_killed_and_its_errors_are_shown():
    process = Process(_hang)
    assert process.stdout.readline() == "started\n"
    with pytest.raises(TimeoutError, match="still ran after 1 seconds; it was killed\nhanging"):
        process.communicate(timeout=1)
    assert process.returncode < 0
