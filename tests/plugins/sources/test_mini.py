"""The source of synthetic examples: fingerprints, refusals, caveats."""

from __future__ import annotations

import pytest

from xharness import BadRequest, Classification, DataError, DataOptions, mini
from xharness_plugins.sources.mini import MINI

NONE = DataOptions()


def task(rows, **sizes):
    return Classification(name="mine", languages=("en", "sw"), labels=("good", "bad"), data=mini(rows, **sizes))


def good(language, split, size):
    return ({"text": f"{language} {split} {number}", "label": "good"} for number in range(size))


def test_splits_have_the_declared_sizes_or_the_one_that_is_asked_for():
    made = task(good, train=7, dev=3, test=5)
    assert [len(MINI.load(made, "sw", split, NONE)) for split in ("train", "dev", "test")] == [7, 3, 5]
    rows = MINI.load(made, "sw", "test", DataOptions(params={"size": 2}))
    assert rows["text"] == ["sw test 0", "sw test 1"]


def test_the_fingerprint_is_that_of_the_rows():
    def other(language, split, size):
        return ({**row, "label": "bad"} for row in good(language, split, size))

    prints = [MINI.fingerprint(task(make), "en", "test", NONE) for make in (good, good, other)]
    assert prints[0] == prints[1] != prints[2]
    assert MINI.fingerprint(task(good), "en", "test", DataOptions(params={"size": 39})) != prints[0]


def test_a_split_or_task_without_synthetic_examples_is_an_error():
    with pytest.raises(DataError, match="mine en dev: no synthetic examples for this split"):
        MINI.load(task(good, dev=0), "en", "dev", NONE)
    bare = Classification(name="bare", languages=("en",), labels=("good",))
    with pytest.raises(DataError, match="bare: the task has no synthetic examples; use another --source"):
        MINI.fingerprint(bare, "en", "test", NONE)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(BadRequest, match="source 'mini' does not read files"):
        MINI.fingerprint(task(good), "en", "test", DataOptions(root=tmp_path))


def test_a_maker_that_fails_is_named():
    def broken(language, split, size):
        yield {"text": "a", "label": "good"}
        raise ZeroDivisionError("no")

    with pytest.raises(
        DataError, match="mine en test: generating the synthetic examples failed: ZeroDivisionError: no"
    ):
        MINI.load(task(broken), "en", "test", NONE)


def test_rows_of_another_form_are_an_error():
    with pytest.raises(DataError, match="unknown label 'fair'"):
        MINI.load(task(lambda *of: [{"text": "a", "label": "fair"}]), "en", "test", NONE)
