"""The intermediate tasks: what they declare, and what they make of their files and of the rows of the hub.

Sizes: the releases. Inputs: the preprocessing of github.com/nyu-mll/jiant.
"""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

import xharness_tasks
from tests.plugins.sources.repos import NUMBER, QUESTION, TEXT, TEXTS, class_label, repository
from xharness import DataError, DataOptions, DataRef
from xharness.metrics.label_f1 import label_f1
from xharness.run.scoring import gold_of
from xharness_plugins.sources.hub import HUB
from xharness_plugins.sources.local import LOCAL

TASKS = {task.name: task for task in xharness_tasks.TASKS}
# Training examples and evaluated examples.
SIZES = {
    "anli_plus": (1_104_934, 3200),
    "mnli": (392_702, 9815),
    "qqp": (363_846, 40_430),
    "squad_v1": (87_599, 10_570),
    "squad_v2": (130_319, 11_873),
    "hellaswag": (39_905, 10_042),
    "cosmosqa": (25_262, 2985),
    "commonsenseqa": (9741, 1221),
}
NLI = ("entailment", "neutral", "contradiction")
SCENE = {"ctx_a": "Ada opens a door.", "ctx_b": "then she", "endings": ["sings.", "walks in.", "flies.", "melts."]}
BLOG = {"context": "It rained .", "question": "What was wet ?"} | {f"answer{n}": f"thing {n}" for n in range(4)}
ASKED = {"question": "Where is milk?", "choices": {"label": list("ABCDE"), "text": ["a", "b", "c", "d", "e"]}}


