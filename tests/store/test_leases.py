"""Leases are taken over from processes that are gone or silent, by the clock of whoever waits, and from no other."""

from __future__ import annotations

import json
import os
import time

import pytest

from tests.store.programs import kill_when_ready, names, start
from xharness.store.artifacts import Store
from xharness.store.leases import Leases, held

HOUR = 3600.0


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def others(tmp_path, clock):
    return Leases(tmp_path, clock)


def elsewhere(folder, name="work", **about):
    """Write the lease of a process on another machine."""
    lease = Leases(folder).take(name, lambda _: about)
    lease.release()
    values = {"host": "far", "pid": 1, "machine": "far/1", "token": "t", "since": "2001-01-01T00:00:00+00:00"}
    path = folder / f"{name}.lease"
    path.write_text(json.dumps({**values, "about": about, "beat": "0000000001"}))
    return path


def test_one_process_holds_a_lease(tmp_path, others):
    lease = Leases(tmp_path).take("work")
    assert lease.held
    assert others.take("work") is None
    [(name, holder)] = others.holders()
    assert (name, holder.pid, holder.beat, holder.gone) == ("work", os.getpid(), "0000000000", False)
    lease.release()
    assert names(tmp_path) == []
    assert others.take("work").previous is None


def test_a_holder_that_counts_is_left_and_a_silent_one_is_not(tmp_path, others, clock):
    path = elsewhere(tmp_path)
    for beat in range(5):
        path.write_text(path.read_text().replace(f'"{beat + 1:010d}"', f'"{beat + 2:010d}"'))
        assert others.take("work") is None
        clock.now += HOUR
    assert others.take("work").previous.host == "far"


def test_the_time_of_the_file_and_the_clock_of_the_holder_do_not_matter(tmp_path, others, clock):
    os.utime(elsewhere(tmp_path), (0, 0))
    assert others.take("work") is None
    clock.now += 59
    assert others.take("work") is None
    clock.now += 1
    assert others.take("work")


def test_heartbeats_are_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("XHARNESS_STALE_AFTER", "0.1")
    lease = Leases(tmp_path).take("work")
    content = (tmp_path / "work.lease").read_bytes()
    end = time.monotonic() + 5
    while (tmp_path / "work.lease").read_bytes() == content and time.monotonic() < end:
        time.sleep(0.01)
    assert json.loads((tmp_path / "work.lease").read_bytes())["beat"] > "0000000000"
    lease.release()


def test_a_lease_that_was_taken_over_is_not_released_by_its_old_holder(tmp_path, others, clock):
    old = Leases(tmp_path).take("work")
    others.take("work")
    clock.now += HOUR
    new = others.take("work")
    assert not old.held
    old.release()
    assert new.held


def test_a_lease_that_is_half_written_is_waited_for(tmp_path, others, clock):
    (tmp_path / "work.lease").write_text('{"host"')
    assert others.take("work") is None
    assert not held(tmp_path / "work.lease")
    clock.now += HOUR
    assert others.take("work").previous is None


HOLD = """
with Store(Path(sys.argv[1])).lock("finetune", "a" * 32):
    (Store(Path(sys.argv[1])).scratch("finetune", "a" * 32) / "state").write_text("half")
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_the_lease_of_a_killed_process_is_free_at_once_and_its_partial_work_is_continued(tmp_path):
    kill_when_ready(start(HOLD, tmp_path))
    store = Store(tmp_path)
    assert names(tmp_path / "locks") == []
    with store.lock("finetune", "a" * 32):
        assert (store.scratch("finetune", "a" * 32) / "state").read_text() == "half"


def test_partial_work_of_a_silent_process_is_copied_and_removed_with_the_artifact(tmp_path, monkeypatch):
    monkeypatch.setenv("XHARNESS_STALE_AFTER", "0.1")
    store, key = Store(tmp_path), "a" * 32
    theirs = store.scratch("finetune", key)
    (theirs / "state").write_text("half")
    elsewhere(tmp_path / "locks", f"finetune-{key}", scratch=key)
    with store.lock("finetune", key):
        mine = store.scratch("finetune", key)
        assert mine != theirs
        (mine / "state").write_text((mine / "state").read_text() + " and half")
        assert (theirs / "state").read_text() == "half"
        with store.creating("finetune", key, {}):
            pass
        assert not mine.exists()
    Store(tmp_path)
    assert not theirs.exists()
