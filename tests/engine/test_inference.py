"""The stream gives every sequence its own result, in order, whatever is batched with it."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.models import tiny_checkpoint
from xharness import StageError
from xharness.engine.inference import Sequence, Stream, ahead, windows

CPU = torch.device("cpu")
IDS = st.lists(st.lists(st.integers(1, 900), min_size=1, max_size=40), max_size=60)


def sequences(ids, types=False):
    return [Sequence(each, [1] * len(each) if types else None) for each in ids]


def doubled(batch):
    """A step whose result shows which token it saw where, and that padding was masked."""
    return torch.stack([batch["input_ids"] * 2, batch["input_ids"] * batch["attention_mask"]], dim=-1).float()


@given(IDS, st.integers(1, 200))
def test_tokens_come_back_in_order_and_without_padding(ids, budget):
    found = list(Stream(CPU, pad_id=7, budget=budget).tokens(iter(sequences(ids)), doubled))
    assert [result[:, 0].astype(int).tolist() for result in found] == [[2 * token for token in each] for each in ids]
    assert [result[:, 1].astype(int).tolist() for result in found] == ids


@given(IDS, st.integers(1, 200))
def test_rows_come_back_in_order(ids, budget):
    def last(batch):
        return (batch["input_ids"] * batch["attention_mask"]).sum(dim=1, keepdim=True).float()

    blocks = list(Stream(CPU, pad_id=7, budget=budget).rows(iter(sequences(ids)), last))
    assert [int(row[0]) for block in blocks for row in block] == [sum(each) for each in ids]


def test_token_types_are_passed_on():
    def types(batch):
        return batch["token_type_ids"].float()

    found = list(Stream(CPU, pad_id=0).tokens(sequences([[5, 6], [7]], types=True), types))
    assert [each.tolist() for each in found] == [[1.0, 1.0], [1.0]]


def test_real_tokens_are_counted_without_padding():
    counted = []
    ids = [[1] * n for n in (3, 50, 7, 7)]
    list(Stream(CPU, pad_id=0, budget=64, on_tokens=counted.append).tokens(sequences(ids), doubled))
    assert sum(counted) == 67


def test_a_long_stream_is_held_a_window_at_a_time():
    read = []

    def feed():
        for number in range(500):
            read.append(number)
            yield Sequence([1] * 1000, None)

    results = Stream(CPU, pad_id=0, budget=10).tokens(feed(), doubled)
    next(results)
    time.sleep(0.3)
    assert len(read) <= 3 * 66  # of 65,536 tokens a window: one computed, one waiting, one being read


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from transformers import AutoModel

    return AutoModel.from_pretrained(tiny_checkpoint(tmp_path_factory.mktemp("tiny") / "bert", "bert")).eval()


def test_a_batch_changes_no_result_of_a_real_model_beyond_rounding(model):
    rng = np.random.default_rng(0)
    ids = [rng.integers(5, 900, size=n).tolist() for n in rng.integers(2, 60, size=80)]

    def step(batch):
        return model(**batch).last_hidden_state

    alone = list(Stream(CPU, pad_id=0, exact=True).tokens(sequences(ids, types=True), step))
    batched = list(Stream(CPU, pad_id=0, budget=500).tokens(sequences(ids, types=True), step))
    for one, other in zip(alone, batched, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


def test_exact_results_do_not_depend_on_what_else_is_run(model):
    rng = np.random.default_rng(1)
    ids = [rng.integers(5, 900, size=n).tolist() for n in rng.integers(2, 60, size=30)]

    def step(batch):
        return model(**batch).last_hidden_state

    every = list(Stream(CPU, pad_id=0, exact=True).tokens(sequences(ids, types=True), step))
    some = list(Stream(CPU, pad_id=0, exact=True).tokens(sequences(ids[20:], types=True), step))
    for one, other in zip(every[20:], some, strict=True):
        assert np.array_equal(one, other)


def test_out_of_memory_halves_the_batch_and_goes_on():
    sizes = []

    def step(batch):
        sizes.append(len(batch["input_ids"]))
        if len(batch["input_ids"]) > 2:
            raise torch.cuda.OutOfMemoryError("no memory")
        return doubled(batch)

    ids = [[number + 1] * 4 for number in range(20)]
    stream = Stream(CPU, pad_id=0, budget=32)
    found = list(stream.tokens(sequences(ids), step))
    assert [int(result[0, 1]) for result in found] == [number + 1 for number in range(20)]
    assert max(sizes) == 8
    assert stream.budget < 32


def test_one_input_that_does_not_fit_is_an_error_that_says_so():
    def step(batch):
        raise torch.cuda.OutOfMemoryError("no memory")

    with pytest.raises(StageError, match="out of memory on a single input of 3 tokens"):
        list(Stream(CPU, pad_id=0).tokens(sequences([[1, 2, 3]]), step))


def test_windows_hold_about_so_many_tokens():
    found = list(windows(sequences([[1] * 4] * 10), 10))
    assert [len(window) for window in found] == [3, 3, 3, 1]


def test_what_is_made_ahead_comes_in_order_and_its_error_too():
    def items():
        yield from range(3)
        raise ValueError("broken")

    found = ahead(items())
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(found)


def test_a_reader_that_leaves_early_leaves_no_thread_behind():
    found = ahead(iter(range(1000)))
    assert next(found) == 0
    found.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "xharness-ahead"]