def save(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def table(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")
    return path


def load(name, split, root, source=LOCAL):
    return source.load(TASKS[name], "en", split, DataOptions(root=root)).to_list()


def from_hub(name, split, rows, columns, root, config="default"):
    """Return what the task makes of a copy of its repository with these rows."""
    data = TASKS[name].data_for("hub")
    repository(root / data.id, {config: {data.splits[split]: rows}}, columns)
    return load(name, split, root, HUB)


@pytest.mark.parametrize(("name", "sizes"), SIZES.items())
def test_sizes_are_those_of_the_releases(name, sizes):
    task = TASKS[name]
    assert (task.train_size, dict(task.sizes)) == (sizes[0], {"en": sizes[1]})
    assert (task.training.task, task.training.language, task.languages) == (name, "en", ("en",))
    assert task.test_split in task.data_for("hub").splits
    assert task.test_split == ("test" if name == "anli_plus" else "dev")


@pytest.mark.parametrize("name", SIZES)
def test_the_notes_say_which_test_sets_overlap_with_the_training_data(name):
    assert any(note.startswith("Overlap: ") for note in TASKS[name].notes)


@pytest.mark.parametrize("folder", ["", "mnli/"])
def test_pairs_without_agreement_are_left_out(tmp_path, folder):
    pair = {"sentence1": "It rains. ", "sentence2": "It is wet."}
    rows = [pair | {"gold_label": label} for label in ("neutral", "-", "entailment")]
    save(tmp_path / f"{folder}multinli_1.0/multinli_1.0_dev_matched.jsonl", *rows)
    assert load("mnli", "dev", tmp_path) == [
        {"text": "It rains.", "text_pair": "It is wet.", "label": label} for label in ("neutral", "entailment")
    ]


def test_a_label_that_mnli_does_not_know_is_named(tmp_path):
    row = {"sentence1": "a", "sentence2": "b", "gold_label": "maybe"}
    path = save(tmp_path / "multinli_1.0/multinli_1.0_train.jsonl", row)
    with pytest.raises(DataError) as caught:
        load("mnli", "train", tmp_path)
    assert str(caught.value).startswith(f"{path}:1: unknown label 'maybe', expected one of entailment, neutral")


def test_mnli_from_the_hub_is_the_matched_dev_set_of_glue(tmp_path):
    columns = {"premise": TEXT, "hypothesis": TEXT, "label": class_label(*NLI), "idx": NUMBER}
    rows = [{"premise": "a", "hypothesis": "b", "label": n, "idx": n} for n in range(3)]
    result = from_hub("mnli", "dev", rows, columns, tmp_path, config="mnli")
    assert result == [{"text": "a", "text_pair": "b", "label": label} for label in NLI]
    assert TASKS["mnli"].data_for("hub").splits["dev"] == "validation_matched"


def test_anli_plus_trains_on_its_three_rounds_and_then_on_mnli_and_snli(tmp_path):
    written = {"context": "It rains.", "hypothesis": "It is wet."}
    for number, letter in enumerate("enc", 1):
        for split in ("train", "dev"):
            save(tmp_path / f"anli_v1.0/R{number}/{split}.jsonl", written | {"label": letter})
    for name, labels in (("multinli_1.0", ["neutral"]), ("snli_1.0", ["-", "entailment"])):
        rows = [{"sentence1": name, "sentence2": "b", "gold_label": label} for label in labels]
        save(tmp_path / f"{name}/{name}_train.jsonl", *rows)
    assert [(row["text"], row["label"]) for row in load("anli_plus", "train", tmp_path)] == [
        *(("It rains.", label) for label in NLI), ("multinli_1.0", "neutral"), ("snli_1.0", "entailment")
    ]  # fmt: skip
    assert [row["label"] for row in load("anli_plus", "dev", tmp_path)] == list(NLI)


def test_a_letter_that_anli_does_not_know_is_named(tmp_path):
    for number in range(1, 4):
        save(tmp_path / f"anli/R{number}/test.jsonl", {"context": "a", "hypothesis": "b", "label": "x"})
    with pytest.raises(DataError, match=r"R1/test\.jsonl:1: unknown label 'x', expected one of entailment"):
        load("anli_plus", "test", tmp_path)


def test_anli_plus_from_the_hub_joins_five_splits_of_three_repositories(tmp_path):
    columns = {"premise": TEXT, "hypothesis": TEXT, "label": class_label(*NLI)}
    rounds = {f"{split}_r{n}": [pair(f"{split}{n}", 0)] for split in ("train", "test") for n in (1, 2, 3)}
    repository(tmp_path / "facebook/anli", {"plain_text": rounds}, columns)
    repository(tmp_path / "nyu-mll/glue", {"mnli": {"train": [pair("mnli", 1)]}}, columns)
    snli = {"plain_text": {"train": [pair("odd", -1), pair("snli", 2)]}}
    repository(tmp_path / "stanfordnlp/snli", snli, columns)
    result = [(row["text"], row["label"]) for row in load("anli_plus", "train", tmp_path, HUB)]
    assert result == [*((f"train{n}", NLI[0]) for n in (1, 2, 3)), ("mnli", NLI[1]), ("snli", NLI[2])]
    assert [row["text"] for row in load("anli_plus", "test", tmp_path, HUB)] == ["test1", "test2", "test3"]
    before = HUB.fingerprint(TASKS["anli_plus"], "en", "train", DataOptions(root=tmp_path))
    repository(tmp_path / "stanfordnlp/snli", {"plain_text": {"train": [pair("snli", 2)]}}, columns)
    assert HUB.fingerprint(TASKS["anli_plus"], "en", "train", DataOptions(root=tmp_path)) != before


def pair(premise, label):
    return {"premise": premise, "hypothesis": "b", "label": label}


def test_qqp_leaves_out_what_is_left_of_broken_lines(tmp_path):
    header = "id qid1 qid2 question1 question2 is_duplicate".split()
    lines = [("1", "1", "2", 'Is "it"?', "Was it?", "0"), ("2", "3", "4", "So"), ("5", "6", "7", "A?", "B?", "1")]
    table(tmp_path / "glue_data/QQP/dev.tsv", header, *lines)
    assert load("qqp", "dev", tmp_path) == [
        {"text": 'Is "it"?', "text_pair": "Was it?", "label": "not_duplicate"},
        {"text": "A?", "text_pair": "B?", "label": "duplicate"},
    ]


def test_qqp_wants_its_header_and_its_labels(tmp_path):
    path = table(tmp_path / "QQP/dev.tsv", ("id", "question1"))
    with pytest.raises(DataError, match=r"dev\.tsv:1: expected a header with columns id, qid1, qid2"):
        load("qqp", "dev", tmp_path)
    table(path, "id qid1 qid2 question1 question2 is_duplicate".split(), ("1", "1", "2", "a", "b", "2"))
    with pytest.raises(DataError, match=r"dev\.tsv:2: unknown label '2', expected one of not_duplicate"):
        load("qqp", "dev", tmp_path)


def test_qqp_from_the_hub(tmp_path):
    columns = {"question1": TEXT, "question2": TEXT, "label": class_label("not_duplicate", "duplicate"), "idx": NUMBER}
    rows = [{"question1": "a", "question2": "b", "label": 1, "idx": 0}]
    result = from_hub("qqp", "dev", rows, columns, tmp_path, config="qqp")
    assert result == [{"text": "a", "text_pair": "b", "label": "duplicate"}]


def test_the_score_of_qqp_is_the_mean_of_accuracy_and_f1():
    assert TASKS["qqp"].headline_names == TASKS["qqp"].metric_names == ("accuracy", "duplicate_f1")
    (metric,) = xharness_tasks.xharness_metrics()
    gold = ["duplicate", "duplicate", "not_duplicate", "not_duplicate"]
    result = metric.compute(["duplicate", "not_duplicate", "duplicate", "not_duplicate"], gold, "en")
    assert dict(result.values) == {"duplicate_f1": 50.0}
    assert label_f1(["a"], ["a"], "b").values == {"b_f1": 0.0}


def questions(path, *answers):
    """Write a file in the form of SQuAD v2.0 with a question for each list of answers."""
    asked = [
        {"id": str(n), "question": "Where?", "is_impossible": not each, "plausible_answers": [], "answers": each}
        for n, each in enumerate(answers)
    ]
    document = {"version": "v2.0", "data": [{"paragraphs": [{"context": "In Rome.", "qas": asked}]}]}
    return save(path, document)


@pytest.mark.parametrize("folder", ["squad/", "squad_v2/", ""])
def test_questions_of_squad_v2_may_have_no_answer(tmp_path, folder):
    questions(tmp_path / f"{folder}dev-v2.0.json", [{"text": "Rome", "answer_start": 3}], [])
    result = [row["answers"] for row in load("squad_v2", "dev", tmp_path)]
    assert result == [[{"text": "Rome", "start": 3}], []]


def test_squad_v2_from_the_hub(tmp_path):
    rows = [
        {"id": str(n), "title": "", "context": "In Rome.", "question": "Where?", "answers": answers}
        for n, answers in enumerate([{"text": ["Rome"], "answer_start": [3]}, {"text": [], "answer_start": []}])
    ]
    result = from_hub("squad_v2", "dev", rows, QUESTION, tmp_path, config="squad_v2")
    assert [row["answers"] for row in result] == [[{"text": "Rome", "start": 3}], []]


def test_squad_v2_is_scored_by_its_own_metric_even_where_no_question_has_an_answer():
    task = TASKS["squad_v2"]
    assert (task.unanswerable, task.metric_names, task.headline_names) == (
        True, ("squad_v2",), ("f1", "exact_match")
    )  # fmt: skip
    assert gold_of(task, DataRef("squad_v2", "en", "dev"), [{"id": "a", "answers": []}], None) == [("a", [])]


def test_an_ending_of_hellaswag_begins_with_the_unfinished_sentence(tmp_path):
    save(tmp_path / "hellaswag/hellaswag_val.jsonl", SCENE | {"label": 1}, SCENE | {"ctx_b": "", "label": 3})
    first, second = load("hellaswag", "dev", tmp_path)
    assert first["context"] == "Ada opens a door."
    assert first["choices"] == ["then she sings.", "then she walks in.", "then she flies.", "then she melts."]
    assert (first["label"], second["label"]) == (1, 3)
    assert second["choices"] == SCENE["endings"]


def test_the_hubs_labels_of_hellaswag_are_texts_and_empty_in_its_test_set(tmp_path):
    columns = {"ctx_a": TEXT, "ctx_b": TEXT, "endings": TEXTS, "label": TEXT}
    rows = [SCENE | {"label": label} for label in ("2", "")]
    assert [row["label"] for row in from_hub("hellaswag", "dev", rows, columns, tmp_path)] == [2, None]


def test_endings_that_are_none_are_an_error(tmp_path):
    save(tmp_path / "hellaswag_train.jsonl", SCENE | {"label": 1, "endings": "sings."})
    with pytest.raises(DataError, match=r"hellaswag_train\.jsonl:1: endings is not a list of texts"):
        load("hellaswag", "train", tmp_path)


def blogs(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", *BLOG, "label"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_cosmos_qa_as_it_was_released(tmp_path):
    lines = BLOG | {"id": "a", "context": 'It "rained"\nall day .', "label": 3}
    blogs(tmp_path / "cosmosqa/valid.csv", lines, BLOG | {"id": "b", "label": 0})
    first, second = load("cosmosqa", "dev", tmp_path)
    assert first["context"] == 'It "rained"\nall day . What was wet ?'
    assert (first["label"], second["label"]) == (3, 0)
    assert second["choices"] == ["thing 0", "thing 1", "thing 2", "thing 3"]
    save(tmp_path / "cosmosqa/test.jsonl", BLOG)
    assert [row["label"] for row in load("cosmosqa", "test", tmp_path)] == [None]


def test_a_row_of_cosmos_qa_that_is_wrong_is_named_by_its_line(tmp_path):
    path = blogs(tmp_path / "cosmosqa/train.csv", BLOG | {"id": "a", "label": 0}, BLOG | {"id": "b", "label": 4})
    with pytest.raises(DataError) as caught:
        load("cosmosqa", "train", tmp_path)
    assert str(caught.value).startswith(f"{path}:3: unknown label '4', expected one of 0, 1, 2, 3")


def test_cosmos_qa_as_the_hub_has_converted_it(tmp_path):
    """The branch has no card: the folders of its files are all that names a config and its splits."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "allenai/cosmos_qa/default/validation/0000.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([BLOG | {"id": "a", "label": 2}, BLOG | {"id": "b", "label": -1}]), path)
    assert [row["label"] for row in load("cosmosqa", "dev", tmp_path, HUB)] == [2, None]


@pytest.mark.parametrize("folder", ["commonsense_qa/", "commonsenseqa/", ""])
def test_commonsense_qa_is_read_nested_and_flat(tmp_path, folder):
    pairs = [{"label": letter, "text": text} for letter, text in zip(*ASKED["choices"].values(), strict=True)]
    nested = {"question": {"stem": "Where is milk?", "choices": pairs}, "answerKey": "C"}
    save(tmp_path / f"{folder}dev_rand_split.jsonl", nested, ASKED | {"answerKey": "A"})
    expected = {"context": "Where is milk?", "choices": ["a", "b", "c", "d", "e"]}
    assert load("commonsenseqa", "dev", tmp_path) == [expected | {"label": label} for label in (2, 0)]


def test_an_answer_of_commonsense_qa_is_one_of_its_letters(tmp_path):
    path = save(tmp_path / "train_rand_split.jsonl", ASKED | {"answerKey": "F"})
    with pytest.raises(DataError, match=r":1: unknown label 'F', expected one of A, B, C, D, E"):
        load("commonsenseqa", "train", tmp_path)
    save(path, {"question": "Where?", "choices": ["a"], "answerKey": "A"})
    with pytest.raises(DataError, match=r":1: choices is not \{label: \[\.\.\.\], text: \[\.\.\.\]\}"):
        load("commonsenseqa", "train", tmp_path)


def test_commonsense_qa_from_the_hub(tmp_path):
    columns = {"question": TEXT, "choices": {"sequence": [{"name": "label", **TEXT}, {"name": "text", **TEXT}]}}
    rows = [ASKED | {"answerKey": key} for key in ("E", "")]
    result = from_hub("commonsenseqa", "dev", rows, columns | {"answerKey": TEXT}, tmp_path)
    assert [row["label"] for row in result] == [4, None]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "split", "count"), [
    ("anli_plus", "dev", 9), ("anli_plus", "test", 9),
    ("mnli", "dev", 5), ("mnli", "train", 5),
    ("hellaswag", "dev", 2), ("hellaswag", "train", 2), ("hellaswag", "test", 2),
    ("cosmosqa", "dev", 2), ("cosmosqa", "train", 2), ("cosmosqa", "test", 2),
    ("commonsenseqa", "dev", 2), ("commonsenseqa", "train", 5), ("commonsenseqa", "test", 2),
])  # fmt: skip
def test_the_samples_of_the_releases_are_read(shared_data, name, split, count):
    result = load(name, split, shared_data / "layout_samples")
    assert len(result) == count
    hidden = split == "test" and name != "anli_plus"
    assert all((row["label"] is None) == hidden for row in result)


@pytest.mark.shared
def test_the_samples_of_glue_are_read(shared_data, tmp_path):
    (tmp_path / "glue_data").symlink_to(shared_data / "layout_samples/glue_data")
    assert [len(load("mnli", split, tmp_path)) for split in ("train", "dev")] == [3, 2]


@pytest.mark.shared
def test_real_questions_of_squad_v2_are_read_with_and_without_answers(shared_data):
    result = load("squad_v2", "dev", shared_data)
    assert (len(result), sum(not row["answers"] for row in result)) == (208, 112)
    for row in result:
        for answer in row["answers"]:
            assert row["context"][answer["start"] :].startswith(answer["text"])
    assert {len(load("squad_v2", split, shared_data / "layout_samples")) > 0 for split in ("train", "dev")} == {True}


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count", "choices"), [
    ("hellaswag", 800, 4), ("cosmosqa", 2000, 4), ("commonsenseqa", 900, 5),
])  # fmt: skip
def test_the_slices_of_multiple_choice_tasks_are_read_whole(shared_data, name, count, choices):
    result = load(name, "dev", shared_data)
    assert len(result) == count
    assert {len(row["choices"]) for row in result} == {choices}
    labels = Counter(row["label"] for row in result)
    assert set(labels) == set(range(choices))
    assert min(labels.values()) > 0.7 * count / choices
