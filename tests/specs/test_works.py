"""Works and their events travel; a schedule lets each start when what it needs is done."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict

import pytest

from xharness.specs.works import Done, Ended, Failed, Reported, Schedule, Started, Tokens, Waiting, Work

EVENTS = [
    Started(),
    Tokens(7),
    Reported({"step": 1, "total_steps": 2, "loss": 0.5}),
    Waiting("for another process"),
    Done("key", 1.5),
    Done("key", 1.5, "no gold"),
    Failed("no disk"),
    Failed("no file", "key"),
    Ended(2.5, 70),
]


def work(key: str, *needs: str) -> Work:
    return Work(key=key, needs=needs, title=key, plan="{}", jobs=(key,))


@pytest.mark.parametrize("event", EVENTS)
def test_events_can_be_pickled(event):
    assert pickle.loads(pickle.dumps(event)) == event
    json.dumps(asdict(event))


def test_a_work_can_be_pickled_and_written_as_json():
    one = work("predict", "train", "embed")
    assert pickle.loads(pickle.dumps(one)) == one
    fields = json.loads(json.dumps(asdict(one)))
    assert Work(**{**fields, "needs": tuple(fields["needs"]), "jobs": tuple(fields["jobs"])}) == one


def test_works_are_taken_in_their_order_once_what_they_need_is_done():
    first, second, third = work("a"), work("b", "a", "in the store already"), work("c")
    schedule = Schedule([first, second, third])
    assert [schedule.take(), schedule.take(), schedule.take()] == [first, third, None]
    schedule.end(third, ok=True)
    assert schedule.take() is None
    schedule.end(first, ok=True)
    assert [schedule.take(), schedule.take()] == [second, None]


def test_what_needs_a_failed_work_is_never_taken():
    first, second, third, fourth = work("a"), work("b", "a"), work("c", "b"), work("d")
    schedule = Schedule([first, second, third, fourth])
    schedule.end(schedule.take(), ok=False)
    assert [schedule.take(), schedule.take()] == [fourth, None]
