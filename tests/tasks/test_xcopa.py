"""xcopa, copa and siqa: what they declare, and what they make of their files and of the rows of the hub.

Inputs, labels and hyper-parameters: third_party/run_xcopa.py, third_party/siqa_data and scripts/train_xcopa.sh of
github.com/google-research/xtreme.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest

import xharness_tasks
from tests.plugins.sources.repos import NUMBER, TEXT, class_label, repository
from xharness import DataError, DataOptions, Train, Tuning
from xharness.specs.sources import TRANSLATED
from xharness_plugins.sources.hub import HUB
from xharness_plugins.sources.local import LOCAL

TASKS = {task.name: task for task in xharness_tasks.TASKS}
XCOPA, COPA, SIQA = (TASKS[name] for name in ("xcopa", "copa", "siqa"))
CHOICE_TASKS = (XCOPA, COPA, SIQA)
# A bag fell, because it was full; it was empty.
CAUSE = {"premise": "Kotti putosi.", "choice1": "Se oli täysi.", "choice2": "Se oli tyhjä.", "question": "cause"}
SCENE = {
    "context": "Ada fell.",
    "question": "How does Ada feel?",
    "answerA": "hurt",
    "answerB": "tall",
    "answerC": "rich",
}
EXPECTED = {"context": "Ada fell. How does Ada feel?", "choices": ["hurt", "tall", "rich"]}


def save(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def load(task, language, split, root):
    return LOCAL.load(task, language, split, DataOptions(root=root)).to_list()


def labels(task, language, split, root):
    return [row["label"] for row in load(task, language, split, root)]


def test_languages_and_sizes_are_the_official_ones():
    assert " ".join(XCOPA.languages) == "et ht id it qu sw ta th tr vi zh"
    assert dict(XCOPA.sizes) == dict.fromkeys(XCOPA.languages, 500)
    assert (COPA.languages, dict(COPA.sizes), COPA.train_size) == (("en",), {"en": 100}, 400)
    assert (SIQA.languages, dict(SIQA.sizes), SIQA.train_size) == (("en",), {"en": 1954}, 33_410)
    assert [task.test_split for task in CHOICE_TASKS] == ["test", "dev", "dev"]


def test_xcopa_is_trained_on_social_iqa_and_then_on_copa():
    assert XCOPA.training == Train(task="copa", language="en", first="siqa")
    assert XCOPA.train_size == COPA.train_size
    assert COPA.training == Train(task="copa") and SIQA.training == Train(task="siqa")


@pytest.mark.parametrize("task", CHOICE_TASKS, ids=lambda task: task.name)
def test_hyper_parameters_are_those_of_the_official_scripts(task):
    assert task.tuning == Tuning(
        epochs=5, learning_rate=2e-5, large_learning_rate=3e-5, batch_size=32, max_length=128, selection="last"
    )


def test_only_the_test_sets_of_xcopa_are_translations_of_each_other():
    assert [task.parallel for task in CHOICE_TASKS] == [True, False, False]


@pytest.mark.parametrize(("task", "id", "config", "splits"), [
    (XCOPA, "cambridgeltl/xcopa", "{lang}", {"dev": "validation", "test": "test"}),
    (COPA, "aps/super_glue", "copa", {"train": "train", "dev": "validation", "test": "test"}),
    (SIQA, "lighteval/siqa", None, {"train": "train", "dev": "validation"}),
], ids=lambda value: getattr(value, "name", None))  # fmt: skip
def test_hub_repositories_configs_and_splits(task, id, config, splits):
    data = task.data_for("hub")
    own = {split: held for split, held in data.splits.items() if split not in TRANSLATED}
    assert (data.id, data.config, own) == (id, config, splits)


@pytest.mark.parametrize(("task", "language", "split", "name"), [
    (XCOPA, "et", "dev", "xcopa/data/et/val.et.jsonl"),
    (XCOPA, "et", "test", "data/et/test.et.jsonl"),
    (XCOPA, "et", "dev", "xcopa/val-et.jsonl"),
    (XCOPA, "et", "test", "xcopa/test-et.jsonl"),
    (XCOPA, "et", "test", "xcopa/test.et.jsonl"),
    (COPA, "en", "train", "xcopa/train-en.jsonl"),
    (COPA, "en", "dev", "copa/val-en.jsonl"),
    (COPA, "en", "dev", "xcopa/val.en.jsonl"),
    (COPA, "en", "train", "COPA/train.jsonl"),
])  # fmt: skip
def test_every_layout_of_copa_is_found_and_asked_in_english(tmp_path, task, language, split, name):
    save(tmp_path / name, CAUSE | {"idx": 0, "label": 1, "changed": False}, CAUSE | {"question": "effect", "label": 0})
    assert load(task, language, split, tmp_path) == [
        {
            "context": f"Kotti putosi. What was the {asked}?",
            "choices": ["Se oli täysi.", "Se oli tyhjä."],
            "label": gold,
        }
        for asked, gold in (("cause", 1), ("effect", 0))
    ]


def test_the_release_is_preferred_to_files_that_may_have_lost_their_labels(tmp_path):
    save(tmp_path / "xcopa/test-et.jsonl", CAUSE | {"label": 0})
    save(tmp_path / "xcopa/data/et/test.et.jsonl", CAUSE | {"label": 1})
    assert labels(XCOPA, "et", "test", tmp_path) == [1]


def test_a_test_set_with_no_label_but_0_has_no_labels(tmp_path):
    save(tmp_path / "xcopa/test-et.jsonl", *[CAUSE | {"label": 0}] * 500)
    assert labels(XCOPA, "et", "test", tmp_path) == [None] * 500


def test_one_other_label_makes_all_of_them_gold(tmp_path):
    save(tmp_path / "xcopa/test-et.jsonl", *[CAUSE | {"label": 0}] * 499, CAUSE | {"label": 1})
    assert labels(XCOPA, "et", "test", tmp_path) == [0] * 499 + [1]


def test_a_dev_set_with_no_label_but_0_keeps_them(tmp_path):
    save(tmp_path / "xcopa/val-et.jsonl", *[CAUSE | {"label": 0}] * 3)
    assert labels(XCOPA, "et", "dev", tmp_path) == [0] * 3


def test_the_test_set_of_superglue_has_no_labels(tmp_path):
    save(tmp_path / "COPA/test.jsonl", CAUSE | {"idx": 0})
    assert labels(COPA, "en", "test", tmp_path) == [None]


@pytest.mark.parametrize(("change", "problem"), [
    ({"label": 2}, "unknown label 2, expected one of 0, 1"),
    ({"question": "reason"}, "unknown question 'reason', expected one of cause, effect"),
    ({"choice2": 5}, "choice2 5 is not a text"),
])  # fmt: skip
def test_a_line_of_copa_that_is_wrong_is_named(tmp_path, change, problem):
    path = save(tmp_path / "xcopa/val-et.jsonl", CAUSE | {"label": 1}, CAUSE | {"label": 1} | change)
    with pytest.raises(DataError) as caught:
        load(XCOPA, "et", "dev", tmp_path)
    assert str(caught.value).startswith(f"{path}:2: {problem}")


def from_hub(task, config, split, rows, columns, root):
    """Return what the task makes of a copy of its repository with these rows."""
    data = task.data_for("hub")
    repository(root / data.id, {config: {data.splits[split]: rows}}, columns)
    return HUB.load(task, task.languages[0], split, DataOptions(root=root)).to_list()


def test_the_hubs_labels_of_xcopa_are_numbers(tmp_path):
    columns = dict.fromkeys(CAUSE, TEXT) | {"label": NUMBER}
    rows = [CAUSE | {"label": 1}, CAUSE | {"label": 0}]
    assert from_hub(XCOPA, "et", "dev", rows, columns, tmp_path) == [
        {"context": "Kotti putosi. What was the cause?", "choices": ["Se oli täysi.", "Se oli tyhjä."], "label": label}
        for label in (1, 0)
    ]


def test_the_hubs_labels_of_copa_are_classes(tmp_path):
    columns = dict.fromkeys(CAUSE, TEXT) | {"label": class_label("choice1", "choice2")}
    rows = [CAUSE | {"label": label} for label in (1, 0, -1)]
    result = from_hub(COPA, "copa", "test", rows, columns, tmp_path)
    assert [row["label"] for row in result] == [1, 0, None]


def test_the_hubs_labels_of_social_iqa_count_from_1(tmp_path):
    columns = dict.fromkeys((*SCENE, "label"), TEXT)
    rows = [SCENE | {"label": label} for label in "312"]
    result = from_hub(SIQA, "default", "dev", rows, columns, tmp_path)
    assert result == [EXPECTED | {"label": label} for label in (2, 0, 1)]


def test_a_label_of_the_hub_that_is_none_is_an_error(tmp_path):
    columns = dict.fromkeys((*SCENE, "label"), TEXT)
    with pytest.raises(DataError, match=r"lighteval/siqa.* unknown label '0', expected one of 1, 2, 3"):
        from_hub(SIQA, "default", "dev", [SCENE | {"label": "0"}], columns, tmp_path)


@pytest.mark.parametrize(("split", "name"), [("train", "trn"), ("dev", "dev"), ("test", "tst")])
def test_social_iqa_as_xtreme_r_downloads_it(tmp_path, split, name):
    save(tmp_path / f"siqa/socialIQa_v1.4_{name}.jsonl", *(SCENE | {"correct": letter} for letter in "CAB"))
    assert load(SIQA, "en", split, tmp_path) == [EXPECTED | {"label": label} for label in (2, 0, 1)]


@pytest.mark.parametrize("folder", ["", "siqa/", "socialiqa/"])
def test_social_iqa_as_it_was_released(tmp_path, folder):
    path = save(tmp_path / f"{folder}socialiqa-train-dev/train.jsonl", SCENE, SCENE)
    path.with_name("train-labels.lst").write_text("3\r\n1\n", "utf-8")
    assert load(SIQA, "en", "train", tmp_path) == [EXPECTED | {"label": label} for label in (2, 0)]


@pytest.mark.parametrize(("given", "problem"), [
    ("3\n", r"train\.jsonl and train-labels\.lst: different numbers of lines"),
    ("3\n1\n2\n", r"train\.jsonl and train-labels\.lst: different numbers of lines"),
    ("3\n4\n", r"train-labels\.lst:2: unknown label '4', expected one of 1, 2, 3"),
    ("3\n\n", r"train-labels\.lst:2: unknown label ''"),
])  # fmt: skip
def test_labels_of_the_release_that_do_not_fit_are_an_error(tmp_path, given, problem):
    path = save(tmp_path / "socialiqa-train-dev/train.jsonl", SCENE, SCENE)
    path.with_name("train-labels.lst").write_text(given, "utf-8")
    with pytest.raises(DataError, match=problem):
        load(SIQA, "en", "train", tmp_path)


def test_a_missing_answer_of_the_release_is_an_error_in_its_file(tmp_path):
    path = save(tmp_path / "socialiqa-train-dev/train.jsonl", SCENE, {"context": "Ada fell."})
    path.with_name("train-labels.lst").write_text("3\n1\n", "utf-8")
    with pytest.raises(DataError, match=r"train\.jsonl:2: no question, expected context, question, answerA"):
        load(SIQA, "en", "train", tmp_path)


def test_a_letter_that_is_no_answer_is_an_error(tmp_path):
    save(tmp_path / "siqa/socialIQa_v1.4_dev.jsonl", SCENE | {"correct": "D"})
    with pytest.raises(DataError, match=r"_dev\.jsonl:1: unknown label 'D', expected one of A, B, C"):
        load(SIQA, "en", "dev", tmp_path)


@pytest.mark.shared
@pytest.mark.parametrize("language", XCOPA.languages)
def test_every_question_of_xcopa_is_read_and_its_labels_are_those_of_copa(shared_data, language):
    test = labels(XCOPA, language, "test", shared_data)
    assert Counter(test) == {0: 250, 1: 250}
    assert test == labels(XCOPA, "et", "test", shared_data)
    assert labels(XCOPA, language, "dev", shared_data) == labels(COPA, "en", "dev", shared_data)


@pytest.mark.shared
def test_questions_of_the_release_that_english_copa_does_not_ask(shared_data):
    """The numbers are those of the task's notes."""
    changed = {}
    english = [row["context"].split()[-1] for row in load(COPA, "en", "test", shared_data)]
    for language in XCOPA.languages:
        ours = [row["context"].split()[-1] for row in load(XCOPA, language, "test", shared_data)]
        changed[language] = sum(one != other for one, other in zip(ours, english, strict=True))
    assert {language: count for language, count in changed.items() if count} == {
        "id": 4, "it": 4, "sw": 37, "th": 250, "tr": 51
    }  # fmt: skip


