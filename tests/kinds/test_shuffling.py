"""Permuted labels: the same texts and the same labels, in other rows, and every row still valid."""

from __future__ import annotations

from collections import Counter

import pytest

from xharness import DataOptions, Train
from xharness.kinds import KINDS
from xharness.registry import Registry
from xharness.run.steps.sampling import shuffled

# A task of each kind that is trained on labels, and the columns that hold them.
TASKS = {"mnli": "label", "hellaswag": "label", "cosmosqa": "label", "squad_v2": "answers", "ccg": "tags"}


@pytest.fixture(scope="module")
def rows():
    registry = Registry.load([], third_parties=False)

    def load(name):
        task, source = registry.get("tasks", name), registry.get("sources", "mini")
        return task, list(source.load(task, "en", "train", DataOptions()).select(range(120)))

    return load


@pytest.mark.parametrize("name", TASKS)
def test_texts_stay_and_labels_change_with_the_seed_only(rows, name):
    task, own = rows(name)
    label = TASKS[name]
    found = shuffled(task, own, 1)
    assert [{**row, label: None} for row in found] == [{**row, label: None} for row in own]
    changed = sum(one[label] != other[label] for one, other in zip(found, own, strict=True))
    assert changed > len(own) / 4
    assert shuffled(task, own, 1) == found != shuffled(task, own, 2)


@pytest.mark.parametrize("name", ["mnli", "hellaswag", "ccg"])
def test_there_are_as_many_of_each_label_as_before(rows, name):
    task, own = rows(name)

    def counts(some):
        labels = (row[TASKS[name]] for row in some)
        return Counter(tag for each in labels for tag in (each if isinstance(each, list) else [each]))

    assert counts(shuffled(task, own, 3)) == counts(own)


def test_a_choice_is_one_of_the_row():
    shuffle = KINDS["multiple-choice"].shuffle
    rows = [{"context": "", "choices": ["a"] * (2 + number % 3), "label": (number // 3) % (2 + number % 3)}
            for number in range(60)]  # fmt: skip
    draws = iter(range(1000))
    found = shuffle(rows, lambda: (next(draws) * 7919 % 1000) / 1000)
    assert all(row["label"] < len(row["choices"]) for row in found)
    assert [row["label"] for row in found] != [row["label"] for row in rows]


def test_an_answer_is_a_span_of_words_of_its_own_context(rows):
    task, own = rows("squad_v2")
    found = shuffled(task, own, 1)
    for row in found:
        for answer in row["answers"]:
            end = answer["start"] + len(answer["text"])
            assert row["context"][answer["start"] : end] == answer["text"] != ""
    empty = [sum(not row["answers"] for row in some) for some in (own, found)]
    assert empty[0] == empty[1] > 0


def test_every_kind_whose_training_reads_labels_can_be_shuffled():
    registry = Registry.load([], third_parties=False)
    trained = {task.kind.name for task in registry.all("tasks") if isinstance(task.training, Train)}
    assert {name for name in trained if KINDS[name].shuffle is None} <= {"text", "generation"}