@pytest.mark.shared
def test_english_copa_is_read_and_the_labels_of_its_test_set_are_hidden(shared_data):
    assert Counter(labels(COPA, "en", "train", shared_data)) == {1: 205, 0: 195}
    assert Counter(labels(COPA, "en", "dev", shared_data)) == {0: 55, 1: 45}
    assert Counter(labels(COPA, "en", "test", shared_data)) == {None: 500}


@pytest.mark.shared
def test_the_processed_files_of_xcopa_are_read_as_the_release(shared_data, tmp_path):
    for split, name in (("dev", "val"), ("test", "test")):
        target = tmp_path / f"xcopa/{name}-qu.jsonl"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(shared_data / f"xcopa/data/qu/{name}.qu.jsonl", target)
        assert load(XCOPA, "qu", split, tmp_path) == load(XCOPA, "qu", split, shared_data)


@pytest.mark.shared
def test_social_iqa_is_the_same_in_both_layouts(shared_data):
    whole = load(SIQA, "en", "dev", shared_data)
    assert Counter(row["label"] for row in whole) == {0: 643, 1: 654, 2: 657}
    sample = load(SIQA, "en", "dev", shared_data / "layout_samples")
    assert sample == whole[:2] == load(SIQA, "en", "train", shared_data / "layout_samples")
